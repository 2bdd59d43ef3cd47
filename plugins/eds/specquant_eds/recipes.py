"""Training recipes of EDS spectra: every random quantity with its range, in one place."""

from collections.abc import Mapping
from dataclasses import replace

from specquant.plugin import (
    Addition,
    Constant,
    Distribution,
    InstrumentKind,
    LogNormal,
    LogUniform,
    Mixture,
    Normal,
    Power,
    Recipe,
    Uniform,
)

MATERIALS = {
    **dict.fromkeys(("Al", "Si", "Fe", "Ca"), 6.0),
    **dict.fromkeys(("Mg", "Na", "K", "Ti"), 5.0),
    **dict.fromkeys(("S", "P", "Cl", "F", "Cr", "Mn", "Ni", "Cu", "Zn", "Ba", "Pb", "O"), 3.5),
    **dict.fromkeys(("Zr", "Sr", "Co", "C", "As", "Sb", "Sn", "Ag", "Au", "W", "Mo", "Ce", "La"), 2.0),
    **dict.fromkeys(("B", "N"), 0.6),
    **dict.fromkeys(("Ne", "Ar", "Kr", "Xe"), 0.1),
}
"""Weights of elements in the matter people put under the beam: rocks, glasses, ores, metals, ceramics, salts; chosen.

Elements not named have weight 1."""

_CLASSES = (
    Addition(0.10, {"S": Uniform(0.10, 0.62)}),
    Addition(0.06, {"P": Uniform(0.03, 0.30)}),
    Addition(0.07, {"F": Uniform(0.05, 0.75)}),
    Addition(0.05, {"Cl": Uniform(0.05, 0.70)}),
    Addition(0.35, {"Si": Uniform(0.03, 0.45)}),
    Addition(0.06, {"C": Uniform(0.05, 0.50)}),
    Addition(0.68, {"O": Uniform(0.20, 0.74)}),
)
"""Sulfides, phosphates, fluorides, chlorides, silicates, carbonates and carbides, and whatever is oxidised: probability
and atomic fractions, chosen around common minerals and salts (docs/reference/recipes.md)."""

_COUNT = (0.10, 0.15, 0.14, 0.12, 0.10, 0.09, 0.08, 0.07, 0.06, 0.04, 0.03, 0.02)
"""Probabilities of 1 to 12 elements before additions: minerals begin with two, glasses reach ten and more; chosen."""

_DETECTOR: Mapping[str, Distribution] = {
    "nitride_window": Mixture(((0.55, Uniform(15.0, 120.0)), (0.45, Constant(0.0)))),
    "polymer_window": Mixture(((0.6, Constant(0.0)), (0.4, Uniform(220.0, 380.0)))),
    "aluminium": Uniform(10.0, 75.0),
    "dead_layer": Uniform(15.0, 140.0),
    "window_grid": Mixture(((0.6, Constant(0.0)), (0.4, Uniform(0.18, 0.26)))),
    "active_layer": Uniform(0.3, 0.55),
    "noise": Uniform(40.0, 78.0),
    "tail": Uniform(0.2, 2.5),
    "offset": Mixture(((0.7, Normal(0.0, 4.0)), (0.3, Uniform(-12.0, 12.0)))),
    "gain": Normal(0.0, 1.0e-3),
    "nonlinearity": Uniform(0.0, 2.4),
}
"""Detectors as they are sold and drift, in the units of instrument.py; docs/reference/recipes.md says where each range
comes from."""

FIELD = Recipe(
    name="field",
    title="Bulk samples as people measure them: usual materials, detectors, beams, coats, counts and model errors",
    element_count=_COUNT,
    prior=MATERIALS,
    concentration=Mixture(((0.35, Constant(0.3)), (0.4, Constant(0.7)), (0.25, Constant(1.5)))),
    additions=_CLASSES,
    sensitivity_scatter=LogNormal(1.0, 0.02),
    group_scatter={
        "K": LogNormal(1.0, 0.03),
        "L": LogNormal(1.0, 0.05),
        "K hard": LogNormal(1.0, 0.10),
        "L hard": LogNormal(1.0, 0.12),
        "M": LogNormal(1.0, 0.10),
        "L soft": LogNormal(1.0, 0.25),
        "M soft": LogNormal(1.0, 0.25),
        "continuum": LogNormal(1.0, 0.01),
    },
    response={
        "beam_energy": Mixture(((0.3, Constant(15e3)), (0.3, Constant(20e3)), (0.4, Uniform(9.5e3, 25e3)))),
        "take_off_angle": Mixture(((0.35, Constant(35.0)), (0.2, Constant(40.0)), (0.45, Uniform(25.0, 50.0)))),
        **_DETECTOR,
        "pile_up": Power(0.015, 2.0),
        "continuum_scale": LogNormal(1.0, 0.10),
        "continuum_exponent": Normal(0.0, 0.03),
        "carbon_coat": Mixture(((0.2, Constant(0.0)), (0.7, Uniform(3.0, 50.0)), (0.1, Uniform(50.0, 120.0)))),
        "oxide_skin": Mixture(((0.7, Constant(0.0)), (0.3, Power(25.0, 2.0)))),
    },
    unstated=dict.fromkeys(("nitride_window", "polymer_window", "aluminium", "dead_layer"), 0.5),
    background_level=Power(0.002, 3.0),
    background_slope=Uniform(-1.0, 1.0),
    counts=LogUniform(4e2, 3e6),
    noise_factor=Mixture(((0.75, Constant(1.0)), (0.25, LogUniform(0.25, 1.0)))),
    smoothing=0.1,
    low_end=Constant(150.0),
    high_end=Mixture(((0.75, Constant(20e3)), (0.25, Uniform(9e3, 20e3)))),
)
"""Ranges as measured (docs/explanation/physics-eds.md); docs/reference/recipes.md says where each comes from."""

ARTICLE = Recipe(
    name="article",
    title="Conditions of the article, with the matrix correction: 2 to 5 of all elements, uniform on the simplex",
    element_count=(0.0, 1.0, 1.0, 1.0, 1.0),
    background_level=Uniform(0.0, 0.3),
    background_slope=Uniform(-1.0, 1.0),
    counts=LogUniform(1e5, 1e6),
    noise_factor=Uniform(0.5, 1.5),
)

LINEAR = replace(
    FIELD,
    name="linear",
    title="The recipe field with the article's linear mixing law, to measure what the law costs",
    linear_mixing=True,
)

_NO_WINDOW: Mapping[str, Distribution] = dict.fromkeys(
    ("nitride_window", "polymer_window", "beryllium_window", "window_grid"), Constant(0.0)
)

_WINDOWS = (
    InstrumentKind(0.40, {}, {**_NO_WINDOW, "nitride_window": Uniform(15.0, 120.0)}),
    InstrumentKind(
        0.40, {}, {**_NO_WINDOW, "polymer_window": Uniform(220.0, 380.0), "window_grid": Uniform(0.18, 0.26)}
    ),
    InstrumentKind(0.08, {}, {**_NO_WINDOW, "beryllium_window": Uniform(5_000.0, 15_000.0)}),
    InstrumentKind(0.12, {}, _NO_WINDOW),
)
"""One window a spectrum: nitride, polymer on its grid, beryllium, none. Thicknesses as of `FIELD`, of beryllium as sold
(5 to 15 um); weights chosen, so that each is seen often and most spectra are of what is sold today."""

WINDOWS = replace(
    FIELD,
    name="windows",
    title="The recipe field with one window a spectrum that nobody states, thick dead layers, a continuum that bends",
    additions=(*_CLASSES, Addition(0.05, {"N": Uniform(0.10, 0.55)})),
    instruments=_WINDOWS,
    response={
        **FIELD.response,
        "beam_energy": Mixture(((0.2, Constant(15e3)), (0.2, Constant(20e3)), (0.6, Uniform(5e3, 30e3)))),
        "dead_layer": Mixture(((0.7, Uniform(15.0, 140.0)), (0.3, Uniform(140.0, 350.0)))),
        "continuum_bend": Mixture(((0.35, Constant(0.0)), (0.65, Normal(0.0, 0.15)))),
    },
    unstated={
        **dict.fromkeys(("nitride_window", "polymer_window", "beryllium_window", "aluminium", "dead_layer"), 1.0),
        "take_off_angle": 0.2,
    },
)
"""What the network learns from that finds the soft transmission of a detector (docs/decisions/0015-unstated.md).

The continuum bends since its law is known to 5 % from 0.7 keV on, and hardly below (docs/explanation/physics-eds.md):
without that, a network reads the window from a continuum that real spectra do not have."""

RECIPES = {recipe.name: recipe for recipe in (ARTICLE, FIELD, LINEAR, WINDOWS)}
