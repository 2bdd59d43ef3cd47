"""The soft transmission of a detector: what of it a spectrum shows, whatever its layers are.

``ln T(E)`` is the logarithm of the share of photons of energy E that is counted, relative to that at 4 keV.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Floats, UnstatedQuantities
from specquant_eds.contradictions import BERYLLIUM
from specquant_eds.detector import LAYERS, efficiency
from specquant_eds.instrument import NITRIDE_WINDOW, POLYMER_WINDOW

SOFT: Mapping[str, float] = {"O K": 525.0, "C K": 277.0, "N K": 392.0, "F K": 677.0, "Na K": 1041.0, "Al K": 1487.0}
"""Energies (eV) by the line that lies there: O K first, which a fit holds."""

_REFERENCE = 4000.0
"""eV: hard enough for every window, soft enough for every active layer."""

_LEAST = -3.0
"""Logarithm of a transmission that is none: a line of which one count in twenty is left says nothing."""

KINDS = ("silicon nitride", "polymer", "beryllium", "no window")
"""Windows between which the network decides, for display."""

_FLOOR = 0.06
"""Standard deviation of ln T that spectra of one detector have in common (docs/decisions/0015-unstated.md)."""


def log_transmission(values: Mapping[str, Floats]) -> Floats:
    """Return ln T at the energies of SOFT, (sample, energy), of detectors with these parameters (sample,)."""
    energies = np.array([*SOFT.values(), _REFERENCE])
    columns = {name: np.asarray(value, dtype=np.float64)[:, None] for name, value in values.items()}
    counted = np.log(np.maximum(efficiency(energies, columns), 1e-300))
    return np.asarray(np.maximum(counted[:, :-1] - counted[:, -1:], _LEAST))


def window_kind(values: Mapping[str, Floats]) -> NDArray[np.intp]:
    """Return the index among KINDS of the window of detectors with these parameters (sample,)."""
    present = [values[f"{name}_window"] > 0 for name in ("nitride", "polymer", "beryllium")]
    return np.select(present, [0, 1, 2], default=len(present)).astype(np.intp)


def unstated_quantities(model: Path | None) -> UnstatedQuantities:
    """Return what a network finds of a detector that nobody stated; `model`: its weights."""
    return UnstatedQuantities(
        title="the window of the detector",
        names=tuple(f"ln T({line})" for line in SOFT),
        parameters=tuple(LAYERS),
        of=log_transmission,
        kinds=KINDS,
        kind_of=window_kind,
        turned="dead_layer",
        bases=(NITRIDE_WINDOW, POLYMER_WINDOW),
        recipe="windows",
        model=model,
        floor=_FLOOR,
        against={"beryllium": BERYLLIUM},
    )
