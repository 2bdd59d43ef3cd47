"""The axis correction: the offset of a measured energy axis, as stated, by a reference, or as a network finds it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SpectrumError
from specquant.instrument.offset import Offset, OffsetFinder, tolerated
from specquant.instrument.reference import Reference, window
from specquant.notes import Note, NoteKind, in_percent
from specquant.quantifiers.featureless import without_features
from specquant.readers import place
from specquant.readers.stating import number
from specquant.technique import EnergyAxis, Floats, RawSpectrum, Technique

_SURE = 0.5
"""Probability from which on an offset is taken off: rather right than wrong."""

_PASSES = 2
"""Times that the network is asked: again on the corrected axis, where the offset was large."""


class AxisCorrection:
    """Takes the offset of its axis off a spectrum that is on the technique's energy scale.

    Parameters
    ----------
    technique
        It has the axis and the lines.
    finder
        The network that finds offsets; None: they are not looked for.
    offset
        The offset as the user states it, in the unit of the axis; 0 leaves axes as they are.
    reference
        A line that shall lie at a known energy; the offset found says where to look for it.
    shared
        The offset of all spectra of a series, taken off in place of what is found of each.
    """

    def __init__(
        self,
        technique: Technique,
        finder: OffsetFinder | None = None,
        offset: float | None = None,
        reference: Reference | None = None,
        shared: float | None = None,
    ) -> None:
        self._technique, self._finder = technique, finder
        self._offset, self._reference, self._shared = offset, reference, shared

    def __call__(self, raw: RawSpectrum, where: object = "array") -> RawSpectrum:
        """Return the spectrum with its axis corrected.

        Its facts say what was taken off, and notes tell of it. The kind of instrument that the network finds is stated
        where the file does not state it, with a note; it is not asked of a spectrum in which nothing stands out of the
        noise. Spectra that are on scale are left alone unless the user states an offset or a reference.

        Parameters
        ----------
        raw
            The spectrum, in counts.
        where
            Its file, for messages.

        Raises
        ------
        SpectrumError
            If the reference is not in the spectrum, or the spectrum covers too little of the axis.
        """
        axis = self._technique.axis
        if self._offset is not None:
            text = f"{self._offset:+g} {axis.unit}, as stated" if self._offset else ""
            return _without(raw, self._offset, text, axis)
        if raw.on_scale and self._reference is None:
            return raw
        estimate = None if self._finder is None else self._estimate(raw, self._finder, where)
        stated = raw if estimate is None else _with_kind(raw, estimate)
        if self._reference is not None:
            near = estimate.offset if estimate is not None and _is_taken_off(estimate, self._technique) else 0.0
            offset, peak = self._by_reference(raw, near, self._reference, where), self._reference.peak
            text = f"{axis.moved(offset)}, by {peak.element} {peak.label} at {axis.text(self._reference.energy)}"
            return _without(stated, offset, text, axis)
        if self._shared is not None:
            text = f"{axis.moved(self._shared)}, as the spectra of the series have it" if self._shared else ""
            return _without(stated, self._shared, text, axis)
        return raw if estimate is None else _as_estimated(stated, estimate, self._technique)

    def _estimate(self, raw: RawSpectrum, finder: OffsetFinder, where: object) -> Offset | None:
        """Return what the network finds; where that is far off, the rest is found once the axis is nearly right.

        None where nothing stands out of the noise, so that no line says where the axis lies.
        """
        counts, observed = self._placed(raw, 0.0, where)
        if without_features(counts[None], observed[None])[0]:
            return None
        values = {parameter.name: number(raw.stated.get(parameter.name)) for parameter in self._technique.stated}
        known = {name: value for name, value in values.items() if np.isfinite(value)}
        total, estimate, small = 0.0, None, tolerated(self._technique)
        for _ in range(_PASSES):
            counts, observed = (counts, observed) if estimate is None else self._placed(raw, total, where)
            further = finder.find(counts, observed, known)
            if estimate is not None and (abs(further.offset) > small or further.probability < _SURE):
                break
            total += further.offset
            estimate = Offset(total, (estimate or further).probability, further.kind)
            if abs(further.offset) <= small or further.probability < _SURE:
                break
        return estimate

    def _placed(self, raw: RawSpectrum, offset: float, where: object) -> tuple[Floats, NDArray[np.bool_]]:
        """Return counts and observed (energy,) of a spectrum on the technique's axis, with an offset taken off."""
        return place(raw.on(raw.energy - offset, raw.counts), self._technique.axis, where)

    def _by_reference(self, raw: RawSpectrum, near: float, reference: Reference, where: object) -> float:
        """Return by how much the maximum of the reference is off, if it is within reach of the offset `near`."""
        maximum = reference.maximum(*self._placed(raw, near, where), self._technique)
        if maximum is None:
            peak, axis = reference.peak, self._technique.axis
            raise SpectrumError(
                "the reference line is not in the spectrum",
                where=f"{where}, spectrum {raw.name!r}",
                found=f"no clear maximum within {window(self._technique):g} of {axis.at(peak.energy + near)}",
                wanted=f"{peak.element} {peak.label}",
                todo="Take another line, or give --shift.",
            )
        return near + maximum - reference.energy


def _is_taken_off(estimate: Offset, technique: Technique) -> bool:
    return abs(estimate.offset) > tolerated(technique) and estimate.probability >= _SURE


def _with_kind(raw: RawSpectrum, estimate: Offset) -> RawSpectrum:
    """Return the spectrum with the kind of instrument stated that was found."""
    notes = [
        Note(NoteKind.ASSUMED, f"{name} {value:g}, by where the lines lie", name)
        for name, value in estimate.kind.items()
    ]
    return replace(raw, stated={**raw.stated, **estimate.kind}).noted(*notes)


def _as_estimated(raw: RawSpectrum, estimate: Offset, technique: Technique) -> RawSpectrum:
    """Return the spectrum without the offset that was found, if that is large and sure, and with notes."""
    axis, most = technique.axis, tolerated(technique)
    text = f"{axis.moved(estimate.offset)} ({in_percent(estimate.probability)} sure within {axis.text(most)})"
    if _is_taken_off(estimate, technique):
        return _without(raw, estimate.offset, text, axis)
    if abs(estimate.offset) <= most:
        return raw
    text = f"the axis may be off by {text}: give --shift or --reference"
    return raw.noted(Note(NoteKind.WARNING, text, "axis"))


def _without(raw: RawSpectrum, offset: float, text: str, axis: EnergyAxis) -> RawSpectrum:
    """Return the spectrum with `offset` taken off its energies, and a note of that text if there is any."""
    notes = [Note(NoteKind.AXIS_OFFSET, text, "axis")] if text else []
    moved = raw.on(raw.energy - offset, raw.counts)
    return moved.noted(*notes, axis_offset=round(raw.facts.axis_offset + offset, axis.decimals + 1))
