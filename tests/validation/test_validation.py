from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smalltechnique import GAIN, PEAK, RECIPE, TECHNIQUE, message
from specquant.errors import PluginError
from specquant.recipes import Addition, Constant, InstrumentKind, Uniform
from specquant.technique import (
    CalibrationSettings,
    DoubledLines,
    FitDecisions,
    FitPriors,
    FitSettings,
    ProbeExample,
    Role,
)
from specquant.validation import validate_technique


def a_render(*_: object) -> list[Any]:
    return []


PRIORS = FitPriors({"gain": 0.1}, {"main": 0.05})


def priors(**changes: Any) -> dict[str, Any]:
    return {"fit": FitSettings(replace(PRIORS, **changes))}


def decisions(**changes: Any) -> dict[str, Any]:
    return {"fit": FitSettings(PRIORS, FitDecisions(**changes))}


def calibration(**changes: Any) -> dict[str, Any]:
    return {"fit": FitSettings(PRIORS, calibration=CalibrationSettings(**changes))}


def peak(**changes: Any) -> dict[str, Any]:
    return {"peaks": (TECHNIQUE.peaks[0], replace(PEAK, **changes))}


def recipe(**changes: Any) -> dict[str, Any]:
    return {"recipes": {"article": replace(RECIPE, **changes)}}


def instruments(*kinds: Any) -> dict[str, Any]:
    """Return the changes that give a technique, which renders for its gain, a recipe of these kinds of instrument."""
    return {"render": a_render, **gain(role=Role.RENDERED), **recipe(instruments=kinds)}


WEAK = InstrumentKind(0.5, {"gain": 0.6}, {"gain": Constant(0.7)})


def gain(**changes: Any) -> dict[str, Any]:
    return {"parameters": (replace(GAIN, **changes),)}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"peaks": (), "render": a_render},
        {"margin": 30.0, **{"peaks": (*TECHNIQUE.peaks, replace(PEAK, energy=129.0))}},
        {"peaks": (*TECHNIQUE.peaks, replace(PEAK, energy=109.0))},
        {"chemical_shift": {"Li": (-1.0, 2.0)}},
        {"models": {"cnn": Path(__file__)}},
        {"examples": (ProbeExample("Li", (20.0,), "is read at its line"),)},
        {"compared": ("Li",)},
        {"line_width": 3.0},
        gain(role=Role.REQUIRED),
        gain(name="source"),
        gain(name="counts", role=Role.STATED),
        {
            "fit": FitSettings(
                replace(PRIORS, axis_shift=1.0),
                FitDecisions(layers={"O": "gain"}, only_if_listed={"Li": 30.0}),
                CalibrationSettings({"gain": 0.2}, "gain", {"old": {"gain": 2.0}, "new": {}}),
            )
        },
        {
            "fit": FitSettings(
                replace(
                    PRIORS,
                    separate=("main",),
                    sensitivity_error=0.1,
                    chemical_shifts=True,
                    shape_errors={"main": 0.0},
                ),
                FitDecisions(proposal=0.5),
            )
        },
        {"render": a_render, **priors(separate=("any",))},
        gain(role=Role.STATED) | priors(unstated={"gain": 0.3}),
        {"offset_model": Path(__file__)},
        gain(role=Role.STATED) | recipe(unstated={"gain": 0.5}),
        recipe(offset=Uniform(-5.0, 5.0)),
        instruments(WEAK, InstrumentKind(2, {"gain": 1.0})),
        {"render": a_render, **gain(role=Role.RENDERED)},
        {"render": a_render, **gain(role=Role.RENDERED | Role.REQUIRED)},
        recipe(prior={"Li": 0.0, "O": 2.0}, element_count=(1.0,)),
        recipe(response={"gain": Uniform(0.9, 1.1)}, second_state=(0.1, Constant(0.3), Constant(1.0))),
        recipe(additions=(Addition(0.5, {"O": Uniform(0.0, 0.1)}),), group_scatter={"main": Constant(1.0)}),
        {"render": a_render, **recipe(group_shift={"satellite": Constant(1.0)})},
    ],
)
def test_good_techniques_pass(changes: dict[str, Any]) -> None:
    validate_technique(replace(TECHNIQUE, **changes))


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({"title": None}, "title: has the wrong type; found NoneType; wanted text"),
        ({"axis": (0, 1)}, "axis: has the wrong type"),
        ({"elements": ["Li", "O"]}, "elements: has the wrong type; found list; wanted a tuple"),
        ({"elements": ("Li", 8)}, "elements[1]: has the wrong type; found int"),
        ({"sensitivity": [1.0]}, "sensitivity: has the wrong type"),
        ({"peaks": ("Li",)}, "peaks[0]: has the wrong type; found str; wanted a Peak"),
        ({"recipes": {"article": {}}}, "recipes['article']: has the wrong type; found dict; wanted a Recipe"),
        ({"render": "fast"}, "render: has the wrong type; found str; wanted a function or None"),
        ({"models": {"cnn": "cnn.safetensors"}}, "models['cnn']: has the wrong type; found str"),
        ({"elements": ()}, "elements: there is none"),
        ({"elements": ("Li", "Xx")}, "elements: is not a symbol of an element; found 'Xx'"),
        ({"elements": ("Li", "Li")}, "elements: an element is there twice; found Li"),
        ({"elements": ("Li", "O", "Li")}, "elements: an element is there twice; found Li"),
        ({"elements": ("O", "Li")}, "elements: are not in the order of atomic number; found O before Li"),
        ({"sensitivity": {"Li": 1.0}}, "sensitivity: lacks O"),
        ({"sensitivity": {"Li": 1.0, "O": 0.0}}, "sensitivity['O']: is not a factor; found 0.0"),
        ({"sensitivity": {"Li": float("inf"), "O": 1.0}}, "sensitivity['Li']: is not a factor; found inf"),
        ({"margin": float("nan")}, "margin: is not a distance; found nan"),
        ({"chemical_shift": {"Xe": (0.0, 1.0)}}, "chemical_shift: has an unknown name; found 'Xe'"),
        ({"chemical_shift": {"Li": (1.0, 0.0)}}, "chemical_shift['Li']: is not a range"),
        (peak(element="Fe"), "peaks[1] (O main).element: is not an element of the technique; found 'Fe'"),
        (peak(width=0.0), "peaks[1] (O main).width: is not positive; found 0.0"),
        (peak(intensity=-1.0), "peaks[1] (O main).intensity: is not positive; found -1.0"),
        (peak(energy=111.0), "peaks[1] (O main).energy: lies far outside the axis; found 111.0 eV; wanted -10 to 110"),
        (peak(energy=float("nan")), "peaks[1] (O main).energy: lies far outside the axis"),
        (peak(energy=105.0), "peaks: O has no peak on the axis"),
        ({"peaks": (PEAK,)}, "peaks: Li has no peak on the axis"),
        ({"parameters": (GAIN, GAIN)}, "parameters[0] (gain): another parameter has the same name"),
        (gain(low=3.0), "parameters[0] (gain): has no range; found low 3.0, high 2.0"),
        (gain(high=float("inf")), "parameters[0] (gain): has no range"),
        (gain(default=2.5), "parameters[0] (gain).default: is out of range; found 2.5; wanted 0.5 to 2.0"),
        (gain(role="stated"), "parameters[0] (gain).role: has the wrong type; found str; wanted a Role"),
        (gain(role=True), "parameters[0] (gain).role: has the wrong type; found bool; wanted a Role"),
        ({"compared": ["Li"]}, "compared: has the wrong type; found list"),
        ({"compared": ("Fe",)}, "compared: has an unknown name; found 'Fe'"),
        ({"compared": ("Li", "Li")}, "compared: an element is there twice"),
        ({"line_width": 0.5}, "line_width: is not a width of a line; found 0.5; wanted at least a channel, 1 eV"),
        ({"line_width": "3"}, "line_width: is not a width of a line; found 3"),
        ({"fit": {"gain": 0.1}}, "fit: has the wrong type; found dict; wanted FitSettings or None"),
        ({"fit": FitSettings({"gain": 0.1})}, "fit.priors: has the wrong type; found dict; wanted FitPriors"),
        (
            {"fit": FitSettings(decisions=None)},
            "fit.decisions: has the wrong type; found NoneType; wanted FitDecisions",
        ),
        ({"fit": FitSettings(calibration=PRIORS)}, "fit.calibration: has the wrong type; found FitPriors; wanted Cal"),
        (
            priors(parameters={"offset": 1.0}),
            "fit.priors.parameters: has an unknown name; found 'offset'; wanted only parameters",
        ),
        (
            decisions(layers={"O": "skin"}),
            "fit.decisions.layers: has an unknown name; found 'skin'; wanted only parameters",
        ),
        (decisions(layers={"Fe": "gain"}), "fit.decisions.layers: has an unknown name; found 'Fe'; wanted only elem"),
        (
            decisions(only_if_listed={"Fe": 9.0}),
            "fit.decisions.only_if_listed: has an unknown name; found 'Fe'; wanted",
        ),
        (calibration(parameters={"offset": 1.0}), "fit.calibration.parameters: has an unknown name; found 'offset'"),
        (
            calibration(parameters={"gain": 0.0}),
            "fit.calibration.parameters['gain']: is not a standard deviation; found 0",
        ),
        (calibration(tuned="offset"), "fit.calibration.tuned: has an unknown name; found 'offset'"),
        (
            priors(doubled=DoubledLines("gain", "place", 0.1, (0.3, 0.1), ((5.0, 2.0),))),
            "fit.priors.doubled: has an unknown name; found 'place'",
        ),
        (priors(unstated={"gain": 1.0}), "fit.priors.unstated: has an unknown name; found 'gain'"),
        (
            gain(role=Role.STATED) | priors(unstated={"gain": -1.0}),
            "fit.priors.unstated['gain']: is not a standard deviation; found -1.0",
        ),
        (calibration(kinds={"old": {"x": 1.0}}), "fit.calibration.kinds['old']: has an unknown name; found 'x'"),
        (
            calibration(kinds={"old": {"gain": 3.0}}),
            "fit.calibration.kinds['old']['gain']: is out of range; found 3.0; wanted 0.5 to 2.0",
        ),
        (priors(parameters={"gain": 0.0}), "fit.priors.parameters['gain']: is not a standard deviation; found 0.0"),
        (priors(groups={"main": float("nan")}), "fit.priors.groups['main']: is not a standard deviation; found nan"),
        (priors(model_error=-0.1), "fit.priors.model_error: is not an amount; found -0.1"),
        (priors(axis_shift=-0.1), "fit.priors.axis_shift: is not an amount; found -0.1"),
        (decisions(least="0.01"), "fit.decisions.least: is not an amount; found 0.01"),
        (decisions(false_alarms=0.0), "fit.decisions.false_alarms: is not a probability above 0; found 0.0"),
        (decisions(proposal=-1.0), "fit.decisions.proposal: is not an amount; found -1.0"),
        (priors(sensitivity_error=float("nan")), "fit.priors.sensitivity_error: is not an amount; found nan"),
        (priors(shape_errors={"main": -0.1}), "fit.priors.shape_errors['main']: is not an amount; found -0.1"),
        (priors(chemical_shifts=0.3), "fit.priors.chemical_shifts: has the wrong type; found float; wanted True or F"),
        (priors(separate="main"), "fit.priors.separate: has the wrong type; found 'main'; wanted a tuple of groups"),
        (priors(separate=(1,)), "fit.priors.separate: has the wrong type; found (1,)"),
        (
            priors(separate=("mian",)),
            "fit.priors.separate: has an unknown name; found 'mian'; wanted only groups of the peaks",
        ),
        (
            {"offset_model": "offset.safetensors"},
            "offset_model: no such file; found offset.safetensors; wanted a pathl",
        ),
        ({"offset_model": Path("/none/offset")}, "offset_model: no such file; found /none/offset"),
        (gain(role=Role.RENDERED), "parameters[0] (gain).role: nothing renders for it; found no render"),
        (recipe(offset=3.0), "recipes['article'].offset: cannot be drawn from; found 3.0"),
        (recipe(instruments=[WEAK]), "recipes['article'].instruments: has the wrong type"),
        (recipe(instruments=({},)), "recipes['article'].instruments: has the wrong type"),
        (
            recipe(instruments=(WEAK,)),
            "recipes['article'].instruments[0].values: has an unknown name; found 'gain'; wanted",
        ),
        (
            instruments(replace(WEAK, weight=0.0)),
            "recipes['article'].instruments[0].weight: is not a weight; found 0.0",
        ),
        (
            instruments(WEAK, InstrumentKind(1.0, {})),
            "recipes['article'].instruments[1].values: differ from the first kind's",
        ),
        (
            instruments(replace(WEAK, values={"gain": 3.0})),
            "recipes['article'].instruments[0].values['gain']: is out of range; found 3.0; wanted 0.5 to 2.0",
        ),
        (
            instruments(replace(WEAK, response={"loss": Constant(1.0)})),
            "recipes['article'].instruments[0].response: has an unknown name; found 'loss'",
        ),
        (
            instruments(replace(WEAK, response={"gain": 1.0})),
            "recipes['article'].instruments[0].response['gain']: cannot be drawn from; found 1.0",
        ),
        ({"recipes": {}}, "recipes: there is none"),
        (
            recipe(unstated={"gain": 0.5}),
            "recipes['article'].unstated: has an unknown name; found 'gain'; wanted only st",
        ),
        (
            gain(role=Role.STATED) | recipe(unstated={"gain": 2.0}),
            "recipes['article'].unstated['gain']: is not a probability; found 2.0",
        ),
        ({"recipes": {"field": RECIPE}}, "recipes['field'].name: differs from its key; found 'article'"),
        (recipe(element_count=()), "recipes['article'].element_count: is not a distribution"),
        (recipe(element_count=(0.0, 0.0)), "recipes['article'].element_count: is not a distribution"),
        (recipe(element_count=(2.0, -1.0)), "recipes['article'].element_count: is not a distribution"),
        (
            recipe(element_count=(1.0, 1.0, 1.0)),
            "recipes['article'].element_count: asks for too many elements; found 3",
        ),
        (recipe(prior={"Li": 0.0}), "recipes['article'].element_count: asks for too many elements; found 2"),
        (recipe(prior={"Fe": 1.0}), "recipes['article'].prior: has an unknown name; found 'Fe'"),
        (recipe(prior={"Li": -1.0}), "recipes['article'].prior['Li']: is not a weight; found -1.0"),
        (recipe(prior_default=-1.0), "recipes['article'].prior['default']: is not a weight"),
        (recipe(concentration=0.5), "recipes['article'].concentration: cannot be drawn from"),
        (recipe(response={"loss": Constant(1.0)}), "recipes['article'].response: has an unknown name; found 'loss'"),
        (recipe(group_scatter={"mian": Constant(1.0)}), "recipes['article'].group_scatter: has an unknown name"),
        (recipe(group_shift={"mian": Constant(1.0)}), "recipes['article'].group_shift: has an unknown name"),
        (recipe(counts=1e4), "recipes['article'].counts: cannot be drawn from; found 10000.0"),
        (recipe(low_end=3.0), "recipes['article'].low_end: cannot be drawn from"),
        (recipe(response={"gain": 1.0}), "recipes['article'].response['gain']: cannot be drawn from"),
        (recipe(smoothing=1.5), "recipes['article'].smoothing: is not a probability; found 1.5"),
        (
            recipe(second_state=(-0.1, Constant(0.3), Constant(1.0))),
            "recipes['article'].second_state[0]: is not a probability",
        ),
        (recipe(second_state=(0.1, 0.3, Constant(1.0))), "recipes['article'].second_state[1]: cannot be drawn from"),
        (recipe(second_state=(0.1, Constant(0.3), 1.0)), "recipes['article'].second_state[2]: cannot be drawn from"),
        (recipe(additions=(Addition(1.1, {}),)), "recipes['article'].additions[0].probability: is not a probability"),
        (recipe(additions=(Addition(1.0, {"C": Constant(0.1)}),)), "recipes['article'].additions[0].shares: has an un"),
        (
            recipe(additions=(Addition(1.0, {"O": 0.1}),)),
            "recipes['article'].additions[0].shares['O']: cannot be drawn",
        ),
        (
            {"models": {"cnn": Path("/none/cnn.safetensors")}},
            "models['cnn']: no such file; found /none/cnn.safetensors",
        ),
        ({"examples": (ProbeExample("Fe", (1.0,), ""),)}, "examples[0].element: has an unknown name; found 'Fe'"),
        (
            {"examples": (ProbeExample("Li", (1.0,), "", ("Fe",)),)},
            "examples[0].readers: has an unknown name; found 'Fe'",
        ),
        (
            {"examples": (ProbeExample("Li", (1.0,), "", ("Li", "Li")),)},
            "examples[0].readers: is not an element per energy; found ('Li', 'Li')",
        ),
        (
            {"examples": (ProbeExample("Li", (1.0,), "", least=95.0),)},
            "examples[0].least: is not an atomic fraction; found 95.0",
        ),
    ],
)
def test_message_names_the_field(changes: dict[str, Any], beginning: str) -> None:
    assert message(replace(TECHNIQUE, **changes)).startswith(f"technique.{beginning}")


def test_message_names_the_plugin() -> None:
    with pytest.raises(PluginError, match=r"^toyspec 0\.3: technique\.margin: is not a distance; found -1\.0; wanted"):
        validate_technique(replace(TECHNIQUE, margin=-1.0), "toyspec 0.3")


def test_what_is_required_or_rendered_for_is_stated() -> None:
    stated = {name for name, role in Role.__members__.items() if replace(GAIN, role=role).stated}
    assert stated == {"STATED", "REQUIRED", "RENDERED"}
    both = replace(GAIN, role=Role.REQUIRED | Role.RENDERED)
    assert (both.stated, both.required, both.rendered) == (True, True, True)
    assert not replace(GAIN, role=Role.REQUIRED).rendered
    assert not replace(GAIN, role=Role.RENDERED).required
