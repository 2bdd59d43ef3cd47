"""How good a quantity network is on spectra with known truth."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.quantifiers import Z90
from specquant.quantifiers.found import Finder, Found
from specquant.synthesizer import Batch
from specquant.technique import Floats, UnstatedQuantities

_BINS = 10
"""Bins of probability in which a calibration error is taken."""


@dataclass(frozen=True)
class QuantityScores:
    """How good what is found of the first quantity, and of the kinds, is.

    Parameters
    ----------
    spectra
        How many there were.
    error
        Root mean square error.
    spread
        Root mean square error of an answer that is always the mean: what it would be if nothing were looked for.
    bias
        Mean error.
    coverage
        Share of spectra in which the 90 % interval holds the truth.
    right
        Share of spectra in which the likeliest kind is the true one.
    first_two
        The same for the first two kinds against each other.
    calibration
        Expected calibration error of the probability of the likeliest kind.
    """

    spectra: int
    error: float
    spread: float
    bias: float
    coverage: float
    right: float
    first_two: float
    calibration: float

    @property
    def line(self) -> str:
        """The scores in words."""
        return (
            f"{self.spectra} spectra: rmse {self.error:.3f} (nothing known {self.spread:.3f}), bias {self.bias:+.3f}, "
            f"in 90 % {self.coverage:.3f}, kind right {self.right:.3f}, first against second kind "
            f"{self.first_two:.3f}, calibration error {self.calibration:.3f}"
        )


def score_quantities(finder: Finder, quantities: UnstatedQuantities, batches: Iterable[Batch]) -> QuantityScores:
    """Return how good a finder is on those spectra of batches that state nothing of what it looks for."""
    pairs = [(finder(batch.spectra()), batch.parameters) for batch in batches]
    said = Found(*(np.concatenate([getattr(f, name) for f, _ in pairs]) for name in ("mean", "deviation", "kind")))
    truth = np.concatenate([quantities.of(parameters)[:, 0] for _, parameters in pairs])
    kind = np.concatenate([quantities.kind_of(parameters) for _, parameters in pairs])
    return scores_of(said, truth, kind)


def scores_of(said: Found, truth: Floats, kind: NDArray[np.intp]) -> QuantityScores:
    """Return the scores of what was found, against true first quantities and kinds (sample,); all but where NaN."""
    rows = said.looked_for
    said, truth, kind = said.take(rows), truth[rows], kind[rows]
    away = said.mean[:, 0] - truth
    likeliest, probability = said.kind.argmax(axis=1), said.kind.max(axis=1)
    right = likeliest == kind
    either = kind < 2
    return QuantityScores(
        len(truth),
        float(np.sqrt(np.mean(away**2))),
        float(truth.std()),
        float(away.mean()),
        float(np.mean(np.abs(away) <= Z90 * said.deviation[:, 0])),
        float(right.mean()),
        float(np.mean(said.kind[either, :2].argmax(axis=1) == kind[either])) if either.any() else np.nan,
        calibration_error(probability, right),
    )


def calibration_error(probability: Floats, right: NDArray[np.bool_]) -> float:
    """Return the mean distance of probabilities (sample,) from the share that is right, in bins of probability."""
    bins = np.minimum((probability * _BINS).astype(int), _BINS - 1)
    total = 0.0
    for number in np.unique(bins):
        inside = bins == number
        total += inside.sum() * abs(probability[inside].mean() - right[inside].mean())
    return float(total / len(probability))
