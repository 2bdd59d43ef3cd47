"""Mass absorption coefficients: Chantler's FFAST tables (NIST SRD 66), as xraydb holds them."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Floats, attenuation
from specquant_eds.elements import ELEMENTS

CM_PER_NM = 1e-7
"""Centimetres in a nanometre: coefficients are per cm, layers in nm."""

_STEP = 1.005
"""Factor on either side of an edge at which its jump is read: clear of the points that tables have at the edge itself;
chosen."""

_LOWEST, _HIGHEST = 20.0, 60_000.0
"""eV: the part of the tables that is used, wider than any beam of the technique (30 keV) and than its axis."""


@cache
def _table(symbol: str) -> tuple[Floats, Floats]:
    """Return energies (eV) and coefficients (cm2/g) that FFAST tabulates for an element."""
    return attenuation(symbol, _LOWEST, _HIGHEST)


def mass_absorption(symbol: str, energy: Floats) -> Floats:
    """Return the total mass absorption coefficient of an element in cm2/g at energies in eV.

    FFAST is interpolated in log-log between its own points, so that edges stay as sharp as they are tabulated.
    """
    points, values = _table(symbol)
    logs = np.interp(np.log(np.asarray(energy, dtype=np.float64)), np.log(points), np.log(values))
    return np.asarray(np.exp(logs))


def absorption_matrix(energy: Floats) -> Floats:
    """Return the coefficients of all ELEMENTS, shape (element, energy), cm2/g."""
    return np.stack([mass_absorption(symbol, energy) for symbol in ELEMENTS])


def jump_share(symbol: str, edges: NDArray[np.float64], energy: Floats) -> Floats:
    """Return the share of absorption that ionises each subshell, shape (subshell, energy), from the jumps at its edges.

    Parameters
    ----------
    symbol
        The element.
    edges
        Ionisation energies of its subshells, eV, descending.
    energy
        Photon energies, eV.
    """
    jumps = mass_absorption(symbol, edges * _STEP) / mass_absorption(symbol, edges / _STEP)
    left = np.ones_like(np.asarray(energy, dtype=np.float64))
    shares = []
    for edge, jump in zip(edges, np.maximum(jumps, 1.0), strict=True):
        here = np.where(energy > edge, 1 - 1 / jump, 0.0)
        shares.append(left * here)
        left = left * (1 - here)
    return np.array(shares)
