"""Declared shifts: spectra that recipes do not contain, by name, of every technique and of one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from specquant.recipes import Constant, LogUniform, Mixture, Recipe, Stretched
from specquant.spectra import Spectra
from specquant.synthesizer import Synthesizer
from specquant.technique import DeclaredShift, Floats, Technique

FRESH = "fresh"
"""Name of the spectra that are not shifted."""

FEW = "few_counts"
"""Name of those with few counts."""

_FEW = (2.0, 20.0)
"""Expected counts in the strongest channel where there are few: chosen, below what any recipe draws."""

_SENSITIVITY = 0.2
"""By how much every sensitivity factor is off, up or down: chosen."""

_HUMP = (0.3, 1.0)
"""Height of the unseen background over that of the strongest line: chosen, from plain to as high as the lines."""

_HUMP_WIDTH = (0.05, 0.2)
"""Standard deviation of the unseen background, in lengths of the axis: chosen, wider than lines, narrower than any
background that is drawn."""

_OUTSIDE_SHARE = (0.25, 0.5)
"""Atomic fraction of an element outside the library: chosen, so that no answer without it is right."""

_OUTSIDE_LINES = (2, 5)
"""Lines of such an element: chosen, as many as most elements show."""

_SATURATION = (0.2, 1.0)
"""Most counts of a channel over those of the strongest line, for a detector that saturates: chosen."""

_STRETCH = 2.5
"""By how much further instrument parameters lie from their defaults than drawn: chosen, far outside most ranges."""

_OFF = (5.0, 20.0)
"""By how many channels an axis is off: chosen, one to some widths of a line, beyond what recipes draw."""

_LEFT = (0.2, 0.4)
"""Share of the axis that is measured where it is cut: chosen, a region in place of a survey."""

_BLOCKS = 8
"""Parts of a spectrum that change places where channels are mixed: chosen."""

_LEVEL = (-2.0, 2.0)
"""Decimal logarithm of the counts in a channel of a spectrum with nothing in it: chosen."""

After = Callable[[Spectra, Floats, Technique, np.random.Generator], tuple[Spectra, Floats]]
"""What becomes of spectra and their fractions (sample, element), of which the rest to a sum of one is unknown."""


@dataclass(frozen=True)
class Alteration:
    """A shift with what is done to spectra after they were drawn; None: nothing."""

    shift: DeclaredShift
    after: After | None = None


def generic(technique: Technique, recipe: Recipe) -> dict[str, Alteration]:
    """Return fresh spectra of a recipe and the shifts of every technique, by name."""
    few = replace(recipe, counts=LogUniform(*_FEW), noise_factor=Constant(1.0))
    low, high = Constant(1.0 - _SENSITIVITY), Constant(1.0 + _SENSITIVITY)
    off = replace(recipe, sensitivity_scatter=Mixture(((0.5, low), (0.5, high))))
    drawn = {
        FRESH: (recipe, "spectra of the recipe"),
        "sensitivity": (off, "every sensitivity factor off by 20 %"),
        FEW: (few, "2 to 20 counts in the strongest channel"),
        "instrument": (_stretched(recipe, technique), "an instrument far from those that are drawn"),
    }
    changed: Mapping[str, tuple[After, str]] = {
        "background": (_with_hump, "a broad background that no recipe has"),
        "outside": (_with_unknown, "25 to 50 at% of an element that no library has"),
        "saturated": (_saturated, "a detector that saturates"),
        "axis": (_off_axis, "an axis that is off by 5 to 20 channels"),
        "empty": (_emptied, "nothing but even noise"),
        "cut_axis": (_cut, "a fifth to two fifths of the axis"),
        "mixed_channels": (_mixed, "eight parts of the spectrum change places"),
    }
    return {
        **{name: Alteration(DeclaredShift(name, title, each)) for name, (each, title) in drawn.items()},
        **{name: Alteration(DeclaredShift(name, title, recipe), after) for name, (after, title) in changed.items()},
    }


def alterations(technique: Technique, recipe: Recipe) -> dict[str, Alteration]:
    """Return every shift of a technique by name: fresh spectra, those of every technique, and its own."""
    return generic(technique, recipe) | {shift.name: Alteration(shift) for shift in technique.shifts}


def altered(
    alteration: Alteration, technique: Technique, synthesizer: Synthesizer, samples: int, seed: int
) -> tuple[Spectra, Floats]:
    """Return spectra of a shift, and their atomic fractions (sample, element).

    `synthesizer` makes spectra of the shift's recipe. What fractions lack to a sum of one is unknown to the technique.
    """
    batch, shift = synthesizer.batch(0, samples), alteration.shift
    spectra, truth = batch.spectra(), batch.fraction.cpu().numpy().astype(np.float64)
    rng = np.random.default_rng([seed, sum(shift.name.encode())])
    stated = spectra.stated.copy()
    for column, parameter in enumerate(technique.stated):
        if parameter.name in shift.misstated:
            stated[:, column] = shift.misstated[parameter.name]
    spectra = replace(spectra, stated=stated)
    if shift.axis is not None:
        spectra = moved_axis(spectra, shift.axis.draw(rng, (samples,)), technique)
    return (spectra, truth) if alteration.after is None else alteration.after(spectra, truth, technique, rng)


def _stretched(recipe: Recipe, technique: Technique) -> Recipe:
    """Return a recipe of which the instrument parameters that nobody states vary more, within their valid ranges."""
    ranges = {parameter.name: parameter for parameter in technique.parameters if not parameter.stated}
    response = {
        name: Stretched(values, _STRETCH, ranges[name].default, ranges[name].low, ranges[name].high)
        if name in ranges
        else values
        for name, values in recipe.response.items()
    }
    return replace(recipe, response=response)


def moved_axis(spectra: Spectra, away: Floats, technique: Technique) -> Spectra:
    """Return spectra on an axis that is off by `away` (sample,), eV; what that brings in is not observed."""
    counts, observed = np.zeros_like(spectra.counts), np.zeros_like(spectra.observed)
    size = technique.axis.size
    for row, channels in enumerate(np.rint(away / technique.axis.step).astype(int)):
        to, of = slice(max(channels, 0), size + min(channels, 0)), slice(max(-channels, 0), size - max(channels, 0))
        counts[row, to], observed[row, to] = spectra.counts[row, of], spectra.observed[row, of]
    return replace(spectra, counts=counts, observed=observed)


def foreign(other: Spectra, spectra: Spectra) -> Spectra:
    """Return spectra of another technique, channel by channel on the axis of this one, as these are stated."""
    ends = np.linspace(0.0, 1.0, other.counts.shape[1]), np.linspace(0.0, 1.0, spectra.counts.shape[1])
    counts = np.stack([np.interp(ends[1], ends[0], row) for row in other.counts])
    return replace(spectra, counts=np.rint(counts), observed=np.ones_like(spectra.observed))


def _strongest(spectra: Spectra) -> Floats:
    """Return the counts of the strongest channel, (sample, 1)."""
    return np.asarray(np.maximum(spectra.counts.max(axis=1, keepdims=True), 1.0).astype(np.float64))


def _with(spectra: Spectra, counts: Floats) -> Spectra:
    return replace(spectra, counts=np.where(spectra.observed, counts, 0.0))


def _with_hump(
    spectra: Spectra, fraction: Floats, technique: Technique, rng: np.random.Generator
) -> tuple[Spectra, Floats]:
    size = (len(spectra), 1)
    along = np.linspace(0.0, 1.0, technique.axis.size)
    hump = np.exp(-0.5 * ((along - rng.uniform(0.1, 0.9, size)) / rng.uniform(*_HUMP_WIDTH, size)) ** 2)
    more = rng.poisson(hump * rng.uniform(*_HUMP, size) * _strongest(spectra))
    return _with(spectra, spectra.counts.astype(np.float64) + more), fraction


def _with_unknown(
    spectra: Spectra, fraction: Floats, technique: Technique, rng: np.random.Generator
) -> tuple[Spectra, Floats]:
    """Add lines of an element that has as much signal per atom as those in the sample."""
    axis, width = technique.axis, technique.width
    share = rng.uniform(*_OUTSIDE_SHARE, (len(spectra), 1))
    counts = spectra.counts.astype(np.float64)
    for row in range(len(spectra)):
        low, high = np.quantile(axis.centres[spectra.observed[row]], (0.05, 0.7)).tolist()
        lines = rng.integers(_OUTSIDE_LINES[0], _OUTSIDE_LINES[1] + 1)
        centres, heights = rng.uniform(low, high, (lines, 1)), rng.uniform(0.2, 1.0, (lines, 1))
        shape = (heights * np.exp(-0.5 * ((axis.centres - centres) / (width / 2.355)) ** 2)).sum(axis=0)
        strength = share[row] / (1.0 - share[row]) * counts[row].max()
        counts[row] += rng.poisson(shape / heights.max() * strength)
    return _with(spectra, counts), fraction * (1.0 - share)


def _saturated(
    spectra: Spectra, fraction: Floats, technique: Technique, rng: np.random.Generator
) -> tuple[Spectra, Floats]:
    del technique
    most = rng.uniform(*_SATURATION, (len(spectra), 1)) * _strongest(spectra)
    return _with(spectra, np.rint(most * -np.expm1(-spectra.counts / most))), fraction


def _off_axis(
    spectra: Spectra, fraction: Floats, technique: Technique, rng: np.random.Generator
) -> tuple[Spectra, Floats]:
    channels = rng.uniform(*_OFF, len(spectra)) * rng.choice([-1.0, 1.0], len(spectra))
    return moved_axis(spectra, channels * technique.axis.step, technique), fraction


def _emptied(
    spectra: Spectra, fraction: Floats, technique: Technique, rng: np.random.Generator
) -> tuple[Spectra, Floats]:
    del technique
    level = 10.0 ** rng.uniform(*_LEVEL, (len(spectra), 1))
    return _with(spectra, rng.poisson(np.broadcast_to(level, spectra.counts.shape)).astype(float)), 0.0 * fraction


def _cut(spectra: Spectra, fraction: Floats, technique: Technique, rng: np.random.Generator) -> tuple[Spectra, Floats]:
    along = np.linspace(0.0, 1.0, technique.axis.size)
    left = rng.uniform(*_LEFT, (len(spectra), 1))
    first = rng.uniform(0.0, 1.0, left.shape) * (0.7 - left)
    observed = spectra.observed & (along >= first) & (along <= first + left)
    return replace(spectra, counts=np.where(observed, spectra.counts, 0.0), observed=observed), fraction


def _mixed(
    spectra: Spectra, fraction: Floats, technique: Technique, rng: np.random.Generator
) -> tuple[Spectra, Floats]:
    parts = np.array_split(np.arange(technique.axis.size), _BLOCKS)
    orders = [np.concatenate([parts[part] for part in rng.permutation(_BLOCKS)]) for _ in range(len(spectra))]
    counts = np.stack([row[order] for row, order in zip(spectra.counts, orders, strict=True)])
    return _with(spectra, counts), fraction
