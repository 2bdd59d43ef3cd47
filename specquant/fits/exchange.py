"""Fits with one element more, or without some: each begins where the fit before it stands."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.fits.fitting import Fit, fit_from


def with_element(fit: Fit, element: int, fraction: float) -> Fit:
    """Return the fit with one more element, which begins at this share of all other atoms.

    Raises
    ------
    numpy.linalg.LinAlgError
        If it fails.
    """
    chosen = np.sort(np.append(fit.chosen, element))
    known = iter(fit.point.factors)
    families = fit.model.families(chosen)
    factors = np.array([1.0 if family.element == element else next(known) for family in families])
    atoms = fit.point.atoms.copy()
    atoms[element] = fraction * fit.atoms.sum()
    return fit_from(fit.model, fit.target, replace(fit.point, atoms=atoms, factors=factors), chosen)


def only_with(fit: Fit, kept: NDArray[np.bool_]) -> Fit:
    """Return the fit with those of its elements (chosen,) only that are kept.

    Raises
    ------
    numpy.linalg.LinAlgError
        If it fails.
    """
    dropped = set(fit.chosen[~kept].tolist())
    families = [index for index, family in enumerate(fit.model.families(fit.chosen)) if family.element not in dropped]
    atoms = fit.point.atoms.copy()
    atoms[fit.chosen[~kept]] = 0.0
    point = replace(fit.point, atoms=atoms, factors=fit.point.factors[families])
    return fit_from(fit.model, fit.target, point, fit.chosen[kept])
