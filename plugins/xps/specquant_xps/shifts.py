"""Surveys unlike those of recipe ``field``, for ``specquant study trust``."""

from dataclasses import replace

from specquant.plugin import DeclaredShift, InstrumentKind, Uniform
from specquant_xps.header_hints import AL_K_ALPHA, MG_K_ALPHA
from specquant_xps.recipes import FIELD

SHIFTS = (
    DeclaredShift("charging", "axis off by 36 to 60 eV, beyond what is looked for", FIELD, axis=Uniform(36.0, 60.0)),
    DeclaredShift(
        "resolution",
        "resolution twice as bad",
        replace(FIELD, response={**FIELD.response, "resolution": Uniform(2 * 2.5, 2 * 4.5)}),
    ),
    DeclaredShift(
        "anode",
        "Mg K-alpha stated to be Al K-alpha",
        replace(FIELD, instruments=(InstrumentKind(1.0, {"photon_energy": MG_K_ALPHA}),)),
        misstated={"photon_energy": AL_K_ALPHA},
    ),
)
"""Charging beyond the offsets that are looked for (-15 to 32 eV), a poor analyser or pass energy, a wrong header."""
