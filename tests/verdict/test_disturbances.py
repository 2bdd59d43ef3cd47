"""Random disturbances: what they do to spectra, and that they are not a declared shift."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.recipes import Recipe
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.technique import Floats
from specquant.verdict.disturbances import disturbed, loosened, weakened

pytestmark = pytest.mark.usefixtures("toy_is_installed")

COUNT = 96


@pytest.fixture(scope="module")
def toy(toy_is_installed: None) -> Session:  # noqa: ARG001
    return open_session("toy")


@pytest.fixture(scope="module")
def fresh(toy: Session) -> tuple[Spectra, Floats]:
    batch = toy.synthesizer(toy.recipe(), 1, "validation").batch(0, COUNT)
    return batch.spectra(), batch.fraction.numpy().astype(np.float64)


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_same_seed_gives_the_same_spectra(toy: Session, fresh: tuple[Spectra, Floats]) -> None:
    first, again = (disturbed(*fresh, toy.technique, rng()) for _ in range(2))
    np.testing.assert_array_equal(first[0].counts, again[0].counts)
    np.testing.assert_array_equal(first[1], again[1])
    assert (disturbed(*fresh, toy.technique, rng(6))[0].counts != first[0].counts).any()


def test_they_stay_spectra(toy: Session, fresh: tuple[Spectra, Floats]) -> None:
    spectra, fraction = disturbed(*fresh, toy.technique, rng())
    assert np.isfinite(spectra.counts).all()
    assert spectra.counts.min() >= 0
    assert (spectra.counts[~spectra.observed] == 0).all()
    assert (fraction.sum(axis=1) <= 1 + 1e-5).all()
    np.testing.assert_array_equal(spectra.stated, fresh[0].stated)


def test_every_spectrum_is_changed_and_some_have_what_nobody_knows(toy: Session, fresh: tuple[Spectra, Floats]) -> None:
    spectra, fraction = disturbed(*fresh, toy.technique, rng())
    before = fresh[0]
    changed = (spectra.counts != before.counts).any(axis=1) | (spectra.observed != before.observed).any(axis=1)
    assert changed.mean() > 0.9
    unknown = 1.0 - fraction.sum(axis=1)
    assert 0.02 < (unknown > 0.01).mean() < 0.4
    assert (spectra.observed.mean(axis=1) < 0.95).any()


def test_weak_spectra_have_few_counts_and_no_more_than_before(fresh: tuple[Spectra, Floats]) -> None:
    weak = weakened(fresh[0], rng())
    assert np.median(weak.counts.sum(axis=1)) < 1e4
    assert (weak.counts.sum(axis=1) <= 1.3 * fresh[0].counts.sum(axis=1) + 100).all()


def test_a_loose_recipe_is_about_the_same_sample_on_another_instrument(toy: Session) -> None:
    recipe: Recipe = toy.recipe()
    loose = loosened(recipe, toy.technique, rng())
    assert (loose.element_count, loose.prior, loose.counts) == (recipe.element_count, recipe.prior, recipe.counts)
    assert loose.sensitivity_scatter != recipe.sensitivity_scatter
    assert loose != loosened(recipe, toy.technique, rng(6))


def test_groups_of_lines_are_off_together(toy: Session) -> None:
    from specquant.recipes import LogNormal

    recipe = replace(toy.recipe(), group_scatter={"a": LogNormal(1.0, 0.01), "b": LogNormal(1.0, 0.01)})
    groups = loosened(recipe, toy.technique, rng()).group_scatter
    middle = {name: float(np.median(groups[name].draw(rng(), (500,)))) for name in groups}
    spread = {name: float(np.std(groups[name].draw(rng(), (500,)))) / middle[name] for name in groups}
    assert abs(np.log(middle["a"] / middle["b"])) > 0.05
    assert max(spread.values()) < 0.05
