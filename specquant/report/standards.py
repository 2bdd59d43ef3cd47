"""The section of a page that states what the standards of a technique ask for."""

from collections.abc import Sequence

from specquant.learning.card import ModelCard
from specquant.report.answers import main_method
from specquant.report.page import Html, element, facts, joined, paragraph, section
from specquant.report.results import SampleResult
from specquant.statements import Statements, common_statements, spectrum_statements
from specquant.technique import Technique


def sample_statements(technique: Technique, sample: SampleResult) -> Statements:
    """Return what holds for one sample."""
    method = main_method(sample)
    return spectrum_statements(technique, sample.spectra, sample.notes, method, sample.compositions[method])


def standards_section(technique: Technique, samples: Sequence[SampleResult], card: ModelCard | None) -> Html:
    """Return the section; empty where the technique names no standards."""
    common = common_statements(technique, card)
    if not common:
        return Html("")
    parts = [
        joined(element("h3", sample.name), facts(list(sample_statements(technique, sample).items())))
        for sample in samples
    ]
    return section(
        "What the standards ask to state",
        paragraph("Stated as the standards below ask for it."),
        facts(list(common.items())),
        *parts,
        anchor="standards",
    )
