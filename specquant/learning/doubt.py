"""How far an answer is to be doubted, learned from answers to fresh and to disturbed spectra of a recipe.

Every sign (`specquant.quantifiers.Sign`) becomes a deviation: the standard normal value that as many fresh spectra of
the recipe lie below, as far as it is unusual. A weighted sum of deviations is the score of an answer. The weights are
those of a logistic regression of "the accuracy is below 0.85", none of them below a least one: no sign speaks for an
answer. Thresholds are quantiles of the scores of fresh spectra with good answers, so that the share of false alarms is
known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from specquant.quantifiers import IN_ERRORS, MOST_UNSEEN, UNWEIGHED, Sign, Signs, decided, group_of
from specquant.technique import Floats
from specquant.typed import Name, Number

GOOD_ACCURACY = 1.0 - MOST_UNSEEN
"""Accuracy from which on an answer is good; of issue 18."""

FALSE_ALARMS = 0.045
"""Share of the fresh spectra with good answers that is flagged, discarded fits included: chosen below the 5 % that are
promised, since weights fit the spectra that they come from a little too well."""

FEWEST_GOOD = 24
"""Good answers to fresh spectra that a table rests on, at least: of fewer, less than one is a false alarm."""

_FLAGGED = 1e6
"""Score of an answer that is flagged by a sign alone: above any score of signs."""

POOR_ACCURACY = 0.5
"""Mean accuracy of the answers beyond the score from which on nothing is quantified: chosen, more wrong than right."""

LEVELS = (0.02, 0.16, 0.5, 0.84, 0.95, 0.99)
"""Shares of the fresh spectra at which the values of a sign are kept; between them deviations are interpolated."""

USUAL = LEVELS.index(0.95)
"""Which of them is said to be usual."""

_GROWTH = 3.0
"""Deviations that a sign gains for each factor e by which it exceeds the last level, measured from its median: chosen,
so that what is twice as far as any fresh spectrum weighs about as two deviations more."""

_FARTHEST, _FARTHEST_IN_ERRORS = 8.0, 1.0
"""Most that is gained so; of signs in errors of the counts. Chosen, so that an instrument or strengths of lines that no
fresh spectrum has can decide alone, and a large misfit cannot: measured spectra of many counts have peculiarities that
no recipe has."""

_FROM = 0.75
"""Deviation from which on a sign counts: chosen, since what is usual neither speaks for an answer nor against it, and
many usual signs would hide an unusual one."""

_LEAST_WEIGHT, _LEAST_WEIGHT_OF_PEAKS = 0.25, 0.6
"""Least weight of a sign that is not in errors of the counts; of peaks left over and lacking. Chosen, since what is
wrong with a spectrum may not be a disturbance that was drawn: as much as most signs get that disturbances move, and
twice that for what is plainly not explained."""

_RIDGE = 3e-3
"""Penalty on squared weights, in mean log likelihood: chosen, since signs go together."""

_WINDOW = 24
"""Spectra with like counts of which the share of good answers is taken: chosen."""

_LEAST_WIDTH = 1e-9
"""Of the span between median and last level, so that a sign that never varies divides by no zero."""


@dataclass(frozen=True)
class DoubtTable:
    """The signs of a method's answers, and what they say.

    Parameters
    ----------
    signs
        Their names.
    usual
        Values of each sign of fresh spectra at LEVELS.
    weights
        Weight of each sign in the score. Signs of a group, such as the parts of the axis, share one weight, and only
        the worst counts.
    doubtful
        Score from which on an answer is doubtful.
    refused
        Score from which on there is no answer.
    least_counts
        Counts below which most answers are not good; 0 where that is not known.
    held
        Share of elements of at least 1 at% that lie in their 90 % interval, in answers to fresh spectra; 0 where that
        is not known.
    held_or_flagged
        Share of elements of at least 1 at%, in answers to the other spectra, that lie in their 90 % interval or are of
        a flagged answer; 0 where that is not known.

    Raises
    ------
    ValueError
        If numbers of entries differ, quantiles descend or a weight is negative.
    """

    signs: tuple[Name, ...]
    usual: tuple[tuple[Number, ...], ...]
    weights: tuple[Number, ...]
    doubtful: Number
    refused: Number
    least_counts: Number = 0.0
    held: Number = 0.0
    held_or_flagged: Number = 0.0

    def __post_init__(self) -> None:
        agree = len(self.signs) == len(self.usual) == len(self.weights)
        if not agree or any(len(values) != len(LEVELS) or (np.diff(values) < 0).any() for values in self.usual):
            raise ValueError("doubt table makes no sense")
        if min(self.weights, default=0.0) < 0:
            raise ValueError("doubt table with negative weights")

    def deviations(self, values: Signs) -> Floats:
        """Return the deviations of signs, shape (sample, sign); 0 where a sign is not known.

        Of the signs of a group, all but the worst are 0.
        """
        unknown = np.full_like(next(iter(values.values())), np.nan)
        known = np.array([values.get(name, unknown) for name in self.signs])
        table = _deviations(known, *self._arrays).T
        for members in self._groups:
            others = np.arange(len(members)) != table[:, members].argmax(axis=1)[:, None]
            table[:, members] = np.where(others, 0.0, table[:, members])
        return np.asarray(table)

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        """Usual values (sign, level), and how far a sign goes beyond the last at most, (sign,)."""
        farthest = [_FARTHEST_IN_ERRORS if name in IN_ERRORS else _FARTHEST for name in self.signs]
        return np.array(self.usual), np.array(farthest)

    @cached_property
    def _groups(self) -> list[list[int]]:
        """Indices of the signs of each group that has several."""
        return [members for members in grouped(self.signs) if len(members) > 1]

    def shares(self, values: Signs) -> Floats:
        """Return what each sign has of the scores of answers, (sample, sign); their sums are the scores."""
        return np.asarray(self.deviations(values) * np.array(self.weights))


def grouped(signs: Sequence[str]) -> list[list[int]]:
    """Return the indices of signs, group by group."""
    groups: dict[str, list[int]] = {}
    for index, sign in enumerate(signs):
        groups.setdefault(group_of(sign), []).append(index)
    return list(groups.values())


def can_learn(accuracy: Floats, fresh: NDArray[np.bool_]) -> bool:
    """Return whether enough answers to fresh spectra are good for `learn_doubt`; arguments as of it."""
    return int((fresh & (accuracy >= GOOD_ACCURACY)).sum()) >= FEWEST_GOOD


def learn_doubt(
    values: Signs, accuracy: Floats, fresh: NDArray[np.bool_], weak: NDArray[np.bool_], margin: float = 1.0
) -> DoubtTable:
    """Return the table of answers of known accuracy, of which enough are good (`can_learn`).

    Parameters
    ----------
    values
        Their signs, (sample,) each, NaN where not known.
    accuracy
        Accuracy of each answer, (sample,).
    fresh
        Which spectra are fresh ones of the recipe, (sample,); the others are disturbed.
    weak
        Which of the others are disturbed by few counts alone, (sample,).
    margin
        Factor on the score that fresh spectra reach, from which on an answer is doubtful.
    """
    weighed = (sign for sign in values if sign not in UNWEIGHED)
    known = {str(sign): values[sign] for sign in weighed if np.isfinite(values[sign][fresh]).any()}
    usual = tuple(tuple(np.nanquantile(row[fresh], LEVELS).tolist()) for row in known.values())
    even = DoubtTable(tuple(known), usual, (1.0,) * len(known), 0.0, 0.0)
    deviations, groups = even.deviations(known), grouped(tuple(known))
    columns = np.stack([deviations[:, members].sum(axis=1) for members in groups], axis=1)
    weights = np.zeros(len(known))
    least = np.array([_least_weight(tuple(known)[members[0]]) for members in groups])
    for members, weight in zip(groups, _logistic(columns, accuracy < GOOD_ACCURACY, fresh, least), strict=True):
        weights[members] = weight
    scores = deviations @ weights
    fine = fresh & (accuracy >= GOOD_ACCURACY)
    flagged = np.where(decided(values), _FLAGGED, scores)
    beyond = float(np.quantile(flagged[fine], 1.0 - FALSE_ALARMS, method="higher"))
    doubtful = margin * beyond
    return DoubtTable(
        tuple(known),
        usual,
        tuple(weights.tolist()),
        doubtful,
        _refused(scores, accuracy, max(float(scores[fine].max()), doubtful)),
        _least_counts(10.0 ** -values[Sign.COUNTS][fresh | weak], accuracy[fresh | weak]),
    )


def _deviations(values: Floats, usual: Floats, farthest: Floats) -> Floats:
    """Return by how much the standard normal values of signs exceed what counts, (sign, sample); 0 where not known.

    They go at most `farthest` (sign,) beyond the last of the usual values (sign, level).
    """
    levels = ndtri(np.array(LEVELS))
    above = np.array([np.interp(row, knots, levels) for row, knots in zip(values, usual, strict=True)])
    below = np.array([np.interp(-row, -knots[::-1], -levels[::-1]) for row, knots in zip(values, usual, strict=True)])
    inside = 0.5 * (above - below)  # of ties the last level above, and the first below
    middle, last = usual[:, [LEVELS.index(0.5)]], usual[:, [-1]]
    span = np.maximum(last - middle, _LEAST_WIDTH * np.maximum(np.abs(last), 1.0))
    beyond = np.log(np.maximum((values - middle) / span, 1.0))
    deviation = inside + np.minimum(_GROWTH * beyond, farthest[:, None])
    return np.asarray(np.where(np.isfinite(values), np.maximum(deviation - _FROM, 0.0), 0.0))


def _least_weight(sign: str) -> float:
    if sign in IN_ERRORS:
        return 0.0
    return _LEAST_WEIGHT_OF_PEAKS if sign in (Sign.SURPLUS, Sign.LACK) else _LEAST_WEIGHT


def _logistic(columns: Floats, wrong: NDArray[np.bool_], fresh: NDArray[np.bool_], least: Floats) -> Floats:
    """Return weights (column,) of a logistic regression, none below its least one.

    Fresh and disturbed spectra count alike in sum.
    """
    from scipy.optimize import minimize  # its import takes long, and answers do not need it

    share = np.where(fresh, 0.5 / max(fresh.sum(), 1), 0.5 / max((~fresh).sum(), 1))

    def loss(unknown: Floats) -> tuple[float, Floats]:
        score = columns @ unknown[:-1] + unknown[-1]
        slope = share * (1.0 / (1.0 + np.exp(-score)) - wrong)
        value = (share * (np.logaddexp(0.0, score) - wrong * score)).sum() + _RIDGE * np.square(unknown[:-1]).sum()
        return float(value), np.append(columns.T @ slope + 2.0 * _RIDGE * unknown[:-1], slope.sum())

    bounds = [*((one, None) for one in least.tolist()), (None, None)]
    return np.asarray(minimize(loss, np.append(least, 0.0), jac=True, method="L-BFGS-B", bounds=bounds).x[:-1])


def _refused(scores: Floats, accuracy: Floats, least: float) -> float:
    """Return the lowest score, not below `least`, beyond which answers are more wrong than right."""
    order = np.argsort(-scores)
    mean = np.cumsum(accuracy[order]) / np.arange(1, scores.size + 1)
    poor = scores[order][(mean < POOR_ACCURACY) & (scores[order] > least)]
    return float(poor.min()) if poor.size else float(scores.max(initial=least) + 1.0)


def _least_counts(counts: Floats, accuracy: Floats) -> float:
    """Return the counts below which most answers are not good: up to the first window in which half of them are.

    0 where most answers to spectra of more counts are not good either, since counts are not why.
    """
    order = np.argsort(counts)
    good = (accuracy[order] >= GOOD_ACCURACY).astype(np.float64)
    if good.size < _WINDOW:
        return 0.0
    enough = np.convolve(good, np.full(_WINDOW, 1.0 / _WINDOW), mode="valid") >= 0.5
    first = int(np.argmax(enough))
    if first == 0 or good[first:].mean() < 0.5:
        return 0.0
    return float(counts[order][first + _WINDOW // 2])
