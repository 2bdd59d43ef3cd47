"""The check by oxygen: what is measured against what the other elements bind."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from specquant.oxides import OXYGEN, as_oxides
from specquant.verdict.records import Ground, Judgement, Reason, judgements_of, with_judgements

LEAST_DIFFERENCE = 0.03
"""Atomic fraction by which measured oxygen and that by stoichiometry may differ beyond the interval: chosen, since the
other elements have errors as well, and valences vary."""


def with_oxides(composition: xr.Dataset, valences: Mapping[str, int]) -> xr.Dataset:
    """Return a judged COMPOSITION with oxygen by stoichiometry and weight fractions of oxides.

    Where oxygen is measured too, a difference between the two beyond its interval is a reason to doubt the answer.
    """
    elements = [str(symbol) for symbol in composition["element"].values]
    oxides = as_oxides(composition["fraction"].values, elements, valences)
    judgements = list(judgements_of(composition))
    if OXYGEN in elements:
        for row, bound in enumerate(oxides.oxygen.tolist()):
            measured, lower, upper = (
                float(composition[name].values[row, elements.index(OXYGEN)]) for name in ("fraction", "lower", "upper")
            )
            judgements[row] = _checked(judgements[row], bound, measured, lower, upper)
    return with_judgements(composition, judgements).assign(
        oxide_weight_fraction=(
            ("sample", "element"),
            oxides.weight_fraction,
            {"units": "weight fraction of the oxide"},
        ),
        oxide=("element", np.array(oxides.names, dtype=object)),
        stoichiometric_oxygen=("sample", oxides.oxygen, {"units": "atomic fraction"}),
    )


def _checked(judgement: Judgement, bound: float, measured: float, lower: float, upper: float) -> Judgement:
    """Return the judgement, with a reason if oxygen does not add up."""
    ends = (lower, upper) if np.isfinite(lower) and np.isfinite(upper) else (measured, measured)
    if ends[0] - LEAST_DIFFERENCE <= bound <= ends[1] + LEAST_DIFFERENCE:
        return judgement
    text = f"measured oxygen is {100 * measured:.1f} at%, by stoichiometry it would be {100 * bound:.1f}"
    return judgement.with_reason(Reason(Ground.OXYGEN, text))
