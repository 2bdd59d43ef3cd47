"""Declared shifts: spectra that a recipe does not contain, under a name, to see what answers to them are worth."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from specquant.recipes.distributions import Distribution
from specquant.recipes.recipe import Recipe


@dataclass(frozen=True)
class DeclaredShift:
    """One way in which spectra differ from those that a method is made for.

    Parameters
    ----------
    name
        A word that ``--only`` takes.
    title
        How the spectra differ, in one line for people.
    recipe
        What the spectra are drawn from.
    misstated
        Stated instrument parameter to the value that is stated of every spectrum in place of the true one; NaN: none.
    axis
        Offset of the energy axis, eV; None: as the recipe draws it.
    """

    name: str
    title: str
    recipe: Recipe
    misstated: Mapping[str, float] = field(default_factory=dict)
    axis: Distribution | None = None
