"""What it costs that nobody states the instrument: answers with it hidden against answers with it stated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specquant.evaluation import Labelled, article_accuracy
from specquant.evaluation.labels import compared_among
from specquant.fits import Hybrid
from specquant.instrument import QuantityScores, score_quantities
from specquant.instrument.quantities import quantities_of
from specquant.quantifiers import Quantifier
from specquant.session import Session
from specquant.spectra import Spectra
from specquant.technique import Floats

_TOGETHER = 8
"""Spectra that are quantified between two reports of progress."""


@dataclass(frozen=True)
class Hiding:
    """How good answers are where the instrument is stated, or hidden.

    Parameters
    ----------
    title
        Stated, or hidden and by which method.
    spectra
        How many there were.
    accuracy
        The article's, over the compared elements.
    error
        Mean absolute error of the element that is watched, atomic fraction, where it is there.
    bias
        Its mean error, atomic fraction.
    half_width
        Mean half width of its 90 % interval, atomic fraction.
    coverage
        Share of spectra in which that holds the truth.
    """

    title: str
    spectra: int
    accuracy: float
    error: float
    bias: float
    half_width: float
    coverage: float


@dataclass(frozen=True)
class Known:
    """Spectra of known composition (sample, element), with their instruments stated."""

    spectra: Spectra
    fraction: Floats

    @staticmethod
    def drawn(session: Session, recipe: str, samples: int, seed: int) -> "Known":
        """Return fresh spectra of a recipe with all that can be stated, of instruments that the model holds for."""
        quantities = quantities_of(session.technique)
        batch = session.synthesizer(session.recipe(recipe), seed, "evaluation").batch(0, 2 * samples)
        true = np.stack([batch.parameters[parameter.name] for parameter in session.technique.stated], axis=1)
        whole = Known(replace(batch.spectra(), stated=true), batch.fraction.double().cpu().numpy())
        against = [index for index, kind in enumerate(quantities.kinds) if kind in quantities.against]
        rows = np.flatnonzero(~np.isin(quantities.kind_of(batch.parameters), against))[:samples]
        return Known(whole.spectra.take(rows), whole.fraction[rows])

    @staticmethod
    def measured(labelled: Sequence[Labelled]) -> "Known":
        """Return measured spectra; of replicates the first."""
        first = {item.sample: item for item in reversed(labelled)}
        chosen = [item for item in labelled if first[item.sample] is item]
        return Known(Spectra.join(item.spectra for item in chosen), np.stack([item.fraction for item in chosen]))

    def first(self, count: int) -> "Known":
        """Return at most `count` of them, from all over."""
        rows = np.unique(np.linspace(0, len(self.fraction) - 1, min(count, len(self.fraction))).round().astype(int))
        return Known(self.spectra.take(rows), self.fraction[rows])

    def hidden(self, session: Session) -> "Known":
        """Return the spectra without what the technique's unstated quantities depend on."""
        technique, stated = session.technique, self.spectra.stated.copy()
        stated[:, technique.stated_columns(quantities_of(technique).parameters)] = np.nan
        return replace(self, spectra=replace(self.spectra, stated=stated))


def quantity_scores(session: Session, blocks: int, seed: int) -> QuantityScores:
    """Return how good the technique's quantity network is on fresh spectra of its recipe."""
    assert session.finder is not None
    quantities = quantities_of(session.technique)
    drawn = session.synthesizer(session.recipe(quantities.recipe), seed, "evaluation")
    return score_quantities(session.finder, quantities, map(drawn.block, range(blocks)))


def hidings(
    session: Session, known: Known, symbol: str, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Hiding]:
    """Yield how good answers are: stated, hidden by the network alone, by a fit that is free, by one that holds."""
    free = Hybrid(session.technique, session.library, session.network)
    holding = Hybrid(session.technique, session.library, session.network, finder=session.finder)
    hidden = known.hidden(session)
    cases: list[tuple[str, Known, Quantifier]] = [
        ("stated", known, free),
        ("hidden, found and held", hidden, holding),
        ("hidden, network", hidden, session.network),
        ("hidden, free in the fit", hidden, free),
    ]
    for number, (title, case, method) in enumerate(cases):
        yield _hiding(title, case, method, symbol)
        progress(number + 1)


def _hiding(title: str, known: Known, method: Quantifier, symbol: str) -> Hiding:
    answers = [
        method.answer(known.spectra.take(slice(first, first + _TOGETHER)))
        for first in range(0, len(known.spectra), _TOGETHER)
    ]
    fraction, lower, upper = (
        np.concatenate([getattr(answer, name) for answer in answers]) for name in ("fraction", "lower", "upper")
    )
    technique = method.technique
    compared = compared_among(technique.elements, technique.compared)
    truth, said = _among(known.fraction, compared), _among(fraction, compared)
    column = technique.elements.index(symbol)
    there = known.fraction[:, column] > 0
    true, away = truth[there, column], said[there, column] - truth[there, column]
    scale = (said[there, column] / np.maximum(fraction[there, column], 1e-9)) if there.any() else np.ones(0)
    low, high = lower[there, column] * scale, upper[there, column] * scale
    return Hiding(
        title,
        len(truth),
        float(article_accuracy(said, truth).mean()),
        float(np.mean(np.abs(away))),
        float(np.mean(away)),
        float(np.nanmean((high - low) / 2)),
        float(np.mean(((true >= low) & (true <= high))[np.isfinite(low + high)])),
    )


def _among(fraction: Floats, compared: NDArray[np.bool_]) -> Floats:
    """Return fractions (sample, element) of the compared elements, brought to a sum of one."""
    kept = np.where(compared, fraction, 0.0)
    return np.asarray(kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-9))
