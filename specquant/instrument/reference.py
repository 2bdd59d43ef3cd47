"""A reference: a line of known energy, by which people correct an energy axis."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.errors import SettingError
from specquant.technique import EnergyAxis, Floats, Peak, Technique

WINDOW = 6.0
"""How far from its energy the maximum of a reference is looked for, eV: chosen, further than chemical shifts and nearer
than most neighbouring lines."""

_SMOOTH = 0.6
"""Standard deviation, eV, by which counts are smoothed before their maximum is taken: chosen, below a line width."""

_BASE = 12.0
"""How far from the line the median of the counts is taken as the level about it, eV: chosen, several line widths."""

_CLEAR = 5.0
"""Standard deviations of counting noise by which a maximum has to stand out of that level: chosen."""

_REFERENCE = re.compile(r"\s*([A-Z][a-z]?)\s*([1-7][spdf][0-9/]*)\s*=\s*([-+0-9.eE]+)\s*")


@dataclass(frozen=True)
class Reference:
    """A line, and the energy (eV) at which its maximum shall lie."""

    peak: Peak
    energy: float

    def maximum(self, counts: Floats, observed: NDArray[np.bool_], axis: EnergyAxis) -> float | None:
        """Return the energy (eV) at which the line has its maximum, None if it is not in the spectrum.

        Parameters
        ----------
        counts
            Counts of the spectrum, (energy,), with the line within WINDOW of where the peak table has it.
        observed
            Where something was measured, (energy,).
        axis
            The axis of the spectrum.
        """
        energy = axis.centres
        smooth = gaussian_filter1d(counts.astype(np.float64), _SMOOTH / axis.step)
        window = np.flatnonzero((np.abs(energy - self.peak.energy) <= WINDOW) & observed)
        around = (np.abs(energy - self.peak.energy) <= _BASE) & observed
        if not window.size:
            return None
        top = int(window[smooth[window].argmax()])
        level = float(np.median(smooth[around]))
        inside = window[0] < top < window[-1]
        if not inside or smooth[top] - level < _CLEAR * np.sqrt(max(level, 1.0)):
            return None
        left, middle, right = smooth[top - 1 : top + 2]
        bend = left - 2 * middle + right
        beyond = 0.5 * (left - right) / bend if bend < 0 else 0.0
        return float(energy[top] + beyond * axis.step)


def parse_reference(text: str, technique: Technique) -> Reference:
    """Return the reference that a text like ``C1s=284.8`` gives.

    Raises
    ------
    SettingError
        If it cannot be read, or names no line of the technique.
    """
    match = _REFERENCE.fullmatch(text)
    peaks = [peak for peak in technique.peaks if match and (peak.element, peak.label) == (match[1], match[2])]
    peaks = peaks or [p for p in technique.peaks if match and p.element == match[1] and p.label.startswith(match[2])]
    try:
        energy = float(match[3]) if match else float("nan")
    except ValueError:
        energy = float("nan")
    if not peaks or not np.isfinite(energy):
        raise SettingError(
            "is not a reference line",
            where=f"--reference {text}",
            found="no such line" if match else "not LINE=ENERGY",
            wanted="a line of the technique with the energy of its maximum, e.g. C1s=284.8",
        )
    peak = max(peaks, key=lambda peak: peak.intensity)
    if abs(energy - peak.energy) > 2 * WINDOW:
        raise SettingError(
            "reference energy is far from the line",
            where=f"--reference {text}",
            found=technique.axis.text(energy),
            wanted=f"within {technique.axis.text(2 * WINDOW)} of {peak.energy:.1f} {technique.axis.unit}",
        )
    return Reference(peak, energy)
