"""The folded parts of a report about one spectrum: why each element is in the answer, other methods, and notes."""

import math
from collections.abc import Sequence

import numpy as np

from specquant.notes import LIMITS
from specquant.quantifiers import PRESENT_ABOVE, Modelled
from specquant.report.answers import amounts, found_elements, main_method, only_elsewhere
from specquant.report.energyscale import EnergyScale
from specquant.report.evidence import ElementEvidence, evidence_of, moved_elements, own_windows, telling_weights
from specquant.report.figures.lime import lime_figure
from specquant.report.first_page import named
from specquant.report.numbers import UNKNOWN, percent, signed_percent
from specquant.report.page import Html, element, folded, joined, listed, paragraph, picture, table
from specquant.report.results import SampleResult
from specquant.technique import Technique

_EXPLAINED = 5
"""Elements of a sample that are explained by windows, the largest: more make the page long."""

_WINDOWS = 3
"""Windows that are named for an element, and as many against it."""

_EVIDENCE = (
    "By how many standard errors the spectrum speaks for each element: what is left over without it, once everything "
    "else in the fit has made up for its lines as well as it can. From about 5 on, chance is out of the question; how "
    "far the model itself errs nearby is allowed for."
)
_LIME_CAPTION = (
    "Each window of the spectrum was flattened at random, many times (LIME). The number is what the window, left as it "
    "is, adds to the element's fraction, in percentage points: blue raises it, orange lowers it. Where a window holds "
    "lines of other elements only, it lowers a fraction because all sum to 100 %: which is not evidence, and left out."
)
_FIDELITY = (
    "Fidelity is the share of the network's changes that these windows reproduce (weighted R²): near 1 they tell the "
    "story, below about 0.5 they do not. Stability is the mean rank correlation of the weights between repeats with "
    "other random windows (1: always the same ranking); the weights are means over the repeats."
)


def reasons(technique: Technique, sample: SampleResult, drawn: bool = True) -> Html:
    """Return the folded parts of one sample; `drawn` says whether with pictures."""
    windows = _windows(technique, sample) if drawn else Html("")
    return joined(*filter(None, (_evidence(technique, sample), windows, _others(sample), _notes(sample))))


def _evidence(technique: Technique, sample: SampleResult) -> Html:
    """Return which lines the fit cannot explain without each element."""
    if not sample.is_shown or sample.modelled is None:
        return Html("")
    title = "Why these elements: what cannot be explained without them"
    evidence = evidence_of(sample.modelled, technique, found_elements(sample))
    if not evidence:
        text = "Not known: these figures come from no fit, or from an answer that was kept from an earlier run."
        return folded(title, paragraph(text, soft=True))
    scale = EnergyScale(technique.axis)
    rows = [(one.element, f"{one.errors:.0f}", _lines(one, scale)) for one in evidence]
    head = ("Element", "Standard errors", "By its lines")
    lines = table(head, rows, ("element", "number", ""))
    return folded(title, lines, _second_states(sample.modelled, technique), paragraph(_EVIDENCE, soft=True))


def _second_states(modelled: Modelled, technique: Technique) -> Html:
    """Return which elements have a second chemical state in the fit."""
    states = [
        f"{symbol}, {percent(share, 0)} % of its lines {further:.1f} {technique.axis.unit} above the others"
        for symbol, share, further in modelled.second_states
    ]
    return paragraph(f"In a second chemical state: {'; '.join(states)}.") if states else Html("")


def _lines(evidence: ElementEvidence, scale: EnergyScale) -> str:
    digits = 3 if scale.unit == "keV" else 0
    lines = [
        f"{one.line.label} at {one.line.energy:.{digits}f} {scale.unit} ({one.errors:.0f})" for one in evidence.lines
    ]
    return ", ".join(lines) or "none of its lines by itself"


def _windows(technique: Technique, sample: SampleResult) -> Html:
    """Return which windows of the spectrum the network reads each element in."""
    title = "Where the network reads each element"
    if not sample.is_shown:
        return Html("")
    if sample.lime is None:
        return folded(title, paragraph("This answer was not explained in this run.", soft=True))
    lime = sample.lime.isel(sample=0)
    moved = moved_elements(lime, technique, found_elements(sample))[:_EXPLAINED]
    if not moved:
        text = f"No single window of this spectrum moves any fraction by {100 * PRESENT_ABOVE:g} at%."
        return folded(title, paragraph(text, soft=True))
    weights = {symbol: telling_weights(lime, technique, symbol) for symbol in moved}
    figure, alt = lime_figure(sample, technique, weights), f"Windows that decide the composition of {sample.name}"
    head = ("Element", "Rests on", "Its own lines that speak against it", "Fidelity", "Stability")
    return folded(
        title,
        _stand_in(sample),
        picture(figure, alt, _LIME_CAPTION),
        table(head, [_row(technique, sample, symbol) for symbol in moved], ("element", "", "", "number", "number")),
        paragraph(_FIDELITY, soft=True),
    )


def _stand_in(sample: SampleResult) -> Html:
    """Return which method the windows are of, where it is not the one that answers."""
    assert sample.lime is not None
    questioned, method = sample.lime.attrs.get("method"), main_method(sample)
    if questioned == sample.compositions[method].attrs.get("method"):
        return Html("")
    text = f"These are the reasons of {questioned}, which proposes a composition to {method}"
    return paragraph(f"{text}; the amounts are those of {method}.", soft=True)


def _row(technique: Technique, sample: SampleResult, symbol: str) -> tuple[object, ...]:
    assert sample.lime is not None
    every = sample.lime.isel(sample=0)
    lime, weight = every.sel(element=symbol), telling_weights(every, technique, symbol)
    mine, scale = own_windows(every, technique, symbol), EnergyScale(technique.axis)

    def windows(indices: Sequence[int]) -> object:
        texts = [
            f"{lime['label'].values[index]}, {scale.span(lime['start'].values[index], lime['stop'].values[index])}: "
            f"{signed_percent(weight[index])}{'' if mine[index] else ' (none of its lines)'}"
            for index in indices
            if abs(weight[index]) >= PRESENT_ABOVE
        ]
        return joined(*(element("div", text) for text in texts)) if texts else UNKNOWN

    order = [int(index) for index in np.argsort(-np.abs(weight))]
    quality = [float(lime[name]) if name in lime else math.nan for name in ("fidelity", "stability")]
    return (
        symbol,
        windows([index for index in order if weight[index] > 0][:_WINDOWS]),
        windows([index for index in order if weight[index] < 0][:_WINDOWS]),
        *(f"{value:.2f}" if math.isfinite(value) else UNKNOWN for value in quality),
    )


def _others(sample: SampleResult) -> Html:
    """Return what further methods say; empty where there are none."""
    first, *others = sample.compositions
    if not others or not sample.is_shown:
        return Html("")
    rows = [
        [amount.element, percent(amount.fraction), *(percent(amount.others[name]) for name in others)]
        for amount in amounts(sample)
    ]
    alone = [
        paragraph(f"Found by {method} only, in at%: {named(extra)}.", soft=True)
        for method, extra in only_elsewhere(sample).items()
    ]
    head = ("Element", f"{first}, at%", *(f"{name}, at%" for name in others))
    return folded("Other methods", table(head, rows, ("element", *["number"] * (len(head) - 1))), *alone)


def _notes(sample: SampleResult) -> Html:
    """Return the notes, without that on detection limits, which the first page has in full."""
    notes = [note for note in sample.notes if note.about != LIMITS]
    return folded(f"Notes ({len(notes)})", listed(notes)) if notes else Html("")
