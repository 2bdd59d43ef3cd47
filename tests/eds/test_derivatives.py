import numpy as np
import pytest

from specquant.technique import EnergyAxis, LinearisingResponse
from specquant_eds import detector
from specquant_eds.instrument import defaults
from specquant_eds.response import DetectorResponse, ScaleDistortion

AXIS = EnergyAxis(0.0, 20_000.0, 10.0)
VALUES = defaults() | {"window_grid": 0.1, "offset": 3.3, "gain": 1.037e-3, "pile_up": 0.01, "noise": 63.0}
NUDGES = {"offset": 1e-4, "gain": 1e-8, "nonlinearity": 1e-6, "noise": 1e-3, "tail": 1e-4, "pile_up": 1e-6}
NUDGES |= {"active_layer": 1e-5, "window_grid": 1e-5, "nitride_window": 1e-3, "dead_layer": 1e-3}


def photons(*energies: float) -> np.ndarray:
    """Return lines of 10^5 photons over a slope."""
    lines = [np.exp(-0.5 * ((AXIS.centres - energy) / 25.0) ** 2) for energy in energies]
    return np.asarray(1e5 * np.sum(lines, axis=0) + 300.0 * np.exp(-AXIS.centres / 4000.0))


BARE = photons(280.0, 525.0, 1740.0, 6400.0)
CHANGES = np.array([photons(280.0), photons(1740.0, 6400.0), BARE])


def seen(response: LinearisingResponse, bare: np.ndarray, **values: float) -> np.ndarray:
    settings = {name: np.array([value]) for name, value in (VALUES | values).items()}
    return np.asarray(response(bare[None], settings)[0])


@pytest.mark.parametrize("maker", [DetectorResponse, ScaleDistortion])
@pytest.mark.parametrize(("precision", "close"), [(np.float64, 1e-7), (np.float32, 3e-6)])
def test_changes_and_derivatives_are_those_of_the_response(maker: type, precision: type, close: float) -> None:
    response = maker(AXIS)
    spectrum, rows, slopes = response.linearised(BARE, CHANGES.astype(precision), VALUES, list(NUDGES))
    np.testing.assert_array_equal(spectrum, seen(response, BARE))
    for change, row in zip(CHANGES, rows, strict=True):
        by_difference = (seen(response, BARE + 1e-3 * change) - seen(response, BARE - 1e-3 * change)) / 2e-3
        np.testing.assert_allclose(row, by_difference, atol=close * np.abs(by_difference).max())
    for (name, nudge), slope in zip(NUDGES.items(), slopes, strict=True):
        ends = [seen(response, BARE, **{name: VALUES[name] + sign * nudge}) for sign in (1, -1)]
        by_difference = (ends[0] - ends[1]) / (2 * nudge)
        np.testing.assert_allclose(slope, by_difference, atol=1e-4 * np.abs(by_difference).max(), err_msg=name)


def test_noise_at_its_least_still_has_a_derivative() -> None:
    values = VALUES | {"noise": 36.0}
    (slope,) = DetectorResponse(AXIS).linearised(BARE, CHANGES, values, ["noise"])[2]
    by_difference = (
        seen(DetectorResponse(AXIS), BARE, noise=36.001) - seen(DetectorResponse(AXIS), BARE, noise=36.0)
    ) / 1e-3
    np.testing.assert_allclose(slope, by_difference, atol=1e-3 * np.abs(by_difference).max())


def test_escape_peaks_lie_where_they_should_on_axes_with_other_channels() -> None:
    axis = EnergyAxis(0.0, 20_000.0, 8.0)
    line = np.exp(-0.5 * ((axis.centres - 6400.0) / 40.0) ** 2)
    values = {name: np.array([value]) for name, value in (VALUES | {"offset": 0.0, "gain": 0.0}).items()}
    counts = DetectorResponse(axis)(line[None], values | {"nonlinearity": np.zeros(1), "pile_up": np.zeros(1)})[0]
    below = np.abs(axis.centres - 6400.0 + detector.SILICON_KA) < 250.0
    peak = np.where(below, counts, 0.0)
    assert float(axis.centres @ peak / peak.sum()) == pytest.approx(6400.0 - detector.SILICON_KA, abs=15.0)
