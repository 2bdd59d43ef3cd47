import numpy as np
import pytest

from bulk_samples import atoms, emitted, intensity, line
from specquant_eds.coating import COATINGS, absorption_per_nm, vacancies_per_nm
from specquant_eds.instrument import PARAMETERS

CARBON, OXIDE = COATINGS


def test_coatings_are_parameters_of_the_instrument() -> None:
    assert {coating.name for coating in COATINGS} <= {parameter.name for parameter in PARAMETERS}


def test_absorption_is_coefficient_times_density_times_thickness() -> None:
    # Henke, Gullikson and Davis, At. Data Nucl. Data Tables 54 (1993) 181: C at O K-alpha 1.15e4 cm2/g
    assert absorption_per_nm(CARBON, np.array([525.0]))[0] == pytest.approx(1.15e4 * 1.8 * 1e-7, rel=0.05)


def test_vacancies_are_atoms_times_cross_section() -> None:
    # 1.8 g/cm3 of carbon: 9.02e15 atoms/cm2 in a nanometre; Casnati's cross section at 15 keV is 9.5e-20 cm2
    assert vacancies_per_nm(CARBON, np.array([15_000.0]))[0] == pytest.approx(9.02e15 * 9.54e-20, rel=0.02)


def test_a_coat_dims_what_lies_below_by_its_absorption_along_the_way() -> None:
    bare, coated = (
        intensity({"O": 0.53, "Si": 0.47}, "O", "Ka", carbon_coat=thickness, take_off_angle=30.0)
        for thickness in (0, 20)
    )
    crossed = 20 * absorption_per_nm(CARBON, np.array([525.0]))[0] / 0.5
    assert coated / bare == pytest.approx(np.exp(-crossed), rel=1e-3)


@pytest.mark.parametrize(("name", "index"), [("carbon_coat", 0), ("oxide_skin", 1)])
def test_photons_of_a_coat_grow_with_its_thickness(name: str, index: int) -> None:
    thin, thick = (float(emitted(atoms({"Cu": 1.0}), **{name: value}).layers[0, index]) for value in (10.0, 30.0))
    assert thick / thin == pytest.approx(3.0)
    assert float(emitted(atoms({"Cu": 1.0})).layers[0, index]) == 0.0


def test_carbon_of_a_usual_coat_is_some_per_cent_of_pure_carbon() -> None:
    # development study on NIST spectra: C K of coated glasses is 1.6 to 3.7 % of pure C, taken as 23 to 52 nm
    coat = float(emitted(atoms({"Si": 0.33, "O": 0.67}), carbon_coat=32.0).layers[0, 0])
    pure = float(emitted(atoms({"C": 1.0})).lines[0, line("C", "Ka")])
    assert 0.015 < coat / pure < 0.04


def test_more_photons_of_a_coat_on_heavy_matter() -> None:
    # phi(0) of gold is 1.6 times that of silicon: electrons come back through the coat
    on_gold, on_silicon = (float(emitted(atoms({x: 1.0}), carbon_coat=10.0).layers[0, 0]) for x in ("Au", "Si"))
    assert on_gold / on_silicon == pytest.approx(1.65, abs=0.2)
