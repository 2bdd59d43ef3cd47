"""The method ``hybrid``: a network proposes the elements, and a fit by the technique's physics keeps or drops each.

The network's composition is where a fit of the whole spectrum begins; elements that the fit finds no evidence for are
dropped, and the others come with the fit's own covariance.
"""

from dataclasses import replace

import numpy as np

from specquant.compositions import formula
from specquant.fits.cost import Target
from specquant.fits.fitting import Fit, shares
from specquant.fits.forward import ForwardModel
from specquant.fits.held import Held
from specquant.fits.residuals import Residuals
from specquant.fits.search import Z90, Beforehand, ElementSearch
from specquant.library import PureLibrary
from specquant.notes import joined
from specquant.quantifiers.base import Estimate, Quantifier
from specquant.quantifiers.found import Finder, Found
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

_FAR = 5.0
"""Standard deviations from which on a parameter is worth a remark: chosen, no prior is that wrong by chance."""


class Hybrid(Quantifier):
    """Whole-spectrum fit of the elements that another quantifier proposes.

    A spectrum that the model explains badly, or that cannot be fitted, keeps what was proposed: that fit is discarded.

    Parameters
    ----------
    technique, library
        They give the physics.
    proposer
        Gives the elements and the composition to start from, e.g. the network.
    finder
        Finds the technique's unstated quantities, which a fit then holds; None: what is not stated is free in the fit.
    """

    name = "hybrid"

    def __init__(
        self, technique: Technique, library: PureLibrary, proposer: Quantifier, finder: Finder | None = None
    ) -> None:
        super().__init__(technique, library)
        self._proposer, self._finder = proposer, finder
        quantities = technique.unstated_quantities
        self._held = None if finder is None or quantities is None else Held(technique, quantities)
        self._searches: dict[frozenset[str], ElementSearch] = {}
        self._model = self._search(frozenset()).model

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether it takes an instrument that nobody states to be the usual one: no."""
        return False

    @property
    def explained(self) -> Quantifier:
        """The proposer: the elements are its word, and a fit would have to be repeated a thousand times."""
        return self._proposer.explained

    def estimate(self, spectra: Spectra) -> Estimate:
        """Propose, then fit every spectrum: all of its candidates and nothing else, where it has a list of them."""
        proposed = self._proposer.answer(spectra)
        answer = Estimate(proposed.fraction.copy(), proposed.lower.copy(), proposed.upper.copy())
        said = self._finder(spectra) if self._finder is not None else None
        remarks = []
        for row in range(len(spectra)):
            try:
                fit, most = self._fit(spectra, row, proposed, said)
            except np.linalg.LinAlgError:
                remarks.append(f"the fit failed; these are the figures of {self._proposer.name}")
                continue
            remark = self._remark(fit)
            if fit.misfit > self._model.decisions.poor and spectra.candidates is None:
                remarks.append(f"{remark} These are the figures of {self._proposer.name}.")
                continue
            if (otherwise := self._otherwise(fit, proposed, row)) and spectra.candidates is None:
                remarks.append(otherwise)
                continue
            remarks.append(remark)
            share, below, above = self._interval(fit, self._dropped(proposed.fraction[row], most))
            answer.fraction[row] = answer.lower[row] = 0.0
            answer.fraction[row, fit.chosen] = share
            answer.lower[row, fit.chosen] = np.clip(share - below, 0.0, 1.0)
            answer.upper[row] = np.fmax(answer.upper[row], most)
            answer.upper[row, fit.chosen] = np.clip(share + above, 0.0, 1.0)
            answer.upper[row] = np.maximum(answer.upper[row], answer.fraction[row])
        return replace(answer, remarks=tuple(map(joined, remarks, proposed.each_remark)))

    def _fit(self, spectra: Spectra, row: int, proposed: Estimate, said: Found | None) -> tuple[Fit, Floats]:
        """Return the fit of one spectrum, with what is not stated of it in its covariance.

        It holds what was found of the instrument, and is free in what was not.

        The other array is the fraction (element,) that each element may have unseen: 0 in the fit, or where a list of
        elements is given; NaN where the library lacks it. Raises LinAlgError if the fit fails.
        """
        target = Target(spectra.counts[row], spectra.observed[row], spectra.settings(self.technique, row))
        bounds = proposed.lower[row], proposed.upper[row]
        listed = None if spectra.candidates is None else spectra.candidates[row]
        log_odds = None if proposed.log_odds is None else proposed.log_odds[row]
        known = spectra.known(self.technique, row)
        unstated = frozenset(name for name in self._model.priors.unstated if name not in known)
        beforehand = Beforehand(proposed.fraction[row], *bounds, log_odds, listed)
        if self._held is not None and said is not None and said.looked_for[row]:
            settings = self._held.settings(target.stated, said.mean[row], said.deviation[row])
            fit = self._search(unstated - self._held.parameters).fit(replace(target, stated=settings), beforehand)
            fit = self._held.widened(fit, float(said.deviation[row, 0]))
        else:
            fit = self._search(unstated).fit(target, beforehand)
        if not np.isfinite(shares(fit)).all():
            raise np.linalg.LinAlgError("fractions are not finite")
        return fit, self._most(fit) if listed is None else np.zeros(proposed.fraction.shape[1])

    def _search(self, unstated: frozenset[str]) -> ElementSearch:
        """Return the search of spectra that do not state these parameters: they are free, about their defaults."""
        if unstated not in self._searches:
            free = {name: self._model.priors.unstated[name] for name in unstated}
            assert self.library is not None
            self._searches[unstated] = ElementSearch(ForwardModel(self.technique.with_free(free), self.library))
        return self._searches[unstated]

    def _otherwise(self, fit: Fit, proposed: Estimate, row: int) -> str:
        """Return in words that a fit contradicts what was proposed with intervals, "" if it does not."""
        answer = np.zeros(len(self.technique.elements))
        answer[fit.chosen] = shares(fit)[0]
        apart = 0.5 * np.abs(answer - proposed.fraction[row]).sum()
        if (
            apart <= self._model.decisions.correction
            or not np.isfinite(proposed.upper[row] - proposed.lower[row]).all()
        ):
            return ""
        return (
            f"the fit contradicts {self._proposer.name} ({formula(answer, self.technique.elements, 3)}); these are the "
            f"figures of {self._proposer.name}"
        )

    def _most(self, fit: Fit) -> Floats:
        """Return the fraction (element,) that each element may have unseen: 0 in the fit, NaN not in the library."""
        most = np.full(len(self.technique.elements), np.nan)
        absent = np.setdiff1d(self._model.elements, fit.chosen)
        most[absent] = Residuals(fit).most(absent, self._deviations)
        most[fit.chosen] = 0.0
        return most

    @property
    def _deviations(self) -> float:
        """How many standard errors of a fit lie on either side in an interval."""
        return Z90 * self._model.decisions.widening

    def _interval(self, fit: Fit, dropped: float) -> tuple[Floats, Floats, Floats]:
        """Return the fractions of the chosen elements, and how far below and above their intervals reach."""
        share, error = shares(fit)
        above = self._deviations * error
        return share, np.hypot(above, share * dropped), above

    def _dropped(self, proposed: Floats, most: Floats) -> float:
        """Return the fraction of all atoms that elements may have that were proposed and did not stay.

        Each may be there or not, and if it is, all others are less. Elements that are usually a layer, or that are
        fitted only if they are listed, are left out.
        """
        decisions = self._model.decisions
        usual = ~np.isin(self.technique.elements, [*decisions.only_if_listed, *decisions.layers])
        return float(np.sqrt(np.nansum(np.square(most[(proposed >= decisions.least) & usual]))))

    def _remark(self, fit: Fit) -> str:
        """Return what is unusual about a fit: its misfit, or an instrument far from what is stated."""
        remarks = []
        if fit.misfit > self._model.decisions.poor:
            remarks.append(
                f"the model explains the spectrum badly (misfit {fit.misfit:.1f}, usual is about 1): is it calibrated, "
                "of the stated instrument, and of the kind of sample that the technique is for?"
            )
        for parameter in self._model.parameters:
            if parameter.stated or parameter.name in self._model.decisions.layers.values():
                continue
            value = fit.point.values[parameter.name]
            away = value - fit.target.stated[parameter.name]
            if abs(away) > _FAR * self._model.priors.parameters[parameter.name]:
                remarks.append(f"{parameter.name} is {value:.3g} {parameter.unit}".strip())
        return joined(*remarks)
