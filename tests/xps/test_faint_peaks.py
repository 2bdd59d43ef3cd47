"""What 90 % intervals of found elements hold where peaks say little, of surveys under thick overlayers.

``pytest -m long -s tests/xps/test_faint_peaks.py`` prints a table of docs/decisions/0059-faint-peaks.md.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from specquant.fits import Hybrid
from specquant.fits.conclusions import faint
from specquant.fits.presence.evidence import CLEAR, evidence
from specquant.quantifiers import Estimate, PerInstrument
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.technique import Floats

pytestmark = pytest.mark.long

SURVEYS, SEED = 1920, 9501

THICK = 2.3
"""Mean free paths of an overlayer; of surveys under thinner ones peaks say little in less than one of a hundred."""

EDGES = (0.0, 6.0, CLEAR, 15.0, 30.0)
"""Standard errors by which the elements of a fit stand out together."""


def covered(session: Session) -> Iterator[tuple[Spectra, Floats]]:
    """Yield fresh surveys under thick overlayers, each with its true fractions (element,)."""
    synthesizer = session.synthesizer(session.recipe("field"), SEED, "evaluation")
    for first in range(0, SURVEYS, 240):
        drawn = synthesizer.spectra(first, 240)
        thick = drawn["parameter_value"].sel(instrument_parameter="overlayer").values > THICK
        for row in np.flatnonzero(thick).tolist():
            one = drawn.isel(sample=[row])
            yield Spectra.of(one, session.technique, "test"), one["fraction"].values[0]


def inside(answer: Estimate, truth: Floats) -> Floats:
    """Return whether the true fraction of each found element lies in its interval."""
    held = (truth >= answer.lower[0] - 5e-4) & (truth <= answer.upper[0] + 5e-4)
    return np.asarray(held[answer.fraction[0] > 0.0], dtype=np.float64)


def test_intervals_hold_what_they_state_where_peaks_say_little(monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_session("xps")
    method = session.methods(["hybrid"])["hybrid"]
    assert isinstance(method, PerInstrument)
    table: list[tuple[float, Floats, Floats]] = []
    for spectra, truth in covered(session):
        values = {name: float(column[0]) for name, column in spectra.parameters(session.technique).items()}
        hybrid = method.at(values)
        assert isinstance(hybrid, Hybrid)
        fit = hybrid.with_fits(spectra)[1][0]
        if fit is not None:
            held = [inside(hybrid.answer(spectra), truth)]
            with monkeypatch.context() as changed:
                changed.setattr(faint, "CLEAR", 0.0)
                held.append(inside(hybrid.answer(spectra), truth))
            table.append((evidence(fit).together, held[0], held[1]))
    print(f"\n{'stand out':>12}{'surveys':>9}{'found':>7}{'held':>8}{'by errors of the fit':>22}")
    for low, high in (*pairwise(EDGES), (0.0, CLEAR)):
        some = [(wide, narrow) for together, wide, narrow in table if low <= together < high]
        wide, narrow = (np.concatenate(each) for each in zip(*some, strict=True))
        print(f"{f'{low:g} to {high:g}':>12}{len(some):>9}{wide.size:>7}{wide.mean():>8.3f}{narrow.mean():>22.3f}")
    assert narrow.mean() < 0.75
    assert 0.8 < wide.mean() < 0.96  # 0.90 is stated; of a hundred elements 0.03 is one standard error
