"""The method ``hybrid``: a network proposes the elements, the technique's physics disposes of them.

The network's composition is where a fit of the whole spectrum begins; elements that the fit finds no evidence for are
dropped, and the others come with the fit's own covariance.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.fits.fitting import Fit, Proposal, SpectrumFit
from specquant.fits.forward import ForwardModel, Point
from specquant.fits.residuals import Residuals
from specquant.fits.unstated import unstated_covariance
from specquant.library import PureLibrary
from specquant.quantifiers.base import Estimate, Quantifier, parameter_values
from specquant.technique import Floats, Technique

_Z90 = 1.6448536
"""Standard errors on either side of a 90 % interval."""

_LEAST_DEVIATION = 0.005
"""No network knows a fraction better than this."""

_ROUNDS = 4
_ADDITIONS = 4
_PEAK = 5.0
"""Width of what may be left over, channels (standard deviation)."""

_MISSED = 5.0
"""An element that nobody proposed needs so many times the significance of one that was."""

_FIRM = 0.5
"""An element that the proposer is sure of needs so many times the significance of one that it is not sure of."""

_FAR = 5.0
"""Standard deviations from which on a parameter is worth a remark."""

_LAYER = 0.5
"""More of an element than this fraction is no layer."""

_THICKEST = 3.0
"""Standard deviations that a layer may be thicker than usual."""

_LAYER_RATIO, _LAYER_COST = 1.1, 25.0
"""An element in the bulk has to fit better than the layer by a tenth and by so many squared deviations."""


class Hybrid(Quantifier):
    """Whole-spectrum fit of the elements that another quantifier proposes.

    Parameters
    ----------
    technique, library
        Whose physics.
    proposer
        Gives the elements and the composition to start from, e.g. the network.
    """

    name = "hybrid"

    def __init__(self, technique: Technique, library: PureLibrary, proposer: Quantifier) -> None:
        super().__init__(technique)
        self._model = ForwardModel(technique, library)
        self._proposer = proposer

    def estimate(self, counts: Floats, observed: NDArray[np.bool_], stated: Floats) -> Estimate:
        """Propose, then fit every spectrum."""
        proposed = self._proposer.estimate(counts, observed, stated)
        return self._refined(proposed, counts, observed, stated, None)

    def estimate_among(
        self, counts: Floats, observed: NDArray[np.bool_], stated: Floats, candidates: NDArray[np.bool_]
    ) -> Estimate:
        """Fit all candidates (sample, element), and no other element."""
        proposed = self._proposer.estimate_among(counts, observed, stated, candidates)
        return self._refined(proposed, counts, observed, stated, candidates)

    @property
    def explained(self) -> Quantifier:
        """The proposer: the elements are its word, and a fit would have to be repeated a thousand times."""
        return self._proposer.explained

    def _refined(
        self,
        proposed: Estimate,
        counts: Floats,
        observed: NDArray[np.bool_],
        stated: Floats,
        candidates: NDArray[np.bool_] | None,
    ) -> Estimate:
        """Return the estimate of fits; a spectrum whose fit fails keeps what was proposed."""
        values = parameter_values(self.technique, stated)
        found = Estimate(proposed.fraction.copy(), proposed.lower.copy(), proposed.upper.copy())
        remarks = ["the fit failed; these are the network's figures"] * len(counts)
        for row in range(len(counts)):
            settings = {name: float(value[row]) for name, value in values.items()}
            allowed = None if candidates is None else candidates[row]
            bounds = proposed.lower[row], proposed.upper[row]
            try:
                fit = self.fit(proposed.fraction[row], counts[row], observed[row], settings, allowed, bounds)
                unknown = [self.technique.stated[place] for place in np.flatnonzero(np.isnan(stated[row]))]
                share, error = shares(replace(fit, covariance=fit.covariance + unstated_covariance(fit, unknown)))
                most = self._most(fit) if candidates is None else np.zeros(proposed.fraction.shape[1])
            except np.linalg.LinAlgError:
                continue
            if not (np.isfinite(share).all() and np.isfinite(error).all()):
                continue
            if fit.misfit > self._model.settings.poor and candidates is None:
                remarks[row] = f"{self._remark(fit, settings)} These are the network's figures."
                continue
            found.fraction[row] = found.lower[row] = 0.0
            found.fraction[row, fit.chosen] = share
            found.upper[row] = np.fmax(found.upper[row], most)
            above = self._deviations * error
            below = np.hypot(above, share * self._dropped(proposed.fraction[row], most))
            found.lower[row, fit.chosen] = np.clip(share - below, 0.0, 1.0)
            found.upper[row, fit.chosen] = np.clip(share + above, 0.0, 1.0)
            found.upper[row] = np.maximum(found.upper[row], found.fraction[row])
            remarks[row] = self._remark(fit, settings)
        return replace(found, remarks=tuple(remarks))

    @property
    def _deviations(self) -> float:
        """How many standard errors of a fit lie on either side in an interval."""
        return _Z90 * self._model.settings.widening

    def _most(self, fit: Fit) -> Floats:
        """Return the fraction (element,) that each element may have unseen: 0 in the fit, NaN not in the library."""
        most = np.full(len(self.technique.elements), np.nan)
        absent = np.setdiff1d(self._model.held, fit.chosen)
        most[absent] = Residuals(fit).most(absent, self._deviations)
        most[fit.chosen] = 0.0
        return most

    def _dropped(self, proposed: Floats, most: Floats) -> float:
        """Return the fraction of all atoms that elements may have that were proposed and did not stay.

        Each may be there or not, and if it is, all others are less. Elements that are usually a layer, or that are
        fitted only if they are asked for, are left out.
        """
        settings = self._model.settings
        usual = ~np.isin(self.technique.elements, [*settings.reluctant, *settings.surface])
        return float(np.sqrt(np.nansum(np.square(most[(proposed >= settings.least) & usual]))))

    def _remark(self, fit: Fit, values: Mapping[str, float]) -> str:
        """Return what is unusual about a fit: its misfit, or an instrument far from what is stated."""
        remarks = []
        if fit.misfit > self._model.settings.poor:
            remarks.append(
                f"the model explains the spectrum badly (misfit {fit.misfit:.1f}, usual is about 1): is it calibrated, "
                "of the stated instrument, and of the kind of sample that the technique is for?"
            )
        for parameter in self._model.parameters:
            if parameter.stated or parameter.name in self._model.settings.surface.values():
                continue
            away = fit.point.values[parameter.name] - values[parameter.name]
            if abs(away) > _FAR * self._model.settings.parameters[parameter.name]:
                remarks.append(f"{parameter.name} is {fit.point.values[parameter.name]:.3g} {parameter.unit}".strip())
        return "; ".join(remarks)

    def fit(
        self,
        proposed: Floats,
        counts: Floats,
        observed: NDArray[np.bool_],
        values: Mapping[str, float],
        allowed: NDArray[np.bool_] | None = None,
        bounds: tuple[Floats, Floats] | None = None,
    ) -> Fit:
        """Fit one spectrum.

        Parameters
        ----------
        proposed
            Fractions (element,) to begin with.
        counts, observed
            Shape (energy,) each.
        values
            Value of every instrument parameter, as stated or by default.
        allowed
            The list of elements (element,), if it is given: all of them are fitted, and none is dropped.
        bounds
            Lower and upper ends (element,) of the proposal's 90 % intervals, if it has any.

        Raises
        ------
        numpy.linalg.LinAlgError
            If there is nothing to fit.
        """
        settings = self._model.settings
        reluctant = [self.technique.elements.index(symbol) for symbol in settings.reluctant]
        willing = np.setdiff1d(self._model.held, reluctant if allowed is None else [])
        chosen = np.intersect1d(np.flatnonzero(proposed >= settings.least if allowed is None else allowed), willing)
        if not chosen.size:
            chosen = willing[[int(np.argmax(proposed[willing]))]]
        start = np.zeros_like(proposed)
        start[chosen] = np.maximum(proposed[chosen], settings.least)
        start /= start.sum()
        held = self._proposal(proposed, bounds)
        readable = observed & self._model.readable(chosen)
        if not counts[readable].any():
            raise np.linalg.LinAlgError("no counts where a fit could read them")
        problem = SpectrumFit(self._model, counts, readable, values, held)
        fit = problem.run(problem.start(start), chosen)
        if held is not None:
            fit = problem.doubted(fit).run(fit.point, chosen)
        ease = np.ones(proposed.size)
        if held is not None and bounds is not None:
            ease[bounds[0] > settings.least] = _FIRM
        for _ in range(_ROUNDS if allowed is None else 0):
            kept = self._kept(fit, ease[fit.chosen])
            if kept.all() or not kept.any():
                break
            fit = fit.problem.run(self._without(fit, kept), fit.chosen[kept])
        return fit if allowed is not None else self._with_missed(self._without_surface(fit, values))

    def _proposal(self, proposed: Floats, bounds: tuple[Floats, Floats] | None) -> Proposal | None:
        """Return what a fit holds to of a proposal: nothing, unless the technique says so and intervals are known."""
        looseness = self._model.settings.proposal
        if not looseness or bounds is None or not np.isfinite(bounds).all():
            return None
        width = np.maximum((bounds[1] - bounds[0]) / (2 * _Z90), _LEAST_DEVIATION)
        return Proposal(proposed, looseness * width)

    def _with_missed(self, fit: Fit) -> Fit:
        """Return the fit with those elements that it plainly lacks, although nobody proposed them."""
        settings = self._model.settings
        layers = [self.technique.elements.index(symbol) for symbol in settings.surface]
        if Residuals(fit).highest_peak(_PEAK) < 2.0 * settings.significance:
            return fit
        refused = {*layers, *(self.technique.elements.index(symbol) for symbol in settings.reluctant)}
        for _ in range(_ADDITIONS):
            rest = np.setdiff1d(self._model.held, [*fit.chosen, *refused])
            score, amount = Residuals(fit).evidence(rest)
            score = np.where(amount > settings.least, score, 0.0)
            if not rest.size or score.max() < _MISSED * settings.significance:
                break
            found = int(rest[np.argmax(score)])
            other = fit.problem.run(
                self._with(fit, found, float(amount[np.argmax(score)])), np.sort(np.append(fit.chosen, found))
            )
            if self._kept(other).all() and other.cost < fit.cost - (_MISSED * settings.significance) ** 2:
                fit = other
            else:
                refused.add(found)
        return fit

    def _with(self, fit: Fit, element: int, amount: float) -> Point:
        """Return the point of a fit with one more element."""
        after = self._model.families(np.sort(np.append(fit.chosen, element)))
        known = iter(fit.point.factors)
        new = np.array([1.0 if family.element == element else next(known) for family in after])
        atoms = fit.point.atoms.copy()
        atoms[element] = amount * fit.atoms.sum()
        return replace(fit.point, atoms=atoms, factors=new)

    def _without_surface(self, fit: Fit, values: Mapping[str, float]) -> Fit:
        """Return the fit without those elements that a layer on the surface explains as well."""
        settings = self._model.settings
        for symbol in settings.surface:
            kept = fit.chosen != self.technique.elements.index(symbol)
            if kept.all() or not kept.any() or fit.atoms[~kept].sum() > _LAYER * fit.atoms.sum():
                continue
            other = fit.problem.run(self._without(fit, kept), fit.chosen[kept])
            name = settings.surface[symbol]
            thin = other.point.values[name] - values[name] < _THICKEST * settings.parameters[name]
            if thin and other.cost < _LAYER_RATIO * fit.cost + _LAYER_COST:
                fit = other
        return fit

    def _kept(self, fit: Fit, ease: float | Floats = 1.0) -> NDArray[np.bool_]:
        """Return which chosen elements there is evidence for: `ease` times the significance asked, for all or each."""
        error = np.sqrt(np.maximum(np.diag(fit.covariance), 0.0))
        least, significance = self._model.settings.least, ease * self._model.settings.significance
        return np.asarray((fit.atoms > significance * error) & (fit.atoms >= least * fit.atoms.sum()))

    def _without(self, fit: Fit, kept: NDArray[np.bool_]) -> Point:
        """Return the point of a fit without the elements that are not kept."""
        families = self._model.families(fit.chosen)
        gone = set(fit.chosen[~kept].tolist())
        held = [place for place, family in enumerate(families) if family.element not in gone]
        atoms = fit.point.atoms.copy()
        atoms[fit.chosen[~kept]] = 0.0
        return replace(fit.point, atoms=atoms, factors=fit.point.factors[held])


def shares(fit: Fit) -> tuple[Floats, Floats]:
    """Return atomic fractions of the chosen elements and their standard errors."""
    total = fit.atoms.sum()
    fraction = fit.atoms / total
    jacobian = (np.eye(fraction.size) - fraction[:, None]) / total
    error = np.sqrt(np.maximum(np.diag(jacobian @ fit.covariance @ jacobian.T), 0.0))
    return fraction, error
