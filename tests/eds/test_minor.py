"""A heavy element of one per cent by weight is a few atoms in a thousand: it is found where its line stands free."""

import numpy as np

from specquant.library import MixedLibrary
from specquant.session import open_session
from specquant.spectra import Spectra

GLASS = {"O": 0.6285, "Si": 0.26, "Ba": 0.095, "Zn": 0.015, "Pb": 0.0015}
"""Of barium and silicon, with 1 per cent by weight of lead."""

COUNTS = 7e6


def test_one_per_cent_of_lead_by_weight_is_found() -> None:
    session = open_session("eds")
    technique = session.technique
    fraction = np.array([GLASS.get(symbol, 0.0) for symbol in technique.elements])
    exact = MixedLibrary(technique, session.library).spectrum(fraction, technique.defaults())
    seen = technique.axis.centres >= 150.0
    counts = np.random.default_rng(3).poisson(exact * COUNTS / exact.sum()) * seen
    stated = np.array([[technique.defaults()[parameter.name] for parameter in technique.stated]])
    answer = session.quantify(Spectra(counts[None].astype(float), seen[None], stated)).to_dataset().isel(sample=0)
    found = dict(zip(answer["element"].values.tolist(), answer["fraction"].values.tolist(), strict=True))
    assert {symbol for symbol, share in found.items() if share > 0} == set(GLASS)
    assert abs(found["Pb"] - GLASS["Pb"]) < 0.0004
