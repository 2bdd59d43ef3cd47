"""The search for the elements of a spectrum: which of those proposed stay, which others are taken up.

The search is a chain of fits. It begins with all elements that are proposed, drops those without evidence, those that a
layer on the surface explains as well, and takes up those that are plainly lacking.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.fits.descent.cost import Proposal, Target, shape_variance
from specquant.fits.descent.fitting import Fit, ended, fit_from, nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.point import Point
from specquant.fits.model.unknowns import Unknowns
from specquant.fits.presence.beforehand import Beforehand, begun_with
from specquant.fits.presence.doubled import Doubled
from specquant.fits.presence.evidence import CLEAR, evidence, needed_evidence
from specquant.fits.presence.exchange import only_with, what_is_left, with_element, with_one_state
from specquant.fits.presence.layers import Layers
from specquant.fits.presence.residuals import Residuals
from specquant.fits.presence.states import States
from specquant.quantifiers import Z90
from specquant.technique import Floats

_LEAST_DEVIATION = 0.005
"""Least standard deviation of a proposed atomic fraction: chosen, no proposer knows one better."""

_SMOOTH = 1.0
"""Standard deviation, channels, of the smoothing that first variances come from: chosen, narrower than a line."""

_ROUNDS = 12
"""Elements at most that are dropped, one at a time: chosen, no proposer names more that are not there."""

_SURPLUS = 0.1
"""Atomic fraction by which a fit has more of an element than was proposed, from which on another is tried in its place,
if its interval does not allow that: chosen, as far as a fit may be worse than what was proposed."""

_EXCHANGES = 3
"""Elements at most that are tried in the place of one: chosen, of what is left over without it the loudest is often a
neighbour of the one that is lacking."""

_EXPLAINED = 0.5
"""Misfit up to which second states are not looked for again once the model is doubted as it deserves: chosen, half of
what the model's errors allow."""

_ADDITIONS = 4
"""Elements at most that are tried although nobody proposed them: chosen, a proposer that misses more is of no use."""

_Judge = Callable[[Residuals, NDArray[np.intp]], tuple[Floats, Floats]]
"""Returns what speaks for each of some elements, as twice the logarithm of a likelihood ratio, and the amount of it."""


class ElementSearch:
    """Fits of single spectra, with a search for their elements.

    Parameters
    ----------
    model
        The physics.
    """

    def __init__(self, model: ForwardModel) -> None:
        self.model, self._decisions = model, model.decisions
        symbols = model.technique.elements
        self._only_if_listed = [symbols.index(symbol) for symbol in self._decisions.only_if_listed]
        self.layers, self._states = Layers(model), States(model)
        self._doubled = Doubled(model, self._states)
        layers = [symbol for symbol in self._decisions.layers if symbol not in (model.technique.compared or symbols)]
        self.told_apart = ~np.isin(symbols, layers)
        """Elements (element,) of which proposer and fit both can tell how much there is: not those that are compared
        nowhere, as they may lie on the surface."""

    def fit(self, target: Target, beforehand: Beforehand) -> Fit:
        """Fit one spectrum.

        Raises
        ------
        numpy.linalg.LinAlgError
            If there is nothing to fit.
        """
        proposed, needed = beforehand.fraction, beforehand.needed
        possible = self._possible(beforehand)
        chosen = np.flatnonzero(begun_with((proposed >= self._decisions.least) | needed, possible, proposed))
        readable = target.observed & self.model.readable(chosen)
        if not target.counts[readable].any():
            raise np.linalg.LinAlgError("no counts where a fit could read them")
        proposal = self._proposal(beforehand)
        target = replace(target, observed=readable, proposal=proposal, fixed=beforehand.fixed)
        start = np.zeros_like(proposed)
        start[chosen] = np.maximum(proposed[chosen], self._decisions.least)
        point = nominal_point(self.model, target, start / start.sum())
        fit = fit_from(self.model, self._first(target, point, chosen), point, chosen, roughly=True)
        fit = self._doubled.decided(fit, start / start.sum())
        target = replace(target, stated=fit.target.stated)
        fixed = target.weighed if proposal is None else target.doubted
        fit = fit_from(fit.model, fixed(fit.model, fit.spectrum, fit.of_shapes), fit.point, chosen)
        fit = self._states.with_likely(fit) if fit.misfit > _EXPLAINED else fit
        if beforehand.complete:
            return fit
        without = self._without_evidence(fit, beforehand)
        lacks = needed_evidence(beforehand.odds, self._decisions.false_alarms)
        lacks = np.where(needed, -np.inf, np.where(beforehand.possible, lacks, np.inf))
        complete = self._with_missed(self.layers.decided(without, lacks), beforehand)
        return ended(self._with_exchanged(complete, beforehand))

    def _first(self, target: Target, point: Point, chosen: NDArray[np.intp]) -> Target:
        """Return the target with the variances that its counts and the line shapes at a point suggest."""
        unknowns = Unknowns(self.model, chosen, target.top)
        of_shapes = shape_variance(unknowns, self.model.at(point, unknowns.families).families)
        return target.weighed(self.model, gaussian_filter1d(target.counts.astype(np.float64), _SMOOTH), of_shapes)

    def _possible(self, beforehand: Beforehand) -> NDArray[np.bool_]:
        """Return the elements (element,) that can be in a fit: some only where a list or a requirement names them."""
        possible = np.isin(np.arange(beforehand.fraction.size), self.model.elements) & beforehand.possible
        possible[self._only_if_listed] &= beforehand.needed[self._only_if_listed]
        return np.asarray(possible)

    def _proposal(self, beforehand: Beforehand) -> Proposal | None:
        """Return what a fit holds to: nothing, unless the technique says so and intervals are known."""
        looseness, width = self._decisions.proposal, beforehand.upper - beforehand.lower
        if not looseness or not np.isfinite(width).all():
            return None
        deviation = looseness * np.maximum(width / (2 * Z90), _LEAST_DEVIATION)
        return Proposal(beforehand.fraction, deviation, self.told_apart.astype(np.float64))

    def _without_evidence(self, fit: Fit, beforehand: Beforehand) -> Fit:
        """Return the fit without the elements that neither evidence nor their odds beforehand nor the user speak for.

        The element that lacks most is left out, and the rest fitted again, until all have what they need. It stays if
        the cost rises by that: peaks of others may hide its own, and the spectrum yet not be explained without it. The
        worse the model explains the spectrum, the less that says.
        """
        confirmed = beforehand.needed.copy()
        needed = self._needed(beforehand)
        for _ in range(_ROUNDS):
            lacking = self._lacking(fit, beforehand.odds, confirmed)
            worst = int(np.argmax(lacking))
            if lacking[worst] <= 0.0 or fit.chosen.size == 1:
                break
            element, enough = fit.chosen[worst], fit.atoms[worst] >= self._decisions.least * fit.atoms.sum()
            aim = fit.cost + needed[element] * max(fit.misfit, 1.0) ** 2 if enough else np.inf
            other = only_with(fit, np.arange(fit.chosen.size) != worst, aim=aim)
            if other.cost >= aim:
                confirmed[element] = True
            else:
                fit = other
        return fit

    def _lacking(self, fit: Fit, log_odds: Floats, required: NDArray[np.bool_]) -> Floats:
        """Return by how much evidence and odds of every chosen element fall short, (chosen,); above 0: it goes."""
        lacking = needed_evidence(log_odds[fit.chosen], self._decisions.false_alarms) - evidence(fit).gains
        if (lacking > 0.0).any():
            error = np.sqrt(np.maximum(np.diag(fit.covariance), 0.0))
            lacking = np.where(fit.atoms > self._decisions.significance * error, -np.inf, lacking)
        lacking = np.where(fit.atoms < self._decisions.least * fit.atoms.sum(), np.inf, lacking)
        return np.where(required[fit.chosen], -np.inf, lacking)

    def _with_missed(self, fit: Fit, beforehand: Beforehand) -> Fit:
        """Return the fit with those elements that it lacks by evidence and odds, although nobody proposed them.

        The one that speaks loudest from what is left over is taken up, and stays if the cost falls by what it needs.
        """
        needed, refused = self._needed(beforehand), self._refused(beforehand)
        for _ in range(_ADDITIONS):
            lacking = self._speaking(fit, needed, refused)
            if not lacking:
                break
            element, amount = lacking[0]
            other = with_element(fit, element, amount, self._aim(fit, needed[element]))
            if self._saves(fit, other, needed[element], element):
                fit = other
            else:
                refused.add(element)
        return fit

    def _with_exchanged(self, fit: Fit, beforehand: Beforehand) -> Fit:
        """Return the fit with others in place of elements of which it has far more than was proposed, if it costs less.

        Where lines of one lie within the range of another's, the fit has the one that was proposed, however little of
        it; and the other does not speak, as its line is taken.
        """
        needed, refused = self._needed(beforehand), self._refused(beforehand)
        most = np.fmax(beforehand.fraction + _SURPLUS, beforehand.upper)
        strange = (fit.point.fraction > most) & self.told_apart & ~beforehand.needed & (fit.point.fraction < 1.0)
        for element in np.flatnonzero(strange).tolist():
            faint = evidence(fit).together < CLEAR
            for rest, less in self._rests(fit, element, needed[element]):
                others = self._others(rest, needed, refused | {element}, beforehand)
                if faint:
                    lacks = rest.cost - fit.cost + self._least_saving(needed - less)
                    others += self._by_all(rest, lacks, refused.union([element], (one for one, _ in others)))
                better = self._better(fit, rest, others, needed - less)
                if better is not None:
                    fit = self._with_missed(better, beforehand)
                    break
        return fit

    def _rests(self, fit: Fit, element: int, needed: float) -> Iterator[tuple[Fit, float]]:
        """Yield fits without an element, and without its second chemical state, with the evidence that each asked."""
        yield what_is_left(fit, fit.chosen != element), needed
        if fit.point.split(fit.chosen)[fit.chosen == element].any():
            yield with_one_state(fit, element), 0.0

    def _better(self, fit: Fit, rest: Fit, others: list[tuple[int, float]], needed: Floats) -> Fit | None:
        """Return the `rest` with one of the others, each with an amount, if that saves what it needs (element,)."""
        for one, amount in others:
            other = with_element(rest, one, amount, self._aim(fit, needed[one]))
            if self._saves(fit, other, needed[one], one):
                return other
        return None

    def _others(self, rest: Fit, needed: Floats, refused: set[int], beforehand: Beforehand) -> list[tuple[int, float]]:
        """Return the elements to be tried in the place of one, each with the amount that it would have.

        They are the loudest of what is left over without it, and those that were proposed and dropped: peaks may say
        little of an element that explains a spectrum by its background.
        """
        loud = self._speaking(rest, needed, refused)[:_EXCHANGES]
        tried, share = [*rest.chosen, *refused, *(one for one, _ in loud)], beforehand.fraction
        dropped = np.setdiff1d(np.flatnonzero(self._possible(beforehand) & (share >= self._decisions.least)), tried)
        order = dropped[np.argsort(-share[dropped])].tolist()
        # beside all other atoms, as many as these at most
        return loud + [(one, float(share[one] / max(1.0 - share[one], share[one]))) for one in order]

    def _by_all(self, rest: Fit, lacks: Floats, refused: set[int]) -> list[tuple[int, float]]:
        """Return further elements to be tried where peaks say little, each with the amount that it would have.

        They are those with which the cost would fall by what it lacks (element,), background and all, if all were
        linear, the best first.
        """
        return self._ranked(rest, lacks, refused, Residuals.saved)[:_EXCHANGES]

    def _speaking(self, fit: Fit, needed: Floats, refused: set[int]) -> list[tuple[int, float]]:
        """Return the elements of which peaks speak by what is needed from what a fit leaves over, see `_ranked`."""
        return self._ranked(fit, needed, refused, Residuals.missed)

    def _ranked(self, fit: Fit, needed: Floats, refused: set[int], judge: _Judge) -> list[tuple[int, float]]:
        """Return the elements that a fit lacks by what each needs (element,), the one that lacks most first.

        Each comes with the amount that it would have. What speaks for each, and the amount, is by a way to judge
        residuals.
        """
        others = np.setdiff1d(self.model.elements, [*fit.chosen, *refused])
        if not others.size:
            return []
        speaking, amount = judge(Residuals(fit), others)
        excess = np.where(amount > self._decisions.least, speaking - needed[others], -np.inf)
        order = np.argsort(-excess)[: np.count_nonzero(excess > 0.0)]
        return [(int(others[index]), float(amount[index])) for index in order]

    def _aim(self, fit: Fit, needed: float) -> float:
        """Return the most that another fit may cost that saves what is needed, however bad it is."""
        return fit.cost - float(self._least_saving(np.array(needed)))

    def _least_saving(self, needed: Floats) -> Floats:
        """Return by how much the cost falls at least where that saves what is needed, of any shape."""
        return np.where(needed > 0.0, needed, needed * self._decisions.poor**2)

    def _saves(self, fit: Fit, other: Fit, needed: float, element: int) -> bool:
        """Return whether another fit, with an element more, costs less than this one by what is needed.

        The worse the model explains the spectrum with it, the less that says.
        """
        enough = other.point.fraction[element] >= self._decisions.least
        return bool(enough and (fit.cost - other.cost) / max(other.misfit, 1.0) ** 2 >= needed)

    def _needed(self, beforehand: Beforehand) -> Floats:
        """Return the evidence that elements (element,) need to be in a fit, by their odds beforehand."""
        return np.maximum(needed_evidence(beforehand.odds, self._decisions.false_alarms), 0.0)

    def _refused(self, beforehand: Beforehand) -> set[int]:
        """Return the elements that are not taken up."""
        return {*self.layers.of, *self._only_if_listed, *np.flatnonzero(~beforehand.possible).tolist()}
