"""Scoring methods: on measured spectra of known composition, and on freshly drawn ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from specquant.evaluation.labels import Labelled, compared_among
from specquant.evaluation.scoring import Score, score
from specquant.processes import ordered
from specquant.quantifiers import Quantifier, Sign, load_all
from specquant.spectra import Spectra
from specquant.synthesizer import Synthesizer, blocks

_TOGETHER = 32
"""Spectra that a method is asked about at a time: chosen, enough for a network, few enough to share among processes."""


def evaluate_labelled(
    methods: Mapping[str, Quantifier], labelled: Sequence[Labelled], listed: bool = False, jobs: int = 1
) -> list[Score]:
    """Score every method on every labelled spectrum, shared among processes; scores do not depend on `jobs`.

    If `listed`, the label's elements are the only candidates.
    """
    if not labelled:
        return []
    spectra = Spectra.join(item.spectra for item in labelled)
    if listed:
        spectra = spectra.among(np.stack([item.fraction > 0 for item in labelled]))
    return _all_scores(methods, spectra, labelled, jobs)


def evaluate_synthetic(
    methods: Mapping[str, Quantifier],
    synthesizer: Synthesizer,
    samples: int,
    progress: Callable[[int], None] = lambda _: None,
    jobs: int = 1,
) -> list[Score]:
    """Score every method on `samples` freshly drawn spectra, a block at a time, by `jobs` processes."""
    scores: list[Score] = []
    for start, count in blocks(samples):
        batch = synthesizer.batch(start, count)
        spectra, truth = batch.spectra(), batch.fraction.cpu().numpy()
        drawn = [
            Labelled(str(start + row), str(start + row), "synthetic", fraction, spectra.take([row]))
            for row, fraction in enumerate(truth)
        ]
        scores += _all_scores(methods, spectra, drawn, jobs)
        progress(start + count)
    return scores


def _all_scores(
    methods: Mapping[str, Quantifier], spectra: Spectra, labelled: Sequence[Labelled], jobs: int
) -> list[Score]:
    """Return the scores of every method, in order, a few spectra at a time: as few whatever `jobs` is."""
    firsts = range(0, len(labelled), _TOGETHER)
    pieces = [(name, slice(first, first + _TOGETHER)) for name in methods for first in firsts]
    if jobs > 1:
        load_all(methods.values())

    def of_piece(piece: tuple[str, slice]) -> list[Score]:
        name, rows = piece
        return list(_scores(name, methods[name], spectra.take(rows), labelled[rows]))

    return [each for scores in ordered(of_piece, pieces, min(jobs, len(pieces))) for each in scores]


def _scores(name: str, quantifier: Quantifier, spectra: Spectra, labelled: Sequence[Labelled]) -> Iterator[Score]:
    """Yield the score of one method on every spectrum that has an element which is compared, in order."""
    answer = quantifier.answer(spectra)
    technique = quantifier.technique
    compared = compared_among(technique.elements, technique.compared)
    misfits = answer.signs.get(Sign.MISFIT, np.full(len(labelled), np.nan))
    for row, item in enumerate(labelled):
        if not item.fraction[compared].any():
            continue
        bounds = answer.lower[row], answer.upper[row]
        yield score(
            name, item, answer.fraction[row], technique.elements, technique.compared, bounds, float(misfits[row])
        )
