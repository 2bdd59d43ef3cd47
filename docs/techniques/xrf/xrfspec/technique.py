"""The technique: what specquant has to know about X-ray fluorescence of thick metals by photons of one energy."""

from collections.abc import Mapping

from specquant.plugin import (
    Component,
    Constant,
    EnergyAxis,
    LogNormal,
    LogUniform,
    Mixture,
    Normal,
    Peak,
    Power,
    ProbeExample,
    Recipe,
    Reporting,
    Technique,
    Uniform,
)
from xrfspec.detector import Detector, draw, width
from xrfspec.instrument import AXIS, DEFAULTS, PARAMETERS
from xrfspec.law import Sherman, main_photons, on_axis
from xrfspec.lines import ELEMENTS

METALS = {
    **dict.fromkeys(("Fe", "Ni", "Cr", "Cu", "Zn", "Ti"), 6.0),
    **dict.fromkeys(("Mn", "Mo", "Co", "V", "Sn", "Pb", "Ag", "Au", "W"), 3.0),
}
"""Weights of elements in the metals people measure; chosen. Elements not named have weight 1."""

LEAST_PEAK = 1e-3
"""Share of an element's main family from which on a line is in the peak table; chosen."""

ALLOY = Recipe(
    name="alloy",
    title="One to eight metals, any geometry, detectors as they are sold, counting noise",
    element_count=(0.05, 0.15, 0.2, 0.2, 0.15, 0.1, 0.1, 0.05),
    prior=METALS,
    concentration=Mixture(((0.5, Constant(0.4)), (0.5, Constant(1.0)))),
    global_shift=Normal(0.0, 0.005),
    sensitivity_scatter=LogNormal(1.0, 0.02),
    group_scatter={"K": LogNormal(1.0, 0.02), "L": LogNormal(1.0, 0.05), "M": LogNormal(1.0, 0.15)},
    response={
        "photon_energy": Mixture(((0.3, Constant(17.48)), (0.7, Uniform(16.0, 25.0)))),
        "incidence_angle": Mixture(((0.5, Constant(45.0)), (0.5, Uniform(20.0, 80.0)))),
        "take_off_angle": Mixture(((0.5, Constant(45.0)), (0.5, Uniform(20.0, 80.0)))),
        "air_path": Mixture(((0.3, Constant(0.0)), (0.7, Uniform(0.5, 6.0)))),
        "window": Uniform(8.0, 30.0),
        "silicon": Uniform(0.3, 0.6),
        "resolution": Uniform(0.125, 0.18),
        "shelf": Power(0.01, 2.0),
        "tail": Power(0.02, 2.0),
        "pile_up": Power(0.02, 3.0),
    },
    unstated=dict.fromkeys(("air_path", "window", "silicon", "resolution"), 0.2),
    background_level=Power(0.002, 3.0),
    counts=LogUniform(1e3, 1e6),
)

REPORTING = Reporting(
    standards=(),
    instrument=("photon_energy", "incidence_angle", "take_off_angle"),
    transmission="Air, beryllium window and thickness of the silicon, with Kissel's cross sections (xraylib).",
    sensitivity="Fundamental parameters of xraylib, and Sherman's equation with secondary and tertiary fluorescence.",
    background="A smooth background, and a shelf below every line.",
    lines="K, L and M lines between 1.9 and 14.4 keV, as xraylib lists them.",
    normalisation="All fractions sum to 1 over the metals that can be seen.",
    unseen="Elements lighter than titanium, silicon and sulfur among them: they are taken not to be there.",
    assumptions="The sample is homogeneous, flat, and thick to its own lines; the beam has one energy.",
)


def technique() -> Technique:
    """Return all that specquant has to know."""
    return Technique(
        name="xrf",
        title="X-ray fluorescence of thick metals, by photons of one energy",
        axis=AXIS,
        elements=ELEMENTS,
        sensitivity={symbol: photons for symbol, (_, photons) in main_photons().items()},
        peaks=peaks(),
        recipes={ALLOY.name: ALLOY},
        parameters=PARAMETERS,
        margin=0.1,
        render=render,
        response=Detector,
        mixing=Sherman,
        examples=(ProbeExample("Fe", (6.40,), "A single peak at 6.40 keV is read as iron"),),
        line_width=seen((AXIS.start + AXIS.stop) / 2),
        reporting=REPORTING,
    )


def render(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
    """Return the groups of lines on an axis; their areas are those of the default instrument, as the law takes them."""
    del values
    return [Component(group.element, group.label, group.family, area * draw(axis, group)) for group, area in on_axis()]


def peaks() -> tuple[Peak, ...]:
    """Return the lines that can be seen, with their width as seen."""
    return tuple(
        Peak(group.element, f"{group.element} {group.label}", energy, seen(energy), float(area * share), group.family)
        for group, area in on_axis()
        for energy, share in zip(group.energies.tolist(), group.shares, strict=True)
        if area * share > LEAST_PEAK
    )


def seen(energy: float) -> float:
    """Return the FWHM of a line in the default detector, keV."""
    return width(energy, DEFAULTS["resolution"])
