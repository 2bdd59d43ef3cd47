"""What the page shows of the answer to one spectrum, as plain content."""

import math
from collections.abc import Sequence
from typing import Any, SupportsFloat

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.app.settings import Settings
from specquant.notes import LIMITS, NoteKind, beside_verdict
from specquant.report.wording import explained, in_short
from specquant.session import FileResult, Session
from specquant.statements import hidden_elements
from specquant.technique import NarrowAnswer
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
        "grounds": in_short(judgement),
        "notes": [
            {"kind": note.kind.value, "text": shown(note.text)}
            for note in beside_verdict(result.notes[0], judgement.texts)
            if note.about != LIMITS
        ],
        "elements": _elements(composition, result.shown(method)[0]),
        "narrow": _narrow(result.narrow[0] if result.narrow else None, session.technique.elements),
        "coordinate": None if facts is None or facts.coordinate is None else dict(vars(facts.coordinate)),
        "hidden": [
            {"element": symbol, "limit": _number(limit)}
            for symbol, limit in hidden_elements(result.compositions[method].isel(sample=[0]))
        ],
        "oxygen": _number(composition["stoichiometric_oxygen"]) if "stoichiometric_oxygen" in composition else None,
        "offset": 0.0 if facts is None else _number(facts.axis_offset),
        "stated": result.spectra.known(session.technique, 0),
        "assumed": sorted({note.about for note in result.notes[0] if note.kind is NoteKind.ASSUMED and note.about}),
        "header": {} if facts is None else _header(facts.header),
    }


def _reasons(judgement: Judgement) -> list[dict[str, Any]]:
    """Return what speaks against an answer in the words of a laboratory, each with the figures behind it."""
    return [{"text": text, "figures": list(map(shown, figures))} for text, figures in explained(judgement)]


def _narrow(answer: NarrowAnswer | None, elements: Sequence[str]) -> dict[str, Any] | None:
    """Return what narrow scans in the same file say: amounts, and the scans that were not used with the reason."""
    if answer is None:
        return None
    lines = answer.used
    return {
        "elements": [
            {
                "element": elements[row],
                "at": _number(answer.fraction[row]),
                "lower": _number(answer.lower[row]),
                "upper": _number(answer.upper[row]),
                "line": lines.get(elements[row], ""),
            }
            for row in answer.largest_first()
        ],
        "unused": [f"{shown(line.scan)}: {shown(line.unused)}" for line in answer.lines if line.unused],
        "notes": [shown(str(note)) for note in answer.notes],
    }


def _elements(composition: xr.Dataset, there: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Return every element that is more than nothing, largest first; `there` (element,) are those that are shown."""
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
        if not there[index] and not columns["at"][index] >= 10**-_DIGITS:
            continue
        row = {key: _number(float(values[index])) for key, values in columns.items()}
        symbol = str(composition["element"].values[index])
        rows.append({"element": symbol, **row, "oxide": str(oxides[index]), "shown": bool(there[index])})
    return rows


def _number(value: SupportsFloat) -> float | None:
    number = float(value)
    return round(number, _DIGITS) if math.isfinite(number) else None


def _header(header: Any) -> dict[str, str]:
    entries = ((str(key), value) for key, value in header.items() if isinstance(value, str | int | float))
    return {shown(key)[:_LETTERS]: shown(str(value))[:_LETTERS] for key, value in list(entries)[:_HEADER]}
