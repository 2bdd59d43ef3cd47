"""Where in a series the surveys of one file were measured: by the experimental variable that varies."""

import math
from collections.abc import Sequence

from specquant.plugin import Coordinate, RawSpectrum

VARIABLES = "variables"
"""Key of headers with the experimental variables: value and unit by name."""


def coordinates(surveys: Sequence[RawSpectrum]) -> list[Coordinate | None]:
    """Return the coordinate of every survey: the first variable that all have, and in which no two are alike.

    None for each where there is no such variable, or only one survey.
    """
    nowhere: list[Coordinate | None] = [None] * len(surveys)
    tables = [raw.header.get(VARIABLES, {}) for raw in surveys]
    if len(surveys) < 2:
        return nowhere
    for name in tables[0]:
        if not all(name in table and math.isfinite(table[name][0]) for table in tables):
            continue
        values = [float(table[name][0]) for table in tables]
        if len(set(values)) == len(values):
            return [Coordinate(name, value, tables[0][name][1]) for value in values]
    return nowhere
