"""The session: what it opens, what it can read, and results that show themselves."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import specquant
from specquant import contracts
from specquant.discovery import Plugin, load_plugin
from specquant.errors import ModelError, OutputError, PluginError, ReadError, SettingError, SpectrumError
from specquant.fits import Hybrid, LeastSquares
from specquant.learning import NetworkQuantifier
from specquant.library import LibraryShelf, RenderedLibrary, pure_spectra
from specquant.quantifiers import PerInstrument, Quantifier
from specquant.session import Result, Session, open_session
from specquant.session.identity import IDENTITY
from specquant.technique import FitPriors, FitSettings, Technique
from tunable import tunable

FIT = FitSettings(priors=FitPriors(groups={"main": 0.05}))


class NetworkStub(LeastSquares):
    """Stands for a network: it has a card."""

    card = SimpleNamespace(recipe="field")


def session_of(plugin: Plugin, technique: Technique | None = None, **fields: object) -> Session:
    technique = technique or plugin.technique
    shelf = LibraryShelf(technique, RenderedLibrary(technique))
    return replace(Session(replace(plugin, technique=technique), shelf, {}), **fields)


def amounts(result: Result) -> list[tuple[str, str, float]]:
    return [(row.sample, row.element, row.fraction) for row in result.table]


@pytest.fixture
def plugin(thirdparty: Path) -> Plugin:  # noqa: ARG001
    return load_plugin("toy")


@pytest.fixture
def toy(plugin: Plugin) -> Session:
    return session_of(plugin)


@pytest.fixture
def fitted(plugin: Plugin) -> Session:
    """The toy with settings of a fit, and a quantifier of its own."""
    return session_of(replace(plugin, quantifiers={"own": LeastSquares}), replace(plugin.technique, fit=FIT))


@pytest.fixture
def nitrate(toy: Session) -> tuple[np.ndarray, np.ndarray]:
    """Energies and counts of nitrogen and oxygen, three to one."""
    columns = pure_spectra(toy.technique, toy.library)
    mixture = 3 * columns[4] + columns[5]
    counts = np.random.default_rng(1).poisson(20 + 1e4 * mixture / mixture.max())
    return toy.technique.axis.centres, counts.astype(np.float64)


@pytest.fixture
def write(nitrate: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> Callable[[str], Path]:
    def written(name: str) -> Path:
        np.savetxt(tmp_path / name, np.column_stack(nitrate), delimiter=",", fmt="%g")
        return tmp_path / name

    return written


class TestDefaults:
    def test_methods_begin_with_the_best(self, toy: Session, fitted: Session) -> None:
        assert toy.method_names == ("nnls", "poisson"), "no model ships"
        assert fitted.method_names == ("nnls", "poisson", "own")
        assert toy.with_model("any").method_names == ("cnn", "nnls", "poisson")
        assert fitted.with_model("any").method_names == ("hybrid", "cnn", "nnls", "poisson", "own")

    def test_built_in_techniques(self) -> None:
        assert open_session("eds").method_names[0] == "hybrid"
        assert open_session("xps").method_names[0] == "hybrid"

    def test_model_is_field_or_the_one_that_ships(self, plugin: Plugin) -> None:
        def default(*names: str) -> str:
            shipped = {name: Path(f"{name}.safetensors") for name in names}
            return session_of(plugin, replace(plugin.technique, models=shipped)).default_model

        assert default("a", "field", "b") == "field"
        assert default("only") == "only"
        assert default() == "field"

    def test_without_a_name_the_default_model_is_opened(self, toy: Session, plugin: Plugin, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"field: no such model; wanted .*shipped model \(none\)"):
            toy.network  # noqa: B018
        (tmp_path / "b.safetensors").write_bytes(b"no model")
        shipped = replace(plugin.technique, models={"b": tmp_path / "b.safetensors"})
        with pytest.raises(PluginError, match=r"technique\.models\['b'\], .*b\.safetensors: is not a model file"):
            session_of(plugin, shipped).network  # noqa: B018


class TestMethods:
    def test_hybrid_needs_a_model(self, fitted: Session) -> None:
        with pytest.raises(ModelError, match="no such model"):
            fitted.with_model("absent").methods(["hybrid"])["hybrid"]

    def test_hybrid_and_cnn_share_one_model(
        self, fitted: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        opened: list[str] = []

        def stub(path: Path, technique: Technique, device: str) -> Quantifier:
            opened.append(f"{path.name} on {device}")
            return NetworkStub(technique, fitted.library)

        monkeypatch.setattr(NetworkQuantifier, "load", stub)
        (tmp_path / "mine").touch()
        session = replace(fitted.with_model(tmp_path / "mine"), device="cuda")
        methods = session.methods(["hybrid", "nnls", "cnn"])
        assert list(methods) == ["hybrid", "nnls", "cnn"]
        assert opened == ["mine on cuda"]
        assert isinstance(methods["hybrid"], Hybrid)
        assert methods["hybrid"].explained is methods["cnn"]

    def test_a_method_is_called_as_the_key_it_stands_under(self, fitted: Session) -> None:
        methods = fitted.methods(["nnls", "own"])
        assert [method.name for method in methods.values()] == ["nnls", "own"]

    def test_unknown_method_names_those_there_are(self, toy: Session, fitted: Session) -> None:
        with pytest.raises(SettingError, match=r"found 'hybrit'; wanted one of hybrid, .*own\. Did you mean 'hybrid'"):
            fitted.methods(["hybrit"])
        with pytest.raises(SettingError, match="wanted one of cnn, nnls, poisson"):
            toy.methods(["own"])

    def test_fits_of_a_technique_that_renders_for_a_parameter_serve_every_value(
        self, toy: Session, plugin: Plugin
    ) -> None:
        tuned = session_of(plugin, tunable())
        assert isinstance(tuned.methods(["nnls"])["nnls"], PerInstrument)
        assert isinstance(toy.methods(["nnls"])["nnls"], LeastSquares)

    def test_hybrid_of_a_technique_without_a_fit(self, toy: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Session, "network", NetworkStub(toy.technique, toy.library))
        with pytest.raises(SettingError, match=r"toy: technique states no settings of a fit; wanted Technique\.fit"):
            toy.methods(["hybrid"])


class TestOpening:
    def test_an_instrument_does_not_go_with_measured_spectra(self, toy: Session, tmp_path: Path) -> None:
        measured = toy.library.save(tmp_path / "measured.nc")
        assert open_session("toy", library=str(measured)).library.elements == toy.library.elements
        (tmp_path / "sem.json").write_text(
            '{"specquant_instrument": 2, "technique": "toy", "kind": "a", "values": {}, "calibrated_with": []}'
        )
        with pytest.raises(SettingError, match="contain their instrument already"):
            open_session("toy", library=measured, instrument=tmp_path / "sem.json")

    def test_what_is_stated_wins_over_the_file(self, thirdparty: Path) -> None:  # noqa: ARG002
        session = open_session("bulk", settings=["voltage=12"], angle=40.0)
        assert session.stated == {"voltage": 12.0, "angle": 40.0}
        with pytest.raises(SettingError, match="Did you mean 'voltage'"):
            open_session("bulk", votlage=12.0)

    def test_shift_and_reference_exclude_each_other(self, plugin: Plugin) -> None:
        assert plugin
        with pytest.raises(SettingError, match="exclude each other"):
            open_session("toy", shift=1.0, reference="C1s=284.8")
        with pytest.raises(SettingError, match="is not an offset"):
            open_session("toy", shift=float("nan"))

    def test_it_shows_itself_in_a_line(self, toy: Session) -> None:
        assert repr(toy) == "<session of toy: nnls, poisson>"


class TestInputs:
    def test_every_kind_of_input_gives_the_same_answer(
        self, toy: Session, nitrate: tuple[np.ndarray, np.ndarray], write: Callable[[str], Path]
    ) -> None:
        energy, counts = nitrate
        array = xr.DataArray(counts, dims="energy", coords={"energy": ("energy", energy / 1e3, {"units": "keV"})})
        inputs = [
            write("nitrate.csv"),
            str(write("nitrate.csv")),
            (energy, counts),
            (energy[::-1].tolist(), counts[::-1].tolist()),
            array,
            toy.read((energy, counts)),
            toy.read((energy, counts)).to_dataset(toy.technique),
        ]
        answers = [toy.quantify(one, method="nnls").to_dataset()["fraction"].values for one in inputs]
        assert answers[0][0, 4] == pytest.approx(0.75, abs=0.03)
        for answer in answers[1:]:
            np.testing.assert_allclose(answer, answers[0], atol=1e-9)

    def test_an_array_of_several_spectra_gives_one_answer_each(
        self, toy: Session, nitrate: tuple[np.ndarray, np.ndarray]
    ) -> None:
        energy, counts = nitrate
        array = xr.DataArray(
            np.stack([counts, 2 * counts]), dims=("time", "energy"), coords={"energy": energy, "time": [0, 1]}
        )
        assert len(toy.read(array)) == 2

    def test_what_cannot_be_quantified_is_refused(self, toy: Session) -> None:
        with pytest.raises(SettingError, match="wanted a path, several paths in a list"):
            toy.quantify(42, method="nnls")  # type: ignore[arg-type]
        for values in (np.arange(20).astype("M8[D]"), np.arange(20).astype(str)):
            with pytest.raises(SpectrumError, match="are not numbers"):
                toy.quantify((np.arange(20.0), values), method="nnls")
        with pytest.raises(SpectrumError, match="are not numbers"):
            toy.quantify(([1, 2], ["a", "b"]), method="nnls")
        with pytest.raises(SpectrumError, match="wanted a coordinate energy"):
            toy.quantify(xr.DataArray([1.0, 2.0], dims="channel"), method="nnls")
        nanometres = xr.DataArray([1.0], dims="energy", coords={"energy": ("energy", [1.0], {"units": "nm"})})
        with pytest.raises(SpectrumError, match="found nm; wanted eV or keV"):
            toy.quantify(nanometres, method="nnls")


class TestResult:
    def test_of_several_files_the_usable_ones_answer(
        self, toy: Session, write: Callable[[str], Path], tmp_path: Path
    ) -> None:
        result = toy.quantify([write("a.csv"), tmp_path / "absent.csv", write("b.csv")], method="nnls")
        assert [Path(file.file).name for file in result.files] == ["a.csv", "b.csv"]
        assert [type(unused.error) for unused in result.errors] == [ReadError]
        assert "absent.csv" in repr(result)
        again = toy.quantify((write("a.csv"), write("b.csv")), method="nnls")
        assert amounts(again) == amounts(result)
        with pytest.raises(ReadError, match="no such file"):
            toy.quantify([tmp_path / "absent.csv"], method="nnls")

    def test_it_is_a_table_in_every_form(self, toy: Session, write: Callable[[str], Path]) -> None:
        result = toy.quantify(write("nitrate.csv"), method="nnls")
        assert [row.element for row in result.table] == ["N", "O"]
        frame = result.to_pandas()
        numbers = ["fraction", "lower", "upper", "weight_fraction", "detection_limit", "layer_thickness"]
        further = ["oxide_weight_fraction", "oxide", "verdict", "reasons"]
        assert list(frame.columns) == ["file", "sample", "element", *numbers, *further, *IDENTITY]
        assert len(frame) == 6
        assert frame["fraction"].sum() == pytest.approx(1.0)
        dataset = contracts.check(result.to_dataset(), "COMPOSITION", "test")
        assert dataset["fraction"].sel(element="N").item() == result.table[0].fraction
        assert repr(result).splitlines()[2].split()[0] == "N"
        assert result.notes == ((),)

    def test_it_draws_and_shows_itself(self, toy: Session, write: Callable[[str], Path]) -> None:
        result = toy.quantify(write("nitrate.csv"), method="nnls")
        assert result.plot().axes
        with pytest.raises(SettingError, match="no such spectrum"):
            result.plot(1)
        page = result._repr_html_()
        assert "<img" in page
        assert "nitrate" in page

    def test_it_is_saved_by_its_suffix(self, toy: Session, write: Callable[[str], Path], tmp_path: Path) -> None:
        result = toy.quantify(write("nitrate.csv"), method="nnls")
        for suffix in ("csv", "json", "nc", "html"):
            assert result.save(str(tmp_path / f"r.{suffix}")).is_file()
        assert json.loads((tmp_path / "r.json").read_text())["method"] == "nnls"
        with pytest.raises(OutputError, match="unknown output format"):
            result.save(tmp_path / "r.txt")

    def test_only_listed_elements_are_in_the_answer(self, toy: Session, write: Callable[[str], Path]) -> None:
        path = write("nitrate.csv")
        assert {row.element for row in toy.quantify(path, "nnls", "N,C").table} <= {"N", "C"}
        assert amounts(toy.quantify(path, "nnls", ["N", "C"])) == amounts(toy.quantify(path, "nnls", "N,C"))


def test_the_front_door_is_on_the_package(write: Callable[[str], Path], plugin: Plugin) -> None:
    assert plugin
    path = write("nitrate.csv")
    opened = specquant.open("toy").quantify(path, "nnls")
    assert amounts(opened) == amounts(specquant.quantify(path, "toy", method="nnls"))


@pytest.mark.usefixtures("thirdparty")
def test_answers_and_errors_do_not_depend_on_the_number_of_jobs(tmp_path: Path) -> None:
    session = specquant.open("toy")
    files: list[str | Path] = []
    for number in range(6):
        path = tmp_path / f"{number}.csv"
        centres = session.technique.axis.centres
        counts = 100 + 900 * np.exp(-0.5 * ((centres - centres[20 + 9 * number]) / 3) ** 2)
        np.savetxt(path, np.stack([centres, counts], axis=1), delimiter=",")
        files.append(path)
    files.insert(2, tmp_path / "missing.csv")
    one, two = (session.quantify(files, method="nnls", jobs=jobs) for jobs in (1, 2))
    assert [file.file for file in one.files] == [file.file for file in two.files]
    assert len(one.files) == 6
    assert [str(error) for error in one.errors] == [str(error) for error in two.errors]
    for ours, theirs in zip(one.files, two.files, strict=True):
        assert ours.compositions["nnls"].identical(theirs.compositions["nnls"])


def test_fixed_fractions_that_leave_a_part_to_no_element_are_said() -> None:
    session = open_session("xps")
    assert session.technique.example is not None
    result = session.quantify(session.technique.example.path, fix=["Ti=20", "O=56", "C=18"])
    assert "the spectrum shows no element beside those that are fixed, which do not add up to 100 %" in repr(result)
    assert "not quantified" in repr(result)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ([], {}, "there is nothing to quantify; found an empty list"),
        ((np.arange(9.0), np.ma.masked_less(np.arange(9.0), 3)), {}, "some channels are masked"),
        ([np.arange(9.0), np.arange(9.0)], {}, "Give energies and counts as a tuple: (energy, counts)"),
        (None, {"method": ["nnls"]}, "no such method"),
        (None, {"jobs": 0}, "jobs: is not a number of jobs; found 0; wanted 1, 2 or more"),
        (None, {"jobs": "2"}, "jobs: is not a number of jobs; found '2'"),
        (None, {"elements": ["O", 3]}, "no such element in this technique; found '3'"),
        (None, {"fix": {"O": 60}}, "--fix: cannot be read as fixed fractions"),
        (None, {"fix": 60.0}, "--fix: cannot be read as fixed fractions"),
        (None, {"beam_energy": "10"}, "beam_energy is not a number; found '10'"),
        (None, {"beam_energy": None}, "beam_energy is not a number; found None"),
        (None, {"settings": "beam_enrgy=10"}, "no such instrument parameter; found 'beam_enrgy'"),
        (None, {"shift": "5"}, "--shift 5: is not an offset"),
        (None, {"sensitivity_error": "3"}, "is not an error of sensitivity factors; found 3"),
    ],
)
def test_what_a_notebook_gives_wrongly_is_said(given: object, options: dict[str, object], message: str) -> None:
    axis = load_plugin("eds").technique.axis
    pair = (axis.centres, np.ones(axis.size))
    with pytest.raises(specquant.errors.SpecquantError, match=re.escape(message)):
        specquant.quantify(pair if given is None else given, "eds", **{"method": "nnls", **options})  # type: ignore[arg-type]


def test_the_name_of_a_technique_is_a_text() -> None:
    with pytest.raises(PluginError, match="no such technique; found 3"):
        open_session(3)  # type: ignore[arg-type]
