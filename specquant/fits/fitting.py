"""Fitting one spectrum by a forward model: Poisson maximum likelihood with an allowance for the model's own error.

Fisher scoring: the model is linearised where the fit stands, and a weighted least-squares problem with bounds is
solved; weights are ``1 / (m + (e m)^2)`` with the modelled counts m and the relative model error e, which is Poisson
maximum likelihood for e = 0. Priors enter as further rows. The inverse of the last normal matrix is the covariance.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import lsq_linear

from specquant.fits.forward import Family, ForwardModel, Linearised, Point
from specquant.technique import Floats

LEAST_COUNTS = 1.0
"""No channel is expected to have fewer counts: its variance would be too small."""

_ITERATIONS = 12
_SETTLED, _BETTER = 2e-3, 1e-2
_DERIVED = (1, 5)
"""Iterations after which derivatives are taken anew; between them families only grow and shrink."""
_LEAST_FACTOR, _MOST_FACTOR = 0.1, 5.0
_LONGEST_STEP = 3.0
_FROZEN = 1e-6
_FARTHEST, _BEYOND = 1.5, 2.0
"""Chemical shifts move by so many eV in a step, and up to so many standard deviations from what is usual."""
_PEAKS = 8.0
_NEIGHBOURHOOD = 15.0
"""A model is doubted by how well it does within about so many eV (standard deviation)."""
_SEARCHED, _SEARCH_STEP, _PULL = 9.0, 0.5, 0.04


@dataclass(frozen=True)
class Fit:
    """A fitted spectrum.

    `atoms` (chosen,) are amounts of the chosen elements, dose included, with `covariance` (chosen, chosen) that holds
    the uncertainty of every factor and parameter; `spectrum` (energy,) is the model; `misfit` the root mean square of
    its weighted residuals; `point` where it stands in `problem`. `columns` (column, channel seen) are the derivatives
    there by all that is free, `weight` (channel seen,) the inverse variances, and `normal` (column, column) the normal
    matrix, priors included.
    """

    chosen: NDArray[np.intp]
    atoms: Floats
    covariance: Floats
    spectrum: Floats
    misfit: float
    cost: float
    point: Point
    problem: "SpectrumFit"
    columns: Floats
    weight: Floats
    normal: Floats


@dataclass(frozen=True)
class Proposal:
    """A composition that a fit holds to: fractions (element,) with standard deviations (element,)."""

    fraction: Floats
    deviation: Floats


class SpectrumFit:
    """The fit of one spectrum.

    Parameters
    ----------
    model
        The physics.
    counts, observed
        Shape (energy,) each.
    stated
        Value of every instrument parameter, as stated or by default: the centres of their priors.
    proposal
        What is thought of the composition beforehand, if anything.
    doubt
        Factor (energy,) on the variance of what the model says: above 1 where it explains the spectrum badly.

    Attributes
    ----------
    seen
        Indices of the channels that were observed; `counts` and `doubt` are of these.
    """

    def __init__(
        self,
        model: ForwardModel,
        counts: Floats,
        observed: NDArray[np.bool_],
        stated: Mapping[str, float],
        proposal: Proposal | None = None,
        doubt: Floats | None = None,
    ) -> None:
        self.model, self._stated = model, stated
        self.proposal = proposal
        self.doubt = np.ones(int(observed.sum())) if doubt is None else doubt[observed]
        self._given = counts, observed
        self.seen = np.flatnonzero(observed)
        self.counts = counts[self.seen].astype(np.float64)
        self._top = max(float(self.counts.max(initial=0.0)), 1.0)

    def start(self, fraction: Floats) -> Point:
        """Return where a fit of this composition (element,) begins: nominal, with the dose of the counts."""
        families = self.model.families(np.flatnonzero(fraction))
        hats = np.zeros(len(self.model.hats))
        point = Point(fraction, np.ones(len(families)), self._stated, 0.0, hats)
        spectrum = self.model.spectrum(point, families)[self.seen]
        dose = self.counts.sum() / max(spectrum.sum(), 1e-300)
        point = replace(point, atoms=fraction * dose)
        return replace(point, moved=self._chemical(point)) if self.model.settings.chemical else point

    def _chemical(self, point: Point) -> Floats:
        """Return the chemical shifts (element,) at which the lines of each element of a point lie best on peaks."""
        moved = self.model.chemical[:, 0].copy()
        chosen = np.flatnonzero(point.atoms)
        step = self.model.technique.axis.step
        weight = 1.0 / np.sqrt(self.model.variance(np.maximum(self.counts, LEAST_COUNTS)))
        peaks = self.counts - gaussian_filter1d(self.counts, _PEAKS / step)
        best = np.full(chosen.size, -np.inf)
        usual, spread = self.model.chemical[chosen].T
        for away in np.arange(-_SEARCHED, _SEARCHED + 1e-9, _SEARCH_STEP):
            lines = self.model.lines(point, chosen, away)[:, self.seen]
            lines = weight * (lines - gaussian_filter1d(lines, _PEAKS / step, axis=1))
            found = np.maximum(lines @ (weight * peaks), 0.0) ** 2 / np.maximum((lines**2).sum(axis=1), 1e-300)
            score = found * (1.0 - _PULL * ((away - usual) / spread) ** 2)
            better = score > best
            moved[chosen[better]] = away
            best = np.where(better, score, best)
        return moved

    def doubted(self, fit: Fit) -> "SpectrumFit":
        """Return the same problem, with the model doubted wherever it explains the spectrum badly in a fit."""
        counts, observed = self._given
        variance = self.model.variance(np.maximum(fit.spectrum, LEAST_COUNTS))
        squares = np.where(observed, (counts - fit.spectrum) ** 2 / variance, 0.0)
        width = _NEIGHBOURHOOD / self.model.technique.axis.step
        near = gaussian_filter1d(squares, width) / np.maximum(gaussian_filter1d(observed.astype(float), width), 1e-6)
        return SpectrumFit(self.model, counts, observed, self._stated, self.proposal, np.maximum(near, 1.0))

    def run(self, point: Point, chosen: NDArray[np.intp]) -> Fit:
        """Fit from `point` with the `chosen` elements.

        The factors of `point` are those of ``model.families(chosen)``. The fit ends when neither fractions nor
        cost change by much, or after so many iterations. A step that makes the fit worse is halved, or, where the
        derivatives were not taken at its beginning, taken anew.
        """
        families = self.model.families(chosen)
        state = _Problem(self, families, chosen)
        point = replace(point, values={**point.values, **{name: self._stated[name] for name in state.frozen}})
        linear, stale = self.model.at(point, families), False
        cost = state.cost(point, linear.spectrum)
        for iteration in range(_ITERATIONS):
            target = state.step(point, linear)
            spectrum = self.model.spectrum(target, families)
            reached = state.cost(target, spectrum)
            if reached > cost and stale:
                linear, stale = self.model.at(point, families), False
                continue
            if reached > cost:
                target = _halfway(point, target)
                spectrum = self.model.spectrum(target, families)
                reached = state.cost(target, spectrum)
            moved = np.abs(_fractions(target) - _fractions(point)).max()
            if iteration in _DERIVED or self.model.settings.chemical:
                linear, stale = self.model.at(target, families), False
            else:
                grown = state.scale(target) / state.scale(point)
                linear, stale = replace(linear, spectrum=spectrum, families=linear.families * grown[:, None]), True
            better = cost - reached
            point, cost = target, reached
            if moved < _SETTLED and better < 1.0 + _BETTER * cost:
                break
        return state.result(point, linear)


def _fractions(point: Point) -> Floats:
    return np.asarray(point.atoms / max(point.atoms.sum(), 1e-300))


def _halfway(start: Point, end: Point) -> Point:
    """Return the point in the middle of two."""
    values = {name: 0.5 * (start.values[name] + value) for name, value in end.values.items()}
    return Point(
        0.5 * (start.atoms + end.atoms),
        0.5 * (start.factors + end.factors),
        values,
        0.5 * (start.shift + end.shift),
        0.5 * (start.background + end.background),
        0.5 * (start.moved + end.moved),
    )


class _Problem:
    """The linearised problem: columns by amount, factor, parameter, shift and background."""

    def __init__(self, fit: SpectrumFit, families: list[Family], chosen: NDArray[np.intp]) -> None:
        self._fit, self._model = fit, fit.model
        self._families, self._chosen = families, chosen
        own = {element: [place for place, f in enumerate(families) if f.element == element] for element in chosen}
        self._own = [own[element] for element in chosen]
        # one family alone cannot be told from the amount: its prior goes into the covariance instead
        single = {places[0] for places in self._own if len(places) == 1}
        surface = self._model.settings.surface
        symbols = [self._model.technique.elements[element] for element in chosen]
        self.frozen = {surface[symbol] for symbol in symbols if symbol in surface}
        self._deviation = {
            name: _FROZEN * sd if name in self.frozen else sd for name, sd in self._model.settings.parameters.items()
        }
        self._scaled = [place for place in range(len(families)) if place not in single]

    def scale(self, point: Point) -> Floats:
        """Return how strong each family is, but for the mixing law: atoms, or the dose, times its factor."""
        amounts = np.append(point.atoms, point.atoms.sum())[[family.element for family in self._families]]
        return np.asarray(np.maximum(amounts * point.factors, 1e-300))

    def _columns(self, linear: Linearised) -> Floats:
        """Return the derivatives (column, channel): by relative amount, log factor, scaled parameter, shift and hat."""
        seen = self._fit.seen
        families = linear.families[:, seen]
        amounts = np.array([families[own].sum(axis=0) for own in self._own])
        sd = np.array([self._deviation[p.name] for p in self._model.parameters])
        parameters = linear.parameters[:, seen] * sd[:, None]
        shift = linear.shift[None, seen] * self._model.settings.shift
        background = self._fit._top * linear.background[:, seen]
        return np.vstack([amounts, families[self._scaled], parameters, self._slopes(linear), shift, background])

    def _slopes(self, linear: Linearised) -> Floats:
        """Return the derivatives (chosen, channel) by the scaled chemical shifts of the elements, if there are any."""
        if not self._model.chemical.size:
            return np.zeros((0, self._fit.seen.size))
        lines = np.array([linear.families[own].sum(axis=0) for own in self._own])
        slopes = -np.gradient(lines, self._model.technique.axis.step, axis=1)[:, self._fit.seen]
        return np.asarray(slopes * self._model.chemical[self._chosen, 1][:, None])

    def step(self, point: Point, linear: Linearised) -> Point:
        """Return the point after one step of Fisher scoring."""
        columns = self._columns(linear)
        matrix, gradient = self._normal(point, linear, columns)
        low, high = self._bounds(point, len(columns))
        move = _bounded(matrix, gradient, low, high)
        sizes = self._sizes
        amounts, factors, settings, chemical, rest = np.split(move, np.cumsum(sizes))
        atoms = point.atoms.copy()
        atoms[self._chosen] *= 1.0 + amounts
        new = point.factors.copy()
        new[self._scaled] *= 1.0 + factors
        values = dict(point.values)
        for parameter, shift in zip(self._model.parameters, settings, strict=True):
            moved = values[parameter.name] + shift * self._deviation[parameter.name]
            values[parameter.name] = float(np.clip(moved, parameter.low, parameter.high))
        return Point(
            np.maximum(atoms, 0.0),
            new,
            values,
            point.shift + rest[0] * self._model.settings.shift,
            point.background + self._fit._top * rest[1:],
            self._moved(point, chemical),
        )

    def _moved(self, point: Point, steps: Floats) -> Floats:
        moved = point.moved.copy()
        if steps.size:
            moved[self._chosen] += steps * self._model.chemical[self._chosen, 1]
        return moved

    @property
    def _sizes(self) -> tuple[int, int, int, int]:
        """Number of columns of amounts, factors, parameters and chemical shifts; that of the axis and hats follow."""
        count = len(self._chosen)
        return count, len(self._scaled), len(self._model.parameters), count if self._model.chemical.size else 0

    def _normal(self, point: Point, linear: Linearised, columns: Floats) -> tuple[Floats, Floats]:
        """Return the normal matrix and the gradient, priors included."""
        weighted = columns * self._weight(linear)
        matrix = weighted @ columns.T
        gradient = weighted @ (self._fit.counts - linear.spectrum[self._fit.seen])
        count, scaled, parameters, chemical = self._sizes
        for place, family in enumerate(self._scaled, start=count):
            precision = self._model.prior(self._families[family]) ** -2
            matrix[place, place] += precision * point.factors[family] ** 2
            gradient[place] += precision * (1.0 - point.factors[family]) * point.factors[family]
        for place, parameter in enumerate(self._model.parameters, start=count + scaled):
            sd = self._deviation[parameter.name]
            matrix[place, place] += 1.0
            gradient[place] += (self._fit._stated[parameter.name] - point.values[parameter.name]) / sd
        first = count + scaled + parameters
        if chemical:
            usual, spread = self._model.chemical[self._chosen].T
            matrix[range(first, first + chemical), range(first, first + chemical)] += 1.0
            gradient[first : first + chemical] += (usual - point.moved[self._chosen]) / spread
        if self._fit.proposal is not None:
            away, slope = self._away(point)
            matrix[:count, :count] += slope.T @ slope
            gradient[:count] -= slope.T @ away
        place = first + chemical
        matrix[place, place] += 1.0
        gradient[place] -= point.shift / self._model.settings.shift if self._model.settings.shift else 0.0
        return matrix, gradient

    def _weight(self, linear: Linearised) -> Floats:
        """Return the inverse variances (channel seen,) of the counts, of the model and of its line shapes."""
        expected = np.maximum(linear.spectrum[self._fit.seen], LEAST_COUNTS)
        return np.asarray(1.0 / (self._model.variance(expected) + self._shape_variance(linear)) / self._fit.doubt)

    def _away(self, point: Point) -> tuple[Floats, Floats]:
        """Return how far chosen fractions are from those proposed, in deviations, with derivatives by the amounts."""
        assert self._fit.proposal is not None
        fraction = point.atoms[self._chosen] / max(point.atoms.sum(), 1e-300)
        deviation = self._fit.proposal.deviation[self._chosen]
        away = (fraction - self._fit.proposal.fraction[self._chosen]) / deviation
        return away, (np.diag(fraction) - np.outer(fraction, fraction)) / deviation[:, None]

    def _shape_variance(self, linear: Linearised) -> Floats:
        """Return the variance (channel,) that the errors of line shapes add."""
        errors = np.array([self._model.settings.shape_errors.get(family.group, 0.0) for family in self._families])
        return np.asarray(np.square(errors[:, None] * linear.families[:, self._fit.seen]).sum(axis=0))

    def _bounds(self, point: Point, columns: int) -> tuple[Floats, Floats]:
        count, scaled, parameters, chemical = self._sizes
        low, high = np.full(columns, -_LONGEST_STEP), np.full(columns, _LONGEST_STEP)
        low[:count] = -0.9
        low[count : count + scaled] = np.maximum(_LEAST_FACTOR / point.factors[self._scaled] - 1.0, -0.5)
        high[count : count + scaled] = np.minimum(_MOST_FACTOR / point.factors[self._scaled] - 1.0, 1.0)
        for place, parameter in enumerate(self._model.parameters, start=count + scaled):
            sd = self._deviation[parameter.name]
            low[place] = max((parameter.low - point.values[parameter.name]) / sd, low[place])
            high[place] = min((parameter.high - point.values[parameter.name]) / sd, high[place])
        if chemical:
            chosen = slice(count + scaled + parameters, count + scaled + parameters + chemical)
            usual, spread = self._model.chemical[self._chosen].T
            now = (point.moved[self._chosen] - usual) / spread
            low[chosen] = np.maximum(-_FARTHEST / spread, np.minimum(-_BEYOND - now, 0.0))
            high[chosen] = np.minimum(_FARTHEST / spread, np.maximum(_BEYOND - now, 0.0))
        first = count + scaled + parameters + chemical + 1
        low[first:] = -point.background / self._fit._top
        return low, np.maximum(high, low + 1e-9)

    def result(self, point: Point, linear: Linearised) -> Fit:
        """Return the fit at its last point."""
        columns = self._columns(linear)
        matrix, _ = self._normal(point, linear, columns)
        inverse = np.linalg.pinv(matrix, hermitian=True)
        count = len(self._chosen)
        covariance: Floats = np.array(inverse[:count, :count], dtype=np.float64)
        for place, own in enumerate(self._own):
            if len(own) == 1:
                covariance[place, place] += self._model.prior(self._families[own[0]]) ** 2
        covariance[range(count), range(count)] += self._model.settings.sensitivity_error**2
        atoms = point.atoms[self._chosen]
        covariance = np.asarray(covariance * np.outer(atoms, atoms))
        expected = np.maximum(linear.spectrum[self._fit.seen], LEAST_COUNTS)
        misfit = float(np.sqrt(np.mean((self._fit.counts - expected) ** 2 / self._model.variance(expected))))
        return Fit(
            chosen=self._chosen,
            atoms=atoms,
            covariance=covariance,
            spectrum=linear.spectrum,
            misfit=misfit,
            cost=self.cost(point, linear.spectrum),
            point=point,
            problem=self._fit,
            columns=columns,
            weight=self._weight(linear),
            normal=matrix,
        )

    def cost(self, point: Point, spectrum: Floats) -> float:
        """Return the sum of squared residuals, in errors of the counts and of the model, and of the priors."""
        counts = self._fit.counts
        variance = self._model.variance(np.maximum(counts, LEAST_COUNTS))
        squares = (counts - spectrum[self._fit.seen]) ** 2 / variance / self._fit.doubt
        return float(np.sum(squares)) + self._penalty(point)

    def _penalty(self, point: Point) -> float:
        """Return how far factors and parameters are from where their priors would have them, in squared deviations."""
        far = [(point.factors[place] - 1.0) / self._model.prior(self._families[place]) for place in self._scaled]
        far += [
            (point.values[p.name] - self._fit._stated[p.name]) / self._deviation[p.name] for p in self._model.parameters
        ]
        if self._model.chemical.size:
            usual, spread = self._model.chemical[self._chosen].T
            far += ((point.moved[self._chosen] - usual) / spread).tolist()
        if self._fit.proposal is not None:
            far += self._away(point)[0].tolist()
        return float(np.sum(np.square(far)))


def _bounded(matrix: Floats, gradient: Floats, low: Floats, high: Floats) -> Floats:
    """Return the minimum of a quadratic form within bounds."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled = matrix / np.outer(scale, scale) + 1e-10 * np.eye(len(scale))
    free = np.linalg.solve(scaled, gradient / scale) / scale
    if ((free >= low) & (free <= high)).all():
        return np.asarray(free)
    root = np.linalg.cholesky(scaled).T
    target = np.linalg.solve(root.T, gradient / scale)
    return np.asarray(lsq_linear(root, target, (low * scale, high * scale), method="bvls").x / scale)
