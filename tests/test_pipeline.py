"""The stages in order with the toy technique: training, evaluation, explanation, quantification, report; resuming."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported
from numpy.typing import NDArray

from specquant import contracts
from specquant.discovery import Plugin, load_plugin
from specquant.errors import ModelError, OutputError, ReadError, SettingError
from specquant.explainers import PeakProbe
from specquant.fits import LeastSquares
from specquant.learning import Progress, TrainingPlan
from specquant.library import RenderedLibrary
from specquant.pipeline import (
    open_library,
    open_methods,
    open_model,
    opening,
    quantify_files,
    running,
    train_model,
    write_results,
)
from specquant.pipeline.running import Preset, run
from specquant.quantifiers import Estimate
from specquant.readers import read_file
from specquant.report import RunResults
from specquant.synthesizer import BLOCK, Batch, RecipeSynthesizer
from specquant.technique import Floats, RawSpectrum, Reader

HERE = Path(__file__).parent
PLAN = TrainingPlan(40 * BLOCK)


@pytest.fixture(scope="module", autouse=True)
def toy_is_installed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE / "thirdparty")
        patch.setitem(running.PRESETS, "tiny", Preset(None, PLAN.spectra, 50))
        yield


@pytest.fixture(scope="module")
def toy(toy_is_installed: None) -> Plugin:  # noqa: ARG001
    return load_plugin("toy")


@pytest.fixture(scope="module")
def measured(toy: Plugin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spectrum of nitrogen and oxygen, three to one."""
    columns = open_library(toy).columns(toy.technique)
    mixture = 3 * columns[4] + columns[5]
    counts = np.random.default_rng(1).poisson(20 + 1e4 * mixture / mixture.max())
    path = tmp_path_factory.mktemp("measured") / "nitrate.csv"
    np.savetxt(path, np.column_stack([toy.technique.axis.centres, counts]), delimiter=",", fmt="%g")
    return path


class Watched:
    """What was told of the stages."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int]] = []
        self.last: dict[str, int] = {}

    def __call__(self, title: str, total: int) -> running.Report:
        self.stages.append((title, total))

        def report(done: int, remark: str) -> None:
            del remark
            self.last[title] = done

        return report


@pytest.fixture(scope="module")
def finished(measured: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunResults, Path, Watched]:
    out, watched = tmp_path_factory.mktemp("run") / "out", Watched()
    return run("toy", [measured], preset="tiny", out=out, command="a test", watch=watched), out, watched


def test_run_leaves_every_stage_under_its_contract(finished: tuple[RunResults, Path, Watched]) -> None:
    _, out, _ = finished
    assert {path.name for path in out.iterdir()} == {
        "library.nc",
        "spectra.nc",
        "model.safetensors",
        "attribution.nc",
        "composition.csv",
        "report.json",
        "report.html",
    }
    for name, contract in (("library", "LIBRARY"), ("spectra", "SPECTRA"), ("attribution", "ATTRIBUTION")):
        assert contracts.load(out / f"{name}.nc", contract).attrs["technique"] == "toy"


def test_run_learns_something(finished: tuple[RunResults, Path, Watched]) -> None:
    results, _, _ = finished
    scores = results.accuracy["article"]
    assert list(scores) == ["cnn", "nnls", "poisson"]
    assert scores["cnn"].accuracy > 0.5  # an even guess over six elements reaches about 0.4
    assert scores["nnls"].accuracy > 0.9
    assert scores["cnn"].samples == 50
    assert results.card.spectra == PLAN.spectra


def test_run_quantifies_the_file_and_one_spectrum_of_known_truth(finished: tuple[RunResults, Path, Watched]) -> None:
    results, _, _ = finished
    first, last = results.samples
    assert (first.name, first.truth) == ("nitrate", None)
    found = first.compositions["nnls"]["fraction"].values[0]
    np.testing.assert_allclose(found[4:], [0.75, 0.25], atol=0.03)
    assert last.truth is not None
    assert last.truth.sum() == pytest.approx(1, abs=1e-4)
    assert first.lime is not None


def test_run_tells_of_every_stage_and_takes_its_time(finished: tuple[RunResults, Path, Watched]) -> None:
    results, _, watched = finished
    titles = [title for title, _ in watched.stages]
    assert titles == ["pure library", "training", "evaluation", "explanation", "quantification"]
    assert list(results.seconds) == titles
    assert all(watched.last[title] == total for title, total in watched.stages if title in watched.last)
    assert watched.last["training"] == PLAN.spectra


def test_reports_say_what_was_found(finished: tuple[RunResults, Path, Watched]) -> None:
    _, out, _ = finished
    report = json.loads((out / "report.json").read_text())
    assert report["technique"]["name"] == "toy"
    assert report["command"] == "a test"
    assert [sample["sample"] for sample in report["samples"]] == ["nitrate", "synthetic, recipe article"]
    assert "nitrate" in (out / "report.html").read_text()


def test_run_refuses_before_anything_long_begins(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no such preset"):
        run("toy", preset="endless", out=tmp_path / "a")
    with pytest.raises(ReadError, match="no such file"):
        run("toy", [tmp_path / "absent.csv"], preset="tiny", out=tmp_path / "b")
    (tmp_path / "c").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        run("toy", preset="tiny", out=tmp_path / "c")
    assert not list((tmp_path / "b").iterdir())


class StopAfter:
    """Ctrl-C after some steps."""

    def __init__(self, steps: int) -> None:
        self.steps, self.first = steps, 0

    def __call__(self, now: Progress) -> None:
        self.first = self.first or now.step
        if now.step == self.steps:
            raise KeyboardInterrupt


def test_interrupted_training_goes_on_and_ends_where_an_unbroken_one_does(
    finished: tuple[RunResults, Path, Watched], tmp_path: Path, toy: Plugin
) -> None:
    out = tmp_path / "model.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_model(toy, open_library(toy), "article", PLAN, out, progress=StopAfter(25))
    assert [path.name for path in tmp_path.iterdir()] == ["model.checkpoint"]
    seen = StopAfter(0)
    resumed = train_model(toy, open_library(toy), "article", PLAN, out, progress=seen)
    assert seen.first == 26
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    unbroken = open_model(toy.technique, str(finished[1] / "model.safetensors"))
    assert resumed.card.validation_accuracy == pytest.approx(unbroken.card.validation_accuracy, abs=1e-5)
    spectra = contracts.load(finished[1] / "spectra.nc", "SPECTRA")
    ours, theirs = (model.quantify(spectra)["fraction"].values for model in (resumed, unbroken))
    np.testing.assert_allclose(ours, theirs, atol=2e-3)  # weights are stored in half precision


def test_interrupted_run_is_finished_by_the_same_call(tmp_path: Path) -> None:
    def stopping(title: str, total: int) -> running.Report:
        del total

        def report(done: int, remark: str) -> None:
            del remark
            if title == "training" and done >= 20 * BLOCK:
                raise KeyboardInterrupt

        return report

    with pytest.raises(KeyboardInterrupt):
        run("toy", preset="tiny", out=tmp_path, watch=stopping)
    assert {path.name for path in tmp_path.iterdir()} == {"library.nc", "model.checkpoint"}
    results = run("toy", preset="tiny", out=tmp_path)
    assert results.card.spectra == PLAN.spectra
    assert (tmp_path / "report.html").exists()
    assert not (tmp_path / "model.checkpoint").exists()


def test_checkpoint_of_another_plan_is_refused(toy: Plugin, tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_model(toy, open_library(toy), "article", PLAN, out, progress=StopAfter(2))
    with pytest.raises(ModelError, match="another training plan"):
        train_model(toy, open_library(toy), "article", TrainingPlan(80 * BLOCK), out)


def test_files_are_quantified_one_at_a_time(toy: Plugin, measured: Path, tmp_path: Path) -> None:
    methods = open_methods(toy, ["nnls"], open_library(toy), "none")
    results = quantify_files([measured, tmp_path / "absent.csv", measured], toy, methods)
    assert next(results).error is None
    assert isinstance(next(results).error, ReadError)
    assert next(results).file == str(measured)


def test_remarks_are_notes_and_stay_in_netcdf_though_not_every_file_has_one(
    toy: Plugin, measured: Path, tmp_path: Path
) -> None:
    class Doubtful(LeastSquares):
        asked = 0

        def estimate(self, counts: Floats, observed: NDArray[np.bool_], stated: Floats) -> Estimate:
            self.asked += 1
            remarks = ("a poor fit",) if self.asked == 2 else ()
            return replace(super().estimate(counts, observed, stated), remarks=remarks)

    methods = {"nnls": Doubtful(toy.technique, open_library(toy))}
    results = list(quantify_files([measured, measured], toy, methods))
    assert "warning: nnls: a poor fit" not in results[0].notes[0]
    assert "warning: nnls: a poor fit" in results[1].notes[0]
    write_results(results, "nnls", tmp_path / "a.nc", toy.technique, "typed")
    assert contracts.load(tmp_path / "a.nc", "COMPOSITION")["remark"].values.tolist() == ["", "a poor fit"]


def test_what_a_reader_left_out_is_a_note_of_the_first_spectrum(toy: Plugin, measured: Path) -> None:
    def telling(path: Path) -> list[RawSpectrum]:
        first, second = read_file(path) * 2
        return [replace(first, attrs={**first.attrs, "left_out": "1 of 3 scans (narrow: C 1s)"}), second]

    reader = Reader("telling", (), lambda _: True, telling)
    methods = open_methods(toy, ["nnls"], open_library(toy), "none")
    (result,) = quantify_files([measured], replace(toy, readers=(reader,)), methods)
    told = [[note for note in notes if note.startswith("left out")] for notes in result.notes]
    assert told == [["left out: 1 of 3 scans (narrow: C 1s)"], []]


def test_methods_that_need_no_model_open_none(toy: Plugin) -> None:
    library = open_library(toy)
    assert list(open_methods(toy, ["poisson", "nnls"], library, "absent")) == ["poisson", "nnls"]
    with pytest.raises(ModelError, match="no such model"):
        open_methods(toy, ["cnn"], library, "absent")


def test_run_opens_and_draws_everything_once_and_explains_the_stored_model(
    toy: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    drawn: list[tuple[str, int]] = []
    load, block = opening.load_plugin, RecipeSynthesizer.block
    monkeypatch.setattr(opening, "load_plugin", lambda name: opened.append(name) or load(name))

    def watched(self: RecipeSynthesizer, index: int) -> Batch:
        drawn.append((str(self._stream), index))
        return block(self, index)

    monkeypatch.setattr(RecipeSynthesizer, "block", watched)
    results = run("toy", preset="tiny", out=tmp_path)
    assert opened == ["toy"]
    assert [index for stream, index in drawn if stream == "evaluation"] == [0]
    stored = PeakProbe().explain(open_model(toy.technique, str(tmp_path / "model.safetensors")))
    np.testing.assert_array_equal(results.attribution["response"].values, stored["response"].values)


def test_run_of_a_technique_that_states_parameters(tmp_path: Path) -> None:
    results = run("bulk", preset="tiny", out=tmp_path)
    assert results.card.stated == ("voltage", "angle")
    assert {"stated", "voltage"} <= set(contracts.load(tmp_path / "spectra.nc", "SPECTRA").variables)
    (sample,) = results.samples
    assert "stated" in sample.spectra
    assert results.accuracy["bulk"]["nnls"].accuracy > 0.9


def test_checkpoint_of_another_library_is_refused(tmp_path: Path) -> None:
    bulk, out = load_plugin("bulk"), tmp_path / "model.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_model(bulk, RenderedLibrary(bulk.technique), "bulk", PLAN, out, progress=StopAfter(2))
    other = RenderedLibrary(bulk.technique, {"leak": 0.5})
    with pytest.raises(ModelError, match="another training plan"):
        train_model(bulk, other, "bulk", PLAN, out)
