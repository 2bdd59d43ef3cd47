"""Whole pages: the report of answers, the page about a model, and what a notebook shows."""

from collections.abc import Iterator, Sequence

from specquant.learning.card import ModelCard
from specquant.report.answers import main_method
from specquant.report.first_page import (
    first_page,
    hidden_part,
    overview,
    result_table,
    spectrum_part,
    verdict_part,
)
from specquant.report.heading import Heading
from specquant.report.methods_text import methods_part
from specquant.report.model_section import (
    accuracy_section,
    examples_section,
    making_section,
    map_section,
    provenance,
    readings_section,
)
from specquant.report.page import (
    Html,
    element,
    facts,
    figures_here,
    folded,
    joined,
    page,
    paragraph,
    picture,
    safe,
    section,
)
from specquant.report.reasons import reasons
from specquant.report.results import RunResults, SampleResult
from specquant.report.standards import standards_part
from specquant.statements import interval_statement
from specquant.technique import Section, Technique

MOST_DRAWN = 40
"""Samples past this number come as tables without pictures, so that a browser can open the page."""


def report_html(
    technique: Technique,
    samples: Sequence[SampleResult],
    command: str,
    card: ModelCard | None,
    sections: Sequence[Section] = (),
    heading: Heading | None = None,
    unused: Sequence[str] = (),
) -> str:
    """Return the answers for some spectra as one self-contained HTML page, the first of it for everybody.

    Parameters
    ----------
    technique
        The technique of the spectra.
    samples
        The spectra with their answers.
    command
        The command as typed.
    card
        Card of the model that was asked; None where none was.
    sections
        Parts that the technique's plug-in writes.
    heading
        What stands above all.
    unused
        Why other files could not be used, a text for each.
    """
    parts = [overview(samples)]
    if unused:
        parts.append(section("Not used", element("ul", *(element("li", text) for text in unused)), anchor="unused"))
    parts += [
        sample_part(technique, sample, number, drawn=number <= MOST_DRAWN)
        for number, sample in enumerate(samples, start=1)
    ]
    if len(samples) > MOST_DRAWN:
        parts.insert(1, paragraph(f"Only the first {MOST_DRAWN} samples are drawn; the others are tables.", soft=True))
    further = [*_further(technique, samples, sections), methods_part(technique, samples, card)]
    further.append(standards_part(technique, samples, card))
    further.append(folded("How this was made", provenance(technique, command, card)))
    parts.append(section("Method and conditions", *further, anchor="making"))
    return page("Elemental analysis", technique.title, parts, *_remarks(samples), above=above(heading))


def method_html(results: RunResults) -> str:
    """Return the page about the model of a run, for those who work on methods: how good it is, and where it looks."""
    technique = results.technique
    parts = [
        accuracy_section(technique, results.accuracy),
        map_section(technique, results.attribution, results.readings),
        examples_section(technique, results.examples, results.attribution),
        readings_section(technique, results.readings),
        making_section(results),
    ]
    return page("How the model reads spectra", technique.title, parts)


def notebook_html(technique: Technique, samples: Sequence[SampleResult], text: str) -> str:
    """Return what a notebook shows of answers: table, verdict and spectrum of each of the samples, and all as text.

    Where a notebook runs no script, as on GitHub, pictures of the spectra stand in.
    """
    parts = [
        joined(
            element("h4", one.name),
            *((result_table(one), verdict_part(one), hidden_part(one)) if one.is_shown else (verdict_part(one),)),
            spectrum_part(technique, one, captioned=False),
        )
        for one in samples
    ]
    drawn = Html("<script>specquantFigures();</script>")
    return element("div", figures_here(), *parts, folded("As text", element("pre", text)), drawn, class_="sq-answer")


def sample_part(technique: Technique, sample: SampleResult, number: int, drawn: bool) -> Html:
    """Return all about one sample: what everybody reads, and folded what stands behind it."""
    parts = first_page(technique, sample, drawn), reasons(technique, sample, drawn)
    return element("section", element("h2", sample.name), "\n", *parts, id=f"sample-{number}", class_="sample")


def above(heading: Heading | None) -> Html:
    """Return what stands above a report: who wrote it, and for whom."""
    if heading is None:
        return Html("")
    logo = Html(f'<img src="{safe(heading.logo)}" alt="Logo">') if heading.logo else ""
    name = element("p", element("strong", heading.company), *([" \u2013 ", heading.address] if heading.address else []))
    return element("div", logo, element("div", name, facts(heading.rows) if heading.rows else ""), class_="heading")


def _further(technique: Technique, samples: Sequence[SampleResult], sections: Sequence[Section]) -> Iterator[Html]:
    """Yield the parts that the technique's plug-in writes, without those that are empty."""
    for part in sections:
        written = [
            paragraph(content) if isinstance(content, str) else picture(content, part.title)
            for content in part.write(technique, samples)
        ]
        if written:
            yield folded(part.title, *written)


def _remarks(samples: Sequence[SampleResult]) -> list[str]:
    statements = dict.fromkeys(
        interval_statement(main_method(sample), sample.compositions[main_method(sample)]) for sample in samples
    )
    return ["Fractions are atomic percent of the elements that the technique sees.", *statements]
