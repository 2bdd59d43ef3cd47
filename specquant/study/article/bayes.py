"""The best that anybody can do who is not told which elements there are.

The oracle is told the elements, and no method is. Who is told all else, every nuisance and how often the recipe draws
what, can do no better, on average over the recipe, than the answer with the highest expected accuracy under the
posterior of the composition (A. Wald, Statistical Decision Functions, 1950). Whatever is told less is below it.

The posterior is sampled with a reversible-jump Markov chain (P. J. Green, Biometrika 82 (1995) 711) over which elements
there are and how much of each. Four moves, all of two elements: amount goes from one to the other; one takes the place
of the other; one splits in two; two become one. The chain begins at the truth, which is itself a draw of the posterior,
so it needs no time to settle. Where it has not moved far, its answer lies too near the truth: the limit comes out too
high, never too low.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.evaluation import article_accuracy
from specquant.recipes.distributions import Constant
from specquant.recipes.recipe import Recipe
from specquant.synthesizer import BLOCK, RecipeSynthesizer
from specquant.synthesizer.truth import Ints
from specquant.technique import Floats

MOVES = 20_000
"""Moves that are proposed to each spectrum."""

_KEPT = 20
"""Every so many moves, the state is kept."""

_SMALLEST_STEP = 3.5
"""Steps of amounts are 10 to the power of minus this, up to 1."""

_FEWEST_COUNTS = 1e-9
"""Keeps the logarithm of expected counts finite where nothing is expected."""

_HALVINGS = 40
"""Of the bracket around the common quantile of an answer."""


@dataclass(frozen=True)
class Posterior:
    """What is known of some spectra but for their composition.

    Parameters
    ----------
    counts
        Shape (sample, energy).
    columns
        What every element would look like, per unit of fraction, in any unit, shape (sample, element, energy); zero
        where nothing is observed.
    background
        Expected counts besides, shape (sample, energy).
    peak_counts, noise_factor
        Expected counts of all elements together in their strongest channel, variance of counts over mean; (sample,).
    number
        Weight of 0, 1, 2 ... elements being there; all sets of as many elements are equally likely, all amounts of a
        set too.
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
        """Return the logarithm of the likelihood, but for a constant, of a sum of columns; shape (sample,)."""
        strongest = np.maximum(total.max(axis=1), 1e-300)
        expected = np.maximum(total * (self.peak_counts / strongest)[:, None] + self.background, _FEWEST_COUNTS)
        found = np.einsum("sc,sc->s", self.counts, np.log(expected)) - expected.sum(axis=1)
        return np.asarray(found / self.noise_factor)


def has_bayes_limit(recipe: Recipe) -> bool:
    """Return whether the composition of a recipe is drawn as a `Posterior` has it, all elements alike."""
    weights = {*recipe.prior.values(), recipe.prior_default} - {0.0}
    uniform = len(weights) == 1 and recipe.concentration == Constant(1.0)
    return uniform and not (recipe.additions or recipe.sources or recipe.smoothing)


def bayes_limit(made: RecipeSynthesizer, recipe: Recipe, samples: int, moves: int = MOVES) -> float:
    """Return the highest accuracy that can be expected on the first `samples` spectra of a recipe.

    Parameters
    ----------
    made, recipe
        The spectra, and what they are made by: one that `has_bayes_limit`.
    samples, moves
        Number of spectra, and of moves proposed to each.

    Raises
    ------
    SettingError
        If the mixing law is not linear.
    """
    found = []
    for start in range(0, samples, BLOCK):
        count, index = min(BLOCK, samples - start), start // BLOCK
        spectra, anatomy = made.spectra(start, count), made.anatomy(index)
        seen = anatomy.observed[:count]
        posterior = Posterior(
            counts=spectra["counts"].values.astype(np.float64) * seen,
            columns=made.alternatives(index)[:count] * seen[:, None],
            background=anatomy.background[:count] * seen,
            peak_counts=spectra["peak_counts"].values.astype(np.float64),
            noise_factor=spectra["noise_factor"].values.astype(np.float64),
            number=np.array([0.0, *recipe.element_count]),
        )
        truth = spectra["fraction"].values.astype(np.float64)
        answer = best_answer(compositions(posterior, truth, np.random.default_rng(index), moves))
        found.append(article_accuracy(answer, truth))
    return float(np.concatenate(found).mean())


def compositions(posterior: Posterior, start: Floats, rng: np.random.Generator, moves: int) -> NDArray[np.float32]:
    """Return draws of the composition, shape (draw, sample, element).

    Parameters
    ----------
    posterior
        Of the spectra.
    start
        Where the chains begin, shape (sample, element).
    rng, moves
        Source of randomness, and how many moves are proposed, at least 20.
    """
    fraction, every = start.copy(), np.arange(len(start))
    total = posterior.total(fraction)
    reached, possible = posterior.log_likelihood(total), np.asarray(posterior.columns.any(axis=2))
    kept = []
    for move in range(1, moves + 1):
        proposed = _propose(fraction, possible, posterior.number, rng)
        moved = total.copy()
        for element, amount in ((proposed.one, proposed.of_one), (proposed.other, proposed.of_other)):
            moved += (amount - fraction[every, element])[:, None] * posterior.columns[every, element]
        likelihood = posterior.log_likelihood(moved)
        taken = np.flatnonzero(np.log(rng.uniform(size=every.size)) < likelihood - reached + proposed.log_weight)
        fraction[taken, proposed.one[taken]] = proposed.of_one[taken]
        fraction[taken, proposed.other[taken]] = proposed.of_other[taken]
        total[taken], reached[taken] = moved[taken], likelihood[taken]
        if move % _KEPT == 0:
            kept.append(fraction.astype(np.float32))
    return np.array(kept)


def best_answer(draws: NDArray[np.float32]) -> Floats:
    """Return the composition with the highest expected accuracy, (sample, element), by draws (draw, sample, element).

    The expected sum of differences is least, for a given sum of the answer, where the answer of every element is the
    same quantile of its draws.
    """
    ordered, last = np.sort(draws, axis=0), len(draws) - 1

    def quantile(level: Floats) -> Floats:
        place = level * last
        below = np.minimum(place.astype(np.intp), last - 1) if last else np.zeros(place.shape, dtype=np.intp)
        low, high = (ordered[np.minimum(below + step, last), np.arange(level.size)] for step in (0, 1))
        return np.asarray(low + (place - below)[:, None] * (high - low), dtype=np.float64)

    lower, upper = np.zeros(draws.shape[1]), np.ones(draws.shape[1])
    for _ in range(_HALVINGS):
        middle = 0.5 * (lower + upper)
        much = quantile(middle).sum(axis=1) > 1.0
        lower, upper = np.where(much, lower, middle), np.where(much, middle, upper)
    answer = quantile(upper)
    return np.asarray(answer / answer.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class _Proposal:
    """New amounts of two elements of each sample, and the logarithm of what else than the likelihood they weigh."""

    one: Ints
    other: Ints
    of_one: Floats
    of_other: Floats
    log_weight: Floats


def _propose(fraction: Floats, possible: NDArray[np.bool_], number: Floats, rng: np.random.Generator) -> _Proposal:
    """Return one move for each sample; those that are not possible weigh nothing."""
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
    found = lots[samples, other] >= 0.0
    held, more = fraction[samples, one], fraction[samples, other]
    weight_of = np.append(number, 0.0)
    kinds = [  # amount from one to the other; one for the other; two become one; one splits in two
        (held - step, more + step, np.ones(samples.size)),
        (0.0 * held, held, np.ones(samples.size)),
        (held + more, 0.0 * held, weight_of[count - 1] / np.maximum((count - 1) * (held + more), 1e-300)),
        (held * (1.0 - along), held * along, weight_of[count + 1] * count * held),
    ]
    of_one, of_other, weight = (np.choose(kind, of_kind) for of_kind in zip(*kinds, strict=True))
    weight = np.where(kind >= 2, weight / weight_of[count], weight)
    within = found & (of_one >= 0.0) & (of_other >= 0.0)
    with np.errstate(divide="ignore"):
        return _Proposal(one, other, of_one, of_other, np.log(np.where(within, weight, 0.0)))
