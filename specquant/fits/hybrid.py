"""The method ``hybrid``: a network proposes the elements, and a fit by the technique's physics keeps or drops each.

The network's composition is where a fit of the whole spectrum begins; elements that the fit finds no evidence for are
dropped, and the others come with the fit's own covariance.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from specquant.fits.conclusions.concluding import Concluding
from specquant.fits.conclusions.outcome import Outcome
from specquant.fits.conclusions.parts import modelled
from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit
from specquant.fits.model.fixed import FixedShares
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.hidden import Hidden
from specquant.fits.model.unseen import Unseen
from specquant.fits.presence.beforehand import Beforehand, begun_with
from specquant.fits.presence.evidence import needed_evidence
from specquant.fits.presence.search import ElementSearch
from specquant.fits.sums.search import Expected, SumSearch
from specquant.fits.sums.shifted import sums_shifted_spectra
from specquant.fits.unstated import UnstatedInstrument
from specquant.library import PureLibrary
from specquant.notes import joined
from specquant.quantifiers import Z90, Estimate, Quantifier
from specquant.quantifiers.found import Finder, Found
from specquant.quantifiers.modelled import MOST_MODELLED, TakenApart
from specquant.quantifiers.signs import MOST_UNSEEN, Sign
from specquant.quantifiers.unmeasured import strongest_channels, unmeasured
from specquant.recipes import Recipe
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

_KEPT = 1e6
"""Cost that a sum saves by an element that is required: chosen, far above what dropping one can save, far below where
rounding would hide the least gain."""


class Hybrid(Quantifier):
    """Whole-spectrum fit of the elements that another quantifier proposes.

    A spectrum keeps what was proposed, and its fit is discarded, if it cannot be fitted, if the model explains it
    badly, or if it is not explained and a parameter of the instrument stopped the fit at the end of its range.

    Parameters
    ----------
    technique
        Gives the mixing law, the response and the settings of the fit.
    library
        Spectra of the pure elements.
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
        self._instrument = None if finder is None or quantities is None else UnstatedInstrument(technique, quantities)
        self._channels = strongest_channels(technique)
        self._searches: dict[frozenset[str], ElementSearch] = {}
        search = self._search(frozenset())
        self._model, self._concluding = search.model, Concluding(search)
        exact = recipe is not None and sums_shifted_spectra(recipe, technique, library)
        self._sums = SumSearch(technique, library, recipe) if recipe is not None and exact else None

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether it takes an instrument that nobody states to be the usual one: no."""
        return False

    @property
    def fits_fractions(self) -> bool:
        """Whether it weighs what is fixed against the spectrum by itself: yes."""
        return True

    @property
    def explained(self) -> Quantifier:
        """The proposer: the elements are its word, and a fit would have to be repeated a thousand times."""
        return self._proposer.explained

    def estimate(self, spectra: Spectra) -> Estimate:
        """Propose, then fit every spectrum under its constraints: all that is listed, what is required, as fixed."""
        return self.with_fits(spectra)[0]

    def with_fits(self, spectra: Spectra) -> tuple[Estimate, list[Fit | None]]:
        """Return the estimate of spectra, and the fit of each by the whole physics; None where there is none."""
        proposed = self._proposed(spectra)
        answer = Estimate(proposed.fraction.copy(), proposed.lower.copy(), proposed.upper.copy())
        limits: Floats = np.full_like(proposed.fraction, np.nan)
        layers, axis = np.full((*limits.shape, 2), np.nan), np.full((len(limits), 2), np.nan)
        signs: dict[str, Floats] = {}
        said = self._finder(spectra) if self._finder is not None else None
        remarks: list[str] = []
        drawn: list[TakenApart | None] = [None] * len(spectra)
        fits: list[Fit | None] = [None] * len(spectra)
        for row in range(len(spectra)):
            beforehand = self._beforehand(spectra, row, proposed)
            try:
                outcome = self._sum(spectra, row, beforehand)
                outcome = outcome or self._concluding.of(self._searched(spectra, row, beforehand, said), beforehand)
            except np.linalg.LinAlgError:
                remarks.append(self._stood_in_for("the fit failed"))
                continue
            limits[row], fits[row] = outcome.limits, outcome.fit
            for sign, value in self._signs(beforehand, outcome, spectra.observed[row]).items():
                signs.setdefault(sign, np.full(len(spectra), np.nan))[row] = value
            if outcome.rejected:
                remarks.append(self._stood_in_for(outcome.rejected))
                continue
            remarks.append(outcome.remark)
            layers[row], axis[row] = outcome.layers, outcome.axis
            hidden = self._hidden(beforehand, outcome)
            self._write(outcome, hidden, beforehand, answer, row)
            if outcome.fit is not None:
                fits[row] = replace(outcome.fit, hidden=hidden)
                drawn[row] = partial(modelled, outcome.fit) if len(spectra) <= MOST_MODELLED else None
        estimate = replace(
            answer,
            remarks=tuple(map(joined, remarks, proposed.each_remark)),
            limits=limits,
            signs=signs,
            modelled=tuple(drawn),
            layers=layers,
            axis=axis,
        )
        return estimate, fits

    def _stood_in_for(self, why: str) -> str:
        """Return the remark on an answer of the proposer's; `why` says, without a full stop, what the fit lacks.

        It does not announce figures, as none follow where the verdict is that nothing is quantified.
        """
        return f"{self._proposer.name} stands in for the fit: {why}"

    def on_instrument(self, values: Mapping[str, float], deviations: Mapping[str, float]) -> "Hybrid":
        """Return the method for spectra of one instrument, of which parameters are known with standard deviations."""
        assert self.library is not None
        technique = self.technique.with_known(values, deviations)
        method = Hybrid(technique, self.library, self._proposer, self._recipe, self._finder)
        method._elsewhere = self._elsewhere
        return method

    @cached_property
    def _elsewhere(self) -> Unseen | None:
        """What samples of the recipe have, which takes as long to draw as a step of a fit."""
        recipe, layers = self._recipe, self._model.decisions.layers
        return None if recipe is None else Unseen(recipe, self.technique.elements, layers)

    def _proposed(self, spectra: Spectra) -> Estimate:
        """Return what is proposed, brought to what is fixed: the proposer itself does not know of that."""
        constraints = spectra.constraints
        if constraints is None or not constraints.fixed.any():
            return self._proposer.answer(spectra)
        proposed = self._proposer.answer(spectra.under(constraints.with_nothing_fixed()))
        return proposed.brought(constraints, self.technique.elements)

    def _beforehand(self, spectra: Spectra, row: int, proposed: Estimate) -> Beforehand:
        """Return what is thought of one spectrum before it is fitted: what was proposed, and what the user knows."""
        constraints = spectra.constraints
        return Beforehand(
            proposed.fraction[row],
            proposed.lower[row],
            proposed.upper[row],
            None if proposed.log_odds is None else proposed.log_odds[row],
            None if constraints is None else constraints.candidates[row],
            None if constraints is None else constraints.required[row],
            None if constraints is None else FixedShares.of(constraints, row, self.technique.elements),
        )

    def _write(self, outcome: Outcome, hidden: Hidden, beforehand: Beforehand, answer: Estimate, row: int) -> None:
        """Write an outcome, with what may be hidden, into a row of the answer."""
        chosen, share, above = outcome.chosen, outcome.share, outcome.within
        stated = beforehand.fixed.elements if beforehand.fixed is not None else ()
        reach = share * hidden.reaches(above / (Z90 * np.maximum(share, 1e-300)))
        below = np.where(np.isin(chosen, stated), above, reach)
        answer.fraction[row] = answer.lower[row] = 0.0
        answer.fraction[row, chosen] = share
        answer.lower[row, chosen] = np.clip(share - below, 0.0, 1.0)
        answer.upper[row] = np.fmax(answer.upper[row], outcome.most)
        answer.upper[row, chosen] = np.clip(share + above, 0.0, 1.0)
        answer.upper[row] = np.maximum(answer.upper[row], answer.fraction[row])

    def _sum(self, spectra: Spectra, row: int, beforehand: Beforehand) -> Outcome | None:
        """Return the outcome of a sum of shifted pure spectra.

        None where the recipe has others, or this spectrum, or fractions are fixed.
        """
        if self._sums is None or beforehand.fixed is not None:
            return None
        decisions, symbols, required = self._model.decisions, self.technique.elements, beforehand.needed
        if beforehand.complete:
            expected = Expected(required, np.zeros(required.size), required, listed=True)
        else:
            possible = np.isin(symbols, self._proposer.known) & ~np.isin(symbols, list(decisions.only_if_listed))
            possible = (possible & beforehand.possible) | required
            needed = np.maximum(needed_evidence(beforehand.odds, decisions.false_alarms), 0.0)
            start = begun_with((beforehand.fraction >= decisions.least) | required, possible, beforehand.fraction)
            expected = Expected(start, np.where(required, -_KEPT, needed), possible)
        return self._sums.fit(spectra.counts[row], spectra.observed[row], expected)

    def _searched(self, spectra: Spectra, row: int, beforehand: Beforehand, said: Found | None) -> Fit:
        """Return the fit by the whole physics, with the elements that it needs.

        What is not stated of a spectrum is in the errors; what was found of its instrument is held. Raises LinAlgError
        if it fails.
        """
        known = spectra.known(self.technique, row)
        usual = {**self.technique.defaults(), **self._model.priors.usual, **known}
        target = Target(spectra.counts[row], spectra.observed[row], usual)
        unstated = frozenset(name for name in self._model.priors.unstated if name not in known)
        if self._instrument is not None and said is not None and said.looked_for[row]:
            settings = self._instrument.settings(target.stated, said.mean[row], said.deviation[row])
            search = self._search(unstated - self._instrument.parameters)
            fit = search.fit(replace(target, stated=settings), beforehand)
            fit = self._instrument.widened(fit, float(said.deviation[row, 0]))
        else:
            search = self._search(unstated)
            fit = search.fit(target, beforehand)
        return search.layers.widened(fit)

    def _search(self, unstated: frozenset[str]) -> ElementSearch:
        """Return the search of spectra that do not state these parameters: they are free, about their defaults."""
        if unstated not in self._searches:
            free = {name: self._model.priors.unstated[name] for name in unstated}
            assert self.library is not None
            self._searches[unstated] = ElementSearch(ForwardModel(self.technique.with_free(free), self.library))
        return self._searches[unstated]

    def _signs(self, beforehand: Beforehand, outcome: Outcome, observed: NDArray[np.bool_]) -> dict[str, float]:
        """Return the signs of an outcome, with how likely an answer lacks too much that was not measured to be good.

        `observed` (energy,) are the channels that were. Of what is rejected that is not known.
        """
        if outcome.rejected:
            return {**outcome.signs, Sign.UNSEEN: np.nan}
        there, likely = unmeasured(self._channels, observed) & (np.nan_to_num(outcome.most) > MOST_UNSEEN), 0.0
        if there.any():
            most = np.where(there, outcome.most, 0.0)
            likely = self._hidden(beforehand, replace(outcome, most=most, shown={})).beyond(MOST_UNSEEN)
        return {**outcome.signs, Sign.UNSEEN: likely}

    def _hidden(self, beforehand: Beforehand, outcome: Outcome) -> Hidden:
        """Return what the sample may have that is not in the answer.

        Without a recipe, it is seldom more than what was proposed may have.
        """
        most = np.where(beforehand.possible, np.nan_to_num(outcome.most), 0.0)
        if self._elsewhere is not None:
            odds = None if beforehand.log_odds is None else beforehand.log_odds + outcome.speaking / 2
            told_apart = self._search(frozenset()).told_apart
            odds = None if odds is None else np.where(told_apart, odds, np.nan)
            return self._elsewhere.hidden(most, odds, outcome.shown)
        decisions = self._model.decisions
        usual = ~np.isin(self.technique.elements, [*decisions.only_if_listed, *decisions.layers])
        return Hidden.seldom_more(float(np.linalg.norm(most[(beforehand.fraction >= decisions.least) & usual])))
