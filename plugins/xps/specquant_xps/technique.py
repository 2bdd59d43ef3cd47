"""The XPS technique: surveys of Z = 3..81 on a binding-energy axis of 0..1300 eV in 1 eV channels."""

from importlib.resources import files
from pathlib import Path

from specquant.technique import EnergyAxis, InstrumentParameter, ProbeExample, Technique
from specquant_xps.atomic import ELEMENTS, chemical_shifts
from specquant_xps.orient import orient
from specquant_xps.recipes import RECIPES
from specquant_xps.rendering import peak_table, render, sensitivity
from specquant_xps.response import LossResponse

AL_K_ALPHA = 1486.6
AXIS = EnergyAxis(0.0, 1300.0, 1.0, label="Binding energy", descending=True)
MARGIN = 40.0
"""Largest shift (eV) of a line that training spectra show: charging and chemistry together."""

PARAMETERS = (
    InstrumentParameter("photon_energy", AL_K_ALPHA, 1200.0, 1500.0, "eV", "X-ray source: Al K-alpha or Mg K-alpha"),
    InstrumentParameter("resolution", 2.5, 1.2, 6.0, "eV", "Gaussian FWHM of source and analyser"),
    InstrumentParameter("loss_probability", 0.97, 0.0, 0.995, "", "b: integral of the inelastic loss kernel"),
    InstrumentParameter("loss_constant", 100.0, 20.0, 3000.0, "eV^2", "C of the Tougaard kernel T/(C+T^2)^2"),
    InstrumentParameter("transmission_exponent", 0.3, -1.0, 1.0, "", "q: transmission and mean free path go as KE^q"),
    InstrumentParameter("plasmon_weight", 0.0, 0.0, 0.6, "", "share of losses in the loss peak"),
    InstrumentParameter("plasmon_energy", 22.0, 5.0, 35.0, "eV", "position of the loss peak"),
    InstrumentParameter("plasmon_width", 8.0, 2.0, 20.0, "eV", "FWHM of the loss peak"),
)

EXAMPLES = (
    ProbeExample("C", (285.0,), "A single peak at 285 eV is read as carbon, 100 at%"),
    ProbeExample("F", (30.0, 685.0, 832.0), "Fluorine is read at 685 eV (1s), 832 eV (KLL) and 30 eV (2s)"),
    ProbeExample("Cd", (406.0, 617.0), "Cadmium is read at 617 eV (3p), since 406 eV belongs to scandium"),
    ProbeExample("Sc", (406.0,), "Scandium owns 406 eV (2p), where cadmium has its strongest line (3d)"),
)


def technique() -> Technique:
    """Return the technique record; lines and factors are those of Al K-alpha."""
    return Technique(
        name="xps",
        title="X-ray photoelectron spectroscopy (survey)",
        axis=AXIS,
        elements=ELEMENTS,
        sensitivity=sensitivity(AL_K_ALPHA),
        peaks=peak_table(AXIS, AL_K_ALPHA),
        recipes=RECIPES,
        parameters=PARAMETERS,
        chemical_shift=chemical_shifts(),
        margin=MARGIN,
        render=render,
        response=LossResponse,
        orient=orient,
        models=_shipped_models(),
        examples=EXAMPLES,
    )


def _shipped_models() -> dict[str, Path]:
    folder = Path(str(files("specquant_xps").joinpath("weights")))
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
