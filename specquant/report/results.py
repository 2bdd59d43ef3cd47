"""What a report is made from: one frozen record per part, filled by those above."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from specquant.evaluation import Summary
from specquant.learning.card import ModelCard
from specquant.notes import Note
from specquant.quantifiers import Modelled
from specquant.spectra import Spectra
from specquant.technique import Floats, NarrowAnswer, Technique
from specquant.verdict import Judgement, judgements_of

if TYPE_CHECKING:
    from specquant.explainers import ExampleResult, Reading


@dataclass(frozen=True)
class SampleResult:
    """One quantified spectrum.

    Parameters
    ----------
    file
        The file, as given on the command line.
    name
        The spectrum's name in the file.
    notes
        What a person has to know of it.
    spectra
        The spectrum as the methods had it, alone.
    compositions
        Per method, COMPOSITION with one sample; the first is the one the report is about.
    modelled
        The spectrum as the first method models it: its fit, or rebuilt from its composition; None: nothing is shown.
    truth
        Known fractions (element,), or None.
    lime
        ATTRIBUTION with weight and fidelity of this spectrum, or None.
    narrow
        The answer by the narrow scans beside the spectrum, or None.
    """

    file: str
    name: str
    notes: tuple[Note, ...]
    spectra: Spectra
    compositions: Mapping[str, xr.Dataset]
    modelled: Modelled | None
    truth: Floats | None = None
    lime: xr.Dataset | None = None
    narrow: NarrowAnswer | None = None

    @property
    def judgement(self) -> Judgement:
        """Verdict and reasons on the answer of the first method."""
        return judgements_of(next(iter(self.compositions.values())))[0]

    @property
    def is_shown(self) -> bool:
        """Whether there is a composition to show."""
        return bool(np.isfinite(next(iter(self.compositions.values()))["fraction"].values).all())


@dataclass(frozen=True)
class RunResults:
    """All that a run found out.

    Accuracy is by recipe and method, on freshly drawn spectra; `attribution` the Feature Importance Spectrum of
    every element (ATTRIBUTION with response). The samples are the quantified files, and one synthetic example.
    """

    technique: Technique
    card: ModelCard
    accuracy: Mapping[str, Mapping[str, Summary]]
    attribution: xr.Dataset
    examples: "tuple[ExampleResult, ...]"
    readings: "tuple[Reading, ...]"
    samples: tuple[SampleResult, ...]
    seconds: Mapping[str, float]
    command: str
