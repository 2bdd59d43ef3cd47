"""The Bayes limit: the best accuracy that is possible when all about a spectrum is known but its composition.

Shifts, factors, background and scale are known as they were drawn, also those of elements that are not there, and so is
how often the recipe draws which composition. On average over the recipe, no answer is then better than the one with
the highest expected accuracy under the posterior of the composition (A. Wald, Statistical Decision Functions, 1950).
Methods know less. Unlike the oracle, the answer does not know which elements are there.

The posterior is sampled with a reversible-jump Markov chain (P. J. Green, Biometrika 82 (1995) 711) over which elements
there are and how much of each. Four moves, all of two elements: amount goes from one to the other; one replaces the
other; one splits in two; two become one. The chain begins at the truth, which is itself a draw of the posterior, so it
needs no time to settle. A chain that has not moved far gives an answer too near the truth: the limit comes out too
high, never too low.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.evaluation import article_accuracy
from specquant.recipes import Constant, Recipe
from specquant.synthesizer import BLOCK, RecipeSynthesizer, blocks
from specquant.synthesizer.truth import Ints
from specquant.technique import Floats

MOVES = 20_000
"""Moves that are proposed to each spectrum; chosen. Where chains move slowly, more would lower the limit."""

_THINNING = 20
"""Moves from one state that is kept to the next: neighbours are much alike, and all take 20 times the memory."""

_SMALLEST_STEP = 3.5
"""Steps of amounts are between 10 to the power of minus this and 1, so that some suit a posterior of any width."""

_FEWEST_COUNTS = 1e-9
"""Least expected counts of a channel: keeps their logarithm finite where nothing is expected."""

_TINY = 1e-300
"""Least divisor: keeps quotients finite where it would be zero."""

_HALVINGS = 40
"""Halvings of the bracket around the common quantile of an answer: to 1e-12."""


@dataclass(frozen=True)
class Posterior:
    """All that is known of some spectra when their composition is not.

    Parameters
    ----------
    counts
        Shape (sample, energy).
    columns
        What every element would look like, per unit of fraction, in any unit, shape (sample, element, energy); zero
        where nothing is observed.
    background
        Expected counts of no element, shape (sample, energy).
    peak_counts
        Expected counts of all elements together in their strongest channel, (sample,).
    noise_factor
        Variance of the counts over their mean, (sample,).
    number
        Weight of 0, 1, 2 ... elements, (number,); sets of equally many elements are equally likely, and so are all
        amounts of a set.
    """

    counts: Floats
    columns: NDArray[np.float32]
    background: Floats
    peak_counts: Floats
    noise_factor: Floats
    number: Floats

    def total(self, fraction: Floats) -> Floats:
        """Return the sum of the columns at fractions (sample, element), shape (sample, energy)."""
        return np.asarray(np.einsum("se,sec->sc", fraction, self.columns, dtype=np.float64))

    def log_likelihood(self, total: Floats) -> Floats:
        """Return the logarithm of the likelihood, up to a constant, of a sum of columns; shape (sample,)."""
        strongest = np.maximum(total.max(axis=1), _TINY)
        expected = np.maximum(total * (self.peak_counts / strongest)[:, None] + self.background, _FEWEST_COUNTS)
        likelihood = np.einsum("sc,sc->s", self.counts, np.log(expected)) - expected.sum(axis=1)
        return np.asarray(likelihood / self.noise_factor)


def has_bayes_limit(recipe: Recipe) -> bool:
    """Return whether a recipe draws compositions as `Posterior` assumes: all elements and amounts alike."""
    weights = {*recipe.prior.values(), recipe.prior_default} - {0.0}
    uniform = len(weights) == 1 and recipe.concentration == Constant(1.0)
    return uniform and not (recipe.additions or recipe.instruments or recipe.smoothing)


def bayes_limit(synthesizer: RecipeSynthesizer, recipe: Recipe, samples: int, moves: int = MOVES) -> float:
    """Return the highest accuracy that can be expected on the first `samples` spectra of a recipe.

    It is one that `has_bayes_limit`.

    Raises
    ------
    SettingError
        If the mixing law is not linear.
    """
    accuracies = []
    for start, count in blocks(samples):
        index = start // BLOCK
        spectra, anatomy = synthesizer.spectra(start, count), synthesizer.anatomy(index)
        observed = anatomy.observed[:count]
        posterior = Posterior(
            counts=spectra["counts"].values.astype(np.float64) * observed,
            columns=synthesizer.alternatives(index)[:count] * observed[:, None],
            background=anatomy.background[:count] * observed,
            peak_counts=spectra["peak_counts"].values.astype(np.float64),
            noise_factor=spectra["noise_factor"].values.astype(np.float64),
            number=np.array([0.0, *recipe.element_count]),
        )
        truth = spectra["fraction"].values.astype(np.float64)
        answer = best_answer(compositions(posterior, truth, np.random.default_rng(index), moves))
        accuracies.append(article_accuracy(answer, truth))
    return float(np.concatenate(accuracies).mean())


def compositions(posterior: Posterior, start: Floats, rng: np.random.Generator, moves: int) -> NDArray[np.float32]:
    """Return draws of the composition, shape (draw, sample, element).

    Chains begin at `start` (sample, element); at least 20 `moves` are proposed to each.
    """
    fraction, every = start.copy(), np.arange(len(start))
    total = posterior.total(fraction)
    reached, possible = posterior.log_likelihood(total), np.asarray(posterior.columns.any(axis=2))
    draws = []
    for move in range(1, moves + 1):
        proposed = _propose(fraction, possible, posterior.number, rng)
        shifted = total.copy()
        for element, amount in ((proposed.one, proposed.of_one), (proposed.other, proposed.of_other)):
            shifted += (amount - fraction[every, element])[:, None] * posterior.columns[every, element]
        likelihood = posterior.log_likelihood(shifted)
        accepted = np.flatnonzero(np.log(rng.uniform(size=every.size)) < likelihood - reached + proposed.log_weight)
        fraction[accepted, proposed.one[accepted]] = proposed.of_one[accepted]
        fraction[accepted, proposed.other[accepted]] = proposed.of_other[accepted]
        total[accepted], reached[accepted] = shifted[accepted], likelihood[accepted]
        if move % _THINNING == 0:
            draws.append(fraction.astype(np.float32))
    return np.array(draws)


def best_answer(draws: NDArray[np.float32]) -> Floats:
    """Return the composition with the highest expected accuracy, (sample, element), by draws (draw, sample, element).

    The expected sum of differences is least, for a given sum of the answer, where the answer of every element is the
    same quantile of its draws.
    """
    ordered, last = np.sort(draws, axis=0), len(draws) - 1

    def quantile(level: Floats) -> Floats:
        rank = level * last
        below = np.minimum(rank.astype(np.intp), last - 1) if last else np.zeros(rank.shape, dtype=np.intp)
        low, high = (ordered[np.minimum(below + step, last), np.arange(level.size)] for step in (0, 1))
        return np.asarray(low + (rank - below)[:, None] * (high - low), dtype=np.float64)

    lower, upper = np.zeros(draws.shape[1]), np.ones(draws.shape[1])
    for _ in range(_HALVINGS):
        middle = 0.5 * (lower + upper)
        much = quantile(middle).sum(axis=1) > 1.0
        lower, upper = np.where(much, lower, middle), np.where(much, middle, upper)
    answer = quantile(upper)
    return np.asarray(answer / answer.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class _Proposal:
    """New amounts of two elements of each sample.

    `log_weight` is the logarithm of their prior and proposal probabilities over those of the amounts before.
    """

    one: Ints
    other: Ints
    of_one: Floats
    of_other: Floats
    log_weight: Floats


def _propose(fraction: Floats, possible: NDArray[np.bool_], number: Floats, rng: np.random.Generator) -> _Proposal:
    """Return one move for each sample; those that are not possible have a weight of zero."""
    samples, there = np.arange(len(fraction)), fraction > 0
    count = there.sum(axis=1)
    kind, along = rng.integers(4, size=samples.size), rng.uniform(size=samples.size)
    step = 10.0 ** (-_SMALLEST_STEP * rng.uniform(size=samples.size)) * rng.standard_normal(samples.size)
    lots = rng.uniform(size=fraction.shape)
    one = np.where(there, lots, -1.0).argmax(axis=1)
    lots[samples, one] = -1.0
    wanted = np.where((kind % 2 == 0)[:, None], there, possible & ~there)
    lots = np.where(wanted, lots, -1.0)
    other = lots.argmax(axis=1)
    exists = lots[samples, other] >= 0.0
    amount, more = fraction[samples, one], fraction[samples, other]
    weight_of = np.append(number, 0.0)
    kinds = [  # amount from one to the other; one replaces the other; two become one; one splits in two
        (amount - step, more + step, np.ones(samples.size)),
        (0.0 * amount, amount, np.ones(samples.size)),
        (amount + more, 0.0 * amount, weight_of[count - 1] / np.maximum((count - 1) * (amount + more), _TINY)),
        (amount * (1.0 - along), amount * along, weight_of[count + 1] * count * amount),
    ]
    of_one, of_other, weight = (np.choose(kind, of_kind) for of_kind in zip(*kinds, strict=True))
    weight = np.where(kind >= 2, weight / weight_of[count], weight)
    within = exists & (of_one >= 0.0) & (of_other >= 0.0)
    with np.errstate(divide="ignore"):
        return _Proposal(one, other, of_one, of_other, np.log(np.where(within, weight, 0.0)))
