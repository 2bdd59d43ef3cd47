import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_optimizer import SOAP
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from specquant.discovery import load_plugin
from specquant.errors import ModelError, SettingError
from specquant.learning import Progress, TrainingPlan, checkpoints, training
from specquant.learning.interval import IntervalTable
from specquant.learning.modelfile import load_model, tensors_hash
from specquant.learning.networks.base import hellinger
from specquant.learning.networks.shapes import CnnShape
from specquant.learning.networks.vanilla_cnn import VanillaCnn
from specquant.learning.training import UPDATES, evaluate, mean_accuracy, train
from specquant.library import RenderedLibrary
from specquant.synthesizer import BLOCK, Batch, RecipeSynthesizer

PLAN = TrainingPlan(12 * BLOCK, seed=4)
SMALL = (4, 4, 4)


@pytest.fixture
def blocks(thirdparty: Path) -> Callable[[int], Batch]:  # noqa: ARG001
    toy = load_plugin("toy").technique
    made = RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["article"], PLAN.seed)

    def few(index: int) -> Batch:
        return made.block(index).take(slice(32))

    return few


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a checkpoint every five steps."""
    monkeypatch.setattr(training, "CHECKPOINT_STEPS", 5)


def network(channels: tuple[int, int, int] = SMALL) -> VanillaCnn:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(PLAN.seed)
        return VanillaCnn(CnnShape(201, 6, channels))


def trained(blocks: Callable[[int], Batch]) -> dict[str, Tensor]:
    """Return the weights of an unbroken run."""
    whole = network()
    train(whole, blocks, PLAN)
    return whole.state_dict()


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name


def stop_after(step: int) -> Callable[[Progress], None]:
    def progress(now: Progress) -> None:
        if now.step == step:
            raise KeyboardInterrupt

    return progress


def interrupted(blocks: Callable[[int], Batch], checkpoint: Path, step: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(network(), blocks, PLAN, checkpoint, stop_after(step))


class TestPlan:
    def test_steps_are_whole_blocks_and_at_least_one(self) -> None:
        assert [TrainingPlan(spectra).steps for spectra in (1, BLOCK, 3 * BLOCK - 1, 3 * BLOCK)] == [1, 1, 2, 3]

    def test_rate_rises_then_falls_to_zero(self) -> None:
        plan = TrainingPlan(1000 * BLOCK, learning_rate=1.0)
        rates = [plan.rate(step) for step in range(1000)]
        assert rates[0] == pytest.approx(1 / 30, rel=1e-3)
        assert max(rates) == pytest.approx(1.0, abs=0.01)
        assert 25 <= int(np.argmax(rates)) <= 30
        assert rates[500] == pytest.approx(0.5, abs=1e-9)
        assert 0 <= rates[-1] < 1e-4

    def test_rate_of_the_shortest_plan_is_not_zero(self) -> None:
        assert TrainingPlan(1).rate(0) == TrainingPlan(1).learning_rate


class TestTrain:
    def test_every_step_takes_its_own_block(self, blocks: Callable[[int], Batch]) -> None:
        asked: list[int] = []

        def block(index: int) -> Batch:
            asked.append(index)
            return blocks(index)

        train(network(), block, PLAN)
        assert asked == list(range(PLAN.steps))

    def test_progress_is_reported_every_step(self, blocks: Callable[[int], Batch]) -> None:
        reports: list[Progress] = []
        train(network(), blocks, PLAN, progress=reports.append)
        assert [(now.step, now.steps) for now in reports] == [(step, 12) for step in range(1, 13)]
        assert all(0 < now.loss < 1 for now in reports)

    def test_loss_falls(self, blocks: Callable[[int], Batch]) -> None:
        one = blocks(0)
        reports: list[Progress] = []
        train(network(), lambda _: one, replace(PLAN, spectra=40 * BLOCK, learning_rate=0.02), progress=reports.append)
        assert reports[-1].loss < 0.8 * reports[0].loss

    def test_every_step_learns_at_the_rate_of_the_plan(
        self, blocks: Callable[[int], Batch], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rates: list[float] = []
        monkeypatch.setattr(SOAP, "step", lambda self: rates.append(self.param_groups[0]["lr"]))
        train(network(), blocks, PLAN)
        assert rates == [PLAN.rate(step) for step in range(PLAN.steps) for _ in range(UPDATES)]

    def test_a_step_learns_from_every_spectrum_of_its_block_once(self, blocks: Callable[[int], Batch]) -> None:
        seen: list[Tensor] = []

        def loss(used: nn.Module, batch: Batch) -> Tensor:
            seen.append(batch.counts)
            return hellinger(used(batch.counts, batch.observed, batch.stated), batch.fraction)

        train(network(), blocks, replace(PLAN, spectra=BLOCK), loss=loss)
        assert len(seen) == UPDATES
        assert torch.equal(torch.cat(seen), blocks(0).counts)

    def test_same_seed_same_weights(self, blocks: Callable[[int], Batch]) -> None:
        assert_same(trained(blocks), trained(blocks))

    def test_network_is_left_ready_for_use(self, blocks: Callable[[int], Batch]) -> None:
        used = network()
        train(used, blocks, PLAN)
        assert not used.training


class TestCheckpoint:
    @pytest.mark.parametrize("step", [3, 5, 7])
    def test_resumed_run_ends_where_an_unbroken_one_does(
        self, blocks: Callable[[int], Batch], tmp_path: Path, step: int
    ) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        interrupted(blocks, checkpoint, step)
        resumed, reports = network(), list[Progress]()
        train(resumed, blocks, PLAN, checkpoint, reports.append)
        assert reports[0].step == step + 1
        assert_same(resumed.state_dict(), trained(blocks))

    def test_interruption_amid_a_step_spoils_nothing(self, blocks: Callable[[int], Batch], tmp_path: Path) -> None:
        checkpoint, broken, passes = tmp_path / "model.checkpoint", network(), []

        def interrupt(*_: object) -> None:
            passes.append(1)
            if len(passes) == 8:
                raise KeyboardInterrupt  # batch norm has already seen the spectra of this step

        broken.output.register_forward_pre_hook(interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(broken, blocks, PLAN, checkpoint)
        resumed = network()
        train(resumed, blocks, PLAN, checkpoint)
        assert_same(resumed.state_dict(), trained(blocks))

    def test_interruption_amid_the_optimizer_spoils_nothing(
        self, blocks: Callable[[int], Batch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checkpoint, steps, step = tmp_path / "model.checkpoint", [], SOAP.step

        def interrupt(self: SOAP) -> None:
            steps.append(1)
            step(self)
            if len(steps) == 4:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(SOAP, "step", interrupt)
            with pytest.raises(KeyboardInterrupt):
                train(network(), blocks, PLAN, checkpoint)
        resumed = network()
        train(resumed, blocks, PLAN, checkpoint)
        assert_same(resumed.state_dict(), trained(blocks))

    def test_ctrl_c_amid_a_step_waits_for_its_end_and_saves_it(
        self, blocks: Callable[[int], Batch], tmp_path: Path
    ) -> None:
        checkpoint, broken, passes = tmp_path / "model.checkpoint", network(), []

        def press(*_: object) -> None:
            passes.append(1)
            if len(passes) == 8 * UPDATES:
                signal.raise_signal(signal.SIGINT)

        broken.output.register_forward_pre_hook(press)
        with pytest.raises(KeyboardInterrupt):
            train(broken, blocks, PLAN, checkpoint)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        resumed, reports = network(), list[Progress]()
        train(resumed, blocks, PLAN, checkpoint, reports.append)
        assert reports[0].step == 9
        assert_same(resumed.state_dict(), trained(blocks))

    def test_state_is_copied_only_when_it_is_saved(
        self, blocks: Callable[[int], Batch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken: list[int] = []
        state = checkpoints._state
        monkeypatch.setattr(checkpoints, "_state", lambda *of: taken.append(1) or state(*of))
        train(network(), blocks, PLAN, tmp_path / "model.checkpoint")
        assert len(taken) == 3  # after steps 5, 10 and 12

    def test_finished_run_is_not_trained_further(self, blocks: Callable[[int], Batch], tmp_path: Path) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        first = network()
        train(first, blocks, PLAN, checkpoint)
        again = network()
        train(again, blocks, PLAN, checkpoint)
        assert_same(again.state_dict(), first.state_dict())

    def test_a_checkpoint_changes_nothing(self, blocks: Callable[[int], Batch], tmp_path: Path) -> None:
        kept = network()
        train(kept, blocks, PLAN, tmp_path / "model.checkpoint")
        assert_same(kept.state_dict(), trained(blocks))

    def test_checkpoint_of_another_optimizer(self, blocks: Callable[[int], Batch], tmp_path: Path) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        interrupted(blocks, checkpoint, 5)
        checkpoint.write_bytes(checkpoint.read_bytes().replace(b"SOAP", b"Adam"))
        with pytest.raises(SettingError, match=r"another optimizer; found .*Adam; wanted .*SOAP.*delete it"):
            train(network(), blocks, PLAN, checkpoint)

    @pytest.mark.parametrize("change", [{"seed": 5}, {"learning_rate": 1e-3}, {"spectra": 99 * BLOCK}])
    def test_checkpoint_of_another_plan(
        self, blocks: Callable[[int], Batch], tmp_path: Path, change: dict[str, float]
    ) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        interrupted(blocks, checkpoint, 5)
        before = checkpoint.read_bytes()
        option = "--" + next(iter(change)).replace("_", "-")
        with pytest.raises(SettingError, match=rf"model\.checkpoint: was begun with another {option}; .*delete it"):
            train(network(), blocks, replace(PLAN, **change), checkpoint)
        assert checkpoint.read_bytes() == before

    def test_checkpoint_of_another_origin(self, blocks: Callable[[int], Batch], tmp_path: Path) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        train(network(), blocks, PLAN, checkpoint, terms={"--recipe": "article"})
        train(network(), blocks, PLAN, checkpoint, terms={"--recipe": "article"})
        with pytest.raises(SettingError, match=r"another --recipe; found .*article; wanted .*field.*delete it"):
            train(network(), blocks, PLAN, checkpoint, terms={"--recipe": "field"})

    def test_checkpoint_of_another_network(self, blocks: Callable[[int], Batch], tmp_path: Path) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        interrupted(blocks, checkpoint, 5)
        with pytest.raises(SettingError, match=r"another --network; .*\(4, 4, 4\).*\(4, 4, 8\)"):
            train(network((4, 4, 8)), blocks, PLAN, checkpoint)

    @pytest.mark.parametrize("kept", [0, 5, 300, -1])
    def test_damaged_checkpoint(self, blocks: Callable[[int], Batch], tmp_path: Path, kept: int) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        interrupted(blocks, checkpoint, 5)
        checkpoint.write_bytes(checkpoint.read_bytes()[:kept])
        with pytest.raises(ModelError, match=r"damaged checkpoint.*Delete it to train anew"):
            train(network(), blocks, PLAN, checkpoint)

    def spoilt(self, checkpoint: Path, how: Callable[[dict[str, Any], dict[str, Tensor]], None], seal: bool) -> None:
        """Change the header or the tensors of a checkpoint; with `seal`, its hash is right again."""
        with safe_open(checkpoint, framework="pt") as file:
            header = json.loads(file.metadata()["header"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        how(header, state)
        if seal:
            content = {name: header[name] for name in ("terms", "step", "updates")}
            header |= (
                {} if "sha256" not in header else {"sha256": tensors_hash(json.dumps(content, sort_keys=True), state)}
            )
        checkpoint.write_bytes(save(state, {"specquant_checkpoint": "2", "header": json.dumps(header)}))

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            (lambda header, _: header.update(step=10**9), "step 1000000000, 10 updates, of 12 steps"),
            (lambda header, _: header.update(step=-5), ">= 0"),
            (lambda header, _: header.update(step=0, updates=0), "step 0"),
            (lambda header, _: header.update(step=4), "step 4, 10 updates"),
            (lambda header, _: header.update(step="5"), "step is text in place of a whole number"),
            (lambda header, _: header.pop("sha256"), "no sha256"),
            (lambda _, state: [state.pop(name) for name in list(state) if name[0] != "w"], "wanted"),
            (lambda _, state: state.pop("weight.output.bias"), "weight.output.bias of shape none"),
            (lambda _, state: state.update(surprise=torch.zeros(3)), "surprise of shape"),
            (lambda _, state: state["weight.output.bias"].fill_(torch.nan), "weight.output.bias is not finite"),
            (lambda _, state: state.update({"weight.output.bias": torch.zeros(6).int()}), "of type torch.int32"),
        ],
    )
    def test_checkpoint_that_cannot_be(
        self, blocks: Callable[[int], Batch], tmp_path: Path, how: Callable[..., None], words: str
    ) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        interrupted(blocks, checkpoint, 5)
        self.spoilt(checkpoint, how, seal=True)
        with pytest.raises(ModelError, match=rf"damaged checkpoint; found .*{words}.*Delete it") as error:
            train(network(), blocks, PLAN, checkpoint)
        assert len(str(error.value)) < 600

    def test_checkpoint_that_was_changed(self, blocks: Callable[[int], Batch], tmp_path: Path) -> None:
        checkpoint = tmp_path / "model.checkpoint"
        interrupted(blocks, checkpoint, 5)
        self.spoilt(checkpoint, lambda _, state: state["weight.output.bias"].add_(1e-3), seal=False)
        with pytest.raises(ModelError, match="damaged checkpoint; found it was changed after it was written"):
            train(network(), blocks, PLAN, checkpoint)

    def test_training_that_fails_says_so_and_leaves_the_last_good_checkpoint(
        self, blocks: Callable[[int], Batch], tmp_path: Path
    ) -> None:
        def spoilt(index: int) -> Batch:
            batch = blocks(index)
            return replace(batch, counts=batch.counts * torch.nan) if index == 7 else batch

        checkpoint = tmp_path / "model.checkpoint"
        with pytest.raises(ModelError, match="step 7: training failed: the loss is not finite any more"):
            train(network(), spoilt, PLAN, checkpoint)
        resumed = network()
        train(resumed, blocks, PLAN, checkpoint)
        assert_same(resumed.state_dict(), trained(blocks))

    def test_checkpoint_says_what_it_is(self, blocks: Callable[[int], Batch], tmp_path: Path) -> None:
        interrupted(blocks, tmp_path / "model.checkpoint", 7)
        with safe_open(tmp_path / "model.checkpoint", framework="pt") as file:
            header = json.loads(file.metadata()["header"])
        assert header["terms"]["--seed"] == repr(PLAN.seed)
        assert header["terms"]["optimizer"] == "SOAP"
        assert (header["step"], header["updates"]) == (7, 7 * training.UPDATES)


RUN = """
import sys, time
from pathlib import Path
from specquant.discovery import load_plugin
from specquant.library import RenderedLibrary
from specquant.learning import TrainingPlan, TrainingRun, TrainingSet, training, train_network
training.CHECKPOINT_STEPS = 2

def run(out, pause):
    toy = load_plugin("toy").technique
    learned = TrainingSet.of_recipe(toy, RenderedLibrary(toy), toy.recipes["article"], 1, "cpu", 1)
    def progress(now):
        print(now.step, flush=True)
        time.sleep(pause)
    model = train_network(toy, learned, TrainingPlan(9 * 256),
                          run=TrainingRun(checkpoint=out.with_suffix(".checkpoint"), progress=progress))
    model.save(out)

if __name__ == "__main__":
    run(Path(sys.argv[1]), float(sys.argv[2]))
"""


def start(out: Path, pause: float, toys: Path) -> "subprocess.Popen[str]":
    environment = os.environ | {"PYTHONPATH": str(toys), "OMP_NUM_THREADS": str(torch.get_num_threads())}
    arguments = [sys.executable, "-c", RUN, str(out), str(pause)]
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)


def test_killed_process_is_resumed_to_the_same_model(thirdparty: Path, tmp_path: Path) -> None:
    broken, whole = tmp_path / "broken.safetensors", tmp_path / "whole.safetensors"
    with start(broken, 0.2, thirdparty) as killed:
        deadline = time.monotonic() + 100
        while not broken.with_suffix(".checkpoint").exists():
            assert killed.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        killed.kill()
    assert not broken.exists()
    with start(broken, 0.0, thirdparty) as resumed:
        steps = resumed.communicate(timeout=100)[0].split()
    assert int(steps[0]) > 2, "it began anew"
    assert steps[-1] == "9"
    script: dict[str, Any] = {}
    exec(RUN, script)
    script["run"](whole, 0.0)
    (broken_card, broken_weights), (whole_card, whole_weights) = load_model(broken), load_model(whole)
    assert broken_card == whole_card
    assert_same(broken_weights, whole_weights)


class TestInterval:
    def test_coverage_is_near_ninety_per_cent_for_every_size_of_answer(self) -> None:
        made = torch.Generator().manual_seed(2)
        truth = torch.rand(40000, 2, generator=made)
        predicted = (truth + (0.01 + 0.1 * truth) * torch.randn(truth.shape, generator=made)).clamp(0, 1)
        table = IntervalTable.of(predicted[:20000], truth[:20000])
        edges, low, high = (
            torch.tensor(values, dtype=torch.float64) for values in (table.edges, table.low, table.high)
        )
        guess, real = predicted[20000:].flatten().double(), truth[20000:].flatten().double()
        index = torch.bucketize(guess, edges, right=True)
        covered = ((guess + low[index] <= real) & (real <= guess + high[index])).double()
        assert covered.mean().item() == pytest.approx(0.9, abs=0.01)
        for row in range(1, len(low)):
            assert covered[index == row].mean().item() == pytest.approx(0.9, abs=0.04)

    def test_there_is_one_more_bin_than_edges_and_a_bin_for_traces(self) -> None:
        guess = torch.linspace(0, 1, 1000)[:, None]
        table = IntervalTable.of(guess, guess)
        assert table.edges[0] == pytest.approx(1e-3)
        assert len(table.low) == len(table.high) == len(table.edges) + 1
        assert list(table.edges) == sorted(table.edges)

    def test_few_spectra_get_one_bin(self) -> None:
        predicted = torch.tensor([[0.5, 0.5], [0.2, 0.8]])
        table = IntervalTable.of(predicted, predicted + torch.tensor([0.1, -0.1]))
        assert table.edges == ()
        assert table.low == (pytest.approx(-0.1, abs=1e-6),)
        assert table.high == (pytest.approx(0.1, abs=1e-6),)

    def test_bounds_are_those_of_the_bin_enclose_the_fraction_and_stay_within_0_and_1(self) -> None:
        table = IntervalTable((0.1, 0.5), (-0.1, 0.02, -0.2), (0.05, 0.1, 0.6), (-4.0, 2.0, 5.0))
        lower, upper = table.bounds(np.array([[0.05, 0.1], [0.4, 0.7]]))
        np.testing.assert_allclose(lower, [[0.0, 0.1], [0.4, 0.5]])
        np.testing.assert_allclose(upper, [[0.1, 0.2], [0.5, 1.0]])
        np.testing.assert_array_equal(table.presence(np.array([[0.05, 0.1], [0.4, 0.7]])), [[-4.0, 2.0], [2.0, 5.0]])

    def test_odds_are_those_of_the_bin(self) -> None:
        predicted = torch.linspace(0.0, 0.4, 4000)
        truth = torch.where(torch.arange(4000) % 4 == 0, 0.3, 0.0)  # one in four is there
        np.testing.assert_allclose(IntervalTable.of(predicted, truth).log_odds[1:], np.log(1 / 3), atol=0.1)


def test_evaluate_gives_prediction_and_truth_of_all_blocks(blocks: Callable[[int], Batch]) -> None:
    predicted, truth = evaluate(network(), [blocks(0), blocks(1)])
    assert predicted.shape == truth.shape == (64, 6)
    assert torch.equal(truth[32:], blocks(1).fraction)
    assert not predicted.requires_grad


def test_mean_accuracy_is_the_mean_of_the_articles() -> None:
    predicted = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    assert mean_accuracy(predicted, torch.tensor([[0.0, 1.0], [0.5, 0.5]])) == pytest.approx(0.5)
