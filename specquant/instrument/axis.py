"""The energy axis of a measured spectrum: what it is off by, as found, as told, or by a line of known energy."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.errors import SettingError, SpectrumError
from specquant.instrument.offset import NEAR, Offset, OffsetFinder
from specquant.readers import place
from specquant.technique import Floats, Peak, RawSpectrum, Technique

TOLERATED = 2.0
"""Offsets up to this size, eV, are left: chemical shifts are as large, and quantifiers are made for them."""

_SURE = 0.5
_PASSES = 2
_WINDOW = 6.0
_SMOOTH = 0.6
_BASE = 12.0
_CLEAR = 5.0

_REFERENCE = re.compile(r"\s*([A-Z][a-z]?)\s*([1-7][spdf][0-9/]*)\s*=\s*([-+0-9.eE]+)\s*")


@dataclass(frozen=True)
class Reference:
    """A line, and the energy (eV) at which its maximum shall lie."""

    peak: Peak
    energy: float


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
            "is no reference line",
            where=f"--reference {text}",
            found="no such line" if match else "not LINE=ENERGY",
            wanted="a line of the technique with the energy of its maximum in eV, e.g. C1s=284.8",
        )
    peak = max(peaks, key=lambda peak: peak.intensity)
    if abs(energy - peak.energy) > 2 * _WINDOW:
        raise SettingError(
            "reference energy is far from the line",
            where=f"--reference {text}",
            found=f"{energy:g} eV",
            wanted=f"within {2 * _WINDOW:g} eV of {peak.energy:.1f} eV",
        )
    return Reference(peak, energy)


class AxisCorrection:
    """Takes the offset of its axis off a spectrum that is on the technique's energy scale.

    Parameters
    ----------
    technique
        Whose axis and lines.
    finder
        The network that finds offsets; None: they are not looked for.
    shift
        The offset in eV as the user tells it; 0 leaves axes as they are.
    reference
        A line that shall lie at a known energy; the offset found says where to look for it.
    """

    def __init__(
        self,
        technique: Technique,
        finder: OffsetFinder | None = None,
        shift: float | None = None,
        reference: Reference | None = None,
    ) -> None:
        self._technique, self._finder = technique, finder
        self._shift, self._reference = shift, reference

    def __call__(self, raw: RawSpectrum) -> RawSpectrum:
        """Return the spectrum with its axis corrected.

        `attrs` gains ``energy_offset`` (eV) and ``energy_offset_probability``, ``offset`` or ``warning`` for people,
        and what was found of the kind of instrument where the file does not say, with a note under ``assumed``.

        Raises
        ------
        SpectrumError
            If the reference line is not in the spectrum.
        """
        if self._shift is not None:
            told = f"{self._shift:+.1f} eV, as told" if self._shift else ""
            return _moved(raw, self._shift, {"offset": told})
        if raw.attrs.get("format") == "SPECTRA" and self._reference is None:
            return raw
        found = None if self._finder is None else self._found(raw)
        if self._reference is not None:
            near = 0.0 if found is None or not _to_be_applied(found) else found.offset
            shift = self._by_reference(raw, near)
            peak = self._reference.peak
            told = f"{shift:+.1f} eV, by {peak.element} {peak.label} at {self._reference.energy:g} eV"
            return _moved(raw, shift, {"offset": told, **_kind_attrs(found)})
        return raw if found is None else _as_found(raw, found)

    def _found(self, raw: RawSpectrum) -> Offset:
        """Return what the network finds; where that is far off, the rest is found once the axis is nearly right."""
        assert self._finder is not None
        names = [parameter.name for parameter in self._technique.stated]
        known = {name: float(raw.attrs[name]) for name in names if isinstance(raw.attrs.get(name), int | float)}
        total, last = 0.0, None
        for _ in range(_PASSES):
            counts, observed = self._placed(_moved(raw, total, {}))
            found = self._finder.find(counts, observed, known)
            if last is not None and (abs(found.offset) > NEAR or found.probability < _SURE):
                break
            total += found.offset
            last = Offset(total, found.probability if last is None else last.probability, found.kind)
            if abs(found.offset) <= TOLERATED or found.probability < _SURE:
                break
        assert last is not None
        return last

    def _placed(self, raw: RawSpectrum) -> tuple[Floats, NDArray[np.bool_]]:
        spectra = place([raw], self._technique.axis, f"spectrum {raw.name!r}")
        return spectra["counts"].values[0], spectra["observed"].values[0].astype(bool)

    def _by_reference(self, raw: RawSpectrum, near: float) -> float:
        """Return by how much the maximum of the reference line is off."""
        assert self._reference is not None
        counts, observed = self._placed(_moved(raw, near, {}))
        axis = self._technique.axis
        energy, peak = axis.centres, self._reference.peak
        smooth = gaussian_filter1d(counts.astype(np.float64), _SMOOTH / axis.step)
        window = np.flatnonzero((np.abs(energy - peak.energy) <= _WINDOW) & observed)
        around = (np.abs(energy - peak.energy) <= _BASE) & observed
        top = int(window[smooth[window].argmax()]) if window.size else 0
        base = float(np.median(smooth[around])) if around.any() else 0.0
        inside = window.size and window[0] < top < window[-1]
        if not inside or smooth[top] - base < _CLEAR * np.sqrt(max(base, 1.0)):
            raise SpectrumError(
                "the reference line is not in the spectrum",
                where=f"spectrum {raw.name!r}",
                found=f"no clear maximum within {_WINDOW:g} eV of {peak.energy + near:.1f} eV",
                wanted=f"{peak.element} {peak.label}",
                todo="Take another line, or give --shift.",
            )
        left, middle, right = smooth[top - 1 : top + 2]
        bend = left - 2 * middle + right
        fine = 0.5 * (left - right) / bend if bend < 0 else 0.0
        return float(near + energy[top] + fine * axis.step - self._reference.energy)


def _to_be_applied(found: Offset) -> bool:
    return abs(found.offset) > TOLERATED and found.probability >= _SURE


def _kind_attrs(found: Offset | None) -> dict[str, Any]:
    if found is None or not found.kind:
        return {}
    told = ", ".join(f"{name} {value:g}" for name, value in found.kind.items())
    return {**found.kind, "kind": f"{told}, by where the lines lie"}


def _as_found(raw: RawSpectrum, found: Offset) -> RawSpectrum:
    sure = f"{100 * found.probability:.0f} % sure within {NEAR:g} eV"
    attrs: dict[str, Any] = {"energy_offset_probability": round(found.probability, 4), **_kind_attrs(found)}
    if _to_be_applied(found):
        return _moved(raw, found.offset, {**attrs, "offset": f"{found.offset:+.1f} eV ({sure})"})
    if abs(found.offset) > TOLERATED:
        attrs["warning"] = f"the axis may be off by {found.offset:+.1f} eV ({sure}): give --shift or --reference"
    return _moved(raw, 0.0, attrs)


def _moved(raw: RawSpectrum, offset: float, attrs: dict[str, Any]) -> RawSpectrum:
    """Return the spectrum with `offset` taken off its energies; notes of the same name are joined."""
    assumed = "; ".join(str(text) for text in (raw.attrs.get("assumed"), attrs.pop("kind", None)) if text)
    kept = {**raw.attrs, "energy_offset": round(offset, 2), **attrs} | ({"assumed": assumed} if assumed else {})
    return RawSpectrum(raw.name, raw.energy - offset, raw.counts, kept)
