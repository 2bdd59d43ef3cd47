"""From an estimate to the dataset COMPOSITION, as files and results have it."""

from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.indexes import PandasIndex

from specquant import contracts
from specquant.elements import weight_fractions
from specquant.quantifiers.estimates import Estimate
from specquant.spectra import Spectra
from specquant.technique import Technique

PRESENT_ABOVE = 0.01
"""Atomic fraction from which on an element counts as present; chosen: 1 at%."""

_LISTS = 16
"""Lists of names that are kept: chosen, a session has two."""

LAYERS, AXIS = ("layer_thickness", "layer_thickness_error"), ("axis_shift", "axis_shift_error")
"""Variables of a COMPOSITION that are `layers` and `axis` of an estimate."""


def composition_of(estimate: Estimate, spectra: Spectra, technique: Technique, method: str) -> xr.Dataset:
    """Return the COMPOSITION of spectra by the estimate of a method.

    Raises
    ------
    ContractError
        If the estimate breaks the contract.
    """
    dims: dict[str, xr.Coordinates] = {
        "sample": _named("sample", np.array(spectra.labels(), dtype=object)),
        "element": _listed("element", technique.elements),
    }
    if estimate.signs:
        dims["sign"] = _listed("sign", tuple(map(str, estimate.signs)))
    variables = {name: variable for of_one in dims.values() for name, variable in of_one.variables.items()}
    variables |= {name: xr.Variable(*pixels) for name, pixels in spectra.pixels().items()}
    if any(estimate.remarks):
        variables["remark"] = xr.Variable("sample", np.array(estimate.remarks, dtype=object), fastpath=True)
    coords = xr.Coordinates(variables, {name: of_one.xindexes[name] for name, of_one in dims.items()})
    attrs = contracts.provenance_of(technique.name, "quantified", method=method)
    dataset = xr.Dataset(_variables(estimate, technique), coords, attrs)
    return contracts.check(dataset, "COMPOSITION", f"quantifier {method}")


def _named(dim: str, names: NDArray[Any]) -> xr.Coordinates:
    """Return the coordinate of a dimension of names (dim,): as xarray makes it, without looking for dates first."""
    index = PandasIndex(names, dim)
    return xr.Coordinates(index.create_variables(), {dim: index})


@lru_cache(maxsize=_LISTS)
def _listed(dim: str, names: tuple[str, ...]) -> xr.Coordinates:
    """Return the coordinate of a dimension of names that many datasets share."""
    return xr.Coordinates({dim: list(names)})


def _variables(estimate: Estimate, technique: Technique) -> dict[str, xr.Variable]:
    """Return the variables of a COMPOSITION that an estimate has something to say for."""
    dims, units = ("sample", "element"), {"units": "atomic fraction"}
    weights = weight_fractions(estimate.fraction, technique.elements)
    variables: dict[str, tuple[Any, ...]] = {
        "fraction": (dims, estimate.fraction, units),
        "lower": (dims, estimate.lower, units | {"long_name": "lower end of the 90 % interval"}),
        "upper": (dims, estimate.upper, units | {"long_name": "upper end of the 90 % interval"}),
        "presence": (dims, estimate.fraction >= PRESENT_ABOVE),
        "weight_fraction": (dims, weights, {"units": "weight fraction"}),
    }
    if estimate.limits is not None:
        variables["detection_limit"] = (dims, estimate.limits, units | {"long_name": "Currie's detection limit"})
    if estimate.layers is not None:
        for name, values in zip(LAYERS, np.moveaxis(estimate.layers, -1, 0), strict=True):
            variables[name] = (dims, values)
    if estimate.axis is not None:
        for name, values in zip(AXIS, estimate.axis.T, strict=True):
            variables[name] = ("sample", values, {"units": technique.axis.unit})
    if estimate.signs:
        variables["signs"] = (("sample", "sign"), np.stack(list(estimate.signs.values()), axis=1))
    return {
        name: xr.Variable(of, values, dict(*attrs), fastpath=True) for name, (of, values, *attrs) in variables.items()
    }
