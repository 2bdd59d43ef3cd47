"""A toy technique with two X-ray sources: every element has a line that stays and one that moves with the source."""

from dataclasses import replace

from specquant import load_technique
from specquant.library.rendered import components_from_peaks
from specquant.recipes import Constant, InstrumentKind, Mixture, Recipe, Uniform
from specquant.technique import InstrumentParameter, Peak, Role, Technique

FIRST, SECOND = 100.0, 120.0
"""Photon energies of the two sources, eV."""

PHOTONS = InstrumentParameter("photons", FIRST, 50.0, 150.0, "eV", "of the source", Role.RENDERED)
GAIN = InstrumentParameter("gain", 1.0, 0.0, 9.0, "", "nothing that changes a spectrum")
RECIPE = Recipe(
    name="two",
    title="Two kinds of source",
    element_count=(0.5, 0.5),
    instruments=(
        InstrumentKind(0.6, {"photons": FIRST}),
        InstrumentKind(0.4, {"photons": SECOND}, {"gain": Uniform(2.0, 3.0)}),
    ),
    response={"gain": Constant(1.0)},
    global_shift=Uniform(-1.0, 1.0),
    offset=Mixture(((0.5, Constant(0.0)), (0.5, Uniform(-9.0, 9.0)))),
    unstated={"photons": 0.25},
    counts=Constant(1e4),
)


def tunable() -> Technique:
    """Return the technique; ``toyspec`` must be installed."""
    toy = load_technique("toy")

    def render(axis, values):  # type: ignore[no-untyped-def]
        moving = [
            Peak(peak.element, "moving", peak.energy + values["photons"] - 60.0, 4.0, 0.5, "moving")
            for peak in toy.peaks
            if peak.group == "main"
        ]
        return components_from_peaks(axis, (*toy.peaks, *moving))

    return replace(toy, parameters=(PHOTONS, GAIN), render=render, recipes={"two": RECIPE}, margin=20.0)
