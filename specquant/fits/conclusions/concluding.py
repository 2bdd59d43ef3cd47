"""What a fit of the whole spectrum amounts to: an outcome, or a reason to keep what was proposed."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.compositions import formula
from specquant.fits.conclusions.faint import widened_if_faint
from specquant.fits.conclusions.limits import detection_limits
from specquant.fits.conclusions.outcome import Outcome
from specquant.fits.conclusions.remarks import remark_on, stopped
from specquant.fits.conclusions.signs import fit_signs
from specquant.fits.descent.fitting import Fit, shares
from specquant.fits.model.unseen import Shown
from specquant.fits.presence.aside import axis_shift, layer_thicknesses
from specquant.fits.presence.beforehand import Beforehand
from specquant.fits.presence.residuals import Residuals
from specquant.fits.presence.search import ElementSearch
from specquant.quantifiers import Z90
from specquant.quantifiers.signs import Sign
from specquant.technique import Floats

_EXPLAINED = 1.0
"""Misfit up to which a fit explains a spectrum: residuals as large as their errors."""

_NOTHING_LEFT = "the spectrum shows no element beside those that are fixed, which do not add up to 100 %"
"""Why a fit gives no composition where fractions are fixed, and it finds no other element."""


class Concluding:
    """Outcomes of fits that a search ends with.

    Parameters
    ----------
    search
        That of spectra of which everything is stated.
    """

    def __init__(self, search: ElementSearch) -> None:
        self._search, self._model = search, search.model
        self._symbols = search.model.technique.elements

    def of(self, fit: Fit, beforehand: Beforehand) -> Outcome:
        """Return the outcome of a fit.

        It is rejected if nothing is left beside what is fixed, if the model explains the spectrum badly, or if it
        contradicts what was proposed.

        Raises
        ------
        numpy.linalg.LinAlgError
            If its fractions are not finite.
        """
        share, error = shares(fit)
        if not np.isfinite(share).all():
            raise np.linalg.LinAlgError("fractions are not finite")
        answer = self._whole(fit, share)
        accepted = self._accepted(fit, share, error, answer, beforehand)
        outcome = widened_if_faint(accepted, beforehand)
        if not share.any():
            return replace(outcome, rejected=_NOTHING_LEFT, signs={**outcome.signs, Sign.CONTRADICTED: 1.0})
        if beforehand.complete:
            return replace(outcome, most=np.zeros(outcome.most.size), shown={})
        outcome = replace(outcome, most=self._with_layers(outcome.most, outcome.shown))
        if beforehand.needed.any():
            return outcome
        if fit.misfit > self._model.decisions.poor or (fit.misfit > _EXPLAINED and stopped(fit, self._model)):
            return replace(outcome, rejected=accepted.remark)
        against = self._otherwise(fit, answer, beforehand)
        signs = {**outcome.signs, Sign.CONTRADICTED: float(bool(against))}
        return replace(outcome, rejected=against, signs=signs)

    def _accepted(self, fit: Fit, share: Floats, error: Floats, answer: Floats, beforehand: Beforehand) -> Outcome:
        """Return the outcome of a fit that nothing speaks against; `answer` are its fractions of all elements."""
        most, speaking = self._most(fit)
        limits = detection_limits(fit, self._model.decisions.widening)
        return Outcome(
            fit.chosen,
            share,
            self._deviations * error,
            most,
            speaking,
            remark_on(fit, self._model, self._deviations),
            limits=np.where(beforehand.possible, limits, np.nan),
            signs=fit_signs(fit, most, beforehand.fraction, answer),
            layers=layer_thicknesses(fit),
            axis=axis_shift(fit),
            shown=self._search.layers.shown(fit),
            fit=fit,
        )

    def _whole(self, fit: Fit, share: Floats) -> Floats:
        """Return the fractions (element,) of a fit with these of its elements (chosen,)."""
        fraction = np.zeros(len(self._symbols))
        fraction[fit.chosen] = share
        return fraction

    def _otherwise(self, fit: Fit, answer: Floats, beforehand: Beforehand) -> str:
        """Return in words that a fit, with its fractions (element,), contradicts a proposal with intervals, else "".

        One that explains the spectrum within the model's errors may: it has what was proposed as a prior already.
        """
        apart = _apart(answer, beforehand.fraction, self._search.told_apart)
        knows = np.isfinite(beforehand.upper - beforehand.lower).all()
        if fit.misfit <= _EXPLAINED or apart <= self._model.decisions.correction or not knows:
            return ""
        return f"the fit contradicts it ({formula(answer, self._symbols, 3)})"

    def _most(self, fit: Fit) -> tuple[Floats, Floats]:
        """Return the fraction (element,) that each element may have unseen: 0 in the fit, NaN not in the library.

        Beside it is what the spectrum says for each, see `Outcome.speaking`.
        """
        most, speaking = np.full(len(self._symbols), np.nan), np.zeros(len(self._symbols))
        most[fit.absent], speaking[fit.absent] = Residuals(fit).most(fit.absent, self._deviations)
        most[fit.chosen] = 0.0
        return most, speaking

    def _with_layers(self, most: Floats, shown: Mapping[int, Shown]) -> Floats:
        """Return the fractions (element,) that elements may have unseen, with those of layers, all in the bulk."""
        most = most.copy()
        for element, layer in shown.items():
            atoms = layer.atoms * (1.0 + self._deviations * layer.deviation / max(layer.thickness, layer.deviation))
            most[element] = np.fmax(most[element], atoms / (1.0 + atoms))
        return most

    @property
    def _deviations(self) -> float:
        """How many standard errors of a fit lie on either side in an interval."""
        return Z90 * self._model.decisions.widening


def _apart(one: Floats, other: Floats, among: NDArray[np.bool_]) -> float:
    """Return half the sum of differences of two compositions (element,) in the elements that count.

    Each is brought to the sum that these elements have in the one that has more of them.
    """
    sums = [float(side[among].sum()) for side in (one, other)]
    if min(sums) <= 0.0:
        return 0.5 * max(sums)
    return float(0.5 * max(sums) * np.abs(one / sums[0] - other / sums[1])[among].sum())
