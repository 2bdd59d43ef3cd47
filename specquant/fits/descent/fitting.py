"""Fitting one spectrum by a forward model: Poisson maximum likelihood with an allowance for the model's own error.

The mixing law, which makes lines depend on the composition, is taken at the composition of the step before, as matrix
corrections are iterated: how much there is of an element is what its own lines say, and not what the continuum and the
absorption of others would like best, since a law errs there most.

Fisher scoring: the model is linearised where the fit stands, and a weighted least-squares problem with bounds is
solved; weights are ``1 / (m + (e m)^2)`` with the modelled counts m and the relative model error e, which is Poisson
maximum likelihood for e = 0. Priors enter as further rows. The inverse of the last normal matrix is the covariance.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.fits.descent.beside import Beside, Free
from specquant.fits.descent.cost import LEAST_COUNTS, Cost, Target, shape_variance
from specquant.fits.descent.lineshifts import likeliest_shifts
from specquant.fits.descent.stepping import Descent, Reached
from specquant.fits.descent.tangent import Tangent
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.hidden import Hidden
from specquant.fits.model.peaks import peaks
from specquant.fits.model.point import Point
from specquant.fits.model.shares import shares_of
from specquant.fits.model.unknowns import Unknowns
from specquant.technique import Floats


@dataclass(frozen=True)
class Fit:
    """A fitted spectrum.

    Parameters
    ----------
    model
        The physics.
    target
        The spectrum, with what was expected beforehand.
    chosen
        Indices of the elements that were fitted, ascending, (chosen,).
    point
        Where the fit stands.
    spectrum
        The modelled counts, shape (energy,).
    cost
        What the fit made small, see `Cost.value`.
    tangent
        The model linearised near there.
    settled
        Whether it counts as linearised where the fit stands.
    added
        What was added to the covariance afterwards, shape (chosen, chosen).
    hidden
        What the sample may have that the spectrum does not show.
    """

    model: ForwardModel
    target: Target
    chosen: NDArray[np.intp]
    point: Point
    spectrum: Floats
    cost: float
    tangent: Tangent
    settled: bool = False
    added: Floats | float = 0.0
    hidden: Hidden = field(default_factory=Hidden.nothing)

    @property
    def atoms(self) -> Floats:
        """Amounts of the chosen elements by their lines, dose included, (chosen,)."""
        return self.point.atoms[self.chosen]

    @cached_property
    def covariance(self) -> Floats:
        """Covariance of the amounts (chosen, chosen), which holds the uncertainty of every factor and parameter."""
        unknowns, model, count = self.unknowns, self.model, self.chosen.size
        priors = [model.prior(unknowns.families[of[0]]) if len(of) == 1 else 0.0 for of in unknowns.members]
        relative = self._with_feedback(self.inverse[:count, :count])
        relative += np.diag(np.square(priors) + model.priors.sensitivity_error**2)
        return np.asarray(relative * np.outer(self.atoms, self.atoms) + self.added)

    @cached_property
    def counting(self) -> Floats:
        """Covariance of the amounts (chosen, chosen) by counting alone: how they scatter from spectrum to spectrum."""
        expected = np.maximum(self.spectrum[self.target.seen], LEAST_COUNTS)
        read = self.inverse[: self.chosen.size] @ (self.tangent.columns(self.point) * self.weight)
        relative = self._with_feedback((read * expected) @ read.T)
        return np.asarray(relative * np.outer(self.atoms, self.atoms))

    def _with_feedback(self, relative: Floats) -> Floats:
        """Return a covariance of logarithms of amounts (chosen, chosen) once the mixing law follows them."""
        response = np.linalg.inv(np.eye(self.chosen.size) + self._feedback)
        return np.asarray(response @ relative @ response.T)

    @property
    def _feedback(self) -> Floats:
        """By how much amounts make up for what a change of each does to the mixing law, in logarithms.

        Shape (chosen, chosen).
        """
        count = self.chosen.size
        if self.model.mixes_linearly:
            return np.zeros((count, count))
        return np.asarray(self.inverse[:count] @ self.tangent.coupling(self.point))

    @cached_property
    def of_shapes(self) -> Floats:
        """Variance of its line shapes, (energy,)."""
        families = self.model.at(self.point, self.unknowns.families).families
        return shape_variance(self.unknowns, families)

    @cached_property
    def misfit(self) -> float:
        """Root mean square of the residuals, in errors of the counts and of the model."""
        expected = np.maximum(self.spectrum[self.target.seen], LEAST_COUNTS)
        squares = (self.target.counts_seen - expected) ** 2 / self.model.variance(expected)
        return float(np.sqrt(np.mean(squares)))

    @cached_property
    def by_lines(self) -> Floats:
        """The `columns`, those of amounts being lines alone, without what belongs to no element."""
        return self.tangent.lines(self.point)

    @cached_property
    def peaks(self) -> Floats:
        """The peaks of those, (unknown, channel seen)."""
        return peaks(self.by_lines)

    @cached_property
    def lines(self) -> Floats:
        """Counts of the lines of every chosen element, shape (chosen, energy)."""
        return self.model.by_element(self.point, self.unknowns.families, self.chosen)

    @property
    def weight(self) -> Floats:
        """Inverse variances, shape (channel seen,)."""
        return self.tangent.weight

    @cached_property
    def normal(self) -> Floats:
        """Normal matrix, priors included, shape (unknown, unknown)."""
        return self.tangent.normal(self.point, self.left_over)[0] + self.priors

    @cached_property
    def priors(self) -> Floats:
        """What priors add to the normal matrix, (unknown, unknown)."""
        return Cost(self.target, self.unknowns).priors(self.point)[0]

    @cached_property
    def left_over(self) -> Floats:
        """Counts that the fit leaves over, (channel seen,)."""
        return self.target.counts_seen - self.spectrum[self.target.seen]

    def lines_of(self, elements: NDArray[np.intp]) -> Floats:
        """Return the counts (element, channel seen) of elements of the model as they would be at a fraction of one."""
        return self._lines[np.searchsorted(self.model.elements, elements)]

    @cached_property
    def _lines(self) -> Floats:
        return self.model.lines(self.point, self.model.elements)[:, self.target.span]

    @cached_property
    def absent(self) -> NDArray[np.intp]:
        """Elements of the model that are not in it."""
        return np.setdiff1d(self.model.elements, self.chosen)

    @cached_property
    def absent_peaks(self) -> Floats:
        """The peaks of their lines at a fraction of one, (absent, channel seen)."""
        return peaks(self.lines_of(self.absent))

    @cached_property
    def free(self) -> Free:
        """The peaks of all that is free in it."""
        return Free(self.peaks, self.weight, self.priors)

    @cached_property
    def absent_beside(self) -> Beside:
        """What is left of `absent_peaks` where all that is free gives way to them."""
        return Beside.of(self.absent_peaks, self.free)

    @cached_property
    def narrowed(self) -> dict[bytes, "Fit"]:
        """Fits with fewer of its elements that were tried, by the elements (chosen,) that were kept."""
        return {}

    @property
    def unknowns(self) -> Unknowns:
        """What is free in it."""
        return self.tangent.unknowns

    @cached_property
    def inverse(self) -> Floats:
        """Covariance of all that is free, in its own units, (unknown, unknown)."""
        return np.asarray(np.linalg.pinv(self.normal, hermitian=True))

    def widened(self, change: Floats) -> "Fit":
        """Return the fit with what a change of its spectrum, (energy,), adds to its covariance.

        The change is as likely as one standard deviation; all that is free in the fit gives way to it.
        """
        step = self.inverse @ (self.tangent.columns(self.point) @ (self.weight * change[self.target.seen]))
        moved = step[: self.chosen.size] * self.atoms
        return replace(self, added=self.added + np.outer(moved, moved))


def shares(fit: Fit) -> tuple[Floats, Floats]:
    """Return atomic fractions of the chosen elements and their standard errors, (chosen,) each."""
    return _shares(fit, fit.covariance)


def counting_errors(fit: Fit) -> Floats:
    """Return the standard errors of the atomic fractions of the chosen elements by counting alone, (chosen,)."""
    return _shares(fit, fit.counting)[1]


def _shares(fit: Fit, covariance: Floats) -> tuple[Floats, Floats]:
    if fit.point.fixed is not None:
        return fit.point.fixed.shares(fit.point.atoms, covariance, fit.chosen)
    return shares_of(fit.atoms, covariance)


def nominal_point(model: ForwardModel, target: Target, fraction: Floats) -> Point:
    """Return where a fit of this composition (element,) begins: nominal, with the dose of the counts."""
    families = model.families(np.flatnonzero(fraction))
    hats = np.zeros(len(model.hats))
    displaced = np.zeros(len(families) if model.chemical.size else 0)
    point = Point(fraction, np.ones(len(families)), target.stated, 0.0, hats, displaced=displaced, fixed=target.fixed)
    spectrum = model.spectrum(point, families)[target.seen]
    point = replace(point, atoms=fraction * (target.counts_seen.sum() / max(spectrum.sum(), 1e-300)))
    return replace(point, chemical=likeliest_shifts(model, target, point)) if model.chemical.size else point


def fit_from(
    model: ForwardModel,
    target: Target,
    point: Point,
    chosen: NDArray[np.intp],
    near: Tangent | None = None,
    roughly: bool = False,
    aim: float = np.inf,
) -> Fit:
    """Fit a spectrum with the `chosen` elements, from `point`; its factors are those of ``model.families(chosen)``.

    `near` is the model linearised near there, if it is. A rough fit shows how far the model errs, no more. One that
    will cost more than its `aim` ends early.

    Raises
    ------
    numpy.linalg.LinAlgError
        If there is nothing to fit.
    """
    unknowns = Unknowns(model, chosen, target.top, point.split(chosen)) if near is None else near.unknowns
    frozen = {name: target.stated[name] for name in unknowns.frozen}
    point = point if frozen.items() <= point.values.items() else replace(point, values={**point.values, **frozen})
    point = unknowns.with_shifts_in_range(point)
    return _fit(target, Descent(model, target, unknowns, roughly=roughly, aim=aim).run(point, near))


def ended(fit: Fit) -> Fit:
    """Return a fit at the minimum that it is near, with the same elements, and with the model linearised there."""
    if fit.settled:
        return fit
    end = Descent(fit.model, fit.target, fit.unknowns, to_the_end=True).run(fit.point)
    return replace(_fit(fit.target, end), added=fit.added)


def _fit(target: Target, end: Reached) -> Fit:
    unknowns = end.tangent.unknowns
    return Fit(unknowns.model, target, unknowns.chosen, end.point, end.spectrum, end.cost, end.tangent, end.settled)
