"""A spectrum to begin with: synthetic, labelled so, and read as what it is made of."""

import re
from pathlib import Path
from shutil import copy

import pytest

import specquant
from commandline import Shell
from folders import ROOT
from specquant.compositions import parse_amounts
from specquant.session.example import write_example


@pytest.mark.parametrize("technique", ["xps", "eds"])
def test_the_answer_is_what_the_example_is_made_of(technique: str, tmp_path: Path) -> None:
    example = write_example(specquant.open(technique), tmp_path / "example.csv")
    result = specquant.quantify(example.path, technique)
    answered = {row.element: row.fraction for row in result.table}
    assert answered == pytest.approx(example.fraction, abs=0.03)
    assert len(example.fraction) == 4


def test_the_file_says_that_it_is_not_measured_and_what_it_is_made_of(
    tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = shell("example", "-t", "xps", "--seed", 2)
    assert ran.code == 0
    assert ran.out.startswith("example-xps.csv: made of, at%: ")
    first, second, *_ = (tmp_path / "example-xps.csv").read_text().splitlines()
    assert first.startswith("# not measured: made by specquant")
    assert second.startswith("# made of, at%: ")


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    session = specquant.open("xps")
    texts = [
        write_example(session, tmp_path / f"{number}.csv", seed).path.read_text()
        for number, seed in enumerate((3, 3, 4))
    ]
    assert texts[0] == texts[1] != texts[2]


def test_elements_are_those_that_are_asked_for(tmp_path: Path) -> None:
    example = write_example(specquant.open("eds"), tmp_path / "glass.csv", elements="O,Si,Fe")
    assert set(example.fraction) == {"O", "Si", "Fe"}
    with pytest.raises(specquant.SpecquantError, match="Xx"):
        write_example(specquant.open("eds"), tmp_path / "glass.csv", elements="O,Xx")


@pytest.mark.parametrize("technique", ["xps", "eds"])
def test_the_example_that_ships_says_what_it_is_and_is_answered(
    technique: str, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = specquant.open(technique)
    example = session.technique.example
    assert example is not None
    ran = shell("example", technique)
    assert ran.code == 0
    assert "made by specquant, not measured" in ran.out
    path = tmp_path / example.path.name
    assert "Made by specquant, not measured" in path.read_text(encoding="ascii")
    assert path.stat().st_size < 20_000
    amounts = parse_amounts(example.title.rsplit(", ", 1)[1].removesuffix(" at%"))
    result = session.quantify(path)
    assert result.judgements[0].verdict == "good"
    answered = {row.element: 100 * row.fraction for row in result.table}
    assert answered == pytest.approx(amounts, abs=1.0)


def test_an_example_needs_a_technique(shell: Shell) -> None:
    assert "Name a technique" in shell("example").err


def test_the_first_screen_of_the_readme_can_be_typed(
    tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    screen = readme.split("```text\n", 1)[1].split("```", 1)[0]
    typed = [line.removeprefix("$ specquant ") for line in screen.splitlines() if line.startswith("$")]
    printed = [line for line in screen.splitlines() if line and not line.startswith("$")]
    lines = [line for command in typed for line in shell(*command.split()).out.splitlines()]
    words, wanted = ([re.sub(r"[\d.]+", "", line).split() for line in part] for part in (lines, printed))
    assert words == wanted
    figures, shown = (
        [float(word) for line in part for word in re.findall(r"\d+\.\d", line)] for part in (lines, printed)
    )
    assert figures == pytest.approx(shown, abs=0.3), "of 100: other processors round otherwise"


@pytest.mark.parametrize(
    ("technique", "name", "file"),
    [("xps", "CoO.csv", "xps/parsed/033.csv"), ("eds", "K412.msa", "eds/unknowns/GMIIIA_K412[0][4].msa")],
)
def test_measured_spectra_of_the_readme_have_the_answers_that_it_shows(
    technique: str, name: str, file: str, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch, real_data: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    copy(real_data / file, name)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split(f"$ specquant quantify --technique {technique} {name}\n", 1)[1].split("```", 1)[0]
    printed = shell("quantify", "--technique", technique, name).out
    answered, wanted = table(printed), table(shown)
    assert list(answered) == list(wanted)
    for symbol, figures in answered.items():
        assert figures == pytest.approx(wanted[symbol], abs=0.5), symbol


def table(text: str) -> dict[str, list[float]]:
    """Return the figures of every element in a printed table: at%, wt% and the ends of the interval."""
    rows = re.findall(r"^  ([A-Z][a-z]?) +([\d. to]+)$", text, re.MULTILINE)
    return {symbol: [float(figure) for figure in re.findall(r"[\d.]+", figures)] for symbol, figures in rows}
