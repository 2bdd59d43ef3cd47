"""Training in several processes is training in one: the same updates, up to rounding."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from specquant.discovery import load_technique
from specquant.errors import SettingError
from specquant.learning import NetworkQuantifier
from specquant.learning.networks.base import BatchNorm
from specquant.learning.ranks import ALONE, Ranks, open_ranks
from specquant.library import RenderedLibrary
from specquant.synthesizer import RecipeSynthesizer

_MAIN = "from specquant.cli import main; main()"
_TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python", sys.executable)
_STEPS = 2
_SAME = 2e-3
"""Fraction that rounding makes in so many updates."""

pytestmark = pytest.mark.usefixtures("toy_is_installed")


def test_without_torchrun_there_is_one_process():
    with open_ranks(environment={"WORLD_SIZE": "2"}) as ranks:
        assert ranks == ALONE
        assert ranks.is_first


def test_batch_norm_over_all_is_batch_norm():
    """Of one process that adds up over itself alone."""
    features = torch.randn(64, 3, 7, generator=torch.Generator().manual_seed(1)) * 5 + 2
    usual, added = BatchNorm(3), BatchNorm(3)
    added.added_up = lambda values: values
    for _ in range(3):
        torch.testing.assert_close(added(features), usual(features), rtol=1e-5, atol=1e-5)
    for name, tensor in usual.state_dict().items():
        torch.testing.assert_close(added.state_dict()[name], tensor, rtol=1e-5, atol=1e-6)
    inputs = [features.clone().requires_grad_() for _ in range(2)]
    for norm, given in zip((usual, added), inputs, strict=True):
        (norm(given) ** 3).sum().backward()
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=1e-4, atol=1e-3)


@pytest.fixture(scope="module")
def alone(tmp_path_factory, toy_environment) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    _run([sys.executable, "-c", _MAIN, *_words(folder)], toy_environment)
    return folder / "model.safetensors"


def _words(folder: Path) -> list[str]:
    spectra = str(256 * _STEPS)
    return [
        "train",
        "-t",
        "toy",
        "--recipe",
        "article",
        "--spectra",
        spectra,
        "--out",
        str(folder / "model.safetensors"),
    ]


def _run(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_two_processes_learn_what_one_learns(alone, tmp_path, toy_environment):
    printed = _run([sys.executable, *_TORCHRUN, "-c", _MAIN, *_words(tmp_path)], toy_environment)
    assert printed.count("validation accuracy") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"model.safetensors"}
    assert _apart(alone, tmp_path / "model.safetensors") < _SAME


def _apart(one: Path, other: Path) -> float:
    """Return the largest difference of two models' fractions of fresh spectra.

    Not of their weights: biases before a batch norm do nothing, and are as rounding leaves them.
    """
    toy = load_technique("toy")
    made = RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["article"], 5)
    spectra = made.block(0).spectra()
    answers = [NetworkQuantifier.load(path, toy).estimate(spectra).fraction for path in (one, other)]
    assert np.std(answers[0], axis=0).max() > 10 * _SAME, "nothing is learned that could differ"
    return float(np.abs(answers[0] - answers[1]).max())


def test_what_two_processes_began_one_ends(alone, tmp_path, toy_environment):
    """The checkpoint of several is that of one."""
    began = f"from specquant.learning import training; training.CHECKPOINT_STEPS = 1\n{_STOPPED}\n{_MAIN}"
    done = subprocess.run(
        [sys.executable, *_TORCHRUN, "-c", began, *_words(tmp_path)],
        env=toy_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert (tmp_path / "model.checkpoint").exists(), done.stderr[-3000:]
    _run([sys.executable, "-c", _MAIN, *_words(tmp_path)], toy_environment)
    assert _apart(alone, tmp_path / "model.safetensors") < _SAME


_STOPPED = """
import os
from specquant.learning import checkpoints
usual = checkpoints.Checkpoint.write
def write(self, *given):
    usual(self, *given)
    os._exit(9)
checkpoints.Checkpoint.write = write
"""
"""Ends the first process as soon as it has written a checkpoint."""


def test_more_processes_than_spectra_are_refused():
    with pytest.raises(SettingError, match="too many processes"):
        Ranks(0, 400)._check(128)
