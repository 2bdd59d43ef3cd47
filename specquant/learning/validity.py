"""What a model is valid for: the instruments that the recipe of its training drew."""

from collections.abc import Iterator, Mapping

import numpy as np

from specquant.learning.modelfile import ModelCard
from specquant.recipes.distributions import Constant
from specquant.technique import InstrumentParameter, Technique

_DRAWS = 4000
_ALIKE = 2e-3
_TOLERANCE = 1e-6


def trained_values(card: ModelCard, technique: Technique) -> dict[str, tuple[float, ...]]:
    """Return, by parameter, the values that a model was trained with: all of a few, or lowest and highest of a range.

    A model of a recipe that the technique does not have is known by its default values alone.
    """
    recipe = technique.recipes.get(card.recipe)
    found: dict[str, tuple[float, ...]] = {}
    for parameter in technique.parameters:
        default = float(card.parameters.get(parameter.name, parameter.default))
        drawn = None if recipe is None else recipe.response.get(parameter.name)
        kinds = () if recipe is None else recipe.sources
        if parameter.rendered:
            given = {float(kind.values.get(parameter.name, default)) for kind in kinds}
            found[parameter.name] = tuple(sorted(given or {default}))
        elif drawn is None or isinstance(drawn, Constant):
            found[parameter.name] = (default if drawn is None else drawn.value,)
        else:
            values = np.clip(drawn.draw(np.random.default_rng(0), (_DRAWS,)), parameter.low, parameter.high)
            found[parameter.name] = float(values.min()), float(values.max())
    return found


def outside(card: ModelCard, technique: Technique, stated: Mapping[str, float]) -> Iterator[str]:
    """Yield what of a spectrum's stated parameters a model has not seen in training, in words.

    Parameters
    ----------
    card, technique
        The model, and whose parameters it has.
    stated
        The parameters that are known of the spectrum.
    """
    trained = trained_values(card, technique)
    for parameter in technique.parameters:
        value, seen = stated.get(parameter.name), trained[parameter.name]
        if value is None or not np.isfinite(value) or _is_among(value, seen, parameter):
            continue
        known = (" or " if parameter.rendered else " to ").join(f"{one:g}" for one in seen)
        yield f"{parameter.name} is {value:g} {parameter.unit}, the model was trained with {known}".replace(" ,", ",")


def _is_among(value: float, seen: tuple[float, ...], parameter: InstrumentParameter) -> bool:
    if parameter.rendered or len(seen) == 1:
        return any(abs(value - one) <= _ALIKE * max(abs(one), 1.0) for one in seen)
    margin = _TOLERANCE * (seen[-1] - seen[0]) + _ALIKE * (parameter.high - parameter.low)
    return seen[0] - margin <= value <= seen[-1] + margin
