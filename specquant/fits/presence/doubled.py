"""Samples of which a share has all its lines elsewhere, as one that is charged in parts: whether a spectrum is of one.

Second chemical states would explain the same lines, each for itself, and what they leave over would be read as other
elements. Doubled lines are tried where second states explain a spectrum badly, and either a score test speaks louder
for them than for second states, or second states of most atoms lie in one place. They stay if they explain the
spectrum, and it is likelier with them, all that is free integrated out (Laplace's approximation), by what is thought of
them beforehand.
"""

from dataclasses import dataclass, replace

import numpy as np

from specquant.fits.descent.beside import made_up, regular
from specquant.fits.descent.fitting import Fit, fit_from, nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.moving import moved
from specquant.fits.model.reach import ENDS
from specquant.fits.presence.scoretests import best_shares, odds_against, places_between
from specquant.fits.presence.states import States
from specquant.technique import DoubledLines, Floats

_SPLIT = 0.75
"""Misfit up to which second states explain a spectrum, so that doubled lines are not looked for: chosen on 52 fresh
spectra with doubled lines. Seven of them gain 0.03 and more of accuracy; their misfits are 0.8 and more."""

_EXPLAINED = 1.0
"""Misfit up to which doubled lines explain a spectrum: residuals as large as their errors. Where neither explains it,
they would stand for what else the model lacks, as satellites of metals."""

_ALIKE = 1.5
"""Distance of second states up to which they lie in one place, eV: chosen, below the width of a line."""

_ELEMENTS = 2
"""Elements at least of which states lie in one place: one by itself may have a second state anywhere."""

_MOST = 0.5
"""Atomic fraction of such elements beyond which most of the atoms are theirs."""


@dataclass(frozen=True)
class _Doubled:
    """Doubled lines: their share, and how far they are moved, eV."""

    share: float
    further: float


class Doubled:
    """Doubled lines of one model.

    Parameters
    ----------
    model
        The physics, with what is thought of them, see `FitPriors.doubled`.
    states
        Its second chemical states, which elements may have beside doubled lines.
    """

    def __init__(self, model: ForwardModel, states: States) -> None:
        self._model, self._lines, self._states = model, model.priors.doubled, states
        self._freed: dict[tuple[float, float], ForwardModel] = {}

    def decided(self, single: Fit, fraction: Floats) -> Fit:
        """Return a rough fit with second states or with doubled lines, if a spectrum is likelier with either.

        Parameters
        ----------
        single
            The fit without them.
        fraction
            Composition (element,) that fits begin with.
        """
        states, lines = self._states.likely(single), self._lines
        split = self._states.with_states(single, states, roughly=True)
        if lines is None or split.misfit <= _SPLIT or single.chosen.size == 1:
            return split
        speaks = sum(state.gain for state in states)
        likely = self._alike(split) or self._louder(single, lines, speaks)
        if likely is None:
            return split
        doubled = self._fitted(single, likely, lines, fraction)
        doubled = self._states.with_states(doubled, self._states.likely(doubled), roughly=True)
        explained = doubled.misfit <= _EXPLAINED and _in_range(doubled, lines)
        return doubled if explained and self._is_likelier(doubled, split, lines) else split

    def _alike(self, split: Fit) -> _Doubled | None:
        """Return doubled lines that would look like second states of a fit, if most atoms have them in one place."""
        elements = split.chosen[split.unknowns.split]
        if elements.size < _ELEMENTS:
            return None
        middle = float(np.median(split.point.second[elements, 1]))
        elements = elements[np.abs(split.point.second[elements, 1] - middle) <= _ALIKE]
        if elements.size < _ELEMENTS or split.point.fraction[elements].sum() <= _MOST:
            return None
        return _Doubled(float(split.point.second[elements, 0].mean()), middle)

    def _louder(self, fit: Fit, lines: DoubledLines, speaks: float) -> _Doubled | None:
        """Return the doubled lines that a fit would gain most by, all that is free giving way, if by more than that."""
        places, step = np.concatenate([places_between(*each) for each in lines.places]), fit.model.technique.axis.step
        whole = (fit.spectrum - fit.point.background @ fit.model.hats)[None]
        change = (np.concatenate([moved(whole, away / step) for away in places]) - whole)[:, fit.target.span]
        weighted = change * fit.weight
        shared = weighted @ fit.tangent.columns(fit.point).T
        information = (weighted * change).sum(axis=1) - (made_up(*regular(fit.normal), shared) * shared).sum(axis=1)
        share, gains = best_shares(weighted @ fit.left_over, information, lines.shares)
        index = int(np.argmax(gains))
        louder = gains[index] - odds_against(lines.probability) > max(speaks, 0.0)
        return _Doubled(float(share[index]), float(places[index])) if louder else None

    def _fitted(self, fit: Fit, doubled: _Doubled, lines: DoubledLines, fraction: Floats) -> Fit:
        """Return a fit of the same elements and variances that begins with doubled lines and a composition (element,).

        It does not begin where the other stands, as that has moved lines to explain their doubles.
        """
        side = min(lines.places, key=lambda each: abs(each[0] - doubled.further))
        usual = {lines.share: lines.shares[0], lines.further: side[0]}
        begun = {
            lines.share: max(doubled.share, lines.shares[0] - ENDS * lines.shares[1]),
            lines.further: doubled.further,
        }
        if side not in self._freed:
            self._freed[side] = self._model.with_free({lines.share: lines.shares[1], lines.further: side[1]})
        model, target = self._freed[side], replace(fit.target, stated={**fit.target.stated, **usual})
        point = nominal_point(model, target, fraction)
        return fit_from(model, target, replace(point, values={**point.values, **begun}), fit.chosen, roughly=True)

    def _is_likelier(self, doubled: Fit, split: Fit, lines: DoubledLines) -> bool:
        """Return whether a spectrum is likelier with doubled lines than with second states."""
        second = split.model.priors.second_state
        states = doubled.unknowns.split.size - split.unknowns.split.size
        freedom = _freedom(doubled) - _freedom(split) + odds_against(lines.probability)
        freedom += states * odds_against(second[0]) if second else 0.0
        return bool(split.cost - doubled.cost > freedom)


def _in_range(fit: Fit, lines: DoubledLines) -> bool:
    """Return whether doubled lines lie where they can: further away they are something else, as a loss peak."""
    away = fit.point.values[lines.further] - fit.target.stated[lines.further]
    return bool(abs(away) <= ENDS * fit.model.priors.parameters[lines.further])


def _freedom(fit: Fit) -> float:
    """Return by how much better all that is free is known than beforehand: the logarithm of the ratio of volumes."""
    scaled, scale = regular(fit.normal)
    return float(np.linalg.slogdet(scaled)[1] - 2.0 * np.log(scale).sum())
