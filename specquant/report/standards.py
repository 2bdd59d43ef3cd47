"""The part of a page that states what the standards of a technique ask for."""

from collections.abc import Sequence

from specquant.learning.card import ModelCard
from specquant.report.answers import main_method
from specquant.report.page import Html, element, facts, folded, joined
from specquant.report.results import SampleResult
from specquant.statements import Statements, common_statements, spectrum_statements
from specquant.technique import Technique


def sample_statements(technique: Technique, sample: SampleResult) -> Statements:
    """Return what holds for one sample."""
    method = main_method(sample)
    return spectrum_statements(technique, sample.spectra, sample.notes, method, sample.compositions[method])


_ELSEWHERE = ("Model", "Training range")
"""Statements that a page makes under "How this was made", in full."""


def standards_part(technique: Technique, samples: Sequence[SampleResult], card: ModelCard | None) -> Html:
    """Return the part, folded; empty where the technique names no standards."""
    common = common_statements(technique, card)
    if not common:
        return Html("")
    parts = [
        joined(element("h3", sample.name), facts(list(sample_statements(technique, sample).items())))
        for sample in samples
    ]
    return folded(
        "What the standards ask to state",
        facts([(title, text) for title, text in common.items() if title not in _ELSEWHERE]),
        *parts,
    )
