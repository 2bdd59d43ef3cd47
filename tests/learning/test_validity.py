"""What a model is valid for, by what it was trained with."""

from dataclasses import replace

import pytest

from specquant.discovery import load_technique
from specquant.learning.card import ModelCard
from specquant.learning.validity import outside, trained_ranges
from specquant.recipes import InstrumentKind, Recipe, Uniform
from specquant.technique import InstrumentParameter, Role, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SOURCE = InstrumentParameter("source", 1000.0, 500.0, 2000.0, "eV", "photon energy", Role.RENDERED)
WIDTH = InstrumentParameter("width", 2.0, 0.5, 9.0, "eV", "resolution", Role.STATED)
TILT = InstrumentParameter("tilt", 30.0, 0.0, 90.0, "degrees", "of the sample", Role.STATED)


@pytest.fixture
def technique() -> Technique:
    toy = load_technique("toy")
    recipe = Recipe(
        "field",
        "two kinds of instrument",
        (1.0,),
        instruments=(InstrumentKind(1.0, {"source": 1000.0}), InstrumentKind(1.0, {"source": 800.0})),
        response={"width": Uniform(1.0, 4.0)},
    )
    return replace(toy, parameters=(SOURCE, WIDTH, TILT), recipes={"field": recipe})


def card_of(technique: Technique) -> ModelCard:
    """Return the card of a model of the technique's recipe."""
    facts = technique.name, "field", technique.elements, (0.0, 1.0, 1.0), technique.defaults()
    return ModelCard("VanillaCnn", *facts, 1, 1, 0.5, ranges=trained_ranges(technique, technique.recipes["field"]))


def test_values_are_those_of_the_recipe(technique: Technique) -> None:
    ranges = trained_ranges(technique, technique.recipes["field"])
    assert ranges["source"] == (800.0, 1000.0)
    assert ranges["width"] == pytest.approx((1.0, 4.0), abs=0.01)
    assert ranges["tilt"] == (30.0,)


def test_spectra_of_no_recipe_are_taken_to_have_the_defaults(technique: Technique) -> None:
    assert trained_ranges(technique, None)["source"] == (1000.0,)


def test_a_model_knows_its_ranges_whatever_becomes_of_its_recipe(technique: Technique) -> None:
    card, other = card_of(technique), replace(technique.recipes["field"], instruments=(), response={})
    later = replace(technique, recipes={"field": other})
    assert list(outside(card, later, {"source": 800.0, "width": 4.0})) == []
    assert len(list(outside(card, replace(technique, recipes={}), {"source": 900.0}))) == 1


def test_nothing_is_said_of_a_parameter_that_came_after_the_model(technique: Technique) -> None:
    later = replace(technique, parameters=(*technique.parameters, replace(TILT, name="glance")))
    assert list(outside(card_of(technique), later, {"glance": 80.0})) == []


@pytest.mark.parametrize(
    ("stated", "starts"),
    [
        ({"source": 1000.4, "width": 1.0, "tilt": 30.0}, []),
        ({"source": 800.0, "width": 4.0}, []),
        ({"source": float("nan")}, []),
        ({"source": 900.0}, ["source is 900 eV, the model was trained with 800 or 1000"]),
        ({"width": 6.0}, ["width is 6 eV, the model was trained with 1"]),
        ({"tilt": 60.0}, ["tilt is 60 degrees, the model was trained with 30"]),
    ],
)
def test_what_lies_outside_is_said(technique: Technique, stated: dict[str, float], starts: list[str]) -> None:
    texts = list(outside(card_of(technique), technique, stated))
    assert len(texts) == len(starts)
    assert all(text.startswith(start) for text, start in zip(texts, starts, strict=True))
