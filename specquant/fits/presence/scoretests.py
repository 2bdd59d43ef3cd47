"""Score tests of a share of lines that lie elsewhere: what a fit gains by it, all that is free giving way."""

import numpy as np

from specquant.fits.model.reach import ENDS
from specquant.technique import Floats

_STEP = 1.0
"""Distance of the places at which lines are looked for, eV: chosen, below the width of a line."""


def places_between(middle: float, deviation: float) -> Floats:
    """Return places between the ends of an even distribution, eV, (place,)."""
    reach = ENDS * deviation
    count = max(round(2.0 * reach / _STEP), 1)
    return np.asarray(middle - reach + (np.arange(count) + 0.5) * 2.0 * reach / count)


def odds_against(probability: float) -> float:
    """Return twice the logarithm of the odds against what has a probability."""
    return 2.0 * float(np.log(1.0 / probability - 1.0))


def best_shares(signals: Floats, information: Floats, usual: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the best shares of lines, and twice the logarithm of the likelihood ratio with each, of any shape.

    The ratio is that of what is free integrated out, without the odds beforehand (Laplace's approximation).

    Parameters
    ----------
    signals
        What the fit leaves over against the lines, weighed, (...,).
    information
        Inverse variances of shares that are not known beforehand, (...,).
    usual
        Mean and standard deviation of a share beforehand.
    """
    mean, deviation = usual
    stiff = np.maximum(information, 0.0) + deviation**-2
    best = (signals + mean / deviation**2) / stiff
    share = np.clip(best, 0.0, mean + ENDS * deviation)
    return share, stiff * share * (2.0 * best - share) - ((mean / deviation) ** 2 + np.log(stiff * deviation**2))
