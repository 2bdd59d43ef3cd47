"""The XPS technique: surveys of Li to Bi, Th and U on a binding-energy axis of 0..1300 eV in 1 eV channels."""

from importlib.resources import files
from pathlib import Path

from specquant.plugin import (
    EnergyAxis,
    ExampleSpectrum,
    FitDecisions,
    FitPriors,
    FitSettings,
    InstrumentParameter,
    ProbeExample,
    Role,
    Technique,
)
from specquant_xps.atomic import ELEMENTS, chemical_shifts
from specquant_xps.contradictions import HIGHEST_PHOTON, LOWEST_PHOTON
from specquant_xps.header_hints import AL_K_ALPHA
from specquant_xps.narrow import narrow_answer
from specquant_xps.orient import orient
from specquant_xps.recipes import RECIPES
from specquant_xps.rendering import peak_table, render, sensitivity
from specquant_xps.reporting import REPORTING
from specquant_xps.response import LossResponse
from specquant_xps.shifts import SHIFTS

AXIS = EnergyAxis(0.0, 1300.0, 1.0, label="Binding energy", descending=True)
"""eV: range and channels of the article."""

MARGIN = 40.0
"""Largest shift, eV, of a line in training spectra: offset of the axis (up to 32 eV) and chemistry together."""

PARAMETERS = (
    InstrumentParameter(
        "photon_energy",
        AL_K_ALPHA,
        LOWEST_PHOTON,
        HIGHEST_PHOTON,
        "eV",
        "X-ray source: Al K-alpha or Mg K-alpha",
        Role.RENDERED,
    ),
    InstrumentParameter("resolution", 2.5, 1.2, 6.0, "eV", "Gaussian FWHM of source and analyser"),
    InstrumentParameter(
        "loss_probability", 0.97, 0.0, 0.995, "", "b: integral of the inelastic loss kernel", Role.SAMPLE
    ),
    InstrumentParameter(
        "loss_constant", 100.0, 20.0, 3000.0, "eV^2", "C of the Tougaard kernel T/(C+T^2)^2", Role.SAMPLE
    ),
    InstrumentParameter("transmission_exponent", 0.3, -1.0, 1.0, "", "q: transmission and mean free path go as KE^q"),
    InstrumentParameter("plasmon_weight", 0.0, 0.0, 0.6, "", "share of losses in the loss peak", Role.SAMPLE),
    InstrumentParameter("plasmon_energy", 22.0, 5.0, 35.0, "eV", "position of the loss peak", Role.SAMPLE),
    InstrumentParameter("plasmon_width", 8.0, 2.0, 20.0, "eV", "FWHM of the loss peak", Role.SAMPLE),
    InstrumentParameter("source_satellites", 0.0, 0.0, 1.5, "", "K-alpha 3 to 6 of a source without monochromator"),
    InstrumentParameter(
        "charged_share", 0.0, 0.0, 0.6, "", "share of the sample that is charged differently", Role.SAMPLE
    ),
    InstrumentParameter(
        "charged_shift", 4.0, -12.0, 12.0, "eV", "by how much that share's lines are moved", Role.SAMPLE
    ),
    InstrumentParameter(
        "overlayer", 0.0, 0.0, 5.0, "", "layer or gas above the sample, in mean free paths", Role.SAMPLE
    ),
    InstrumentParameter("overlayer_loss", 22.0, 10.0, 30.0, "eV", "most likely loss in that layer or gas", Role.SAMPLE),
    InstrumentParameter(
        "nitrogen_gas", 0.0, 0.0, 2.0, "", "N 1s of nitrogen gas over all lines of the sample", Role.SAMPLE
    ),
    InstrumentParameter(
        "oxygen_gas", 0.0, 0.0, 2.0, "", "O 1s of oxygen gas over all lines of the sample", Role.SAMPLE
    ),
    InstrumentParameter("gas_shift", 0.0, -6.0, 6.0, "eV", "of gas lines: work function of the analyser"),
)

"""Defaults and ranges come from fits of public surveys and from handbooks (docs/explanation/physics-xps.md)."""

_WEIGHTS = Path(str(files("specquant_xps").joinpath("weights")))
_OFFSET_MODEL = _WEIGHTS / "offset.safetensors"

FIT = FitSettings(
    priors=FitPriors.as_drawn(
        RECIPES["field"],
        (
            "resolution",
            "loss_probability",
            "loss_constant",
            "transmission_exponent",
            "plasmon_weight",
            "plasmon_energy",
            "plasmon_width",
            "source_satellites",
            "overlayer",
            "nitrogen_gas",
            "oxygen_gas",
            "gas_shift",
        ),
        lines=True,
        doubled=("charged_share", "charged_shift"),
        separate=("core",),
        model_error=0.03,
        shape_errors={"main": 0.1, "core": 0.1, "auger": 0.2, "auger_deep": 0.2, "valence": 0.2, "plasmon": 0.2},
        chemical_shifts=True,
        scales={"loss_probability": "repeated", "loss_constant": "logarithm", "overlayer": "exponential"},
    ),
    decisions=FitDecisions(
        proposal=1.0,
        tails=4.0,
        least=0.005,
        false_alarms=0.05,
        significance=6.0,
        poor=20.0,
        widening=1.2,
        faint=1.8,
    ),
)
"""Instrument parameters, the axis, and strengths and places of groups of lines are free as recipe `field` draws them.
`widening` and `faint` are by how much intervals were too narrow on synthetic spectra, of all and of those of which
peaks say little (docs/decisions/0059-faint-peaks.md); of the network's errors on fresh spectra 3.7
and 0.9 % lie beyond 3 and 6 deviations, and of a t of `tails` degrees of freedom 4.0 and 0.4 % (0.3 and 0 % of a
Gaussian); `significance` trades measured against synthetic spectra (docs/results/xps.md); misfits of measured surveys
are 4 to 19, below `poor`. The rest was chosen."""

EXAMPLES = (
    ProbeExample("C", (285.0,), "A single peak at 285 eV is read as carbon, 100 at%", least=0.95),
    ProbeExample("F", (30.0, 685.0, 832.0), "Fluorine is read at 685 eV (1s), 832 eV (KLL) and 30 eV (2s)", least=0.05),
    ProbeExample(
        "Cd",
        (406.0, 617.0),
        "Cadmium is read at 617 eV (3p), since 406 eV belongs to scandium",
        readers=("Sc", "Cd"),
    ),
    ProbeExample("Sc", (406.0,), "Scandium owns 406 eV (2p), where cadmium has its strongest line (3d)"),
)
"""The article's statements; what it says in words has a number here: "100 at%" is 95 at% or more, and fluorine is read
where it gets 5 at%, four times an even share among all elements."""


EXAMPLE = ExampleSpectrum(
    Path(str(files("specquant_xps").joinpath("data/example-xps.vms"))),
    "A survey of titanium dioxide under a little carbon, Ti 26 O 56 C 18 at%",
)
"""``python docs/examples.py`` makes it."""


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
        default_recipe="field",
        parameters=PARAMETERS,
        chemical_shift=chemical_shifts(),
        margin=MARGIN,
        render=render,
        response=LossResponse,
        orient=orient,
        fit=FIT,
        narrow_scans=narrow_answer,
        shifts=SHIFTS,
        reporting=REPORTING,
        models=_shipped_models(),
        offset_model=_OFFSET_MODEL if _OFFSET_MODEL.is_file() else None,
        examples=EXAMPLES,
        example=EXAMPLE,
    )


def _shipped_models() -> dict[str, Path]:
    return {path.stem: path for path in sorted(_WEIGHTS.glob("*.safetensors")) if path != _OFFSET_MODEL}
