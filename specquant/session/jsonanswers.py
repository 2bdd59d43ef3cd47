"""Answers as JSON: what there is of every spectrum, of replicates, and of inputs that cannot be used."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from specquant.learning.card import ModelCard
from specquant.quantifiers import AXIS
from specquant.session.fileresults import NUMBERS, FileResult
from specquant.session.narrow import narrow_dict
from specquant.session.replicates import Replicates
from specquant.session.unused import UNUSED, Unused
from specquant.statements import common_statements, spectrum_statements
from specquant.technique import Technique

DIGITS = 6
"""Decimals of a fraction in CSV and JSON: a millionth is far below any error."""


def answers_dict(
    outcomes: Iterable[FileResult | Unused],
    method: str,
    technique: Technique,
    command: str,
    force: bool,
    card: ModelCard | None,
    mean: bool,
) -> dict[str, Any]:
    """Return what became of files as JSON has it.

    Parameters
    ----------
    outcomes
        What became of every file.
    method
        The method that answers.
    technique
        The technique.
    command
        What was typed.
    force
        Whether compositions that the verdict holds back are given.
    card
        That of the network that was asked; None: none was.
    mean
        Whether the mean of all spectra is added.

    Raises
    ------
    SettingError
        If a mean is wanted of fewer than two spectra.
    """
    seen: list[FileResult] = []
    spectra: list[dict[str, Any]] = []
    unused: list[dict[str, str]] = []
    for outcome in outcomes:
        if isinstance(outcome, Unused):
            unused.append(outcome.as_dict())
            continue
        spectra += _entries(outcome, method, technique, force)
        if mean:
            seen.append(outcome)
    content: dict[str, Any] = {"technique": technique.name, "method": method, "command": command}
    content |= {"specquant": version("specquant"), "model": None if card is None else card.identity}
    content |= {"standards": common_statements(technique, card), "spectra": spectra, UNUSED: unused}
    return content | ({"mean": _mean(Replicates.of(seen, method, force).checked(), technique)} if mean else {})


def _mean(several: Replicates, technique: Technique) -> dict[str, Any]:
    """Return the mean of replicates as JSON has it: fractions by statistic, of elements that are shown."""
    content: dict[str, Any] = {"spectra": len(several.fraction), "left_out": several.left_out}
    for name, atomic, weight in several.statistics():
        content[name.replace(" ", "_")] = [
            {
                "element": technique.elements[index],
                "fraction": round(float(atomic[index]), DIGITS),
                "weight_fraction": round(float(weight[index]), DIGITS),
            }
            for index in several.shown
        ]
    return content


def _known(number: float) -> float | None:
    """Return a number as JSON has it: rounded, None where not known."""
    return None if np.isnan(number) else round(number, DIGITS)


def _entries(result: FileResult, method: str, technique: Technique, force: bool) -> Iterator[dict[str, Any]]:
    """Yield what JSON has of every spectrum; one that is not quantified has an empty composition."""
    amounts: dict[str, list[dict[str, str | float | None]]] = {sample: [] for sample in result.spectra.labels()}
    judgements = result.judgements(method)
    answered = {sample: force or one.is_answer for sample, one in zip(result.spectra.labels(), judgements, strict=True)}
    for row in result.rows(method, force):
        if answered[row.sample]:
            values = ((name, getattr(row, name)) for name in NUMBERS)
            numbers = {name: _known(x) for name, x in values}
            amounts[row.sample].append({"element": row.element, "oxide": row.oxide or None, **numbers})
    answers = result.answers(method, force)
    entries = zip(amounts.items(), judgements, result.notes, strict=True)
    for index, ((sample, composition), one, notes) in enumerate(entries):
        alone = result.spectra.take([index])
        stated = spectrum_statements(technique, alone, notes, method, answers.isel(sample=[index]))
        entry: dict[str, Any] = {
            "file": result.file,
            "sample": sample,
            "verdict": one.verdict.value,
            "reasons": [asdict(reason) for reason in one.reasons],
            "notes": [asdict(note) for note in notes],
            "composition": composition,
        }
        entry |= {name: _known(float(answers[name].values[index])) for name in AXIS if name in answers}
        if "stoichiometric_oxygen" in answers:
            entry["stoichiometric_oxygen"] = round(float(answers["stoichiometric_oxygen"].values[index]), DIGITS)
        narrow = result.narrow[index] if result.narrow else None
        if narrow is not None:
            entry["narrow"] = narrow_dict(narrow, technique.elements)
        yield {**entry, "standards": stated}
