"""Everything a user can get wrong.

Each gives one line that says what, where, found and wanted, and exit code 1; nothing is left half-written.
"""

import contextlib
import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported
import torch

from commandline import Outcome, Shell
from folders import BROKEN, THIRDPARTY

pytestmark = pytest.mark.usefixtures("toy_is_installed")


def refused(outcome: Outcome, *parts: object, code: int = 1) -> None:
    """Check the exit code, and that standard error is one line with these parts."""
    assert outcome.code == code, outcome
    lines = outcome.err.splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("specquant: error: ")
    assert "Traceback" not in outcome.err + outcome.out
    for part in parts:
        assert str(part) in lines[0], f"{part!s} is not in: {lines[0]}"


def write(path: Path, energy: np.ndarray, counts: np.ndarray) -> Path:
    np.savetxt(path, np.column_stack([energy, counts]), delimiter=",", fmt="%.4f")
    return path


ENERGY = np.arange(0.0, 201.0)
COUNTS = 20.0 + 1e3 * np.exp(-0.5 * ((ENERGY - 83.0) / 2.0) ** 2)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.csv", ENERGY, COUNTS)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the toy technique, for the quantifying of which it is too bad."""
    from specquant.learning import TrainingPlan
    from specquant.pipeline import train_model
    from specquant.session import open_session

    path = tmp_path_factory.mktemp("model") / "toy.safetensors"
    session = open_session("toy")
    train_model(session, session.recipe("article"), TrainingPlan(256), path)
    return path


# Files


def quantify_toy(shell: Shell, path: Path, *more: object) -> Outcome:
    return shell("quantify", "-t", "toy", "--method", "nnls", path, *more)


def test_missing_file(shell: Shell, tmp_path: Path) -> None:
    refused(quantify_toy(shell, tmp_path / "absent.csv"), tmp_path / "absent.csv", "no such file")
    (tmp_path / "link.csv").symlink_to("absent.csv")
    refused(quantify_toy(shell, tmp_path / "link.csv"), tmp_path / "link.csv", "is a link to nothing; found absent.csv")


def test_folder_as_file(shell: Shell, tmp_path: Path) -> None:
    refused(quantify_toy(shell, tmp_path), tmp_path, "is a folder", "wanted a file")


@pytest.mark.parametrize("content", [b"", b"  \n\n\t\n"])
def test_empty_file(shell: Shell, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    refused(quantify_toy(shell, path), path, "is empty", f"found {len(content)} bytes")


def test_text_that_is_no_spectrum(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague,\nthe samples are on their way.\n")
    refused(quantify_toy(shell, path), path, "is text, but no spectrum", "Dear colleague", "wanted columns of energy")


def test_binary_that_is_no_spectrum(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    refused(quantify_toy(shell, path), path, "is of no known format", "PNG", "wanted one of")


def test_line_amid_the_numbers_that_is_none(shell: Shell, good: Path) -> None:
    lines = good.read_text().splitlines()
    lines[30] = "here the analyser was switched off"
    good.write_text("\n".join(lines))
    refused(quantify_toy(shell, good), f"{good}, line 31", "'here the analyser", "wanted 2 numbers")


def spoiled(name: str) -> tuple[np.ndarray, np.ndarray]:
    energy, counts = ENERGY.copy(), COUNTS.copy()
    if name == "nan":
        counts[7] = np.nan
    elif name == "negative":
        counts[[7, 9]] = -5.0
    elif name == "short":
        energy, counts = energy[:9], counts[:9]
    elif name == "outside":
        energy += 500.0
    elif name == "sliver":
        energy, counts = energy[:30], counts[:30]
    elif name == "zero":
        counts[:] = 0.0
    elif name == "turns":
        energy[50:60] = energy[59:49:-1]
    elif name == "twice":
        energy[50] = energy[49]
    return energy, counts


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("nan", ("intensity is not a number", "found nan in channel 7", "wanted a finite count")),
        ("negative", ("intensity is negative", "found -5 in channel 7 and 1 more", "wanted counts >= 0")),
        ("short", ("too few points", "found 9", "wanted at least 10")),
        ("outside", ("covers too little of the axis", "found 500 to 700 eV", "wanted at least 20 % of 0 to 200")),
        ("sliver", ("covers too little of the axis", "30 of 201 channels")),
        ("zero", ("all counts are zero",)),
        ("turns", ("energy turns back",)),
        ("twice", ("an energy occurs twice", "49 in channels 49 and 50")),
    ],
)
def test_spectrum_that_cannot_be_used(shell: Shell, tmp_path: Path, name: str, parts: tuple[str, ...]) -> None:
    path, out = write(tmp_path / f"{name}.csv", *spoiled(name)), tmp_path / "out" / "found.csv"
    refused(quantify_toy(shell, path), path, *parts)
    outcome = quantify_toy(shell, path, "--out", out)
    refused(outcome, path)
    assert not out.parent.exists()


@pytest.mark.parametrize("suffix", [".csv", ".json", ".nc", ".html"])
def test_nothing_usable_leaves_one_error_whatever_the_format(shell: Shell, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"found{suffix}"
    refused(quantify_toy(shell, tmp_path / "absent.csv", "--out", out), "no such file")
    assert not list(tmp_path.iterdir())


def test_bad_file_among_good_ones_is_named_and_the_others_are_written(shell: Shell, good: Path, tmp_path: Path) -> None:
    bad, other, out = tmp_path / "bad.csv", tmp_path / "other.csv", tmp_path / "found.csv"
    bad.write_text("")
    shutil.copy(good, other)
    outcome = shell("quantify", "-t", "toy", "--method", "nnls", good, bad, other, "--out", out)
    told, error = outcome.err.splitlines()
    assert told == f"specquant: written: {out}"
    refused(outcome._replace(err=error), bad, "is empty")
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [str(good), str(bad), str(other)]
    assert (rows[1]["verdict"], rows[1]["reasons"]) == ("unused", error.removeprefix("specquant: error: "))
    assert str(good) in outcome.out


# Our own files


def test_spectra_of_another_technique(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "bulk.nc"
    assert shell("synthesize", "-t", "bulk", "--recipe", "bulk", "--samples", 3, "--out", path).code == 0
    refused(quantify_toy(shell, path), path, "spectra of another technique", "found bulk", "wanted toy")


def test_spectra_of_an_earlier_format(shell: Shell, tmp_path: Path) -> None:
    import netCDF4

    path = tmp_path / "old.nc"
    assert shell("synthesize", "-t", "toy", "--samples", 3, "--out", path).code == 0
    assert quantify_toy(shell, path).code == 0
    with netCDF4.Dataset(path, "a") as file:
        file.delncattr("format")
    refused(quantify_toy(shell, path), path, "another version of specquant", "found format 1", "Make the file again")


def test_spectra_with_facts_that_cannot_be_read(shell: Shell, tmp_path: Path) -> None:
    import netCDF4

    path = tmp_path / "spoilt.nc"
    assert shell("synthesize", "-t", "toy", "--samples", 1, "--out", path).code == 0
    with netCDF4.Dataset(path, "a") as file:
        file.createVariable("facts", str, ("sample",))[0] = "{"
    refused(quantify_toy(shell, path), f"{path}, sample 0", "facts cannot be read", "found '{'")


# XPS files


VAMAS_SIZE = 1201


def vamas(counts: np.ndarray) -> str:
    """Write one survey as VAMAS (ISO 14976), binding energy 0 to 1200 eV."""
    head = ["VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"]
    head += ["institute", "instrument", "operator", "experiment", "0", "NORM", "REGULAR", "1", "0", "0", "0", "0", "0"]
    head += ["1"]
    block = ["survey", "sample", "2020", "1", "1", "0", "0", "0", "0", "0", "XPS", "Al", "1486.6", "300", "1", "1"]
    block += ["45", "0", "FAT", "160", "1", "4.5", "0", "1", "1", "90", "0", "survey", "none", "-1", "binding energy"]
    block += ["eV", "0", "1", "1", "counts", "d", "pulse counting", "0.1", "1", "0", "0", "0", "0", "0"]
    block += [str(len(counts)), f"{counts.min():g}", f"{counts.max():g}", *(f"{value:.1f}" for value in counts)]
    return "\n".join([*head, *block, "end of experiment", ""])


class Survey(NamedTuple):
    energy: np.ndarray
    counts: np.ndarray


@pytest.fixture(scope="module")
def survey() -> Survey:
    """A survey of cuprous oxide with carbon on it, losses included, on binding energy 0 to 1200 eV."""
    from specquant.discovery import load_technique
    from specquant.library import RenderedLibrary, pure_spectra

    technique = load_technique("xps")
    columns = pure_spectra(technique, RenderedLibrary(technique))
    mixture = sum(part * columns[technique.elements.index(name)] for name, part in (("Cu", 2), ("O", 1), ("C", 0.5)))
    counts = np.random.default_rng(2).poisson(200 + 5e4 * mixture / mixture.max())
    return Survey(technique.axis.centres[:VAMAS_SIZE], counts[:VAMAS_SIZE].astype(float))


def quantify_xps(shell: Shell, path: Path) -> Outcome:
    return shell("quantify", "-t", "xps", "--method", "nnls", path)


def printed(outcome: Outcome) -> set[str]:
    """Elements of more than 10 at% in the printed table."""
    rows = re.findall(r"^  ([A-Z][a-z]?) +([\d.]+) +[\d.]+", outcome.out, re.MULTILINE)
    return {symbol for symbol, percent in rows if float(percent) > 10}


def test_whole_vamas_file_is_read_so_that_the_cut_one_can_fail(shell: Shell, survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "whole.vms"
    path.write_text(vamas(survey.counts))
    outcome = quantify_xps(shell, path)
    assert outcome.code == 0, outcome.err
    assert printed(outcome) == {"Cu", "O", "C"}


@pytest.mark.parametrize("share", [0.005, 0.5, 0.98])
def test_vamas_file_cut_off_in_the_middle(shell: Shell, survey: Survey, tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.vms"
    text = vamas(survey.counts)
    path.write_text(text[: max(int(share * len(text)), 200)])
    refused(quantify_xps(shell, path), path, "found")


def test_kinetic_energy_given_as_binding_energy_is_put_right_and_told(
    shell: Shell, survey: Survey, tmp_path: Path
) -> None:
    text = vamas(survey.counts[::-1]).split("\n")
    line = text.index("binding energy")
    text[line + 2] = "286.6"  # kinetic energies 286.6 to 1486.6 eV, still labelled binding energy
    path = tmp_path / "kinetic.vms"
    path.write_text("\n".join(text))
    outcome = quantify_xps(shell, path)
    assert outcome.code == 0, outcome.err
    assert "correction: axis labelled binding energy read as the other scale" in outcome.out
    assert printed(outcome) == {"Cu", "O", "C"}


def test_mirrored_spectrum_is_put_right_and_told(shell: Shell, survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "mirrored.vms"
    path.write_text(vamas(survey.counts[::-1]))
    outcome = quantify_xps(shell, path)
    assert outcome.code == 0, outcome.err
    assert "correction: intensities mirrored within the range" in outcome.out
    assert printed(outcome) == {"Cu", "O", "C"}


def test_axis_that_no_reading_puts_right_is_refused(shell: Shell, survey: Survey, tmp_path: Path) -> None:
    text = vamas(survey.counts[::-1]).split("\n")
    line = text.index("binding energy")
    text[line + 2] = "700"  # 700 to 1900 eV with losses on the wrong side is neither scale of any anode
    path = tmp_path / "neither.vms"
    path.write_text("\n".join(text))
    refused(quantify_xps(shell, path), "contradicts the spectrum", "found binding energy", "wanted energy losses")


# Techniques and plug-ins


@pytest.mark.parametrize("command", ["library", "explain"])
def test_unknown_technique_lists_what_there_is_and_guesses(shell: Shell, command: str) -> None:
    refused(shell(command, "-t", "xpss"), "no such technique", "found 'xpss'", "toy, xps", "Did you mean 'xps'?")


def test_unknown_technique_is_told_before_training_begins(shell: Shell, tmp_path: Path) -> None:
    refused(shell("train", "-t", "tyo", "--out", tmp_path / "m.safetensors"), "found 'tyo'", "Did you mean 'toy'?")
    refused(shell("run", "-t", "tyo", "--out", tmp_path / "run"), "found 'tyo'", "Did you mean 'toy'?")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("folder", "parts"),
    [
        ("import_failure", ("sunkspec 1.1", "cannot be imported")),
        ("missing_hook", ("mutespec 1.4",)),
        ("misspelt_hook", ("typospec 1.2",)),
        ("wrong_type", ("dictspec 1.3",)),
        ("wrong_name", ("aliasspec 1.5",)),
        ("twins", ("castor 1.0", "pollux 2.0", "declared more than once")),
    ],
)
def test_broken_plugin_is_named_with_its_distribution(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, folder: str, parts: tuple[str, ...]
) -> None:
    monkeypatch.syspath_prepend(BROKEN / folder)
    (entry, *_) = (BROKEN / folder).glob("*.dist-info/entry_points.txt")
    name = re.findall(r"^([\w-]+)\s*=", entry.read_text(), re.MULTILINE)[0]
    refused(shell("library", "-t", name), *parts)
    assert shell("library", "-t", "toy").code == 0


# Models, methods, recipes, presets


def test_model_for_another_technique(shell: Shell, model: Path) -> None:
    refused(shell("explain", "-t", "xps", "--model", model), model, "another technique", "found toy", "wanted xps")


def test_model_for_another_axis(shell: Shell, model: Path, tmp_path: Path) -> None:
    from specquant.learning.modelfile import load_model, save_model

    card, weights = load_model(model)
    path = save_model(replace(card, axis=(0.0, 400.0, 2.0)), weights, tmp_path / "other.safetensors")
    refused(
        shell("explain", "-t", "toy", "--model", path), path, "another energy axis", "0.0..400.0", "wanted 0.0..200.0"
    )


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "header", "weights"])
def test_damaged_model_file(shell: Shell, model: Path, tmp_path: Path, damage: str) -> None:
    from specquant.learning.modelfile import load_model, save_model

    path = tmp_path / "damaged.safetensors"
    content = model.read_bytes()
    if damage == "weights":
        card, weights = load_model(model)
        save_model(card, {name: tensor for name, tensor in weights.items() if name != min(weights)}, path)
    else:
        header = content.replace(b"axis", b"axes", 1)
        half = content[: len(content) // 2]
        path.write_bytes({"cut": half, "text": b"no model", "empty": b"", "header": header}[damage])
    refused(shell("explain", "-t", "toy", "--model", path), path)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("explain", "--model", "feild"), ("feild", "no such model", "wanted a model file, or a shipped model")),
        (
            ("quantify", "--method", "nlls", "{good}"),
            ("no such method", "'nlls'", "cnn, nnls, poisson", "mean 'nnls'?"),
        ),
        (("synthesize", "--recipe", "fild", "--out", "{out}"), ("no such recipe", "'fild'", "one of article, field")),
        (("train", "--recipe", "fild", "--out", "{learned}"), ("no such recipe", "'fild'", "one of article, field")),
        (("evaluate", "--recipe", "fild", "--method", "nnls"), ("no such recipe", "'fild'", "one of article, field")),
        (("run", "--preset", "slow", "--out", "{out}"), ("no such preset", "'slow'", "quick, article, field")),
        (("library", "-e", "Xx"), ("no such element", "'Xx'", "symbols between Li and O")),
        (("explain", "--model", "{model}", "--shape", "square"), ("no such peak shape", "'square'", "gaussian")),
        (("explain", "--model", "{model}", "--width", "-1"), ("width", "found -1", "wanted a finite number above 0")),
        (("library", "--from", "{absent}"), ("absent", "no such file")),
        (("quantify", "--library", "{good}", "--method", "nnls", "{good}"), ("good.csv", "not a readable netCDF")),
        (("evaluate", "--data", "{absent}", "--method", "nnls"), ("absent", "no labels.csv", "found no file")),
        (("train", "--data", "{good}", "--out", "{learned}"), ("good.csv", "not a readable netCDF")),
    ],
)
def test_setting_that_is_not_there(
    shell: Shell, good: Path, model: Path, tmp_path: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    out = tmp_path / "made" / "out.nc"
    learned = out.with_suffix(".safetensors")
    names = {"good": good, "model": model, "out": out, "learned": learned, "absent": tmp_path / "absent"}
    filled = [argument.format(**names) for argument in arguments]
    outcome = shell(filled[0], "-t", "toy", *filled[1:])
    lines = [line for line in outcome.err.splitlines() if not line.endswith(" ...")]  # the title of a stage
    refused(outcome._replace(err="\n".join(lines)), *parts)
    assert not out.exists()
    assert not learned.exists()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--device", "cuda"), ("device cuda: torch cannot compute there", "Take cpu")),
        (("--set", "beam=1", "--set", "beam=2"), ("--set beam=2: is set twice",)),
        (("--elements", ""), ("--elements: no such element", "found an empty list")),
        (("--exclude", ""), ("--exclude: no such element", "found an empty list")),
        (("--require", " "), ("--require: no such element", "found an empty list")),
        (("--elements", "Au"), ("found 'Au'; wanted symbols between Li and O, e.g. O,Si,Fe",)),
        (("--long",), ("--long is the layout of a table", "Add --out table.csv")),
    ],
)
@pytest.mark.skipif(torch.cuda.is_available(), reason="torch computes on cuda here")
def test_what_would_do_nothing_or_cannot_be_done_is_refused(
    shell: Shell, good: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    refused(shell("quantify", "-t", "toy", "--method", "nnls", good, *arguments), *parts)


# Output


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("explain", "-t", "toy", "--out", "a.csv"), ".nc"),
        (("explain", "-t", "toy", "--plot", "a.gif"), ".png"),
        (("library", "-t", "toy", "--out", "a.csv"), ".nc"),
        (("library", "-t", "toy", "--plot", "a.gif"), ".png"),
        (("example", "toy", "--elements", "O", "--out", "a.xyz"), ".csv"),
        (("synthesize", "-t", "toy", "--out", "a.csv"), ".nc, .zarr"),
        (("train", "-t", "toy", "--out", "a"), ".safetensors"),
        (("evaluate", "-t", "toy", "--out", "a.json"), ".csv"),
        (("calibrate", "-t", "toy", "{good}", "--out", "a.toml"), ".json"),
    ],
)
def test_an_output_is_named_for_what_is_in_it(
    shell: Shell, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], wanted: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(shell(*(word.format(good=good) for word in arguments)), "unknown output format", f"wanted {wanted}")
    assert not list(tmp_path.glob("a*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("quantify", "--method", "nnls", "{good}", "--out", "{block}/found.csv"),
        ("synthesize", "--samples", "5", "--out", "{block}/deep/spectra.nc"),
        ("library", "--out", "{block}/library.nc"),
        ("library", "--plot", "{block}/library.png"),
        ("run", "--out", "{block}/run"),
        ("train", "--spectra", "256", "--out", "{block}/model.safetensors"),
    ],
)
def test_output_folder_that_cannot_be_made(
    shell: Shell, good: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    block = tmp_path / "a-file"
    block.write_text("in the way")
    filled = [argument.format(good=good, block=block) for argument in arguments]
    outcome = shell(filled[0], "-t", "toy", *filled[1:])
    lines = [line for line in outcome.err.splitlines() if not line.endswith(" ...")]
    refused(outcome._replace(err="\n".join(lines)), block, "cannot be written", "--out")
    assert block.read_text() == "in the way"


def test_output_that_is_a_folder(shell: Shell, good: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    refused(quantify_toy(shell, good, "--out", folder), folder, "is a folder", "wanted a file name")


def test_unknown_output_format(shell: Shell, good: Path, tmp_path: Path) -> None:
    refused(quantify_toy(shell, good, "--out", tmp_path / "found.docx"), "found.docx", "'.docx'", ".csv")
    assert not (tmp_path / "found.docx").exists()


def test_failed_output_leaves_the_old_file_as_it_was(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "spectra.nc"
    out.write_text("old")
    refused(shell("synthesize", "-t", "toy", "--recipe", "fild", "--out", out), "no such recipe")
    assert out.read_text() == "old"


# Wrong usage: click's own words, exit code 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Usage:"),
        (("quantify", "-t", "toy"), "FILES"),
        (("quantfy",), "No such command"),
        (("library", "-t", "toy", "--colour"), "No such option"),
        (("synthesize", "-t", "toy", "--samples", "0", "--out", "x.nc"), "--samples"),
        (("synthesize", "-t", "toy", "--samples", "many", "--out", "x.nc"), "'many' is not a valid integer"),
        (("synthesize", "-t", "toy"), "--out"),
        (("train", "-t", "toy", "--learning-rate", "0", "--out", "x.safetensors"), "--learning-rate"),
        (("evaluate", "-t", "toy", "--data", "a", "--recipe", "b"), "--data and --recipe exclude each other"),
        (("explain", "-t", "toy", "--device", "tpu"), "--device"),
    ],
)
def test_wrong_usage(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    outcome = shell(*arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert "Traceback" not in outcome.err


# Interruption


def interrupt(code: str, folder: Path, begun: str) -> Outcome:
    """Run code in a process of its own, send it Ctrl-C as soon as a file that matches `begun` is there."""
    path = os.pathsep.join([str(THIRDPARTY), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        deadline = time.monotonic() + 600  # a guard; a busy machine may take minutes
        while not list(folder.glob(begun)):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=600)
    finally:
        process.kill()
    return Outcome(process.returncode, out, err)


def interrupted(outcome: Outcome) -> None:
    assert outcome.code == 1, outcome
    assert "Traceback" not in outcome.err
    lines = [line for line in outcome.err.splitlines() if line.startswith("specquant: ")]
    assert len(lines) == 1
    assert lines[0].startswith("specquant: interrupted")


def test_interrupted_synthesis_leaves_its_checkpoint_only(tmp_path: Path) -> None:
    code = (
        "import sys; from specquant.cli import main\n"
        "sys.argv[1:] = 'synthesize -t toy --samples 50000000 --out spectra.nc'.split(); main()"
    )
    interrupted(interrupt(code, tmp_path, "spectra.nc.checkpoint"))
    assert [path.name for path in tmp_path.iterdir()] == ["spectra.nc.checkpoint"]


def test_interrupted_training_keeps_its_checkpoint_only(tmp_path: Path) -> None:
    code = (
        "import sys; from specquant.cli import main\n"
        "from specquant.learning import training; training.CHECKPOINT_STEPS = 3\n"
        "sys.argv[1:] = 'train -t toy --recipe article --spectra 50000000 --out toy.safetensors'.split(); main()"
    )
    interrupted(interrupt(code, tmp_path, "toy.checkpoint"))
    assert [path.name for path in tmp_path.iterdir()] == ["toy.checkpoint"]


def test_interruption_that_a_library_swallows_still_ends_the_work(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from specquant.synthesizer import RecipeSynthesizer

    spectra = RecipeSynthesizer.spectra
    blocks = 0

    def swallowing(self: RecipeSynthesizer, start: int, count: int) -> object:
        nonlocal blocks
        blocks += 1
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return spectra(self, start, count)

    monkeypatch.setattr(RecipeSynthesizer, "spectra", swallowing)
    outcome = shell("synthesize", "-t", "toy", "--samples", 2000, "--out", tmp_path / "spectra.nc")
    interrupted(outcome)
    assert blocks == 1
    assert not list(tmp_path.iterdir())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
