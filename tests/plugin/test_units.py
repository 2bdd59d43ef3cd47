"""A technique on an axis in nanometres: the unit is in pictures, tables, messages and files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from commandline import Shell
from specquant import contracts
from specquant.errors import ContractError, SpecquantError, SpectrumError
from specquant.explainers import LineWindowLime, PeakProbe
from specquant.fits import LeastSquares
from specquant.library import RenderedLibrary, StoredLibrary
from specquant.readers import load_spectra, on_axis
from specquant.report.energyscale import EnergyScale
from specquant.spectra import Spectra
from specquant.synthesizer import RecipeSynthesizer
from specquant.technique import EnergyAxis, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture(scope="module")
def light(toy_is_installed: None) -> Technique:  # noqa: ARG001
    from specquant.discovery import load_technique

    return replace(load_technique("toy"), axis=EnergyAxis(0.0, 200.0, 1.0, label="Wavelength", unit="nm"))


@pytest.fixture(scope="module")
def drawn(light: Technique) -> xr.Dataset:
    return RecipeSynthesizer(light, RenderedLibrary(light), light.recipe("article"), seed=1).spectra(0, 2)


def test_files_hold_the_unit(light: Technique, drawn: xr.Dataset, tmp_path: Path) -> None:
    library = RenderedLibrary(light)
    assert library.dataset["energy"].attrs["units"] == "nm"
    assert library.dataset["density"].attrs["units"] == "1/nm"
    assert drawn["energy"].attrs == {"units": "nm", "long_name": "Wavelength"}
    measured = Spectra.of(drawn, light, "here").to_dataset(light)
    assert measured["energy"].attrs["units"] == "nm"
    assert StoredLibrary(library.save(tmp_path / "library.nc"), light).dataset["energy"].attrs["units"] == "nm"
    path = contracts.save(measured, "SPECTRA", tmp_path / "spectra.nc")
    assert np.allclose(load_spectra(path, light).counts, drawn["counts"].values)


def test_a_file_in_another_unit_is_refused(light: Technique, drawn: xr.Dataset, tmp_path: Path) -> None:
    other = replace(light, axis=replace(light.axis, unit="eV"))
    with pytest.raises(ContractError, match="energy unit; found nm; wanted eV"):
        Spectra.of(drawn, other, "here")
    path = contracts.save(Spectra.of(drawn, light, "here").to_dataset(light), "SPECTRA", tmp_path / "spectra.nc")
    with pytest.raises(SpecquantError, match="energies in another unit; found nm; wanted eV"):
        load_spectra(path, other)
    library = RenderedLibrary(light).save(tmp_path / "library.nc")
    with pytest.raises(ContractError, match="energy unit; found nm; wanted eV"):
        _ = StoredLibrary(library, other).dataset


def test_messages_name_the_unit(light: Technique) -> None:
    from specquant.technique import RawSpectrum

    short = RawSpectrum("short", np.arange(0.0, 20.0), np.arange(1.0, 21.0))
    with pytest.raises(SpectrumError, match=r"0 to 19 nm, 20 of 201 channels; wanted at least 20 % of 0 to 200 nm"):
        on_axis([short], light, "here")


def test_pictures_name_the_unit(light: Technique) -> None:
    scale = EnergyScale(light.axis)
    assert (scale.unit, scale.text(112.0)) == ("nm", "112 nm")
    assert EnergyScale(replace(light.axis, stop=9000.0, step=10.0)).unit == "nm"
    fine = EnergyScale(EnergyAxis(0.0, 2.0, 0.01, unit="nm"))
    assert fine.text(1.25) == "1.25 nm"


def test_explanations_name_the_unit(light: Technique, drawn: xr.Dataset) -> None:
    quantifier = LeastSquares(light, RenderedLibrary(light))
    assert PeakProbe().explain(quantifier)["probe_energy"].attrs["units"] == "nm"
    window = LineWindowLime(samples=20).explain(quantifier, drawn.isel(sample=slice(1)))
    assert window["start"].attrs["units"] == "nm"


def test_lines_are_printed_in_the_unit(shell: Shell) -> None:
    assert "energy/eV" in shell("library", "-t", "toy", "-e", "Li").out


def test_a_padded_axis_keeps_its_unit(light: Technique) -> None:
    assert light.axis.padded(10.0).unit == "nm"
    assert light.axis.span == "0 to 200 nm"


@pytest.mark.parametrize(
    ("energy", "message"),
    [
        (
            np.arange(5000.0, 12000.0, 10.0),
            r"covers too little.* If it is in angstrom, say so .*: Wavelength \(angstrom\)\.",
        ),
        (
            np.arange(0.0, 200000.0, 1000.0),
            r"has too few channels on the axis; found 1 of its channels, .*; wanted 10 in",
        ),
        (np.arange(300.0, 400.0, 1.0), r"covers too little of the axis; .* Give a survey, with its axis in nm\."),
    ],
)
def test_an_axis_in_another_unit_is_guessed_in_the_message(light: Technique, energy: np.ndarray, message: str) -> None:
    from specquant.technique import RawSpectrum

    technique = replace(light, axis=replace(light.axis, start=500.0, stop=1200.0)) if energy[0] == 5000.0 else light
    with pytest.raises(SpectrumError, match=message):
        on_axis([RawSpectrum("one", energy, np.arange(1.0, energy.size + 1))], technique, "here")
