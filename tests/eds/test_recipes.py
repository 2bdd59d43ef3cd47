import numpy as np
import pytest
import xarray as xr

from specquant.library import PureLibrary
from specquant.recipes import Recipe
from specquant.synthesizer import RecipeSynthesizer
from specquant.technique import Floats, Technique
from specquant.validation import validate_technique
from specquant_eds.elements import ELEMENTS
from specquant_eds.instrument import PARAMETERS
from specquant_eds.recipes import ARTICLE, FIELD, LINEAR, MATERIALS, RECIPES

RANGES = {parameter.name: parameter for parameter in PARAMETERS}


@pytest.fixture(scope="module")
def spectra(technique: Technique, library: PureLibrary) -> xr.Dataset:
    return RecipeSynthesizer(technique, library, FIELD, seed=3).spectra(0, 512)


def parameter(spectra: xr.Dataset, name: str) -> Floats:
    """Return the true value (sample,) of an instrument parameter."""
    return np.asarray(spectra["parameter_value"].sel(instrument_parameter=name).values)


def test_names_are_their_keys_and_the_technique_accepts_them(technique: Technique) -> None:
    assert {name: recipe.name for name, recipe in RECIPES.items()} == {
        name: name for name in ("article", "field", "linear", "windows")
    }
    validate_technique(technique)


def test_prior_names_elements_of_the_technique() -> None:
    assert set(MATERIALS) <= set(ELEMENTS)
    assert MATERIALS["Si"] > MATERIALS["Mg"] > MATERIALS["S"] > FIELD.prior_default > MATERIALS["Xe"]


def test_article_draws_two_to_five_of_all_elements_evenly() -> None:
    assert [n for n, p in enumerate(ARTICLE.element_count, start=1) if p > 0] == [2, 3, 4, 5]
    assert not ARTICLE.prior
    assert not ARTICLE.response


def test_linear_differs_from_field_in_the_law_alone() -> None:
    different = {key for key, value in vars(FIELD).items() if value != getattr(LINEAR, key)}
    assert different == {"name", "title", "linear_mixing"}
    assert LINEAR.linear_mixing
    assert not FIELD.linear_mixing


def test_one_to_twelve_elements_before_additions() -> None:
    assert len(FIELD.element_count) == 12
    assert sum(FIELD.element_count) == pytest.approx(1.0)


@pytest.mark.parametrize("name", sorted(FIELD.response))
def test_drawn_instruments_stay_in_range(name: str, spectra: xr.Dataset) -> None:
    drawn = FIELD.response[name].draw(np.random.default_rng(1), (4000,))
    assert RANGES[name].low <= drawn.min() <= drawn.max() <= RANGES[name].high
    if name in spectra["instrument_parameter"]:
        assert parameter(spectra, name).min() >= RANGES[name].low


def test_two_thirds_of_the_samples_are_oxides(spectra: xr.Dataset) -> None:
    fraction = spectra["fraction"]
    assert 0.65 < float((fraction.sel(element="O") > 0.05).mean()) < 0.85
    assert 0.30 < float((fraction.sel(element="Si") > 0.02).mean()) < 0.65
    assert float((fraction.sel(element="S") > 0.05).mean()) > 0.07


def test_counts_of_elements_and_of_photons_are_spread(spectra: xr.Dataset) -> None:
    elements = (spectra["fraction"].values > 0).sum(axis=1)
    assert elements.min() <= 2
    assert elements.max() >= 10
    highest = spectra["counts"].values.max(axis=1)
    assert np.percentile(highest, 5) < 3e3
    assert np.percentile(highest, 95) > 5e5


def test_usual_beam_energies_come_often(spectra: xr.Dataset) -> None:
    beam = parameter(spectra, "beam_energy")
    assert 0.2 < np.mean(beam == 15e3) < 0.4
    assert 0.2 < np.mean(beam == 20e3) < 0.4
    assert 9.5e3 <= beam.min() < beam.max() <= 25e3


def test_beam_energy_is_always_stated_and_the_window_every_other_time(spectra: xr.Dataset) -> None:
    stated = spectra["stated"]
    assert np.isfinite(stated.sel(parameter="beam_energy")).all()
    share = float(np.isfinite(stated.sel(parameter="dead_layer")).mean())
    assert 0.4 < share < 0.6
    assert "beam_energy" not in FIELD.unstated


def test_nothing_is_observed_below_150_ev(spectra: xr.Dataset) -> None:
    assert not spectra["observed"].sel(energy=slice(0, 145)).any()
    assert float(spectra["observed"].sel(energy=20_000.0).mean()) == pytest.approx(0.75, abs=0.1)


@pytest.mark.parametrize("recipe", list(RECIPES.values()), ids=list(RECIPES))
def test_scatter_is_of_groups_that_are_rendered(recipe: Recipe, library: PureLibrary) -> None:
    assert set(recipe.group_scatter) <= set(library.components.groups)


def test_soft_families_are_the_least_known() -> None:
    def spread(group: str) -> float:
        return float(np.std(np.log(FIELD.group_scatter[group].draw(np.random.default_rng(1), (4000,)))))

    assert spread("K") < spread("L") < spread("M") < spread("L soft")
    assert spread("K") == pytest.approx(0.03, abs=0.005)
