"""Compositions put to the matrix model of EDS, for its tests."""

from collections.abc import Mapping

import numpy as np
import torch

from specquant_eds.elements import ELEMENTS, INDEX, atomic_weights
from specquant_eds.instrument import defaults
from specquant_eds.mixing import Intensities, matrix_model

K412 = {"O": 0.4276, "Si": 0.2120, "Mg": 0.1166, "Ca": 0.1090, "Fe": 0.0774, "Al": 0.0491}
"""Mass fractions of the glass K412 of NIST SRM 470, as certified (its Mn 0.0008, Na 0.0004 left out)."""

BARE = {"carbon_coat": 0.0}
"""A sample without the coat that is there by default."""


def atoms(mass: Mapping[str, float]) -> np.ndarray:
    """Return atomic fractions (element,) of mass fractions by symbol."""
    amounts = np.zeros(len(ELEMENTS))
    for symbol, share in mass.items():
        amounts[INDEX[symbol]] = share / atomic_weights()[INDEX[symbol]]
    return np.asarray(amounts / amounts.sum())


def emitted(fraction: np.ndarray, **values: float) -> Intensities:
    """Return intensities of one composition (element,) with instrument parameters that differ from their defaults."""
    settings = {
        name: torch.tensor([value], dtype=torch.float64) for name, value in (defaults() | BARE | values).items()
    }
    return matrix_model().intensities(torch.from_numpy(fraction[None]), settings)


def line(symbol: str, label: str) -> int:
    """Return the index of a line group in the model."""
    return [(group.element, group.label) for group in matrix_model().groups].index((symbol, label))


def intensity(mass: Mapping[str, float], symbol: str, label: str, **values: float) -> float:
    """Return photons of a line group per electron, over all directions."""
    fraction = atoms(mass)
    return float(emitted(fraction, **values).lines[0, line(symbol, label)] * fraction[INDEX[symbol]])


def k_ratio(mass: Mapping[str, float], symbol: str, label: str, **values: float) -> float:
    """Return intensity over that of the pure element."""
    return intensity(mass, symbol, label, **values) / intensity({symbol: 1.0}, symbol, label, **values)
