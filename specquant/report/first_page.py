"""The part of a report on one spectrum that everybody reads: what was measured, what is in it, and how sure it is."""

from collections.abc import Sequence

import numpy as np

from specquant.notes import NoteKind, shortened
from specquant.oxides import OXYGEN
from specquant.quantifiers import PRINTED_ABOVE
from specquant.report.answers import Amount, amounts, drawn_elements, hidden_amounts, main_method
from specquant.report.conditions import conditions
from specquant.report.figures.embedding import data_uri
from specquant.report.figures.spectrum import spectrum_figure
from specquant.report.interactive import figure_html, figure_of
from specquant.report.narrow_section import narrow_part
from specquant.report.numbers import interval, percent
from specquant.report.page import Html, element, facts, joined, paragraph, section, table
from specquant.report.results import SampleResult
from specquant.report.wording import VERDICTS, explained, in_short
from specquant.statements import hidden_elements, limits_of
from specquant.technique import Technique

_NOTHING = "no element above its detection limit"

_CAPTION = (
    "Measured counts, the {model}, and what each element contributes. The residual is measured less calculated, in "
    "standard deviations of a channel by counting and by the model's own error; the band is ±2."
)


_ALL_WOULD_SHOW = "Every element that was not found would have shown from 1 at% on."


def overview(samples: Sequence[SampleResult]) -> Html:
    """Return the answer in one table: every sample with what it is made of; empty where one sample says it itself."""
    if not samples:
        return section("Result", paragraph("No spectrum was quantified in this run."), anchor="result")
    if len(samples) == 1:
        return Html("")
    rows = [
        (
            element("a", sample.name, href=f"#sample-{number}"),
            composition_line(sample),
            Html(f"{sample.judgement.verdict.value}{_doubts(sample)}"),
        )
        for number, sample in enumerate(samples, start=1)
    ]
    head = ("Sample", f"Composition by {main_method(samples[0])}, at%", "Verdict")
    return section("All samples", table(head, rows, ("", "composition", "")), anchor="result")


def _doubts(sample: SampleResult) -> Html:
    """Return what speaks against an answer in a few words; empty where nothing does."""
    grounds = in_short(sample.judgement)
    return element("span", f": {'; '.join(grounds)}", class_="soft") if grounds else Html("")


def composition_line(sample: SampleResult) -> Html:
    """Return the elements present with their amounts, largest first, in one line."""
    if not sample.is_shown:
        return element("span", "not quantified", class_="soft")
    parts = [
        Html(f"{element('strong', amount.element)}&nbsp;{percent(amount.fraction)}")
        for amount in amounts(sample)
        if amount.shown
    ]
    return Html(", ".join(parts)) if parts else element("span", _NOTHING, class_="soft")


def first_page(technique: Technique, sample: SampleResult, drawn: bool = True) -> Html:
    """Return what everybody reads of one sample; `drawn` says whether with its spectrum."""
    parts: list[object] = [facts(conditions(technique, sample)), verdict_part(sample)]
    if sample.is_shown:
        parts += [result_table(sample), _oxides(sample)]
    if drawn:
        parts.append(spectrum_part(technique, sample))
    if sample.is_shown:
        parts += [hidden_part(sample), narrow_part(sample.narrow, technique.elements)]
    return joined(*parts)


def spectrum_part(technique: Technique, sample: SampleResult, captioned: bool = True) -> Html:
    """Return the spectrum to work with, with its lines and its model, and what is not explained in words."""
    figure = figure_of(sample, technique)
    still = data_uri(spectrum_figure(sample, technique, drawn_elements(sample)))
    caption = _caption(sample) if captioned else ""
    shown = Html(figure_html(figure, still, f"Spectrum of {figure.title} with labelled lines", caption))
    if not figure.unexplained:
        return shown
    peaks = "; ".join(peak.text(figure.axis) for peak in figure.unexplained)
    return joined(shown, paragraph(f"Peaks that no element of the table explains: {peaks}"))


def _caption(sample: SampleResult) -> str:
    """Return what stands under the spectrum: what is drawn, and what the residual is."""
    if sample.modelled is None:
        return "Measured counts."
    return _CAPTION.format(model="fit" if sample.modelled.is_fit else "spectrum that the answer gives")


def verdict_part(sample: SampleResult) -> Html:
    """Return what to think of the result, in words of the laboratory, with the figures behind them, and warnings."""
    judgement = sample.judgement
    title = paragraph(element("strong", f"Verdict: {judgement.verdict.value}. "), VERDICTS[judgement.verdict])
    grounds = [
        element("li", words, " ", element("span", f"({'; '.join(figures)})", class_="soft"))
        for words, figures in explained(judgement)
    ]
    grounds += [element("li", note.text) for note in sample.notes if note.kind is NoteKind.WARNING]
    kind = "verdict" if judgement.verdict == "good" else "verdict doubt"
    return element("div", title, element("ul", *grounds) if grounds else "", class_=kind)


def result_table(sample: SampleResult) -> Html:
    """Return the elements of a sample with their amounts and intervals, and in words what is too little for a row."""
    rows = amounts(sample)
    if not rows:
        return joined(paragraph("No element reaches its detection limit."), *_rest(sample))
    highest = max(max(amount.fraction, amount.upper if amount.upper == amount.upper else 0.0) for amount in rows)
    known = sample.truth is not None
    head = ["Element", "at%", "90 % interval, at%", "", "wt%", *(["True, at%"] if known else [])]
    body = [
        [
            amount.element,
            percent(amount.fraction),
            interval(amount.lower, amount.upper),
            _bar(amount, highest),
            percent(amount.weight_fraction),
            *([percent(amount.truth or 0.0)] if known else []),
        ]
        for amount in rows
    ]
    styles = ["element", "number main", "number", "bar", "number", *(["number"] if known else [])]
    return joined(element("h3", "Result"), table(head, body, styles), *_rest(sample))


def _bar(amount: Amount, highest: float) -> Html:
    """Return a bar as long as the fraction, with its interval as a line; the numbers stand beside it."""
    scale = 100.0 / max(highest, 1e-9)
    line = ""
    if amount.lower == amount.lower and amount.upper == amount.upper:
        line = f'<line x1="{scale * amount.lower:.1f}" x2="{scale * amount.upper:.1f}" y1="6" y2="6"/>'
    return Html(
        '<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect x="0" y="2" height="8" width="{scale * amount.fraction:.1f}"/>{line}</svg>'
    )


def _rest(sample: SampleResult) -> list[Html]:
    """Return in words what is missing to 100 %: the elements that are below their detection limits."""
    hidden = hidden_amounts(sample)
    total = sum(amount.fraction for amount in hidden)
    if total < PRINTED_ABOVE:
        return []
    pairs = named([(amount.element, amount.fraction) for amount in hidden if amount.fraction >= PRINTED_ABOVE / 10])
    weight = percent(sum(amount.weight_fraction for amount in hidden))
    text = f"Too little to be shown, {percent(total)} at% ({weight} wt%) together"
    return [paragraph(f"{text}: {pairs}." if pairs else f"{text}.", soft=True)]


def _oxides(sample: SampleResult) -> Html:
    """Return the oxides in weight per cent, and oxygen by stoichiometry; empty where they were not asked for."""
    composition = sample.compositions[main_method(sample)].isel(sample=0)
    if "oxide" not in composition:
        return Html("")
    pairs = zip(composition["oxide"].values, composition["oxide_weight_fraction"].values.tolist(), strict=True)
    rows = [
        (name, percent(share)) for name, share in sorted(pairs, key=lambda pair: -pair[1]) if share >= PRINTED_ABOVE
    ]
    bound = percent(float(composition["stoichiometric_oxygen"]))
    measured = percent(float(composition["fraction"].sel(element=OXYGEN)))
    return joined(
        table(("Oxide", "wt%"), rows, ("element", "number")),
        paragraph(f"Oxygen by stoichiometry {bound} at%, measured {measured} at%.", soft=True),
    )


def hidden_part(sample: SampleResult) -> Html:
    """Return what could be in the sample without showing."""
    composition = sample.compositions[main_method(sample)]
    hidden = hidden_elements(composition)
    if not hidden:
        known = bool(np.isfinite(limits_of(composition)).any())
        return paragraph(_ALL_WOULD_SHOW if known else "What would not show is not known of this method.")
    return paragraph("Not found, but would not show up to these amounts, in at%: ", f"{named(hidden)}.")


def named(pairs: Sequence[tuple[str, float]], most: int = 8) -> str:
    """Return symbols with their fractions in per cent, the first of them only."""
    return shortened([f"{symbol} {percent(fraction)}" for symbol, fraction in pairs], most)
