"""The part of the page about one spectrum: what is in it, how well that explains it, and why the model says so."""

import math
from collections.abc import Sequence

import numpy as np

from specquant.oxides import OXYGEN
from specquant.quantifiers import PRESENT_ABOVE
from specquant.report.answers import amounts, found_elements, main_method, only_elsewhere, traces
from specquant.report.figures.bars import composition_figure
from specquant.report.figures.lime import lime_figure
from specquant.report.figures.spectrum import spectrum_figure
from specquant.report.figures.style import EnergyScale
from specquant.report.narrow_section import narrow_part
from specquant.report.numbers import UNKNOWN, interval, percent, signed_percent
from specquant.report.page import Html, element, joined, listed, paragraph, picture, section, table
from specquant.report.results import SampleResult
from specquant.statements import hidden_elements
from specquant.technique import Technique

_EXPLAINED = 5
"""Elements of a sample that are explained, the largest: more make the page long."""

_WINDOWS = 3
"""Windows that are named for an element, and as many against it."""

_LIMIT = f"{100 * PRESENT_ABOVE:g} at%"

_SPECTRUM_CAPTION = (
    "Measured counts, and the spectrum rebuilt from the pure-element library with the composition by {method}. Below: "
    "the difference in units of the square root of the counts; the grey band is ±2, which pure counting noise leaves "
    "once in twenty channels. A peak that stands out there is something that the composition does not explain."
)
_LIME_CAPTION = (
    "Each window of the spectrum was flattened at random, many times (LIME). The number is what the window, left as it "
    "is, adds to the predicted fraction of the element, in percentage points: green raises it, red lowers it. The two "
    "strongest windows of each element carry their number; those below 5 % of the strongest are not shaded."
)
_FIDELITY = (
    "Fidelity is the share of the model's changes that these windows reproduce (weighted R²): near 1 they tell the "
    "story, below about 0.5 they do not. Stability is the mean rank correlation of the weights between "
    "repeats with other random windows (1: always the same ranking); the weights are means over the repeats."
)


def overview(samples: Sequence[SampleResult]) -> Html:
    """Return the answer in one table: every sample with what it is made of."""
    if not samples:
        return section("Result", paragraph("No spectrum was quantified in this run."), anchor="result")
    rows = [
        (
            element("a", sample.name, href=f"#sample-{number}"),
            composition_line(sample),
            sample.judgement.verdict.value,
            len(sample.notes) or "",
        )
        for number, sample in enumerate(samples, start=1)
    ]
    head = ("Sample", f"Composition by {main_method(samples[0])}, at%", "Verdict", "Notes")
    return section("Result", table(head, rows, ("", "composition", "", "number")), anchor="result")


def composition_line(sample: SampleResult) -> Html:
    """Return the elements present with their amounts, largest first, in one line."""
    if not sample.is_shown:
        return element("span", "not quantified", class_="soft")
    parts = [
        Html(f"{element('strong', amount.element)}&nbsp;{percent(amount.fraction)}")
        for amount in amounts(sample)
        if amount.fraction >= PRESENT_ABOVE
    ]
    return Html(", ".join(parts)) if parts else element("span", f"nothing above {_LIMIT}", class_="soft")


def sample_section(technique: Technique, sample: SampleResult, number: int, drawn: bool = True) -> Html:
    """Return all about one sample; `drawn` says whether with its pictures."""
    parts: list[object] = [paragraph("File: ", element("code", sample.file), soft=True), _verdict(sample)]
    if sample.notes:
        parts.append(listed(sample.notes))
    if sample.is_shown:
        parts += [_composition(sample, drawn), _oxides(sample), narrow_part(sample.narrow, technique.elements)]
    if drawn:
        first = number == 1
        parts.append(_spectrum(technique, sample, first))
        if sample.is_shown:
            parts.append(_reasons(technique, sample, first))
    return section(sample.name, *parts, anchor=f"sample-{number}")


def _verdict(sample: SampleResult) -> Html:
    """Return verdict and reasons."""
    judgement = sample.judgement
    heading = paragraph("Verdict: ", element("strong", judgement.verdict.value))
    return joined(heading, listed([reason.text for reason in judgement.reasons]) if judgement.reasons else "")


def _composition(sample: SampleResult, drawn: bool) -> Html:
    method, *others = sample.compositions
    known = sample.truth is not None
    head = ["Element", f"{method}, at%", "wt%", "90 % interval, at%", *(f"{name}, at%" for name in others)]
    rows = []
    for amount in amounts(sample):
        row: list[object] = [amount.element, percent(amount.fraction), percent(amount.weight_fraction)]
        row.append(interval(amount.lower, amount.upper))
        row += [percent(amount.others[name]) for name in others]
        rows.append([*row, percent(amount.truth or 0.0)] if known else row)
    styles = ["element", "number main", "number", "number", *("number" for _ in others)]
    if known:
        head.append("True, at%")
        styles.append("number")
    remarks = _remarks(sample)
    if not rows:
        return joined(paragraph(f"No element reaches {_LIMIT}."), *remarks)
    beside: list[Html] = [table(head, rows, styles)]
    if drawn:
        alt = f"Bar chart of the composition of {sample.name}"
        beside.append(picture(composition_figure(sample), alt, small=True))
    return joined(element("div", *beside, class_="pair"), *remarks)


def _oxides(sample: SampleResult) -> Html:
    """Return the oxides in weight per cent, and oxygen by stoichiometry; empty where they were not asked for."""
    composition = sample.compositions[main_method(sample)].isel(sample=0)
    if "oxide" not in composition:
        return Html("")
    pairs = zip(composition["oxide"].values, composition["oxide_weight_fraction"].values.tolist(), strict=True)
    rows = [
        (name, percent(share)) for name, share in sorted(pairs, key=lambda pair: -pair[1]) if share >= PRESENT_ABOVE
    ]
    bound = percent(float(composition["stoichiometric_oxygen"]))
    measured = percent(float(composition["fraction"].sel(element=OXYGEN)))
    return joined(
        table(("Oxide", "wt%"), rows, ("element", "number")),
        paragraph(f"Oxygen by stoichiometry {bound} at%, measured {measured} at%.", soft=True),
    )


def _remarks(sample: SampleResult) -> list[Html]:
    """Return what the table leaves out: traces, elements that only another method finds, and what is not excluded."""
    remarks = []
    if faint := traces(sample):
        remarks.append(f"Below {_LIMIT}, where a presence cannot be claimed: {_named(faint)}.")
    for method, extra in only_elsewhere(sample).items():
        remarks.append(f"Found by {method} only, in at%: {_named(extra)}.")
    if hidden := hidden_elements(sample.compositions[main_method(sample)]):
        remarks.append(f"Not found, but would not show up to these amounts, in at%: {_named(hidden)}.")
    return [paragraph(remark, soft=True) for remark in remarks]


def _named(pairs: Sequence[tuple[str, float]], most: int = 8) -> str:
    """Return symbols with their fractions in per cent, the first of them only."""
    named = ", ".join(f"{symbol} {percent(fraction)}" for symbol, fraction in pairs[:most])
    return f"{named} and {len(pairs) - most} more" if len(pairs) > most else named


def spectrum_picture(technique: Technique, sample: SampleResult, caption: str = "") -> Html:
    """Return the spectrum with the lines of the elements that are found."""
    figure = spectrum_figure(sample, technique, found_elements(sample))
    return picture(figure, f"Spectrum of {sample.name} with labelled lines", caption)


def _spectrum(technique: Technique, sample: SampleResult, explained: bool) -> Html:
    caption = _SPECTRUM_CAPTION.format(method=main_method(sample)) if explained else ""
    return joined(element("h3", "Spectrum"), spectrum_picture(technique, sample, caption))


def _reasons(technique: Technique, sample: SampleResult, explained: bool) -> Html:
    heading = element("h3", "Why")
    if sample.lime is None:
        return joined(heading, paragraph("This answer was not explained in this run.", soft=True))
    weight = sample.lime["weight"].isel(sample=0)
    moved = [
        symbol for symbol in found_elements(sample) if float(np.abs(weight.sel(element=symbol)).max()) >= PRESENT_ABOVE
    ]
    if not moved:
        return joined(
            heading, paragraph(f"No single window of this spectrum moves any fraction by {_LIMIT}.", soft=True)
        )
    moved = moved[:_EXPLAINED]
    figure, alt = lime_figure(sample, technique, moved), f"Windows that decide the composition of {sample.name}"
    rows = [_reason(technique, sample, symbol) for symbol in moved]
    return joined(
        heading,
        _stand_in(sample),
        picture(figure, alt, _LIME_CAPTION if explained else ""),
        table(
            ("Element", "Rests on", "Speaks against", "Fidelity", "Stability"),
            rows,
            ("element", "", "", "number", "number"),
        ),
        paragraph(_FIDELITY, soft=True) if explained else "",
    )


def _stand_in(sample: SampleResult) -> Html:
    """Return which method is explained, where it is not the one that answers."""
    assert sample.lime is not None
    explained = sample.lime.attrs.get("method")
    if explained == sample.compositions[main_method(sample)].attrs.get("method"):
        return Html("")
    return paragraph(f"Explained is the answer of {explained}, which stands in for {main_method(sample)}.", soft=True)


def _reason(technique: Technique, sample: SampleResult, symbol: str) -> tuple[object, ...]:
    assert sample.lime is not None
    lime = sample.lime.isel(sample=0).sel(element=symbol)
    weight = lime["weight"].values.astype(np.float64)
    scale = EnergyScale(technique.axis)

    def named(indices: Sequence[int]) -> object:
        windows = [
            f"{lime['label'].values[index]}, {scale.span(lime['start'].values[index], lime['stop'].values[index])}: "
            f"{signed_percent(weight[index])}"
            for index in indices
            if abs(weight[index]) >= PRESENT_ABOVE
        ]
        return joined(*(element("div", window) for window in windows)) if windows else UNKNOWN

    order = [int(index) for index in np.argsort(-np.abs(weight))]
    quality = [float(lime[name]) if name in lime else math.nan for name in ("fidelity", "stability")]
    return (
        symbol,
        named([index for index in order if weight[index] > 0][:_WINDOWS]),
        named([index for index in order if weight[index] < 0][:_WINDOWS]),
        *(f"{value:.2f}" if math.isfinite(value) else UNKNOWN for value in quality),
    )
