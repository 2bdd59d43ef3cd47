"""The judge: every answer of every method gets a verdict with its reasons.

Some things decide by themselves: a fact that contradicts the technique, a spectrum without a peak, too few counts. All
else is weighed: the signs of an answer together, by the table in the model file (`specquant.learning.doubt`).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.instrument.offset import tolerated
from specquant.intervals import Z90
from specquant.learning import NetworkQuantifier
from specquant.learning.doubt import GOOD_ACCURACY, USUAL, DoubtTable
from specquant.learning.validity import outside
from specquant.notes import NoteKind, in_percent
from specquant.quantifiers import AXIS, MOST_STRANGE, Sign, Signs, values_of
from specquant.quantifiers.featureless import without_features
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique, strongest_peaks
from specquant.verdict.disagreement import against_network
from specquant.verdict.inwords import in_words
from specquant.verdict.records import Ground, Judgement, Reason, Verdict
from specquant.verdict.unmeasured import unseen

_NAMED = 3
"""Signs that are named as reasons, the weightiest: chosen, more are not read."""

LEAST_COUNTS = (1.0 - GOOD_ACCURACY) ** -2
"""Counts that the smallest promised accuracy needs: their own standard error is as large as what may be wrong."""

_SPREAD = 2.0
"""Channels at most that a count is spread over as a spectrum is put on the axis; what has more channels than that with
something in them is not in counts."""

_AT_LINE = 5
"""Channels within which the strongest line of an element is said to lie at a peak: chosen, as far as lines move."""


class Judge:
    """Judges the answers of the methods of a technique.

    Parameters
    ----------
    technique
        The technique.
    network
        The model that knows what is usual; None: answers are judged by what decides by itself.
    """

    def __init__(self, technique: Technique, network: NetworkQuantifier | None) -> None:
        self._technique, self._network = technique, network

    def judge(self, name: str, composition: xr.Dataset, spectra: Spectra) -> tuple[Judgement, ...]:
        """Return the judgement on every answer of the method of that name."""
        flat = without_features(spectra.counts, spectra.observed)
        table, is_own = self._table(name)
        seen = {} if table is None else self.signs(composition, spectra)
        weighed = [()] * len(spectra) if table is None else self._weighed(table, seen, is_own)
        signs, judged = _travelling(composition), []
        for row in range(len(spectra)):
            reasons = [
                *_noted(spectra, row),
                *_featureless(bool(flat[row])),
                *_counted(table, spectra.counts[row]),
                *self._untrained(spectra, row),
                *self._offset(composition, spectra, row),
            ]
            reasons += [*_contradicted(signs, row), *self._constrained(signs, spectra, row)]
            reasons += self._strange(signs, composition, row)
            reasons += unseen(self._technique, composition, spectra.observed[row], row, _sign(signs, row, Sign.UNSEEN))
            if table is not None:
                reasons += _unfitted(table, signs, row) if is_own else against_network(seen[Sign.APART][row])
            judged.append(_together(reasons, weighed[row]))
        return tuple(judged)

    def signs(self, composition: xr.Dataset, spectra: Spectra) -> dict[str, Floats]:
        """Return all signs of the answers of a method, those of the network included, (sample,) each."""
        assert self._network is not None
        is_own = composition.attrs.get("method") == self._network.name
        signs = self._network.signs(spectra, None if is_own else values_of(composition, "fraction"))
        for sign, values in _travelling(composition).items():
            signs[sign] = np.where(np.isfinite(values), values, signs.get(sign, np.nan))
        if Sign.UNSEEN in signs:  # what was not measured counts by what it may hide, where that is known
            signs[Sign.MISSING] = np.where(np.isfinite(signs[Sign.UNSEEN]), np.nan, signs[Sign.MISSING])
        return signs

    def _table(self, name: str) -> tuple[DoubtTable | None, bool]:
        """Return the table of a method, and whether it is its own: that of the network says what spectra are like."""
        if self._network is None:
            return None, False
        table = self._network.card.doubt.get(name)
        return table or self._network.card.doubt.get(self._network.name), table is not None

    def _weighed(self, table: DoubtTable, signs: Signs, is_own: bool) -> list[tuple[Reason, ...]]:
        """Return the reasons that the signs of every answer together give; by the table of another, a doubt at most."""
        worst = Verdict.NOT_QUANTIFIED if is_own else Verdict.DOUBTFUL
        shares = table.shares(signs)
        scores = shares.sum(axis=1)
        return [
            tuple(self._named(table, signs, shares[row], row, _verdict(table, score, worst)))
            for row, score in enumerate(scores.tolist())
        ]

    def _named(self, table: DoubtTable, signs: Signs, shares: Floats, row: int, verdict: Verdict) -> Iterator[Reason]:
        """Yield the weightiest signs of an answer as reasons, if it is not good: unusual ones, where there are any."""
        if verdict is Verdict.GOOD:
            return
        order = np.argsort(-shares)
        unusual = [i for i in order if shares[i] > 0 and signs[table.signs[i]][row] > table.usual[i][USUAL]]
        for index in (unusual or order.tolist())[:_NAMED]:
            sign, usual = table.signs[index], table.usual[index][USUAL]
            ground, text = in_words(sign, float(signs[sign][row]), usual, self._technique)
            yield Reason(ground, text, verdict)

    def _offset(self, composition: xr.Dataset, spectra: Spectra, row: int) -> Iterator[Reason]:
        """Yield that a fit moved the axis further than fit and network together are wrong."""
        if self._technique.offset_model is None or AXIS[0] not in composition:
            return
        shift, error = (float(values_of(composition, name)[row]) for name in AXIS)
        usual = tolerated(self._technique)
        if abs(shift) - Z90 * error > usual:
            before, axis = spectra.facts[row].axis_offset if spectra.facts else 0.0, self._technique.axis
            after = f", after {axis.moved(before)} were taken off it" if before else ""
            text = f"the fit moves the axis by {axis.moved(shift, error)}{after} (usual: up to {axis.text(usual)})"
            yield Reason(Ground.OFFSET, text)

    def _constrained(self, signs: Signs, spectra: Spectra, row: int) -> Iterator[Reason]:
        """Yield that a spectrum is explained badly under what the user says of its elements."""
        misfit, fit = _sign(signs, row, Sign.MISFIT), self._technique.fit
        if spectra.constraints is not None and fit is not None and misfit > fit.decisions.poor:
            text = f"with what is given of the elements the physics explains it badly (misfit {misfit:.1f})"
            yield Reason(Ground.MISFIT, text)

    def _strange(self, signs: Signs, composition: xr.Dataset, row: int) -> Iterator[Reason]:
        """Yield that a peak is of no element that was found, with those that have their strongest line there."""
        share = _sign(signs, row, Sign.STRANGE)
        if not share > MOST_STRANGE:
            return
        energy, axis = _sign(signs, row, Sign.STRANGE_AT), self._technique.axis
        there = np.array(self._technique.elements)[values_of(composition, "fraction")[row] > 0]
        near = sorted(
            (abs(peak.energy - energy), symbol)
            for symbol, peak in strongest_peaks(self._technique.peaks).items()
            if symbol not in there and abs(peak.energy - energy) <= _AT_LINE * axis.step
        )
        names = ", ".join(symbol for _, symbol in near[:_NAMED])
        lies = f"the strongest line of {names} lies there" if names else "no element has its strongest line there"
        what = (
            f"a peak at {axis.text(energy)} is of no element that was found, {in_percent(share)} as high as the largest"
        )
        yield Reason(Ground.STRANGE, f"{what}: {lies}")

    def _untrained(self, spectra: Spectra, row: int) -> Iterator[Reason]:
        """Yield what is stated of a spectrum that the network has not seen."""
        if self._network is None:
            return
        for text in outside(self._network.card, self._technique, spectra.known(self._technique, row)):
            yield Reason(Ground.UNTRAINED, text)


def _together(alone: list[Reason], weighed: tuple[Reason, ...]) -> Judgement:
    """Return the judgement of reasons that decide alone, with what those that decide together add."""
    if not Judgement.of(alone).is_answer:
        return Judgement.of(alone)
    grounds = {reason.ground for reason in alone}
    return Judgement.of(
        [*alone, *(one for one in weighed if one.ground not in grounds or not Judgement((one,)).is_answer)]
    )


def _verdict(table: DoubtTable, score: float, worst: Verdict) -> Verdict:
    if score >= table.refused:
        return worst
    return Verdict.DOUBTFUL if score >= table.doubtful else Verdict.GOOD


def _noted(spectra: Spectra, row: int) -> Iterator[Reason]:
    """Yield what notes on a spectrum say against any answer: contradictions and warnings."""
    for note in spectra.facts[row].notes if spectra.facts else ():
        if note.kind is NoteKind.CONTRADICTION:
            yield Reason(Ground.CONTRADICTION, note.text, Verdict.NOT_QUANTIFIED)
        elif note.kind is NoteKind.WARNING:
            yield Reason(Ground.WARNED, note.text)


def _featureless(flat: bool) -> Iterator[Reason]:
    if flat:
        yield Reason(Ground.FEATURELESS, "nothing stands out of the noise", Verdict.NOT_QUANTIFIED)


def _counted(table: DoubtTable | None, counts: NDArray[np.floating[Any]]) -> Iterator[Reason]:
    """Yield that a spectrum has too few counts for any answer, or for most good ones."""
    total = float(counts.sum(dtype=np.float64))
    are_counts = np.count_nonzero(counts) <= _SPREAD * total
    if are_counts and total < LEAST_COUNTS:
        text = f"{total:.3g} counts in all: even if each was of a line, fractions would be wrong by more than 15 %"
        yield Reason(Ground.COUNTS, text, Verdict.NOT_QUANTIFIED)
    elif table is not None and total < table.least_counts:
        text = f"{total:.3g} counts are too few: below about {table.least_counts:.2g}, most answers are wrong"
        yield Reason(Ground.COUNTS, text)


def _unfitted(table: DoubtTable, signs: Signs, row: int) -> Iterator[Reason]:
    """Yield that a method that fits could not fit a spectrum."""
    if Sign.MISFIT.value in table.signs and not np.isfinite(_sign(signs, row, Sign.MISFIT)):
        yield Reason(Ground.FIT_FAILED, "the physics cannot be fitted to it")


def _contradicted(signs: Signs, row: int) -> Iterator[Reason]:
    """Yield that a method discarded its own fit, since it contradicts what was proposed."""
    if _sign(signs, row, Sign.CONTRADICTED) > 0:
        apart = _sign(signs, row, Sign.APART)
        yield Reason(
            Ground.DISAGREEMENT,
            f"fit and network contradict each other: they differ by {in_percent(apart)} of all atoms",
        )


def _travelling(composition: xr.Dataset) -> dict[str, Floats]:
    """Return the signs that travel with answers, (sample,) each."""
    if "signs" not in composition:
        return {}
    names = composition.variables["sign"].values
    return dict(zip(map(str, names), values_of(composition, "signs").T, strict=True))


def _sign(signs: Signs, row: int, sign: Sign) -> float:
    """Return a sign that travels with an answer, NaN if none does."""
    return float(signs[sign][row]) if sign in signs else float("nan")
