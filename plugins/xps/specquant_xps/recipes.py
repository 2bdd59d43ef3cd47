"""Training recipes of XPS surveys: every random quantity with its range."""

from dataclasses import replace

from specquant.plugin import (
    Addition,
    Constant,
    InstrumentKind,
    LogNormal,
    LogUniform,
    Mixture,
    Normal,
    Power,
    Recipe,
    Uniform,
)
from specquant_xps.atomic import ELEMENTS
from specquant_xps.header_hints import AL_K_ALPHA, MG_K_ALPHA

ARTICLE = Recipe(
    name="article",
    title="Conditions of the article: 2 to 5 of Li to Tl, uniform on the simplex, pure spectra summed",
    prior=dict.fromkeys(ELEMENTS[: ELEMENTS.index("Tl") + 1], 1.0),
    prior_default=0.0,
    element_count=(0.0, 1.0, 1.0, 1.0, 1.0),
    element_shift_range=Normal(0.5, 0.25),
    background_level=Uniform(0.0, 0.3),
    background_slope=Uniform(-1.0, 1.0),
    counts=LogUniform(1e5, 1e6),
    noise_factor=Uniform(0.5, 1.5),
)
"""Noise: an oracle that knows elements and shifts reaches about 0.998 at 1e5..1e6 counts in the strongest channel,
which the article's 99.28 % needs. Chemical shift: 95 % of draws lie within the range that the element really shows.
Background level: up to 30 % of the strongest channel, the median plateau of real surveys being 29 %."""

ARTICLE_AVERAGE = replace(
    ARTICLE,
    name="article-average",
    title="The article read literally: recipe article with every shift and the signal-to-noise ratio at their averages",
    element_shift_range=Constant(0.5),
    counts=Constant(3.53e5),
    noise_factor=Constant(1.0),
)
"""The Korean original says the average chemical shift of each element, and the average signal-to-noise ratio (DOI
10.3938/PhiT.32.020). The ratio is the square root of the counts: its mean over LogUniform(1e5, 1e6) is
2 (1000 - 316) / ln 10 = 594, the root of 3.53e5."""

REAL_SAMPLES = {
    **dict.fromkeys(("Na", "S", "Cl", "Fe", "Ti", "Cu"), 5.0),
    **dict.fromkeys(("Ca", "Zn", "Ni", "Co"), 4.0),
    **dict.fromkeys(("P", "Mg", "Sn", "In", "Ag", "Au"), 3.0),
    **dict.fromkeys(("Mn", "Cr", "K", "Mo", "W"), 2.0),
    **dict.fromkeys(("Pb", "Bi"), 2.0),  # an assumption: the surveys were counted without them
    **dict.fromkeys(("Ne", "Ar", "Kr", "Xe", "Tc", "Pm", "Th", "U"), 0.1),
    "O": 60.0,
    "C": 50.0,
    "N": 8.0,
    "Si": 8.0,
    "Al": 6.0,
    "F": 6.0,
    "Li": 1.5,
}
"""How often elements occur in real samples, in per cent of surveys: measured on public surveys
(docs/reference/recipes.md)."""

CONTAMINATION = (
    Addition(0.5, {"C": LogUniform(0.005, 0.5), "O": LogUniform(0.003, 0.25)}),
    Addition(0.08, {"N": LogUniform(0.003, 0.05)}),
    Addition(0.06, {"Si": LogUniform(0.003, 0.06)}),
    Addition(0.05, {"Na": LogUniform(0.002, 0.04)}),
    Addition(0.04, {"Cl": LogUniform(0.002, 0.03)}),
    Addition(0.04, {"Ca": LogUniform(0.002, 0.03)}),
    Addition(0.04, {"S": LogUniform(0.002, 0.03)}),
    Addition(0.04, {"F": LogUniform(0.003, 0.06)}),
)
"""What lies on samples of all kinds, with its probability and atomic fractions: adventitious carbon and oxygen, and
traces from hands, glass, water and solvents (docs/reference/recipes.md)."""

NON_MONOCHROMATIC = Mixture(((0.2, Constant(0.0)), (0.8, Uniform(0.7, 1.2))))
"""Strength of the satellites of Mg K-alpha, which seldom has a monochromator, over the handbook's. Chosen."""

FIELD = Recipe(
    name="field",
    title="Real surveys: usual samples, charging, losses, transmission, contamination, missing ends, realistic counts",
    element_count=(0.2, 0.25, 0.25, 0.18, 0.12),
    prior=REAL_SAMPLES,
    prior_default=1.0,
    concentration=Mixture(((0.7, Constant(1.0)), (0.3, Constant(0.5)))),
    additions=CONTAMINATION,
    instruments=(
        InstrumentKind(0.85, {"photon_energy": AL_K_ALPHA}),
        InstrumentKind(0.15, {"photon_energy": MG_K_ALPHA}, {"source_satellites": NON_MONOCHROMATIC}),
    ),
    unstated={"photon_energy": 0.05},
    global_shift=Mixture(((0.85, Normal(0.0, 0.8)), (0.15, Uniform(-3.0, 3.0)))),
    offset=Mixture(((0.4, Normal(0.0, 0.8)), (0.1, Uniform(-3.0, 3.0)), (0.5, Uniform(-15.0, 32.0)))),
    element_shift=Normal(0.0, 0.3),
    element_shift_range=Mixture(((0.5, Normal(0.15, 0.1)), (0.5, Uniform(0.0, 1.0)))),
    sensitivity_scatter=LogNormal(1.0, 0.10),
    group_scatter={
        "core": LogNormal(1.0, 0.27),
        "auger": LogNormal(0.9, 0.4),
        "auger_deep": LogNormal(1.3, 0.35),
        "valence": LogNormal(0.8, 0.5),
        "plasmon": Uniform(0.0, 1.5),
    },
    group_shift={
        "auger": Normal(1.5, 2.0),
        "auger_deep": Normal(0.5, 2.5),
        "core": Normal(0.0, 0.3),
        "valence": Normal(0.0, 1.0),
    },
    second_state=(0.4, Uniform(0.0, 0.45), Uniform(1.0, 8.5)),
    response={
        "resolution": Uniform(1.2, 4.5),
        "loss_probability": Uniform(0.88, 0.99),
        "loss_constant": LogUniform(30.0, 800.0),
        "transmission_exponent": Uniform(-0.9, 0.9),
        "plasmon_weight": Mixture(((0.3, Constant(0.0)), (0.7, Uniform(0.0, 0.5)))),
        "plasmon_energy": Uniform(7.0, 28.0),
        "plasmon_width": Uniform(3.5, 14.0),
        "source_satellites": Mixture(((0.85, Constant(0.0)), (0.15, Uniform(0.7, 1.2)))),
        "charged_share": Mixture(((0.94, Constant(0.0)), (0.06, Uniform(0.05, 0.55)))),
        "charged_shift": Mixture(((0.7, Uniform(1.5, 9.0)), (0.3, Uniform(-9.0, -1.5)))),
        "overlayer": Mixture(((0.78, Constant(0.0)), (0.15, Uniform(0.0, 1.0)), (0.07, Uniform(0.5, 4.5)))),
        "overlayer_loss": Uniform(12.0, 26.0),
        "nitrogen_gas": Mixture(((0.96, Constant(0.0)), (0.04, LogUniform(0.003, 0.5)))),
        "oxygen_gas": Mixture(((0.96, Constant(0.0)), (0.04, LogUniform(0.003, 0.5)))),
        "gas_shift": Normal(0.5, 1.0),
    },
    background_level=Mixture(((0.7, Power(0.03, 2.0)), (0.3, Uniform(0.0, 0.15)))),
    background_slope=Uniform(-1.0, 1.0),
    counts=LogUniform(1e3, 4e5),
    noise_factor=Mixture(((0.7, Constant(1.0)), (0.3, LogUniform(0.1, 3.0)))),
    smoothing=0.1,
    low_end=Mixture(((0.85, Constant(-20.0)), (0.15, Uniform(5.0, 20.0)))),
    high_end=Mixture(
        (
            (0.45, Constant(1400.0)),
            (0.33, Constant(1200.0)),
            (0.14, Constant(1100.0)),
            (0.05, Constant(1000.0)),
            (0.03, Uniform(650.0, 1000.0)),
        )
    ),
)
"""Ranges as measured on about 200 public surveys; docs/reference/recipes.md says where each comes from."""

RECIPES = {recipe.name: recipe for recipe in (ARTICLE, FIELD, ARTICLE_AVERAGE)}
