"""What a model is valid for, by the recipe of its training."""

from dataclasses import replace

import pytest

from specquant.discovery import load_technique
from specquant.learning.modelfile import ModelCard
from specquant.learning.validity import outside, trained_values
from specquant.recipes.distributions import Uniform
from specquant.recipes.recipe import Recipe, Source
from specquant.technique import InstrumentParameter, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SOURCE = InstrumentParameter("source", 1000.0, 500.0, 2000.0, "eV", "photon energy", stated=True, rendered=True)
WIDTH = InstrumentParameter("width", 2.0, 0.5, 9.0, "eV", "resolution", stated=True)
TILT = InstrumentParameter("tilt", 30.0, 0.0, 90.0, "degrees", "of the sample", stated=True)


@pytest.fixture
def technique() -> Technique:
    toy = load_technique("toy")
    recipe = Recipe(
        "field",
        "two kinds of instrument",
        (1.0,),
        sources=(Source(1.0, {"source": 1000.0}), Source(1.0, {"source": 800.0})),
        response={"width": Uniform(1.0, 4.0)},
    )
    return replace(toy, parameters=(SOURCE, WIDTH, TILT), recipes={"field": recipe})


def card_of(technique: Technique, recipe: str = "field") -> ModelCard:
    return ModelCard(
        "VanillaCnn", technique.name, recipe, technique.elements, (0.0, 1.0, 1.0), technique.defaults(), 1, 1, 0.5, {}
    )


def test_values_are_those_of_the_recipe(technique: Technique) -> None:
    found = trained_values(card_of(technique), technique)
    assert found["source"] == (800.0, 1000.0)
    assert found["width"] == pytest.approx((1.0, 4.0), abs=0.01)
    assert found["tilt"] == (30.0,)


def test_a_model_of_an_unknown_recipe_is_known_by_its_defaults(technique: Technique) -> None:
    assert trained_values(card_of(technique, "file mine.nc"), technique)["source"] == (1000.0,)


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"source": 1000.4, "width": 1.0, "tilt": 30.0}, []),
        ({"source": 800.0, "width": 4.0}, []),
        ({"source": float("nan")}, []),
        ({"source": 900.0}, ["source is 900 eV, the model was trained with 800 or 1000"]),
        ({"width": 6.0}, ["width is 6 eV, the model was trained with 1"]),
        ({"tilt": 60.0}, ["tilt is 60 degrees, the model was trained with 30"]),
    ],
)
def test_what_lies_outside_is_told(technique: Technique, stated: dict[str, float], told: list[str]) -> None:
    found = list(outside(card_of(technique), technique, stated))
    assert len(found) == len(told)
    assert all(text.startswith(start) for text, start in zip(found, told, strict=True))
