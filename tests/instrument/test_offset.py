"""The network that finds the offset of an energy axis: its shape, its loss, what is read from it, and its files."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from specquant.discovery import Plugin
from specquant.errors import ModelError, SettingError
from specquant.instrument import OffsetFinder, for_offsets, train_offset_finder
from specquant.instrument.offset_network import OffsetNetwork, offset_loss
from specquant.instrument.shapes import OffsetShape
from specquant.learning import TrainingPlan, TrainingSet
from specquant.learning.card import ModelCard
from specquant.learning.modelfile import save_model
from specquant.library import LibraryShelf, RenderedLibrary
from specquant.pipeline.training import train_offset_model
from specquant.recipes import draws
from specquant.session import Session
from specquant.synthesizer import BLOCK
from specquant.technique import EnergyAxis, Technique
from tunable import FIRST, RECIPE, SECOND, tunable

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SHAPE = OffsetShape(201, 2, -10.0, 1.0, 21, (2, 3, 4), (9, 7, 5), 2, 8)
KINDS = [{"photons": FIRST}, {"photons": SECOND}]
COUNTS, OBSERVED = np.ones(201), np.ones(201, dtype=bool)


@pytest.fixture(scope="module")
def technique(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return tunable()


def network(probability: Mapping[tuple[int, float], float] | None = None) -> OffsetNetwork:
    """Return a network that says the same of every spectrum: probability by kind and offset, eV."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        untrained = OffsetNetwork(SHAPE)
    if probability is not None:
        answer = torch.full((SHAPE.kinds, SHAPE.bins), 1e-9)
        for (kind, offset), share in probability.items():
            answer[kind, round((offset - SHAPE.first) / SHAPE.step)] = share
        torch.nn.init.zeros_(untrained.output.weight)
        untrained.output.bias.data = torch.log(answer).flatten()
    return untrained.eval()


def card(toy: Technique, **changes: Any) -> ModelCard:
    plain = ModelCard(
        network="OffsetNetwork",
        technique=toy.name,
        recipe="two",
        elements=toy.elements,
        axis=(0.0, 200.0, 1.0),
        parameters=toy.defaults(),
        spectra=256,
        seed=1,
        validation_accuracy=0.5,
        settings={"shape": asdict(SHAPE), "kinds": tuple(KINDS)},
    )
    return replace(plain, **changes)


def finder(technique: Technique, probability: Mapping[tuple[int, float], float]) -> OffsetFinder:
    return OffsetFinder(technique, network(probability), card(technique))


# --- network and loss


def test_there_is_an_output_for_every_kind_and_offset() -> None:
    found = network()(torch.rand(3, 201, generator=torch.Generator().manual_seed(1)), torch.ones(3, 201).bool())
    assert found.shape == (3, 2, 21)
    assert SHAPE.offsets().tolist() == [float(offset) for offset in range(-10, 11)]


def test_the_scale_of_the_counts_and_channels_not_observed_do_not_matter() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        wide = OffsetNetwork(OffsetShape(201, 2, -10.0, 1.0, 21)).eval()
    counts = torch.rand(1, 201, generator=torch.Generator().manual_seed(1))
    observed = torch.ones(1, 201).bool()
    observed[:, :30] = False
    other = counts * 1e4
    other[:, :30] = 7e6
    with torch.inference_mode():
        plain, same, all_seen = wide(counts, observed), wide(other, observed), wide(counts, observed | True)
    torch.testing.assert_close(same, plain, rtol=1e-3, atol=1e-4)
    assert not torch.allclose(all_seen, plain, atol=1e-3)


def test_loss_of_a_network_that_knows_nothing_is_the_logarithm_of_the_outputs() -> None:
    nothing = torch.zeros(4, 2, 21)
    loss = offset_loss(nothing, torch.tensor([0, 1, 0, 1]), torch.tensor([-10.0, 0.0, 3.3, 10.0]), SHAPE)
    assert float(loss) == pytest.approx(np.log(2 * 21), rel=1e-5)


def test_loss_is_the_cross_entropy_against_a_narrow_peak_at_the_truth() -> None:
    places = np.arange(-10.0, 11.0)
    peak = np.exp(-0.5 * ((places - 2.4) / 0.6) ** 2)
    peak /= peak.sum()
    logits = np.random.default_rng(5).normal(size=(2, 21))
    log = logits - np.log(np.exp(logits).sum())
    loss = offset_loss(torch.from_numpy(logits)[None], torch.tensor([1]), torch.tensor([2.4]), SHAPE)
    assert float(loss) == pytest.approx(-(peak * log[1]).sum(), rel=1e-5)


def test_loss_is_least_where_kind_and_offset_are_right() -> None:
    def loss(kind: int, offset: float) -> float:
        said = torch.full((1, 2, 21), -20.0)
        said[0, 1] = -0.5 * ((torch.arange(-10.0, 11.0) - 4.0) / 0.6) ** 2
        return float(offset_loss(said, torch.tensor([kind]), torch.tensor([offset]), SHAPE))

    assert loss(1, 4.0) < 1.5
    assert loss(0, 4.0) > 10
    assert loss(1, 6.0) > loss(1, 5.0) > loss(1, 4.0)


# --- what is found


def test_offset_is_the_mean_of_the_likeliest_window_and_its_probability_the_windows(technique: Technique) -> None:
    found = finder(technique, {(0, 4.0): 0.3, (0, 5.0): 0.4, (1, 5.0): 0.1, (0, -6.0): 0.2}).find(COUNTS, OBSERVED, {})
    assert found.offset == pytest.approx((4.0 * 0.3 + 5.0 * 0.5) / 0.8, abs=1e-3)
    assert found.probability == pytest.approx(0.8, abs=1e-3)
    assert found.kind == {"photons": FIRST}


def test_a_spread_out_answer_beats_a_single_offset(technique: Technique) -> None:
    spread = {(0, 3.0): 0.15, (0, 4.0): 0.2, (0, 5.0): 0.25, (0, -8.0): 0.4}
    assert finder(technique, spread).find(COUNTS, OBSERVED, {}).offset == pytest.approx(4.17, abs=0.05)


@pytest.mark.parametrize("end", [-10.0, 10.0])
def test_offsets_at_the_ends_are_found(technique: Technique, end: float) -> None:
    found = finder(technique, {(1, end): 1.0}).find(COUNTS, OBSERVED, {})
    assert (found.offset, found.probability) == (pytest.approx(end), pytest.approx(1.0, abs=1e-3))


def test_what_is_known_of_the_kind_is_taken_as_true(technique: Technique) -> None:
    told = finder(technique, {(0, -4.0): 0.9, (1, 6.0): 0.1})
    assert told.find(COUNTS, OBSERVED, {}).offset == pytest.approx(-4.0, abs=0.01)
    for known, offset in ((FIRST, -4.0), (SECOND, 6.0), (SECOND + 0.3, 6.0)):
        found = told.find(COUNTS, OBSERVED, {"photons": known})
        assert found.offset == pytest.approx(offset, abs=0.01)
        assert found.probability == pytest.approx(1.0, abs=1e-3)
        assert found.kind == {}
    assert told.find(COUNTS, OBSERVED, {"another": 3.0}).kind == {"photons": FIRST}


# --- files


def test_a_finder_comes_back_from_its_file(technique: Technique, tmp_path: Path) -> None:
    kept = finder(technique, {(0, 4.0): 0.7, (1, -3.0): 0.3})
    found = OffsetFinder.load(kept.save(tmp_path / "offset.safetensors"), technique)
    assert found.card == card(technique, settings=found.card.settings, sha256=found.card.sha256)
    assert found.find(COUNTS, OBSERVED, {}).offset == pytest.approx(4.0, abs=0.01)
    assert found.find(COUNTS, OBSERVED, {"photons": SECOND}).offset == pytest.approx(-3.0, abs=0.01)


def shape(**changes: Any) -> dict[str, Any]:
    return {"settings": {"shape": asdict(SHAPE) | changes, "kinds": KINDS}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"network": "VanillaCnn"}, "is not an offset network; found VanillaCnn; wanted OffsetNetwork"),
        ({"technique": "other"}, "model for another technique"),
        ({"axis": (0.0, 100.0, 1.0)}, "model for another energy axis"),
        ({"elements": ("Fe",)}, "model for other elements; found Fe"),
        ({"settings": {}}, "weights do not fit the network"),
        ({"settings": {"shape": 3, "kinds": KINDS}}, "weights do not fit the network"),
        ({"settings": {"shape": asdict(SHAPE), "kinds": KINDS[:1]}}, "weights do not fit.*make no sense"),
        ({"settings": {"shape": asdict(SHAPE), "kinds": [{"x": 1.0}] * 2}}, "weights do not fit.*make no sense"),
        ({"settings": {"shape": asdict(SHAPE), "kinds": [KINDS[0], {}]}}, "weights do not fit.*make no sense"),
        ({"settings": {"shape": asdict(SHAPE), "kinds": [KINDS[0], {"photons": "?"}]}}, "weights do not fit"),
        ({"settings": {"shape": asdict(SHAPE), "kinds": [KINDS[0], {"photons": None}]}}, "weights do not fit"),
        ({"settings": {"shape": asdict(SHAPE), "kinds": 7}}, "weights do not fit the network"),
        (shape(bins=22), "weights do not fit the network"),
        (shape(energies=301), "weights do not fit the network"),
        (shape(surprise=1), "weights do not fit the network"),
        (shape(kernels=None), "weights do not fit the network"),
        (shape(stride=0), "weights do not fit the network"),
        (shape(first=1e308), r"weights do not fit.*offsets of 1e\+308 to"),
        (shape(step=1e308), "weights do not fit.*offsets of -10 to"),
        (shape(step=-1.0), "weights do not fit.*offsets of -10 to -30 eV"),
    ],
)
def test_files_that_do_not_fit_are_refused(
    technique: Technique, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = save_model(card(technique, **changes), network().state_dict(), tmp_path / "offset.safetensors")
    with pytest.raises(ModelError, match=words):
        OffsetFinder.load(path, technique)


def test_damaged_and_missing_files_are_refused(technique: Technique, tmp_path: Path) -> None:
    path = finder(technique, {(0, 0.0): 1.0}).save(tmp_path / "offset.safetensors")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ModelError, match="damaged model file"):
        OffsetFinder.load(path, technique)
    with pytest.raises(ModelError, match="no such model file"):
        OffsetFinder.load(tmp_path / "none.safetensors", technique)


def test_a_model_of_another_axis_names_it(technique: Technique, tmp_path: Path) -> None:
    path = finder(technique, {(0, 0.0): 1.0}).save(tmp_path / "offset.safetensors")
    with pytest.raises(ModelError, match="another energy axis"):
        OffsetFinder.load(path, replace(technique, axis=EnergyAxis(0.0, 100.0, 1.0)))


# --- training


def test_offsets_take_the_place_of_shifts() -> None:
    assert for_offsets(RECIPE) == replace(RECIPE, global_shift=RECIPE.offset)
    with pytest.raises(SettingError, match="two: recipe draws no offsets of the axis; wanted a recipe with offset"):
        for_offsets(replace(RECIPE, offset=None))


def trained(technique: Technique, steps: int) -> OffsetFinder:
    recipe, plan = for_offsets(RECIPE), TrainingPlan(steps * BLOCK)
    training_set = TrainingSet.of_recipe(technique, RenderedLibrary(technique), recipe, plan.seed, validation_blocks=3)
    return train_offset_finder(technique, recipe, training_set, plan)


def test_training_learns_where_lines_should_lie(technique: Technique) -> None:
    hardly, better = (trained(technique, steps).card.validation_accuracy for steps in (2, 60))
    assert hardly < 0.7
    assert better > 0.8


def test_the_card_says_what_was_trained(technique: Technique) -> None:
    found = trained(technique, 2).card
    assert (found.network, found.technique, found.recipe, found.spectra) == ("OffsetNetwork", "toy", "two", 2 * BLOCK)
    assert found.settings["kinds"] == KINDS
    assert found.ranges["photons"] == (FIRST, SECOND)
    assert "two (" in found.origin
    assert found.settings["shape"]["kinds"] == 2
    assert found.settings["shape"]["energies"] == 201
    shape, drawn = OffsetShape(**found.settings["shape"]), draws(RECIPE.offset)
    assert shape.step == technique.axis.step
    assert -2.0 < shape.offsets()[0] - drawn.min() < -1.0  # a channel further than any that is drawn, and no two
    assert 1.0 < shape.offsets()[-1] - drawn.max() < 2.0


def test_the_stage_leaves_a_model_and_no_checkpoint(technique: Technique, tmp_path: Path) -> None:
    plugin = Plugin(technique, (), {}, "toyspec", "0.3")
    shelf = LibraryShelf(technique, RenderedLibrary(technique))
    session = Session(plugin, shelf, {}, command="specquant train --offset")
    out = tmp_path / "made" / "offset.safetensors"
    steps: list[int] = []
    train_offset_model(session, RECIPE, TrainingPlan(2 * BLOCK), out, progress=lambda now: steps.append(now.step))
    assert sorted(path.name for path in out.parent.iterdir()) == ["offset.safetensors"]
    assert OffsetFinder.load(out, technique).card.command == "specquant train --offset"
    assert steps[-1] == 2
