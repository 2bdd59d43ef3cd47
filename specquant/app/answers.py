"""What the page shows of the answer to one spectrum, as plain content."""

import math
from typing import Any, SupportsFloat

import numpy as np
import xarray as xr

from specquant.app.settings import Settings
from specquant.notes import NoteKind
from specquant.quantifiers import PRESENT_ABOVE
from specquant.session import FileResult, Session
from specquant.statements import hidden_elements
from specquant.terminal import shown
from specquant.verdict import Judgement

_HEADER = 40
"""Entries of a file's header that the page shows: chosen, the rest is in the file."""

_LETTERS = 300
"""Letters of each: chosen, a comment of some lines."""

_DIGITS = 6
"""Decimals of fractions: a millionth is far below any error."""


def answer_of(session: Session, settings: Settings, result: FileResult, method: str) -> dict[str, Any]:
    """Return the answer of a method to the one spectrum of a result; fractions are of one, None where not known."""
    judgement = result.judgements(method)[0]
    facts = result.spectra.facts[0] if result.spectra.facts else None
    composition = result.compositions[method].isel(sample=0)
    return {
        "sample": shown(result.spectra.labels()[0]),
        "technique": session.technique.name,
        "method": method,
        "settings": settings.plain(),
        "verdict": judgement.verdict.value,
        "answered": judgement.is_answer,
        "reasons": _reasons(judgement),
        "notes": [
            {"kind": note.kind.value, "text": shown(note.text)}
            for note in result.notes[0]
            if note.kind is not NoteKind.CONTRADICTION and note.about != "limits"
        ],
        "elements": _elements(composition),
        "hidden": [
            {"element": symbol, "limit": _number(limit)}
            for symbol, limit in hidden_elements(result.compositions[method].isel(sample=[0]))
        ],
        "oxygen": _number(composition["stoichiometric_oxygen"]) if "stoichiometric_oxygen" in composition else None,
        "offset": 0.0 if facts is None else _number(facts.axis_offset),
        "stated": result.spectra.known(session.technique, 0),
        "header": {} if facts is None else _header(facts.header),
    }


def _reasons(judgement: Judgement) -> list[dict[str, Any]]:
    """Return what speaks against an answer in the words of a laboratory, each with the figures behind it."""
    if not judgement.reasons:
        return []
    from specquant.report.wording import explained  # with all of the report, which takes a second to load

    return [{"text": text, "figures": list(map(shown, figures))} for text, figures in explained(judgement)]


def _elements(composition: xr.Dataset) -> list[dict[str, Any]]:
    """Return every element that is more than nothing, largest first; `shown` says whether it is found."""
    names = {
        "at": "fraction",
        "lower": "lower",
        "upper": "upper",
        "wt": "weight_fraction",
        "limit": "detection_limit",
        "oxide_wt": "oxide_weight_fraction",
    }
    unknown = np.full(composition.sizes["element"], np.nan)
    columns = {key: composition[name].values if name in composition else unknown for key, name in names.items()}
    oxides = composition["oxide"].values.tolist() if "oxide" in composition else [""] * unknown.size
    rows = []
    for index in np.argsort(-columns["at"], kind="stable"):
        amount, limit = float(columns["at"][index]), float(columns["limit"][index])
        if amount < 10**-_DIGITS:
            continue
        least = limit if math.isfinite(limit) else PRESENT_ABOVE
        row = {key: _number(float(values[index])) for key, values in columns.items()}
        symbol = str(composition["element"].values[index])
        rows.append({"element": symbol, **row, "oxide": str(oxides[index]), "shown": amount >= least})
    return rows


def _number(value: SupportsFloat) -> float | None:
    number = float(value)
    return round(number, _DIGITS) if math.isfinite(number) else None


def _header(header: Any) -> dict[str, str]:
    entries = ((str(key), value) for key, value in header.items() if isinstance(value, str | int | float))
    return {shown(key)[:_LETTERS]: shown(str(value))[:_LETTERS] for key, value in list(entries)[:_HEADER]}
