"""A map's result on screen: what there is on average, and its phases."""

from collections.abc import Iterator

import numpy as np

from specquant.elements import weight_fractions
from specquant.maps.lines import is_line, profile_along
from specquant.maps.quantifying import MapResult
from specquant.notes import in_percent
from specquant.quantifiers import PRESENT_ABOVE
from specquant.session import HYBRID
from specquant.verdict import Verdict

_SHOWN = 0.001
"""Mean atomic fraction from which on an element is in the table of the whole map: chosen, a tenth of a per cent."""


_LISTED = 50
"""Pixels of a line scan that are listed one by one: chosen, a screen."""


def summary_lines(result: MapResult) -> Iterator[str]:
    """Yield the lines that are printed of a map."""
    summary, pixels = result.summary, result.summary.pixels
    yield f"{result.name}  [{pixels} pixels, {len(result.plan.phases)} phases]"
    if summary.quantified:
        yield from _mean(result)
    for number in range(len(result.plan.phases)):
        yield from _phase(result, number, pixels)
    if is_line(result) and pixels <= _LISTED:
        yield from (f"  {line}" for line in profile_along(result).lines())
    yield from _pixels(result, pixels)
    seen: dict[str, str] = {}
    for answer in result.plan.answers:  # of what several phases say, the largest one's is shown
        for note in answer.notes[0]:
            if note.about != "limits":
                seen.setdefault(note.about or str(note), str(note))
    yield from (f"  {line}" for line in seen.values())


def _mean(result: MapResult) -> Iterator[str]:
    summary = result.summary
    mean = summary.mean
    weight = weight_fractions(mean, result.symbols)
    yield "  mean    at%     wt%  pixels with 1 at% or more"
    for index in summary.largest_first:
        if mean[index] >= _SHOWN:
            share = in_percent(summary.above[index] / summary.quantified, 1)
            yield f"  {result.symbols[index]:<3}{100 * mean[index]:8.1f}{100 * weight[index]:8.1f}  {share}"


def _phase(result: MapResult, number: int, pixels: int) -> Iterator[str]:
    """Yield the line of a phase, and what speaks against it."""
    answer = result.plan.answers[number]
    judgement, composition = answer.judgements(HYBRID)[0], answer.compositions[HYBRID]
    fraction, symbols = composition["fraction"].values[0], composition["element"].values
    shown = _part_of(int(result.plan.pixels[number]), pixels)
    order = [index for index in np.argsort(-fraction, kind="stable") if fraction[index] >= PRESENT_ABOVE]
    parts = "  ".join(f"{symbols[index]} {100 * fraction[index]:.1f}" for index in order)
    text = parts if judgement.is_answer else Verdict.NOT_QUANTIFIED.value
    yield f"  phase {number + 1}, {shown}: {text}"
    if judgement.verdict is not Verdict.GOOD:
        yield from (f"    {judgement.verdict}: {reason.text}" for reason in judgement.reasons)


def _part_of(count: int, pixels: int) -> str:
    """Return in words how many of the pixels there are: their share, or their number where the share would be 0.0 %."""
    share = count / pixels
    return in_percent(share, 1) if share >= 0.001 else f"{count} pixels"


def _pixels(result: MapResult, pixels: int) -> Iterator[str]:
    """Yield what became of the pixels: how many are pooled, and how many are not good."""
    verdicts = ", ".join(
        f"{verdict} {in_percent(count / pixels, 1)}" for verdict, count in result.summary.verdicts.items() if count
    )
    yield f"  pixels: {verdicts}"
    dark, counts = result.plan.labels < 0, result.plan.counts
    for text, there in (
        ("without counts", dark & (counts == 0)),
        ("counts below zero, not quantified", dark & (counts < 0)),
        ("spoilt (cut off, or far too much in a single channel), not quantified", dark & (counts > 0)),
    ):
        if count := int(there.sum()):
            yield f"  {text}: {_part_of(count, pixels)}"
    pooled = {side: count for side, count in sorted(result.summary.pooled.items()) if side > 1 and count}
    if pooled:
        parts = ", ".join(f"{side} x {side}: {in_percent(count / pixels, 1)}" for side, count in pooled.items())
        yield f"  pooled for lack of counts, share of the pixels by the square: {parts}"
