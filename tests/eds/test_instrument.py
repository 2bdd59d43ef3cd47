import pytest

from specquant_eds.coating import COATINGS
from specquant_eds.detector import LAYERS
from specquant_eds.instrument import PARAMETERS, defaults

RANGES = {parameter.name: parameter for parameter in PARAMETERS}


def test_defaults_lie_in_their_ranges() -> None:
    assert all(parameter.low <= parameter.default <= parameter.high for parameter in PARAMETERS)
    assert defaults() == {parameter.name: parameter.default for parameter in PARAMETERS}


def test_only_the_beam_energy_must_be_stated() -> None:
    assert [parameter.name for parameter in PARAMETERS if parameter.required] == ["beam_energy"]
    assert {parameter.name for parameter in PARAMETERS if parameter.stated} == {
        "beam_energy",
        "take_off_angle",
        *LAYERS,
    }


# development study on NIST spectra: what was found on real instruments has to lie inside
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("beam_energy", 5e3, 30e3),
        ("take_off_angle", 30, 45),
        ("nitride_window", 0, 110),
        ("polymer_window", 0, 300),
        ("aluminium", 20, 60),
        ("dead_layer", 30, 120),
        ("window_grid", 0, 0.23),
        ("active_layer", 0.3, 0.5),
        ("noise", 40, 62),
        ("offset", -5, 5),
        ("gain", -1.7e-3, 2e-3),
        ("nonlinearity", 0, 1.5),
        ("pile_up", 0, 0.015),
        ("continuum_exponent", -0.06, 0.06),
        ("carbon_coat", 0, 52),
    ],
)
def test_ranges_hold_what_was_met(name: str, low: float, high: float) -> None:
    assert RANGES[name].low <= low < high <= RANGES[name].high


def test_every_layer_and_coat_is_a_parameter_in_nm() -> None:
    for name in (*LAYERS, *(coating.name for coating in COATINGS)):
        assert RANGES[name].unit == "nm"
        assert RANGES[name].low == 0.0
