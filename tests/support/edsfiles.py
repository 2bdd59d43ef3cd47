"""Made-up EDS spectra of known composition, and EMSA files that hold them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from specquant.discovery import load_plugin
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.point import Point
from specquant.library import RenderedLibrary
from specquant.technique import Floats, Technique

LIVE_TIME, PROBE_CURRENT = 60.0, 1.2


@cache
def model() -> ForwardModel:
    """Return the physics of EDS with the rendered library."""
    technique = load_plugin("eds").technique
    return ForwardModel(technique, RenderedLibrary(technique))


def fractions(technique: Technique, **atoms: float) -> Floats:
    """Return atomic fractions (element,) of amounts by symbol."""
    amounts = np.array([atoms.get(symbol, 0.0) for symbol in technique.elements])
    return np.asarray(amounts / amounts.sum())


def counts_of(
    atoms: Mapping[str, float],
    values: Mapping[str, float],
    *,
    electrons: float = 0.0,
    total: float = 3e6,
    strengths: Mapping[tuple[str, str], float] | None = None,
    seed: int = 1,
) -> Floats:
    """Return counts (energy,) with their noise, for a dose of electrons or else a total.

    `values` change instrument parameters; `strengths` multiply groups of lines, by element and group.
    """
    physics = model()
    technique = physics.technique
    fraction = fractions(technique, **atoms)
    families = physics.families(np.flatnonzero(fraction))
    names = [technique.elements[family.element] if family.element >= 0 else "" for family in families]
    factors = np.array([(strengths or {}).get((n, f.group), 1.0) for n, f in zip(names, families, strict=True)])
    point = Point(fraction, factors, technique.defaults() | dict(values), 0.0, np.zeros(len(physics.hats)))
    if electrons:
        point = replace(point, atoms=fraction * electrons)
    spectrum = physics.spectrum(point, families)
    expected = spectrum if electrons else spectrum * total / spectrum.sum()
    return np.random.default_rng(seed).poisson(np.maximum(expected, 0.0)).astype(np.float64)


def write_emsa(path: Path, counts: Floats, **header: object) -> Path:
    """Write counts on the axis of EDS; the header is a usual one with changes, None leaves a line out."""
    axis = load_plugin("eds").technique.axis
    usual: dict[str, object] = {
        "FORMAT": "EMSA/MAS Spectral Data File",
        "VERSION": "1.0",
        "TITLE": path.stem,
        "NPOINTS": counts.size,
        "NCOLUMNS": 1,
        "XUNITS": "eV",
        "YUNITS": "counts",
        "DATATYPE": "Y",
        "XPERCHAN": axis.step,
        "OFFSET": axis.start,
        "BEAMKV": 15,
        "ELEVANGLE": 35,
        "LIVETIME": LIVE_TIME,
        "PROBECUR": PROBE_CURRENT,
        "SIGNALTYPE": "EDS",
    }
    lines = [f"#{key:<12}: {value}" for key, value in (usual | header).items() if value is not None]
    path.write_text("\n".join([*lines, "#SPECTRUM    : ", *(f"{x:.0f}," for x in counts), "#ENDOFDATA   :", ""]))
    return path
