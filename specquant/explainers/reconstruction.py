"""What the library says a spectrum of a given composition looks like: for people to judge a result by eye."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from specquant.fits.unmixing import smooth_hats
from specquant.library import PureLibrary
from specquant.library.mixed import MixedLibrary
from specquant.quantifiers.base import parameter_values
from specquant.technique import Floats, Technique

_SHIFTS = 41


class Reconstruction:
    """Nominal spectrum of a composition by the mixing law plus a smooth background, at the axis shift that fits best.

    Parameters
    ----------
    technique, library
        Whose pure spectra, with its nominal response.
    """

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        self._technique = technique
        self._mixed = MixedLibrary(technique, library)
        self._hats = smooth_hats(technique.axis.size)
        step = max(technique.axis.step, technique.margin / (_SHIFTS - 1))
        self._shifts = step * (np.arange(_SHIFTS) - _SHIFTS // 2)
        self._centres = technique.axis.centres

    def of(self, fraction: Floats, counts: Floats, observed: NDArray[np.bool_], stated: Floats) -> tuple[Floats, float]:
        """Return the reconstructed counts (energy,) and the axis shift in eV that was found.

        Parameters
        ----------
        fraction
            Atomic fractions, shape (element,).
        counts, observed
            The measured spectrum, shape (energy,) each.
        stated
            Its stated parameters, shape (parameter,).
        """
        values = {name: float(value) for name, (value,) in parameter_values(self._technique, stated[None]).items()}
        pure = self._mixed.spectrum(fraction, values)
        moved = (np.interp(self._centres - shift, self._centres, pure) for shift in self._shifts)
        fits = [self._fit(spectrum, counts, observed) for spectrum in moved]
        best = min(range(len(fits)), key=lambda index: fits[index][1])
        return fits[best][0], float(self._shifts[best])

    def _fit(self, pure: Floats, counts: Floats, observed: NDArray[np.bool_]) -> tuple[Floats, float]:
        design = np.vstack([pure / max(pure.max(), 1e-12), self._hats]).T
        target = counts[observed].astype(np.float64)
        weight = 1.0 / np.sqrt(target + 0.01 * max(target.max(), 1e-12))
        solution, residual = nnls(design[observed] * weight[:, None], target * weight)
        return design @ solution, float(residual)


def unexplained(reconstructed: Floats, counts: Floats, observed: NDArray[np.bool_]) -> float:
    """Return the share of the signal above its own minimum that the reconstruction does not account for, 0..1."""
    seen = counts[observed].astype(np.float64)
    return float(np.abs(seen - reconstructed[observed]).sum() / max((seen - seen.min()).sum(), 1e-12))
