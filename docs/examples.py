"""Make the example spectra that ship: ``python docs/examples.py``.

Both come from the physics of their technique at a known composition, with counting noise; their files say so.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from specquant.compositions import parse_amounts
from specquant.discovery import load_plugin
from specquant.fits.model.forward import ForwardModel, Point
from specquant.library import RenderedLibrary
from specquant.technique import Floats

ROOT = Path(__file__).parent.parent
SEED = 20
XPS = ("Ti 26 O 56 C 18", {"Ti": 4.6, "O": -0.9, "C": 0.3}, 40_000.0)
"""Composition, at%; chemical shifts, eV, of titanium dioxide under a little carbon; counts of the strongest channel."""

EDS = ("O 60.5 Si 17.5 Al 6 Mg 5 Ca 4.5 Fe 3.5 Na 3", 60_000.0)
"""Composition, at%, of a basaltic glass; counts of the strongest channel."""

NO_INSTRUMENT = "computed by specquant, not measured"
"""What stands in a file, and so in reports, where the instrument has its name."""


def counts_of(technique: str, amounts: str, shifts: Mapping[str, float], highest: float) -> tuple[Floats, Floats]:
    """Return energies and counts (energy,) of a composition by a technique's physics, with counting noise."""
    plugin = load_plugin(technique).technique
    model = ForwardModel(plugin, RenderedLibrary(plugin))
    parts = parse_amounts(amounts)
    fraction = np.array([parts.get(symbol, 0.0) for symbol in plugin.elements])
    families = model.families(np.flatnonzero(fraction))
    chemical = np.array([shifts.get(symbol, 0.0) for symbol in plugin.elements]) if model.chemical.size else np.zeros(0)
    rng = np.random.default_rng(SEED)
    factors = np.exp(rng.normal(0.0, 0.03, len(families)))
    values = plugin.defaults()
    point = Point(fraction / fraction.sum(), factors, values, 0.0, np.zeros(len(model.hats)), chemical)
    exact = np.maximum(model.spectrum(point, families), 0.0)
    background = 0.02 * exact.max() if len(model.hats) else 0.0
    scale = highest / (exact.max() + background)
    return plugin.axis.centres, rng.poisson(scale * (exact + background)).astype(float)


def vamas(energy: Floats, counts: Floats, title: str) -> str:
    """Return a survey as VAMAS text, from high to low binding energy."""
    order = np.argsort(-energy)
    lines = ["VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4", "specquant", NO_INSTRUMENT]
    lines += ["specquant", "example", "1", "Made by specquant, not measured.", "NORM", "REGULAR", "1", "0", "0", "0"]
    lines += ["0", "0", "1", "Survey", "Example: TiO2 with carbon", "2026", "1", "1", "0", "0", "0", "0", "1", title]
    lines += ["XPS", "Al", "1486.6", "300", "1", "1", "45", "0", "FAT", "100", "1", "4.5", "0", "1", "1", "90", "0"]
    lines += ["Survey", "none", "-1", "binding energy", "eV", f"{energy[order][0]:g}", f"{energy[0] - energy[1]:g}"]
    lines += ["1", "counts", "d", "pulse counting", "0.1", "10", "0", "0", "0", "0", "0"]
    lines += [str(counts.size), f"{counts.min():g}", f"{counts.max():g}", *(f"{value:g}" for value in counts[order])]
    return "\n".join([*lines, "end of experiment", ""])


def emsa(energy: Floats, counts: Floats, title: str) -> str:
    """Return a spectrum as EMSA text."""
    header = {
        "FORMAT": "EMSA/MAS Spectral Data File",
        "VERSION": "1.0",
        "TITLE": "Example: basaltic glass",
        "DATE": "01-JAN-2026",
        "OWNER": "specquant",
        "NPOINTS": counts.size,
        "NCOLUMNS": 1,
        "XUNITS": "eV",
        "YUNITS": "counts",
        "DATATYPE": "Y",
        "XPERCHAN": f"{energy[1] - energy[0]:g}",
        "OFFSET": f"{energy[0]:g}",
        "SIGNALTYPE": "EDS",
        "BEAMKV": 15,
        "ELEVANGLE": 35,
        "LIVETIME": 60,
        "COMMENT": f"Made by specquant, not measured: {title}",
    }
    lines = [f"#{key:<12}: {value}" for key, value in header.items()]
    return "\n".join([*lines, "#SPECTRUM    : ", *(f"{value:.0f}," for value in counts), "#ENDOFDATA   :", ""])


def main() -> None:
    """Write both into the plug-ins."""
    for name, content in (
        ("xps/specquant_xps/data/example-xps.vms", vamas(*counts_of("xps", *XPS), XPS[0])),
        ("eds/specquant_eds/data/example-eds.msa", emsa(*counts_of("eds", EDS[0], {}, EDS[1]), EDS[0])),
    ):
        path = ROOT / "plugins" / name
        path.write_text(content, encoding="ascii")
        print(f"written: {path.relative_to(ROOT)}")  # noqa: T201 - a command of the repository


if __name__ == "__main__":
    main()
