"""From a file to SPECTRA on a technique's axis in one call."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.readers.checking import check_raw
from specquant.readers.opening import read_file
from specquant.readers.placing import place
from specquant.readers.stating import check_given, stated_values, with_given
from specquant.technique import Floats, RawSpectrum, Reader, Technique


def load_spectra(
    path: Path,
    technique: Technique,
    readers: Sequence[Reader] = (),
    given: Mapping[str, float] | None = None,
    correct: Callable[[RawSpectrum], RawSpectrum] | None = None,
) -> xr.Dataset:
    """Read a file, bring its spectra to the technique's energy scale and put them on its axis.

    Where the technique has stated parameters, the dataset has ``stated(sample, parameter)``: what the header says, or
    `given`; NaN where neither does.

    Parameters
    ----------
    path, technique, readers
        The file, for which technique, and the plug-in's readers.
    given
        Instrument parameters that the user states; they win over the header, which is told in ``header``.
    correct
        What is done to every spectrum once it is on the technique's energy scale, such as taking an offset off.

    Raises
    ------
    ReadError
        If the file cannot be read.
    SpectrumError
        If a spectrum in it cannot be used, or lacks a required parameter.
    SettingError
        If what is given is no parameter of the technique, or out of its range.
    """
    known = check_given(given or {}, technique)
    raws = read_file(path, readers)
    stated: list[Floats] = []

    def oriented() -> Iterator[RawSpectrum]:
        for raw in raws:
            told = with_given(raw, known, technique)
            turned = told if technique.orient is None else _oriented(told, technique, path)
            if len(raws) > 1 and "y" in raw.attrs and not turned.counts.any():
                continue  # a pixel of a map with nothing but noise below the axis
            turned = turned if correct is None else correct(turned)
            where = f"{path}, spectrum {raw.name!r}"
            stated.append(stated_values({**told.attrs, **turned.attrs}, technique, where))
            yield turned

    dataset = place(oriented(), technique.axis, path, len(raws))
    if not technique.stated:
        return dataset
    names = [parameter.name for parameter in technique.stated]
    dataset = dataset.assign(stated=(("sample", "parameter"), np.array(stated))).assign_coords(parameter=names)
    return contracts.check(dataset, "SPECTRA", str(path))


def _oriented(raw: RawSpectrum, technique: Technique, path: Path) -> RawSpectrum:
    assert technique.orient is not None
    check_raw(raw, path)
    return technique.orient(raw)
