"""Speed of what users wait for, kept from version to version as JSON in ``history``.

Run: pytest -m benchmark tests/benchmarks/test_history.py --benchmark-save=VERSION, then pytest-benchmark compare, with
--benchmark-storage=file://tests/benchmarks/history for both.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

import specquant
from specquant.library import RenderedLibrary
from specquant.session.example import write_example
from specquant.synthesizer import RecipeSynthesizer

pytestmark = pytest.mark.benchmark

TECHNIQUES = ("xps", "eds")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("method", ["hybrid", "cnn", "nnls"])
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_quantify_in_an_open_session(technique: str, method: str, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    session = specquant.open(technique)
    path = write_example(session, tmp_path / "example.csv").path
    benchmark.pedantic(session.quantify, (path,), {"method": method}, rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_a_block_of_the_recipe(technique: str, benchmark: BenchmarkFixture) -> None:
    record = specquant.load_technique(technique)
    synthesizer = RecipeSynthesizer(record, RenderedLibrary(record), record.recipe(), seed=1)
    benchmark.pedantic(synthesizer.block, (0,), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_rendering_a_library(technique: str, benchmark: BenchmarkFixture) -> None:
    record = specquant.load_technique(technique)
    benchmark.pedantic(lambda: RenderedLibrary(record).dataset, rounds=2)
