from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import xarray as xr

from specquant import contracts
from specquant.discovery import load_plugin
from specquant.errors import ContractError, ReadError
from specquant.library import RenderedLibrary
from specquant.synthesizer import BLOCK, Batch, FixedSpectra, RecipeSynthesizer, write_spectra
from specquant.technique import EnergyAxis, Technique

SAMPLES = 3 * BLOCK


@pytest.fixture
def made(toy: Technique) -> RecipeSynthesizer:
    return RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["field"], 1)


@pytest.fixture
def path(made: RecipeSynthesizer, tmp_path: Path) -> Path:
    return write_spectra(made, SAMPLES, tmp_path / "spectra.nc", "toy", {})


def who(batch: Batch, spectra: xr.Dataset) -> list[int]:
    """Return the numbers of the spectra in a batch, in its order."""
    numbers = {row.tobytes(): number for number, row in enumerate(spectra["counts"].values)}
    return [numbers[row.numpy().tobytes()] for row in batch.counts]


def test_eight_in_ten_are_learned_from_and_the_rest_validates(
    toy: Technique, made: RecipeSynthesizer, path: Path
) -> None:
    fixed, spectra = FixedSpectra(path, toy, seed=1), made.spectra(0, SAMPLES)
    validation = {number for batch in fixed.validation_blocks() for number in who(batch, spectra)}
    assert len(validation) == SAMPLES - int(0.8 * SAMPLES)
    learned = {number for index in range(40) for number in who(fixed.training_block(index), spectra)}
    assert learned == set(range(SAMPLES)) - validation


def test_epochs_go_through_the_training_part_in_new_orders(toy: Technique, made: RecipeSynthesizer, path: Path) -> None:
    fixed, spectra = FixedSpectra(path, toy, seed=1), made.spectra(0, SAMPLES)
    per_epoch = int(0.8 * SAMPLES) // BLOCK
    first, second = (
        [who(fixed.training_block(epoch * per_epoch + block), spectra) for block in range(per_epoch)]
        for epoch in range(2)
    )
    for epoch in (first, second):
        drawn = [number for block in epoch for number in block]
        assert len(set(drawn)) == len(drawn) == per_epoch * BLOCK
    assert set(first[0]) != set(second[0])


def test_same_seed_same_split_and_order(toy: Technique, path: Path) -> None:
    one, two, other = (FixedSpectra(path, toy, seed).training_block(3).counts for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_spectra_keep_their_truth(toy: Technique, made: RecipeSynthesizer, path: Path) -> None:
    spectra, batch = made.spectra(0, SAMPLES), FixedSpectra(path, toy, seed=1).training_block(0)
    rows = who(batch, spectra)
    np.testing.assert_array_equal(batch.fraction.numpy(), spectra["fraction"].values[rows])
    np.testing.assert_array_equal(batch.observed.numpy(), spectra["observed"].values[rows])
    assert (batch.counts.dtype, batch.observed.dtype) == (torch.float32, torch.bool)


def test_file_written_by_xarray_is_as_good(toy: Technique, made: RecipeSynthesizer, path: Path, tmp_path: Path) -> None:
    other = contracts.save(made.spectra(0, SAMPLES), "SPECTRA", tmp_path / "other.nc")
    one, two = (FixedSpectra(at, toy, 1).training_block(0) for at in (path, other))
    assert torch.equal(one.counts, two.counts)
    assert torch.equal(one.observed, two.observed)


def test_small_file_gives_what_it_has(toy: Technique, made: RecipeSynthesizer, tmp_path: Path) -> None:
    fixed = FixedSpectra(write_spectra(made, 10, tmp_path / "few.nc", "toy", {}), toy, 1)
    assert len(fixed.training_block(0).counts) == len(fixed.training_block(7).counts) == 8
    assert [len(batch.counts) for batch in fixed.validation_blocks()] == [2]


class TestErrors:
    def test_missing_file(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match=r"no\.nc: no such file"):
            FixedSpectra(tmp_path / "no.nc", toy, 1)

    def test_file_that_is_no_netcdf(self, toy: Technique, tmp_path: Path) -> None:
        (tmp_path / "bad.nc").write_text("energy,counts\n")
        with pytest.raises(ReadError, match="is not a readable netCDF file"):
            FixedSpectra(tmp_path / "bad.nc", toy, 1)

    def test_truncated_file(self, toy: Technique, path: Path) -> None:
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(ReadError, match="is not a readable netCDF file"):
            FixedSpectra(path, toy, 1)

    def test_counts_of_another_file_are_refused(self, toy: Technique, path: Path, tmp_path: Path) -> None:
        with h5py.File(path, "a") as file:
            del file["counts"]
            file["counts"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "counts")
        with pytest.raises(ReadError, match="links to another file"):
            FixedSpectra(path, toy, 1)

    def test_too_few_to_split(self, toy: Technique, made: RecipeSynthesizer, tmp_path: Path) -> None:
        path = write_spectra(made, 1, tmp_path / "one.nc", "toy", {})
        with pytest.raises(ContractError, match="too few spectra to split; found 1; wanted at least 5"):
            FixedSpectra(path, toy, 1)

    @pytest.mark.parametrize(
        ("spoil", "message"),
        [
            (lambda spectra: spectra.drop_vars("fraction"), "file lacks variables; found no fraction"),
            (lambda spectra: spectra.isel(energy=slice(0, 100)), "another energy axis; found 100 channels"),
            (lambda spectra: spectra.assign_coords(element=list("ABCDEF")), "file holds other elements"),
        ],
        ids=["no truth", "axis", "elements"],
    )
    def test_file_of_something_else(
        self,
        toy: Technique,
        made: RecipeSynthesizer,
        tmp_path: Path,
        spoil: Callable[[xr.Dataset], xr.Dataset],
        message: str,
    ) -> None:
        path = contracts.save(spoil(made.spectra(0, 20)), "SPECTRA", tmp_path / "other.nc")
        with pytest.raises(ContractError, match=message):
            FixedSpectra(path, toy, 1)

    def test_technique_with_a_shifted_axis(self, toy: Technique, path: Path) -> None:
        with pytest.raises(ContractError, match="another energy axis"):
            FixedSpectra(path, replace(toy, axis=EnergyAxis(1.0, 201.0, 1.0)), 1)


class TestStated:
    @pytest.fixture
    def bulk(self, thirdparty: Path) -> Technique:  # noqa: ARG002
        return load_plugin("bulk").technique

    @pytest.fixture
    def spectra(self, bulk: Technique) -> xr.Dataset:
        return RecipeSynthesizer(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 1).spectra(0, 40)

    def test_it_is_read_by_name(self, bulk: Technique, spectra: xr.Dataset, tmp_path: Path) -> None:
        path = contracts.save(spectra.isel(parameter=[1, 0]), "SPECTRA", tmp_path / "bulk.nc")
        batch = FixedSpectra(path, bulk, 1).training_block(0)
        np.testing.assert_array_equal(batch.stated.numpy(), spectra["stated"].values[who(batch, spectra)])
        assert batch.stated[:, 0].isnan().any()

    def test_what_the_file_lacks_is_not_known(self, bulk: Technique, spectra: xr.Dataset, tmp_path: Path) -> None:
        bare = spectra.drop_vars(["stated", "parameter"])
        batch = FixedSpectra(contracts.save(bare, "SPECTRA", tmp_path / "bulk.nc"), bulk, 1).training_block(0)
        assert batch.stated.shape == (32, 2)
        assert batch.stated.isnan().all()

    def test_synthesized_file_is_the_same(self, bulk: Technique, spectra: xr.Dataset, tmp_path: Path) -> None:
        made = RecipeSynthesizer(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 1)
        path = write_spectra(made, 40, tmp_path / "bulk.nc", "bulk", {})
        xr.testing.assert_equal(contracts.load(path, "SPECTRA")["stated"], spectra["stated"])
