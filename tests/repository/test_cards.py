"""The page of models: what is written into it by hand is what the command that it names prints."""

import re

import pytest

from commandline import Shell
from folders import ROOT

PAGE = ROOT / "docs" / "reference" / "models.md"
STATED = re.compile(
    r"^## (\w+): (\w+)$.*?^\| accuracy and coverage on fresh spectra \| ([\d.]+) and ([\d.]+) ", re.M | re.S
)


def stated() -> dict[tuple[str, str], tuple[float, float]]:
    """Return accuracy and coverage by technique and model, of the models that quantify."""
    sections = re.split(r"(?=^## )", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    cards = [match.groups() for section in sections if (match := STATED.search(section))]
    return {(technique.lower(), model): (float(first), float(second)) for technique, model, first, second in cards}


def test_every_model_that_quantifies_states_both() -> None:
    assert list(stated()) == [("xps", "field"), ("xps", "article"), ("eds", "field")]


@pytest.mark.parametrize(("technique", "model"), stated())
def test_accuracy_and_coverage_are_those_of_the_command(technique: str, model: str, shell: Shell) -> None:
    drawn = ("--recipe", model, "--samples", 1000, "--seed", 1, "--method", "cnn")
    printed = shell("evaluate", "-t", technique, "--model", model, *drawn).out.splitlines()[-1].split()
    accuracy, coverage = float(printed[3]), float(printed[-1])
    assert (accuracy, coverage) == pytest.approx(stated()[technique, model], abs=0.006)
