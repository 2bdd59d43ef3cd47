"""The named datasets that pass between the stages, and the checks at each door.

====================  =====================================================  =========================================
contract              variables (dims)                                       units and ranges
====================  =====================================================  =========================================
LIBRARY               density(component, energy), primary(component,         1/eV; element, label, group (component)
                      energy) optional, parameter_value(parameter) optional  element "" for what belongs to none
SPECTRA               counts(sample, energy), observed(sample, energy),      counts >= 0, finite; fraction 0..1 when
                      fraction(sample, element) optional,                    synthetic, with every nuisance drawn;
                      stated(sample, parameter) optional,                    stated: NaN where it is not known
                      parameter_value(sample, instrument_parameter)          parameter_value: as drawn
                      optional, facts(sample) optional                       facts: JSON, see specquant.storedfacts
COMPOSITION           fraction, lower, upper, presence(sample, element),     atomic fraction 0..1, rows sum to 1, or
                      detection_limit(sample, element) optional,             are NaN where nothing is quantified;
                      layer_thickness and layer_thickness_error(sample,      lower, upper, detection_limit, signs,
                      element), axis_shift and axis_shift_error(sample),     layers and shifts may be NaN (not known);
                      signs(sample, sign), verdict(sample),                  layers: unit of the parameter; shifts:
                      reasons(sample), oxide_weight_fraction(sample,         eV; reasons: JSON; oxides: weight
                      element), oxide(element),                              fraction
                      stoichiometric_oxygen(sample) optional
MAP                   counts(..., energy) with any dimensions before the     counts >= 0; read piece by piece, so that
                      channels, such as y and x, stated(parameter) optional  only their type is checked
MAP_COMPOSITION       fraction, error, lower, upper, detection_limit,        atomic fraction 0..1, NaN where nothing
                      weight_fraction(element, ...), verdict, phase,         is quantified; phase: its number, -1 for
                      cell, counts, chi_squared(...),                        none; cell: pixels along the side of the
                      phase_fraction(phase, element) and more                square that was pooled; verdict: flags
ATTRIBUTION           response(probe_energy, element), baseline(element),    atomic fraction 0..1; weight: signed change
                      or weight(sample, element, segment),                   of it; fidelity: weighted R2 of the
                      fidelity, stability(sample, element)                   surrogate, stability: rank correlation of
                                                                             repeats; NaN where there is none
COMPARISON            accuracy(technique, beginning, size, seed),            0..1; NaN where there is none, such as
                      element_accuracy(technique, element, seed),            an element that a technique does not
                      measured(technique, seed), compared(technique,         have; rule: class 1 to 4, 0 for none;
                      compared_with), rule(technique, element)               size: training spectra
====================  =====================================================  =========================================

Energy is in the unit of the technique's axis, mostly eV: channel centres, ascending.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from specquant.errors import ContractError, ReadError, SpecquantError
from specquant.files import atomic_path
from specquant.hdf5 import check_claim, check_netcdf

if TYPE_CHECKING:
    import xarray as xr

FORMAT = 2
"""Version of the files: another one is refused, not half read."""

_CONTRACTS: dict[str, dict[str, tuple[tuple[str, ...], bool]]] = {
    "LIBRARY": {
        "density": (("component", "energy"), True),
        "primary": (("component", "energy"), False),
        "element": (("component",), True),
        "label": (("component",), True),
        "group": (("component",), True),
        "parameter_value": (("parameter",), False),
    },
    "SPECTRA": {
        "counts": (("sample", "energy"), True),
        "observed": (("sample", "energy"), True),
        "fraction": (("sample", "element"), False),
        "candidates": (("sample", "element"), False),
        "required": (("sample", "element"), False),
        "fixed_fraction": (("sample", "element"), False),
        "fixed_weight_fraction": (("sample", "element"), False),
        "fixed_deviation": (("sample", "element"), False),
        "stated": (("sample", "parameter"), False),
        "parameter": (("parameter",), False),
        "parameter_value": (("sample", "instrument_parameter"), False),
        "facts": (("sample",), False),
    },
    "COMPOSITION": {
        "fraction": (("sample", "element"), True),
        "lower": (("sample", "element"), True),
        "upper": (("sample", "element"), True),
        "presence": (("sample", "element"), True),
        "detection_limit": (("sample", "element"), False),
        "layer_thickness": (("sample", "element"), False),
        "layer_thickness_error": (("sample", "element"), False),
        "axis_shift": (("sample",), False),
        "axis_shift_error": (("sample",), False),
        "signs": (("sample", "sign"), False),
        "oxide_weight_fraction": (("sample", "element"), False),
        "oxide": (("element",), False),
        "stoichiometric_oxygen": (("sample",), False),
        "verdict": (("sample",), False),
        "reasons": (("sample",), False),
    },
    "ATTRIBUTION": {
        "response": (("probe_energy", "element"), False),
        "baseline": (("element",), False),
        "weight": (("sample", "element", "segment"), False),
        "fidelity": (("sample", "element"), False),
        "stability": (("sample", "element"), False),
        "fraction": (("sample", "element"), False),
    },
    "COMPARISON": {
        "accuracy": (("technique", "beginning", "size", "seed"), True),
        "element_accuracy": (("technique", "element", "seed"), True),
        "measured": (("technique", "seed"), True),
        "compared": (("technique", "compared_with"), True),
        "rule": (("technique", "element"), True),
    },
}
"""Contract, then variable: its dimensions, and whether it is required."""

_FIXED = {"fixed_fraction", "fixed_weight_fraction", "fixed_deviation"}
"""Variables of fractions that are fixed; NaN where they are free."""

_NAMED = {"stated", "parameter_value", "candidates", "required", "signs", *_FIXED}
"""Variables with a last dimension that needs a coordinate: the names of what they hold."""

_TEXTS = {"element", "label", "group", "parameter", "facts", "oxide", "verdict", "reasons"}
"""Variables that hold texts; all others hold numbers."""

_FLAGS = {"observed", "candidates", "required", "presence"}
"""Variables that say yes or no."""

_NON_NEGATIVE = {"density", "primary", "counts", "fraction"}
"""Variables of 0 or more."""

_ATOMIC_FRACTION = {"fraction", "lower", "upper", "detection_limit", "response", "baseline"}
"""Variables of 0 to 1."""

_ACCURACY = {"accuracy", "element_accuracy", "measured", "compared"}
"""Variables of 0 to 1 that are accuracies."""

_NOT_FINITE = {
    "lower",
    "upper",
    "detection_limit",
    "layer_thickness",
    "layer_thickness_error",
    "axis_shift",
    "axis_shift_error",
    "signs",
    "oxide_weight_fraction",
    "stoichiometric_oxygen",
    "fidelity",
    "stability",
    "stated",
    *_FIXED,
    *_ACCURACY,
}
"""Variables that may be NaN: not known."""

NOT_QUANTIFIED = "not quantified"
"""Verdict of a sample that has no composition."""

ROUNDING = 1e-6
"""Atomic fraction by which a value may lie below 0, or a bound beyond 0 or 1 or the other: rounding in single
precision."""

TOLERANCE = 1e-3
"""Atomic fraction by which sums may miss 1 and values exceed it, and relative unevenness of energies; chosen well above
rounding."""


def check(dataset: "xr.Dataset", contract: str, where: str) -> "xr.Dataset":
    """Return the dataset if it keeps the contract; `where` is the door that it passes, for the message.

    Raises
    ------
    ContractError
        Naming the variable and what is wrong with it.
    """
    for name, (dims, required) in _CONTRACTS[contract].items():
        if name not in dataset.variables:
            if required:
                raise ContractError(f"{contract} lacks {name}", where=where, found=sorted(map(str, dataset.variables)))
            continue
        variable = dataset.variables[name]
        if variable.dims != dims:
            raise ContractError(
                f"{contract} {name} has other dimensions", where=where, found=variable.dims, wanted=dims
            )
        if name in _NAMED and dims[-1] not in dataset.coords:
            raise ContractError(f"{contract} {name} has no names: there is no coordinate {dims[-1]}", where=where)
        _check_values(_quantified(dataset, variable.values, name), name, contract, where)
    if "energy" in dataset.dims:
        _check_energy(dataset, contract, where)
    if contract == "COMPOSITION" and (dataset.variables["lower"] > dataset.variables["upper"]).any():
        raise ContractError("COMPOSITION lower lies above upper", where=where)
    if contract == "ATTRIBUTION" and not {"response", "weight"} & set(dataset.variables):
        raise ContractError("ATTRIBUTION holds neither response nor weight", where=where)
    return dataset


def _quantified(dataset: "xr.Dataset", values: NDArray[Any], name: str) -> NDArray[Any]:
    """Return the values of a variable without the rows of samples that a verdict says to be not quantified."""
    if name != "fraction" or "verdict" not in dataset.variables:
        return values
    return np.asarray(values[dataset.variables["verdict"].values != NOT_QUANTIFIED])


def _check_values(values: NDArray[Any], name: str, contract: str, where: str) -> None:
    if name in _TEXTS and values.size and values.dtype.kind not in "OUS":
        raise ContractError(f"{contract} {name} holds no text", where=where, found=str(values.dtype))
    if name not in _TEXTS and values.dtype.kind not in ("biuf" if name in _FLAGS else "iuf"):
        kind = {"M": "dates", "m": "durations", "O": "text", "U": "text", "S": "text"}.get(values.dtype.kind)
        raise ContractError(f"{contract} {name} holds no numbers", where=where, found=kind or str(values.dtype))
    if values.dtype.kind not in "iuf":
        return
    if name not in _NOT_FINITE and not np.isfinite(values).all():
        raise ContractError(f"{contract} {name} holds values that are not finite", where=where)
    if name in _NON_NEGATIVE and (values < 0).any():
        raise ContractError(f"{contract} {name} is negative", where=where, found=float(values.min()), wanted=">= 0")
    if name in _ATOMIC_FRACTION and ((values < -ROUNDING) | (values > 1 + TOLERANCE)).any():
        raise ContractError(f"{contract} {name} is not an atomic fraction", where=where, wanted="0..1")
    if name in _ACCURACY and ((values < -ROUNDING) | (values > 1 + ROUNDING)).any():
        raise ContractError(f"{contract} {name} is not an accuracy", where=where, wanted="0..1")
    if name == "fraction" and values.size and abs(values.sum(axis=1) - 1).max() > TOLERANCE:
        raise ContractError(f"{contract} fraction rows do not sum to 1", where=where)


def _check_energy(dataset: "xr.Dataset", contract: str, where: str) -> None:
    if "energy" not in dataset.coords:
        raise ContractError(f"{contract} has no energy coordinate", where=where)
    if dataset["energy"].dtype.kind not in "iuf":
        raise ContractError(f"{contract} energy holds no numbers", where=where, found=str(dataset["energy"].dtype))
    steps = np.diff(dataset["energy"].values)
    if steps.size and not (steps.min() > 0 and np.ptp(steps) <= TOLERANCE * steps.mean()):
        raise ContractError(f"{contract} energy is not an ascending, even grid", where=where)
    if not isinstance(dataset["energy"].attrs.get("units", ""), str):
        raise ContractError(
            f"{contract} energy unit", where=where, found=dataset["energy"].attrs["units"], wanted="text"
        )


def check_map(dataset: "xr.Dataset", where: str) -> "xr.Dataset":
    """Return the dataset if it keeps the contract MAP; no counts are read.

    Raises
    ------
    ContractError
        Naming what is wrong.
    """
    if "counts" not in dataset:
        raise ContractError("MAP lacks counts", where=where, found=sorted(map(str, dataset.variables)))
    counts = dataset.variables["counts"]
    if "energy" not in counts.dims or len(counts.dims) < 2:
        raise ContractError("MAP counts has other dimensions", where=where, found=counts.dims, wanted="(..., energy)")
    if counts.dtype.kind not in "iuf":
        raise ContractError("MAP counts holds no numbers", where=where, found=str(counts.dtype))
    _check_energy(dataset, "MAP", where)
    return dataset


def check_unit(dataset: "xr.Dataset", unit: str, where: str) -> None:
    """Refuse a dataset with energies in another unit than that of the technique's axis; one that states none passes.

    Raises
    ------
    ContractError
        Naming both units.
    """
    if not states(dataset["energy"].attrs, "units", unit):
        raise ContractError("energy unit", where=where, found=dataset["energy"].attrs["units"], wanted=unit)


def stamp(dataset: "xr.Dataset", technique: str, origin: str, **attrs: str | float | int) -> "xr.Dataset":
    """Return the dataset with where it comes from in its attrs: technique, version, origin and what is given."""
    provenance: Mapping[str, str | float | int] = {
        "technique": technique,
        "specquant_version": _version(),
        "origin": origin,
        **attrs,
    }
    return dataset.assign_attrs(provenance)


@cache
def _version() -> str:
    from importlib.metadata import version

    return version("specquant")


def save(dataset: "xr.Dataset", contract: str, path: Path) -> Path:
    """Check a dataset and write it as netCDF4, never half."""
    check(dataset, contract, str(path))
    with atomic_path(path) as partial:
        written_as(dataset, contract).to_netcdf(partial, engine="netcdf4")
    return path


def written_as(dataset: "xr.Dataset", contract: str) -> "xr.Dataset":
    """Return the dataset with the attributes that its file has: the contract's name, and the version of the format."""
    return dataset.assign_attrs(contract=contract, format=FORMAT)


def load(path: Path, contract: str) -> "xr.Dataset":
    """Read a netCDF4 file and check that it holds the contract.

    Raises
    ------
    ReadError
        If it is missing or no netCDF.
    ContractError
        If it holds something else.
    """
    with _opened(path) as dataset:
        loaded = dataset.load()
    check_origin(loaded.attrs, contract, path)
    return check(loaded, contract, str(path))


def check_pieces(path: Path, contract: str, dim: str, rows: int) -> None:
    """Read a netCDF4 file to its end, `rows` along `dim` at a time, and check that it holds the contract.

    Raises
    ------
    ReadError, ContractError
        As `load`.
    """
    with _opened(path) as dataset:
        for start in range(0, max(1, dataset.sizes.get(dim, 0)), rows):
            piece = dataset.isel({dim: slice(start, start + rows)}, missing_dims="ignore").load()
            check(piece, contract, str(path))


@contextmanager
def _opened(path: Path) -> "Iterator[xr.Dataset]":
    """Open a netCDF file that holds what it says; whatever reading it raises is a ReadError."""
    import xarray as xr

    if not path.is_file():
        raise ReadError("no such file", where=path)
    try:
        check_netcdf(path)
        with xr.open_dataset(path.absolute(), engine="netcdf4") as dataset:
            check_claim(dataset.nbytes, path)
            yield dataset
    except SpecquantError:
        raise
    except Exception as error:  # xarray, netCDF and HDF5 raise all kinds on damaged files
        reason = f"content that netCDF cannot read ({type(error).__name__})"
        raise ReadError("is not a readable netCDF file", where=path, found=reason) from error


def check_origin(attrs: Mapping[str, Any], contract: str, path: Path, technique: str = "") -> None:
    """Refuse a file that its attributes say to be of another contract, version of the files, or technique.

    A file of another program, which states none of these, passes.

    Raises
    ------
    ContractError
        Naming what it is.
    """
    if not states(attrs, "contract", contract):
        raise ContractError("holds another kind of dataset", where=path, found=attrs["contract"], wanted=contract)
    if "contract" in attrs and not states({"format": 1, **attrs}, "format", FORMAT):
        raise ContractError(
            f"{contract} of another version of specquant",
            where=path,
            found=f"format {attrs.get('format', 1)}, specquant {attrs.get('specquant_version', '?')}",
            wanted=f"format {FORMAT}",
            todo="Make the file again with this version.",
        )
    if technique and not states(attrs, "technique", technique):
        raise ContractError(f"{contract} of another technique", where=path, found=attrs["technique"], wanted=technique)


def states(attrs: Mapping[str, Any], name: str, wanted: str | int) -> bool:
    """Say whether an attribute has a value, or is not there; of a file, it can be an array as well."""
    value = attrs.get(name, wanted)
    return np.ndim(value) == 0 and bool(value == wanted)
