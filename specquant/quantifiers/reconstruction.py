"""What the library says a spectrum of a given composition looks like: for people to judge a result by eye."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from specquant.library import PureLibrary
from specquant.quantifiers.unmixing import smooth_hats
from specquant.technique import Floats, Technique

_FARTHEST = 15.0


class Reconstruction:
    """Nominal spectrum of a composition plus a smooth background, at the axis shift that fits best.

    Parameters
    ----------
    technique, library
        Whose pure spectra, with its nominal instrument.
    """

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        self._columns = library.columns(technique)
        self._hats = smooth_hats(technique.axis.size)
        self._step = technique.axis.step

    def of(self, fraction: Floats, counts: Floats, observed: NDArray[np.bool_]) -> tuple[Floats, float]:
        """Return the reconstructed counts (energy,) and the axis shift in eV that was found.

        Parameters
        ----------
        fraction
            Atomic fractions, shape (element,).
        counts, observed
            The measured spectrum, shape (energy,) each.
        """
        pure = fraction @ self._columns
        farthest = round(_FARTHEST / self._step)
        fits = [self._fit(_moved(pure, channels), counts, observed) for channels in range(-farthest, farthest + 1)]
        best = min(range(len(fits)), key=lambda index: fits[index][1])
        return fits[best][0], (best - farthest) * self._step

    def _fit(self, pure: Floats, counts: Floats, observed: NDArray[np.bool_]) -> tuple[Floats, float]:
        design = np.vstack([pure / max(pure.max(), 1e-12), self._hats]).T
        target = counts[observed].astype(np.float64)
        weight = 1.0 / np.sqrt(target + 0.01 * max(target.max(), 1e-12))
        solution, residual = nnls(design[observed] * weight[:, None], target * weight)
        return design @ solution, float(residual)


def _moved(pure: Floats, channels: int) -> Floats:
    return np.interp(np.arange(pure.size) - channels, np.arange(pure.size), pure)


def unexplained(reconstructed: Floats, counts: Floats, observed: NDArray[np.bool_]) -> float:
    """Return the share of the signal above its own minimum that the reconstruction does not account for, 0..1."""
    seen = counts[observed].astype(np.float64)
    return float(np.abs(seen - reconstructed[observed]).sum() / max((seen - seen.min()).sum(), 1e-12))
