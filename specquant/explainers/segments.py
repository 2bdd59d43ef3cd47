"""Parts of a spectrum that can be switched off: windows around lines, and the background between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

import numpy as np
from numpy.typing import NDArray

from specquant.technique import Floats, Peak, Technique

BACKGROUND = "background"
"""Label of a segment that holds none of the lines asked for."""

_SMALLEST_GAP = 4
"""Channels between two windows below which they belong to one of them: too few to have a level."""

_LONGEST_BACKGROUND = 100
"""Channels after which a run of background is cut: short enough that a straight line follows it; chosen."""

_BORDER = 3
"""Channels at each end of a segment over which its level is taken: the fewest that tell noise from level; chosen."""


@dataclass(frozen=True)
class Segment:
    """Channels ``first .. last`` (both inside) of an axis, labelled by the lines in them."""

    label: str
    first: int
    last: int


@dataclass(frozen=True)
class _Window:
    first: int
    last: int
    lines: Sequence[Peak]


def line_segments(technique: Technique, elements: Sequence[str], reach: float, faintest: float) -> tuple[Segment, ...]:
    """Return segments that cover the whole axis in ascending order without overlap.

    The lines of `elements` get windows that go `reach` (eV) plus half the line's width to both sides; those with an
    intensity below `faintest`, relative to the element's strongest group, get none. Lines with overlapping windows
    share one segment, labelled like ``C 1s, K 2p``; but a chain of them longer than four times `reach` is parted at
    its widest gaps, half way between the lines. Background runs of more than 100 channels are cut into equal parts.
    """
    axis = technique.axis
    lines = sorted(_lines(technique, elements, faintest), key=lambda peak: peak.energy)
    groups = list(_groups(lines, reach)) if lines else []
    windows: list[_Window] = []
    for group in groups:
        start = min(peak.energy - peak.width / 2 for peak in group) - reach
        stop = max(peak.energy + peak.width / 2 for peak in group) + reach
        first = max(round((start - axis.start) / axis.step), 0)
        last = min(round((stop - axis.start) / axis.step), axis.size - 1)
        if windows and first <= windows[-1].last:
            middle = (windows[-1].lines[-1].energy + group[0].energy) / 2
            first = max(round((middle - axis.start) / axis.step), windows[-1].first + 1)
            windows[-1] = replace(windows[-1], last=first - 1)
        windows.append(_Window(first, last, group))
    return tuple(_with_background(windows, elements, axis.size))


def flattening(counts: Floats, observed: NDArray[np.bool_], segments: Sequence[Segment]) -> Floats:
    """Return what switching each segment off adds to counts (energy,) of one spectrum, shape (segment, energy).

    A segment that is off is a straight line between its borders, each the mean of its outermost 3 observed channels:
    the peak goes, the background stays. Unobserved channels are left alone.
    """
    changes = np.zeros((len(segments), counts.size))
    for row, segment in enumerate(segments):
        inside = np.flatnonzero(observed[segment.first : segment.last + 1]) + segment.first
        if inside.size:
            values = counts[inside]
            left, right = values[:_BORDER].mean(), values[-_BORDER:].mean()
            changes[row, inside] = np.interp(inside, [inside[0], inside[-1]], [left, right]) - values
    return changes


def _lines(technique: Technique, elements: Sequence[str], faintest: float) -> Iterator[Peak]:
    axis = technique.axis
    for peak in technique.peaks:
        if peak.element in elements and peak.intensity >= faintest and axis.start <= peak.energy <= axis.stop:
            yield peak


def _groups(lines: Sequence[Peak], reach: float) -> Iterator[Sequence[Peak]]:
    """Yield lines, ascending in energy, in groups without gaps over 2 reach and not longer than 4 reach."""
    gaps = [right.energy - left.energy for left, right in pairwise(lines)]
    if gaps and (max(gaps) > 2 * reach or sum(gaps) > 4 * reach):
        cut = gaps.index(max(gaps)) + 1
        yield from _groups(lines[:cut], reach)
        yield from _groups(lines[cut:], reach)
    else:
        yield lines


def _with_background(windows: Sequence[_Window], elements: Sequence[str], size: int) -> Iterator[Segment]:
    """Yield the windows and what lies between them; slivers of less than 4 channels go to the window beside them."""
    after = 0
    for number, window in enumerate(windows, start=1):
        start = after if window.first - after < _SMALLEST_GAP else window.first
        yield from _background(after, start)
        stop = size - 1 if number == len(windows) and size - 1 - window.last < _SMALLEST_GAP else window.last
        yield Segment(_label(window.lines, elements), start, stop)
        after = stop + 1
    yield from _background(after, size)


def _background(start: int, stop: int) -> Iterator[Segment]:
    if stop > start:
        parts = -(-(stop - start) // _LONGEST_BACKGROUND)
        cuts = np.linspace(start, stop, parts + 1).round().astype(int)
        yield from (Segment(BACKGROUND, int(first), int(end) - 1) for first, end in pairwise(cuts))


def _label(members: Sequence[Peak], elements: Sequence[str]) -> str:
    """Return one name per element: what its lines' labels share, if more than a letter, else the strongest line's."""
    names = []
    for symbol in elements:
        lines = [peak for peak in members if peak.element == symbol]
        if lines:
            labels = [_written(peak) for peak in lines]
            alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*labels, strict=False))
            shared = "".join(letters[0] for letters in alike).strip()
            strongest = _written(max(lines, key=lambda peak: peak.intensity))
            names.append(f"{symbol} {shared if len(shared) > 1 else strongest}")
    return ", ".join(names)


def _written(peak: Peak) -> str:
    """Return the label of a peak as the field writes it, without its element."""
    return (peak.written or peak.label).removeprefix(f"{peak.element} ")
