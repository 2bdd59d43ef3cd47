"""From a file to spectra on a technique's axis in one call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from specquant.errors import ReadError, SpectrumError
from specquant.notes import Note, NoteKind
from specquant.readers.checking import check_raw, saturation
from specquant.readers.opening import read_file
from specquant.readers.placing import place
from specquant.readers.stating import check_given, stated_values, with_given
from specquant.spectra import Spectra
from specquant.technique import Facts, RawSpectrum, Reader, Technique

Correction = Callable[[RawSpectrum], RawSpectrum]
"""What is done to every spectrum once it is on the technique's energy scale, such as taking an axis offset off."""


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
    path, technique, readers
        The file, for which technique, and the plug-in's readers.
    given
        Instrument parameters that the user states; they win over the file, which a note says.
    correct
        What is done to every spectrum once it is on the technique's energy scale.

    Raises
    ------
    ReadError
        If the file cannot be read.
    SpectrumError
        If a spectrum in it cannot be used, or lacks a required parameter.
    SettingError
        If what is given is not a parameter of the technique, or out of its range.
    """
    return on_axis(read_file(path, readers), technique, path, given, correct)


def on_axis(
    raws: Sequence[RawSpectrum],
    technique: Technique,
    where: object,
    given: Mapping[str, float] | None = None,
    correct: Correction | None = None,
) -> Spectra:
    """Return raw spectra on the technique's axis; parameters and errors as of `load_spectra`."""
    known = check_given(given or {}, technique)
    axis, count = technique.axis, 0
    counts, observed = np.zeros((len(raws), axis.size), np.float32), np.zeros((len(raws), axis.size), bool)
    stated = np.full((len(raws), len(technique.stated)), np.nan)
    names: list[str] = []
    facts: list[Facts] = []
    for raw in raws:
        oriented = _oriented(with_given(raw, known, technique), technique, where)
        if len(raws) > 1 and raw.facts.pixel is not None and not oriented.counts.any():
            continue  # a pixel of a map with nothing but noise below the axis
        corrected = oriented if correct is None else correct(oriented)
        stated[count] = stated_values(corrected.stated, technique, f"{where}, spectrum {raw.name!r}")
        counts[count], observed[count] = place(corrected, axis, where)
        full = saturation(corrected.counts)
        noted = corrected.noted(Note(NoteKind.WARNING, full, "counts")) if full else corrected
        names.append(raw.name)
        facts.append(noted.facts)
        count += 1
    if not count:
        raise SpectrumError("all counts are zero", where=where, found="no spectrum with counts on the axis")
    return Spectra(counts[:count], observed[:count], stated[:count], names=tuple(_unique(names)), facts=tuple(facts))


def _oriented(raw: RawSpectrum, technique: Technique, where: object) -> RawSpectrum:
    """Return the spectrum on the technique's energy scale, ascending."""
    stored_for = raw.header.get("technique", technique.name)
    if raw.on_scale and stored_for != technique.name:
        raise ReadError("holds spectra of another technique", where=where, found=stored_for, wanted=technique.name)
    unit = raw.header.get("energy_unit", technique.axis.unit)
    if raw.on_scale and unit != technique.axis.unit:
        raise ReadError("holds energies in another unit", where=where, found=unit, wanted=technique.axis.unit)
    if technique.orient is None:
        return raw
    check_raw(raw, where)
    return technique.orient(raw)


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
