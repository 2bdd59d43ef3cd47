from dataclasses import replace
from pathlib import Path

import pytest

from specquant.discovery import Plugin, load_plugin
from specquant.errors import ModelError, SettingError
from specquant.fits import Hybrid, LeastSquares
from specquant.library import RenderedLibrary
from specquant.pipeline import open_library, open_methods, open_model, opening
from specquant.pipeline.opening import default_methods, default_model
from specquant.quantifiers import Quantifier, Sourced
from specquant.technique import FitSettings, Technique
from tunable import tunable

FIT = FitSettings(parameters={}, groups={"main": 0.05})


@pytest.fixture
def toy(thirdparty: Path) -> Plugin:  # noqa: ARG001
    return load_plugin("toy")


@pytest.fixture
def fitted(toy: Plugin) -> Plugin:
    """The toy with settings of a fit, and a quantifier of its own."""
    return replace(toy, technique=replace(toy.technique, fit=FIT), quantifiers={"own": LeastSquares})


class TestDefaults:
    def test_methods_begin_with_the_best(self, toy: Plugin, fitted: Plugin) -> None:
        assert default_methods(toy) == ("cnn", "nnls", "poisson")
        assert default_methods(fitted) == ("hybrid", "cnn", "nnls", "poisson", "own")

    def test_built_in_techniques(self) -> None:
        assert default_methods(load_plugin("eds"))[0] == "hybrid"
        assert default_methods(load_plugin("xps"))[0] == "hybrid"

    def test_model_is_field_or_the_one_that_ships(self, toy: Plugin) -> None:
        shipped = {name: Path(f"{name}.safetensors") for name in ("a", "field", "b")}
        assert default_model(replace(toy.technique, models=shipped)) == "field"
        assert default_model(replace(toy.technique, models={"only": Path("only")})) == "only"
        assert default_model(replace(toy.technique, models={})) == "field"

    def test_without_a_name_the_default_model_is_opened(self, toy: Plugin, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"field: no such model; wanted .*shipped model \(none\)"):
            open_model(toy.technique)
        (tmp_path / "b.safetensors").write_bytes(b"no model")
        shipped = replace(toy.technique, models={"b": tmp_path / "b.safetensors"})
        with pytest.raises(ModelError, match=r"b\.safetensors"):
            open_model(shipped)


class TestMethods:
    def test_hybrid_needs_a_model(self, fitted: Plugin) -> None:
        with pytest.raises(ModelError, match="no such model"):
            open_methods(fitted, ["hybrid"], open_library(fitted), "absent")

    def test_hybrid_and_cnn_share_one_model(self, fitted: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
        opened: list[str | None] = []

        def stub(technique: Technique, model: str | None, device: str) -> Quantifier:
            opened.append(f"{model} on {device}")
            return LeastSquares(technique, open_library(fitted))

        monkeypatch.setattr(opening, "open_model", stub)
        methods = open_methods(fitted, ["hybrid", "nnls", "cnn"], open_library(fitted), "mine", "cuda")
        assert list(methods) == ["hybrid", "nnls", "cnn"]
        assert opened == ["mine on cuda"]
        assert isinstance(methods["hybrid"], Hybrid)
        assert methods["hybrid"].explained is methods["cnn"]

    def test_unknown_method_names_those_there_are(self, toy: Plugin, fitted: Plugin) -> None:
        library = open_library(toy)
        with pytest.raises(SettingError, match=r"found 'hybrit'; wanted one of hybrid, .*own\. Did you mean hybrid"):
            open_methods(fitted, ["hybrit"], library)
        with pytest.raises(SettingError, match="wanted one of cnn, nnls, poisson"):
            open_methods(toy, ["own"], library)

    def test_fits_of_a_technique_that_renders_for_a_parameter_serve_every_value(
        self, thirdparty: Path, toy: Plugin, tmp_path: Path
    ) -> None:
        del thirdparty
        tuned = replace(toy, technique=tunable())
        assert isinstance(open_methods(tuned, ["nnls"], open_library(tuned))["nnls"], Sourced)
        assert isinstance(open_methods(toy, ["nnls"], open_library(toy))["nnls"], LeastSquares)
        measured = RenderedLibrary(tuned.technique).dataset.assign_attrs(source="measured")
        measured.to_netcdf(tmp_path / "measured.nc")
        stored = open_library(tuned, tmp_path / "measured.nc")
        assert isinstance(open_methods(tuned, ["nnls"], stored)["nnls"], LeastSquares)

    def test_hybrid_of_a_technique_without_a_fit(self, toy: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
        stub = LeastSquares(toy.technique, open_library(toy))
        monkeypatch.setattr(opening, "open_model", lambda *_: stub)
        with pytest.raises(SettingError, match=r"toy: technique states no settings of a fit; wanted Technique\.fit"):
            open_methods(toy, ["hybrid"], open_library(toy))


def test_an_instrument_does_not_go_with_measured_spectra(toy: Plugin, tmp_path: Path) -> None:
    measured = open_library(toy).save(tmp_path / "measured.nc")
    assert open_library(toy, measured).elements
    with pytest.raises(SettingError, match="contain their instrument already"):
        open_library(toy, measured, tmp_path / "sem.json")
