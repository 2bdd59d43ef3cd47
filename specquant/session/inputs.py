"""What can be quantified: files, arrays, xarray objects, and spectra that are on the axis already."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from specquant.discovery import Plugin
from specquant.errors import SettingError, SpecquantError, SpectrumError
from specquant.readers import Correction, check_given, load_spectra, on_axis
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, RawSpectrum
from specquant.technique.units import unit_factor, units_like
from specquant.terminal import storable


@dataclass(frozen=True)
class ReadInput:
    """An input that is read already: its name, and its spectra or why it cannot be used."""

    file: str
    outcome: Spectra | SpecquantError


Input = str | Path | xr.Dataset | xr.DataArray | Spectra | tuple[Any, Any] | ReadInput
"""A path; SPECTRA; counts with a coordinate ``energy``; spectra on the axis; (energy, counts); or any of them, read."""


def whole_count(count: object, where: str) -> int:
    """Return a number of threads or processes, once it is known to be one.

    Raises
    ------
    SettingError
        If it is not a whole number from 1 on.
    """
    if not isinstance(count, Integral) or isinstance(count, bool) or count < 1:
        raise SettingError(f"is not a number of {where}", where=where, found=repr(count), wanted="1, 2 or more")
    return int(count)


def whole_path(given: Input) -> Input:
    """Return a path from the root, as processes in other folders need it, and any other input as it is."""
    return Path(given).absolute() if isinstance(given, str | Path) else given


def name_of(given: Input) -> str:
    """Return what an input is called that cannot be used: a file by its path, anything else an array."""
    if isinstance(given, ReadInput):
        return given.file
    return storable(str(given)) if isinstance(given, str | Path) else "array"


def read_input(
    given: Input, plugin: Plugin, stated: Mapping[str, float], correct: Correction | None
) -> tuple[str, Spectra]:
    """Return the name and the spectra of an input, on the technique's axis.

    What the user states wins over files; spectra that are on the axis already are not corrected.

    Raises
    ------
    SpecquantError
        If it cannot be read, or holds no usable spectrum.
    SettingError
        If it is nothing that can be quantified.
    """
    if isinstance(given, ReadInput):
        if isinstance(given.outcome, SpecquantError):
            raise given.outcome
        return given.file, given.outcome
    technique = plugin.technique
    if isinstance(given, str | Path):
        return storable(str(given)), load_spectra(Path(given), technique, plugin.readers, stated, correct)
    if isinstance(given, Spectra | xr.Dataset):
        spectra = given if isinstance(given, Spectra) else Spectra.of(given, technique, "dataset")
        return "spectra", spectra.stating(check_given(stated, technique), technique)
    raws = _from_array(given, technique.axis) if isinstance(given, xr.DataArray) else _from_pair(given)
    return "array", on_axis(raws, technique, "array", stated, correct)


def is_paths(given: object) -> bool:
    """Return whether something is a tuple of paths, and no pair of arrays."""
    return isinstance(given, tuple) and all(isinstance(item, str | Path) for item in given)


def _from_pair(pair: object) -> list[RawSpectrum]:
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise SettingError(
            "cannot be quantified",
            found=type(pair).__name__,
            wanted="a path, several paths in a list, a pair (energy, counts), or an xarray object",
            todo="Give energies and counts as a tuple: (energy, counts)." if hasattr(pair, "ndim") else None,
        )
    if any(map(np.ma.is_masked, pair)):
        raise SpectrumError("some channels are masked", where="array", todo="Cut them out of energy and counts.")
    try:
        kinds = [np.asarray(values).dtype for values in pair]
        if any(dtype.kind not in "biufO" for dtype in kinds):
            raise TypeError(" and ".join(map(str, kinds)))
        energy, counts = (np.asarray(values, dtype=np.float64) for values in pair)
    except (TypeError, ValueError) as error:
        raise SpectrumError("energy and counts are not numbers", where="array", found=error) from error
    return [RawSpectrum("spectrum", energy, counts)]


def _from_array(array: xr.DataArray, axis: EnergyAxis) -> list[RawSpectrum]:
    if "energy" not in array.dims or "energy" not in array.coords:
        raise SpectrumError(
            "array has no energies",
            where="array",
            found=tuple(map(str, array.dims)),
            wanted=f"a coordinate energy, {axis.unit}",
        )
    unit = str(array["energy"].attrs.get("units", axis.unit))
    factor = unit_factor(unit, axis.unit)
    if factor is None:
        wanted = " or ".join(units_like(axis.unit))
        raise SpectrumError("unit of the energy is unknown", where="array", found=unit, wanted=wanted)
    energy = array["energy"].values * factor
    others = [dim for dim in array.dims if dim != "energy"]
    stacked = array.stack(sample=others) if others else array.expand_dims("sample")
    rows = np.asarray(stacked.transpose("sample", "energy").values)
    labels = [str(label) for label in stacked["sample"].values] if others else [str(array.name or "spectrum")]
    return [RawSpectrum(label, energy, row) for label, row in zip(labels, rows, strict=True)]
