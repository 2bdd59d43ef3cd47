"""A text for the methods section of a paper: how the answers of a report came about, in sentences to copy."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version

from specquant.fits import Hybrid
from specquant.learning.card import ModelCard
from specquant.notes import NoteKind, shortened
from specquant.report.answers import main_method
from specquant.report.page import Html, folded, joined, paragraph
from specquant.report.results import SampleResult
from specquant.statements import FACTOR_ERRORS, Statements, common_statements, interval_statement
from specquant.technique import Technique
from specquant.verdict import Verdict

_NAMED = 6
"""Spectra, or assumptions, that a sentence names: chosen, a paper has little room for more."""

_STATED = (
    *("Background", "Lines used", "Sensitivity factors", "Transmission or efficiency"),
    *("Normalisation", "What cannot be seen", "Assumptions on the sample"),
)
"""Statements on the technique, in the order of the text."""

_SOURCES = (
    "Sources: specquant (file CITATION.cff of the program); M. Lim, S. Lim, S. Park and H.-K. Kim, Physics & High "
    "Technology 32 (2023), doi:10.3938/PhiT.32.020; L. A. Currie, Analytical Chemistry 40 (1968) 586, on limits."
)


def methods_part(technique: Technique, samples: Sequence[SampleResult], card: ModelCard | None) -> Html:
    """Return the text, folded; empty where the technique names no standards, or nothing was quantified."""
    answered = [sample for sample in samples if sample.is_shown]
    if technique.reporting is None or not answered:
        return Html("")
    common = common_statements(technique, card)
    paragraphs = (_way(technique, answered, card, common), _spectra(technique, answered), _errors(answered, common))
    texts = [*map(" ".join, paragraphs), _SOURCES]
    return folded("Text for the methods section of a paper", joined(*(paragraph(text) for text in texts)))


def _way(
    technique: Technique, samples: Sequence[SampleResult], card: ModelCard | None, common: Statements
) -> Iterator[str]:
    """Yield how spectra became compositions."""
    method, count = main_method(samples[0]), len(samples)
    spectra = "one spectrum" if count == 1 else f"{count} spectra"
    program = f"specquant {version('specquant')}, method {method}"
    yield f"Compositions were determined from {spectra}, {technique.title}, with {program}."
    if samples[0].compositions[method].attrs.get("method") == Hybrid.name:
        yield "It fits the whole spectrum by a physical model, with elements that a neural network proposes."
    if card is not None:
        yield f"The network is {card.title} (SHA-256 {card.fingerprint})."
    yield from (f"{title}: {common[title]}" for title in _STATED)


def _spectra(technique: Technique, samples: Sequence[SampleResult]) -> Iterator[str]:
    """Yield what was done to single spectra, assumed of them, and held against their answers."""
    offsets = [
        (sample.name, sample.spectra.facts[0].axis_offset)
        for sample in samples
        if sample.spectra.facts and sample.spectra.facts[0].axis_offset
    ]
    if offsets:
        named = shortened([f"{technique.axis.moved(offset)} ({name})" for name, offset in offsets], _NAMED)
        yield f"Offsets of the energy axis were taken off: {named}."
    for kind, words in (
        (NoteKind.STATED, "Stated by the analyst"),
        (NoteKind.ASSUMED, "Assumed of the measurement"),
        (NoteKind.WARNING, "Warnings"),
    ):
        texts = _noted(samples, kind)
        if texts:
            yield f"{words}: {shortened(texts, _NAMED, '; ')}."
    doubtful = [sample.name for sample in samples if sample.judgement.verdict is Verdict.DOUBTFUL]
    if doubtful:
        yield f"The program calls {len(doubtful)} of {len(samples)} answers doubtful: {shortened(doubtful, _NAMED)}."


def _noted(samples: Sequence[SampleResult], kind: NoteKind) -> list[str]:
    """Return what notes of a kind say, each once, with the spectra that it is of where it is not of all."""
    names: dict[str, list[str]] = {}
    for sample in samples:
        for note in sample.notes:
            if note.kind is kind:
                names.setdefault(note.text, []).append(sample.name)
    return [text if len(of) == len(samples) else f"{text} ({shortened(of, _NAMED)})" for text, of in names.items()]


def _errors(samples: Sequence[SampleResult], common: Statements) -> Iterator[str]:
    """Yield what intervals and detection limits are."""
    method = main_method(samples[0])
    yield interval_statement(method, samples[0].compositions[method])
    yield common["Intervals"]
    if FACTOR_ERRORS in common:
        yield common[FACTOR_ERRORS]
    yield f"Detection limits are {common['Detection limits']}"
