"""What is random about a synthetic spectrum: distributions, the recipe made of them, and which elements it draws."""

from specquant.recipes.distributions import (
    Constant,
    Distribution,
    HalfNormal,
    LogNormal,
    LogUniform,
    Mixture,
    Normal,
    Power,
    Stretched,
    Uniform,
    draws,
    moments,
)
from specquant.recipes.priors import with_prior
from specquant.recipes.recipe import Addition, InstrumentKind, Recipe

__all__ = [
    "Addition",
    "Constant",
    "Distribution",
    "HalfNormal",
    "InstrumentKind",
    "LogNormal",
    "LogUniform",
    "Mixture",
    "Normal",
    "Power",
    "Recipe",
    "Stretched",
    "Uniform",
    "draws",
    "moments",
    "with_prior",
]
