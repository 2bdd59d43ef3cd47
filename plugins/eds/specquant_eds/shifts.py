"""Spectra unlike those of recipe ``field``, for ``specquant study trust``."""

from dataclasses import replace

from specquant.plugin import Constant, DeclaredShift, Uniform
from specquant_eds.recipes import FIELD

SHIFTS = (
    DeclaredShift(
        "resolution",
        "electronic noise twice as large",
        replace(FIELD, response={**FIELD.response, "noise": Uniform(2 * 60.0, 2 * 78.0)}),
    ),
    DeclaredShift(
        "beam",
        "beam energy of 5 to 8 keV, below what is drawn",
        replace(FIELD, response={**FIELD.response, "beam_energy": Uniform(5e3, 8e3)}),
    ),
    DeclaredShift(
        "film",
        "thin film: no absorption, a fifth of the continuum, as bulk",
        replace(
            FIELD,
            linear_mixing=True,
            group_scatter={**FIELD.group_scatter, "continuum": Constant(0.2)},
        ),
    ),
)
"""An old or failing detector, a low-voltage microscope, a sample of a TEM."""
