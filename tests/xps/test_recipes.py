"""The XPS recipes: what the article says, what real samples are like, and that both make usable spectra."""

import numpy as np
import pytest
import xarray as xr

from specquant.discovery import load_technique
from specquant.instrument.offset import tolerated
from specquant.library import PureLibrary, RenderedLibrary
from specquant.recipes.distributions import Constant
from specquant.synthesizer import RecipeSynthesizer, synthesizer_of
from specquant.technique import Technique
from specquant_xps.atomic import ELEMENTS
from specquant_xps.header_hints import AL_K_ALPHA, MG_K_ALPHA
from specquant_xps.recipes import ARTICLE, FIELD, REAL_SAMPLES, RECIPES

DRAWS = 4000


@pytest.fixture(scope="module")
def technique() -> Technique:
    return load_technique("xps")


@pytest.fixture(scope="module")
def library(technique: Technique) -> PureLibrary:
    return RenderedLibrary(technique)


@pytest.fixture(scope="module", params=list(RECIPES))
def spectra(request: pytest.FixtureRequest, technique: Technique, library: PureLibrary) -> xr.Dataset:
    return RecipeSynthesizer(technique, library, RECIPES[request.param], seed=3).spectra(0, 256)


def drawn(distribution: object) -> np.ndarray:
    return distribution.draw(np.random.default_rng(1), (DRAWS,))  # type: ignore[attr-defined,no-any-return]


def test_names_are_their_keys() -> None:
    assert [recipe.name for recipe in RECIPES.values()] == list(RECIPES) == ["article", "field", "article-average"]


def test_the_averages_are_those_of_the_article() -> None:
    average = RECIPES["article-average"]
    drawn = RECIPES["article"].counts.draw(np.random.default_rng(0), (100_000,))
    assert average.counts.draw(np.random.default_rng(0), ()) ** 0.5 == pytest.approx(np.sqrt(drawn).mean(), rel=0.01)
    assert average.element_shift_range == Constant(RECIPES["article"].element_shift_range.mean)


def test_article_draws_two_to_five_of_its_79_elements_evenly() -> None:
    assert [n for n, p in enumerate(ARTICLE.element_count, start=1) if p > 0] == [2, 3, 4, 5]
    assert list(ARTICLE.prior) == [symbol for symbol in ELEMENTS if symbol not in ("Pb", "Bi", "Th", "U")]
    assert set(ARTICLE.prior.values()) == {1.0}
    assert ARTICLE.prior_default == 0.0
    assert ARTICLE.concentration == Constant(1.0)
    assert not ARTICLE.response


def test_field_prior_follows_real_samples(technique: Technique) -> None:
    # C and O dominate surveys; noble gases and unstable elements hardly occur
    # (docs/explanation/physics-xps.md, section 8)
    assert set(REAL_SAMPLES) <= set(technique.elements)
    assert FIELD.prior is REAL_SAMPLES
    assert REAL_SAMPLES["O"] > REAL_SAMPLES["C"] > REAL_SAMPLES["N"] > FIELD.prior_default > REAL_SAMPLES["Xe"]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (FIELD.response["resolution"], 1.2, 6.0),
        (FIELD.response["loss_probability"], 0.85, 0.995),
        (FIELD.response["loss_constant"], 20.0, 3000.0),
        (FIELD.response["transmission_exponent"], -1.0, 1.0),
        (FIELD.counts, 1e3, 4e5),
        (FIELD.noise_factor, 0.05, 5.0),
        (FIELD.background_level, 0.0, 0.3),
    ],
)
def test_ranges_of_field_are_those_measured_on_real_surveys(values: object, low: float, high: float) -> None:
    numbers = drawn(values)
    assert numbers.min() >= low
    assert numbers.max() <= high
    assert numbers.std() > 0


def test_varied_parameters_stay_in_the_range_the_technique_declares(technique: Technique) -> None:
    declared = {parameter.name: parameter for parameter in technique.parameters}
    for recipe in RECIPES.values():
        for name, distribution in recipe.response.items():
            numbers = drawn(distribution)
            assert declared[name].low <= numbers.min() <= numbers.max() <= declared[name].high, (recipe.name, name)


def test_offsets_of_field_reach_what_was_measured_and_stay_within_the_margin(technique: Technique) -> None:
    assert FIELD.offset is not None
    offset = drawn(FIELD.offset)
    assert np.mean(np.abs(offset) < 2.0) > 0.35
    assert offset.min() < -10.0  # -10 to 29 eV in public surveys (docs/reference/recipes.md)
    assert offset.max() > 29.0
    assert np.abs(offset).max() < technique.margin


def test_what_is_left_once_an_offset_is_taken_off_is_small(technique: Technique) -> None:
    left = np.abs(drawn(FIELD.global_shift))
    assert left.max() < 4.0
    assert np.mean(left < tolerated(technique)) > 0.9


def test_both_sources_are_drawn_and_only_unfiltered_ones_have_satellites(
    technique: Technique, library: PureLibrary
) -> None:
    synthesizer = synthesizer_of(technique, library, FIELD, 3)
    parameters = [synthesizer.block(index).parameters for index in range(4)]
    source, satellites = (
        np.concatenate([values[name] for values in parameters]) for name in ("photon_energy", "source_satellites")
    )
    assert set(source.tolist()) == {AL_K_ALPHA, MG_K_ALPHA}
    assert np.mean(source == MG_K_ALPHA) == pytest.approx(0.15, abs=0.04)
    assert np.mean(satellites[source == AL_K_ALPHA] > 0) == pytest.approx(0.15, abs=0.05)
    assert np.mean(satellites[source == MG_K_ALPHA] > 0) == pytest.approx(0.8, abs=0.1)


def test_half_of_real_surveys_end_before_1300_ev() -> None:
    end = drawn(FIELD.high_end)
    assert 0.4 < np.mean(end < 1300.0) < 0.65  # 46 % of files (docs/explanation/physics-xps.md, section 6)


def test_groups_that_are_scattered_are_groups_that_are_rendered(library: PureLibrary) -> None:
    groups = {str(group) for group in library.dataset["group"].values}
    assert {*FIELD.group_scatter, *FIELD.group_shift} <= groups


def test_spectra_are_finite_and_truth_sums_to_one(spectra: xr.Dataset) -> None:
    assert np.isfinite(spectra["counts"].values).all()
    assert spectra["counts"].values.min() >= 0
    np.testing.assert_allclose(spectra["fraction"].values.sum(axis=1), 1.0, atol=1e-4)


def test_every_spectrum_has_counts_where_it_was_observed_and_none_elsewhere(spectra: xr.Dataset) -> None:
    counts, observed = spectra["counts"].values, spectra["observed"].values
    assert (counts.max(axis=1) > 0).all()
    assert (counts[~observed] == 0).all()
    assert observed.sum(axis=1).min() > 500


def test_contamination_is_in_the_truth(technique: Technique, library: PureLibrary) -> None:
    truth = RecipeSynthesizer(technique, library, FIELD, seed=3).spectra(0, 256)["fraction"]
    carbon = truth.sel(element="C").values
    assert np.mean(carbon > 0.02) > 0.5


@pytest.mark.parametrize(
    ("name", "totals", "channels"),
    [
        ("article", [184896130.9, 62079205.0, 51743739.87], [88943.641, 74208.383, 162126.7]),
        ("field", [476492.1055, 155774.2775, 3857541.221], [509.93338, 536.04559, 362.45187]),
    ],
)
def test_spectra_are_those_that_the_shipped_weights_learned_from(
    technique: Technique, library: PureLibrary, name: str, totals: list[float], channels: list[float]
) -> None:
    """Losses of electrons were rounded to a grid then: up to 1 % in a channel (docs/decisions/0027-descent.md)."""
    counts = synthesizer_of(technique, library, RECIPES[name], seed=3).spectra(0, 3)["counts"].values.astype(float)
    np.testing.assert_allclose(counts.sum(axis=1), totals, rtol=1e-4)
    np.testing.assert_allclose(counts[0, [200, 500, 1000]], channels, rtol=1e-3)
