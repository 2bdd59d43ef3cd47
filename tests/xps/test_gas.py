"""Lines of the gas around a sample lie where the work function of the analyser puts them, and are no elements of it."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.session import open_session

SAMPLE = {"Ni": 0.6, "O": 0.3, "C": 0.1}

COUNTS = 2e4
"""Counts of the highest channel."""


@pytest.mark.parametrize("off", [0.0, -2.7, 3.0])
def test_nitrogen_around_a_sample_is_not_of_it(off: float) -> None:
    session = open_session("xps")
    technique = session.technique
    model = ForwardModel(*session.shelf.default)
    fraction = np.array([SAMPLE.get(symbol, 0.0) for symbol in technique.elements])
    size = technique.axis.size
    values = {**technique.defaults(), **model.priors.usual, "nitrogen_gas": 0.03, "gas_shift": off}
    point = nominal_point(model, Target(np.ones(size), np.ones(size, dtype=bool), values), fraction)
    point = replace(point, chemical=model.chemical[:, 0].copy())
    spectrum = model.spectrum(point, model.families(np.flatnonzero(fraction)))
    counts = np.random.default_rng(1).poisson(COUNTS * spectrum / spectrum.max()).astype(float)
    composition = session.quantify((technique.axis.centres, counts)).files[0].compositions["hybrid"]
    nitrogen, nickel = composition["fraction"].sel(element=["N", "Ni"]).values[0]
    assert nitrogen < 0.01
    assert nickel == pytest.approx(SAMPLE["Ni"], abs=0.12)
