"""Tables of atoms that the package xraydb ships, read from its database file.

The package itself reads them through SQLAlchemy; its import takes as long as the whole answer to one spectrum.
"""

import json
import sqlite3
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@cache
def atomic_masses() -> Mapping[int, float]:
    """Return the standard atomic mass of every element, g/mol, by atomic number."""
    return {int(z): float(mass) for z, mass in _rows("SELECT atomic_number, molar_mass FROM elements")}


@cache
def _all_edges() -> Mapping[str, Mapping[str, float]]:
    edges: dict[str, dict[str, float]] = {}
    query = "SELECT element, iupac_symbol, absorption_edge FROM xray_levels ORDER BY id"
    for symbol, level, energy in _rows(query):
        edges.setdefault(str(symbol), {})[str(level)] = float(energy)
    return edges


def absorption_edges(symbol: str) -> Mapping[str, float]:
    """Return the edge energies of an element, eV, by the X-ray name of the level (Elam, Ravel and Sieber 2002).

    Parameters
    ----------
    symbol
        Symbol of the element.
    """
    return _all_edges()[symbol]


def attenuation(symbol: str, low: float, high: float) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Return energies (point,), eV, and total mass attenuation (point,), cm2/g, of Chantler's FFAST tables.

    Points go from the one before the last at or below `low` to the second one above `high`.

    Parameters
    ----------
    symbol
        Symbol of the element.
    low
        Lowest energy, eV.
    high
        Highest energy, eV.
    """
    import numpy as np

    ((energy, values),) = _rows("SELECT energy, mu_total FROM Chantler WHERE element = ?", symbol)
    points = np.array(json.loads(energy), dtype=np.float64)
    first = max(int(np.searchsorted(points, low, side="right")) - 2, 0)
    last = int(np.searchsorted(points, high, side="right")) + 2
    return points[first:last], np.array(json.loads(values), dtype=np.float64)[first:last]


def _rows(query: str, *values: str) -> list[tuple[Any, ...]]:
    spec = find_spec("xraydb")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("xraydb")
    path = Path(spec.origin).with_name("xraydb.sqlite")
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        return list(connection.execute(query, values))
    finally:
        connection.close()
