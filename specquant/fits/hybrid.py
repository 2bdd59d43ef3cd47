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
from specquant.fits.outcome import Z90, Outcome
from specquant.fits.residuals import Residuals
from specquant.fits.search import Beforehand, ElementSearch, begun_with
from specquant.fits.shifted import sums_shifted_spectra
from specquant.fits.sums import Expected, SumSearch
from specquant.library import PureLibrary
from specquant.notes import joined
from specquant.quantifiers.base import Estimate, Quantifier
from specquant.recipes import Recipe
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
    recipe
        That of the spectra which the proposer learned from. Where it sums shifted pure spectra, so does the fit, as
        long as that explains a spectrum; None, or any other: the fit is by the technique's whole physics.
    """

    name = "hybrid"

    def __init__(
        self, technique: Technique, library: PureLibrary, proposer: Quantifier, recipe: Recipe | None = None
    ) -> None:
        super().__init__(technique, library)
        self._proposer = proposer
        self._searches: dict[frozenset[str], ElementSearch] = {}
        self._model = self._search(frozenset()).model
        exact = recipe is not None and sums_shifted_spectra(recipe, technique, library)
        self._sums = SumSearch(technique, library, recipe) if recipe is not None and exact else None

    @property
    def explained(self) -> Quantifier:
        """The proposer: the elements are its word, and a fit would have to be repeated a thousand times."""
        return self._proposer.explained

    def estimate(self, spectra: Spectra) -> Estimate:
        """Propose, then fit every spectrum: all of its candidates and nothing else, where it has a list of them."""
        proposed = self._proposer.answer(spectra)
        answer = Estimate(proposed.fraction.copy(), proposed.lower.copy(), proposed.upper.copy())
        remarks = []
        for row in range(len(spectra)):
            try:
                outcome = self._sum(spectra, row, proposed) or self._fit(spectra, row, proposed)
            except np.linalg.LinAlgError:
                remarks.append(f"the fit failed; these are the figures of {self._proposer.name}")
                continue
            if isinstance(outcome, str):
                remarks.append(outcome)
                continue
            remarks.append(outcome.remark)
            self._write(outcome, proposed.fraction[row], answer, row)
        return replace(answer, remarks=tuple(map(joined, remarks, proposed.each_remark)))

    def _write(self, outcome: Outcome, proposed: Floats, answer: Estimate, row: int) -> None:
        """Write an outcome into a row of the answer; `proposed` (element,) is what was proposed there."""
        chosen, share, above = outcome.chosen, outcome.share, outcome.within
        below = np.hypot(above, share * self._dropped(proposed, outcome.most))
        answer.fraction[row] = answer.lower[row] = 0.0
        answer.fraction[row, chosen] = share
        answer.lower[row, chosen] = np.clip(share - below, 0.0, 1.0)
        answer.upper[row] = np.fmax(answer.upper[row], outcome.most)
        answer.upper[row, chosen] = np.clip(share + above, 0.0, 1.0)
        answer.upper[row] = np.maximum(answer.upper[row], answer.fraction[row])

    def _sum(self, spectra: Spectra, row: int, proposed: Estimate) -> Outcome | None:
        """Return the outcome of a sum of shifted pure spectra; None where the recipe has others, or this spectrum."""
        if self._sums is None:
            return None
        decisions, symbols = self._model.decisions, self.technique.elements
        if spectra.candidates is not None:
            listed = spectra.candidates[row]
            expected = Expected(listed, np.zeros(listed.size), listed, listed=True)
        else:
            log_odds = np.zeros(len(symbols)) if proposed.log_odds is None else proposed.log_odds[row]
            possible = np.isin(symbols, self._proposer.known) & ~np.isin(symbols, list(decisions.only_if_listed))
            needed = np.maximum(-2.0 * (np.log(decisions.false_alarms) + log_odds), 0.0)
            fraction = proposed.fraction[row]
            expected = Expected(begun_with(fraction >= decisions.least, possible, fraction), needed, possible)
        return self._sums.fit(spectra.counts[row], spectra.observed[row], expected)

    def _fit(self, spectra: Spectra, row: int, proposed: Estimate) -> Outcome | str:
        """Return the outcome of the whole physics, or in words why what was proposed stands.

        What is not stated of a spectrum is in the errors. Raises LinAlgError if the fit fails.
        """
        target = Target(spectra.counts[row], spectra.observed[row], spectra.settings(self.technique, row))
        bounds = proposed.lower[row], proposed.upper[row]
        listed = None if spectra.candidates is None else spectra.candidates[row]
        log_odds = None if proposed.log_odds is None else proposed.log_odds[row]
        known = spectra.known(self.technique, row)
        unstated = frozenset(name for name in self._model.priors.unstated if name not in known)
        fit = self._search(unstated).fit(target, Beforehand(proposed.fraction[row], *bounds, log_odds, listed))
        share, error = shares(fit)
        if not np.isfinite(share).all():
            raise np.linalg.LinAlgError("fractions are not finite")
        remark, within = self._remark(fit), self._deviations * error
        if listed is not None:
            return Outcome(fit.chosen, share, within, np.zeros(listed.size), remark)
        if fit.misfit > self._model.decisions.poor:
            return f"{remark} These are the figures of {self._proposer.name}."
        return self._otherwise(fit, proposed, row) or Outcome(fit.chosen, share, within, self._most(fit), remark)

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
