from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from specquant import contracts
from specquant.discovery import load_plugin
from specquant.library import RenderedLibrary
from specquant.recipes import Uniform
from specquant.synthesizer import BLOCK, Batch, RecipeSynthesizer, Synthesizer, write_spectra
from specquant.technique import Technique

SAMPLES = BLOCK + 44


@pytest.fixture
def made(toy: Technique) -> RecipeSynthesizer:
    recipe = replace(toy.recipes["field"], low_end=Uniform(0.0, 20.0), group_shift={"main": Uniform(-1.0, 1.0)})
    return RecipeSynthesizer(toy, RenderedLibrary(toy), recipe, 7)


class Broken(Synthesizer):
    """Fails in its second block."""

    def __init__(self, whole: Synthesizer, error: BaseException) -> None:
        self.elements, self.axis, self.whole, self.error = whole.elements, whole.axis, whole, error

    def block(self, index: int) -> Batch:
        if index:
            raise self.error
        return self.whole.block(index)


def test_the_file_holds_the_spectra(made: RecipeSynthesizer, tmp_path: Path) -> None:
    path = write_spectra(made, SAMPLES, tmp_path / "spectra.nc", "toy", {})
    read, expected = contracts.load(path, "SPECTRA"), made.spectra(0, SAMPLES)
    assert set(read.variables) == set(expected.variables)
    for name in expected.variables:
        xr.testing.assert_identical(read[name].variable, expected[name].variable)


def test_the_file_holds_the_drawn_parameters(thirdparty: Path, tmp_path: Path) -> None:  # noqa: ARG001
    bulk = load_plugin("bulk").technique
    made = RecipeSynthesizer(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 7)
    read = contracts.load(write_spectra(made, 20, tmp_path / "spectra.nc", "bulk", {}), "SPECTRA")
    assert read["instrument_parameter"].values.tolist() == list(bulk.defaults())
    drawn = made.batch(0, 20).parameters["voltage"]
    np.testing.assert_allclose(read["parameter_value"].sel(instrument_parameter="voltage"), drawn, rtol=1e-6)


def test_types_survive(made: RecipeSynthesizer, tmp_path: Path) -> None:
    read = contracts.load(write_spectra(made, 5, tmp_path / "spectra.nc", "toy", {}), "SPECTRA")
    assert read["observed"].dtype == bool
    assert read["counts"].dtype == np.float32
    assert read["element"].values.tolist() == list(made.elements)
    assert read["sample"].values.tolist() == ["0", "1", "2", "3", "4"]


def test_provenance_is_written(made: RecipeSynthesizer, tmp_path: Path) -> None:
    path = write_spectra(made, 5, tmp_path / "spectra.nc", "toy", {"recipe": "field", "seed": 7})
    attrs = contracts.load(path, "SPECTRA").attrs
    assert (attrs["technique"], attrs["recipe"], attrs["seed"], attrs["origin"]) == ("toy", "field", 7, "synthetic")
    assert (attrs["contract"], attrs["format"]) == ("SPECTRA", contracts.FORMAT)
    assert "specquant_version" in attrs


def test_spectra_are_stored_in_chunks_of_rows(made: RecipeSynthesizer, tmp_path: Path) -> None:
    with netCDF4.Dataset(write_spectra(made, SAMPLES, tmp_path / "spectra.nc", "toy", {})) as file:
        assert file["counts"].chunking() == [64, made.axis.size]
        assert file["counts"].filters()["zlib"]


def test_progress_counts_spectra(made: RecipeSynthesizer, tmp_path: Path) -> None:
    reported: list[int] = []
    write_spectra(made, SAMPLES, tmp_path / "spectra.nc", "toy", {}, reported.append)
    assert reported == [BLOCK, SAMPLES]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("in the middle")], ids=["interrupted", "failed"])
def test_what_ends_in_the_middle_leaves_nothing(made: RecipeSynthesizer, tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        write_spectra(Broken(made, error), SAMPLES, tmp_path / "spectra.nc", "toy", {})
    assert not list(tmp_path.iterdir())
