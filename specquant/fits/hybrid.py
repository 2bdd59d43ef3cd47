"""The method ``hybrid``: a network proposes the elements, and a fit by the technique's physics keeps or drops each.

The network's composition is where a fit of the whole spectrum begins; elements that the fit finds no evidence for are
dropped, and the others come with the fit's own covariance.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from specquant.compositions import formula
from specquant.fits.cost import Target
from specquant.fits.evidence import needed_evidence
from specquant.fits.fitting import Fit, shares
from specquant.fits.forward import ForwardModel
from specquant.fits.held import Held
from specquant.fits.limits import detection_limits
from specquant.fits.outcome import Outcome
from specquant.fits.residuals import Residuals
from specquant.fits.search import Beforehand, ElementSearch, begun_with
from specquant.fits.shifted import sums_shifted_spectra
from specquant.fits.signs import fit_signs
from specquant.fits.sums import Expected, SumSearch
from specquant.library import PureLibrary
from specquant.notes import joined
from specquant.quantifiers.base import Z90, Estimate, Quantifier
from specquant.quantifiers.found import Finder, Found
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
    finder
        Finds the technique's unstated quantities, which a fit then holds; None: what is not stated is free in the fit.
    """

    name = "hybrid"

    def __init__(
        self,
        technique: Technique,
        library: PureLibrary,
        proposer: Quantifier,
        recipe: Recipe | None = None,
        finder: Finder | None = None,
    ) -> None:
        super().__init__(technique, library)
        self._proposer, self._finder, self._recipe = proposer, finder, recipe
        quantities = technique.unstated_quantities
        self._held = None if finder is None or quantities is None else Held(technique, quantities)
        self._searches: dict[frozenset[str], ElementSearch] = {}
        self._model = self._search(frozenset()).model
        exact = recipe is not None and sums_shifted_spectra(recipe, technique, library)
        self._sums = SumSearch(technique, library, recipe) if recipe is not None and exact else None

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
        return self.with_fits(spectra)[0]

    def with_fits(self, spectra: Spectra) -> tuple[Estimate, list[Fit | None]]:
        """Return the estimate of spectra, and the fit of each by the whole physics; None where there is none."""
        proposed = self._proposer.answer(spectra)
        answer = Estimate(proposed.fraction.copy(), proposed.lower.copy(), proposed.upper.copy())
        limits: Floats = np.full_like(proposed.fraction, np.nan)
        signs: dict[str, Floats] = {}
        said = self._finder(spectra) if self._finder is not None else None
        remarks: list[str] = []
        fits: list[Fit | None] = []
        for row in range(len(spectra)):
            beforehand, fit = _beforehand(spectra, row, proposed), None
            try:
                outcome = self._sum(spectra, row, beforehand)
                if outcome is None:
                    fit = self._fit(spectra, row, beforehand, said)
                    outcome = self._outcome(fit, beforehand)
            except np.linalg.LinAlgError:
                remarks.append(f"the fit failed; these are the figures of {self._proposer.name}")
                continue
            finally:
                fits.append(fit)
            limits[row] = outcome.limits
            for sign, value in outcome.signs.items():
                signs.setdefault(sign, np.full(len(spectra), np.nan))[row] = value
            if outcome.rejected:
                remarks.append(outcome.rejected)
                continue
            remarks.append(outcome.remark)
            self._write(outcome, proposed.fraction[row], answer, row)
        remarked = tuple(map(joined, remarks, proposed.each_remark))
        return replace(answer, remarks=remarked, limits=limits, signs=signs), fits

    def on_instrument(self, values: Mapping[str, float], deviations: Mapping[str, float]) -> "Hybrid":
        """Return the method for spectra of one instrument, of which parameters are known with standard deviations."""
        assert self.library is not None
        technique = self.technique.with_known(values, deviations)
        return Hybrid(technique, self.library, self._proposer, self._recipe, self._finder)

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

    def _sum(self, spectra: Spectra, row: int, beforehand: Beforehand) -> Outcome | None:
        """Return the outcome of a sum of shifted pure spectra; None where the recipe has others, or this spectrum."""
        if self._sums is None:
            return None
        decisions, symbols, listed = self._model.decisions, self.technique.elements, beforehand.listed
        if listed is not None:
            expected = Expected(listed, np.zeros(listed.size), listed, listed=True)
        else:
            possible = np.isin(symbols, self._proposer.known) & ~np.isin(symbols, list(decisions.only_if_listed))
            needed = np.maximum(needed_evidence(beforehand.odds, decisions.false_alarms), 0.0)
            start = begun_with(beforehand.fraction >= decisions.least, possible, beforehand.fraction)
            expected = Expected(start, needed, possible)
        return self._sums.fit(spectra.counts[row], spectra.observed[row], expected)

    def _outcome(self, fit: Fit, beforehand: Beforehand) -> Outcome:
        """Return what a fit by the whole physics says; raises LinAlgError if it failed."""
        share, error = shares(fit)
        if not np.isfinite(share).all():
            raise np.linalg.LinAlgError("fractions are not finite")
        remark, most = self._remark(fit), self._most(fit)
        outcome = Outcome(
            fit.chosen,
            share,
            self._deviations * error,
            most,
            remark,
            limits=detection_limits(fit, self._model.decisions.widening),
            signs=fit_signs(fit, most, beforehand.fraction, self._whole(fit)),
        )
        if beforehand.listed is not None:
            return replace(outcome, most=np.zeros(most.size))
        if fit.misfit > self._model.decisions.poor:
            return replace(outcome, rejected=f"{remark} These are the figures of {self._proposer.name}.")
        return replace(outcome, rejected=self._otherwise(fit, beforehand))

    def _fit(self, spectra: Spectra, row: int, beforehand: Beforehand, said: Found | None) -> Fit:
        """Return the fit of one spectrum by the whole physics, with a search for its elements.

        What is not stated of a spectrum is in the errors; what was found of its instrument is held. Raises LinAlgError
        if the fit fails.
        """
        known = spectra.known(self.technique, row)
        usual = {**self.technique.defaults(), **self._model.priors.usual, **known}
        target = Target(spectra.counts[row], spectra.observed[row], usual)
        unstated = frozenset(name for name in self._model.priors.unstated if name not in known)
        if self._held is not None and said is not None and said.looked_for[row]:
            settings = self._held.settings(target.stated, said.mean[row], said.deviation[row])
            fit = self._search(unstated - self._held.parameters).fit(replace(target, stated=settings), beforehand)
            return self._held.widened(fit, float(said.deviation[row, 0]))
        return self._search(unstated).fit(target, beforehand)

    def _whole(self, fit: Fit) -> Floats:
        """Return the fractions (element,) of a fit."""
        fraction = np.zeros(len(self.technique.elements))
        fraction[fit.chosen] = shares(fit)[0]
        return fraction

    def _search(self, unstated: frozenset[str]) -> ElementSearch:
        """Return the search of spectra that do not state these parameters: they are free, about their defaults."""
        if unstated not in self._searches:
            free = {name: self._model.priors.unstated[name] for name in unstated}
            assert self.library is not None
            self._searches[unstated] = ElementSearch(ForwardModel(self.technique.with_free(free), self.library))
        return self._searches[unstated]

    def _otherwise(self, fit: Fit, beforehand: Beforehand) -> str:
        """Return in words that a fit contradicts what was proposed with intervals, "" if it does not."""
        answer = self._whole(fit)
        apart = 0.5 * np.abs(answer - beforehand.fraction).sum()
        if apart <= self._model.decisions.correction or not np.isfinite(beforehand.upper - beforehand.lower).all():
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


def _beforehand(spectra: Spectra, row: int, proposed: Estimate) -> Beforehand:
    """Return what is thought of one spectrum before it is fitted: what was proposed, and which elements are listed."""
    return Beforehand(
        proposed.fraction[row],
        proposed.lower[row],
        proposed.upper[row],
        None if proposed.log_odds is None else proposed.log_odds[row],
        None if spectra.candidates is None else spectra.candidates[row],
    )
