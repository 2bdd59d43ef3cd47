"""Oxygen by stoichiometry, and oxides in weight per cent."""

from pathlib import Path

import numpy as np
import pytest

from specquant import contracts
from specquant.errors import SettingError
from specquant.oxides import as_oxides, oxide, parse_valences
from specquant.session import open_session

ELEMENTS = ("O", "F", "Al", "Si", "Ca", "Fe")
VALENCES = {"F": -1, "Al": 3, "Si": 4, "Ca": 2, "Fe": 2}


@pytest.mark.parametrize(
    ("symbol", "valence", "formula"),
    [("Al", 3, "Al2O3"), ("Si", 4, "SiO2"), ("Na", 1, "Na2O"), ("Fe", 2, "FeO"), ("P", 5, "P2O5"), ("F", -1, "F")],
)
def test_formulas(symbol: str, valence: int, formula: str) -> None:
    assert oxide(symbol, valence) == formula


def test_anorthite() -> None:
    given = np.array([[0.5, 0.0, 2.0, 2.0, 1.0, 0.0]])  # CaAl2Si2O8 with too little oxygen measured
    oxides = as_oxides(given / given.sum(), ELEMENTS, VALENCES)
    assert oxides.oxygen == pytest.approx([8 / 13])
    shares = dict(zip(oxides.names, oxides.weight_fraction[0].tolist(), strict=True))
    assert shares["SiO2"] == pytest.approx(0.4319, abs=3e-4)  # handbooks: SiO2 43.2, Al2O3 36.7, CaO 20.2 wt%
    assert shares["Al2O3"] == pytest.approx(0.3665, abs=3e-4)
    assert shares["CaO"] == pytest.approx(0.2016, abs=3e-4)
    assert shares["O"] == 0.0


def test_fluorine_takes_the_place_of_oxygen() -> None:
    oxides = as_oxides(np.array([[0.0, 2.0, 0.0, 0.0, 1.0, 0.0]]) / 3, ELEMENTS, VALENCES)  # CaF2
    assert oxides.oxygen.tolist() == [0.0]
    assert oxides.weight_fraction.sum() == pytest.approx(1.0)


def test_valences_of_the_user_win() -> None:
    assert parse_valences(["Fe=3"], VALENCES, ELEMENTS)["Fe"] == 3


@pytest.mark.parametrize("text", ["Fe", "Fe=x", "Xx=2", "Fe=9", "Fe=2.5", "O=2", "Fe=--3", "Fe=\u00b2"])
def test_what_is_not_a_valence_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="--valence"):
        parse_valences([text], VALENCES, ELEMENTS)


def test_two_valences_of_one_element_are_refused() -> None:
    with pytest.raises(SettingError, match="is given twice; found 'Fe'"):
        parse_valences(["Fe=2", "Fe=3"], VALENCES, ELEMENTS)


@pytest.mark.filterwarnings("error")
def test_oxides_of_several_files_go_into_one_netcdf_file(tmp_path: Path) -> None:
    session = open_session("eds").with_oxides()
    assert session.technique.example is not None
    files = [session.technique.example.path] * 2
    saved = contracts.load(session.quantify(files, "nnls").save(tmp_path / "a.nc"), "COMPOSITION")
    assert saved["oxide"].dims == ("element",)
    assert saved["oxide_weight_fraction"].dims == ("sample", "element")
