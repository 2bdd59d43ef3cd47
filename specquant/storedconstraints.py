"""What is known of the elements of spectra, as variables of their dataset, and back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from specquant.constraints import Constraints, check_candidates

if TYPE_CHECKING:
    import xarray as xr

_VARIABLES = ("candidates", "required", "fixed_fraction", "fixed_weight_fraction", "fixed_deviation")
"""Variables of the contract SPECTRA that hold constraints, in the order of the record's fields."""


def with_constraints(dataset: "xr.Dataset", constraints: Constraints, elements: Sequence[str]) -> "xr.Dataset":
    """Return a dataset under the SPECTRA contract with the constraints of its samples, on these elements."""
    columns = dict(zip(_VARIABLES, constraints.arrays, strict=True))
    variables = {name: (("sample", "element"), values) for name, values in columns.items()}
    return dataset.assign(variables).assign_coords(element=list(elements))


def constraints_from(dataset: "xr.Dataset", elements: Sequence[str], where: str) -> Constraints | None:
    """Return what a dataset says of the elements; where it only lists them, all that are listed are there.

    Parameters
    ----------
    dataset
        Dataset under the SPECTRA contract.
    elements
        Symbols of the technique's elements; the dataset may have others, or some of them.
    where
        What the dataset is, for the message.

    Raises
    ------
    ContractError
        If a spectrum has no element that can be there, or what is fixed cannot be.
    """
    if "candidates" not in dataset:
        return None
    listed = dataset["candidates"].reindex(element=list(elements), fill_value=False).values.astype(bool)
    check_candidates(listed, where)
    constraints = Constraints.listing(listed)
    if "required" in dataset:
        required = dataset["required"].reindex(element=list(elements), fill_value=False).values.astype(bool)
        constraints = replace(constraints, required=required & listed)
    if not set(_VARIABLES) <= set(dataset.variables):
        return constraints
    fixed = (dataset[name].reindex(element=list(elements)).values.astype(np.float64) for name in _VARIABLES[2:])
    return Constraints(listed, constraints.required, *fixed).checked(elements, where)
