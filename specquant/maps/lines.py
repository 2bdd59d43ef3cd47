"""Line scans: maps with pixels along one dimension only. Their fractions are drawn against where they are."""

import numpy as np

from specquant.maps.quantifying import MapResult
from specquant.quantifiers import PRESENT_ABOVE
from specquant.series import Profile

_PARTS = ("fraction", "lower", "upper", "counting_error")
"""Variables of a MAP_COMPOSITION that a profile has."""


def is_line(result: MapResult) -> bool:
    """Say whether the pixels of a map lie along one dimension."""
    return sum(size > 1 for size in result.dataset["phase"].shape) <= 1


def profile_along(result: MapResult) -> Profile:
    """Return the fractions along a line scan, of the elements that any pixel has one atomic per cent of."""
    dataset = result.dataset
    sizes = dataset["phase"].sizes
    dim = max(sizes, key=lambda name: sizes[name])
    line = dataset.squeeze([name for name in sizes if name != dim])
    coordinate = dataset.coords.get(dim)
    at = np.arange(sizes[dim]) if coordinate is None else coordinate.values
    unit = "" if coordinate is None else str(coordinate.attrs.get("units", ""))
    parts = {name: line[name].transpose(dim, "element").values for name in _PARTS}
    highest = np.nanmax(parts["fraction"], axis=0, initial=0.0)
    order = [index for index in result.summary.largest_first if highest[index] >= PRESENT_ABOVE]
    values = {name: np.asarray(each[:, order], dtype=np.float64) for name, each in parts.items()}
    return Profile(
        coordinate=str(dim) if unit else f"{dim}, pixels",
        unit=unit.replace("um", "\N{MICRO SIGN}m"),
        at=np.asarray(at, dtype=np.float64),
        names=tuple(f"{dim} {number}" for number in range(sizes[dim])),
        elements=tuple(result.symbols[index] for index in order),
        fraction=values["fraction"],
        lower=values["lower"],
        upper=values["upper"],
        scatter=values["counting_error"],
    )
