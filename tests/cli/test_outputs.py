"""What commands do about the files that they write: nothing is destroyed, nothing is lost."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import specquant.pipeline  # noqa: F401  what it loads draws from the global generator as it is loaded
from commandline import Shell
from folders import THIRDPARTY


@pytest.fixture(autouse=True)
def toy(thirdparty: Path) -> Path:
    return thirdparty


@pytest.fixture
def spectra(tmp_path: Path) -> list[Path]:
    """Write three spectra as CSV."""
    energy = np.arange(201.0)
    paths = [tmp_path / f"{number}.csv" for number in range(3)]
    for number, path in enumerate(paths):
        counts = 50 + 1000 * np.exp(-0.5 * ((energy - 24 - 28 * number) / 1.3) ** 2)
        path.write_text("\n".join(["energy,counts", *(f"{x},{round(y)}" for x, y in zip(energy, counts, strict=True))]))
    return paths


QUANTIFY = ("quantify", "-t", "toy", "--method", "nnls", "--out")


def test_measured_spectra_are_not_overwritten(shell: Shell, spectra: list[Path]) -> None:
    before = spectra[1].read_bytes()
    outcome = shell(*QUANTIFY, spectra[1], *spectra)
    assert outcome.code == 1
    assert outcome.err.startswith("specquant: error: ")
    assert "is one of the inputs, and is not written to" in outcome.err
    assert outcome.out == ""
    assert spectra[1].read_bytes() == before


def test_what_is_replaced_and_written_is_told(shell: Shell, spectra: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    first = shell(*QUANTIFY, out, *spectra)
    assert first.err == f"specquant: written: {out}\n"
    content = out.read_bytes()
    second = shell(*QUANTIFY, out, *spectra)
    assert second.err == f"specquant: written: {out}, in place of the one before\n"
    assert out.read_bytes() == content


@pytest.mark.parametrize(
    "words",
    [
        "train -t toy --out {}",
        "synthesize -t toy --out {}",
        "calibrate -t toy a.csv --out {}",
        "explain -t toy --out {}",
        "explain -t toy --plot {}",
        "library -t toy --out {}",
        "library -t toy --plot {}",
        "evaluate -t toy --recipe article --out {}",
    ],
)
@pytest.mark.parametrize(("name", "reason"), [("folder", "is a folder"), ("m.checkpoint", "is the name of a check")])
def test_outputs_are_checked_before_anything_else(
    shell: Shell, tmp_path: Path, words: str, name: str, reason: str
) -> None:
    (tmp_path / "folder").mkdir()
    outcome = shell(*words.format(tmp_path / name).split())
    assert outcome.code == 1
    assert reason in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize(
    "words", ["run -t toy --out {}", "study article -t toy --out {}", "study ablation -t toy --out {}"]
)
def test_a_folder_that_is_a_file_or_holds_a_link_is_refused(shell: Shell, tmp_path: Path, words: str) -> None:
    (tmp_path / "file").write_text("precious")
    (tmp_path / "report.html").symlink_to(tmp_path / "file")
    assert "is not a folder" in shell(*words.format(tmp_path / "file").split()).err
    assert "report.html: is a symbolic link" in shell(*words.format(tmp_path).split()).err
    assert (tmp_path / "file").read_text() == "precious"


def test_answers_are_kept_and_not_worked_out_again(
    shell: Shell, spectra: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from specquant.fits.unmixing import LeastSquares

    whole = tmp_path / "whole.csv"
    shell(*QUANTIFY, whole, *spectra)
    estimate, calls = LeastSquares.estimate, []

    def counted(self: LeastSquares, given: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGTERM)
        return estimate(self, given)  # type: ignore[arg-type]

    monkeypatch.setattr(LeastSquares, "estimate", counted)
    out = tmp_path / "out.csv"
    broken = shell(*QUANTIFY, out, *spectra)
    assert broken.code == 1
    assert "interrupted by SIGTERM" in broken.err
    assert {path.name for path in tmp_path.iterdir()} == {
        *["0.csv", "1.csv", "2.csv", "whole.csv", "out.csv.checkpoint"]
    }
    refused = shell("quantify", "-t", "toy", "--method", "poisson", "--out", out, *spectra)
    assert "begun with another --method; found --method nnls; wanted --method poisson" in refused.err
    resumed = shell(*QUANTIFY, out, *spectra)
    assert resumed.code == 0
    assert len(calls) == 4
    assert out.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "out.csv.checkpoint").exists()


def test_data_that_was_exchanged_is_not_gone_on_with(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from specquant.learning import training

    data, model = tmp_path / "d.nc", tmp_path / "m.safetensors"
    train = ("train", "-t", "toy", "--data", data, "--spectra", 2560, "--out", model)
    shell("synthesize", "-t", "toy", "--samples", 600, "--out", data)
    step = training._step
    steps: list[int] = []

    def interrupted(*given: object) -> float:
        steps.append(1)
        if len(steps) == 3:
            signal.raise_signal(signal.SIGHUP)
        return step(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "_step", interrupted)
    assert "interrupted by SIGHUP" in shell(*train).err
    shell("synthesize", "-t", "toy", "--samples", 600, "--seed", 2, "--out", data)
    outcome = shell(*train)
    assert outcome.code == 1
    assert "m.checkpoint: was begun with another --data; found --data " in outcome.err


def run(words: str, folder: Path, **options: object) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(THIRDPARTY), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        f'"{sys.executable}" -c "from specquant.cli import main; main()" {words}',
        shell=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **options},  # type: ignore[dict-item]
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("stdout", "options", "code"),
    [("> /dev/full", {}, 1), (">&-", {}, 0), ("| true", {}, 0), ("> out.txt", {"PYTHONIOENCODING": "ascii"}, 0)],
)
@pytest.mark.usefixtures("spectra")
def test_a_terminal_that_fails_loses_nothing(tmp_path: Path, stdout: str, options: dict[str, str], code: int) -> None:
    (tmp_path / "0.csv").rename(tmp_path / "\u00e4\u2192.csv")
    done = run(
        f"quantify -t toy --method nnls --out out.csv \u00e4\u2192.csv 1.csv 2.csv {stdout}", tmp_path, **options
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 1 + 3
    if code:
        assert "specquant: error: standard output: No space left on device" in done.stderr


def test_folders_are_not_made_in_silence(shell: Shell, spectra: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "new" / "deep" / "out.csv"
    first = shell(*QUANTIFY, out, spectra[0])
    assert first.err.splitlines()[-3:] == [
        f"specquant: written: {out}",
        f"specquant: made the folder {tmp_path / 'new'}",
        f"specquant: made the folder {out.parent}",
    ]
    assert "made the folder" not in shell(*QUANTIFY, out, spectra[0]).err


def test_a_read_only_file_is_not_replaced(
    shell: Shell, spectra: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("precious")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != out and access(path, mode))  # root may do anything
    done = shell(*QUANTIFY, out, spectra[0])
    assert (done.code, done.out) == (1, "")
    assert "out.csv: is read-only, and is not written to" in done.err
    assert out.read_text() == "precious"


def test_the_recorded_command_can_be_pasted_and_run(shell: Shell, spectra: list[Path], tmp_path: Path) -> None:
    odd = tmp_path / "it's $HOME; a 'b' \"c\".csv"
    spectra[0].rename(odd)
    out = tmp_path / "first run.json"
    shell(*QUANTIFY, out, odd, "--elements", "Li, B,C")
    before = json.loads(out.read_text())
    out.unlink()
    script = tmp_path / "specquant"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from specquant.cli import main; main()" "$@"\n')
    script.chmod(0o755)
    paths = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    paths["PYTHONPATH"] = os.pathsep.join([str(THIRDPARTY), os.environ.get("PYTHONPATH", "")])
    subprocess.run(["sh", "-c", before["command"]], env={**os.environ, **paths}, check=True, stdout=subprocess.DEVNULL)
    assert json.loads(out.read_text()) == before
