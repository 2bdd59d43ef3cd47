"""A plug-in whose technique has another name than its entry point."""

from specquant.hookspecs import hookimpl
from specquant.recipes import Constant, Recipe
from specquant.technique import EnergyAxis, Peak, Technique


@hookimpl
def specquant_technique() -> Technique:
    """Return a technique that is right but for its name."""
    return Technique(
        name="nickname",
        title="Alias spectroscopy",
        axis=EnergyAxis(0.0, 100.0, 1.0),
        elements=("Li",),
        sensitivity={"Li": 1.0},
        peaks=(Peak("Li", "Li main", 50.0, 3.0, 1.0),),
        recipes={"article": Recipe("article", "Pure lithium", (1.0,), counts=Constant(1e3))},
    )
