"""Random disturbances: what can be wrong with a spectrum of any technique; doubt is learned from them.

Each spectrum gets some of them, each as strong as a draw says: from what hardly matters to what leaves nothing right.
Declared shifts (`specquant.verdict.shifts`) are the test of what is learned here, and no part of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.recipes import Distribution, Recipe, Stretched
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

_NUMBERS = (0.65, 0.25, 0.1)
"""Probabilities of 1, 2 and 3 disturbances of one spectrum: chosen, most that is wrong is wrong in one way."""

_LENGTHS = (0.03, 0.5)
"""Lengths over which smooth curves change, in lengths of the axis: chosen, from some lines to half of it."""

_BENDING = (0.03, 1.0)
"""Standard deviation of the logarithm of an intensity that is bent: chosen, from what a model errs to threefold."""

_MOVING = (0.5, 30.0)
"""Channels by which a warped axis is off: chosen, from what cannot matter to several widths of a line."""

_BLURRING = (0.7, 8.0)
"""Standard deviation, channels, of what blurs lines: chosen, from less than their width to several times as much."""

_PEAKS = (1, 5)
"""Further peaks: chosen, from an artefact to the lines of an element."""

_PEAK_HEIGHT = (0.02, 1.5)
"""Height of the highest of them over that of the spectrum: chosen."""

_PEAK_WIDTH = (0.7, 2.0)
"""Their widths over that of a line: chosen."""

_LIFT = (0.02, 1.5)
"""Height of a further background over that of the spectrum: chosen."""

_POWER = (0.4, 1.6)
"""Exponent of counts for a detector that is not linear: chosen."""

_KEPT = (0.15, 0.9)
"""Share of the axis that is measured where the rest is not: chosen, from a region to nearly all."""

_STEP = (0.6, 1.7)
"""Step of an axis over what it is taken for: chosen, from a dispersion that is off to another setting."""

_TOTAL = (20.0, 2e4)
"""Counts in all where there are few: chosen, up to what recipes draw."""

_LOOSE = (1.0, 5.0)
"""By how much further instrument parameters lie from their defaults in a loose recipe: chosen, up to far outside."""

_LOOSE_GROUP = 1.0
"""Standard deviation of the logarithm of the factor that all lines of a group have in it: chosen, up to sevenfold."""

_LOOSE_LINES = (1.0, 3.0)
"""Factor on the scatter of strengths of lines in it: chosen."""

_LEAST, _MOST = 0.02, 50.0
"""Range of factors in it: chosen, lines do not vanish."""


@dataclass(frozen=True)
class _Row:
    """One spectrum: counts and what was observed, (energy,); its fractions (element,); the width of lines, channels."""

    counts: Floats
    observed: NDArray[np.bool_]
    fraction: Floats
    width: float

    @property
    def top(self) -> float:
        """Most counts of a channel, at least 1."""
        return max(float(self.counts.max(initial=0.0)), 1.0)


def disturbed(
    spectra: Spectra, fraction: Floats, technique: Technique, rng: np.random.Generator
) -> tuple[Spectra, Floats]:
    """Return spectra each disturbed in some of the ways of this module, and their fractions (sample, element).

    What fractions lack to a sum of one afterwards is of elements that the technique does not know.
    """
    width = technique.width / technique.axis.step / 2.355
    rows = [
        _Row(*each, width) for each in zip(spectra.counts.astype(np.float64), spectra.observed, fraction, strict=True)
    ]
    numbers = rng.choice(np.arange(1, len(_NUMBERS) + 1), len(rows), p=_NUMBERS)
    for index, number in enumerate(numbers.tolist()):
        for kind in rng.choice(len(_KINDS), number, replace=False).tolist():
            rows[index] = _KINDS[kind](rows[index], rng)
    counts, observed = np.stack([row.counts for row in rows]), np.stack([row.observed for row in rows])
    changed = replace(spectra, counts=np.where(observed, counts, 0.0), observed=observed)
    return changed, np.stack([row.fraction for row in rows])


def weakened(spectra: Spectra, rng: np.random.Generator) -> Spectra:
    """Return spectra as they would be had they been counted for a short time."""
    counts = spectra.counts.astype(np.float64)
    fewest, most = np.log(_TOTAL)
    total = np.exp(rng.uniform(fewest, most, (len(counts), 1)))
    share = np.minimum(total / np.maximum(counts.sum(axis=1, keepdims=True), 1.0), 1.0)
    return replace(spectra, counts=rng.poisson(counts * share).astype(np.float64))


def loosened(recipe: Recipe, technique: Technique, rng: np.random.Generator) -> Recipe:
    """Return a recipe with an instrument further from the usual one, and with groups of lines of other strengths."""
    further = float(_log_uniform(rng, _LOOSE))
    free = {parameter.name: parameter for parameter in technique.parameters if not parameter.stated}
    response: dict[str, Distribution] = dict(recipe.response)
    for name in recipe.response.keys() & free.keys():
        parameter = free[name]
        response[name] = Stretched(response[name], further, parameter.default, parameter.low, parameter.high)
    wider = float(rng.uniform(*_LOOSE_LINES))
    groups = {
        group: _scaled(scatter, wider, float(np.exp(_LOOSE_GROUP * rng.normal())))
        for group, scatter in recipe.group_scatter.items()
    }
    scatter = _scaled(recipe.sensitivity_scatter, wider, 1.0)
    return replace(recipe, response=response, group_scatter=groups, sensitivity_scatter=scatter)


def _scaled(factors: Distribution, wider: float, by: float) -> Distribution:
    """Return factors that scatter more about one, all of them multiplied."""
    return Stretched(Stretched(factors, wider, 1.0, _LEAST, _MOST), by, 0.0, _LEAST, _MOST)


def _log_uniform(rng: np.random.Generator, ends: tuple[float, float]) -> float:
    return float(np.exp(rng.uniform(*np.log(ends))))


def _curve(size: int, rng: np.random.Generator) -> Floats:
    """Return a smooth random curve (size,) of mean square 1."""
    width = _log_uniform(rng, _LENGTHS) * size
    curve = gaussian_filter1d(rng.normal(size=size + 8 * int(width)), width)[4 * int(width) :][:size]
    return np.asarray(curve / max(float(np.sqrt(np.mean(curve**2))), 1e-12))


def _bent(row: _Row, rng: np.random.Generator) -> _Row:
    """Bend the intensity, as a transmission does that nobody knows."""
    bend = np.exp(_log_uniform(rng, _BENDING) * _curve(row.counts.size, rng))
    return replace(row, counts=row.counts * bend / bend.max())


def _warped(row: _Row, rng: np.random.Generator) -> _Row:
    """Move and bend the axis, as one that is not calibrated."""
    channels = np.arange(row.counts.size, dtype=np.float64)
    away = _log_uniform(rng, _MOVING) * (rng.normal() + 0.5 * _curve(channels.size, rng))
    return _read_at(row, channels + away)


def _stretched(row: _Row, rng: np.random.Generator) -> _Row:
    """Take the axis for one of another step, or for one that runs the other way."""
    channels = np.arange(row.counts.size, dtype=np.float64)
    other = channels[::-1] if rng.uniform() < 0.2 else channels * _log_uniform(rng, _STEP)
    return _read_at(row, other)


def _read_at(row: _Row, position: Floats) -> _Row:
    """Return a spectrum read at other channels; beyond its ends nothing was observed."""
    channels = np.arange(row.counts.size)
    inside = (position >= 0) & (position <= channels[-1])
    seen = inside & row.observed[np.clip(np.rint(position).astype(int), 0, channels[-1])]
    return replace(row, counts=np.where(seen, np.interp(position, channels, row.counts), 0.0), observed=seen)


def _blurred(row: _Row, rng: np.random.Generator) -> _Row:
    """Make lines wider, as a poor instrument does, with counting noise of their own."""
    return replace(row, counts=rng.poisson(gaussian_filter1d(row.counts, _log_uniform(rng, _BLURRING))).astype(float))


def _peaked(row: _Row, rng: np.random.Generator) -> _Row:
    """Add peaks: of an element that nobody knows, with as much signal per atom as the others, or of no element."""
    count = int(rng.integers(_PEAKS[0], _PEAKS[1] + 1))
    seen = np.flatnonzero(row.observed) if row.observed.any() else np.arange(row.counts.size)
    narrowest, widest = np.log(_PEAK_WIDTH)
    centres, widths = rng.choice(seen, (count, 1)), row.width * np.exp(rng.uniform(narrowest, widest, (count, 1)))
    heights = rng.uniform(0.1, 1.0, (count, 1))
    height = _log_uniform(rng, _PEAK_HEIGHT)
    shape = heights * np.exp(-0.5 * ((np.arange(row.counts.size) - centres) / widths) ** 2)
    more = rng.poisson(shape.sum(axis=0) / heights.max() * height * row.top)
    known = 1.0 / (1.0 + height) if rng.uniform() < 0.7 else 1.0
    return replace(row, counts=row.counts + more, fraction=row.fraction * known)


def _lifted(row: _Row, rng: np.random.Generator) -> _Row:
    """Add a smooth background."""
    curve = _curve(row.counts.size, rng)
    level = (curve - curve.min()) / max(float(np.ptp(curve)), 1e-12) * _log_uniform(rng, _LIFT) * row.top
    return replace(row, counts=row.counts + rng.poisson(level))


def _compressed(row: _Row, rng: np.random.Generator) -> _Row:
    """Make counts a power of what they were, as a detector that is not linear, or a logarithmic scale."""
    return replace(row, counts=row.top * (row.counts / row.top) ** _log_uniform(rng, _POWER))


def _hidden(row: _Row, rng: np.random.Generator) -> _Row:
    """Leave out all but one part of the axis."""
    along, kept = np.linspace(0.0, 1.0, row.counts.size), rng.uniform(*_KEPT)
    first = rng.uniform(0.0, 1.0 - kept)
    return replace(row, observed=row.observed & (along >= first) & (along <= first + kept))


_KINDS: Sequence[Callable[[_Row, np.random.Generator], _Row]] = (
    _bent,
    _warped,
    _stretched,
    _blurred,
    _peaked,
    _lifted,
    _compressed,
    _hidden,
)
