"""The named datasets that pass between the stages, and the checks at each door.

====================  =====================================================  =========================================
contract              variables (dims)                                       units and ranges
====================  =====================================================  =========================================
LIBRARY               density(component, energy), primary(component,         1/eV; element, label, group (component)
                      energy) optional                                       element "" for what belongs to none
SPECTRA               counts(sample, energy), observed(sample, energy),      counts >= 0, finite; fraction 0..1 when
                      fraction(sample, element) optional,                    synthetic, with every nuisance drawn;
                      stated(sample, parameter) optional                     stated: NaN where it is not known
COMPOSITION           fraction, lower, upper, presence(sample, element)      atomic fraction 0..1, rows sum to 1;
                                                                             lower and upper may be NaN (not known)
ATTRIBUTION           response(probe_energy, element), baseline(element),    atomic fraction 0..1; weight: signed change
                      or weight(sample, element, segment),                   of it; fidelity: weighted R2 of the
                      fidelity, stability(sample, element)                   surrogate, stability: rank correlation of
                                                                             repeats; NaN where there is none
====================  =====================================================  =========================================

Energy is in eV, channel centres, ascending.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from specquant.errors import ContractError, ReadError
from specquant.files import atomic_path

# contract -> variable -> (dims, required)
_CONTRACTS: dict[str, dict[str, tuple[tuple[str, ...], bool]]] = {
    "LIBRARY": {
        "density": (("component", "energy"), True),
        "primary": (("component", "energy"), False),
        "element": (("component",), True),
        "label": (("component",), True),
        "group": (("component",), True),
    },
    "SPECTRA": {
        "counts": (("sample", "energy"), True),
        "observed": (("sample", "energy"), True),
        "fraction": (("sample", "element"), False),
        "candidates": (("sample", "element"), False),
        "stated": (("sample", "parameter"), False),
        "parameter": (("parameter",), False),
    },
    "COMPOSITION": {
        "fraction": (("sample", "element"), True),
        "lower": (("sample", "element"), True),
        "upper": (("sample", "element"), True),
        "presence": (("sample", "element"), True),
    },
    "ATTRIBUTION": {
        "response": (("probe_energy", "element"), False),
        "baseline": (("element",), False),
        "weight": (("sample", "element", "segment"), False),
        "fidelity": (("sample", "element"), False),
        "stability": (("sample", "element"), False),
        "fraction": (("sample", "element"), False),
    },
}
_NON_NEGATIVE = {"density", "primary", "counts", "fraction"}
_ATOMIC_FRACTION = {"fraction", "lower", "upper", "response", "baseline"}
_NOT_FINITE = {"lower", "upper", "fidelity", "stability", "stated"}


def check(dataset: xr.Dataset, contract: str, where: str) -> xr.Dataset:
    """Return the dataset if it keeps the contract.

    Parameters
    ----------
    dataset
        What is handed over.
    contract
        LIBRARY, SPECTRA, COMPOSITION or ATTRIBUTION.
    where
        Which door it passes, for the message.

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
        if dataset[name].dims != dims:
            raise ContractError(
                f"{contract} {name} has other dimensions", where=where, found=dataset[name].dims, wanted=dims
            )
        _check_values(dataset[name], name, contract, where)
    if "energy" in dataset.dims:
        _check_energy(dataset, contract, where)
    if contract == "SPECTRA" and "stated" in dataset and "parameter" not in dataset.coords:
        raise ContractError("SPECTRA stated has no names: there is no coordinate parameter", where=where)
    if contract == "COMPOSITION" and (dataset["lower"] > dataset["upper"]).any():
        raise ContractError("COMPOSITION lower lies above upper", where=where)
    if contract == "ATTRIBUTION" and not {"response", "weight"} & set(dataset.variables):
        raise ContractError("ATTRIBUTION holds neither response nor weight", where=where)
    return dataset


def _check_values(array: xr.DataArray, name: str, contract: str, where: str) -> None:
    values = array.values
    if values.dtype.kind not in "iuf":
        return
    if name not in _NOT_FINITE and not np.isfinite(values).all():
        raise ContractError(f"{contract} {name} holds values that are not finite", where=where)
    if name in _NON_NEGATIVE and (values < 0).any():
        raise ContractError(f"{contract} {name} is negative", where=where, found=float(values.min()), wanted=">= 0")
    if name in _ATOMIC_FRACTION and ((values < -1e-6) | (values > 1 + 1e-3)).any():
        raise ContractError(f"{contract} {name} is no atomic fraction", where=where, wanted="0..1")
    if name == "fraction" and values.size and abs(values.sum(axis=1) - 1).max() > 1e-3:
        raise ContractError(f"{contract} fraction rows do not sum to 1", where=where)


def _check_energy(dataset: xr.Dataset, contract: str, where: str) -> None:
    if "energy" not in dataset.coords:
        raise ContractError(f"{contract} has no energy coordinate", where=where)
    steps = np.diff(dataset["energy"].values)
    if steps.size and not (steps.min() > 0 and np.ptp(steps) <= 1e-3 * steps.mean()):
        raise ContractError(f"{contract} energy is not an ascending, even grid", where=where)
    if dataset["energy"].attrs.get("units", "eV") != "eV":
        raise ContractError(f"{contract} energy unit", where=where, found=dataset["energy"].attrs["units"], wanted="eV")


def stamp(dataset: xr.Dataset, technique: str, source: str, **attrs: str | float | int) -> xr.Dataset:
    """Return the dataset with where it comes from in its attrs: technique, version, source and what is given."""
    from importlib.metadata import version

    provenance: Mapping[str, str | float | int] = {
        "technique": technique,
        "specquant_version": version("specquant"),
        "source": source,
        **attrs,
    }
    return dataset.assign_attrs(provenance)


def save(dataset: xr.Dataset, contract: str, path: Path) -> Path:
    """Check a dataset and write it as netCDF4, never half."""
    check(dataset, contract, str(path))
    with atomic_path(path) as partial:
        dataset.assign_attrs(contract=contract).to_netcdf(partial, engine="netcdf4")
    return path


def load(path: Path, contract: str) -> xr.Dataset:
    """Read a netCDF4 file and check that it holds the contract.

    Raises
    ------
    ReadError
        If it is missing or no netCDF.
    ContractError
        If it holds something else.
    """
    if not path.is_file():
        raise ReadError("no such file", where=path)
    try:
        with xr.open_dataset(path, engine="netcdf4") as dataset:
            loaded = dataset.load()
    except (OSError, ValueError) as error:
        raise ReadError("is not a readable netCDF file", where=path, found=error) from error
    found = loaded.attrs.get("contract", contract)
    if found != contract:
        raise ContractError("holds another kind of dataset", where=path, found=found, wanted=contract)
    return check(loaded, contract, str(path))
