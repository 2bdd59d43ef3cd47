"""Second chemical states: which elements of a fit show one, and where.

States are looked for by score tests: what the fit leaves over, against a share of the lines of an element that is
moved up, all that is free giving way. Those that the spectrum is likelier with are fitted together, and stay if it is:
by what is thought of second states beforehand, and by how many of them would do (the ratio of the volumes of shares and
places after and before, as in Laplace's approximation).
"""

from dataclasses import dataclass, replace

import numpy as np

from specquant.fits.descent.beside import regular
from specquant.fits.descent.fitting import Fit, fit_from
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.point import Point
from specquant.fits.presence.scoretests import best_shares, odds_against, places_between
from specquant.technique import Floats

_MOST = 4
"""Second states at most that are looked for at once: chosen, samples have few elements."""

_LEAST = 0.03
"""Share at which a second state begins at least, so that steps lead somewhere: chosen."""

_FARTHEST = 1.5
"""eV by which the first state gives way at most where a second one begins: chosen, below the width of a line."""


@dataclass(frozen=True)
class State:
    """A second state of an element.

    Parameters
    ----------
    element
        Index of the element.
    share
        Its share of the lines.
    further
        How far above the first it is, eV.
    moves
        By how far the first gives way, eV.
    gain
        Twice the logarithm of the likelihood ratio with it, beside those before it, less what it needs.
    """

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
            self._prior, self._places = odds_against(probability), places_between(middle, deviation)

    def with_likely(self, fit: Fit) -> Fit:
        """Return the fit with second states of elements if the spectrum is likelier with them."""
        return self.with_states(fit, self.likely(fit))

    def with_states(self, fit: Fit, states: list[State], roughly: bool = False) -> Fit:
        """Return the fit with those of some second states that the spectrum is likelier with."""
        while states:
            other = fit_from(fit.model, fit.target, _with_states(fit.point, states), fit.chosen, roughly=roughly)
            speaking = [state for state in states if self._speaks(other, state.element)]
            if len(speaking) == len(states):
                return other if other.cost < fit.cost else fit
            states = speaking
        return fit

    def _speaks(self, fit: Fit, element: int) -> bool:
        """Return whether a fit would cost more without a second state by what that needs: its odds, and its freedom.

        The worse the model explains the spectrum, the less that says.
        """
        layout, index = fit.unknowns.layout, fit.chosen[fit.unknowns.split].tolist().index(element)
        rows = [layout.share.start + index, layout.further.start + index]
        covariance = fit.inverse[np.ix_(rows, rows)]
        needed = self._prior - float(np.linalg.slogdet(covariance)[1])
        usual, deviation = self._share
        rise = (fit.point.second[element, 0] / deviation) ** 2 / float(covariance[0, 0]) - (usual / deviation) ** 2
        return bool(rise / max(fit.misfit, 1.0) ** 2 > needed)

    def likely(self, fit: Fit) -> list[State]:
        """Return second states that a fit gains by, the best first, each beside those before it."""
        single = np.flatnonzero(~fit.point.split(fit.chosen))
        if self._state is None or not single.size:
            return []
        lines = fit.model.split(fit.point, fit.unknowns.families, fit.chosen[single], self._places)
        lines, states, (usual, deviation) = lines[:, :, fit.target.span], list[State](), self._share
        weighted, columns, normal = lines * fit.weight, fit.tangent.columns(fit.point), fit.normal
        alone, signals, gradient = (weighted * lines).sum(axis=-1), weighted @ fit.left_over, np.zeros(len(normal))
        shared = weighted @ columns.T
        for _ in range(min(_MOST, single.size)):
            scaled, scale = regular(normal)
            given = shared @ (np.linalg.inv(scaled) * np.outer(scale, scale))
            information = alone - (given * shared).sum(axis=-1)
            share, gains = best_shares(signals - given @ gradient, information, self._share)
            gains -= self._prior
            gains[np.isin(fit.chosen[single], [state.element for state in states])] = -np.inf
            row, where = np.unravel_index(np.argmax(gains), gains.shape)
            if gains[row, where] <= 0.0:
                break
            chemical, part = fit.unknowns.layout.chemical.start + single[row], float(share[row, where])
            moves = -part * given[row, where, chemical] * fit.unknowns.spread[single[row]]
            moves = float(np.clip(moves, -_FARTHEST, _FARTHEST))
            element, further = int(fit.chosen[single[row]]), float(self._places[where])
            states.append(State(element, max(part, _LEAST), further, moves, float(gains[row, where])))
            beside, itself = shared[row, where], alone[row, where] + deviation**-2
            normal = np.block([[normal, beside[:, None]], [beside[None], itself]])
            gradient = np.append(gradient, signals[row, where] + usual / deviation**2)
            shared = np.concatenate([shared, (weighted @ lines[row, where])[..., None]], axis=-1)
        return states


def _with_states(point: Point, states: list[State]) -> Point:
    """Return a point with further second states."""
    second: Floats = point.second.copy() if point.second.size else np.zeros((point.atoms.size, 2))
    chemical = point.chemical.copy()
    for state in states:
        second[state.element] = state.share, state.further
        chemical[state.element] += state.moves
    return replace(point, second=second, chemical=chemical)
