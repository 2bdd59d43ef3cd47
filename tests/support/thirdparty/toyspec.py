"""A made-up technique, as an outsider would write it: an axis, sensitivity factors, peaks and two recipes."""

from specquant.hookspecs import hookimpl
from specquant.recipes import Constant, LogNormal, LogUniform, Normal, Recipe, Uniform
from specquant.technique import EnergyAxis, Peak, Technique

# element: sensitivity, then per line its group, energy (eV), width (eV) and area
LINES = {
    "Li": (0.5, [("main", 24.0, 3.0, 1.0)]),
    "Be": (0.8, [("main", 52.0, 3.0, 1.0)]),
    "B": (1.0, [("main", 83.0, 4.0, 1.0), ("second", 30.0, 4.0, 0.3)]),
    "C": (1.3, [("main", 112.0, 4.0, 1.0), ("second", 60.0, 4.0, 0.2)]),
    "N": (1.6, [("main", 144.0, 4.0, 0.7), ("main", 151.0, 4.0, 0.3)]),
    "O": (2.0, [("main", 178.0, 5.0, 0.7), ("main", 187.0, 5.0, 0.3), ("second", 96.0, 5.0, 0.2)]),
}
ARTICLE = Recipe(
    name="article",
    title="One to four elements, a small common shift, good counts",
    element_count=(0.1, 0.3, 0.3, 0.3),
    global_shift=Uniform(-1.0, 1.0),
    counts=Constant(1e4),
)
FIELD = Recipe(
    name="field",
    title="As a laboratory would meet them: fewer counts, a background, shifts of each element",
    element_count=(0.1, 0.3, 0.3, 0.3),
    global_shift=Normal(0.0, 1.0),
    element_shift=Normal(0.0, 0.3),
    sensitivity_scatter=LogNormal(1.0, 0.05),
    background_level=Uniform(0.0, 0.1),
    counts=LogUniform(3e2, 3e3),
)


@hookimpl
def specquant_technique() -> Technique:
    """Return the technique ``toy``."""
    return Technique(
        name="toy",
        title="Toy spectroscopy",
        axis=EnergyAxis(0.0, 200.0, 1.0),
        elements=tuple(LINES),
        sensitivity={element: factor for element, (factor, _) in LINES.items()},
        peaks=tuple(
            Peak(element, f"{element} {group}", energy, width, area, group)
            for element, (_, lines) in LINES.items()
            for group, energy, width, area in lines
        ),
        recipes={"article": ARTICLE, "field": FIELD},
        margin=10.0,
    )
