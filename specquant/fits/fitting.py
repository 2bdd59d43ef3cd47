"""Fitting one spectrum by a forward model: Poisson maximum likelihood with an allowance for the model's own error.

The mixing law, which makes lines depend on the composition, is taken at the composition of the step before, as matrix
corrections are iterated: how much there is of an element is what its own lines say, and not what the continuum and the
absorption of others would like best, since a law errs there most.

Fisher scoring: the model is linearised where the fit stands, and a weighted least-squares problem with bounds is
solved; weights are ``1 / (m + (e m)^2)`` with the modelled counts m and the relative model error e, which is Poisson
maximum likelihood for e = 0. Priors enter as further rows. The inverse of the last normal matrix is the covariance.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.fits.bounded import bounded_minimum
from specquant.fits.cost import LEAST_COUNTS, Cost, Target, shape_variance
from specquant.fits.forward import ForwardModel, Linearised, Point
from specquant.fits.lineshifts import likeliest_shifts
from specquant.fits.outcome import shares_of
from specquant.fits.unknowns import Unknowns
from specquant.technique import Floats

_ITERATIONS = 12
"""Steps at most: chosen."""

_SETTLED = 2e-3
"""Change of any atomic fraction below which a step ends the fit: chosen, well below the intervals."""

_BETTER = 1e-2
"""Relative gain in cost, beside a gain of 1, below which a step ends the fit: chosen."""

_FINAL_STEPS = 60
"""Steps at most by which a fit is ended: chosen, far more than one takes."""

_ENDED = 0.1
"""Gain in cost below which a fit is ended: chosen, a twentieth of what tells two fits apart."""

_SHORTER = (1.0, 0.5, 0.25, 0.0625)
"""Shares of a step that are tried, one after the other, until the cost falls: chosen."""

_DERIVED = (1, 5)
"""Iterations after which derivatives are taken anew; between them families only grow and shrink. Chosen, since
derivatives take most of the time and change little."""


@dataclass(frozen=True)
class Fit:
    """A fitted spectrum.

    Parameters
    ----------
    model, target
        What was fitted by what.
    chosen
        Indices of the elements that were fitted, ascending.
    point
        Where the fit stands.
    atoms, covariance
        Amounts of the chosen elements (chosen,) by their lines, dose included, and their covariance (chosen, chosen),
        which holds the uncertainty of every factor and parameter.
    spectrum
        The modelled counts, shape (energy,).
    of_shapes
        Variance of its line shapes, (energy,).
    misfit
        Root mean square of the residuals, in errors of the counts and of the model.
    cost
        What the fit made small, see `Cost.value`.
    columns
        Derivatives by all that is free, shape (unknown, channel seen).
    lines
        Counts of the lines of every chosen element, shape (chosen, energy).
    weight
        Inverse variances, shape (channel seen,).
    normal
        Normal matrix, priors included, shape (unknown, unknown).
    """

    model: ForwardModel
    target: Target
    chosen: NDArray[np.intp]
    point: Point
    atoms: Floats
    covariance: Floats
    spectrum: Floats
    of_shapes: Floats
    misfit: float
    cost: float
    columns: Floats
    lines: Floats
    weight: Floats
    normal: Floats

    @cached_property
    def by_lines(self) -> Floats:
        """The derivatives (unknown, channel seen), those by amounts being lines alone, without what belongs to none."""
        return np.vstack([self.lines[:, self.target.seen], self.columns[self.chosen.size :]])

    @cached_property
    def left_over(self) -> Floats:
        """Counts that the fit leaves over, (channel seen,)."""
        return self.target.counts_seen - self.spectrum[self.target.seen]

    def lines_of(self, elements: NDArray[np.intp]) -> Floats:
        """Return the counts (element, channel seen) of elements of the model as they would be at a fraction of one."""
        return self._lines[np.searchsorted(self.model.elements, elements)]

    @cached_property
    def _lines(self) -> Floats:
        return self.model.lines(self.point, self.model.elements)[:, self.target.seen]

    @cached_property
    def unknowns(self) -> Unknowns:
        """What is free in it."""
        return Unknowns(self.model, self.chosen, self.target.top)

    @cached_property
    def inverse(self) -> Floats:
        """Covariance of all that is free, in its own units, (unknown, unknown)."""
        return np.asarray(np.linalg.pinv(self.normal, hermitian=True))

    def widened(self, change: Floats) -> "Fit":
        """Return the fit with what a change of its spectrum, (energy,), adds to its covariance.

        The change is as likely as one standard deviation; all that is free in the fit gives way to it.
        """
        step = self.inverse @ ((self.columns * self.weight) @ change[self.target.seen])
        moved = step[: self.chosen.size] * self.atoms
        return replace(self, covariance=self.covariance + np.outer(moved, moved))

    @cached_property
    def priors(self) -> Floats:
        """What priors add to the normal matrix, (unknown, unknown)."""
        return self.normal - (self.columns * self.weight) @ self.columns.T


def shares(fit: Fit) -> tuple[Floats, Floats]:
    """Return atomic fractions of the chosen elements and their standard errors, (chosen,) each."""
    if fit.point.fixed is not None:
        return fit.point.fixed.shares(fit.point.atoms, fit.covariance, fit.chosen)
    return shares_of(fit.atoms, fit.covariance)


def nominal_point(model: ForwardModel, target: Target, fraction: Floats) -> Point:
    """Return where a fit of this composition (element,) begins: nominal, with the dose of the counts."""
    families = model.families(np.flatnonzero(fraction))
    hats = np.zeros(len(model.hats))
    point = Point(fraction, np.ones(len(families)), target.stated, 0.0, hats, fixed=target.fixed)
    spectrum = model.spectrum(point, families)[target.seen]
    point = replace(point, atoms=fraction * (target.counts_seen.sum() / max(spectrum.sum(), 1e-300)))
    return replace(point, chemical=likeliest_shifts(model, target, point)) if model.chemical.size else point


def fit_from(model: ForwardModel, target: Target, point: Point, chosen: NDArray[np.intp]) -> Fit:
    """Fit a spectrum with the `chosen` elements, from `point`; its factors are those of ``model.families(chosen)``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If there is nothing to fit.
    """
    return _Scoring(model, target, chosen).run(point)


def ended(fit: Fit) -> Fit:
    """Return a fit at the minimum that it is near: with the same elements, until no step lowers its cost."""
    return _Scoring(fit.model, fit.target, fit.chosen).end(fit.point)


class _Scoring:
    """Fisher scoring of one spectrum with chosen elements."""

    def __init__(self, model: ForwardModel, target: Target, chosen: NDArray[np.intp]) -> None:
        self._model, self._target = model, target
        self._unknowns = Unknowns(model, chosen, target.top)
        self._cost = Cost(target, self._unknowns)

    def run(self, point: Point) -> Fit:
        """Fit from `point` until neither fractions nor cost change by much, or some iterations are done.

        A step that makes the fit worse is halved, or, where its derivatives were not taken where it begins, taken anew.
        """
        model, families = self._model, self._unknowns.families
        frozen = {name: self._target.stated[name] for name in self._unknowns.frozen}
        point = replace(point, values={**point.values, **frozen}).settled()
        linear, stale = model.at(point, families), False
        cost = self._cost.value(point, linear.spectrum)
        for iteration in range(_ITERATIONS):
            end, reached, spectrum = self._reached(self._step(point, linear))
            if reached > cost and stale:
                linear, stale = model.at(point, families), False
                continue
            if reached > cost:
                end, reached, spectrum = self._reached(_halfway(point, end))
            change, gain, end = np.abs(end.fraction - point.fraction).max(), cost - reached, end.settled()
            if iteration in _DERIVED or model.chemical.size:
                linear, stale = model.at(end, families), False
            else:
                grown = self._unknowns.strengths(end) / self._unknowns.strengths(point)
                linear, stale = replace(linear, spectrum=spectrum, families=linear.families * grown[:, None]), True
            point, cost = end, self._cost.value(end, linear.spectrum)
            if change < _SETTLED and gain < 1.0 + _BETTER * cost:
                break
        return self._result(point, linear)

    def end(self, point: Point) -> Fit:
        """Fit from `point` until no step gains, with derivatives taken anew at each."""
        point = point.settled()
        linear = self._model.at(point, self._unknowns.families)
        cost = self._cost.value(point, linear.spectrum)
        for _ in range(_FINAL_STEPS):
            step = self._wanted(point, linear)
            tried = (self._reached(self._unknowns.after(point, share * step)) for share in _SHORTER)
            better = next((one for one in tried if one[1] < cost), None)
            if better is None:
                break
            gain, end = cost - better[1], better[0].settled()
            change = np.abs(end.fraction - point.fraction).max()
            point, linear = end, self._model.at(end, self._unknowns.families)
            cost = self._cost.value(point, linear.spectrum)
            if gain < _ENDED and change < _SETTLED:
                break
        return self._result(point, linear)

    def _reached(self, point: Point) -> tuple[Point, float, Floats]:
        """Return a point with its cost, and its spectrum (energy,) with the mixing law at its own fractions."""
        matrices = np.stack([point.supposed, point.fraction])
        before, after = self._model.spectra(point, self._unknowns.families, matrices)
        return point, self._cost.value(point, before), after

    def _step(self, point: Point, linear: Linearised) -> Point:
        """Return the point after one step."""
        return self._unknowns.after(point, self._wanted(point, linear))

    def _wanted(self, point: Point, linear: Linearised) -> Floats:
        """Return the step (unknown,) to where the linearised cost is least within its bounds."""
        matrix, gradient = self._normal(point, linear, self._unknowns.columns(point, linear, self._target.seen))
        return bounded_minimum(matrix, gradient, *self._unknowns.bounds(point))

    def _normal(self, point: Point, linear: Linearised, columns: Floats) -> tuple[Floats, Floats]:
        """Return the normal matrix (unknown, unknown) and the gradient (unknown,), priors included."""
        weighted = columns * self._cost.weight(linear)
        matrix, gradient = self._cost.priors(point)
        residuals = self._target.counts_seen - linear.spectrum[self._target.seen]
        return weighted @ columns.T + matrix, weighted @ residuals + gradient

    def _result(self, point: Point, linear: Linearised) -> Fit:
        """Return the fit at its last point."""
        model, target, unknowns = self._model, self._target, self._unknowns
        chosen = unknowns.chosen
        columns = unknowns.columns(point, linear, target.seen)
        normal, _ = self._normal(point, linear, columns)
        covariance: Floats = np.array(np.linalg.pinv(normal, hermitian=True)[: chosen.size, : chosen.size])
        priors = [model.prior(unknowns.families[of[0]]) if len(of) == 1 else 0.0 for of in unknowns.members]
        covariance += np.diag(np.square(priors) + model.priors.sensitivity_error**2)
        atoms = point.atoms[chosen]
        expected = np.maximum(linear.spectrum[target.seen], LEAST_COUNTS)
        squares = (target.counts_seen - expected) ** 2 / model.variance(expected)
        return Fit(
            model=model,
            target=target,
            chosen=chosen,
            point=point,
            atoms=atoms,
            covariance=covariance * np.outer(atoms, atoms),
            spectrum=linear.spectrum,
            of_shapes=shape_variance(unknowns, linear),
            misfit=float(np.sqrt(np.mean(squares))),
            cost=self._cost.value(point, linear.spectrum),
            columns=columns,
            lines=unknowns.lines(linear),
            weight=self._cost.weight(linear),
            normal=normal,
        )


def _halfway(start: Point, end: Point) -> Point:
    """Return the point in the middle of two."""
    return replace(
        end,
        atoms=0.5 * (start.atoms + end.atoms),
        factors=0.5 * (start.factors + end.factors),
        values={name: 0.5 * (start.values[name] + value) for name, value in end.values.items()},
        shift=0.5 * (start.shift + end.shift),
        background=0.5 * (start.background + end.background),
        chemical=0.5 * (start.chemical + end.chemical),
    )
