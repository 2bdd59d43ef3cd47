"""How well fits explain spectra, by how many counts these have."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from specquant.evaluation.scoring import Score

_EDGES = (0.0, 1e4, 1e5, 1e6, 1e7, np.inf)
"""Counts of a whole spectrum between which the classes lie: chosen, one for each decade that recipes draw."""


@dataclass(frozen=True)
class Misfits:
    """Fits of spectra of `least` to below `most` counts: how many, and how good.

    Parameters
    ----------
    least
        Lower end of the class, counts of a whole spectrum.
    most
        Upper end of the class, counts of a whole spectrum.
    count
        Number of fits.
    median
        Median of their misfits; 1 is as good as a model with its stated errors can be.
    poor
        Share of misfits above the one from which on a fit is discarded.
    accuracy
        Mean accuracy of the answers.
    """

    least: float
    most: float
    count: int
    median: float
    poor: float
    accuracy: float


def misfits(scores: Sequence[Score], poor: float) -> list[Misfits]:
    """Return how good the fits of one method are by counts; empty classes and answers without a fit are left out.

    Fits with a misfit above `poor` count as poor.
    """
    fitted = [score for score in scores if np.isfinite(score.misfit)]
    counts, misfit, accuracy = (
        np.array([getattr(score, name) for score in fitted]) for name in ("counts", "misfit", "accuracy")
    )
    listed = []
    for least, most in pairwise(_EDGES):
        here = (counts >= least) & (counts < most)
        if here.any():
            shares = np.median(misfit[here]), np.mean(misfit[here] > poor), np.mean(accuracy[here])
            listed.append(Misfits(least, most, int(here.sum()), *map(float, shares)))
    return listed
