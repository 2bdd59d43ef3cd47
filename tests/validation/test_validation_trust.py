"""Checks of what a plug-in hands over for verdicts and reports."""

from dataclasses import replace
from typing import Any

import pytest

from smalltechnique import RECIPE, TECHNIQUE, message
from specquant.recipes import Constant
from specquant.technique import DeclaredShift, InstrumentParameter, Reporting, Role, Technique
from specquant.validation import validate_technique

BEAM = InstrumentParameter("beam", 1.0, 0.5, 2.0, "eV", "a beam", Role.STATED)
STATED = replace(TECHNIQUE, parameters=(*TECHNIQUE.parameters, BEAM))
SHIFT = DeclaredShift("far", "far off", RECIPE, misstated={"beam": 2.0}, axis=Constant(3.0))
REPORTING = Reporting(("ISO 1",), ("beam",), *["a sentence"] * 7)


def with_(**changes: Any) -> Technique:
    return replace(STATED, **changes)


def test_what_is_right_passes() -> None:
    validate_technique(with_(shifts=(SHIFT,), valences={"Li": 1}, reporting=REPORTING))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"shifts": ("far",)}, "shifts[0]: has the wrong type"),
        ({"shifts": (SHIFT, SHIFT)}, "shifts[0].name: is there twice"),
        (
            {"shifts": (replace(SHIFT, misstated={"ray": 1.0}),)},
            "shifts[0].misstated: has an unknown name; found 'ray'",
        ),
        ({"shifts": (replace(SHIFT, axis=3.0),)}, "shifts[0].axis: has the wrong type"),
        ({"shifts": (replace(SHIFT, recipe=replace(RECIPE, prior={"Xx": 1.0})),)}, "prior: has an unknown name"),
        ({"valences": {"Fe": 2}}, "valences: has an unknown name; found 'Fe'"),
        ({"valences": {"Li": 1.5}}, "valences['Li']: is not a whole number"),
        ({"reporting": "ISO 1"}, "reporting: has the wrong type"),
        ({"reporting": replace(REPORTING, instrument=("ray",))}, "reporting.instrument: has an unknown name"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], text: str) -> None:
    assert text in message(with_(**changes))
