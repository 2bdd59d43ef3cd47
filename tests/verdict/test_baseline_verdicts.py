"""Library fits listen to what the network says of a spectrum, since nobody learned when they err."""

from functools import cache

import numpy as np
import pytest

import specquant
from specquant.session import Session
from specquant.verdict import Ground, Judgement, Verdict
from specquant.verdict.disagreement import against_network

STATED = {"xps": {}, "eds": {"beam_energy": 15000.0, "take_off_angle": 35.0}}


@cache
def opened(technique: str) -> Session:
    return specquant.open(technique, **STATED[technique])


def nonsense(channels: int) -> dict[str, np.ndarray]:
    walk = np.abs(np.cumsum(np.random.default_rng(0).normal(size=channels)))
    numbers = np.arange(channels)
    return {
        "ramp": np.linspace(100.0, 1e4, channels),
        "waves": 1000.0 + 900.0 * np.sin(numbers / 7.0),
        "walk": 50.0 * walk + 100.0,
        "hump": 50.0 + 3000.0 * np.exp(-0.5 * ((numbers - 0.4 * channels) / 60.0) ** 2),
    }


def judged(technique: str, counts: np.ndarray, method: str) -> Judgement:
    energy = opened(technique).technique.axis.centres
    result = opened(technique).quantify((energy, counts), method=method)
    return result.files[0].judgements(method)[0]


@pytest.mark.parametrize("method", ["nnls", "poisson"])
@pytest.mark.parametrize("technique", ["xps", "eds"])
@pytest.mark.parametrize("kind", ["ramp", "waves", "walk", "hump"])
def test_nonsense_is_not_good(technique: str, kind: str, method: str) -> None:
    one = judged(technique, nonsense(opened(technique).technique.axis.size)[kind], method)
    assert one.verdict is not Verdict.GOOD
    assert {reason.ground for reason in one.reasons} & {Ground.UNLIKE, Ground.DISAGREEMENT}


def test_two_answers_that_differ_by_more_than_good_ones_are_a_doubt() -> None:
    assert list(against_network(0.29)) == list(against_network(float("nan"))) == []
    (reason,) = against_network(0.5)
    assert (
        reason.text == "the method and the network differ by 50 % of all atoms: one of them is wrong by 25 % at least"
    )
    assert reason.verdict is Verdict.DOUBTFUL
