"""Answers and a run of the toy technique, made up, for tests of reports."""

import numpy as np
import xarray as xr

from specquant.elements import weight_fractions
from specquant.evaluation import Summary
from specquant.explainers import ExampleResult, ProbedPosition, readings
from specquant.learning.card import ModelCard
from specquant.notes import Note, NoteKind
from specquant.quantifiers import Modelled
from specquant.report import RunResults, SampleResult
from specquant.spectra import Spectra
from specquant.technique import Technique


def composition(technique: Technique, fraction: list[float], bounds: tuple[float, float] | None) -> xr.Dataset:
    """Return a COMPOSITION of one sample."""
    dims, values = ("sample", "element"), np.array([fraction])
    lower, upper = bounds or (np.nan, np.nan)
    return xr.Dataset(
        {
            "fraction": (dims, values),
            "lower": (dims, np.full_like(values, lower)),
            "upper": (dims, np.full_like(values, upper)),
            "presence": (dims, values >= 0.01),
            "weight_fraction": (dims, weight_fractions(values, technique.elements)),
        },
        coords={"sample": ["s"], "element": list(technique.elements)},
    )


def sample_of(technique: Technique, name: str = "film", explained: bool = True) -> SampleResult:
    """Return a quantified spectrum."""
    energy, elements = technique.axis.centres, list(technique.elements)
    spectra = Spectra(np.full((1, energy.size), 50.0), (energy >= 20)[None], np.zeros((1, 0)))
    weight = np.zeros((1, len(elements), 2))
    weight[0, 3] = (0.31, -0.12)
    lime = xr.Dataset(
        {
            "weight": (("sample", "element", "segment"), weight),
            "fidelity": (("sample", "element"), np.array([[np.nan, np.nan, np.nan, 0.87, np.nan, np.nan]])),
            "stability": (("sample", "element"), np.array([[np.nan, np.nan, np.nan, 0.76, np.nan, np.nan]])),
        },
        coords={
            "sample": ["s"],
            "element": elements,
            "label": ("segment", ["C main", "background"]),
            "start": ("segment", [106.0, 120.0]),
            "stop": ("segment", [118.0, 140.0]),
        },
    )
    return SampleResult(
        file="data/film.csv",
        name=name,
        notes=(Note(NoteKind.CORRECTION, "axis reversed", "axis"),),
        spectra=spectra,
        compositions={
            "cnn": composition(technique, [0.0, 0.0, 0.004, 0.396, 0.0, 0.6], (0.111, 0.222)),
            "nnls": composition(technique, [0.05, 0.0, 0.0, 0.35, 0.0, 0.6], None),
        },
        modelled=Modelled(
            elements=("O", "C"),
            parts=np.stack([np.full(energy.size, 20.0), np.full(energy.size, 18.0)]),
            background=np.full(energy.size, 10.0),
            deviation=np.full(energy.size, 7.0),
            moved=np.zeros(2),
            is_fit=True,
        ),
        truth=np.array([0.0, 0.02, 0.0, 0.38, 0.0, 0.6]),
        lime=lime if explained else None,
    )


def run_of(toy: Technique) -> RunResults:
    """Return what a run of the toy technique found out."""
    energy, elements = toy.axis.centres, list(toy.elements)
    main = np.array([next(p.energy for p in toy.peaks if p.element == symbol) for symbol in elements])
    attribution = xr.Dataset(
        {"response": (("probe_energy", "element"), np.exp(-((energy[:, None] - main[None]) ** 2) / 20))},
        coords={"probe_energy": energy, "element": elements},
        attrs={"probe_width": 3.0},
    )
    card = ModelCard(
        "vanilla_cnn", "toy", "field", toy.elements, (0.0, 200.0, 1.0), {}, 4096, 7, 0.97, {}, {"width": 8}, "0.1.0"
    )
    positions = (
        ProbedPosition(112.0, 0.99, "C", 0.99, "C", 0.99, True),
        ProbedPosition(60.0, 0.1, "Be", 0.8, "C", 0.1, False),
    )
    return RunResults(
        technique=toy,
        card=card,
        accuracy={
            "field": {
                "cnn": Summary(64, 0.973, 0.97, 0.011, 0.2, 0.3, 0.0123, 0.1, 0.2, 0.905),
                "nnls": Summary(64, 0.9, 0.9, 0.02, 0, 1, 0.03, 0, 1, np.nan),
            }
        },
        attribution=attribution,
        examples=(ExampleResult("C", "Carbon is read at 112 eV & 60 eV", positions),),
        readings=readings(toy, attribution),
        samples=(sample_of(toy),),
        seconds={"training": 200.0, "report": float("nan")},
        command="specquant run --technique toy",
    )
