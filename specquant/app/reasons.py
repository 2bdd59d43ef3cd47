"""Why an element is in an answer: the evidence of its lines, and on request what the network looks at."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from specquant.quantifiers import PRESENT_ABOVE, Modelled
from specquant.report.energyscale import EnergyScale
from specquant.report.evidence import evidence_of, telling_weights
from specquant.technique import Technique

_WINDOWS = 6
"""Windows that are named for an element: chosen, the next ones hardly count."""


def line_evidence(modelled: Modelled, technique: Technique, elements: Sequence[str]) -> list[dict[str, Any]]:
    """Return for elements of a fit their evidence, in standard errors, whole and by line.

    What other elements, the background and the instrument can make up for is not evidence.
    """
    return [
        {
            "element": one.element,
            "evidence": round(one.errors, 1),
            "lines": [
                {"label": each.line.label, "energy": round(each.line.energy, 3), "evidence": round(each.errors, 1)}
                for each in one.lines
            ],
        }
        for one in evidence_of(modelled, technique, elements)
    ]


def lime_reasons(lime: xr.Dataset, technique: Technique, elements: Sequence[str]) -> list[dict[str, Any]]:
    """Return for elements the windows of the spectrum that the network's answer rests on, the weightiest first.

    A window that speaks against an element only because fractions sum to 100 % is left out.
    """
    one, scale = lime.isel(sample=0), EnergyScale(technique.axis)
    rows = []
    for element in elements:
        part, weight = one.sel(element=element), telling_weights(one, technique, element)
        windows = [
            {
                "label": str(part["label"].values[index]),
                "span": scale.span(part["start"].values[index], part["stop"].values[index]),
                "weight": float(weight[index]),
            }
            for index in np.argsort(-np.abs(weight))[:_WINDOWS]
            if abs(weight[index]) >= PRESENT_ABOVE
        ]
        rows.append({"element": element, "windows": windows})
    return rows
