"""Second chemical states: which elements of a fit show one, and where.

A state is looked for by a score test: what the fit leaves over, against a share of the lines of an element moved up. The
likeliest is fitted. It stays if the spectrum is likelier with it, by what is thought of second states beforehand and by
how many of them would do (the ratio of the volumes of shares and places before and after, as in Laplace's
approximation).
"""

from dataclasses import dataclass, replace

import numpy as np

from specquant.fits.beside import regular
from specquant.fits.fitting import Fit, fit_from
from specquant.fits.forward import ForwardModel
from specquant.fits.point import Point
from specquant.fits.unknowns import ENDS
from specquant.technique import Floats

_STEP = 1.0
"""Distance of the places at which a second state is looked for, eV: chosen, below the width of a line."""

_MOST = 4
"""Second states at most that are tried in one fit: chosen."""

_LEAST = 0.03
"""Share of a second state that is fitted at least at the beginning, so that steps lead somewhere: chosen."""

_FARTHEST = 1.5
"""eV by which the first state gives way to the second when that is begun with."""


@dataclass(frozen=True)
class _State:
    """A second state of an element: share, how far above the first, by how far that moves, eV; and what it gains."""

    element: int
    share: float
    further: float
    moves: float
    gain: float


class States:
    """The second chemical states that a model knows.

    Parameters
    ----------
    model
        The physics, with what is thought of second states, see `FitPriors.second_state`.
    """

    def __init__(self, model: ForwardModel) -> None:
        self._state = model.priors.second_state if model.chemical.size else None
        if self._state is not None:
            probability, self._share, (middle, deviation) = self._state
            self._prior = 2.0 * float(np.log(1.0 / probability - 1.0))
            reach = ENDS * deviation
            count = round(2.0 * reach / _STEP)
            self._places = middle - reach + (np.arange(count) + 0.5) * 2.0 * reach / count

    def with_states(self, fit: Fit, roughly: bool = False) -> Fit:
        """Return the fit with second states of elements that it is likelier with."""
        if self._state is None:
            return fit
        likely, tried = self._likely(fit), set[int]()
        for _ in range(_MOST):
            state = next((state for state in likely if state.element not in tried), None)
            if state is None:
                break
            tried.add(state.element)
            other = fit_from(fit.model, fit.target, _with_state(fit.point, state), fit.chosen, roughly=roughly)
            if (fit.cost - other.cost) / max(other.misfit, 1.0) ** 2 > self._needed(other, state.element):
                fit, likely = other, self._likely(other)
        return fit

    def _needed(self, fit: Fit, element: int) -> float:
        """Return by how much a fit with a second state has to cost less: by its odds beforehand, and its freedom."""
        layout, index = fit.unknowns.layout, fit.chosen[fit.unknowns.split].tolist().index(element)
        rows = [layout.share.start + index, layout.further.start + index]
        return self._prior - float(np.linalg.slogdet(fit.inverse[np.ix_(rows, rows)])[1])

    def _likely(self, fit: Fit) -> list[_State]:
        """Return second states that a fit would gain by, one at most of every element without any, the best first."""
        single = np.flatnonzero(~fit.point.split(fit.chosen))
        lines = fit.model.split(fit.point, fit.unknowns.families, fit.chosen[single], self._places)
        lines = lines[:, :, fit.target.span]
        weighted, columns, (usual, deviation) = lines * fit.weight, fit.tangent.columns(fit.point), self._share
        shared, (scaled, scale) = weighted @ columns.T, regular(fit.normal)
        given = shared @ (np.linalg.inv(scaled) * np.outer(scale, scale))
        information = np.maximum((weighted * lines).sum(axis=-1) - (given * shared).sum(axis=-1), 0.0)
        signal, stiff = weighted @ fit.left_over, information + deviation**-2
        share = np.clip((signal + usual * deviation**-2) / stiff, 0.0, usual + ENDS * deviation)
        gains = 2.0 * share * signal - share**2 * information - ((share - usual) / deviation) ** 2
        gains -= self._prior + np.log(stiff * deviation**2)
        best, states = np.argmax(gains, axis=1), []
        for row, place in enumerate(best.tolist()):
            index, part = int(single[row]), float(share[row, place])
            moves = -part * given[row, place, fit.unknowns.layout.chemical.start + index] * fit.unknowns.spread[index]
            moves = float(np.clip(moves, -_FARTHEST, _FARTHEST))
            further, gain = float(self._places[place]), float(gains[row, place])
            states.append(_State(int(fit.chosen[index]), max(part, _LEAST), further, moves, gain))
        return sorted((state for state in states if state.gain > 0.0), key=lambda state: -state.gain)


def _with_state(point: Point, state: _State) -> Point:
    """Return a point with a second state."""
    second: Floats = point.second.copy() if point.second.size else np.zeros((point.atoms.size, 2))
    second[state.element] = state.share, state.further
    chemical = point.chemical.copy()
    chemical[state.element] += state.moves
    return replace(point, second=second, chemical=chemical)
