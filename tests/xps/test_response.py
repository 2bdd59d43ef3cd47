"""Losses, resolution and transmission, against sums written out in numpy."""

import numpy as np
import pytest
import torch
from scipy.special import erf

from responses import check_broadcasting
from specquant.discovery import load_technique
from specquant.technique import EnergyAxis
from specquant_xps.effects import KINETIC_C1S
from specquant_xps.rendering import PRIMARY_FWHM
from specquant_xps.response import GAP, LossResponse

AXIS = EnergyAxis(0.0, 1300.0, 1.0)
TABULATED = np.geomspace(20.0, 3000.0, 96)  # values of C for which the kernel is stored
PLAIN = {
    "photon_energy": 1486.6,
    "resolution": PRIMARY_FWHM,
    "loss_probability": 0.0,
    "loss_constant": float(TABULATED[30]),
    "transmission_exponent": 0.0,
    "plasmon_weight": 0.0,
    "plasmon_energy": 22.0,
    "plasmon_width": 8.0,
    "source_satellites": 0.0,
    "charged_share": 0.0,
    "charged_shift": 4.0,
    "overlayer": 0.0,
    "overlayer_loss": 22.0,
    "nitrogen_gas": 0.0,
    "oxygen_gas": 0.0,
    "gas_shift": 0.0,
}


@pytest.fixture(scope="module")
def response() -> LossResponse:
    return LossResponse(AXIS)


def lines(axis: EnergyAxis, *energies: float, fwhm: float = PRIMARY_FWHM) -> np.ndarray:
    """Gaussian lines of one width, the primary one, and area one, averaged over each channel."""
    edges = np.append(axis.centres - axis.step / 2, axis.stop + axis.step / 2)
    scale = np.sqrt(4 * np.log(2)) / fwhm
    return sum(np.diff(0.5 * erf((edges - energy) * scale)) / axis.step for energy in energies)


def respond(response: LossResponse, *rows: np.ndarray, **values: float) -> np.ndarray:
    """Return the spectra of rows, by numpy; torch gives the same."""
    settings = {name: np.full(len(rows), value, dtype=np.float32) for name, value in (PLAIN | values).items()}
    bare = np.stack(rows).astype(np.float32)
    spectra = response(bare, settings)
    assert spectra.dtype == np.float32
    by_torch = response(torch.from_numpy(bare), {name: torch.from_numpy(each) for name, each in settings.items()})
    np.testing.assert_allclose(spectra, by_torch.numpy(), rtol=1e-3, atol=2e-5 * spectra.max())
    return spectra.astype(np.float64)


def tougaard(axis: EnergyAxis, c: float) -> np.ndarray:
    """K(T) = T / (C + T^2)^2 above the gap, normalised over all T, per channel; integrated by brute force."""
    fine = np.arange(0.0025, 5000.0, 0.005)
    weight = np.where(fine > GAP, fine / (c + fine**2) ** 2, 0.0)
    edges = (np.arange(axis.size + 1) - 0.5) * axis.step
    cumulative = np.interp(edges, fine, np.cumsum(weight) / weight.sum(), left=0.0)
    return np.diff(cumulative)


def gaussian(axis: EnergyAxis, centre: float, fwhm: float) -> np.ndarray:
    sigma = fwhm / np.sqrt(8 * np.log(2))
    offset = axis.step * np.arange(-axis.size + 1, axis.size)
    return axis.step * np.exp(-0.5 * ((offset - centre) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def scatter(spectrum: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolve with a kernel given from -(n-1) to n-1 channels, and keep the axis."""
    return np.convolve(spectrum, kernel)[spectrum.size - 1 : 2 * spectrum.size - 1]


def agree(spectrum: np.ndarray, wanted: np.ndarray, within: float = 0.01) -> None:
    """Compare all but the last channels, to which the series, cut off at the axis, blurs nothing from beyond it."""
    np.testing.assert_allclose(spectrum[:-5], wanted[:-5], rtol=within, atol=7e-4 * wanted.max())


def brute_force(axis: EnergyAxis, primary: np.ndarray, values: dict[str, float]) -> np.ndarray:
    """Sum the series lines + bK*lines + bK*bK*lines + ... term by term, then blur and transmit."""
    kernel = np.concatenate(
        [np.zeros(axis.size - 1), (1 - values["plasmon_weight"]) * tougaard(axis, values["loss_constant"])]
    )
    kernel += values["plasmon_weight"] * gaussian(axis, values["plasmon_energy"], values["plasmon_width"])
    term, total = primary.copy(), primary.copy()
    for _ in range(400):
        term = values["loss_probability"] * scatter(term, kernel)
        total += term
        if term.max() < 1e-7 * total.max():
            break
    if values["resolution"] > PRIMARY_FWHM:
        total = scatter(total, gaussian(axis, 0.0, np.sqrt(values["resolution"] ** 2 - PRIMARY_FWHM**2)))
    kinetic = values["photon_energy"] - axis.centres
    return total * (kinetic / KINETIC_C1S) ** values["transmission_exponent"]


CASES = {
    "usual": {"loss_probability": 0.97, "resolution": 2.5, "transmission_exponent": 0.3},
    "short losses": {"loss_probability": 0.985, "loss_constant": float(TABULATED[3])},
    "long losses": {"loss_probability": 0.9, "loss_constant": float(TABULATED[85]), "transmission_exponent": -0.7},
    "loss peak": {"loss_probability": 0.95, "plasmon_weight": 0.4, "plasmon_energy": 15.0, "plasmon_width": 6.0},
}


@pytest.mark.parametrize("case", CASES)
def test_response_is_the_multiple_scattering_series_within_one_per_cent(response: LossResponse, case: str) -> None:
    values = PLAIN | CASES[case]
    primary = lines(AXIS, 84.0, 285.0, 932.7)
    wanted = brute_force(AXIS, primary, values)
    spectrum = respond(response, primary, **values)[0]
    agree(spectrum, wanted)


def test_response_on_another_step_is_the_series_too() -> None:
    axis = EnergyAxis(0.0, 600.0, 0.5)
    values = PLAIN | CASES["usual"]
    primary = lines(axis, 284.25)
    spectrum = respond(LossResponse(axis), primary, **values)[0]
    agree(spectrum, brute_force(axis, primary, values))


def test_half_the_step_gives_the_same_spectrum(response: LossResponse) -> None:
    fine = EnergyAxis(-0.25, 1300.25, 0.5)
    settings = CASES["usual"]
    coarse = respond(response, lines(AXIS, 285.0), **settings)[0]
    halved = respond(LossResponse(fine), lines(fine, 285.0), **settings)[0].reshape(-1, 2).mean(axis=1)
    agree(halved, coarse, within=0.02)


def test_without_losses_the_area_is_kept(response: LossResponse) -> None:
    spectrum = respond(response, lines(AXIS, 285.0), resolution=3.0)[0]
    assert spectrum.sum() == pytest.approx(1.0, rel=1e-3)


def test_loss_kernel_holds_the_whole_probability(response: LossResponse) -> None:
    # One line at 0 eV: the sum over all channels is 1 + b S + (b S)^2 ... with S the part of the kernel on the axis.
    primary = lines(AXIS, 5.0)
    for c in TABULATED[[0, 50, 95]]:
        b = 0.5
        spectrum = respond(response, primary, loss_probability=b, loss_constant=float(c))[0]
        # what leaves the axis is (C + gap^2) / (C + T^2): below 0.2 % at 1295 eV
        assert spectrum.sum() == pytest.approx(1 / (1 - b), rel=5e-3)


def test_kernel_is_zero_below_the_gap_and_peaks_where_tougaards_does(response: LossResponse) -> None:
    c = float(TABULATED[60])
    spectrum = respond(response, lines(AXIS, 100.0), loss_probability=1e-2, loss_constant=c)[0] - lines(AXIS, 100.0)
    assert abs(spectrum[100]) < 1e-5
    assert np.argmax(spectrum) - 100 == pytest.approx(np.sqrt(c / 3), abs=1.5)


def test_loss_constant_between_two_stored_values_costs_less_than_three_per_cent(response: LossResponse) -> None:
    values = PLAIN | {"loss_probability": 0.97, "loss_constant": float(np.sqrt(TABULATED[40] * TABULATED[41]))}
    primary = lines(AXIS, 285.0)
    spectrum = respond(response, primary, **values)[0]
    agree(spectrum, brute_force(AXIS, primary, values), within=0.03)


@pytest.mark.parametrize("fwhm", [1.5, 2.5, 4.5, 6.0])
def test_resolution_is_the_full_width_at_half_maximum(fwhm: float) -> None:
    axis = EnergyAxis(260.0, 310.0, 0.1)
    spectrum = respond(LossResponse(axis), lines(axis, 285.0), resolution=fwhm)[0]
    above = axis.centres[spectrum >= spectrum.max() / 2]
    assert np.ptp(above) == pytest.approx(fwhm, abs=0.2)
    assert axis.centres[spectrum.argmax()] == pytest.approx(285.0, abs=0.05)


@pytest.mark.parametrize("exponent", [-1.0, -0.3, 0.0, 0.6, 1.0])
def test_transmission_is_a_power_of_kinetic_energy_that_is_one_at_carbon(
    response: LossResponse, exponent: float
) -> None:
    flat = np.ones(AXIS.size)
    spectrum = respond(response, flat, transmission_exponent=exponent)[0]
    for energy in (100, 700, 1200):
        assert spectrum[energy] == pytest.approx(((1486.6 - energy) / 1202.4) ** exponent, rel=2e-3)
    assert np.interp(1486.6 - 1202.4, AXIS.centres, spectrum) == pytest.approx(1.0, rel=1e-3)


def test_nothing_wraps_round_the_end_of_the_axis(response: LossResponse) -> None:
    spectrum = respond(response, lines(AXIS, 1250.0), loss_probability=0.985, loss_constant=400.0, resolution=4.0)[0]
    assert spectrum[:1201].max() < 1e-3 * spectrum.max()


def test_losses_lie_at_higher_binding_energy_only(response: LossResponse) -> None:
    spectrum = respond(response, lines(AXIS, 600.0), loss_probability=0.97)[0]
    assert spectrum[:590].max() < 1e-3 * spectrum[620]


def test_rows_of_a_batch_do_not_know_of_each_other(response: LossResponse) -> None:
    first, second = lines(AXIS, 285.0), lines(AXIS, 84.0, 932.7)
    settings = {name: np.array([value, value], dtype=np.float32) for name, value in PLAIN.items()}
    settings["loss_probability"] = np.array([0.9, 0.98], dtype=np.float32)
    settings["loss_constant"] = np.array([50.0, 1500.0], dtype=np.float32)
    settings["resolution"] = np.array([1.5, 4.0], dtype=np.float32)
    for name, value in {"source_satellites": 1.0, "charged_share": 0.4, "overlayer": 1.5, "oxygen_gas": 0.3}.items():
        settings[name] = np.array([0.0, value], dtype=np.float32)
    settings["nitrogen_gas"] = np.array([0.3, 0.0], dtype=np.float32)
    both = response(np.stack([first, second]).astype(np.float32), settings)
    for row, primary in enumerate((first, second)):
        alone = {name: float(value[row]) for name, value in settings.items()}
        np.testing.assert_allclose(both[row], respond(response, primary, **alone)[0], rtol=1e-4, atol=1e-6)


def test_response_is_linear_and_never_negative(response: LossResponse) -> None:
    settings = CASES["usual"]
    one, other = lines(AXIS, 285.0), lines(AXIS, 531.0)
    spectra = respond(response, one, other, 2 * one + 3 * other, **settings)
    expected = 2 * spectra[0] + 3 * spectra[1]
    np.testing.assert_allclose(spectra[2], expected, rtol=1e-3, atol=5e-4)  # negative ripple is cut
    assert spectra.min() >= 0


# --- what sources, charge, layers and gases do

BLURRED = 3.0
"""Width (eV) of lines that are drawn exactly also between two channels."""

SATELLITES = {
    1486.6: {9.8: 0.064, 11.8: 0.032, 20.1: 0.004, 23.4: 0.003},
    1253.6: {8.4: 0.080, 10.1: 0.041, 17.6: 0.0055, 20.6: 0.0045},
}
"""Photon energy to what the Handbook of X-ray Photoelectron Spectroscopy (1992) has: energy and relative intensity."""


def seen(response: LossResponse, *energies: float, **values: float) -> np.ndarray:
    return respond(response, lines(AXIS, *energies, fwhm=BLURRED), **values)[0]


def blurred(energy: float) -> np.ndarray:
    return lines(AXIS, energy, fwhm=BLURRED)


def sampled(energy: float, natural: float) -> np.ndarray:
    """A line as gas has it: not averaged over channels."""
    sigma = np.hypot(BLURRED, natural) / np.sqrt(8 * np.log(2))
    return np.exp(-0.5 * ((AXIS.centres - energy) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def alike(spectrum: np.ndarray, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(spectrum, wanted, atol=2e-3 * wanted.max())


@pytest.mark.parametrize("photon_energy", SATELLITES)
def test_satellites_repeat_every_line_at_lower_binding_energy(response: LossResponse, photon_energy: float) -> None:
    spectrum = seen(response, 600.0, photon_energy=photon_energy, source_satellites=1.2)
    listed = SATELLITES[photon_energy].items()
    alike(spectrum, blurred(600.0) + 1.2 * sum(share * blurred(600.0 - energy) for energy, share in listed))
    assert spectrum.sum() == pytest.approx(1.0 + 1.2 * sum(share for _, share in listed), rel=1e-3)


@pytest.mark.parametrize("shift", [6.0, -5.5])
def test_a_share_of_every_line_is_moved_by_charge(response: LossResponse, shift: float) -> None:
    spectrum = seen(response, 600.0, charged_share=0.3, charged_shift=shift)
    alike(spectrum, 0.7 * blurred(600.0) + 0.3 * blurred(600.0 + shift))


@pytest.mark.parametrize(("thickness", "loss"), [(0.6, 22.0), (3.0, 14.0)])
def test_electrons_lose_energy_in_a_layer_by_poissons_law(
    response: LossResponse, thickness: float, loss: float
) -> None:
    once = 0.4 * gaussian(AXIS, loss, 0.3 * loss)
    once[AXIS.size - 1 :] += 0.6 * tougaard(AXIS, float(TABULATED[75]))
    term, total = blurred(300.0), blurred(300.0)
    for times in range(1, 25):
        term = thickness / times * scatter(term, once)
        total = total + term
    agree(seen(response, 300.0, overlayer=thickness, overlayer_loss=loss), total)


GASES = {
    "nitrogen_gas": ([(405.5, 0.8, 1.0), (421.5, 4.0, 0.12)], (363.0, 9.0, 0.5)),
    "oxygen_gas": ([(538.7, 0.8, 0.67), (539.8, 0.8, 0.33)], (498.0, 9.0, 0.5)),
}


@pytest.mark.parametrize("gas", GASES)
@pytest.mark.parametrize("shift", [0.0, 3.0])
@pytest.mark.parametrize("photon_energy", [1486.6, 1253.6])
def test_gas_adds_lines_relative_to_all_of_the_sample(
    response: LossResponse, gas: str, shift: float, photon_energy: float
) -> None:
    settings = {"photon_energy": photon_energy, "resolution": BLURRED, "gas_shift": shift, "loss_probability": 0.9}
    spectrum = seen(response, 200.0, 250.0, **settings, **{gas: 0.25}) - seen(response, 200.0, 250.0, **settings)
    photo, (kinetic, width, area) = GASES[gas]
    wanted = sum(share * sampled(energy + shift, natural) for energy, natural, share in photo)
    # electrons that a work function slows down lie higher on the scale of binding energy, Auger electrons too
    wanted = wanted + area * sampled(photon_energy - kinetic + shift, width)
    alike(spectrum, 0.25 * 2.0 * wanted)


def test_gas_is_free_of_losses_in_the_sample(response: LossResponse) -> None:
    settings = {"loss_probability": 0.97, "resolution": BLURRED}
    plain = seen(response, 200.0, **settings)
    spectrum = seen(response, 200.0, nitrogen_gas=1.0, **settings) - plain
    assert spectrum[440:700].max() < 1e-3 * spectrum.max()


def test_one_row_serves_for_many_values_and_one_value_for_many_rows() -> None:
    technique = load_technique("xps")
    check_broadcasting(LossResponse(technique.axis), technique)


EVERYTHING = {
    **PLAIN,
    "resolution": 2.9,
    "loss_probability": 0.93,
    "loss_constant": 240.0,
    "transmission_exponent": 0.3,
    "plasmon_weight": 0.2,
    "source_satellites": 0.3,
    "charged_share": 0.2,
    "overlayer": 0.4,
    "nitrogen_gas": 0.01,
    "oxygen_gas": 0.004,
}


@pytest.mark.parametrize(
    "values", [EVERYTHING, PLAIN | {"resolution": 2.0, "loss_probability": 0.9}], ids=["everything", "losses"]
)
def test_derivatives_are_what_differences_say(response: LossResponse, values: dict[str, float]) -> None:
    bare, more = 100.0 + 1e5 * lines(AXIS, 285.0, 532.0), 1e4 * lines(AXIS, 400.0, 705.0)[None]

    def seen(primary: np.ndarray, **others: float) -> np.ndarray:
        return response(primary[None], {name: np.array([value]) for name, value in (values | others).items()})[0]

    spectrum, changes, slopes = response.linearised(bare, more.astype(np.float32), values, list(values))
    np.testing.assert_allclose(spectrum, seen(bare), rtol=1e-9)
    np.testing.assert_allclose(changes[0], seen(bare + more[0]) - spectrum, atol=1e-4 * np.abs(changes).max())
    for (name, value), slope in zip(values.items(), slopes, strict=True):
        step = 1e-5 * max(value, 1e-2)
        expected = (seen(bare, **{name: value + step}) - spectrum) / step
        np.testing.assert_allclose(slope, expected, atol=1e-2 * np.abs(expected).max() + 1e-6, err_msg=name)
