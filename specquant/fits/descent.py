"""The way down to the least cost: steps to where the linearised cost is least within bounds.

Where variances are fixed, the model is linearised anew only if a step gains much less than its linear form says, and
where nothing is left to gain. Else, each step takes variances and derivatives from where it begins (Fisher scoring).
"""

from dataclasses import dataclass

import numpy as np

from specquant.fits.bounded import bounded_minimum
from specquant.fits.cost import Cost, Target
from specquant.fits.forward import ForwardModel
from specquant.fits.point import Point
from specquant.fits.tangent import Tangent
from specquant.fits.unknowns import Unknowns
from specquant.technique import Floats

_STEPS = 60
"""Steps at most: chosen, far more than a fit takes."""

_ENDED = 0.1
"""Gain in cost below which a fit is ended: chosen, a twentieth of what tells two fits apart."""

_ROUGHLY = 0.01
"""Share of the cost that a step gains at least in a rough descent: chosen, what is left changes variances by less than
they are known."""

_IDLE = 30
"""Steps after which a descent ends that found no lower cost in them: chosen, half of all. Fresh spectra of EDS take
more than 16 to find a lower one. With the mixing law at the last composition a step can raise the cost, and steps may
go in circles."""

_FAITHFUL = 0.5
"""Share of the gain in cost that a step has by the linearised model, below which it is linearised anew: chosen."""

_SHORTER = (1.0, 0.5, 0.25, 0.0625)
"""Shares of a step that are tried, one after the other, until the cost falls: chosen."""


@dataclass(frozen=True)
class Reached:
    """Where a descent stands: the point, its modelled counts (energy,), the model linearised near it, and the cost.

    The cost is by the variances with which the model was linearised.
    """

    point: Point
    spectrum: Floats
    cost: float
    tangent: Tangent


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
        Whether the last step begins where the model is linearised.
    roughly
        Whether it ends where steps gain little of the cost.
    """

    def __init__(
        self,
        model: ForwardModel,
        target: Target,
        unknowns: Unknowns,
        to_the_end: bool = False,
        roughly: bool = False,
    ) -> None:
        self._model, self._target, self._unknowns = model, target, unknowns
        self._cost = Cost(target, unknowns)
        self._fixed = target.variance is not None
        self._to_the_end, self._roughly = to_the_end, roughly

    def run(self, point: Point, near: Tangent | None = None) -> Reached:
        """Return where steps from a point end.

        Parameters
        ----------
        point
            Where they begin.
        near
            The model linearised not far from there; None: it is linearised there.
        """
        point = self._model.settled(point)
        at = self._at(point) if near is None or not self._fixed else self._reached(point, near)
        exact = near is None or not self._fixed
        best, idle = at, 0
        for _ in range(_STEPS):
            step, matrix, gradient = self._wanted(at)
            hoped = _gain(step, matrix, gradient)
            least = max(_ENDED, _ROUGHLY * at.cost) if self._roughly else _ENDED
            better = self._better(at, step) if hoped >= least else None
            if better is None:
                if exact or (hoped < least and not self._to_the_end):
                    break
                at, exact = self._at(at.point), True
                continue
            share, gain, at = better
            leads = at.cost < best.cost - _ENDED or not self._fixed
            best, idle = (at, 0) if leads else (best, idle + 1)
            if idle >= _IDLE or (self._roughly and gain < least):
                break
            exact = not self._fixed or gain < _FAITHFUL * _gain(share * step, matrix, gradient)
            at = self._at(at.point) if exact else at
        return best if best.cost < at.cost else at

    def _wanted(self, at: Reached) -> tuple[Floats, Floats, Floats]:
        """Return the step (unknown,) to where the linearised cost is least, with normal matrix and gradient."""
        left_over = self._target.counts_seen - at.spectrum[self._target.seen]
        matrix, gradient = at.tangent.normal(at.point, left_over)
        of_priors, pull = self._cost.priors(at.point)
        matrix, gradient = matrix + of_priors, gradient + pull
        return bounded_minimum(matrix, gradient, *self._unknowns.bounds(at.point)), matrix, gradient

    def _better(self, at: Reached, step: Floats) -> tuple[float, float, Reached] | None:
        """Return the first share of a step that lowers the cost, by how much, and where it leads; None: none does.

        Costs are compared with the mixing law at the composition of the step before; afterwards it is at its own.
        """
        for share in _SHORTER:
            point = self._unknowns.after(at.point, share * step)
            before, after = self._spectra(point)
            cost = self._cost.value(point, before, at.tangent.weight)
            if cost < at.cost:
                gain, settled = at.cost - cost, self._model.settled(point)
                if settled is not point:
                    cost = self._cost.value(settled, after, at.tangent.weight)
                return share, gain, Reached(settled, after, cost, at.tangent)
        return None

    def _spectra(self, point: Point) -> tuple[Floats, Floats]:
        """Return spectra (energy,) at a point with the mixing law where it is taken, and at the point's composition."""
        matrices = point.supposed[None] if self._model.mixes_linearly else np.stack([point.supposed, point.fraction])
        spectra = self._model.spectra(point, self._unknowns.families, matrices)
        return spectra[0], spectra[-1]

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
