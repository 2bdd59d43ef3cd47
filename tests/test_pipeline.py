"""The stages in order with the toy technique: training, evaluation, explanation, quantification, report; resuming."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported

from folders import THIRDPARTY
from specquant import contracts
from specquant.errors import ModelError, OutputError, ReadError, SettingError
from specquant.explainers import PeakProbe
from specquant.fits import LeastSquares
from specquant.learning import Progress, TrainingPlan
from specquant.library import LibraryShelf, RenderedLibrary, pure_spectra
from specquant.notes import Note, NoteKind
from specquant.pipeline import find_preset, run, train_model
from specquant.pipeline.running import Preset
from specquant.progress import Report, Watch, no_watch
from specquant.quantifiers import Estimate
from specquant.readers import read_file
from specquant.report import RunResults
from specquant.session import FileResult, Session, open_session, opening
from specquant.session.unused import Unused
from specquant.session.writing import write_answers
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, Batch, RecipeSynthesizer
from specquant.technique import RawSpectrum, Reader

PLAN = TrainingPlan(40 * BLOCK)
TINY = Preset(None, PLAN.spectra, 50)


def run_tiny(
    name: str, out: Path, files: Sequence[Path] = (), watch: Watch = no_watch, command: str = ""
) -> RunResults:
    session = open_session(name, command=command)
    return run(session, files, session.recipe(), TINY, out, watch=watch)


@pytest.fixture(scope="module", autouse=True)
def toy_is_installed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(THIRDPARTY)
        yield


@pytest.fixture(scope="module")
def toy(toy_is_installed: None) -> Session:  # noqa: ARG001
    return open_session("toy")


@pytest.fixture(scope="module")
def measured(toy: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spectrum of nitrogen and oxygen, three to one."""
    columns = pure_spectra(toy.technique, toy.library)
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

    def __call__(self, title: str, total: int) -> Report:
        self.stages.append((title, total))

        def report(done: int, remark: str) -> None:
            del remark
            self.last[title] = done

        return report


@pytest.fixture(scope="module")
def finished(measured: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunResults, Path, Watched]:
    out, watched = tmp_path_factory.mktemp("run") / "out", Watched()
    return run_tiny("toy", out, [measured], watched, "a test"), out, watched


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
        "method.html",
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
    fraction = first.compositions["nnls"]["fraction"].values[0]
    np.testing.assert_allclose(fraction[4:], [0.75, 0.25], atol=0.03)
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
        find_preset("endless")
    with pytest.raises(ReadError, match="no such file"):
        run_tiny("toy", tmp_path / "b", [tmp_path / "absent.csv"])
    (tmp_path / "c").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        run_tiny("toy", tmp_path / "c")
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
    finished: tuple[RunResults, Path, Watched], tmp_path: Path, toy: Session
) -> None:
    out = tmp_path / "model.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_model(toy, toy.recipe("article"), PLAN, out, progress=StopAfter(25))
    assert [path.name for path in tmp_path.iterdir()] == ["model.checkpoint"]
    seen = StopAfter(0)
    resumed = train_model(toy, toy.recipe("article"), PLAN, out, progress=seen)
    assert seen.first == 26
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    unbroken = toy.with_model(finished[1] / "model.safetensors").network
    assert resumed.card.validation_accuracy == pytest.approx(unbroken.card.validation_accuracy, abs=1e-5)
    spectra = contracts.load(finished[1] / "spectra.nc", "SPECTRA")
    ours, theirs = (model.quantify(spectra)["fraction"].values for model in (resumed, unbroken))
    np.testing.assert_allclose(ours, theirs, atol=2e-3)  # weights are stored in half precision


def test_interrupted_run_is_finished_by_the_same_call(tmp_path: Path) -> None:
    def stopping(title: str, total: int) -> Report:
        del total

        def report(done: int, remark: str) -> None:
            del remark
            if title == "training" and done >= 20 * BLOCK:
                raise KeyboardInterrupt

        return report

    with pytest.raises(KeyboardInterrupt):
        run_tiny("toy", tmp_path, watch=stopping)
    assert {path.name for path in tmp_path.iterdir()} == {"library.nc", "model.checkpoint"}
    results = run_tiny("toy", tmp_path)
    assert results.card.spectra == PLAN.spectra
    assert (tmp_path / "report.html").exists()
    assert not (tmp_path / "model.checkpoint").exists()


def test_checkpoint_of_another_plan_is_refused(toy: Session, tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_model(toy, toy.recipe("article"), PLAN, out, progress=StopAfter(2))
    with pytest.raises(SettingError, match="begun with another --spectra"):
        train_model(toy, toy.recipe("article"), TrainingPlan(80 * BLOCK), out)


def test_files_are_quantified_one_at_a_time(toy: Session, measured: Path, tmp_path: Path) -> None:
    results = toy.quantify_each([measured, tmp_path / "absent.csv", measured], toy.methods(["nnls"]))
    assert isinstance(next(results), FileResult)
    absent = next(results)
    assert isinstance(absent, Unused)
    assert isinstance(absent.error, ReadError)
    last = next(results)
    assert isinstance(last, FileResult)
    assert last.file == str(measured)


def test_remarks_are_notes_and_stay_in_netcdf_though_not_every_file_has_one(
    toy: Session, measured: Path, tmp_path: Path
) -> None:
    class Doubtful(LeastSquares):
        asked = 0

        def estimate(self, spectra: Spectra) -> Estimate:
            self.asked += 1
            remarks = ("a poor fit",) if self.asked == 2 else ()
            return replace(super().estimate(spectra), remarks=remarks)

    methods = {"nnls": Doubtful(toy.technique, toy.library)}
    results = [result for result in toy.quantify_each([measured, measured], methods) if isinstance(result, FileResult)]
    doubt = Note(NoteKind.WARNING, "nnls: a poor fit", "nnls")
    assert doubt not in results[0].notes[0]
    assert doubt in results[1].notes[0]
    write_answers(results, "nnls", toy.technique, "typed", tmp_path / "a.nc")
    assert contracts.load(tmp_path / "a.nc", "COMPOSITION")["remark"].values.tolist() == ["", "a poor fit"]


def test_what_a_reader_left_out_is_a_note_of_the_first_spectrum(toy: Session, measured: Path) -> None:
    left_out = Note(NoteKind.LEFT_OUT, "1 of 3 scans (narrow: C 1s)", "file")

    def telling(path: Path) -> list[RawSpectrum]:
        first, second = read_file(path) * 2
        return [first.noted(left_out), second]

    reader = Reader("telling", (), lambda _: True, telling)
    session = replace(toy, plugin=replace(toy.plugin, readers=(reader,)))
    result = session.quantify(measured, "nnls")
    assert result.notes == ((left_out,), ())
    assert "  left out: 1 of 3 scans (narrow: C 1s)" in repr(result).splitlines()


def test_methods_that_need_no_model_open_none(toy: Session) -> None:
    absent = toy.with_model("absent")
    assert list(absent.methods(["poisson", "nnls"])) == ["poisson", "nnls"]
    with pytest.raises(ModelError, match="no such model"):
        absent.methods(["cnn"])


def test_run_opens_and_draws_everything_once_and_explains_the_stored_model(
    toy: Session, measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    read: list[Path] = []
    drawn: list[tuple[str, int]] = []
    load, block = opening.load_plugin, RecipeSynthesizer.block
    monkeypatch.setattr(opening, "load_plugin", lambda name: opened.append(name) or load(name))

    def watched(self: RecipeSynthesizer, index: int) -> Batch:
        drawn.append((str(self._stream), index))
        return block(self, index)

    def reading(self: Session, path: Path) -> Spectra:
        read.append(path)
        return take(self, path)

    take = Session.read
    monkeypatch.setattr(Session, "read", reading)
    monkeypatch.setattr(RecipeSynthesizer, "block", watched)
    results = run_tiny("toy", tmp_path, [measured])
    assert opened == ["toy"]
    assert read == [measured]
    assert [index for stream, index in drawn if stream == "evaluation"] == [0]
    stored = PeakProbe().explain(toy.with_model(tmp_path / "model.safetensors").network)
    np.testing.assert_array_equal(results.attribution["response"].values, stored["response"].values)


def test_run_of_a_technique_that_states_parameters(tmp_path: Path) -> None:
    results = run_tiny("bulk", tmp_path)
    assert results.card.stated == ("voltage", "angle")
    stored = contracts.load(tmp_path / "spectra.nc", "SPECTRA")
    assert "stated" in stored
    assert "voltage" in stored["parameter_value"]["instrument_parameter"].values
    (sample,) = results.samples
    assert np.isfinite(sample.spectra.stated).any()
    assert results.accuracy["bulk"]["nnls"].accuracy > 0.9


def test_checkpoint_of_another_library_is_refused(tmp_path: Path) -> None:
    bulk, out = open_session("bulk"), tmp_path / "model.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train_model(bulk, bulk.recipe("bulk"), PLAN, out, progress=StopAfter(2))
    leaking = LibraryShelf(bulk.technique, RenderedLibrary(bulk.technique, {"leak": 0.5}))
    with pytest.raises(SettingError, match="begun with another --library"):
        train_model(replace(bulk, shelf=leaking), bulk.recipe("bulk"), PLAN, out)
