"""Every command at its defaults, for a technique without weights, recipe article or model field."""

from pathlib import Path

import numpy as np
import pytest

from commandline import Shell

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture
def spectrum(tmp_path: Path) -> Path:
    energy = np.arange(0.0, 201.0)
    counts = 50.0 + sum(2000.0 * np.exp(-(((energy - line) / 2.0) ** 2)) for line in (52.0, 144.0))
    np.savetxt(tmp_path / "a.csv", np.column_stack([energy, counts]), delimiter=",")
    return tmp_path / "a.csv"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("quantify", "FILE", "--set", "voltage=10"), "at%"),
        (("library",), "Li"),
        (("explain",), "no model ships with bulk: explained is nnls"),
        (("evaluate", "--samples", "4"), "nnls"),
        (("synthesize", "--samples", "4", "--out", "OUT/a.nc"), "4 spectra of recipe bulk"),
        (("train", "--spectra", "512", "--out", "OUT/a.safetensors"), "on recipe bulk"),
        (("study", "ablation", "--list"), "unstated"),
        (("study", "explanation", "--out", "OUT/study"), "report.html"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_it_works(shell: Shell, tmp_path: Path, spectrum: Path, arguments: tuple[str, ...], said: str) -> None:
    typed = [word.replace("FILE", str(spectrum)).replace("OUT", str(tmp_path)) for word in arguments]
    outcome = shell(*typed, "-t", "bulk")
    assert outcome.code == 0, outcome.err
    assert said in outcome.out + outcome.err


def test_a_method_that_needs_a_model_says_how_to_get_one(shell: Shell, spectrum: Path) -> None:
    outcome = shell("quantify", spectrum, "-t", "bulk", "--set", "voltage=10", "--method", "cnn")
    assert outcome.code == 1
    assert "Train one with specquant train" in outcome.err


def test_the_recipe_that_a_technique_prefers_is_used(shell: Shell, tmp_path: Path) -> None:
    for name in ("xps", "eds"):
        outcome = shell("synthesize", "-t", name, "--samples", "1", "--out", tmp_path / f"{name}.nc")
        assert "1 spectra of recipe field" in outcome.out, outcome.err
