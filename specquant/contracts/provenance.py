"""What the attributes of a dataset say of where it comes from, and the check of them in files."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from specquant.errors import ContractError

if TYPE_CHECKING:
    import xarray as xr

FORMAT = 2
"""Version of the files: another one is refused, not half read."""


def stamp(dataset: "xr.Dataset", technique: str, origin: str, **attrs: str | float | int) -> "xr.Dataset":
    """Return the dataset with where it comes from in its attrs: technique, version, origin and what is given."""
    return dataset.assign_attrs(provenance_of(technique, origin, **attrs))


def provenance_of(technique: str, origin: str, **attrs: str | float | int) -> dict[str, str | float | int]:
    """Return attributes that say where a dataset comes from: technique, version, origin and what is given."""
    return {"technique": technique, "specquant_version": _version(), "origin": origin, **attrs}


@cache
def _version() -> str:
    from importlib.metadata import version

    return version("specquant")


def written_as(dataset: "xr.Dataset", contract: str) -> "xr.Dataset":
    """Return the dataset with the attributes that its file has: the contract's name, and the version of the format."""
    return dataset.assign_attrs(contract=contract, format=FORMAT)


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
