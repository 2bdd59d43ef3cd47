"""What notebooks show of techniques, recipes, libraries, sessions and results."""

from dataclasses import replace
from pathlib import Path

import numpy as np

import specquant
from specquant.discovery import load_plugin
from specquant.library import RenderedLibrary
from specquant.recipes import Recipe, Uniform
from specquant.technique import Technique

EVIL = "<script>alert(1)</script>\x1b"


def html(shown: object) -> str:
    return str(shown._repr_html_())  # type: ignore[attr-defined]


def test_a_technique_shows_axis_elements_recipes_and_parameters(toy: Technique) -> None:
    text = html(toy)
    for expected in (toy.title, "0 to 200 eV in 1 eV steps", "Li Be", *toy.recipes):
        assert expected in text
    bulk = html(load_plugin("bulk").technique)
    assert "<td>voltage</td>" in bulk


def test_a_recipe_shows_what_differs_from_the_usual() -> None:
    text = html(Recipe("wide", "as wide as it gets", (0.5, 0.5), global_shift=Uniform(-3.0, 3.0)))
    assert "Recipe wide: as wide as it gets" in text
    assert "Uniform(low=-3.0, high=3.0)" in text
    assert "smoothing" not in text


def test_a_library_shows_where_it_comes_from(toy: Technique) -> None:
    text = html(RenderedLibrary(toy))
    assert "rendered" in text
    assert "Li Be" in text


def test_a_session_and_a_result_show_themselves_with_a_figure(toy: Technique, tmp_path: Path) -> None:
    session = specquant.open("toy")
    assert "nnls" in html(session)
    peak = next(peak for peak in toy.peaks if peak.element == "O").energy
    rows = "\n".join(f"{e:g},{100 + 900 * np.exp(-((e - peak) ** 2) / 8):.0f}" for e in toy.axis.centres)
    path = tmp_path / "o.csv"
    path.write_text(rows, encoding="utf-8")
    text = html(session.quantify(path, method="nnls"))
    assert text.count("data-specquant-figure") >= 2, "the figure, and the script that finds it"
    assert "<img" in text
    assert "specquantFigures();" in text


def test_names_of_others_do_nothing(toy: Technique) -> None:
    for text in (html(replace(toy, title=EVIL)), html(Recipe(EVIL, EVIL, (1.0,)))):
        assert "<script" not in text
        assert "\x1b" not in text
