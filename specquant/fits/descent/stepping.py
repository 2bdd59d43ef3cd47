"""The way down to the least cost: steps to where the linearised cost is least within bounds.

The mixing law is taken at the composition where a step begins, and then at the one where it ends, so that steps lead to
where no other step lowers the cost as long as the law stays as it is. A step foresees by how much the law will change.

Where variances are fixed, the model is linearised anew only if a step gains much less than its linear form says, and
where nothing is left to gain. Else, each step takes variances and derivatives from where it begins (Fisher scoring).
"""

from dataclasses import dataclass, replace

import numpy as np

from specquant.fits.descent.bounded import bounded_minimum, solution
from specquant.fits.descent.cost import Cost, Target
from specquant.fits.descent.ray import Ray
from specquant.fits.descent.tangent import Tangent
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.point import Point
from specquant.fits.model.reach import bounds
from specquant.fits.model.unknowns import Unknowns
from specquant.technique import Floats

_STEPS = 60
"""Steps at most: chosen, far more than a fit takes."""

_ENDED = 0.1
"""Gain in cost below which a fit is ended: chosen, a twentieth of what tells two fits apart."""

_ROUGHLY = 0.01
"""Share of the cost that a step gains at least in a rough descent: chosen, what is left changes variances by less than
they are known."""

_FAITHFUL = 0.7
"""Share of the gain in cost that a step has by the linearised model, below which it is linearised anew: chosen."""

_FORESIGHT = 0.5
"""Share of the gain of the best step that one which foresees the mixing law gains at least, or the best one is taken:
chosen."""

_SETTLED = 1.0
"""Gain in cost since the model was linearised up to which it counts as linearised there: chosen, a step of less than a
standard error in all."""

_KEPT = 0.02
"""Share of the counts by which those of all families, as they have grown since the model was linearised, may be off
where a descent ends, up to which it counts as linearised there: chosen, derivatives are then as good to about as much.
"""

_HOPELESS = 5.0
"""Gains as the next step has by the linearised model that a descent may still have in all: chosen, twice what those had
that came down to their aim after all."""

_TRIES = 4
"""Lengths of a step that are tried until the cost falls: chosen, the second is nearly always right."""


@dataclass(frozen=True)
class Reached:
    """Where a descent stands: the point, its modelled counts (energy,), the model linearised near it, and the cost.

    The cost is by the variances with which the model was linearised. `settled`: the model counts as linearised there.
    """

    point: Point
    spectrum: Floats
    cost: float
    tangent: Tangent
    settled: bool = False


@dataclass(frozen=True)
class _Step:
    """A step (unknown,) that foresees the mixing law, the best one as the law is, and what that gains if all is linear.

    `priors` and `pull` are what priors add to the normal matrix and to the gradient that they come from.
    """

    step: Floats
    best: Floats
    hoped: float
    priors: Floats
    pull: Floats


class Descent:
    """Steps of one spectrum with chosen elements.

    Parameters
    ----------
    model
        The physics.
    target
        The spectrum, with what is expected beforehand.
    unknowns
        What is free.
    to_the_end
        Whether it ends where the model is linearised.
    roughly
        Whether it ends where steps gain little of the cost.
    aim
        Cost that it is to come down to; where it is far from that, it ends.
    """

    def __init__(
        self,
        model: ForwardModel,
        target: Target,
        unknowns: Unknowns,
        to_the_end: bool = False,
        roughly: bool = False,
        aim: float = np.inf,
    ) -> None:
        self._model, self._target, self._unknowns = model, target, unknowns
        self._cost = Cost(target, unknowns)
        self._fixed = target.variance is not None
        self._to_the_end, self._roughly, self._aim = to_the_end, roughly, aim

    def run(self, point: Point, near: Tangent | None = None) -> Reached:
        """Return where steps from a point end.

        Parameters
        ----------
        point
            Where they begin.
        near
            The model linearised not far from there; None: it is linearised there.
        """
        exact, gained = near is None or not self._fixed, 0.0
        at = self._at(point) if near is None or exact else self._reached(point, near)
        for _ in range(_STEPS):
            wanted = self._wanted(at)
            if at.cost - _HOPELESS * wanted.hoped > self._aim:
                return at
            least = max(_ENDED, _ROUGHLY * at.cost) if self._roughly else _ENDED
            better = self._better(at, wanted) if wanted.hoped >= least else None
            if better is None:
                if exact or (wanted.hoped < least and (not self._to_the_end or gained < _SETTLED)):
                    strayed = 0.0 if exact else at.tangent.strays(at.point, at.spectrum[self._target.span])
                    return replace(at, settled=strayed < _KEPT)
                at, exact, gained = self._at(at.point), True, 0.0
                continue
            gain, linear, reached = better
            if exact and gain < _ENDED:
                return replace(at, settled=True)
            at, exact, gained = reached, not self._fixed or gain < _FAITHFUL * linear, gained + gain
            if self._roughly and gain < least and not exact:
                return at
            at, gained = (self._at(at.point), 0.0) if exact else (at, gained)
        return self._at(at.point) if self._to_the_end else at

    def _wanted(self, at: Reached) -> _Step:
        """Return the step to where the linearised cost is least, as far as the mixing law then is where it is now."""
        left_over = self._target.counts_seen - at.spectrum[self._target.span]
        matrix, gradient = at.tangent.normal(at.point, left_over)
        priors, pull = self._cost.priors(at.point)
        matrix, gradient, ends = matrix + priors, gradient + pull, bounds(self._unknowns, at.point)
        coupling = at.tangent.coupling(at.point)
        free, by_law = np.split(solution(matrix, np.column_stack([gradient, coupling])), [1], axis=1)
        step = best = bounded_minimum(matrix, gradient, *ends, free=free[:, 0])
        hoped = _gain(best, matrix, gradient)
        if coupling.size:
            amounts = self._unknowns.layout.amounts
            foreseen = np.linalg.solve(np.eye(coupling.shape[1]) + by_law[amounts], best[amounts])
            less = free[:, 0] - by_law @ foreseen
            step = bounded_minimum(matrix, gradient - coupling @ foreseen, *ends, free=less)
            step = step if _gain(step, matrix, gradient) >= _FORESIGHT * hoped else best
        return _Step(step, best, hoped, priors, pull)

    def _better(self, at: Reached, wanted: _Step) -> tuple[float, float, Reached] | None:
        """Return what a step that lowers the cost gains, also by its linear form, and where it leads; None: none does.

        The one that foresees the mixing law is tried first, and then the best one as the law is.
        """
        better = self._along(at, wanted, wanted.step)
        return self._along(at, wanted, wanted.best) if better is None and wanted.step is not wanted.best else better

    def _along(self, at: Reached, wanted: _Step, whole: Floats) -> tuple[float, float, Reached] | None:
        """Return the same for the first length of a step that lowers the cost.

        Gains are those with the mixing law at the composition before; where a step leads, it is at its own. Shorter
        steps are as long as is best if what bends is in proportion to the square of the length.
        """
        seen, weight = self._target.span, at.tangent.weight
        ray = Ray(self._target.counts_seen - at.spectrum[seen], weight, whole, wanted.priors, wanted.pull)
        share = 1.0
        for _ in range(_TRIES):
            step = share * whole
            point = self._unknowns.after(at.point, step)
            spectrum = self._model.spectrum(point, self._unknowns.families)
            straight, by_law = at.tangent.change(at.point, point, step)
            before = spectrum
            if self._unknowns.mixed:
                before = spectrum.copy()
                before[seen] -= by_law
            gain = at.cost - self._cost.value(point, before, weight)
            if gain > 0.0:
                cost = self._cost.value(point, spectrum, weight) if self._unknowns.mixed else at.cost - gain
                return gain, ray.linear_gain(straight, share), Reached(point, spectrum, cost, at.tangent)
            share = ray.best(straight, before[seen] - at.spectrum[seen] - straight, share)
        return None

    def _at(self, point: Point) -> Reached:
        """Return a point with the model linearised there."""
        linear = self._model.at(point, self._unknowns.families)
        tangent = Tangent.of(self._unknowns, self._cost, point, linear, self._target.span)
        return Reached(point, linear.spectrum, self._cost.value(point, linear.spectrum, tangent.weight), tangent)

    def _reached(self, point: Point, tangent: Tangent) -> Reached:
        """Return a point with the model linearised elsewhere."""
        spectrum = self._model.spectrum(point, self._unknowns.families)
        return Reached(point, spectrum, self._cost.value(point, spectrum, tangent.weight), tangent)


def _gain(step: Floats, matrix: Floats, gradient: Floats) -> float:
    """Return by how much a step lowers the linearised cost."""
    return float(2.0 * gradient @ step - step @ matrix @ step)
