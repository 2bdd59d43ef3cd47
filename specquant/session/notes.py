"""The notes on an answer: on the file, on the fit, and on what a model cannot know."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from specquant.contracts import NOT_QUANTIFIED
from specquant.learning import NetworkQuantifier
from specquant.notes import Note, NoteKind, in_order
from specquant.quantifiers import PRESENT_ABOVE, Quantifier
from specquant.quantifiers.featureless import REMARK as FEATURELESS
from specquant.spectra import Spectra
from specquant.technique import Technique

_NAMED = 4
"""Elements that a note on what would not show names: chosen, the rest is in files and reports."""


def notes_of(
    technique: Technique, spectra: Spectra, compositions: Mapping[str, xr.Dataset], methods: Mapping[str, Quantifier]
) -> tuple[tuple[Note, ...], ...]:
    """Return the notes of every spectrum: what was found on reading, what methods remark, what models cannot know."""
    explained = ((name, method.explained) for name, method in methods.items())
    networks = [(name, model.card) for name, model in explained if isinstance(model, NetworkQuantifier)]
    models = [(name, card.limits(technique)) for name, card in networks]
    priors = networks[0][1].prior if networks else {}
    return tuple(
        (
            *(in_order(spectra.facts[row].notes) if spectra.facts else ()),
            *_remarks(compositions, row),
            *_limits(models),
            *_unseen(technique, compositions, row, priors),
        )
        for row in range(len(spectra))
    )


def _remarks(compositions: Mapping[str, xr.Dataset], row: int) -> Iterator[Note]:
    """Yield what the methods remark on one spectrum, but for what its verdict says."""
    for name, composition in compositions.items():
        remark = str(composition["remark"].values[row]) if "remark" in composition.coords else ""
        remark = remark.removeprefix(FEATURELESS).removeprefix("; ")
        if remark:
            yield Note(NoteKind.WARNING, f"{name}: {remark}", name)


def _limits(models: Sequence[tuple[str, str]]) -> Iterator[Note]:
    """Yield what models cannot know: elements they were not trained to see."""
    for name, limits in models:
        if limits:
            yield Note(NoteKind.REMARK, f"{name}: the model {limits}", name)


def _unseen(
    technique: Technique, compositions: Mapping[str, xr.Dataset], row: int, prior: Mapping[str, float]
) -> Iterator[Note]:
    """Yield which elements would not show, by the detection limits of the first method: the likeliest to be missed.

    `prior` is the weight of each element in the draw of samples; where it is empty, all weigh alike.
    """
    composition = next(iter(compositions.values()))
    refused = "verdict" in composition and composition["verdict"].values[row] == NOT_QUANTIFIED
    if "detection_limit" not in composition or refused:
        return
    limits, fraction = composition["detection_limit"].values[row], composition["fraction"].values[row]
    weights = np.array([prior.get(symbol, 0.0) if prior else 1.0 for symbol in technique.elements])
    hidden = (fraction < limits) & (fraction < PRESENT_ABOVE) & (limits >= PRESENT_ABOVE)
    order = np.argsort(-np.where(hidden, limits * weights, 0.0), kind="stable")
    named = [
        f"{technique.elements[index]} {100 * limits[index]:.1f}"
        for index in order[:_NAMED]
        if hidden[index] and weights[index] > 0
    ]
    if named:
        yield Note(NoteKind.REMARK, f"not found, but would not show up to these at%: {', '.join(named)}", "limits")
