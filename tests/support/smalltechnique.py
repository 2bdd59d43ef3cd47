"""A technique of two elements, and what its check says of it."""

import pytest

from specquant.errors import PluginError
from specquant.recipes import Constant, Recipe
from specquant.technique import EnergyAxis, InstrumentParameter, Peak, Technique
from specquant.validation import validate_technique

PEAK = Peak("O", "O main", 60.0, 3.0, 1.0)
RECIPE = Recipe("article", "An article's", (0.5, 0.5), counts=Constant(1e3))
GAIN = InstrumentParameter("gain", 1.0, 0.5, 2.0, "", "how much is seen")
TECHNIQUE = Technique(
    name="t",
    title="T",
    axis=EnergyAxis(0.0, 100.0, 1.0),
    elements=("Li", "O"),
    sensitivity={"Li": 1.0, "O": 2.0},
    peaks=(Peak("Li", "Li main", 20.0, 3.0, 1.0), PEAK),
    recipes={"article": RECIPE},
    parameters=(GAIN,),
)


def message(technique: Technique) -> str:
    with pytest.raises(PluginError) as caught:
        validate_technique(technique)
    return str(caught.value)
