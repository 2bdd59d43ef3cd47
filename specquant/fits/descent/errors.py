"""How far a model errs in one spectrum: what a technique states is the most, and many spectra are explained better."""

import numpy as np

from specquant.technique import Floats

_SHARES = np.geomspace(1e-3, 1.0, 13)
"""Shares of the stated variance that are tried: chosen, each 1.8 times the one before, closer than it is known; the
least is a thirtieth of the stated errors."""


def shown_share(squares: Floats, of_counts: Floats, of_model: Floats) -> float:
    """Return the share of a model's stated variance, at most 1, that residuals show: the likeliest.

    Residuals are taken to be Gaussian, with the variance of the counts and that share of the model's.

    Parameters
    ----------
    squares
        Squares of residuals, (channel,).
    of_counts
        Variances of the counts, (channel,).
    of_model
        Variances of the model as they are stated, (channel,).
    """
    variance = of_counts + _SHARES[:, None] * of_model
    surprise = (squares / variance + np.log(variance)).sum(axis=1)
    return float(_SHARES[np.argmin(surprise)])
