"""An instrument parameter may be called like a variable, a coordinate, a nuisance or an attribute of the files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from torch import Tensor

from specquant import contracts
from specquant.discovery import load_technique
from specquant.fits import LeastSquares
from specquant.learning import NetworkQuantifier, TrainingPlan, TrainingSet, train_network
from specquant.library import LibraryShelf, RenderedLibrary, StoredLibrary
from specquant.quantifiers import PerInstrument
from specquant.readers import load_spectra
from specquant.recipes import Normal, Uniform
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, FixedSpectra, synthesizer_of, write_spectra
from specquant.technique import Mixing, Technique
from specquant.validation import validate_technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

TAKEN = ("global_shift", "counts", "sample", "parameter", "technique")
SEED = 5


def technique(name: str) -> Technique:
    """Return the technique ``bulk`` with its voltage under another name."""
    bulk = load_technique("bulk")
    voltage, *others = bulk.parameters

    def mixing(elements: Sequence[str], labels: Sequence[str]) -> Mixing:
        assert bulk.mixing is not None
        law = bulk.mixing(elements, labels)

        class Renamed:
            def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
                return law.yields(fraction, {"voltage": values[name]})

        return Renamed()

    recipe = replace(
        bulk.recipe("bulk"),
        response={name: Uniform(5.0, 20.0)},
        unstated={name: 0.25},
        global_shift=Normal(0.0, 1.0),
        background_level=Uniform(0.0, 0.1),
    )
    parameters = (replace(voltage, name=name), *others)
    return replace(bulk, parameters=parameters, mixing=mixing, recipes={"bulk": recipe})


@pytest.fixture(params=TAKEN)
def renamed(request: pytest.FixtureRequest, toy_is_installed: None) -> Technique:  # noqa: ARG001
    return technique(request.param)


def synthesizer(renamed: Technique):  # type: ignore[no-untyped-def]
    return synthesizer_of(renamed, RenderedLibrary(renamed), renamed.recipe("bulk"), SEED)


def plain():  # type: ignore[no-untyped-def]
    """Return the synthesizer of the same spectra where the parameter has a name of its own."""
    return synthesizer(technique("voltage"))


def test_the_technique_is_valid(renamed: Technique) -> None:
    validate_technique(renamed)


def test_the_library_keeps_its_value(renamed: Technique, tmp_path: Path) -> None:
    library = RenderedLibrary(renamed, {renamed.parameters[0].name: 12.0})
    stored = StoredLibrary(library.save(tmp_path / "library.nc"), renamed)
    assert stored.parameters == library.parameters == {renamed.parameters[0].name: 12.0, "leak": 0.0, "angle": 40.0}
    assert (stored.origin, stored.elements) == ("rendered", renamed.elements)


def test_spectra_are_the_same_in_memory_and_in_a_file(renamed: Technique, tmp_path: Path) -> None:
    drawn, expected = synthesizer(renamed).spectra(0, 300), plain().spectra(0, 300)
    path = write_spectra(synthesizer(renamed), 300, tmp_path / "s.nc", renamed.name, {"recipe": "bulk"})
    stored = contracts.load(path, "SPECTRA")
    for name in expected.variables:
        if name not in ("parameter", "instrument_parameter"):
            np.testing.assert_array_equal(drawn[name].values, expected[name].values, err_msg=str(name))
    xr.testing.assert_equal(stored.drop_attrs(), drawn.drop_attrs())
    values = drawn["parameter_value"].sel(instrument_parameter=renamed.parameters[0].name).values
    assert 5.0 <= values.min() < 6.0 < 19.0 < values.max() <= 20.0
    assert drawn["global_shift"].dims == ("sample",)
    assert (drawn["global_shift"].values < 0).any()
    assert drawn["background_level"].values.max() <= 0.1


def test_what_is_stated_is_read_back(renamed: Technique, tmp_path: Path) -> None:
    name = renamed.parameters[0].name
    path = write_spectra(synthesizer(renamed), 40, tmp_path / "s.nc", renamed.name, {})
    dataset = contracts.load(path, "SPECTRA")
    spectra = Spectra.of(dataset, renamed, "here")
    known = np.isfinite(spectra.stated[:, 0])
    drawn = dataset["parameter_value"].sel(instrument_parameter=name).values
    np.testing.assert_array_equal(spectra.stated[known, 0], drawn[known])
    assert 0 < known.sum() < 40
    np.testing.assert_array_equal(spectra.parameters(renamed)[name], np.where(known, drawn, 10.0))
    again = Spectra.of(spectra.to_dataset(renamed), renamed, "here")
    np.testing.assert_array_equal(again.stated, spectra.stated)
    read = load_spectra(_all_stated(dataset, path), renamed)
    np.testing.assert_array_equal(read.stated[:, 0], drawn)
    np.testing.assert_array_equal(read.counts, spectra.counts)


def _all_stated(dataset: xr.Dataset, path: Path) -> Path:
    """Write the file again, with nothing left unstated: the parameter is required of measured spectra."""
    stated = dataset["parameter_value"].sel(instrument_parameter=dataset["parameter"].values).values
    return contracts.save(dataset.assign(stated=(("sample", "parameter"), stated)), "SPECTRA", path)


def test_methods_answer_as_under_a_name_of_its_own(renamed: Technique) -> None:
    ordinary = technique("voltage")
    spectra = Spectra.of(synthesizer(renamed).spectra(0, 20), renamed, "here")
    expected = Spectra.of(plain().spectra(0, 20), ordinary, "here")
    answer = LeastSquares(renamed, RenderedLibrary(renamed)).answer(spectra)
    np.testing.assert_array_equal(
        answer.fraction, LeastSquares(ordinary, RenderedLibrary(ordinary)).answer(expected).fraction
    )
    each = PerInstrument(LibraryShelf(renamed, RenderedLibrary(renamed)), LeastSquares).quantify(spectra)
    np.testing.assert_array_equal(each["fraction"].values, answer.fraction)


def test_a_network_learns_with_it(renamed: Technique, tmp_path: Path) -> None:
    name = renamed.parameters[0].name
    fresh = TrainingSet.of_recipe(renamed, RenderedLibrary(renamed), renamed.recipe("bulk"), SEED, validation_blocks=1)
    assert (min(fresh.ranges[name]), max(fresh.ranges[name])) == pytest.approx((5.0, 20.0), abs=0.1)
    model = train_network(renamed, fresh, TrainingPlan(BLOCK, seed=SEED))
    loaded = NetworkQuantifier.load(model.save(tmp_path / "m.safetensors"), renamed)
    assert loaded.card == model.card
    assert loaded.card.stated == (name, "angle")
    spectra = Spectra.of(synthesizer(renamed).spectra(0, 5), renamed, "here")
    np.testing.assert_allclose(loaded.answer(spectra).fraction, model.answer(spectra).fraction, atol=1e-4)


def test_a_fixed_set_has_it(renamed: Technique, tmp_path: Path) -> None:
    path = write_spectra(synthesizer(renamed), 20, tmp_path / "s.nc", renamed.name, {})
    stored = contracts.load(path, "SPECTRA")
    block = FixedSpectra(path, renamed, SEED).training_block(0)
    for counts, stated in zip(block.counts.numpy(), block.stated.numpy(), strict=True):
        (row,) = np.flatnonzero((stored["counts"].values == counts).all(axis=1))
        np.testing.assert_array_equal(stated, stored["stated"].values[row])
