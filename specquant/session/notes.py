"""The notes on an answer: on the file, on the fit, and on what a model cannot know."""

from collections.abc import Iterator, Mapping, Sequence

import xarray as xr

from specquant.learning import NetworkQuantifier
from specquant.notes import Note, NoteKind, in_order
from specquant.quantifiers import Quantifier
from specquant.quantifiers.featureless import REMARK as FEATURELESS
from specquant.spectra import Spectra
from specquant.technique import Technique


def notes_of(
    technique: Technique, spectra: Spectra, compositions: Mapping[str, xr.Dataset], methods: Mapping[str, Quantifier]
) -> tuple[tuple[Note, ...], ...]:
    """Return the notes of every spectrum: what was found on reading, what methods remark, what models cannot know."""
    explained = ((name, method.explained) for name, method in methods.items())
    networks = ((name, model.card) for name, model in explained if isinstance(model, NetworkQuantifier))
    models = [(name, card.limits(technique)) for name, card in networks]
    return tuple(
        (
            *(in_order(spectra.facts[row].notes) if spectra.facts else ()),
            *_remarks(compositions, row),
            *_limits(models),
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
