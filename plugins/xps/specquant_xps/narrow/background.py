"""The two usual backgrounds of a line in a narrow scan, over ascending binding energy."""

import numpy as np

from specquant.plugin import Floats

_ROUNDS = 30
"""Rounds of Shirley's iteration; after ten it moves by less than a thousandth of the line."""

_UNIVERSAL_C = 1643.0
"""eV^2: C of Tougaard's universal cross section, S. Tougaard, Surf. Interface Anal. 11 (1988) 453."""


def shirley(energy: Floats, intensity: Floats, low: float, high: float) -> Floats:
    """Return the background of Shirley (channel,): its step at every energy goes as the area of the line below it.

    D. A. Shirley, Phys. Rev. B 5 (1972) 4709, iterated (A. Proctor, P. M. A. Sherwood, Anal. Chem. 54 (1982) 13).

    Parameters
    ----------
    energy
        Ascending binding energies, eV, (channel,).
    intensity
        Intensities, in any unit, (channel,).
    low
        The background at the first energy, in the unit of the intensities.
    high
        The background at the last energy, in the same unit.
    """
    background = np.linspace(low, high, energy.size)
    for _ in range(_ROUNDS):
        below = _cumulated(energy, intensity - background)
        if below[-1] <= 0:
            break
        background = low + (high - low) * below / below[-1]
    return background


def tougaard(energy: Floats, intensity: Floats, low: float, high: float) -> Floats:
    """Return the background of Tougaard (channel,), by the universal cross section, scaled to meet the last energy.

    Parameters as of `shirley`.
    """
    step = np.gradient(energy)
    loss = energy[:, None] - energy[None, :]
    kernel = np.where(loss > 0, loss / (_UNIVERSAL_C + loss**2) ** 2, 0.0)
    scattered = kernel @ ((intensity - low) * step)
    return low + (scattered * (high - low) / scattered[-1] if scattered[-1] > 0 else np.zeros(energy.size))


def _cumulated(energy: Floats, values: Floats) -> Floats:
    """Return the integral (channel,) from the first energy on, by trapezia."""
    return np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(energy))])
