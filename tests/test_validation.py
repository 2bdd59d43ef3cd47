from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specquant.errors import PluginError
from specquant.recipes.distributions import Constant, Uniform
from specquant.recipes.recipe import Addition, Recipe, Source
from specquant.technique import EnergyAxis, FitSettings, InstrumentParameter, Peak, ProbeExample, Technique
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


def a_render(*_: object) -> list[Any]:
    return []


def message(technique: Technique) -> str:
    with pytest.raises(PluginError) as caught:
        validate_technique(technique)
    return str(caught.value)


def fit(**changes: Any) -> dict[str, Any]:
    return {"fit": replace(FitSettings({"gain": 0.1}, {"main": 0.05}), **changes)}


def peak(**changes: Any) -> dict[str, Any]:
    return {"peaks": (TECHNIQUE.peaks[0], replace(PEAK, **changes))}


def recipe(**changes: Any) -> dict[str, Any]:
    return {"recipes": {"article": replace(RECIPE, **changes)}}


def sources(*listed: Any) -> dict[str, Any]:
    """Return the changes that give a technique, which renders for its gain, a recipe of these kinds of instrument."""
    return {"render": a_render, **gain(stated=True, rendered=True), **recipe(sources=listed)}


WEAK = Source(0.5, {"gain": 0.6}, {"gain": Constant(0.7)})


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
        gain(stated=True, required=True),
        fit(
            calibrated={"gain": 0.2},
            surface={"O": "gain"},
            alternatives={"old": {"gain": 2.0}, "new": {}},
            shift=1.0,
        ),
        fit(separate=("main",), proposal=0.5, sensitivity_error=0.1, chemical=True, shape_errors={"main": 0.0}),
        {"render": a_render, **fit(separate=("any",))},
        {"offset_model": Path(__file__)},
        gain(stated=True) | recipe(untold={"gain": 0.5}),
        recipe(offset=Uniform(-5.0, 5.0)),
        sources(WEAK, Source(2, {"gain": 1.0})),
        {"render": a_render, **gain(stated=True, rendered=True)},
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
        ({"elements": ("Li", "Xx")}, "elements: is no symbol of an element; found 'Xx'"),
        ({"elements": ("Li", "Li")}, "elements: an element is there twice; found Li"),
        ({"elements": ("Li", "O", "Li")}, "elements: an element is there twice; found Li"),
        ({"elements": ("O", "Li")}, "elements: are not in the order of atomic number; found O before Li"),
        ({"sensitivity": {"Li": 1.0}}, "sensitivity: lacks O"),
        ({"sensitivity": {"Li": 1.0, "O": 0.0}}, "sensitivity['O']: is no factor; found 0.0"),
        ({"sensitivity": {"Li": float("inf"), "O": 1.0}}, "sensitivity['Li']: is no factor; found inf"),
        ({"margin": float("nan")}, "margin: is no distance; found nan"),
        ({"chemical_shift": {"Xe": (0.0, 1.0)}}, "chemical_shift: has an unknown name; found 'Xe'"),
        ({"chemical_shift": {"Li": (1.0, 0.0)}}, "chemical_shift['Li']: is no range"),
        (peak(element="Fe"), "peaks[1] (O main).element: is no element of the technique; found 'Fe'"),
        (peak(width=0.0), "peaks[1] (O main).width: is not positive; found 0.0"),
        (peak(intensity=-1.0), "peaks[1] (O main).intensity: is not positive; found -1.0"),
        (peak(energy=111.0), "peaks[1] (O main).energy: lies far outside the axis; found 111.0 eV; wanted -10 to 110"),
        (peak(energy=float("nan")), "peaks[1] (O main).energy: lies far outside the axis"),
        (peak(energy=105.0), "peaks: O has no peak on the axis"),
        ({"peaks": (PEAK,)}, "peaks: Li has no peak on the axis"),
        ({"parameters": (GAIN, GAIN)}, "parameters[0] (gain): another parameter has the same name"),
        (gain(name="source"), "parameters[0] (source): the name means something else in files; found 'source'"),
        (gain(low=3.0), "parameters[0] (gain): has no range; found low 3.0, high 2.0"),
        (gain(high=float("inf")), "parameters[0] (gain): has no range"),
        (gain(default=2.5), "parameters[0] (gain).default: is out of range; found 2.5; wanted 0.5 to 2.0"),
        (gain(required=True), "parameters[0] (gain).required: nobody states it; found required, not stated; wanted"),
        ({"compared": ["Li"]}, "compared: has the wrong type; found list"),
        ({"compared": ("Fe",)}, "compared: has an unknown name; found 'Fe'"),
        ({"compared": ("Li", "Li")}, "compared: an element is there twice"),
        ({"line_width": 0.5}, "line_width: is no width of a line; found 0.5; wanted at least a channel, 1 eV"),
        ({"line_width": "3"}, "line_width: is no width of a line; found 3"),
        ({"fit": {"gain": 0.1}}, "fit: has the wrong type; found dict; wanted FitSettings or None"),
        (
            fit(parameters={"offset": 1.0}),
            "fit.parameters: has an unknown name; found 'offset'; wanted only parameters",
        ),
        (fit(surface={"O": "skin"}), "fit.surface: has an unknown name; found 'skin'; wanted only parameters"),
        (fit(surface={"Fe": "gain"}), "fit.surface: has an unknown name; found 'Fe'; wanted only elements"),
        (fit(calibrated={"offset": 1.0}), "fit.calibrated: has an unknown name; found 'offset'"),
        (fit(unstated={"gain": 1.0}), "fit.unstated: has an unknown name; found 'gain'"),
        (fit(alternatives={"old": {"x": 1.0}}), "fit.alternatives['old']: has an unknown name; found 'x'"),
        (
            fit(alternatives={"old": {"gain": 3.0}}),
            "fit.alternatives['old']['gain']: is out of range; found 3.0; wanted 0.5 to 2.0",
        ),
        (fit(parameters={"gain": 0.0}), "fit.parameters['gain']: is no standard deviation; found 0.0"),
        (fit(groups={"main": float("nan")}), "fit.groups['main']: is no standard deviation; found nan"),
        (fit(model_error=-0.1), "fit.model_error: is no amount; found -0.1"),
        (fit(least="0.01"), "fit.least: is no amount; found 0.01"),
        (fit(proposal=-1.0), "fit.proposal: is no amount; found -1.0"),
        (fit(sensitivity_error=float("nan")), "fit.sensitivity_error: is no amount; found nan"),
        (fit(shape_errors={"main": -0.1}), "fit.shape_errors['main']: is no amount; found -0.1"),
        (fit(chemical=0.3), "fit.chemical: has the wrong type; found float; wanted True or False"),
        (fit(separate="main"), "fit.separate: has the wrong type; found 'main'; wanted a tuple of groups"),
        (fit(separate=(1,)), "fit.separate: has the wrong type; found (1,)"),
        (fit(separate=("mian",)), "fit.separate: has an unknown name; found 'mian'; wanted only groups of the peaks"),
        (
            {"offset_model": "offset.safetensors"},
            "offset_model: no such file; found offset.safetensors; wanted a pathl",
        ),
        ({"offset_model": Path("/none/offset")}, "offset_model: no such file; found /none/offset"),
        (
            {"render": a_render, **gain(rendered=True)},
            "parameters[0] (gain).rendered: nobody states it; found rendered, not stated; wanted stated=True",
        ),
        (gain(stated=True, rendered=True), "parameters[0] (gain).rendered: nothing renders for it; found no render"),
        (recipe(offset=3.0), "recipes['article'].offset: cannot be drawn from; found 3.0"),
        (recipe(sources=[WEAK]), "recipes['article'].sources: has the wrong type"),
        (recipe(sources=({},)), "recipes['article'].sources: has the wrong type"),
        (recipe(sources=(WEAK,)), "recipes['article'].sources[0].values: has an unknown name; found 'gain'; wanted on"),
        (sources(replace(WEAK, weight=0.0)), "recipes['article'].sources[0].weight: is no weight; found 0.0"),
        (sources(WEAK, Source(1.0, {})), "recipes['article'].sources[1].values: differ from the first source's"),
        (
            sources(replace(WEAK, values={"gain": 3.0})),
            "recipes['article'].sources[0].values['gain']: is out of range; found 3.0; wanted 0.5 to 2.0",
        ),
        (
            sources(replace(WEAK, response={"loss": Constant(1.0)})),
            "recipes['article'].sources[0].response: has an unknown name; found 'loss'",
        ),
        (
            sources(replace(WEAK, response={"gain": 1.0})),
            "recipes['article'].sources[0].response['gain']: cannot be drawn from; found 1.0",
        ),
        ({"recipes": {}}, "recipes: there is none"),
        (recipe(untold={"gain": 0.5}), "recipes['article'].untold: has an unknown name; found 'gain'; wanted only st"),
        (
            gain(stated=True) | recipe(untold={"gain": 2.0}),
            "recipes['article'].untold['gain']: is no probability; found 2.0",
        ),
        ({"recipes": {"field": RECIPE}}, "recipes['field'].name: differs from its key; found 'article'"),
        (recipe(element_count=()), "recipes['article'].element_count: is no distribution"),
        (recipe(element_count=(0.0, 0.0)), "recipes['article'].element_count: is no distribution"),
        (recipe(element_count=(2.0, -1.0)), "recipes['article'].element_count: is no distribution"),
        (
            recipe(element_count=(1.0, 1.0, 1.0)),
            "recipes['article'].element_count: asks for too many elements; found 3",
        ),
        (recipe(prior={"Li": 0.0}), "recipes['article'].element_count: asks for too many elements; found 2"),
        (recipe(prior={"Fe": 1.0}), "recipes['article'].prior: has an unknown name; found 'Fe'"),
        (recipe(prior={"Li": -1.0}), "recipes['article'].prior['Li']: is no weight; found -1.0"),
        (recipe(prior_default=-1.0), "recipes['article'].prior['default']: is no weight"),
        (recipe(concentration=0.5), "recipes['article'].concentration: cannot be drawn from"),
        (recipe(response={"loss": Constant(1.0)}), "recipes['article'].response: has an unknown name; found 'loss'"),
        (recipe(group_scatter={"mian": Constant(1.0)}), "recipes['article'].group_scatter: has an unknown name"),
        (recipe(group_shift={"mian": Constant(1.0)}), "recipes['article'].group_shift: has an unknown name"),
        (recipe(counts=1e4), "recipes['article'].counts: cannot be drawn from; found 10000.0"),
        (recipe(low_end=3.0), "recipes['article'].low_end: cannot be drawn from"),
        (recipe(response={"gain": 1.0}), "recipes['article'].response['gain']: cannot be drawn from"),
        (recipe(smoothing=1.5), "recipes['article'].smoothing: is no probability; found 1.5"),
        (
            recipe(second_state=(-0.1, Constant(0.3), Constant(1.0))),
            "recipes['article'].second_state[0]: is no probability",
        ),
        (recipe(second_state=(0.1, 0.3, Constant(1.0))), "recipes['article'].second_state[1]: cannot be drawn from"),
        (recipe(second_state=(0.1, Constant(0.3), 1.0)), "recipes['article'].second_state[2]: cannot be drawn from"),
        (recipe(additions=(Addition(1.1, {}),)), "recipes['article'].additions[0].probability: is no probability"),
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
            "examples[0].readers: is no element per energy; found ('Li', 'Li')",
        ),
        (
            {"examples": (ProbeExample("Li", (1.0,), "", least=95.0),)},
            "examples[0].least: is no atomic fraction; found 95.0",
        ),
    ],
)
def test_message_names_the_field(changes: dict[str, Any], beginning: str) -> None:
    assert message(replace(TECHNIQUE, **changes)).startswith(f"technique.{beginning}")


def test_message_names_the_plugin() -> None:
    with pytest.raises(PluginError, match=r"^toyspec 0\.3: technique\.margin: is no distance; found -1\.0; wanted"):
        validate_technique(replace(TECHNIQUE, margin=-1.0), "toyspec 0.3")
