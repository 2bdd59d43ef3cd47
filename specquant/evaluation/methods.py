"""Scoring methods: on measured spectra of known composition, and on freshly drawn ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from specquant.evaluation.labels import Labelled
from specquant.evaluation.scoring import Score, score
from specquant.quantifiers import Quantifier
from specquant.synthesizer import BLOCK, Synthesizer


def evaluate_labelled(
    methods: Mapping[str, Quantifier], labelled: Sequence[Labelled], told: bool = False
) -> list[Score]:
    """Score every method on every labelled spectrum; `told`, each learns which elements the label names."""
    if not labelled:
        return []
    spectra = xr.concat([item.spectra for item in labelled], dim="sample")
    if told:
        named = np.stack([item.fraction > 0 for item in labelled])
        elements = list(next(iter(methods.values())).technique.elements)
        spectra = spectra.assign(candidates=(("sample", "element"), named)).assign_coords(element=elements)
    return [found for name, quantifier in methods.items() for found in _scores(name, quantifier, spectra, labelled)]


def evaluate_synthetic(
    methods: Mapping[str, Quantifier],
    synthesizer: Synthesizer,
    samples: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Score]:
    """Score every method on `samples` freshly drawn spectra, a block at a time."""
    scores: list[Score] = []
    for start in range(0, samples, BLOCK):
        spectra = synthesizer.spectra(start, min(BLOCK, samples - start))
        truths = spectra["fraction"].values
        numbers = [str(start + row) for row in range(len(truths))]
        drawn = [
            Labelled(number, number, "synthetic", truth, spectra) for number, truth in zip(numbers, truths, strict=True)
        ]
        for name, quantifier in methods.items():
            scores += _scores(name, quantifier, spectra, drawn)
        progress(start + spectra.sizes["sample"])
    return scores


def _scores(name: str, quantifier: Quantifier, spectra: xr.Dataset, labelled: Sequence[Labelled]) -> Iterator[Score]:
    """Yield the score of one method on every spectrum, in order."""
    answer = quantifier.quantify(spectra)
    technique = quantifier.technique
    fraction, lower, upper = (answer[key].values for key in ("fraction", "lower", "upper"))
    for row, item in enumerate(labelled):
        bounds = lower[row], upper[row]
        yield score(name, item, fraction[row], technique.elements, technique.compared, bounds)
