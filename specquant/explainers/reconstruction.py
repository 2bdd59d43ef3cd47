"""What the library says a spectrum of a given composition looks like: for people to judge a result by eye."""

import numpy as np
from numpy.typing import NDArray

from specquant.fits.model.backgrounds import smooth_hats
from specquant.library import MixedLibrary, PureLibrary
from specquant.quantifiers import Modelled
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

_SHIFTS = 41
"""Axis shifts that are tried, over the technique's margin: odd, so that a shift of zero is one of them."""

_FLOOR = 0.01
"""Counts, relative to the highest, below which noise counts no less: it keeps empty channels from deciding."""

_NAMED = 2e-3
"""Atomic fraction from which on an element's part is kept apart: chosen, below what any line shows; the others' are in
the background."""

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
        self._error = 0.0 if technique.fit is None else technique.fit.priors.model_error

    def of(self, fraction: Floats, spectrum: Spectra) -> tuple[Modelled, float]:
        """Return the spectrum rebuilt of fractions (element,), and the shift, eV, at which it fits best."""
        counts, observed = spectrum.counts[0], spectrum.observed[0]
        every = np.flatnonzero(fraction)
        rows = self._mixed.parts(fraction, every, spectrum.settings(self._technique, 0))
        pure = rows.sum(axis=0)
        fits = [self._fit(self._moved(pure[None], shift)[0], counts, observed) for shift in self._shifts]
        best = min(range(len(fits)), key=lambda index: fits[index][2])
        scale, smooth, _ = fits[best]
        named = fraction[every] >= _NAMED
        parts = scale * self._moved(
            np.vstack([rows[:-1][named], rows[:-1][~named].sum(axis=0) + rows[-1]]), self._shifts[best]
        )
        total = np.maximum(parts.sum(axis=0) + smooth, 1.0)
        rebuilt = Modelled(
            elements=tuple(self._technique.elements[index] for index in every[named]),
            parts=parts[:-1],
            background=parts[-1] + smooth,
            deviation=np.sqrt(total + (self._error * total) ** 2),
            moved=np.full(int(named.sum()), self._shifts[best]),
            is_fit=False,
        )
        return rebuilt, float(self._shifts[best])

    def _fit(self, pure: Floats, counts: Floats, observed: NDArray[np.bool_]) -> tuple[float, Floats, float]:
        """Return the scale of a spectrum (energy,), the background under it (energy,), and what both leave over."""
        from scipy.optimize import nnls  # its import takes long

        highest = max(pure.max(), _TINY)
        design = np.vstack([pure / highest, self._hats]).T
        target = counts[observed].astype(np.float64)
        weight = 1.0 / np.sqrt(target + _FLOOR * max(target.max(), _TINY))
        solution, residual = nnls(design[observed] * weight[:, None], target * weight)
        return float(solution[0] / highest), np.asarray(solution[1:] @ self._hats), float(residual)

    def _moved(self, rows: Floats, shift: float) -> Floats:
        """Return rows (row, energy) moved up by `shift`, eV."""
        return np.stack([np.interp(self._centres - shift, self._centres, row) for row in rows])


def unexplained(reconstructed: Floats, counts: Floats, observed: NDArray[np.bool_]) -> float:
    """Return the share of the signal above its minimum that the reconstruction does not account for, 0..1."""
    seen = counts[observed].astype(np.float64)
    return float(np.abs(seen - reconstructed[observed]).sum() / max((seen - seen.min()).sum(), _TINY))
