"""Work on a dask cluster: of files, and of synthetic spectra; maps are in maps/test_maps.py."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from clusters import cluster_of

pytest.importorskip("distributed")

_MAIN = "from specquant.cli import main; main()"


@pytest.fixture(scope="module")
def address(toy_environment):
    with cluster_of(1, toy_environment) as address:
        yield address


def run(words: list[str], environment: dict[str, str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _MAIN, *words], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def test_files_are_quantified_as_by_one_process(address, toy_environment, tmp_path):
    axis, chance = np.arange(0.0, 200.0), np.random.default_rng(1)
    files = [tmp_path / f"{number}.csv" for number in range(4)]
    for path in files[:3]:
        counts = chance.poisson(3e3 * np.exp(-0.5 * ((axis - 52) / 2) ** 2) + 50)
        path.write_text("\n".join(["energy,counts", *(f"{e},{c}" for e, c in zip(axis, counts, strict=True))]))
    files[3].write_text("nothing")
    words = ["quantify", "-t", "toy", "--method", "nnls", *(path.name for path in files)]
    alone = run([*words, "--out", "alone.csv"], toy_environment, tmp_path)
    shared = run([*words, "--out", "shared.csv", "--scheduler", address], toy_environment, tmp_path)
    assert shared.stdout == alone.stdout
    assert shared.returncode == alone.returncode
    assert "3.csv" in shared.stderr
    assert (tmp_path / "shared.csv").read_text() == (tmp_path / "alone.csv").read_text()


def test_synthetic_spectra_are_written_by_workers(address, toy_environment, tmp_path):
    pytest.importorskip("zarr")
    words = ["synthesize", "-t", "toy", "--samples", "600", "--out"]
    for out, more in (("one.nc", []), ("two.zarr", ["--scheduler", address])):
        done = run([*words, str(tmp_path / out), *more], toy_environment)
        assert done.returncode == 0, done.stderr
    with (
        xr.open_dataset(tmp_path / "one.nc") as file,
        xr.open_zarr(tmp_path / "two.zarr", chunks=None, consolidated=False) as store,
    ):
        np.testing.assert_array_equal(file["counts"].values, store["counts"].values)
        np.testing.assert_array_equal(file["fraction"].values, store["fraction"].values)


def test_a_cluster_that_is_not_there_is_said_by_the_command(toy_environment, tmp_path):
    words = ["synthesize", "-t", "toy", "--samples", "10", "--out", str(tmp_path / "x.nc")]
    done = run([*words, "--scheduler", "tcp://127.0.0.1:1"], toy_environment)
    assert done.returncode == 1
    assert "no cluster answers" in done.stderr
