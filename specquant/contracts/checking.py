"""The check of a dataset at a door: its variables, their dimensions and values, and its energies."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from specquant.contracts.provenance import states
from specquant.contracts.variables import (
    ACCURACY,
    ATOMIC_FRACTION,
    CONTRACTS,
    FLAGS,
    NAMED,
    NON_NEGATIVE,
    NOT_FINITE,
    TEXTS,
)
from specquant.errors import ContractError

if TYPE_CHECKING:
    import xarray as xr

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
    for name, (dims, required) in CONTRACTS[contract].items():
        if name not in dataset.variables:
            if required:
                raise ContractError(f"{contract} lacks {name}", where=where, found=_variables(dataset))
            continue
        variable = dataset.variables[name]
        if variable.dims != dims:
            raise ContractError(
                f"{contract} {name} has other dimensions", where=where, found=variable.dims, wanted=dims
            )
        if name in NAMED and dims[-1] not in dataset.coords:
            raise ContractError(f"{contract} {name} has no names: there is no coordinate {dims[-1]}", where=where)
        _check_values(_quantified(dataset, variable.values, name), name, contract, where)
    if "energy" in dataset.dims:
        _check_energy(dataset, contract, where)
    if contract == "COMPOSITION" and _is_above(dataset, "lower", "upper"):
        raise ContractError("COMPOSITION lower lies above upper", where=where)
    if contract == "ATTRIBUTION" and not {"response", "weight"} & set(dataset.variables):
        raise ContractError("ATTRIBUTION holds neither response nor weight", where=where)
    return dataset


def _is_above(dataset: "xr.Dataset", one: str, other: str) -> bool:
    """Say whether a variable lies above another anywhere."""
    return bool((dataset.variables[one].values > dataset.variables[other].values).any())


def _quantified(dataset: "xr.Dataset", values: NDArray[Any], name: str) -> NDArray[Any]:
    """Return the values of a variable without the rows of samples that a verdict says to be not quantified."""
    if name != "fraction" or "verdict" not in dataset.variables:
        return values
    return np.asarray(values[dataset.variables["verdict"].values != NOT_QUANTIFIED])


def _check_values(values: NDArray[Any], name: str, contract: str, where: str) -> None:
    if name in TEXTS and values.size and values.dtype.kind not in "OUS":
        raise ContractError(f"{contract} {name} holds no text", where=where, found=str(values.dtype))
    if name not in TEXTS and values.dtype.kind not in ("biuf" if name in FLAGS else "iuf"):
        kind = {"M": "dates", "m": "durations", "O": "text", "U": "text", "S": "text"}.get(values.dtype.kind)
        raise ContractError(f"{contract} {name} holds no numbers", where=where, found=kind or str(values.dtype))
    if values.dtype.kind not in "iuf":
        return
    if name not in NOT_FINITE and not np.isfinite(values).all():
        raise ContractError(f"{contract} {name} holds values that are not finite", where=where)
    if name in NON_NEGATIVE and (values < 0).any():
        raise ContractError(f"{contract} {name} is negative", where=where, found=float(values.min()), wanted=">= 0")
    if name in ATOMIC_FRACTION and ((values < -ROUNDING) | (values > 1 + TOLERANCE)).any():
        raise ContractError(f"{contract} {name} is not an atomic fraction", where=where, wanted="0..1")
    if name in ACCURACY and ((values < -ROUNDING) | (values > 1 + ROUNDING)).any():
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


def _variables(dataset: "xr.Dataset") -> str:
    """Return in words which variables a dataset has."""
    return f"a dataset of {', '.join(sorted(map(str, dataset.variables))) or 'nothing'}"


def check_map(dataset: "xr.Dataset", where: str) -> "xr.Dataset":
    """Return the dataset if it keeps the contract MAP; no counts are read.

    Raises
    ------
    ContractError
        Naming what is wrong.
    """
    if "counts" not in dataset:
        raise ContractError("MAP lacks counts", where=where, found=_variables(dataset))
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
