"""Scoring methods: on measured spectra of known composition, and on freshly drawn ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from specquant.evaluation.labels import Labelled
from specquant.evaluation.scoring import Score, score
from specquant.quantifiers import Quantifier
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, Synthesizer


def evaluate_labelled(
    methods: Mapping[str, Quantifier], labelled: Sequence[Labelled], listed: bool = False
) -> list[Score]:
    """Score every method on every labelled spectrum; if `listed`, the label's elements are the only candidates."""
    if not labelled:
        return []
    spectra = Spectra.join(item.spectra for item in labelled)
    if listed:
        spectra = spectra.among(np.stack([item.fraction > 0 for item in labelled]))
    return [result for name, quantifier in methods.items() for result in _scores(name, quantifier, spectra, labelled)]


def evaluate_synthetic(
    methods: Mapping[str, Quantifier],
    synthesizer: Synthesizer,
    samples: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Score]:
    """Score every method on `samples` freshly drawn spectra, a block at a time."""
    scores: list[Score] = []
    for start in range(0, samples, BLOCK):
        batch = synthesizer.batch(start, min(BLOCK, samples - start))
        spectra, truth = batch.spectra(), batch.fraction.cpu().numpy()
        drawn = [
            Labelled(str(start + row), str(start + row), "synthetic", fraction, spectra.take([row]))
            for row, fraction in enumerate(truth)
        ]
        for name, quantifier in methods.items():
            scores += _scores(name, quantifier, spectra, drawn)
        progress(start + len(spectra))
    return scores


def _scores(name: str, quantifier: Quantifier, spectra: Spectra, labelled: Sequence[Labelled]) -> Iterator[Score]:
    """Yield the score of one method on every spectrum, in order."""
    answer = quantifier.answer(spectra)
    technique = quantifier.technique
    for row, item in enumerate(labelled):
        bounds = answer.lower[row], answer.upper[row]
        yield score(name, item, answer.fraction[row], technique.elements, technique.compared, bounds)
