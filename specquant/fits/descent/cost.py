"""What a fit makes small: residuals in units of their errors, and how far its unknowns are from what is expected.

All that says how much a channel or a prior counts is here. Steps of the fit minimise the quadratic form of
``Cost.weight`` and ``Cost.priors`` at the point where they begin; whether a step was good is judged by
``Cost.value`` with the same weights and priors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.fits.descent.errors import shown_share
from specquant.fits.model.fixed import FixedShares
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.linearised import Linearised
from specquant.fits.model.point import Point
from specquant.fits.model.unknowns import Unknowns
from specquant.technique import Floats

LEAST_COUNTS = 1.0
"""No channel is expected to have fewer counts: its variance would be too small."""

_NEIGHBOURHOOD = 15.0
"""Standard deviation, eV, of the neighbourhood in which residuals decide how far the model is doubted: chosen, several
widths of a line, so that one bad line does not doubt itself away."""


@dataclass(frozen=True)
class Proposal:
    """A composition that a fit holds to.

    Parameters
    ----------
    fraction
        Atomic fractions, (element,).
    deviation
        Their standard deviations, some infinite, (element,).
    weighs
        1 for the elements that it is about, 0 for others, (element,): fractions are those among the former.
    tails
        How many squares of deviations a fraction may be away before more says less: degrees of freedom of Student's t.
        Infinite: every square counts alike.
    """

    fraction: Floats
    deviation: Floats
    weighs: Floats
    tails: float = np.inf

    def price(self, away: Floats) -> Floats:
        """Return what fractions that far away, in deviations, cost: squares, but for those far away."""
        squares = np.square(away)
        return squares if np.isinf(self.tails) else np.asarray(self.tails * np.log1p(squares / self.tails))

    def pull(self, away: Floats) -> Floats:
        """Return derivatives of the price by the squares of how far fractions are away: 1, but for those far away."""
        return np.asarray(1.0 / (1.0 + np.square(away) / self.tails))

    def away(self, fraction: Floats, chosen: NDArray[np.intp]) -> Floats:
        """Return how far `chosen` elements of a composition (element,) are from it, in deviations."""
        away = self._shares(fraction, chosen) - self._shares(self.fraction, chosen)
        return np.asarray(away / self.deviation[chosen])

    def slopes(self, fraction: Floats, slopes: Floats, chosen: NDArray[np.intp]) -> Floats:
        """Return derivatives of that by what is free, (chosen, free), from those of the fractions, `slopes`."""
        weighs, total = self.weighs[chosen], max(float(fraction @ self.weighs), 1e-300)
        of_shares = (weighs[:, None] * slopes - np.outer(self._shares(fraction, chosen), weighs @ slopes)) / total
        return np.asarray(of_shares / self.deviation[chosen, None])

    def _shares(self, fraction: Floats, chosen: NDArray[np.intp]) -> Floats:
        return fraction[chosen] * self.weighs[chosen] / max(float(fraction @ self.weighs), 1e-300)


@dataclass(frozen=True)
class Target:
    """One spectrum as a fit sees it, with what is expected beforehand.

    Parameters
    ----------
    counts
        Counts of every channel, (energy,).
    observed
        Where something was measured, (energy,).
    stated
        Value of every instrument parameter, as stated or by default: the centres of their priors.
    proposal
        What is thought of the composition beforehand, if anything.
    doubt
        Factor (energy,) on the variance of what the model says: above 1 where it explains the spectrum badly; None: 1.
    variance
        Variance (energy,) of the counts, of the model and of its line shapes, doubt included; None: every step of a fit
        takes its own. With it fits of different elements can be compared by their costs.
    fixed
        Fractions that are fixed; None: there are none.
    """

    counts: Floats
    observed: NDArray[np.bool_]
    stated: Mapping[str, float]
    proposal: Proposal | None = None
    doubt: Floats | None = None
    variance: Floats | None = None
    fixed: FixedShares | None = None

    @cached_property
    def seen(self) -> NDArray[np.intp]:
        """Indices of the channels that were observed."""
        return np.flatnonzero(self.observed)

    @cached_property
    def span(self) -> slice | NDArray[np.intp]:
        """The same channels, as a slice if none between them is missing: what is cut out by it is not copied."""
        seen = self.seen
        return slice(seen[0], seen[-1] + 1) if seen.size and np.ptp(seen) < seen.size else seen

    @cached_property
    def counts_seen(self) -> Floats:
        """Counts of the channels that were observed."""
        return self.counts[self.seen].astype(np.float64)

    @cached_property
    def doubt_seen(self) -> Floats:
        """Doubt of the channels that were observed."""
        return np.ones(self.seen.size) if self.doubt is None else self.doubt[self.seen]

    @property
    def top(self) -> float:
        """Counts of the highest channel that was observed, at least 1."""
        return max(float(self.counts_seen.max(initial=0.0)), 1.0)

    def weighed(self, model: ForwardModel, expected: Floats, of_shapes: Floats) -> "Target":
        """Return the target with variances fixed where counts (energy,) are expected.

        `of_shapes` (energy,) is the variance of line shapes, which is kept with the others.
        """
        return replace(self, variance=model.variance(np.maximum(expected, LEAST_COUNTS)) + of_shapes)

    def doubted(self, model: ForwardModel, spectrum: Floats, of_shapes: Floats) -> "Target":
        """Return the target `weighed`, with the model trusted or doubted as its `spectrum` (energy,) explains counts.

        Where it explains them better than its errors let expect, these count less, all over the axis; where it explains
        them worse, what is nearby counts less. The proposal may err as often as others do: by more than its deviations
        where counts say so, unless the model explains these badly.
        """
        of_counts, squares = np.maximum(spectrum, LEAST_COUNTS), (self.counts - spectrum) ** 2
        of_model, seen = model.variance(of_counts) - of_counts, self.seen
        misfit = np.mean((squares / (of_counts + of_model))[seen])
        share = shown_share(squares[seen], of_counts[seen], (of_model + of_shapes)[seen])
        of_model, of_shapes = share * of_model, share * of_shapes
        squares = np.where(self.observed, squares / (of_counts + of_model), 0.0)
        width = _NEIGHBOURHOOD / model.technique.axis.step
        near = gaussian_filter1d(self.observed.astype(float), width)
        doubt = np.maximum(gaussian_filter1d(squares, width) / np.maximum(near, 1e-6), 1.0)
        variance, proposal = (of_counts + of_model + of_shapes) * doubt, self.proposal
        if proposal is not None and model.decisions.tails:
            proposal = replace(proposal, tails=model.decisions.tails * max(float(misfit), 1.0))
        return replace(self, doubt=doubt, variance=variance, proposal=proposal)


class Cost:
    """The cost of a fit of one target with chosen elements."""

    def __init__(self, target: Target, unknowns: Unknowns) -> None:
        self._target, self._unknowns, self._model = target, unknowns, unknowns.model
        layout, model = unknowns.layout, unknowns.model
        stated = np.array([target.stated[parameter.name] for parameter in model.parameters])
        factors = np.array([model.prior(unknowns.families[index]) for index in unknowns.scaled])
        self._centre, self._deviation = np.zeros(layout.size), np.ones(layout.size)
        self._centre[layout.factors], self._deviation[layout.factors] = 1.0, factors
        self._centre[layout.parameters], self._deviation[layout.parameters] = stated, unknowns.deviations
        self._centre[layout.chemical], self._deviation[layout.chemical] = unknowns.usual, unknowns.spread
        self._deviation[layout.displaced] = unknowns.places
        for part, (centre, deviation) in zip((layout.share, layout.further), unknowns.second, strict=True):
            self._centre[part], self._deviation[part] = centre, deviation
        self._deviation[layout.shift] = model.priors.axis_shift or np.inf
        self._deviation[layout.background] = target.top * model.hat_deviation

    def weight(self, linear: Linearised) -> Floats:
        """Return the inverse variances (channel seen,) of the counts, of the model and of its line shapes."""
        if self._target.variance is not None:
            return 1.0 / self._target.variance[self._target.seen]
        expected = np.maximum(linear.spectrum[self._target.seen], LEAST_COUNTS)
        of_shapes = shape_variance(self._unknowns, linear.families)[self._target.seen]
        return np.asarray(1.0 / (self._model.variance(expected) + of_shapes) / self._target.doubt_seen)

    def priors(self, point: Point) -> tuple[Floats, Floats]:
        """Return what the priors add to the normal matrix (unknown, unknown) and to the gradient (unknown,)."""
        layout, slopes = self._unknowns.layout, np.ones(self._unknowns.layout.size)
        slopes[layout.amounts] = 0.0
        slopes[layout.factors] = point.factors[self._unknowns.scaled] / self._deviation[layout.factors]
        slopes[layout.background] = 1.0 / self._model.hat_deviation
        gradient = -slopes * self._away(point)
        matrix = np.diag(slopes**2)
        if self._target.proposal is not None:
            away, slopes = self._proposal_away(point, self._target.proposal)
            pulled = slopes.T * self._target.proposal.pull(away)
            matrix[layout.amounts, layout.amounts] = pulled @ slopes
            gradient[layout.amounts] = -(pulled @ away)
        return matrix, gradient

    def value(self, point: Point, spectrum: Floats, weight: Floats) -> float:
        """Return the cost of a point with its spectrum (energy,): a sum of squares, in variances.

        Residuals count by their inverse variances, `weight` (channel seen,), priors in their deviations.
        """
        left_over = self._target.counts_seen - spectrum[self._target.span]
        away = self._away(point)
        cost = float((left_over * weight) @ left_over + away @ away)
        if self._target.proposal is None:
            return cost
        of_proposal = self._target.proposal.away(point.fraction, self._unknowns.chosen)
        return cost + float(self._target.proposal.price(of_proposal).sum())

    def _away(self, point: Point) -> Floats:
        """Return how far every unknown is from what is expected, in deviations, (unknown,); 0 for amounts."""
        unknowns, layout = self._unknowns, self._unknowns.layout
        values = np.zeros(layout.size)
        values[layout.factors] = point.factors[unknowns.scaled]
        values[layout.parameters] = unknowns.parameters(point)
        if unknowns.usual.size:
            values[layout.chemical] = point.chemical[unknowns.chosen]
        values[layout.displaced] = point.displaced[unknowns.displaced]
        if unknowns.split.size:
            values[layout.second] = point.second[unknowns.chosen[unknowns.split]].T.ravel()
        values[layout.shift], values[layout.background] = point.shift, point.background
        return (values - self._centre) / self._deviation

    def _proposal_away(self, point: Point, proposal: Proposal) -> tuple[Floats, Floats]:
        """Return how far chosen fractions are from those proposed, in deviations, with derivatives by the amounts."""
        fraction, chosen = point.fraction, self._unknowns.chosen
        if point.fixed is None:
            slopes = np.diag(fraction[chosen]) - np.outer(fraction[chosen], fraction[chosen])
        else:
            slopes = (point.fixed.slopes(point.atoms) * point.atoms)[np.ix_(chosen, chosen)]
        return proposal.away(fraction, chosen), proposal.slopes(fraction, slopes, chosen)


def shape_variance(unknowns: Unknowns, families: Floats) -> Floats:
    """Return the variance of the line shapes (energy,) of families (family, energy), see `FitPriors.shape_errors`."""
    errors = unknowns.model.priors.shape_errors
    shapes = np.array([errors.get(family.group, 0.0) for family in unknowns.families])
    return np.asarray(np.square(shapes[:, None] * families).sum(axis=0))
