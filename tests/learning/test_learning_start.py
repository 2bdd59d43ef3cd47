"""Where a training begins: weights of another network, frozen layers, and what checkpoints and cards say of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported
import torch

from commandline import Shell
from specquant.discovery import load_technique
from specquant.errors import ModelError, SettingError
from specquant.learning import NetworkQuantifier, Progress, Start, TrainingPlan
from specquant.learning.modelfile import load_model
from specquant.learning.networks import NETWORKS, build
from specquant.learning.networks.inputs import network_input
from specquant.learning.start import freeze, layers_of
from specquant.pipeline import train_model
from specquant.session import open_session
from specquant.synthesizer import BLOCK

pytestmark = pytest.mark.usefixtures("toy_is_installed")

PLAN = TrainingPlan(3 * BLOCK, seed=2)
TOY, BULK = "toy", "bulk"

Train = Callable[..., NetworkQuantifier]


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """Train on a technique into a file of the folder."""

    def trained(technique: str, name: str, **settings: object) -> NetworkQuantifier:
        session = open_session(technique, command="specquant train")
        out = tmp_path / f"{name}.safetensors"
        plan = settings.pop("plan", PLAN)
        return train_model(session, session.recipe(), plan, out, **settings)  # type: ignore[arg-type]

    return trained


@pytest.fixture
def start(train: Train, tmp_path: Path) -> Start:
    train(BULK, "other", plan=TrainingPlan(BLOCK, seed=5))
    return Start.load(tmp_path / "other.safetensors")


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    return load_model(path)[1]


class TestLayers:
    @pytest.mark.parametrize(("name", "count"), [("cnn", 3), ("dnn", 3), ("resnet", 14), ("googlenet", 8)])
    def test_layers_hold_every_hidden_weight_once(self, name: str, count: int) -> None:
        known = NETWORKS[name]
        network = build(known.network, known.shape(load_technique(TOY)), 1)
        layers = layers_of(network)
        assert len(layers) == count
        inside = [weights for layer in layers for part in layer for weights in part.parameters()]
        assert [id(one) for one in inside] == [id(one) for one in network.hidden.parameters()]

    def test_first_layers_are_frozen_and_no_others(self) -> None:
        network = build(NETWORKS["cnn"].network, NETWORKS["cnn"].shape(load_technique(TOY)), 1)
        freeze(network, 2)
        learned = {name.rsplit(".", 1)[0] for name, one in network.named_parameters() if one.requires_grad}
        assert learned == {"hidden.6", "hidden.7", "output"}

    def test_more_layers_than_there_are(self, train: Train) -> None:
        with pytest.raises(SettingError, match=r"VanillaCnn has fewer layers to freeze; found 4; wanted 0 to 3"):
            train(TOY, "one", frozen=4)


class TestStart:
    def test_frozen_layers_of_another_technique_stay(self, train: Train, start: Start, tmp_path: Path) -> None:
        train(TOY, "one", start=start, frozen=3)
        learned = weights_of(tmp_path / "one.safetensors")
        inside = [
            name for name in learned if name.startswith("hidden.") and not name.endswith(("mean", "var", "tracked"))
        ]
        assert len(inside) == 12
        assert all(torch.equal(learned[name], start.weights[name]) for name in inside)
        assert not torch.equal(learned["hidden.1.running_mean"], start.weights["hidden.1.running_mean"])

    def test_what_is_not_frozen_is_learned_from_there(self, train: Train, start: Start, tmp_path: Path) -> None:
        train(TOY, "tuned", start=start)
        train(TOY, "scratch")
        tuned, scratch = (
            weights_of(tmp_path / f"{name}.safetensors")["hidden.0.weight"] for name in ("tuned", "scratch")
        )
        begun = start.weights["hidden.0.weight"]
        assert 0 < (tuned - begun).norm() < (scratch - begun).norm()

    def test_random_layers_can_be_frozen(self, train: Train, tmp_path: Path) -> None:
        train(TOY, "one", frozen=1)
        network = build(NETWORKS["cnn"].network, NETWORKS["cnn"].shape(load_technique(TOY)), PLAN.seed)
        torch.testing.assert_close(
            weights_of(tmp_path / "one.safetensors")["hidden.0.weight"],
            network.state_dict()["hidden.0.weight"].half().float(),
        )

    def test_of_the_same_technique_the_output_is_taken_too(self, train: Train, tmp_path: Path) -> None:
        train(TOY, "first")
        same = Start.load(tmp_path / "first.safetensors")
        technique = load_technique(TOY)
        network = build(NETWORKS["cnn"].network, NETWORKS["cnn"].shape(technique), 7)
        same.give(network, technique)
        assert torch.equal(network.state_dict()["output.weight"], same.weights["output.weight"])

    def test_the_card_says_what_it_began_with(self, train: Train, start: Start) -> None:
        origin = train(TOY, "one", start=start, frozen=2).card.origin
        assert f"started from {start.title}" in origin
        assert origin.endswith("2 frozen layers")
        assert start.card.fingerprint in start.title
        assert "frozen" not in train(TOY, "two").card.origin

    def test_other_layers_are_refused(self, train: Train, start: Start) -> None:
        with pytest.raises(ModelError, match=r"do not fit.*VanillaCnn, .*wanted Dnn, .*same --network"):
            train(TOY, "one", start=start, architecture=NETWORKS["dnn"])


class TestSettled:
    def test_averages_are_those_of_the_last_blocks_and_weights_stay(self, train: Train, tmp_path: Path) -> None:
        train(TOY, "one", settled=True)
        train(TOY, "other")
        settled, usual = (weights_of(tmp_path / f"{name}.safetensors") for name in ("one", "other"))
        differing = {name.rsplit(".", 1)[1] for name in usual if not torch.equal(settled[name], usual[name])}
        assert differing == {"running_mean", "running_var", "num_batches_tracked"}
        session = open_session(TOY)
        blocks = [session.synthesizer(session.recipe(), PLAN.seed).block(index) for index in range(PLAN.steps)]
        network = build(NETWORKS["cnn"].network, NETWORKS["cnn"].shape(session.technique), 1)
        network.load_state_dict(settled)
        with torch.no_grad():
            outputs = [network.hidden[0](network_input(x.counts, x.observed, steps=True)) for x in blocks]
        mean = torch.stack([output.mean(dim=(0, 2)) for output in outputs]).mean(dim=0)
        torch.testing.assert_close(settled["hidden.1.running_mean"], mean, atol=2e-3, rtol=2e-3)

    def test_after_few_updates_they_are_worth_much(self, train: Train) -> None:
        settled, usual = train(TOY, "one", settled=True), train(TOY, "other")
        assert settled.card.validation_accuracy > usual.card.validation_accuracy + 0.05
        assert settled.card.origin.endswith("averages of batch norm measured at the end")


class TestCheckpoint:
    def interrupted(self, train: Train, **settings: object) -> None:
        def stop(now: Progress) -> None:
            if now.step == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(TOY, "broken", progress=stop, **settings)

    @pytest.mark.parametrize("frozen", [0, 3])
    def test_resumed_ends_where_an_unbroken_one_does(
        self, train: Train, start: Start, tmp_path: Path, frozen: int
    ) -> None:
        self.interrupted(train, start=start, frozen=frozen)
        train(TOY, "broken", start=start, frozen=frozen)
        train(TOY, "whole", start=start, frozen=frozen)
        one, other = (weights_of(tmp_path / f"{name}.safetensors") for name in ("broken", "whole"))
        assert all(torch.equal(one[name], other[name]) for name in other)

    def test_of_another_beginning_is_refused(self, train: Train, start: Start) -> None:
        self.interrupted(train, start=start, frozen=2)
        with pytest.raises(SettingError, match="begun with another --freeze"):
            train(TOY, "broken", start=start, frozen=1)
        with pytest.raises(SettingError, match="begun with another --start"):
            train(TOY, "broken", frozen=2)


class TestCommand:
    def test_starts_from_a_file_and_freezes(self, shell: Shell, start: Start, tmp_path: Path) -> None:
        out = tmp_path / "typed.safetensors"
        options = ("--recipe", "article", "--spectra", 256, "--start", start.path, "--freeze", 3, "--out", out)
        ended = shell("train", "-t", TOY, *options)
        assert ended.code == 0, ended.err
        assert torch.equal(weights_of(out)["hidden.3.weight"], start.weights["hidden.3.weight"])

    @pytest.mark.parametrize("kind", ["--offset", "--unstated"])
    @pytest.mark.parametrize("option", [("--freeze", 1), ("--network", "dnn"), ("--start", "field")])
    def test_not_for_other_networks(self, shell: Shell, tmp_path: Path, kind: str, option: tuple[str, object]) -> None:
        ended = shell("train", "-t", TOY, kind, *option, "--out", tmp_path / "a.safetensors")
        assert ended.code == 2
        assert f"--network, --start and --freeze are not for the network of {kind}" in ended.err

    def test_model_that_is_not_there(self, shell: Shell, tmp_path: Path) -> None:
        ended = shell("train", "-t", TOY, "--start", "none", "--out", tmp_path / "a.safetensors")
        assert ended.code == 1
        assert "no such model file" in ended.err
