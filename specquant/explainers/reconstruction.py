"""What the library says a spectrum of a given composition looks like: for people to judge a result by eye."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from specquant.fits.unmixing import smooth_hats
from specquant.library import MixedLibrary, PureLibrary
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

_SHIFTS = 41
"""Axis shifts that are tried, over the technique's margin: odd, so that a shift of zero is one of them."""

_FLOOR = 0.01
"""Counts, relative to the highest, below which noise counts no less: it keeps empty channels from deciding."""

_TINY = 1e-12
"""Counts that stand for none in a division."""


class Reconstruction:
    """Nominal spectrum of a composition by the mixing law plus a smooth background, at the axis shift that fits."""

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        self._technique = technique
        self._mixed = MixedLibrary(technique, library)
        self._hats = smooth_hats(technique.axis.size)
        step = max(technique.axis.step, technique.margin / (_SHIFTS - 1))
        self._shifts = step * (np.arange(_SHIFTS) - _SHIFTS // 2)
        self._centres = technique.axis.centres

    def of(self, fraction: Floats, spectrum: Spectra) -> tuple[Floats, float]:
        """Return the counts (energy,) rebuilt of fractions (element,), and the shift, eV, at which they fit best."""
        counts, observed = spectrum.counts[0], spectrum.observed[0]
        pure = self._mixed.spectrum(fraction, spectrum.settings(self._technique, 0))
        moved = (np.interp(self._centres - shift, self._centres, pure) for shift in self._shifts)
        fits = [self._fit(shifted, counts, observed) for shifted in moved]
        best = min(range(len(fits)), key=lambda index: fits[index][1])
        return fits[best][0], float(self._shifts[best])

    def _fit(self, pure: Floats, counts: Floats, observed: NDArray[np.bool_]) -> tuple[Floats, float]:
        design = np.vstack([pure / max(pure.max(), _TINY), self._hats]).T
        target = counts[observed].astype(np.float64)
        weight = 1.0 / np.sqrt(target + _FLOOR * max(target.max(), _TINY))
        solution, residual = nnls(design[observed] * weight[:, None], target * weight)
        return design @ solution, float(residual)


def unexplained(reconstructed: Floats, counts: Floats, observed: NDArray[np.bool_]) -> float:
    """Return the share of the signal above its minimum that the reconstruction does not account for, 0..1."""
    seen = counts[observed].astype(np.float64)
    return float(np.abs(seen - reconstructed[observed]).sum() / max((seen - seen.min()).sum(), _TINY))
