"""Synthetic spectra in zarr stores: the same as in a file, written by several processes, resumed, and learned from."""

from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from specquant import contracts
from specquant.cluster import several
from specquant.errors import OutputError, ReadError
from specquant.library import RenderedLibrary
from specquant.synthesizer import BLOCK, FixedSpectra, RecipeSynthesizer, storing, write_spectra
from specquant.technique import Technique
from specquant.zarrstores import unfinished_beside, unfinished_store

pytest.importorskip("zarr")

SAMPLES = 2 * BLOCK + 30
TERMS = {"--seed": "1"}


@pytest.fixture
def made(toy: Technique) -> RecipeSynthesizer:
    return RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["field"], 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_store_holds_what_a_file_holds(made: RecipeSynthesizer, tmp_path: Path, jobs: int) -> None:
    done: list[int] = []
    with several(jobs) as applied:
        for name in ("spectra.zarr", "spectra.nc"):
            write_spectra(made, SAMPLES, tmp_path / name, "toy", {"seed": 1}, done.append, TERMS, applied)
    file = contracts.load(tmp_path / "spectra.nc", "SPECTRA")
    with xr.open_zarr(tmp_path / "spectra.zarr", chunks=None, consolidated=False) as store:
        assert store.attrs == file.attrs
        assert set(store.variables) == set(file.variables)
        for name, variable in file.variables.items():
            np.testing.assert_array_equal(store[name].values.astype(variable.dtype), variable.values)
    assert done == [BLOCK, 2 * BLOCK, SAMPLES] * 2
    assert {path.name for path in tmp_path.iterdir()} == {"spectra.nc", "spectra.zarr"}


def test_an_interrupted_store_goes_on(made: RecipeSynthesizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, usual = tmp_path / "spectra.zarr", storing._Storing.__call__
    blocks: list[int] = []

    def broken(self: storing._Storing, block: tuple[int, int]) -> int:
        blocks.append(block[0])
        if len(blocks) == 2:
            raise KeyboardInterrupt
        return usual(self, block)

    monkeypatch.setattr(storing._Storing, "__call__", broken)
    with pytest.raises(KeyboardInterrupt):
        write_spectra(made, SAMPLES, path, "toy", {}, terms=TERMS)
    assert not path.exists()
    assert unfinished_beside(path).is_dir()
    write_spectra(made, SAMPLES, path, "toy", {}, terms=TERMS)
    assert blocks == [BLOCK, 2 * BLOCK, 2 * BLOCK]
    write_spectra(made, SAMPLES, tmp_path / "whole.zarr", "toy", {})
    with (
        xr.open_zarr(path, chunks=None, consolidated=False) as one,
        xr.open_zarr(tmp_path / "whole.zarr", chunks=None, consolidated=False) as other,
    ):
        xr.testing.assert_equal(one.load(), other.load())


def test_a_network_learns_the_same_from_both(made: RecipeSynthesizer, toy: Technique, tmp_path: Path) -> None:
    sets = [
        FixedSpectra(write_spectra(made, SAMPLES, tmp_path / name, "toy", {}), toy, seed=3)
        for name in ("spectra.nc", "spectra.zarr")
    ]
    one, other = (each.training_block(1) for each in sets)
    for name in ("counts", "observed", "fraction"):
        assert torch.equal(getattr(one, name), getattr(other, name))
    assert torch.equal(one.stated.isnan(), other.stated.isnan())
    one, other = (next(each.validation_blocks()) for each in sets)
    assert torch.equal(one.counts, other.counts)


def test_what_is_no_store_is_neither_read_nor_replaced(toy: Technique, tmp_path: Path) -> None:
    folder = tmp_path / "mine.zarr"
    folder.mkdir()
    (folder / "thesis.txt").write_text("all of it")
    with pytest.raises(ReadError, match="not a readable zarr store"):
        FixedSpectra(folder, toy, 1)
    with pytest.raises(OutputError, match="not replaced"), unfinished_store(folder) as unfinished:
        unfinished.mkdir()
    assert (folder / "thesis.txt").exists()
    assert len(list(tmp_path.iterdir())) == 1
