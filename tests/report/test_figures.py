import base64
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from specquant.elements import weight_fractions
from specquant.evaluation import Labelled, Score, Summary, score
from specquant.library import RenderedLibrary
from specquant.quantifiers import Modelled
from specquant.report import SampleResult
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.bars import accuracy_figure
from specquant.report.figures.embedding import data_uri, png_bytes, save_figure, svg_bytes
from specquant.report.figures.importance import fis_figure, map_figure
from specquant.report.figures.labelled import group_of, labelled_figure
from specquant.report.figures.library import library_figure
from specquant.report.figures.spectrum import spectrum_figure
from specquant.report.figures.style import element_colours
from specquant.report.lines import spread, top_lines
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Technique


def sample_of(technique: Technique, lime: bool = True, lower: float = 0.2, upper: float = 0.6) -> SampleResult:
    energy, elements = technique.axis.centres, list(technique.elements)
    counts = 100 + 900 * np.exp(-((energy - 178) ** 2) / 8) + 500 * np.exp(-((energy - 112) ** 2) / 8)
    observed = energy >= 20
    fraction = np.array([[0.0, 0.0, 0.005, 0.4, 0.0, 0.595]])
    dims = ("sample", "element")
    composition = xr.Dataset(
        {
            "fraction": (dims, fraction),
            "lower": (dims, np.full_like(fraction, lower)),
            "upper": (dims, np.full_like(fraction, upper)),
            "presence": (dims, fraction >= 0.01),
            "weight_fraction": (dims, weight_fractions(fraction, elements)),
        },
        coords={"sample": ["a"], "element": elements},
    )
    spectra = Spectra(counts[None], observed[None], np.zeros((1, 0)))
    weight = np.zeros((1, 6, 3))
    weight[0, 3], weight[0, 5] = (0.3, -0.1, 0.0), (-0.2, 0.5, 0.0)
    attribution = xr.Dataset(
        {"weight": ((*dims, "segment"), weight), "fidelity": (dims, np.full((1, 6), 0.9))},
        coords={
            "sample": ["a"],
            "element": elements,
            "label": ("segment", ["C main", "O main", "background"]),
            "start": ("segment", [105.0, 170.0, 20.0]),
            "stop": ("segment", [119.0, 190.0, 100.0]),
        },
    )
    both = {"cnn": composition, "nnls": composition}
    modelled = Modelled((), np.zeros((0, energy.size)), counts + 5, np.sqrt(counts), np.zeros(0), is_fit=True)
    return SampleResult("a.csv", "a", (), spectra, both, modelled, lime=attribution if lime else None)


def response_of(technique: Technique) -> xr.Dataset:
    energy = technique.axis.centres
    main = [next(p.energy for p in technique.peaks if p.element == symbol) for symbol in technique.elements]
    response = np.exp(-((energy[:, None] - np.array(main)[None, :]) ** 2) / 20)
    return xr.Dataset(
        {"response": (("probe_energy", "element"), response)},
        coords={"probe_energy": energy, "element": list(technique.elements)},
        attrs={"probe_width": 3.0},
    )


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_spectrum_shows_counts_where_they_were_measured_and_only_there(toy: Technique) -> None:
    figure = spectrum_figure(sample_of(toy), toy, ["O", "C"])
    measured, rebuilt = figure.axes[0].lines[:2]
    for line in (measured, rebuilt):
        assert np.isnan(np.asarray(line.get_ydata())[:20]).all()
        assert np.isfinite(np.asarray(line.get_ydata())[20:]).all()
    assert "Energy (eV)" in [axes.get_xlabel() for axes in figure.axes]
    assert "O main" in texts(figure)
    assert "C main" in texts(figure)


def test_a_line_that_was_not_measured_is_not_labelled(toy: Technique) -> None:
    assert [line.energy for line in top_lines(toy, "Li", 3)] == [24.0]
    assert top_lines(toy, "Li", 3, toy.axis.centres >= 30) == []
    assert spectrum_figure(sample_of(toy), toy, ["Li"]).axes


def test_lines_that_the_eye_does_not_part_share_a_label(toy: Technique) -> None:
    merged = top_lines(toy, "O", 5)
    assert (merged[0].label, merged[0].energy) == ("O main", 178.0)


def test_axis_runs_as_people_of_the_field_read_it() -> None:
    up = EnergyScale(EnergyAxis(0, 100, 1))
    down = EnergyScale(EnergyAxis(0, 100, 1, "Binding energy", descending=True))
    far = EnergyScale(EnergyAxis(0, 20000, 10))
    axes = Figure().subplots()
    down.frame(axes)
    assert axes.get_xlim() == (100, 0)
    assert (down.label, down.span(10, 20)) == ("Binding energy (eV)", "20\u201310 eV")
    assert (up.label, up.span(10, 20)) == ("Energy (eV)", "10\u201320 eV")
    assert (far.label, far.text(1740.0), far.at(2000)) == ("Energy (keV)", "1.740 keV", 2.0)


@given(st.lists(st.floats(0, 100), max_size=30), st.floats(0.5, 6))
def test_labels_are_kept_apart_and_inside(positions: list[float], distance: float) -> None:
    placed = np.sort(spread(positions, distance, 0.0, 100.0))
    apart = min(distance, 100.0 / max(len(positions), 1))
    assert placed.size == len(positions)
    assert (np.diff(placed) >= apart - 1e-6).all()
    assert ((placed >= -1e-6) & (placed <= 100 + 1e-6)).all()


def test_labels_that_have_room_stay_where_they_are() -> None:
    assert spread([10.0, 50.0, 30.0], 5.0, 0.0, 100.0).tolist() == [10.0, 50.0, 30.0]


def test_map_orders_elements_along_the_diagonal(toy: Technique) -> None:
    axes = map_figure(response_of(toy), toy).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Li", "Be", "B", "C", "N", "O"]
    drawn = np.asarray(axes.collections[0].get_array())
    assert np.argmax(drawn.reshape(6, -1), axis=1).tolist() == [24, 52, 83, 112, 144, 178]


def test_fis_has_one_panel_per_element_on_the_percent_scale(toy: Technique) -> None:
    figure = fis_figure(response_of(toy), toy, ["C", "O"])
    assert [axes.get_ylabel() for axes in figure.axes] == ["C (at%)", "O (at%)"]
    assert np.max(np.asarray(figure.axes[0].lines[0].get_ydata())) == pytest.approx(100)


def test_accuracy_writes_every_number() -> None:
    summaries = {
        name: Summary(5, value, value, 0.01, 0.1, 0.2, 0.01, 0.1, 0.2, 0.9)
        for name, value in {"cnn": 0.981, "nnls": 0.9}.items()
    }
    assert texts(accuracy_figure({"field": summaries})) == ["cnn  98.1", "nnls  90.0"]


def test_images_are_the_same_for_the_same_figure(toy: Technique) -> None:
    first, second = (svg_bytes(spectrum_figure(sample_of(toy), toy, ["O"])) for _ in range(2))
    assert first == second


def test_the_smaller_image_is_embedded(toy: Technique) -> None:
    figure = spectrum_figure(sample_of(toy), toy, ["O"])
    head, data = data_uri(figure).split(",")
    assert len(base64.b64decode(data)) == min(len(png_bytes(figure)), len(svg_bytes(figure)))
    assert head.startswith("data:image/")
    assert data_uri(figure, raster=True).startswith("data:image/png;base64,")


@pytest.mark.parametrize(("name", "head"), [("a.svg", b"<?xml"), ("a.PDF", b"%PDF"), ("a.png", b"\x89PNG")])
def test_the_name_of_a_picture_says_its_format(name: str, head: bytes, tmp_path: Path) -> None:
    assert save_figure(Figure(), tmp_path / name).read_bytes().startswith(head)


def test_pyplot_and_its_global_figures_are_never_touched() -> None:
    code = "import sys, specquant.report; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_drawing_changes_no_setting(toy: Technique) -> None:
    before = dict(mpl.rcParams)
    png_bytes(spectrum_figure(sample_of(toy), toy, ["O"]))
    assert dict(mpl.rcParams) == before


def test_elements_past_the_palette_share_a_grey() -> None:
    colours = element_colours([str(number) for number in range(12)])
    assert len(set(list(colours.values())[:8])) == 8
    assert len(set(list(colours.values())[8:])) == 1


def score_of(label: list[float], answer: list[float], offset: float = 0.0) -> Score:
    nothing = Spectra(np.zeros((1, 0)), np.zeros((1, 0), dtype=bool), np.zeros((1, 0)))
    labelled = Labelled("7", "film", "A", np.array(label), nothing)
    return replace(score("nnls", labelled, np.array(answer), ("C", "N", "O")), offset=offset)


def test_labelled_spectra_are_drawn_from_fractions() -> None:
    figure = labelled_figure(
        [score_of([0.4, 0.0, 0.6], [0.375, 0.03, 0.595], -1.5), score_of([0, 0, 1], [0, 0.005, 0.995])]
    )
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == pytest.approx([60, 40, 59.5, 37.5, 3, 100, 99.5])
    assert [bar.get_x() for bar in bars] == pytest.approx([0, 60, 0, 59.5, 97, 0, 0])
    assert texts(figure) == ["O", "C", "0.970, axis -1.5", "O", "0.995"]


def test_labelled_spectra_are_grouped_by_class_and_kind() -> None:
    assert group_of(score_of([0.4, 0.0, 0.6], [0, 0, 1])) == "A compounds"
    assert group_of(score_of([0.995, 0.005, 0.0], [0, 0, 1])) == "A elements"


def test_library_draws_pure_spectra_to_their_maximum(toy: Technique) -> None:
    figure = library_figure(toy, RenderedLibrary(toy), ["C", "O"])
    curves = [np.asarray(axes.lines[0].get_ydata()) for axes in figure.axes]
    assert [curve.argmax() for curve in curves] == [112, 178]
    assert [curve.max() for curve in curves] == pytest.approx([1, 1])
