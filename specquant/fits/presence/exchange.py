"""Fits with one element more, or without some: each begins where the fit before it stands."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.fits.descent.fitting import Fit, fit_from
from specquant.fits.model.point import Point
from specquant.fits.model.unknowns import Unknowns
from specquant.technique import Floats

_ADDED = 1e-3
"""Share of all other atoms that is added of an element to see what its lines would be: chosen, too little to change
what others do."""


def with_element(fit: Fit, element: int, fraction: float, aim: float = np.inf) -> Fit:
    """Return the fit with one more element, which begins at this share of all other atoms.

    One that will cost more than its `aim` is not fitted to the end.

    Raises
    ------
    numpy.linalg.LinAlgError
        If it fails.
    """
    point, chosen = point_with(fit, np.array([element]), fraction)
    return fit_from(fit.model, fit.target, point, chosen, aim=aim)


def point_with(fit: Fit, elements: NDArray[np.intp], fraction: float) -> tuple[Point, NDArray[np.intp]]:
    """Return where a fit stands with further elements of usual line strengths, and the indices of all its elements.

    Each of the further ones has this share of all other atoms.
    """
    chosen = np.sort(np.append(fit.chosen, elements))
    added = np.isin([family.element for family in fit.model.families(chosen)], elements)
    atoms = fit.point.atoms.copy()
    atoms[elements] = fraction * fit.atoms.sum()
    factors, displaced = np.ones(added.size), np.zeros(added.size if fit.point.displaced.size else 0)
    factors[~added] = fit.point.factors
    if displaced.size:
        displaced[~added] = fit.point.displaced
    return replace(fit.point, atoms=atoms, factors=factors, displaced=displaced), chosen


def lines_beside(fit: Fit, elements: NDArray[np.intp], values: Mapping[str, float] | None = None) -> Floats:
    """Return the counts (element, energy) of elements that a fit lacks, each with as many atoms as all that it has.

    They are those of a little of each, so that no mixing law changes. Instrument parameters are as in the fit, but for
    some with other `values`.
    """
    point, chosen = point_with(fit, elements, _ADDED)
    point = replace(point, values={**point.values, **(values or {})})
    return np.asarray(fit.model.by_element(point, fit.model.families(chosen), elements) / _ADDED)


def with_one_state(fit: Fit, element: int) -> Fit:
    """Return the fit with all lines of an element in one chemical state; its steps end where they gain little.

    Raises
    ------
    numpy.linalg.LinAlgError
        If it fails.
    """
    second = fit.point.second.copy()
    second[element] = 0.0
    return fit_from(fit.model, fit.target, replace(fit.point, second=second), fit.chosen, roughly=True)


def only_with(fit: Fit, kept: NDArray[np.bool_], values: Mapping[str, float] | None = None, aim: float = np.inf) -> Fit:
    """Return the fit with those of its elements (chosen,) only that are kept.

    It begins with these `values` of instrument parameters; None: with those of the fit. One that will cost more than
    its `aim` is not fitted to the end.

    Raises
    ------
    numpy.linalg.LinAlgError
        If it fails.
    """
    return _narrowed(fit, kept, values, aim=aim)


def what_is_left(fit: Fit, kept: NDArray[np.bool_]) -> Fit:
    """Return a fit with those of its elements (chosen,) only that are kept, to see what it leaves over.

    It may be one that was tried before, or end where steps gain little.

    Raises
    ------
    numpy.linalg.LinAlgError
        If it fails.
    """
    tried = fit.narrowed.get(kept.tobytes())
    return _narrowed(fit, kept, None, roughly=True) if tried is None else tried


def _narrowed(
    fit: Fit, kept: NDArray[np.bool_], values: Mapping[str, float] | None, roughly: bool = False, aim: float = np.inf
) -> Fit:
    dropped = fit.chosen[~kept]
    stay = ~np.isin([family.element for family in fit.model.families(fit.chosen)], dropped)
    atoms = fit.point.atoms.copy()
    atoms[dropped] = 0.0
    displaced = fit.point.displaced[stay] if fit.point.displaced.size else fit.point.displaced
    values = fit.point.values if values is None else {**fit.point.values, **values}
    point = replace(fit.point, atoms=atoms, factors=fit.point.factors[stay], values=values, displaced=displaced)
    chosen = fit.chosen[kept]
    near = fit.tangent.among(Unknowns(fit.model, chosen, fit.target.top, point.split(chosen)), stay)
    narrowed = fit.narrowed[kept.tobytes()] = fit_from(fit.model, fit.target, point, chosen, near, roughly, aim)
    return narrowed
