"""Learning how far answers are to be doubted: methods answer fresh and disturbed spectra of known composition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.learning import NetworkQuantifier
from specquant.learning.doubt import learn_doubt
from specquant.progress import Report, no_report
from specquant.quantifiers import Quantifier, Sign, Signs
from specquant.recipes import Recipe
from specquant.spectra import Spectra
from specquant.synthesizer import Synthesizer
from specquant.technique import Floats
from specquant.verdict.disturbances import disturbed, loosened, weakened
from specquant.verdict.judging import Judge

_FEATURES = 4096
"""Fresh spectra that the usual features come from: chosen, thirty for every feature."""

_SHARES = (0.45, 0.33, 0.14, 0.08)
"""Shares of the spectra that methods answer: fresh ones, disturbed ones, those of loose recipes, weak ones. Chosen;
thresholds rest on the fresh ones."""

_RECIPES = 8
"""Loose recipes: chosen, since groups of lines are off alike in all spectra of one."""

_TOGETHER = 16
"""Spectra that a method answers at a time, for progress to be shown: chosen."""


def accuracies(fraction: Floats, truth: Floats) -> Floats:
    """Return the article's accuracy (sample,) of fractions (sample, element).

    What a truth lacks to a sum of one is unknown to the technique: nobody can find it.
    """
    return np.asarray(1.0 - 0.5 * (np.abs(fraction - truth).sum(axis=1) + 1.0 - truth.sum(axis=1)))


@dataclass(frozen=True)
class Drawn:
    """Spectra with their truth; `fresh` and `weak` (sample,) say which are fresh, and which only have few counts."""

    spectra: Spectra
    truth: Floats
    fresh: NDArray[np.bool_]
    weak: NDArray[np.bool_]


def learn_from_disturbed(
    network: NetworkQuantifier,
    methods: Mapping[str, Quantifier],
    recipe: Recipe,
    synthesizer_of: Callable[[Recipe, int], Synthesizer],
    samples: int,
    seed: int,
    report: Report = no_report,
) -> NetworkQuantifier:
    """Return the network with a table of doubt for every method in its card.

    Parameters
    ----------
    network
        Of the technique; its own features of fresh spectra become the usual ones.
    methods
        Methods that answer.
    recipe
        What spectra are fresh of; they are disturbed as any technique's can be, not by the technique's declared shifts.
    synthesizer_of
        Makes the spectra of a recipe from a seed.
    samples
        Spectra that every method answers, half of them fresh.
    """
    technique = network.technique
    fresh = synthesizer_of(recipe, seed + 1)
    network = network.with_usual(Spectra.join(fresh.batch(first, 256).spectra() for first in range(0, _FEATURES, 256)))
    given = drawn(network, recipe, synthesizer_of, samples, seed)
    judge, tables, done = Judge(technique, network), {}, 0
    for name, method in methods.items():
        signs: list[Signs] = []
        fractions = []
        for first in range(0, len(given.spectra), _TOGETHER):
            part = given.spectra.take(slice(first, first + _TOGETHER))
            composition = method.quantify(part)
            signs.append(judge.signs(composition, part))
            fractions.append(composition["fraction"].values)
            done += len(part)
            report(done, name)
        accuracy = accuracies(np.concatenate(fractions), given.truth)
        names = {sign for part in signs for sign in part}
        values = {name: np.concatenate([_of(part, name) for part in signs]) for name in sorted(names)}
        tables[name] = learn_doubt(values, accuracy, given.fresh, given.weak)
    return network.with_doubt(tables)


def _of(signs: Signs, name: str) -> Floats:
    """Return the values of a sign, NaN where there are none."""
    return np.asarray(signs.get(name, np.full_like(signs[Sign.COUNTS], np.nan)))


def drawn(
    network: NetworkQuantifier,
    recipe: Recipe,
    synthesizer_of: Callable[[Recipe, int], Synthesizer],
    samples: int,
    seed: int,
) -> Drawn:
    """Draw the spectra that doubt is learned from; arguments as of `learn_from_disturbed`."""
    technique, rng = network.technique, np.random.default_rng([seed, 18])
    fresh, changed, loose, weak = (max(round(share * samples), _RECIPES) for share in _SHARES)
    usual = synthesizer_of(recipe, seed).batch(0, fresh + changed + weak)
    spectra, truth = usual.spectra(), usual.fraction.cpu().numpy().astype(np.float64)
    middle, last = slice(fresh, fresh + changed), slice(fresh + changed, None)
    parts = [(spectra.take(slice(0, fresh)), truth[:fresh])]
    parts.append(disturbed(spectra.take(middle), truth[middle], technique, rng))
    for number in range(_RECIPES):
        batch = synthesizer_of(loosened(recipe, technique, rng), seed + number).batch(0, loose // _RECIPES)
        parts.append((batch.spectra(), batch.fraction.cpu().numpy().astype(np.float64)))
    parts.append((weakened(spectra.take(last), rng), truth[last]))
    number = np.arange(sum(len(one) for one, _ in parts))
    return Drawn(
        Spectra.join(one for one, _ in parts),
        np.concatenate([fractions for _, fractions in parts]),
        number < fresh,
        number >= number.size - weak,
    )
