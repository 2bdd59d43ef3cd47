"""The search for the elements of a spectrum: which of those proposed stay, which others are taken up.

The search is a chain of fits. It begins with all elements that are proposed, drops those without evidence, those that a
layer on the surface explains as well, and takes up those that are plainly lacking.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.fits.cost import Proposal, Target
from specquant.fits.fitting import Fit, fit_from, nominal_point
from specquant.fits.forward import ForwardModel, Point
from specquant.fits.residuals import Residuals
from specquant.technique import Floats

Z90 = 1.6448536
"""Standard errors on either side of a 90 % interval."""

_LEAST_DEVIATION = 0.005
"""Least standard deviation of a proposed atomic fraction: chosen, no proposer knows one better."""

_ROUNDS = 4
"""Times at most that elements are dropped and the rest is fitted again: chosen."""

_ADDITIONS = 4
"""Elements at most that are tried although nobody proposed them: chosen, a proposer that misses more is of no use."""

_PEAK = 5.0
"""Width of what may be left over, channels (standard deviation): chosen, about that of a line."""

_LEFT_OVER = 2.0
"""Height of a peak that is left over from which on an element is looked for, in units of the significance: chosen, to
save time where nothing is missed."""

_MISSED = 5.0
"""Evidence that an element needs that nobody proposed, in units of the significance: chosen, since any of ninety
elements may fit an error of the model."""

_FIRM = 0.5
"""Evidence that an element needs that the proposer is sure of, in units of the significance: three standard errors in
XPS (docs/decisions/0007-hybrid.md)."""

_LAYER = 0.5
"""More of an element than this atomic fraction is no layer: chosen."""

_THICKEST = 3.0
"""Standard deviations that a layer may be thicker than usual."""

_LAYER_RATIO, _LAYER_COST = 1.1, 25.0
"""An element in the bulk has to fit better than the layer by a tenth of the cost and by 25 squared deviations more:
chosen, the latter as five standard errors."""


class ElementSearch:
    """Fits of single spectra, with a search for their elements.

    Parameters
    ----------
    model
        The physics.
    """

    def __init__(self, model: ForwardModel) -> None:
        self._model, self._decisions = model, model.decisions
        symbols = model.technique.elements
        self._only_if_listed = [symbols.index(symbol) for symbol in self._decisions.only_if_listed]
        self._layers = {symbols.index(symbol): name for symbol, name in self._decisions.layers.items()}

    def fit(
        self,
        target: Target,
        proposed: Floats,
        bounds: tuple[Floats, Floats] | None = None,
        listed: NDArray[np.bool_] | None = None,
    ) -> Fit:
        """Fit one spectrum.

        Parameters
        ----------
        target, proposed
            The spectrum, and atomic fractions (element,) to begin with.
        bounds
            Lower and upper ends (element,) of the proposal's 90 % intervals, if it has any.
        listed
            The list of elements (element,), if it is given: all of them are fitted, and none is dropped.

        Raises
        ------
        numpy.linalg.LinAlgError
            If there is nothing to fit.
        """
        chosen = self._begun_with(proposed, listed)
        readable = target.observed & self._model.readable(chosen)
        if not target.counts[readable].any():
            raise np.linalg.LinAlgError("no counts where a fit could read them")
        proposal = self._proposal(proposed, bounds)
        target = replace(target, observed=readable, proposal=proposal)
        start = np.zeros_like(proposed)
        start[chosen] = np.maximum(proposed[chosen], self._decisions.least)
        fit = fit_from(self._model, target, nominal_point(self._model, target, start / start.sum()), chosen)
        if proposal is not None:
            fit = fit_from(self._model, target.doubted(self._model, fit.spectrum), fit.point, chosen)
        if listed is not None:
            return fit
        lower = np.zeros(proposed.size) if proposal is None or bounds is None else bounds[0]
        firm = lower > self._decisions.least
        return self._with_missed(self._without_layers(self._without_evidence(fit, firm)))

    def _begun_with(self, proposed: Floats, listed: NDArray[np.bool_] | None) -> NDArray[np.intp]:
        """Return the elements that the first fit has: all that are listed, or else proposed; at least one."""
        fitted = np.setdiff1d(self._model.elements, self._only_if_listed if listed is None else [])
        wanted = proposed >= self._decisions.least if listed is None else listed
        chosen = np.intersect1d(np.flatnonzero(wanted), fitted)
        return chosen if chosen.size else fitted[[int(np.argmax(proposed[fitted]))]]

    def _proposal(self, proposed: Floats, bounds: tuple[Floats, Floats] | None) -> Proposal | None:
        """Return what a fit holds to of a proposal: nothing, unless the technique says so and intervals are known."""
        looseness = self._decisions.proposal
        if not looseness or bounds is None or not np.isfinite(bounds).all():
            return None
        return Proposal(proposed, looseness * np.maximum((bounds[1] - bounds[0]) / (2 * Z90), _LEAST_DEVIATION))

    def _without_evidence(self, fit: Fit, firm: NDArray[np.bool_]) -> Fit:
        """Return the fit without the elements that lack evidence; `firm` ones (element,) need less of it."""
        for _ in range(_ROUNDS):
            kept = self._evident(fit, np.where(firm[fit.chosen], _FIRM, 1.0))
            if kept.all() or not kept.any():
                break
            fit = fit_from(fit.model, fit.target, _without(fit, kept), fit.chosen[kept])
        return fit

    def _evident(self, fit: Fit, ease: float | Floats = 1.0) -> NDArray[np.bool_]:
        """Return which chosen elements there is evidence for: `ease` times the significance, for all or for each."""
        error = np.sqrt(np.maximum(np.diag(fit.covariance), 0.0))
        significant = fit.atoms > ease * self._decisions.significance * error
        return np.asarray(significant & (fit.atoms >= self._decisions.least * fit.atoms.sum()))

    def _without_layers(self, fit: Fit) -> Fit:
        """Return the fit without those elements that a layer on the surface explains as well."""
        for element, name in self._layers.items():
            kept = fit.chosen != element
            if kept.all() or not kept.any() or fit.atoms[~kept].sum() > _LAYER * fit.atoms.sum():
                continue
            other = fit_from(fit.model, fit.target, _without(fit, kept), fit.chosen[kept])
            thicker = other.point.values[name] - fit.target.stated[name]
            thin = thicker < _THICKEST * self._model.priors.parameters[name]
            if thin and other.cost < _LAYER_RATIO * fit.cost + _LAYER_COST:
                fit = other
        return fit

    def _with_missed(self, fit: Fit) -> Fit:
        """Return the fit with those elements that it plainly lacks, although nobody proposed them."""
        significance = self._decisions.significance
        if Residuals(fit).highest_peak(_PEAK) < _LEFT_OVER * significance:
            return fit
        refused = {*self._layers, *self._only_if_listed}
        for _ in range(_ADDITIONS):
            others = np.setdiff1d(self._model.elements, [*fit.chosen, *refused])
            score, amount = Residuals(fit).evidence(others)
            score = np.where(amount > self._decisions.least, score, 0.0)
            if not others.size or score.max() < _MISSED * significance:
                break
            best = int(np.argmax(score))
            element = int(others[best])
            chosen = np.sort(np.append(fit.chosen, element))
            other = fit_from(fit.model, fit.target, _with(fit, element, float(amount[best])), chosen)
            if self._evident(other).all() and other.cost < fit.cost - (_MISSED * significance) ** 2:
                fit = other
            else:
                refused.add(element)
        return fit


def _with(fit: Fit, element: int, amount: float) -> Point:
    """Return the point of a fit with one more element."""
    families = fit.model.families(np.sort(np.append(fit.chosen, element)))
    known = iter(fit.point.factors)
    factors = np.array([1.0 if family.element == element else next(known) for family in families])
    atoms = fit.point.atoms.copy()
    atoms[element] = amount * fit.atoms.sum()
    return replace(fit.point, atoms=atoms, factors=factors)


def _without(fit: Fit, kept: NDArray[np.bool_]) -> Point:
    """Return the point of a fit without the elements that are not kept."""
    dropped = set(fit.chosen[~kept].tolist())
    families = [index for index, family in enumerate(fit.model.families(fit.chosen)) if family.element not in dropped]
    atoms = fit.point.atoms.copy()
    atoms[fit.chosen[~kept]] = 0.0
    return replace(fit.point, atoms=atoms, factors=fit.point.factors[families])
