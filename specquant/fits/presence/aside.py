"""What a fit says beside the composition: how thick layers are, and where the axis lies."""

import numpy as np

from specquant.fits.descent.fitting import Fit
from specquant.technique import Floats


def axis_shift(fit: Fit) -> Floats:
    """Return by how much a fit moved the axis, eV, and the standard error of that: (2,); NaN where axes do not move.

    It is the shift of the axis, or the instrument parameter that does it, see `FitPriors.axis_parameter`.
    """
    name = fit.model.priors.axis_parameter
    if name:
        return _parameter(fit, name)
    deviation = fit.model.priors.axis_shift
    if not deviation:
        return np.full(2, np.nan)
    return np.array([fit.point.shift, float(standard_errors(fit)[fit.unknowns.layout.shift][0]) * deviation])


def layer_thicknesses(fit: Fit) -> Floats:
    """Return the thickness of the layer that every element is taken to be, and its standard error: (element, 2).

    It is in the unit of the parameter, see `FitDecisions.layers`; NaN for elements that are in the bulk, or that are no
    layer.
    """
    symbols = fit.model.technique.elements
    thickness = np.full((len(symbols), 2), np.nan)
    for symbol, name in fit.model.decisions.layers.items():
        element = symbols.index(symbol)
        if element not in fit.chosen and name in fit.model.priors.parameters:
            thickness[element] = _parameter(fit, name)
    return thickness


def standard_errors(fit: Fit) -> Floats:
    """Return the standard errors of all that is free, (unknown,), in its own units."""
    return np.asarray(np.sqrt(np.maximum(np.diag(fit.inverse), 0.0)))


def _parameter(fit: Fit, name: str) -> Floats:
    """Return the value of a free instrument parameter and its standard error, (2,)."""
    unknowns = fit.unknowns
    names = [parameter.name for parameter in fit.model.parameters]
    index = names.index(name)
    error = standard_errors(fit)[unknowns.layout.parameters][index] * unknowns.deviations[index]
    return np.array([fit.point.values[name], error])
