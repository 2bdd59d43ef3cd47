"""What a model is valid for: the instruments that its training spectra came from."""

from collections.abc import Iterator, Mapping

import numpy as np

from specquant.learning.card import ModelCard
from specquant.library.shelf import ALIKE
from specquant.recipes import Constant, Mixture, Recipe
from specquant.technique import InstrumentParameter, Technique

_DRAWS = 4000
"""Values drawn of a parameter to find its range. Chosen: meets the ends of a flat one to 0.1 % of its width."""

_TOLERANCE = 1e-6
"""Share of its own width by which a value may lie outside a range; for values that were rounded."""


def trained_ranges(technique: Technique, recipe: Recipe | None) -> dict[str, tuple[float, ...]]:
    """Return, by parameter, the values that a recipe draws: all of a few, or lowest and highest of a range.

    Spectra of no recipe are taken to have the parameters' defaults.
    """
    return {parameter.name: _values(parameter, recipe) for parameter in technique.parameters}


def _values(parameter: InstrumentParameter, recipe: Recipe | None) -> tuple[float, ...]:
    default = float(parameter.default)
    if recipe is None:
        return (default,)
    if parameter.rendered:
        given = {float(kind.values.get(parameter.name, default)) for kind in recipe.instruments}
        return tuple(sorted(given or {default}))
    kinds = () if recipe.rendered_kinds else recipe.instruments
    of_kinds = [(kind.weight, kind.response[parameter.name]) for kind in kinds if parameter.name in kind.response]
    usual = recipe.response.get(parameter.name, Constant(default))
    distribution = Mixture(tuple(of_kinds)) if of_kinds else usual
    if isinstance(distribution, Constant):
        return (distribution.value,)
    values = distribution.draw(np.random.default_rng(0), (_DRAWS,)).clip(parameter.low, parameter.high)
    return float(values.min()), float(values.max())


def outside(card: ModelCard, technique: Technique, stated: Mapping[str, float]) -> Iterator[str]:
    """Yield, in words, what of the parameters that are known of a spectrum a model has not seen in training."""
    for parameter in technique.parameters:
        value, trained = stated.get(parameter.name), card.ranges.get(parameter.name, ())
        if value is None or not np.isfinite(value) or not trained or _is_among(value, trained, parameter):
            continue
        known = (" or " if parameter.rendered else " to ").join(f"{one:g}" for one in trained)
        yield f"{parameter.name} is {parameter.amount(value)}, the model was trained with {known}"


def _is_among(value: float, trained: tuple[float, ...], parameter: InstrumentParameter) -> bool:
    if parameter.rendered or len(trained) == 1:
        return any(abs(value - one) <= ALIKE * max(abs(one), 1.0) for one in trained)
    margin = _TOLERANCE * (trained[-1] - trained[0]) + ALIKE * (parameter.high - parameter.low)
    return trained[0] - margin <= value <= trained[-1] + margin
