"""Spectra of recipes that name several kinds of instrument."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specquant.library import RenderedLibrary, StoredLibrary
from specquant.recipes import Constant, Recipe
from specquant.synthesizer import BLOCK, RecipeSynthesizer, Synthesizer, synthesizer_of
from specquant.technique import Technique
from tunable import FIRST, RECIPE, SECOND, tunable

pytestmark = pytest.mark.usefixtures("toy_is_installed")

BLOCKS = 40


@pytest.fixture(scope="module")
def technique(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return tunable()


def made(technique: Technique, recipe: Recipe = RECIPE, seed: int = 1, stream: str = "train") -> Synthesizer:
    return synthesizer_of(technique, RenderedLibrary(technique), recipe, seed, stream=stream)


def kinds(technique: Technique, recipe: Recipe = RECIPE, seed: int = 1) -> list[float]:
    synthesizer = made(technique, recipe, seed)
    return [float(synthesizer.block(index).parameters["photons"][0]) for index in range(BLOCKS)]


def test_spectra_are_shared_out_by_weight_within_every_block(technique: Technique) -> None:
    for index in range(4):
        photons = made(technique).block(index).parameters["photons"]
        assert set(photons.tolist()) == {FIRST, SECOND}
        assert np.mean(photons == SECOND) == pytest.approx(0.4, abs=0.12)
    rare = replace(RECIPE, instruments=(RECIPE.instruments[0], replace(RECIPE.instruments[1], weight=1e-6)))
    assert set(kinds(technique, rare)) == {FIRST}


def test_every_spectrum_states_its_own_kind(technique: Technique) -> None:
    batch = made(technique).block(0)
    kind, stated = batch.parameters["photons"], batch.stated[:, 0].numpy()
    np.testing.assert_allclose(stated[np.isfinite(stated)], kind[np.isfinite(stated)])
    assert 0.1 < np.isnan(stated).mean() < 0.4  # a quarter is left unstated


def test_what_an_instrument_varies_replaces_what_the_recipe_does(technique: Technique) -> None:
    parameters = made(technique).block(0).parameters
    gain, second = parameters["gain"], parameters["photons"] == SECOND
    np.testing.assert_array_equal(gain >= 2.0, second)
    np.testing.assert_array_equal(gain == 1.0, ~second)


def test_spectra_are_rendered_for_their_source(technique: Technique) -> None:
    """The moving line of an element alone lies where its source has it."""
    still = replace(RECIPE, element_count=(1.0,), global_shift=replace(RECIPE.global_shift, low=0.0, high=0.0))
    batch = made(technique, still).block(0)
    kinds_of = batch.parameters["photons"]
    alone = batch.fraction[:, technique.elements.index("B")].numpy() > 0.5
    for source in (FIRST, SECOND):
        counts = batch.counts.numpy()[alone & (kinds_of == source)].sum(axis=0)
        expected, elsewhere = (round(83.0 + value - 60.0) for value in (source, FIRST + SECOND - source))
        assert counts[expected] > 20 * counts[elsewhere]


def test_the_anatomy_of_a_block_adds_up_to_its_spectra(technique: Technique) -> None:
    """Columns and background of both kinds, each at its own samples."""
    synthesizer = made(technique, replace(RECIPE, counts=Constant(1e7)))
    batch, apart = synthesizer.block(0), synthesizer.anatomy(0)
    assert (np.diff(apart.sample) >= 0).all()
    expected = np.where(apart.observed, apart.expected(), 0.0)
    np.testing.assert_allclose(expected, batch.counts.numpy(), rtol=0.02, atol=0.002 * expected.max())
    np.testing.assert_allclose(apart.fraction, batch.fraction.numpy()[apart.sample, apart.element], rtol=1e-5)


def test_the_same_seed_gives_the_same_spectra_in_any_order(technique: Technique) -> None:
    one, other = made(technique), made(technique)
    assert np.array_equal(one.block(3).counts, (other.block(1), other.block(3))[1].counts)
    assert kinds(technique) == kinds(technique)
    assert kinds(technique) != kinds(technique, seed=2)


def test_spectra_of_several_kinds_keep_the_contract(technique: Technique) -> None:
    recipe = replace(RECIPE, group_scatter={"moving": RECIPE.response["gain"]})
    spectra = made(technique, recipe).spectra(0, 4 * BLOCK)
    assert spectra.sizes["sample"] == 4 * BLOCK
    assert not [name for name in spectra if "component" in spectra[name].dims]


def test_a_recipe_of_one_instrument_needs_no_more(technique: Technique) -> None:
    assert isinstance(made(technique, replace(RECIPE, instruments=())), RecipeSynthesizer)


def test_a_library_that_was_not_rendered_holds_one_instrument(technique: Technique, tmp_path: Path) -> None:
    measured = RenderedLibrary(technique).dataset.assign_attrs(origin="measured")
    measured.to_netcdf(tmp_path / "library.nc")
    library = StoredLibrary(tmp_path / "library.nc", technique)
    synthesizer = synthesizer_of(technique, library, RECIPE, 1)
    assert isinstance(synthesizer, RecipeSynthesizer)
    assert {float(synthesizer.block(index).parameters["photons"][0]) for index in range(8)} == {FIRST}
