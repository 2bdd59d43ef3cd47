"""From a file to SPECTRA on a technique's axis in one call."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from specquant.readers.opening import read_file
from specquant.readers.placing import check_raw, place
from specquant.technique import RawSpectrum, Reader, Technique


def load_spectra(path: Path, technique: Technique, readers: Sequence[Reader] = ()) -> xr.Dataset:
    """Read a file, bring its spectra to the technique's energy scale and put them on its axis.

    Raises
    ------
    ReadError
        If the file cannot be read.
    SpectrumError
        If a spectrum in it cannot be used.
    """
    return place([_oriented(raw, technique, path) for raw in read_file(path, readers)], technique.axis, path)


def _oriented(raw: RawSpectrum, technique: Technique, path: Path) -> RawSpectrum:
    checked = check_raw(raw, path)
    return checked if technique.orient is None else technique.orient(raw)
