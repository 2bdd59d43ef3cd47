"""What is stated of a spectrum's instrument: by its file, or by the user, who wins."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from numbers import Real

import numpy as np

from specquant.errors import SettingError, SpectrumError, did_you_mean
from specquant.notes import Note, NoteKind
from specquant.technique import Floats, InstrumentParameter, RawSpectrum, Technique

_ALIKE = 0.01
"""Relative difference of two parameter values that changes no line by as much as its width."""


def parse_given(texts: Sequence[str], technique: Technique) -> dict[str, float]:
    """Return the parameters that texts like ``beam_energy=15000`` give.

    Raises
    ------
    SettingError
        If a text is none such, names no parameter of the technique, or gives a value out of its range.
    """
    given: dict[str, float] = {}
    for nth, text in enumerate(texts, start=1):
        name, equals, value = text.partition("=")
        try:
            given[name.strip()] = float(value)
        except ValueError as error:
            raise SettingError(
                "is not a setting",
                where=f"--set {text}",
                found=f"no number after {name.strip()}=" if equals else "no =",
                wanted="NAME=NUMBER, e.g. beam_energy=15000",
            ) from error
        if len(given) < nth:
            raise SettingError("is set twice", where=f"--set {text}", todo="Give it once.")
    return check_given(given, technique)


def check_given(given: Mapping[str, float], technique: Technique) -> dict[str, float]:
    """Return what the user gives, if it can be true of the technique's instruments; raises as `parse_given`."""
    known = {parameter.name: parameter for parameter in technique.parameters}
    for name, value in given.items():
        if name not in known:
            raise SettingError(
                f"{technique.name} has no such instrument parameter",
                found=repr(name),
                wanted=f"one of {', '.join(known) or '(it has none)'}",
                todo=did_you_mean(name, known),
            )
        if not isinstance(value, Real):
            raise SettingError(f"{name} is not a number", found=repr(value), wanted=known[name].span)
        if not known[name].holds(value):
            raise SettingError(f"{name} is out of its range", found=known[name].amount(value), wanted=known[name].span)
    return dict(given)


def with_given(raw: RawSpectrum, given: Mapping[str, float], technique: Technique) -> RawSpectrum:
    """Return the spectrum with the user's values in place of the file's, and a note that tells of them."""
    texts = []
    for parameter in technique.parameters:
        if parameter.name not in given:
            continue
        before, value = number(raw.stated.get(parameter.name)), given[parameter.name]
        differs = math.isfinite(before) and not math.isclose(before, value, rel_tol=1e-6)
        instead = f", not {before:g} as the file says" if differs else ""
        texts.append(f"{parameter.name} {parameter.amount(value)}{instead}")
    if not texts:
        return raw
    stated = replace(raw, stated={**raw.stated, **given})
    return stated.noted(Note(NoteKind.STATED, "; ".join(texts), ", ".join(given)))


def not_known(raw: RawSpectrum, parameter: InstrumentParameter, where: str, unseen: str | None = None) -> SpectrumError:
    """Return the error that a spectrum does not say what it has to.

    Parameters
    ----------
    raw
        The spectrum.
    parameter
        What is required of it.
    where
        Its file and name.
    unseen
        Why the spectrum does not show it either; None: it was not asked.
    """
    unused = raw.facts.unused(parameter.name)
    lacks = "of the file cannot be used" if unused else "is not in the file"
    return SpectrumError(
        f"{parameter.name} {lacks}{'' if unseen is None else ', and the spectrum does not show it'}",
        where=where,
        found="; ".join(filter(None, (unused, unseen))) or None,
        wanted=f"{parameter.meaning}, {parameter.span}",
        todo=f"Give the true value with --set {parameter.name}=NUMBER.",
    )


def stated_values(raw: RawSpectrum, technique: Technique, where: str) -> tuple[Floats, tuple[Note, ...]]:
    """Return the stated parameters of a spectrum in the technique's order, shape (parameter,); NaN where not known.

    A value that the technique is not made for is put at the end of its range, and contradicts the technique, as the
    notes say. That pure spectra for the default are taken, as the file states nothing, is said too.

    Raises
    ------
    SpectrumError
        If one is required and not known, and nothing contradicts the technique.
    """
    said = {(note.kind, name) for note in raw.facts.notes for name in note.about.split(", ")}
    against = any(kind is NoteKind.CONTRADICTION for kind, _ in said)
    parameters = technique.stated
    values, notes = np.full(len(parameters), np.nan), []
    for index, parameter in enumerate(parameters):
        value = number(raw.stated.get(parameter.name))
        if math.isnan(value) and parameter.required and not against:
            raise not_known(raw, parameter, where)
        note = _note(parameter, value)
        if note is not None and (note.kind, parameter.name) not in said:
            notes.append(note)
        values[index] = min(max(value, parameter.low), parameter.high) if math.isfinite(value) else value
    return values, tuple(notes)


def _note(parameter: InstrumentParameter, value: float) -> Note | None:
    """Return what has to be said of a parameter's value: that it cannot be, or that the default stands for it."""
    if math.isnan(value) and parameter.rendered:
        text = f"{parameter.name} {parameter.amount(parameter.default)}, as the file does not state it"
        return Note(NoteKind.ASSUMED, text, parameter.name)
    if math.isnan(value) or parameter.holds(value):
        return None
    text = f"{parameter.name} {parameter.amount(value)} by the file; this technique is for {parameter.span}"
    return Note(NoteKind.CONTRADICTION, text, parameter.name)


def unusual(stated: Mapping[str, float], technique: Technique) -> Iterator[Note]:
    """Yield a warning for every parameter that no method takes as input and that is stated to be unlike its default."""
    for parameter in technique.parameters:
        value = math.nan if parameter.stated else number(stated.get(parameter.name))
        if abs(value - parameter.default) > _ALIKE * abs(parameter.default):
            text = (
                f"{parameter.name} is {value:g} {parameter.unit}, the model was made for {parameter.default:g} "
                f"{parameter.unit}; lines that depend on it are read wrongly"
            )
            yield Note(NoteKind.WARNING, text, parameter.name)


def number(value: object) -> float:
    """Return a value that is a finite number, and NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return math.nan
    return float(value) if math.isfinite(value) else math.nan
