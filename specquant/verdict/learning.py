"""Learning how far answers are to be doubted: methods answer fresh and disturbed spectra of known composition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SettingError
from specquant.learning import NetworkQuantifier
from specquant.learning.doubt import FEWEST_GOOD, DoubtTable, can_learn, learn_doubt
from specquant.progress import Report, no_report
from specquant.quantifiers import Quantifier, Sign, Signs, decided
from specquant.recipes import Recipe
from specquant.spectra import Spectra
from specquant.synthesizer import Synthesizer
from specquant.technique import Floats
from specquant.verdict.disturbances import disturbed, loosened, weakened
from specquant.verdict.judging import Judge
from specquant.verdict.scoring import accuracies, in_intervals

_FEATURES = 4096
"""Fresh spectra that the usual features come from: chosen, thirty for every feature."""

_SHARES = (0.45, 0.33, 0.14, 0.08)
"""Shares of the spectra that methods answer: fresh ones, disturbed ones, those of loose recipes, weak ones. Chosen;
thresholds rest on the fresh ones."""

_RECIPES = 8
"""Loose recipes: chosen, since groups of lines are off alike in all spectra of one."""

_TOGETHER = 16
"""Spectra that a method answers at a time, for progress to be shown: chosen."""


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
    margin: float = 1.0,
) -> NetworkQuantifier:
    """Return the network with tables of doubt in its card, of every method that answers enough fresh spectra well.

    Parameters
    ----------
    network
        A network of the technique; its own features of fresh spectra become the usual ones.
    methods
        Methods that answer.
    recipe
        What spectra are fresh of; they are disturbed as any technique's can be, not by the technique's declared shifts.
    synthesizer_of
        Makes the spectra of a recipe from a seed.
    samples
        Spectra that every method answers, nearly half of them fresh.
    seed
        Random seed.
    report
        Is called with the number of answers so far.
    margin
        Factor on the score that fresh spectra reach, from which on an answer is doubtful.

    Raises
    ------
    SettingError
        If there is no such method.
    """
    technique = network.technique
    fresh = synthesizer_of(recipe, seed + 1)
    network = network.with_usual(Spectra.join(fresh.batch(first, 256).spectra() for first in range(0, _FEATURES, 256)))
    given = drawn(network, recipe, synthesizer_of, samples, seed)
    judge, tables, done = Judge(technique, network), {}, 0
    for name, method in methods.items():
        parts = []
        for first in range(0, len(given.spectra), _TOGETHER):
            rows = slice(first, first + _TOGETHER)
            parts.append(_answered(method, judge, given.spectra.take(rows), given.truth[rows]))
            done += len(parts[-1].accuracy)
            report(done, name)
        answers = _Answers.joined(parts)
        if can_learn(answers.accuracy, given.fresh):
            tables[name] = _learned(answers, given, margin)
    if not tables:
        raise SettingError(
            "no method answers enough fresh spectra well, so that nothing tells good answers from others",
            where=", ".join(methods),
            found=f"fewer than {FEWEST_GOOD} good answers of {int(given.fresh.sum())}",
            wanted=f"{FEWEST_GOOD} or more",
            todo="Train the network longer, or ask for more --samples.",
        )
    return network.with_doubt(tables)


@dataclass(frozen=True)
class _Answers:
    """Signs of answers, their accuracy, elements with an interval and those within it, (sample,) each."""

    signs: Signs
    accuracy: Floats
    bounded: NDArray[np.int64]
    covered: NDArray[np.int64]

    @staticmethod
    def joined(parts: Sequence["_Answers"]) -> "_Answers":
        """Return several answers as one record; a sign is NaN where a part has none."""
        names = sorted({name for part in parts for name in part.signs})
        return _Answers(
            {name: np.concatenate([_of(part.signs, name) for part in parts]) for name in names},
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("accuracy", "bounded", "covered")),
        )


def _answered(method: Quantifier, judge: Judge, spectra: Spectra, truth: Floats) -> _Answers:
    """Return what a method answers to some spectra."""
    composition = method.quantify(spectra)
    accuracy = accuracies(composition["fraction"].values, truth)
    return _Answers(judge.signs(composition, spectra), accuracy, *in_intervals(composition, truth))


def _learned(answers: _Answers, given: Drawn, margin: float) -> DoubtTable:
    """Return the table of a method, with how often its intervals hold."""
    fresh = given.fresh
    table = learn_doubt(answers.signs, answers.accuracy, fresh, given.weak, margin)
    flagged = (table.shares(answers.signs).sum(axis=1) >= table.doubtful) | decided(answers.signs)
    fine = np.where(flagged, answers.bounded, answers.covered)
    return replace(
        table,
        held=float(answers.covered[fresh].sum() / max(answers.bounded[fresh].sum(), 1)),
        held_or_flagged=float(fine[~fresh].sum() / max(answers.bounded[~fresh].sum(), 1)),
    )


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
    position = np.arange(sum(len(one) for one, _ in parts))
    return Drawn(
        Spectra.join(one for one, _ in parts),
        np.concatenate([fractions for _, fractions in parts]),
        position < fresh,
        position >= position.size - weak,
    )
