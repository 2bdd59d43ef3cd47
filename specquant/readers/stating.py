"""What is stated of a spectrum's instrument: by its header, or by the user, who wins."""

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from specquant.errors import SettingError, SpectrumError
from specquant.technique import Floats, InstrumentParameter, RawSpectrum, Technique


def parse_given(texts: Sequence[str], technique: Technique) -> dict[str, float]:
    """Return the parameters that texts like ``beam_energy=15000`` give.

    Raises
    ------
    SettingError
        If a text is none such, names no parameter of the technique, or gives a value out of its range.
    """
    given: dict[str, float] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        try:
            given[name.strip()] = float(value)
        except ValueError as error:
            raise SettingError(
                "is no setting",
                where=f"--set {text}",
                found=f"no number after {name.strip()}=" if equals else "no =",
                wanted="NAME=NUMBER, e.g. beam_energy=15000",
            ) from error
    return check_given(given, technique)


def check_given(given: Mapping[str, float], technique: Technique) -> dict[str, float]:
    """Return what the user gives, if it can be true of the technique's instruments; raises as `parse_given`."""
    known = {parameter.name: parameter for parameter in technique.parameters}
    for name, value in given.items():
        if name not in known:
            close = get_close_matches(name, known, 1)
            raise SettingError(
                f"{technique.name} has no such instrument parameter",
                found=repr(name),
                wanted=f"one of {', '.join(known) or '(it has none)'}",
                todo=f"Did you mean {close[0]}?" if close else None,
            )
        if not _possible(value, known[name]):
            raise SettingError(
                f"{name} is out of its range", found=_amount(value, known[name]), wanted=_range(known[name])
            )
    return dict(given)


def with_given(raw: RawSpectrum, given: Mapping[str, float], technique: Technique) -> RawSpectrum:
    """Return the spectrum with the user's values in place of its header's; ``attrs['given']`` tells of them."""
    if not given:
        return raw
    told = []
    for parameter in technique.parameters:
        if parameter.name not in given:
            continue
        before, value = _number(raw.attrs.get(parameter.name)), given[parameter.name]
        differs = math.isfinite(before) and not math.isclose(before, value, rel_tol=1e-6)
        instead = f", not {before:g} as the file says" if differs else ""
        told.append(f"{parameter.name} {_amount(value, parameter)}{instead}")
    return RawSpectrum(raw.name, raw.energy, raw.counts, {**raw.attrs, **given, "given": "; ".join(told)})


def stated_values(attrs: Mapping[str, Any], technique: Technique, where: str) -> Floats:
    """Return the stated parameters of a spectrum in the technique's order, shape (parameter,); NaN where not known.

    Raises
    ------
    SpectrumError
        If one is out of its range, or is required and not known.
    """
    values = np.array([_number(attrs.get(parameter.name)) for parameter in technique.stated], dtype=np.float64)
    for value, parameter in zip(values.tolist(), technique.stated, strict=True):
        example = f"--set {parameter.name}={parameter.default:g}"
        if math.isnan(value) and parameter.required:
            raise SpectrumError(
                f"{parameter.name} is not in the file",
                where=where,
                wanted=f"{parameter.meaning}, {_range(parameter)}",
                todo=f"Give it with {example}.",
            )
        if not math.isnan(value) and not _possible(value, parameter):
            raise SpectrumError(
                f"{parameter.name} is out of its range",
                where=where,
                found=_amount(value, parameter),
                wanted=_range(parameter),
                todo=f"If the header is wrong, give the right value, e.g. with {example}.",
            )
    return values


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return math.nan
    return float(value) if math.isfinite(value) else math.nan


def _possible(value: float, parameter: InstrumentParameter) -> bool:
    return parameter.low <= value <= parameter.high


def _amount(value: float, parameter: InstrumentParameter) -> str:
    return f"{value:g} {parameter.unit}".strip()


def _range(parameter: InstrumentParameter) -> str:
    return f"{parameter.low:g} to {parameter.high:g} {parameter.unit}".strip()
