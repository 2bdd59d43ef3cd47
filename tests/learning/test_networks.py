"""The article's networks: layers, input, output, cost, and that each is trained, stored and resumed like the CNN."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported
import torch
from torch import Tensor, nn

from commandline import Shell
from specquant.discovery import load_plugin
from specquant.errors import SettingError
from specquant.learning import NetworkQuantifier, Progress, TrainingPlan, TrainingRun, TrainingSet, train_network
from specquant.learning.modelfile import load_model
from specquant.learning.networks import (
    NETWORKS,
    SpectrumNetwork,
    build,
    find_architecture,
    hidden_layers,
    multiply_adds,
    of_depth,
    parameters,
)
from specquant.learning.networks.base import OutputLayer
from specquant.learning.networks.inputs import stated_input
from specquant.learning.training import train
from specquant.library import RenderedLibrary
from specquant.synthesizer import BLOCK, RecipeSynthesizer
from specquant.technique import InstrumentParameter, Role, Technique

ARTICLE_LAYERS = {"cnn": 3, "dnn": 3, "googlenet": 18, "resnet": 27}
"""Hidden layers of the article's Table 1; it does not state the DNN's, which here has as many as the CNN."""


@pytest.fixture
def stating(toy: Technique) -> Technique:
    """The toy with a parameter that is stated for every spectrum."""
    return replace(toy, parameters=(InstrumentParameter("voltage", 10.0, 5.0, 20.0, "kV", "", Role.STATED),))


@pytest.fixture(params=list(NETWORKS))
def word(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def network(word: str, technique: Technique, seed: int = 1) -> SpectrumNetwork:
    return build(NETWORKS[word].network, NETWORKS[word].shape(technique), seed).eval()


def cnn_of(depth: int, technique: Technique) -> SpectrumNetwork:
    chosen = replace(NETWORKS["cnn"], sizes=of_depth(depth))
    return build(chosen.network, chosen.shape(technique), 1)


def spectra(count: int = 5, parameters: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    counts = torch.from_numpy(np.random.default_rng(1).poisson(50.0, (count, 201)).astype(np.float32))
    return counts, torch.ones(counts.shape, dtype=torch.bool), torch.full((count, parameters), torch.nan)


def weighted(part: nn.Module) -> list[nn.Module]:
    return [module for module in part.modules() if isinstance(module, nn.Conv1d | nn.Linear)]


class TestLayers:
    def test_deepest_path_has_the_layers_of_the_article(self, word: str, toy: Technique) -> None:
        assert hidden_layers(network(word, toy)) == ARTICLE_LAYERS[word]

    def test_modules_of_googlenet_on_its_deepest_path(self, toy: Technique) -> None:
        total = 0
        for part in network("googlenet", toy).hidden:
            branches = list(part.branches) if hasattr(part, "branches") else [part]
            total += max(len(weighted(branch)) for branch in branches)
        assert total == 18

    def test_modules_of_resnet_on_its_deepest_path(self, toy: Technique) -> None:
        parts = network("resnet", toy).hidden
        blocks = [part for part in parts if hasattr(part, "residual")]
        assert len(blocks) == 13
        assert len(weighted(parts[0])) + sum(len(weighted(block.residual)) for block in blocks) == 27
        assert all(len(weighted(block.shortcut)) <= 1 for block in blocks)

    def test_dnn_has_no_convolution_and_cnn_one_linear_layer(self, toy: Technique) -> None:
        assert not any(isinstance(layer, nn.Conv1d) for layer in weighted(network("dnn", toy)))
        assert sum(isinstance(layer, nn.Linear) for layer in weighted(network("cnn", toy))) == 1

    @pytest.mark.parametrize("depth", [1, 2, 3, 4, 6, 9])
    def test_cnn_of_any_depth(self, toy: Technique, depth: int) -> None:
        assert hidden_layers(cnn_of(depth, toy)) == depth

    def test_cnn_of_three_layers_is_the_vanilla_cnn(self, toy: Technique) -> None:
        plain, made = network("cnn", toy).state_dict(), cnn_of(3, toy).state_dict()
        assert plain.keys() == made.keys()
        assert all(torch.equal(plain[name], made[name]) for name in plain)

    def test_output_sees_as_many_features_at_any_depth(self) -> None:
        xps = load_plugin("xps").technique
        assert {cnn_of(depth, xps).output.in_features for depth in (1, 2, 3, 4, 9)} <= set(range(10_410, 10_440))


class TestOutputLayer:
    def test_computes_what_a_linear_layer_does(self) -> None:
        with torch.random.fork_rng(devices=[]):
            made, plain = OutputLayer((4, 7), 3), nn.Linear(28, 3)
        plain.load_state_dict({"weight": made.weight.detach().flatten(1), "bias": made.bias.detach()})
        features = torch.randn(5, 4, 7, generator=torch.Generator().manual_seed(1))
        torch.testing.assert_close(made(features), plain(features.flatten(1)))

    def test_weights_keep_channel_and_position_apart(self, toy: Technique) -> None:
        assert network("cnn", toy).output.weight.shape == (6, 64, 26)
        assert network("dnn", toy).output.weight.shape == (6, 512)


class TestAnswer:
    def test_fractions_are_positive_and_sum_to_one(self, word: str, toy: Technique) -> None:
        found = network(word, toy)(*spectra()).detach()
        assert found.shape == (5, 6)
        assert found.min() >= 0
        np.testing.assert_allclose(found.sum(dim=1).numpy(), 1.0, atol=1e-6)

    def test_scale_and_unobserved_channels_change_nothing(self, word: str, toy: Technique) -> None:
        counts, observed, stated = spectra()
        observed[:, 150:] = False
        spoilt = torch.where(observed, 1e3 * counts, torch.tensor(1e9))
        used = network(word, toy)
        torch.testing.assert_close(used(spoilt, observed, stated), used(counts, observed, stated), rtol=1e-3, atol=1e-5)

    def test_spectra_of_a_batch_do_not_see_each_other(self, word: str, toy: Technique) -> None:
        counts, observed, stated = spectra()
        used = network(word, toy)
        torch.testing.assert_close(used(counts[:1], observed[:1], stated[:1]), used(counts, observed, stated)[:1])

    def test_what_is_stated_reaches_the_answer(self, word: str, stating: Technique) -> None:
        counts, observed, unknown = spectra(parameters=1)
        used = network(word, stating)
        answers = [
            used(counts, observed, stated) for stated in (unknown, unknown.nan_to_num(5.0), unknown.nan_to_num(15.0))
        ]
        assert not any(torch.allclose(one, two) for one, two in pairwise([*answers, answers[0]]))

    def test_what_is_stated_is_in_units_of_its_range(self, word: str, stating: Technique) -> None:
        shape = network(word, stating).shape
        assert stated_input(torch.tensor([[20.0]]), shape.centres, shape.spans).tolist() == [[1.0, 1.0]]


class TestCost:
    def test_of_a_network_counted_by_hand(self, toy: Technique) -> None:
        units = replace(NETWORKS["dnn"], sizes={"units": (4, 3)})
        small = build(units.network, units.shape(toy), 1)
        assert multiply_adds(small) == 603 * 4 + 4 * 3 + 3 * 6
        assert parameters(small) == (603 * 4 + 4) + 2 * 4 + (4 * 3 + 3) + 2 * 3 + (3 * 6 + 6)

    def test_of_one_convolution_counted_by_hand(self, toy: Technique) -> None:
        sizes = {"channels": (4,), "kernels": (5,), "strides": (2,)}
        one = replace(NETWORKS["cnn"], sizes=sizes)
        assert multiply_adds(build(one.network, one.shape(toy), 1)) == 101 * 4 * (3 * 5) + 101 * 4 * 6

    def test_no_network_costs_more_than_twenty_million_multiply_adds_on_surveys(self, word: str) -> None:
        xps = load_plugin("xps").technique
        assert multiply_adds(network(word, xps)) < 20e6

    def test_counting_leaves_the_network_as_it_was(self, word: str, toy: Technique) -> None:
        used = network(word, toy).train()
        before = {name: tensor.clone() for name, tensor in used.state_dict().items()}
        multiply_adds(used), hidden_layers(used)
        assert used.training
        assert all(torch.equal(tensor, before[name]) for name, tensor in used.state_dict().items())


class TestTraining:
    def made(self, toy: Technique, word: str, folder: Path, stop: int | None = None) -> NetworkQuantifier:
        training_set = TrainingSet.of_recipe(
            toy, RenderedLibrary(toy), toy.recipes["article"], 3, "cpu", validation_blocks=1
        )

        def progress(now: Progress) -> None:
            if now.step == stop:
                raise KeyboardInterrupt

        return train_network(
            toy,
            training_set,
            TrainingPlan(4 * BLOCK, seed=3),
            architecture=NETWORKS[word],
            run=TrainingRun(checkpoint=folder / "model.checkpoint", progress=progress),
        )

    def test_resumed_run_ends_where_an_unbroken_one_does(self, word: str, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            self.made(toy, word, tmp_path, stop=2)
        resumed = self.made(toy, word, tmp_path).save(tmp_path / "resumed.safetensors")
        (tmp_path / "model.checkpoint").unlink()
        unbroken = self.made(toy, word, tmp_path).save(tmp_path / "unbroken.safetensors")
        (card, weights), (expected_card, expected) = load_model(resumed), load_model(unbroken)
        assert card == expected_card
        assert weights.keys() == expected.keys()
        assert all(torch.equal(weights[name], tensor) for name, tensor in expected.items())

    def test_model_file_is_read_back(self, word: str, toy: Technique, tmp_path: Path) -> None:
        made = self.made(toy, word, tmp_path)
        read = NetworkQuantifier.load(made.save(tmp_path / "model.safetensors"), toy)
        assert read.name == made.name == word
        assert read.card.network == NETWORKS[word].network.__name__
        spectra = RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["article"], 4).spectra(0, 8)
        np.testing.assert_allclose(read.quantify(spectra)["fraction"], made.quantify(spectra)["fraction"], atol=5e-3)


def test_every_network_learns(word: str, toy: Technique) -> None:
    one = RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["article"], 1).block(0)
    losses: list[float] = []
    train(network(word, toy), lambda _: one, TrainingPlan(25 * BLOCK), progress=lambda now: losses.append(now.loss))
    assert losses[-1] < 0.75 * losses[0]


def test_command_trains_the_network_that_is_named(thirdparty: Path, shell: Shell, tmp_path: Path) -> None:  # noqa: ARG001
    out = tmp_path / "model.safetensors"
    arguments = ("--recipe", "article", "--spectra", 256, "--network", "dnn", "--out", out)
    assert shell("train", "-t", "toy", *arguments).code == 0
    assert load_model(out)[0].network == "Dnn"


def test_name_of_no_network() -> None:
    with pytest.raises(SettingError, match=r"no such network; found 'vgg'; wanted one of cnn, dnn, googlenet, resnet"):
        find_architecture("vgg")
