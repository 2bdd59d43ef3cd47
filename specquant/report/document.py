"""Whole pages: the report of a run, and the page beside a quantification."""

from collections.abc import Iterator, Sequence

from specquant.learning.card import ModelCard
from specquant.report.answers import main_method
from specquant.report.model_section import (
    accuracy_section,
    examples_section,
    making_section,
    map_section,
    provenance,
    readings_section,
)
from specquant.report.page import Html, element, joined, page, paragraph, picture, section
from specquant.report.results import RunResults, SampleResult
from specquant.report.sample_section import overview, sample_section, spectrum_picture
from specquant.report.standards import standards_section
from specquant.statements import interval_statement
from specquant.technique import Section, Technique

MOST_DRAWN = 40
"""Samples past this number come as tables without pictures, so that a browser can open the page."""


def report_html(results: RunResults, sections: Sequence[Section] = ()) -> str:
    """Return the report of a run as one self-contained HTML page, the answer first; `sections` are the plug-in's."""
    technique = results.technique
    parts = [
        *_answers(technique, results.samples),
        accuracy_section(technique, results.accuracy),
        map_section(technique, results.attribution, results.readings),
        examples_section(technique, results.examples, results.attribution),
        readings_section(technique, results.readings),
        standards_section(technique, results.samples, results.card),
        *_further(technique, results.samples, sections),
        making_section(results),
    ]
    return page("What is in the spectra, and why", technique.title, parts, *_remarks(results.samples))


def quantification_html(
    technique: Technique,
    samples: Sequence[SampleResult],
    command: str,
    card: ModelCard | None,
    sections: Sequence[Section] = (),
) -> str:
    """Return the answers for some spectra as one self-contained HTML page, with the card of the model used, if any."""
    making = section("How this was made", provenance(technique, command, card), anchor="making")
    further = _further(technique, samples, sections)
    parts = [*_answers(technique, samples), *further, standards_section(technique, samples, card), making]
    return page("What is in the spectra", technique.title, parts, *_remarks(samples))


def notebook_html(technique: Technique, samples: Sequence[SampleResult], text: str) -> str:
    """Return what a notebook shows of answers: a picture of each of the samples, and the text of all below."""
    parts = [joined(element("h4", sample.name), spectrum_picture(technique, sample)) for sample in samples]
    return element("div", *parts, element("pre", text))


def _answers(technique: Technique, samples: Sequence[SampleResult]) -> list[Html]:
    parts = [overview(samples)]
    parts += [
        sample_section(technique, sample, number, drawn=number <= MOST_DRAWN)
        for number, sample in enumerate(samples, start=1)
    ]
    if len(samples) > MOST_DRAWN:
        parts.insert(1, paragraph(f"Only the first {MOST_DRAWN} samples are drawn; the others are tables.", soft=True))
    return parts


def _further(technique: Technique, samples: Sequence[SampleResult], sections: Sequence[Section]) -> Iterator[Html]:
    """Yield the parts that the technique's plug-in writes, without those that are empty."""
    for number, part in enumerate(sections, start=1):
        written = [
            paragraph(content) if isinstance(content, str) else picture(content, part.title)
            for content in part.write(technique, samples)
        ]
        if written:
            yield section(part.title, *written, anchor=f"further-{number}")


def _remarks(samples: Sequence[SampleResult]) -> list[str]:
    statements = dict.fromkeys(
        interval_statement(main_method(sample), sample.compositions[main_method(sample)]) for sample in samples
    )
    return ["Fractions are atomic percent of the elements that the technique sees.", *statements]
