from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.explainers.reconstruction import Reconstruction, unexplained
from specquant.library import MixedLibrary, RenderedLibrary, pure_spectra
from specquant.spectra import Spectra
from specquant.technique import Floats

SEEN = np.ones(201, dtype=bool)
HALF = np.array([0.0, 0.0, 0.5, 0.0, 0.0, 0.5])


def one(counts: Floats, *stated: float) -> Spectra:
    return Spectra(counts[None], SEEN[None], np.array([stated]))


@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_linear_mixture_and_its_shift_are_found_again(thirdparty: Path, shift: float) -> None:  # noqa: ARG001
    toy = load_plugin("toy").technique
    library = RenderedLibrary(toy)
    counts = 1e4 * np.interp(toy.axis.centres - shift, toy.axis.centres, HALF @ pure_spectra(toy, library))
    rebuilt, found = Reconstruction(toy, library).of(HALF, one(counts))
    assert found == pytest.approx(shift)
    assert unexplained(rebuilt.total, counts, SEEN) < 0.01


def test_mixture_by_a_law_is_rebuilt_with_what_is_stated(thirdparty: Path) -> None:  # noqa: ARG001
    bulk = load_plugin("bulk").technique
    library = RenderedLibrary(bulk)
    counts = 1e4 * MixedLibrary(bulk, library).spectrum(HALF, bulk.defaults() | {"voltage": 20.0})
    rebuilt, _ = Reconstruction(bulk, library).of(HALF, one(counts, 20.0, np.nan))
    assert unexplained(rebuilt.total, counts, SEEN) < 1e-4
    otherwise, _ = Reconstruction(bulk, library).of(HALF, one(counts, 5.0, np.nan))
    assert unexplained(otherwise.total, counts, SEEN) > 0.02
