"""What networks learn from: fresh spectra of a recipe, or those of a file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from specquant.discovery import load_technique
from specquant.learning import TrainingPlan, TrainingSet
from specquant.learning.interval import IntervalTable
from specquant.learning.trainingset import card_of
from specquant.library import RenderedLibrary
from specquant.recipes import Addition, Constant, Recipe
from specquant.synthesizer import BLOCK, Batch, FixedSpectra, synthesizer_of, write_spectra
from specquant.technique import Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture
def bulk() -> Technique:
    return load_technique("bulk")


def of_recipe(technique: Technique, recipe: Recipe | None = None, seed: int = 3) -> TrainingSet:
    chosen = recipe or technique.recipes["bulk"]
    return TrainingSet.of_recipe(technique, RenderedLibrary(technique), chosen, seed, "cpu", validation_blocks=2)


def test_blocks_are_those_of_the_recipe_and_validation_is_its_stream(bulk: Technique) -> None:
    learned, recipe = of_recipe(bulk), bulk.recipes["bulk"]
    fresh, validation = (
        synthesizer_of(bulk, RenderedLibrary(bulk), recipe, 3, stream=stream) for stream in ("train", "validation")
    )
    assert torch.equal(learned.block(4).counts, fresh.block(4).counts)
    for _ in range(2):
        blocks = list(learned.validation())
        assert len(blocks) == 2
        assert torch.equal(blocks[1].counts, validation.block(1).counts)


def test_what_can_be_seen_and_how_often_follows_the_recipe(bulk: Technique) -> None:
    recipe = replace(
        bulk.recipes["bulk"],
        prior={"Be": 2.0, "O": 1.0},
        prior_default=0.0,
        additions=(Addition(0.5, {"C": Constant(0.1)}),),
    )
    learned = of_recipe(bulk, recipe)
    assert learned.seen == ("Be", "C", "O")
    assert learned.prior == {"Be": 2.0, "C": 0.0, "O": 1.0}


def test_ranges_are_the_values_that_the_recipe_draws(bulk: Technique) -> None:
    ranges = of_recipe(bulk).ranges
    drawn = np.concatenate([of_recipe(bulk).block(index).parameters["voltage"] for index in range(4)])
    assert ranges["voltage"] == pytest.approx((drawn.min(), drawn.max()), abs=0.1)
    assert {name: values for name, values in ranges.items() if name != "voltage"} == {"leak": (0.0,), "angle": (40.0,)}


def test_origin_changes_with_all_that_the_spectra_depend_on_beside_the_seed(bulk: Technique) -> None:
    recipe, other = bulk.recipes["bulk"], bulk.with_defaults({"voltage": 12.0})
    origins = {
        of_recipe(bulk).origin,
        of_recipe(bulk, replace(recipe, counts=Constant(5.0))).origin,
        of_recipe(bulk, bulk.recipes["drift"]).origin,
        of_recipe(other).origin,
    }
    assert len(origins) == 4
    assert of_recipe(bulk, seed=4).origin == of_recipe(bulk).origin


def test_a_file_gives_its_spectra_and_is_known_by_its_name(bulk: Technique, tmp_path: Path) -> None:
    made = synthesizer_of(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 1)
    path = write_spectra(made, 2 * BLOCK, tmp_path / "mine.nc", "bulk", {})
    learned, spectra = TrainingSet.of_file(path, bulk, seed=3), FixedSpectra(path, bulk, 3)
    assert torch.equal(learned.block(1).counts, spectra.training_block(1).counts)
    assert torch.equal(next(learned.validation()).counts, next(spectra.validation_blocks()).counts)
    assert (learned.name, learned.seen, learned.prior) == ("file mine.nc", (), {})
    assert "file mine.nc" in learned.origin
    assert learned.ranges == {"voltage": (10.0,), "leak": (0.0,), "angle": (40.0,)}


def test_card_says_what_was_learned_from(bulk: Technique) -> None:
    learned, plan = of_recipe(bulk), TrainingPlan(3 * BLOCK + 1, seed=5)
    card = card_of(bulk, learned, plan, "typed", network="Net", validation_accuracy=0.5, settings={"units": 3})
    assert (card.recipe, card.origin, card.seen, card.prior, card.ranges) == (
        "bulk",
        learned.origin,
        learned.seen,
        learned.prior,
        learned.ranges,
    )
    assert (card.spectra, card.seed, card.command, card.network) == (3 * BLOCK, 5, "typed", "Net")
    assert card.parameters == bulk.defaults()
    assert (card.interval, card.stated) == (IntervalTable(), ())


def test_what_is_kept_is_the_same_and_made_once(bulk: Technique) -> None:
    learned, made = of_recipe(bulk), []

    def block(index: int) -> Batch:
        made.append(index)
        return learned.block(index)

    kept = replace(learned, block=block).kept(2)
    for index in (0, 1, 2, 0, 1, 2):
        assert torch.equal(kept.block(index).counts, learned.block(index).counts)
    assert made == [0, 1, 2, 2], "the third is beyond what is kept"
    assert next(kept.validation()) is next(kept.validation())
    assert torch.equal(next(kept.validation()).fraction, next(learned.validation()).fraction)
