"""A reference: a line of known energy, by which people correct an energy axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.errors import SettingError
from specquant.technique import Floats, Peak, Technique, strongest_peaks

_WINDOW = 2.0
"""How far from its energy the maximum of a reference is looked for, in widths of a line: chosen, 6 eV in XPS. Chemical
shifts are smaller, and most neighbouring lines further away."""

_SMOOTH = 0.2
"""Standard deviation, in widths of a line, by which counts are smoothed before their maximum is taken: chosen."""

_BASE = 4.0
"""How far from the line, in its widths, the median of the counts is taken as the level about it: chosen."""

_CLEAR = 5.0
"""Standard deviations of counting noise by which a maximum has to stand out of that level: chosen."""

_LATIN = str.maketrans("αβγ", "abg")
"""Greek letters of lines as people type them: Ka for Kα."""


@dataclass(frozen=True)
class Reference:
    """A line, and the energy at which its maximum shall lie, in the unit of the axis."""

    peak: Peak
    energy: float

    def maximum(self, counts: Floats, observed: NDArray[np.bool_], technique: Technique) -> float | None:
        """Return the energy at which the line has its maximum, None if it is not in the spectrum.

        Parameters
        ----------
        counts
            Counts of the spectrum, (energy,), with the line within its `window` of where the peak table has it.
        observed
            Where something was measured, (energy,).
        technique
            It has the axis and the width of a line.
        """
        axis, energy = technique.axis, technique.axis.centres
        smooth = gaussian_filter1d(counts.astype(np.float64), _SMOOTH * technique.width / axis.step)
        inside = np.flatnonzero((np.abs(energy - self.peak.energy) <= window(technique)) & observed)
        around = (np.abs(energy - self.peak.energy) <= _BASE * technique.width) & observed
        if not inside.size:
            return None
        top = int(inside[smooth[inside].argmax()])
        level = float(np.median(smooth[around]))
        if not inside[0] < top < inside[-1] or smooth[top] - level < _CLEAR * np.sqrt(max(level, 1.0)):
            return None
        left, middle, right = smooth[top - 1 : top + 2]
        bend = left - 2 * middle + right
        beyond = 0.5 * (left - right) / bend if bend < 0 else 0.0
        return float(energy[top] + beyond * axis.step)


def window(technique: Technique) -> float:
    """Return how far from its energy the maximum of a reference is looked for, in the unit of the axis.

    Parameters
    ----------
    technique
        It has the width of a line.
    """
    return _WINDOW * technique.width


def parse_reference(text: str, technique: Technique) -> Reference:
    """Return the reference that a text like ``C1s=284.8`` gives.

    Parameters
    ----------
    text
        A line by its label, as the field writes it (``SiKa=1740``), or by the beginning of it, and its energy.
    technique
        It has the lines.

    Raises
    ------
    SettingError
        If it cannot be read, or names no line of the technique.
    """
    name, equals, number = text.partition("=")
    peaks = _named("".join(name.split()), technique.peaks)
    try:
        energy = float(number)
    except ValueError:
        energy = float("nan")
    if not peaks or not np.isfinite(energy):
        some = strongest_peaks(technique.peaks)
        peak = some.get("C") or next(iter(some.values()))
        raise SettingError(
            "is not a reference line",
            where=f"--reference {text}",
            found="no such line" if equals and np.isfinite(energy) else "not LINE=ENERGY",
            wanted=f"a line of {technique.name} and where its maximum lies: {peak.element}{peak.label}={peak.energy:g}",
        )
    peak, reach = max(peaks, key=lambda peak: peak.intensity), 2.0 * window(technique)
    if abs(energy - peak.energy) > reach:
        raise SettingError(
            "reference energy is far from the line",
            where=f"--reference {text}",
            found=technique.axis.text(energy),
            wanted=f"within {technique.axis.text(reach)} of {technique.axis.at(peak.energy)}",
        )
    return Reference(peak, energy)


def _named(name: str, peaks: Sequence[Peak]) -> list[Peak]:
    """Return the lines of a name, which begins with the element; those that it begins, if none has it whole."""
    written = [(peak, {peak.label, peak.written, peak.written.translate(_LATIN)} - {""}) for peak in peaks]
    names = [(peak, {peak.element + "".join(label.split()) for label in labels}) for peak, labels in written]
    whole = [peak for peak, ways in names if name in ways]
    return whole or [peak for peak, ways in names if name != peak.element and any(way.startswith(name) for way in ways)]
