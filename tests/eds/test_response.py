import numpy as np
import pytest
import torch

from responses import check_broadcasting
from specquant.technique import EnergyAxis
from specquant_eds import detector
from specquant_eds.instrument import defaults
from specquant_eds.response import DetectorResponse, ScaleDistortion
from specquant_eds.stages import PRIMARY_NOISE

AXIS = EnergyAxis(0.0, 20_000.0, 10.0)
E = AXIS.centres
IDEAL = defaults() | {
    **dict.fromkeys((*detector.LAYERS, "window_grid", "tail", "pile_up", "offset", "gain", "nonlinearity"), 0.0),
    "noise": PRIMARY_NOISE,
    "active_layer": 5.0,
}


@pytest.fixture(scope="module")
def response() -> DetectorResponse:
    return DetectorResponse(AXIS)


def bare(*energies: float, counts: float = 1000.0) -> np.ndarray:
    """Return lines as wide as Fano statistics and PRIMARY_NOISE make them."""
    spectrum = np.zeros(AXIS.size)
    for energy in energies:
        sigma = float(detector.fwhm(np.array(energy), PRIMARY_NOISE)) / 2.3548
        spectrum += counts * np.exp(-0.5 * ((E - energy) / sigma) ** 2) * AXIS.step / sigma / np.sqrt(2 * np.pi)
    return spectrum


def seen(response: DetectorResponse, spectrum: np.ndarray, **values: float) -> np.ndarray:
    """Return what a detector makes of one spectrum, by numpy; torch gives the same."""
    settings = {name: np.array([value], dtype=np.float32) for name, value in (IDEAL | values).items()}
    photons = spectrum[None].astype(np.float32)
    counts = response(photons, settings)
    assert counts.dtype == np.float32
    by_torch = response(torch.from_numpy(photons), {name: torch.from_numpy(each) for name, each in settings.items()})
    np.testing.assert_allclose(counts, by_torch.numpy(), rtol=1e-3, atol=2e-6 * counts.max())
    return np.asarray(counts[0], dtype=np.float64)


def centroid(spectrum: np.ndarray, low: float, high: float) -> float:
    inside = (low < E) & (high > E)
    return float(spectrum[inside] @ E[inside] / spectrum[inside].sum())


def test_an_ideal_detector_counts_every_photon(response: DetectorResponse) -> None:
    spectrum = bare(1000.0, 1700.0, 5000.0)
    counts = seen(response, spectrum)
    assert counts.sum() == pytest.approx(spectrum.sum(), rel=1e-3)


def test_below_the_silicon_edge_an_ideal_detector_changes_nothing(response: DetectorResponse) -> None:
    spectrum = bare(1000.0)
    np.testing.assert_allclose(seen(response, spectrum), spectrum, atol=1e-3 * spectrum.max())


def test_tail_and_noise_lose_no_counts(response: DetectorResponse) -> None:
    spectrum = bare(3000.0)
    assert seen(response, spectrum, tail=2.0, noise=80.0).sum() == pytest.approx(spectrum.sum(), rel=2e-3)


def test_efficiency_is_that_of_the_detector_module(response: DetectorResponse) -> None:
    values = defaults() | {"noise": PRIMARY_NOISE, "tail": 0.0, "pile_up": 0.0, "nonlinearity": 0.0, "window_grid": 0.2}
    for energy in (525.0, 1041.0, 1500.0, 15_000.0):
        counts = seen(response, bare(energy), **values).sum()
        assert counts == pytest.approx(1000 * float(detector.efficiency(np.array(energy), values)), rel=0.01)


@pytest.mark.parametrize("energy", [1740.0, 5899.0, 8048.0])
def test_resolution_is_what_was_asked_for(response: DetectorResponse, energy: float) -> None:
    counts = seen(response, bare(energy), noise=60.0)
    near = np.abs(E - energy) < 200
    sigma = np.sqrt(counts[near] @ (E[near] - centroid(counts, energy - 200, energy + 200)) ** 2 / counts[near].sum())
    assert 2.3548 * sigma == pytest.approx(float(detector.fwhm(np.array(energy), 60.0)), rel=0.02)


@pytest.mark.parametrize(
    ("values", "shift"), [({"offset": 7.0}, 7.0), ({"offset": -13.0}, -13.0), ({"gain": 2e-3}, 10.0)]
)
def test_scale_errors_move_peaks_by_what_is_asked(
    response: DetectorResponse, values: dict[str, float], shift: float
) -> None:
    before, after = (seen(response, bare(5000.0), **settings) for settings in ({}, values))
    assert centroid(after, 4600, 5400) - centroid(before, 4600, 5400) == pytest.approx(shift, abs=0.3)


@pytest.mark.parametrize("energy", [525.0, 1740.0, 8048.0])
def test_nonlinearity_moves_peaks_along_its_curve(response: DetectorResponse, energy: float) -> None:
    before, after = (seen(response, bare(energy), nonlinearity=value) for value in (0.0, 1.0))
    moved = centroid(after, energy - 300, energy + 300) - centroid(before, energy - 300, energy + 300)
    assert moved == pytest.approx(float(detector.scale_error(np.array(energy))), abs=0.5)


def test_escape_peak_lies_one_silicon_photon_lower(response: DetectorResponse) -> None:
    counts = seen(response, bare(6404.0))
    escaped = counts[np.abs(E - 4664) < 200].sum()
    assert escaped / 1000 == pytest.approx(float(detector.escape_share(np.array(6404.0))), rel=0.02)
    assert centroid(counts, 4464, 4864) == pytest.approx(6404 - 1740, abs=2.0)


def test_nothing_escapes_from_a_soft_line(response: DetectorResponse) -> None:
    assert seen(response, bare(1700.0))[:100].max() < 1e-3


@pytest.mark.parametrize("energy", [2308.0, 6404.0])
def test_silicon_of_the_detector_fluoresces(response: DetectorResponse, energy: float) -> None:
    counts = seen(response, bare(energy), tail=0.0)
    near = np.abs(E - detector.SILICON_KA) < 200
    assert counts[near].sum() == pytest.approx(detector.FLUORESCENCE_SHARE * 1000, rel=0.02)
    assert E[near] @ counts[near] / counts[near].sum() == pytest.approx(detector.SILICON_KA, abs=1.0)


def test_silicon_of_the_detector_does_not_fluoresce_below_its_edge(response: DetectorResponse) -> None:
    assert seen(response, bare(1254.0), tail=0.0)[np.abs(E - detector.SILICON_KA) < 200].max() < 1e-3


def test_tail_lies_on_the_low_side(response: DetectorResponse) -> None:
    without, with_tail = (seen(response, bare(3000.0), tail=tail) for tail in (0.0, 1.0))
    more = with_tail - without
    assert more[(E > 2500) & (E < 2850)].sum() > 0.2 * 1000 * float(detector.tail_share(np.array(3000.0)))
    assert np.abs(more[E > 3250]).max() < 0.01


def test_tail_has_the_asked_share(response: DetectorResponse) -> None:
    counts = seen(response, bare(1500.0), tail=1.0)
    share = float(detector.tail_share(np.array(1500.0)))
    below = (E > 1500 - 800) & (E < 1500 - 150)
    expected = share * (np.exp(-150 / detector.TAIL_LENGTH) - np.exp(-800 / detector.TAIL_LENGTH))
    assert counts[below].sum() / 1000 == pytest.approx(expected, rel=0.25)


def test_two_equal_lines_pile_up_at_their_sums(response: DetectorResponse) -> None:
    counts = seen(response, bare(4500.0, 7000.0), pile_up=0.02)
    shares = [counts[np.abs(E - energy) < 350].sum() / counts.sum() for energy in (9000.0, 11_500.0, 14_000.0)]
    # of all pairs a quarter is of the first line, a quarter of the second and half of both
    assert shares == pytest.approx([0.005, 0.010, 0.005], rel=0.06)


def test_soft_lines_pile_up_more(response: DetectorResponse) -> None:
    soft, hard = (seen(response, bare(energy), pile_up=0.01) for energy in (1500.0, 4500.0))
    ratio = soft[np.abs(E - 3000) < 250].sum() / hard[np.abs(E - 9000) < 350].sum()
    assert ratio == pytest.approx(float(detector.pile_up_weight(np.array(1500.0))) ** 2, rel=0.05)


def test_sum_peaks_lie_right_on_an_axis_that_does_not_start_at_zero() -> None:
    axis = EnergyAxis(200.0, 20_000.0, 10.0)
    counts = seen(DetectorResponse(axis), bare(4500.0)[20:], pile_up=0.02)
    assert axis.centres[400:][counts[400 + 100 :].argmax() + 100] > 4000
    sums = np.where(axis.centres > 8000, counts, 0.0)
    assert axis.centres[sums.argmax()] == pytest.approx(9000.0, abs=20.0)


def test_every_spectrum_has_its_own_detector(response: DetectorResponse) -> None:
    spectra = torch.tensor(np.stack([bare(3000.0), bare(3000.0)]), dtype=torch.float32)
    settings = {name: torch.full((2,), float(value)) for name, value in IDEAL.items()}
    settings["noise"] = torch.tensor([40.0, 80.0])
    sharp, wide = response(spectra, settings).numpy()
    assert sharp.max() > 1.2 * wide.max()


def test_an_empty_spectrum_stays_empty(response: DetectorResponse) -> None:
    assert not seen(response, np.zeros(AXIS.size), pile_up=0.05, tail=1.0).any()


def distorted(spectrum: np.ndarray, **values: float) -> np.ndarray:
    settings = {name: torch.tensor([float(value)]) for name, value in (IDEAL | values).items()}
    counts = ScaleDistortion(AXIS)(torch.tensor(spectrum[None], dtype=torch.float32), settings)
    return np.asarray(counts[0].numpy(), dtype=np.float64)


def test_a_measured_shape_is_left_alone_by_the_window_and_the_noise() -> None:
    spectrum = bare(525.0, 3000.0)
    np.testing.assert_allclose(
        distorted(spectrum, dead_layer=300.0, noise=100.0, nonlinearity=2.0), spectrum, atol=1e-2
    )


def test_a_measured_shape_is_moved_and_piles_up_as_any_other() -> None:
    counts = distorted(bare(4500.0), offset=6.0, pile_up=0.02)
    assert centroid(counts, 4200, 4800) == pytest.approx(4506.0, abs=0.3)
    assert counts[np.abs(E - 9006) < 350].sum() / counts.sum() == pytest.approx(0.02, rel=0.06)


def test_one_row_serves_for_many_values_and_one_value_for_many_rows(technique) -> None:
    check_broadcasting(DetectorResponse(technique.axis), technique)
