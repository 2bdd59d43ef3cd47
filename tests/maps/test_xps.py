"""Maps of surveys: imaging XPS goes the way of every map."""

from dataclasses import replace

import numpy as np
import pytest

from mapmaking import drawn, raw_map, spectrum
from specquant.maps import quantify_map
from specquant.session import open_session

SILICA, ALUMINA = {"Si": 0.3, "O": 0.6, "C": 0.1}, {"Al": 0.36, "O": 0.54, "C": 0.1}
GRAIN = {"Ti": 0.25, "O": 0.5, "Ag": 0.25}


@pytest.mark.parametrize("kinetic", [False, True])
def test_phases_of_a_map_of_surveys_have_their_composition(kinetic: bool) -> None:
    session = open_session("xps")
    labels = np.zeros((32, 40), int)
    labels[:, 20:] = 1
    labels[14:18, 8:13] = 2
    made = [spectrum(session, fraction) for fraction in (SILICA, ALUMINA, GRAIN)]
    raw = replace(raw_map(session, drawn(made, labels, 3000.0, 1)), stated={"photon_energy": 1486.6})
    if kinetic:
        raw = replace(raw, energy=1486.6 - raw.energy[::-1], counts=raw.counts[..., ::-1])
    result = quantify_map(session, raw)
    assert set(result.symbols) == {*SILICA, *ALUMINA, *GRAIN}
    assert len(result.plan.phases) == 3
    found = result.dataset
    for number, fraction in enumerate((SILICA, ALUMINA, GRAIN)):
        there = labels == number
        phases = found["phase"].values[there]
        assert (phases == np.bincount(phases).argmax()).mean() > 0.99
        for symbol, truth in fraction.items():
            of_element = found.sel(element=symbol)
            assert abs(float(of_element["fraction"].values[there].mean()) - truth) < 0.05
            holds = (of_element["lower"].values <= truth) & (truth <= of_element["upper"].values)
            assert holds[there].mean() > 0.85
