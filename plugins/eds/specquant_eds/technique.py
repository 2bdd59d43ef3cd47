"""The EDS technique: bulk, flat samples, B to U, on a photon-energy axis of 0..20 keV in 10 eV channels."""

from importlib.resources import files
from pathlib import Path

from specquant.plugin import (
    CalibrationSettings,
    EnergyAxis,
    ExampleSpectrum,
    FitDecisions,
    FitPriors,
    FitSettings,
    Technique,
)
from specquant_eds.beam import beam_energy
from specquant_eds.elements import ELEMENTS, NUMBERS
from specquant_eds.instrument import NITRIDE_WINDOW, PARAMETERS, POLYMER_WINDOW, defaults
from specquant_eds.measuring import measure
from specquant_eds.orient import orient
from specquant_eds.recipes import RECIPES
from specquant_eds.rendering import mixing, peak_table, render, strongest
from specquant_eds.reporting import REPORTING
from specquant_eds.response import DetectorResponse, ScaleDistortion
from specquant_eds.shifts import SHIFTS
from specquant_eds.transmission import unstated_quantities
from specquant_eds.valences import VALENCES

AXIS = EnergyAxis(0.0, 20_000.0, 10.0, label="Photon energy")
"""eV: what microscopes usually record, in the usual channels, which are a sixth of the narrowest lines' FWHM."""

FIRST_COMPARED = 8
"""Accuracy is computed from this atomic number on: carbon coats and what hides below oxygen are in no label."""

_LINE_WIDTH = 130.0
"""FWHM in eV of the peak probe: that of Mn K-alpha is 122 to 137 eV over instruments
(docs/explanation/physics-eds.md)."""

FIT = FitSettings(
    priors=FitPriors.as_drawn(
        RECIPES["field"],
        (
            "offset",
            "gain",
            "nonlinearity",
            "noise",
            "tail",
            "active_layer",
            "window_grid",
            "pile_up",
            "carbon_coat",
            "oxide_skin",
            "continuum_scale",
            "continuum_exponent",
        ),
        groups={
            "K": 0.05,
            "L": 0.08,
            "K hard": 0.15,
            "L hard": 0.15,
            "M": 0.15,
            "L soft": 0.25,
            "M soft": 0.25,
            "continuum": 0.15,
            "coating": 1e-3,
        },
        model_error=0.03,
        axis_parameter="offset",
        shape_errors={"L soft": 0.40, "M soft": 0.40, "M": 0.12},
        unstated={"nitride_window": 40.0, "polymer_window": 190.0, "aluminium": 20.0, "dead_layer": 40.0},
    ),
    decisions=FitDecisions(
        proposal=2.0,
        significance=4.0,
        correction=0.12,
        only_if_listed={"B": 220.0},
        layers={"C": "carbon_coat", "O": "oxide_skin"},
    ),
    calibration=CalibrationSettings(
        parameters={
            "offset": 15.0,
            "gain": 4e-3,
            "nonlinearity": 1.0,
            "noise": 15.0,
            "tail": 1.0,
        },
        tuned="dead_layer",
        kinds={
            "nitride window": NITRIDE_WINDOW,
            "polymer window": POLYMER_WINDOW,
        },
    ),
)
"""Instrument parameters are free as recipe `field` draws them; the other errors of the model are as measured on spectra
of known composition (docs/explanation/physics-eds.md).

What is `unstated` deviates by the spreads of recipe ``field`` about the defaults. 220 eV lie above B K (183 eV) and
below C K (277 eV). A calibration leaves its parameters more room than a fit does: it begins with an unknown instrument.
"""


EXAMPLE = ExampleSpectrum(
    Path(str(files("specquant_eds").joinpath("data/example-eds.msa"))),
    "A basaltic glass at 15 kV, O 60.5 Si 17.5 Al 6 Mg 5 Ca 4.5 Fe 3.5 Na 3 at%",
)
"""``python docs/examples.py`` makes it."""


def technique() -> Technique:
    """Return the technique record; sensitivity factors and peaks are those of the default instrument."""
    weights = _shipped_models()
    return Technique(
        name="eds",
        title="Energy-dispersive X-ray spectroscopy of bulk samples (SEM-EDS)",
        axis=AXIS,
        elements=ELEMENTS,
        sensitivity={symbol: photons for symbol, (_, photons) in strongest(defaults()).items()},
        peaks=peak_table(AXIS, defaults()),
        recipes=RECIPES,
        default_recipe="field",
        parameters=PARAMETERS,
        render=render,
        response=DetectorResponse,
        distortion=ScaleDistortion,
        measure=measure,
        mixing=mixing,
        orient=orient,
        estimates={"beam_energy": beam_energy},
        models={name: path for name, path in weights.items() if name != "windows"},
        unstated_quantities=unstated_quantities(weights.get("windows")),
        compared=tuple(symbol for symbol, z in zip(ELEMENTS, NUMBERS, strict=True) if z >= FIRST_COMPARED),
        line_width=_LINE_WIDTH,
        fit=FIT,
        shifts=SHIFTS,
        reporting=REPORTING,
        valences=VALENCES,
        example=EXAMPLE,
    )


def _shipped_models() -> dict[str, Path]:
    folder = Path(str(files("specquant_eds").joinpath("weights")))
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}
