"""How far one step of a fit may move every kind of unknown."""

import numpy as np

from specquant.fits.model.point import Point
from specquant.fits.model.unknowns import Unknowns
from specquant.technique import Floats

_LOWEST_FACTOR, _HIGHEST_FACTOR = 0.1, 5.0
"""Range of a family's factor: chosen, wider than any error of a line's strength that a technique states."""

_FACTOR_STEP = 0.7
"""Change of the logarithm of a factor in one step, to half or to twice: chosen, as far as a linearised model can be
trusted."""

_AMOUNT_STEP = 1.5
"""Change of the logarithm of an amount in one step: it falls to no less than a fifth, so that it may come back."""

_LONGEST_STEP = 3.0
"""Every other change in one step, in its own unit: chosen, no further than a prior makes likely at all."""

_FARTHEST = 1.5
"""Change of a chemical shift in one step, eV: chosen, below the width of a line, beyond which a slope says nothing."""

_BEYOND = 2.0
"""Standard deviations from what is usual up to which steps carry the place of a family."""

ENDS = np.sqrt(3.0)
"""Standard deviations from what is usual up to which steps carry share and place of a second state: both are drawn
evenly, and the ends of an even distribution lie there."""


def bounds(unknowns: Unknowns, point: Point) -> tuple[Floats, Floats]:
    """Return the least and the most of every entry of a step from a point."""
    layout = unknowns.layout
    low, high = np.full(layout.size, -_LONGEST_STEP), np.full(layout.size, _LONGEST_STEP)
    low[layout.amounts], high[layout.amounts] = -_AMOUNT_STEP, _AMOUNT_STEP
    factors = point.factors[unknowns.scaled]
    low[layout.factors] = np.maximum(np.log(_LOWEST_FACTOR / factors), -_FACTOR_STEP)
    high[layout.factors] = np.minimum(np.log(_HIGHEST_FACTOR / factors), _FACTOR_STEP)
    values, (lowest, highest) = unknowns.scales.of(unknowns.parameters(point)), map(unknowns.scales.of, unknowns.ranges)
    unit = unknowns.deviations * unknowns.slopes(point)
    low[layout.parameters] = np.maximum((lowest - values) / unit, -_LONGEST_STEP)
    high[layout.parameters] = np.minimum((highest - values) / unit, _LONGEST_STEP)
    if unknowns.usual.size:
        chemical, farthest = point.chemical[unknowns.chosen], _FARTHEST / unknowns.spread
        low[layout.chemical] = np.maximum((unknowns.lowest - chemical) / unknowns.spread, -farthest)
        high[layout.chemical] = np.minimum((unknowns.highest - chemical) / unknowns.spread, farthest)
    low[layout.displaced], high[layout.displaced] = _bounds_of_places(
        unknowns.displaced_away(point), unknowns.places, _BEYOND
    )
    share, further = unknowns.second_away(point)
    low[layout.share], high[layout.share] = -ENDS - share, ENDS - share
    low[layout.further], high[layout.further] = _bounds_of_places(further, unknowns.second[1, 1], ENDS)
    low[layout.background] = -point.background / unknowns.top
    return low, np.maximum(high, low + 1e-9)


def _bounds_of_places(away: Floats, deviations: Floats | float, beyond: float) -> tuple[Floats, Floats]:
    """Return by how much lines that are that far `away`, in deviations (eV), move in one step: least and most.

    No step leads further than `beyond` deviations from what is usual.
    """
    farthest = _FARTHEST / np.maximum(deviations, 1e-9)
    return (
        np.maximum(-farthest, np.minimum(-beyond - away, 0.0)),
        np.minimum(farthest, np.maximum(beyond - away, 0.0)),
    )
