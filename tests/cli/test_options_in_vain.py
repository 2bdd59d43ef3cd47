"""An option that would do nothing is refused, or said."""

from pathlib import Path

import numpy as np
import pytest

from commandline import Shell

pytestmark = pytest.mark.usefixtures("toy_is_installed")

REFUSED = {
    "evaluate -t toy --data . --samples 3": "--samples and --seed are for fresh spectra",
    "evaluate -t toy --data . --seed 3": "--samples and --seed are for fresh spectra",
    "evaluate -t toy --recipe article --same-instrument": "--set are for --data",
    "explain -t toy --shift 3": "--shift and --reference are for FILE",
    "explain -t toy a.csv --explainer lime --width 3": "--shape, --width and --height are for the probe",
    "example toy -t bulk": "Name one technique, not both toy and bulk",
    "study unstated -t toy --class glass": "--class is for --data",
    "study unstated -t toy --data . --seed 3": "--recipe and --seed are for fresh spectra",
    "quantify -t toy a.csv --regions C": "toy: the technique uses no narrow scans. Leave out --regions.",
    "quantify -t toy a.csv --factors a.csv": "toy: the technique uses no narrow scans. Leave out --factors.",
}


@pytest.fixture
def spectrum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    energy = np.arange(0.0, 201.0)
    counts = np.random.default_rng(1).poisson(50.0 + 2000.0 * np.exp(-0.5 * ((energy - 80.0) / 3.0) ** 2))
    np.savetxt("a.csv", np.stack([energy, counts], axis=1), delimiter=",", fmt="%g")
    return Path("a.csv")


@pytest.mark.usefixtures("spectrum")
@pytest.mark.parametrize("words", REFUSED)
def test_options_without_effect_are_refused(shell: Shell, words: str) -> None:
    ended = shell(*words.split())
    assert ended.code in (1, 2)
    assert REFUSED[words] in ended.err


def test_options_without_effect_are_said(shell: Shell, spectrum: Path) -> None:
    err = shell("quantify", "-t", "toy", spectrum, "--least-counts", 40, "--same-instrument").err
    assert "--same-instrument changes nothing: toy finds nothing of an instrument that all its spectra share" in err
    assert "--least-counts changes nothing: no file is a map" in err
    err = shell("quantify", "-t", "toy", spectrum).err
    assert "changes nothing" not in err
