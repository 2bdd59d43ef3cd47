"""From an estimate to the dataset COMPOSITION, as files and results have it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.elements import weight_fractions
from specquant.quantifiers.estimates import Estimate
from specquant.spectra import Spectra
from specquant.technique import Technique

PRESENT_ABOVE = 0.01
"""Atomic fraction from which on an element counts as present; chosen: 1 at%."""

LAYERS, AXIS = ("layer_thickness", "layer_thickness_error"), ("axis_shift", "axis_shift_error")
"""Variables of a COMPOSITION that are `layers` and `axis` of an estimate."""


def composition_of(estimate: Estimate, spectra: Spectra, technique: Technique, method: str) -> xr.Dataset:
    """Return the COMPOSITION of spectra by the estimate of a method.

    Raises
    ------
    ContractError
        If the estimate breaks the contract.
    """
    coords: dict[str, Any] = {
        "sample": np.array(spectra.labels(), dtype=object),
        "element": list(technique.elements),
        **spectra.pixels(),
    }
    if estimate.signs:
        coords["sign"] = list(map(str, estimate.signs))
    if any(estimate.remarks):
        coords["remark"] = ("sample", np.array(estimate.remarks, dtype=object))
    dataset = xr.Dataset(_variables(estimate, technique.elements), coords=coords)
    stamped = contracts.stamp(dataset, technique.name, "quantified", method=method)
    return contracts.check(stamped, "COMPOSITION", f"quantifier {method}")


def _variables(estimate: Estimate, elements: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return the variables of a COMPOSITION that an estimate has something to say for."""
    dims, units = ("sample", "element"), {"units": "atomic fraction"}
    variables: dict[str, tuple[Any, ...]] = {
        "fraction": (dims, estimate.fraction, units),
        "lower": (dims, estimate.lower, units | {"long_name": "lower end of the 90 % interval"}),
        "upper": (dims, estimate.upper, units | {"long_name": "upper end of the 90 % interval"}),
        "presence": (dims, estimate.fraction >= PRESENT_ABOVE),
        "weight_fraction": (dims, weight_fractions(estimate.fraction, elements), {"units": "weight fraction"}),
    }
    if estimate.limits is not None:
        variables["detection_limit"] = (dims, estimate.limits, units | {"long_name": "Currie's detection limit"})
    if estimate.layers is not None:
        for name, values in zip(LAYERS, np.moveaxis(estimate.layers, -1, 0), strict=True):
            variables[name] = (dims, values)
    if estimate.axis is not None:
        for name, values in zip(AXIS, estimate.axis.T, strict=True):
            variables[name] = ("sample", values, {"units": "eV"})
    if estimate.signs:
        variables["signs"] = (("sample", "sign"), np.stack(list(estimate.signs.values()), axis=1))
    return variables
