"""From a file to spectra on a technique's axis in one call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.errors import ReadError, SpectrumError
from specquant.notes import Note, NoteKind, shortened
from specquant.readers.checking import check_raw, saturation
from specquant.readers.columns import CHANNEL
from specquant.readers.dead import dead_channels, without_dead_channels
from specquant.readers.elsewhere import of_another_technique
from specquant.readers.estimating import Estimator, sum_of_pixels
from specquant.readers.opening import read_file
from specquant.readers.placing import place
from specquant.readers.scale import in_counts
from specquant.readers.stating import check_given, stated_values, with_given
from specquant.readers.tracing import Traced
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Facts, Floats, RawSpectrum, Reader, Technique
from specquant.technique.units import unit_factor, units_like

_NAMED = 6
"""Spectra that a note on what was left out names, so that it stays readable."""

Correction = Callable[[RawSpectrum, object], RawSpectrum]
"""What is done to every spectrum once it is on the technique's energy scale, such as taking an axis offset off;
it gets the file for its messages."""


def load_spectra(
    path: Path,
    technique: Technique,
    readers: Sequence[Reader] = (),
    given: Mapping[str, float] | None = None,
    correct: Correction | None = None,
) -> Spectra:
    """Read a file, bring its spectra to the technique's energy scale and put them on its axis.

    Parameters
    ----------
    path
        The file.
    technique
        The technique that quantifies its spectra.
    readers
        Readers of the plug-in.
    given
        Instrument parameters that the user states; they win over the file, which a note says.
    correct
        What is done to every spectrum once it is on the technique's energy scale.

    Raises
    ------
    ReadError
        If the file cannot be read, or is of another installed technique.
    SpectrumError
        If no spectrum in it can be used, or it lacks a required parameter.
    SettingError
        If what is given is not a parameter of the technique, or out of its range.
    """
    try:
        return on_axis(read_file(path, readers), technique, path, given, correct)
    except (ReadError, SpectrumError) as error:
        elsewhere = of_another_technique(path, technique.name, readers)
        if elsewhere is None:
            raise
        raise elsewhere from error


def on_axis(
    raws: Sequence[RawSpectrum],
    technique: Technique,
    where: object,
    given: Mapping[str, float] | None = None,
    correct: Correction | None = None,
) -> Spectra:
    """Return raw spectra on the technique's axis; parameters and errors as of `load_spectra`.

    One that cannot be used is left out, with a note on the first of the others.
    """
    known = check_given(given or {}, technique)
    axis, count = technique.axis, 0
    counts, observed = np.zeros((len(raws), axis.size), np.float32), np.zeros((len(raws), axis.size), bool)
    stated = np.full((len(raws), len(technique.stated)), np.nan)
    names: list[str] = []
    facts: list[Facts] = []
    refused: list[tuple[str, SpectrumError]] = []

    def oriented_as_given(raw: RawSpectrum) -> RawSpectrum:
        return _oriented(with_given(raw, known, technique), technique, where)

    total = sum_of_pixels(raws)
    dead = _dead_energies(total, oriented_as_given)
    estimated = Estimator(technique, total, lambda raw: _counted(oriented_as_given(raw), dead))
    for raw in raws:
        try:
            oriented = oriented_as_given(raw)
            if len(raws) > 1 and raw.facts.pixel is not None and not oriented.counts.any():
                continue  # a pixel of a map with nothing but noise below the axis
            placed = _placed(estimated(_counted(oriented, dead), where), technique, where, correct)
        except SpectrumError as error:
            refused.append((raw.name, error))
            continue
        counts[count], observed[count], stated[count] = placed.counts, placed.observed, placed.stated
        names.append(raw.name)
        facts.append(placed.facts)
        count += 1
    if not count:
        empty = SpectrumError("all counts are zero", where=where, found="no spectrum with counts on the axis")
        raise refused[0][1] if refused else empty
    if refused:
        facts[0] = replace(facts[0], notes=(*facts[0].notes, _left_out(refused, len(raws))))
    return Spectra(counts[:count], observed[:count], stated[:count], names=tuple(_unique(names)), facts=tuple(facts))


def on_scale(
    raw: RawSpectrum,
    technique: Technique,
    where: object,
    given: Mapping[str, float] | None = None,
    correct: Correction | None = None,
) -> Traced:
    """Return one spectrum on the technique's energy scale, in counts, with its channels; all as of `load_spectra`."""
    file = with_given(raw, check_given(given or {}, technique), technique)
    oriented = _oriented(file, technique, where)
    counted = _counted(oriented)
    return Traced.of(file, oriented, counted, counted if correct is None else correct(counted, where))


@dataclass(frozen=True)
class _Placed:
    """A spectrum on the axis: counts and observed (energy,), stated parameters (parameter,), facts."""

    counts: Floats
    observed: NDArray[np.bool_]
    stated: Floats
    facts: Facts


def _placed(raw: RawSpectrum, technique: Technique, where: object, correct: Correction | None) -> _Placed:
    corrected = raw if correct is None else correct(raw, where)
    values, contradictions = stated_values(corrected, technique, f"{where}, spectrum {raw.name!r}")
    counts, observed = place(corrected, technique.axis, where)
    full = saturation(corrected.counts)
    notes = [Note(NoteKind.WARNING, full, "counts")] if full else []
    return _Placed(counts, observed, values, corrected.noted(*contradictions, *notes).facts)


def _counted(raw: RawSpectrum, dead: Floats | tuple[()] = ()) -> RawSpectrum:
    """Return an oriented spectrum in counts, without channels that counted nothing amid counts; some are known."""
    return without_dead_channels(in_counts(raw), dead)


def _dead_energies(total: RawSpectrum | None, oriented: Callable[[RawSpectrum], RawSpectrum]) -> Floats | tuple[()]:
    """Return the energies at which all pixels of a map together hold nothing amid counts, (dead channel,)."""
    if total is None:
        return ()
    try:
        whole = oriented(total)
    except SpectrumError:
        return ()
    return np.asarray(whole.energy)[dead_channels(np.asarray(whole.counts, dtype=np.float64))]


def _left_out(refused: Sequence[tuple[str, SpectrumError]], total: int) -> Note:
    text = shortened([f"{name!r}: {error.in_short}" for name, error in refused], _NAMED, "; ")
    return Note(NoteKind.LEFT_OUT, f"{len(refused)} of {total} spectra ({text})", "file")


def _oriented(raw: RawSpectrum, technique: Technique, where: object) -> RawSpectrum:
    """Return the spectrum on the technique's energy scale, ascending."""
    stored_for = raw.header.get("technique", technique.name)
    if raw.on_scale and stored_for != technique.name:
        raise ReadError("holds spectra of another technique", where=where, found=stored_for, wanted=technique.name)
    unit = raw.header.get("energy_unit", technique.axis.unit)
    if raw.on_scale and unit != technique.axis.unit:
        raise ReadError("holds energies in another unit", where=where, found=unit, wanted=technique.axis.unit)
    raw = _in_unit(raw, technique.axis, where)
    checked = check_raw(raw, where)
    if raw.header.get("axis_unit") == CHANNEL and not raw.on_scale:
        raw = checked = uncalibrated(checked, technique.axis)
    return checked if technique.orient is None else technique.orient(raw)


def _in_unit(raw: RawSpectrum, axis: EnergyAxis, where: object) -> RawSpectrum:
    """Return a spectrum with its energies in the unit of the axis, if its header says that they are in another.

    A unit of another quantity is refused, unless the axis is in a unit that is not known here.
    """
    unit = str(raw.header.get("axis_unit", ""))
    if raw.on_scale or unit in ("", CHANNEL, axis.unit):
        return raw
    factor = unit_factor(unit, axis.unit)
    if factor is not None:
        energy = np.asarray(raw.energy, dtype=np.float64) * factor
        return raw.on(energy, raw.counts).noted(header={**raw.header, "axis_unit": axis.unit})
    if len(units_like(axis.unit)) > 1:
        raise SpectrumError(
            "has an axis of another quantity",
            where=f"{where}, spectrum {raw.name!r}",
            found=unit,
            wanted=" or ".join(units_like(axis.unit)),
        )
    return raw


def uncalibrated(raw: RawSpectrum, axis: EnergyAxis) -> RawSpectrum:
    """Return a spectrum over channel numbers as if its channels were those of the axis, with a note that it is not.

    Parameters
    ----------
    raw
        A spectrum over channel numbers, (channel,).
    axis
        Axis of the technique.
    """
    text = (
        "uncalibrated: the axis counts channels and says nothing of energies; export the spectrum with its energies, "
        f"or give energy in {axis.unit} (offset + width x channel) in the first column"
    )
    energy = axis.start + axis.step * np.asarray(raw.energy)
    return raw.on(energy, raw.counts).noted(Note(NoteKind.CONTRADICTION, text, "axis"))


def _unique(names: Sequence[str]) -> Iterator[str]:
    last: dict[str, int] = {}
    for name in names:
        candidate, number = name, last.get(name, 1)
        while candidate in last:
            number += 1
            candidate = f"{name} ({number})"
        last[name] = number
        last.setdefault(candidate, 1)
        yield candidate
