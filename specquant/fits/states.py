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
            reach = np.sqrt(3.0) * deviation  # that of an even distribution
            count = round(2.0 * reach / _STEP)
            self._places = middle - reach + (np.arange(count) + 0.5) * 2.0 * reach / count

    def with_states(self, fit: Fit, roughly: bool = False) -> Fit:
        """Return the fit with second states of elements that it is likelier with."""
        refused: set[int] = set()
        for _ in range(_MOST if self._state is not None else 0):
            state = self._likeliest(fit, refused)
            if state is None:
                break
            other = fit_from(fit.model, fit.target, _with_state(fit.point, state), fit.chosen, roughly=roughly)
            refused.add(state.element)
            if (fit.cost - other.cost) / max(other.misfit, 1.0) ** 2 > self._needed(other, state.element):
                fit = other
        return fit

    def _needed(self, fit: Fit, element: int) -> float:
        """Return by how much a fit with a second state has to cost less: by its odds beforehand, and its freedom."""
        layout, index = fit.unknowns.layout, fit.chosen[fit.unknowns.split].tolist().index(element)
        rows = [layout.share.start + index, layout.further.start + index]
        return self._prior - float(np.linalg.slogdet(fit.inverse[np.ix_(rows, rows)])[1])

    def _likeliest(self, fit: Fit, refused: set[int]) -> _State | None:
        """Return the second state that gains most, of elements that have none; None where none gains enough."""
        columns, weight, (usual, deviation) = fit.tangent.columns(fit.point), fit.weight, self._share
        scaled, scale = regular(fit.normal)
        best = None
        for element in fit.chosen[~fit.point.split(fit.chosen)].tolist():
            if element in refused:
                continue
            lines = fit.model.split(fit.point, fit.unknowns.families, element, self._places)[:, fit.target.span]
            shared = (lines * weight) @ columns.T
            given = np.linalg.solve(scaled, (shared * scale).T).T * scale
            information = ((lines * weight) * lines).sum(axis=1) - (given * shared).sum(axis=1)
            signal = (lines * weight) @ fit.left_over
            stiff = np.maximum(information, 0.0) + deviation**-2
            share = np.clip((signal + usual * deviation**-2) / stiff, 0.0, usual + np.sqrt(3.0) * deviation)
            gains = 2.0 * share * signal - share**2 * information - ((share - usual) / deviation) ** 2
            gains -= self._prior + np.log(stiff * deviation**2)
            index = int(np.argmax(gains))
            if gains[index] > 0.0 and (best is None or gains[index] > best.gain):
                chemical = fit.unknowns.layout.chemical.start + int(np.searchsorted(fit.chosen, element))
                spread = fit.unknowns.spread[chemical - fit.unknowns.layout.chemical.start]
                moves = float(np.clip(-share[index] * given[index, chemical] * spread, -_FARTHEST, _FARTHEST))
                best = _State(
                    element, max(float(share[index]), _LEAST), float(self._places[index]), moves, float(gains[index])
                )
        return best


def _with_state(point: Point, state: _State) -> Point:
    """Return a point with a second state."""
    second: Floats = point.second.copy() if point.second.size else np.zeros((point.atoms.size, 2))
    second[state.element] = state.share, state.further
    chemical = point.chemical.copy()
    chemical[state.element] += state.moves
    return replace(point, second=second, chemical=chemical)
