"""What instrument parameters that nobody stated add to the errors of a fit.

A stated parameter is not fitted: a spectrum tells too little of it. Where nobody states it, its default stands in, and
the composition is as wrong as the default is. How wrong that may be is carried over to the amounts, to first order: so
far would they have to change for the fit to stay where it is, were the parameter one standard deviation off.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from specquant.fits.fitting import Fit
from specquant.technique import Floats, InstrumentParameter


def unstated_covariance(fit: Fit, unknown: Iterable[InstrumentParameter]) -> Floats:
    """Return the covariance (chosen, chosen) of the amounts of a fit that is due to parameters that are not known.

    Parameters
    ----------
    fit
        The fit, with the parameters at their defaults.
    unknown
        Those that nobody stated; those without a deviation in ``FitPriors.unstated`` add nothing.
    """
    model, count = fit.model, len(fit.chosen)
    covariance = np.zeros((count, count))
    uncertain = [parameter for parameter in unknown if parameter.name in model.priors.unstated]
    if not uncertain:
        return covariance
    points = [fit.point]
    for parameter in uncertain:
        deviation = model.priors.unstated[parameter.name]
        value = fit.point.values[parameter.name]
        step = deviation if value + deviation <= parameter.high else -deviation
        points.append(replace(fit.point, values={**fit.point.values, parameter.name: value + step}))
    here, *others = model.spectra(points, model.families(fit.chosen))[:, fit.target.seen]
    weighted = fit.columns * fit.weight
    inverse = np.linalg.pinv(fit.normal, hermitian=True)
    for other in others:
        relative = (inverse @ (weighted @ (other - here)))[:count]
        covariance += np.outer(fit.atoms * relative, fit.atoms * relative)
    return covariance
