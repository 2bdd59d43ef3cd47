from specquant.discovery import load_plugin
from specquant.technique import Technique
from specquant_eds.elements import INDEX, NUMBERS
from specquant_eds.technique import AXIS, FIRST_COMPARED, FIT


def test_axis_is_that_of_microscopes(technique: Technique) -> None:
    assert technique.axis == AXIS
    assert (AXIS.start, AXIS.stop, AXIS.step, AXIS.size) == (0.0, 20_000.0, 10.0, 2001)


def test_accuracy_is_computed_from_oxygen_on(technique: Technique) -> None:
    assert technique.compared[0] == "O"
    assert all(NUMBERS[INDEX[symbol]] >= FIRST_COMPARED for symbol in technique.compared)
    assert "C" not in technique.compared


def test_fit_leaves_free_what_the_technique_has(technique: Technique) -> None:
    names = {parameter.name for parameter in technique.parameters}
    assert set(FIT.priors.parameters) <= names
    assert "beam_energy" not in FIT.priors.parameters
    assert all(sd > 0 for sd in FIT.priors.parameters.values())


def test_plugin_brings_its_readers() -> None:
    plugin = load_plugin("eds")
    assert plugin.technique.name == "eds"
    assert len(plugin.readers) > 0


def test_models_are_whatever_weights_ship(technique: Technique) -> None:
    assert all(path.suffix == ".safetensors" and path.exists() for path in technique.models.values())
