"""Fits with one element more, or without some: each begins where the fit before it stands."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.fits.fitting import Fit, fit_from
from specquant.fits.forward import Point


def with_element(fit: Fit, element: int, fraction: float) -> Fit:
    """Return the fit with one more element, which begins at this share of all other atoms.

    Raises
    ------
    numpy.linalg.LinAlgError
        If it fails.
    """
    point, chosen = point_with(fit, np.array([element]), fraction)
    return fit_from(fit.model, fit.target, point, chosen)


def point_with(fit: Fit, elements: NDArray[np.intp], fraction: float) -> tuple[Point, NDArray[np.intp]]:
    """Return where a fit stands with further elements of usual line strengths, and the indices of all its elements.

    Each of the further ones has this share of all other atoms.
    """
    chosen = np.sort(np.append(fit.chosen, elements))
    known, added = iter(fit.point.factors), set(elements.tolist())
    factors = np.array([1.0 if one.element in added else next(known) for one in fit.model.families(chosen)])
    atoms = fit.point.atoms.copy()
    atoms[elements] = fraction * fit.atoms.sum()
    return replace(fit.point, atoms=atoms, factors=factors), chosen


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
