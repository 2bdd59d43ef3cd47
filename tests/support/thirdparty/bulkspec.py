"""A made-up technique of bulk samples: a mixing law that is not linear, a continuum, and a voltage that is stated."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from specquant.hookspecs import hookimpl
from specquant.library.rendered import components_from_peaks
from specquant.recipes import LogNormal, LogUniform, Normal, Recipe, Uniform
from specquant.technique import Component, EnergyAxis, InstrumentParameter, Peak, Role, Technique

if TYPE_CHECKING:
    from torch import Tensor

# element: sensitivity, stopping power, then per line its group, energy (eV), width (eV) and area
LINES = {
    "Li": (0.5, 0.2, [("main", 24.0, 3.0, 1.0)]),
    "Be": (0.8, 0.5, [("main", 52.0, 3.0, 1.0)]),
    "B": (1.0, 1.0, [("main", 83.0, 4.0, 1.0), ("second", 30.0, 4.0, 0.3)]),
    "C": (1.3, 1.5, [("main", 112.0, 4.0, 1.0), ("second", 60.0, 4.0, 0.2)]),
    "N": (1.6, 2.5, [("main", 144.0, 4.0, 1.0)]),
    "O": (2.0, 4.0, [("main", 178.0, 5.0, 1.0), ("second", 96.0, 5.0, 0.2)]),
}
BULK = Recipe(
    name="bulk",
    title="One to three elements of a thick sample at any voltage, which one file in four does not state",
    element_count=(0.2, 0.4, 0.4),
    group_scatter={"continuum": LogNormal(1.0, 0.1)},
    response={"voltage": Uniform(5.0, 20.0)},
    unstated={"voltage": 0.25},
    counts=LogUniform(1e3, 1e5),
)
DRIFT = replace(BULK, name="drift", title="The same with a drifting energy scale", global_shift=Normal(0.0, 1.0))
LINEAR = replace(BULK, name="linear", title="The same as a linear sum", linear_mixing=True)


class Absorbing:
    """Lines get out the less, the more the sample stops and the higher the voltage that makes them deep inside."""

    def __init__(self, element_of_component: Sequence[str], label_of_component: Sequence[str]) -> None:
        del label_of_component
        import torch

        self._sensitivity = torch.tensor([LINES[e][0] if e else 1.0 for e in element_of_component])
        self._softness = torch.tensor([1.0 / LINES[e][0] if e else 0.0 for e in element_of_component])
        self._free = torch.tensor([not e for e in element_of_component])
        self._stopping = torch.tensor([stopping for _, stopping, _ in LINES.values()])

    def yields(self, fraction: "Tensor", values: Mapping[str, "Tensor"]) -> "Tensor":
        """Return (sample, component) yields; the continuum goes with the stopping power of the sample."""
        stopped = (fraction @ self._stopping.to(fraction))[:, None]
        depth = values["voltage"][:, None] / 10.0
        lines = self._sensitivity.to(fraction) / (1.0 + stopped * depth * self._softness.to(fraction))
        import torch

        return torch.where(self._free.to(fraction.device), 0.5 * stopped * depth, lines)


def render(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
    """Return the lines, and a continuum that falls with energy."""
    del values
    fall = np.exp(-np.abs(axis.centres) / 60.0) / 60.0
    return [*components_from_peaks(axis, PEAKS), Component("", "continuum", "continuum", fall)]


PEAKS = tuple(
    Peak(element, f"{element} {group}", energy, width, area, group)
    for element, (_, _, lines) in LINES.items()
    for group, energy, width, area in lines
)


@hookimpl
def specquant_technique() -> Technique:
    """Return the technique ``bulk``."""
    return Technique(
        name="bulk",
        title="Bulk toy spectroscopy",
        axis=EnergyAxis(0.0, 200.0, 1.0),
        elements=tuple(LINES),
        sensitivity={element: factor for element, (factor, _, _) in LINES.items()},
        peaks=PEAKS,
        recipes={recipe.name: recipe for recipe in (BULK, DRIFT, LINEAR)},
        parameters=(
            InstrumentParameter("voltage", 10.0, 5.0, 20.0, "kV", "of the beam", Role.REQUIRED),
            InstrumentParameter("leak", 0.0, 0.0, 1.0, "", "nothing that anybody states"),
            InstrumentParameter("angle", 40.0, 20.0, 60.0, "deg", "at which spectra are taken", Role.STATED),
        ),
        margin=10.0,
        render=render,
        mixing=Absorbing,
        compared=("Be", "B", "C", "N", "O"),
        line_width=4.0,
    )
