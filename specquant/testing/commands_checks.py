"""Checks of the commands at their defaults: what a user types first has to work."""

import random
import tempfile
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from specquant.testing.registry import check, require
from specquant.testing.subject import Subject

_SPECTRA = "512"
"""Spectra of a training in a check: two steps."""


@check("nnls_finds_a_pure_element", slow=True)
def command_quantify_works(subject: Subject) -> None:
    """``specquant quantify FILE`` says what is in a spectrum, and writes a page."""
    technique = subject.plugin.technique
    needed = [f"--set={each.name}={each.default:g}" for each in technique.parameters if each.required]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spectrum.csv"
        counts = subject.pure[0] + 20.0
        np.savetxt(path, np.column_stack([technique.axis.centres, counts]), delimiter=",", fmt="%.6f")
        out = _run(subject, "quantify", str(path), *needed, "--out", str(Path(folder) / "page.html"))
    require("at%" in out, f"quantify printed {out[:80]!r}")


@check("library_renders", slow=True)
def command_library_works(subject: Subject) -> None:
    """``specquant library`` prints lines and sensitivity factors."""
    symbol = subject.plugin.technique.elements[0]
    require(symbol in _run(subject, "library", "-e", symbol), "library does not name the element")


@check("nnls_finds_a_pure_element", slow=True)
def command_explain_works(subject: Subject) -> None:
    """``specquant explain`` says where every element is read."""
    _run(subject, "explain")


@check("recipes_make_spectra", slow=True)
def command_synthesize_works(subject: Subject) -> None:
    """``specquant synthesize`` writes spectra of the default recipe."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spectra.nc"
        _run(subject, "synthesize", "--samples", "8", "--out", str(path))
        require(path.is_file(), "synthesize wrote no file")


@check("recipes_make_spectra", "nnls_finds_a_pure_element", slow=True)
def command_evaluate_works(subject: Subject) -> None:
    """``specquant evaluate`` scores every method that can run."""
    require("nnls" in _run(subject, "evaluate", "--samples", "2"), "evaluate does not name nnls")


@check("recipes_make_spectra", slow=True)
def command_train_works(subject: Subject) -> None:
    """``specquant train`` trains a network on the default recipe."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        _run(subject, "train", "--spectra", _SPECTRA, "--out", str(path))
        require(path.is_file(), "train wrote no model")


@check("recipes_make_spectra", slow=True)
def command_study_ablation_works(subject: Subject) -> None:
    """``specquant study ablation --list`` names the ingredients of the default recipe."""
    _run(subject, "study", "ablation", "--list")


def _run(subject: Subject, *arguments: str) -> str:
    """Run a command on the technique in this process, and return what it printed."""
    from specquant.cli import cli

    state = random.getstate()  # libraries that write netCDF draw a number when they are first used
    result = CliRunner().invoke(cli, [*arguments, "-t", subject.plugin.technique.name], standalone_mode=False)
    random.setstate(state)
    typed = " ".join(["specquant", *arguments[:2]])
    require(result.exception is None, f"{typed}: {type(result.exception).__name__}: {result.exception}")
    require(not result.return_value, f"{typed} ended with {result.return_value}: {result.output[-200:]}")
    return result.output
