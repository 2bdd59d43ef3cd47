import numpy as np
import pytest
import torch

from specquant_eds import continuum


def column(value: float) -> torch.Tensor:
    return torch.tensor([[value]], dtype=torch.float64)


@pytest.mark.parametrize(("beam", "constant", "slope"), [(15.0, 1.493, 0.146), (20.0, 1.525, 0.147)])
@pytest.mark.parametrize("z", [8.0, 26.0, 79.0])
def test_exponent_is_the_measured_one(beam: float, constant: float, slope: float, z: float) -> None:
    # development study on NIST spectra: 195 spectra of known composition, residual scatter 0.02 to 0.03
    assert float(continuum.exponent(column(beam), column(z))) == pytest.approx(constant - slope * np.log(z), abs=0.005)


def test_exponent_of_iron_is_nearly_kramers() -> None:
    assert float(continuum.exponent(column(15.0), column(26.0))) == pytest.approx(1.0, abs=0.05)


def test_continuum_ends_at_the_beam_energy() -> None:
    energy = torch.tensor([5.0, 14.9, 15.0, 16.0], dtype=torch.float64)
    photons = continuum.generated(energy, column(15.0), column(26.0), column(0.0), column(0.0))[0]
    assert photons[0] > photons[1] > 0
    assert photons[2] == photons[3] == 0


def test_law_is_the_one_of_the_page() -> None:
    photons = float(
        continuum.generated(torch.tensor([3.0]).double(), column(15.0), column(20.0), column(0.05), column(0.0))
    )
    exponent = float(continuum.exponent(column(15.0), column(20.0))) + 0.05
    assert photons == pytest.approx(2.6e-6 * 20.0 * ((15.0 - 3.0) / 3.0) ** exponent)


@pytest.mark.parametrize(("z", "beam"), [(13.0, 15.0), (29.0, 15.0), (29.0, 20.0), (47.0, 20.0)])
def test_share_of_the_beam_that_becomes_continuum_is_that_of_compton_and_allison(z: float, beam: float) -> None:
    # X-rays in Theory and Experiment (1935): energy radiated over energy of the beam is 1.1e-9 Z V; Green and Cosslett
    # (1961) find 1.3e-9
    energy = torch.linspace(0.05, beam, 4000, dtype=torch.float64)
    density = continuum.generated(energy, column(beam), column(z), column(0.0), column(0.0))[0]
    radiated = float(torch.trapezoid(density * energy, energy))
    assert radiated / beam / (z * beam * 1e3) == pytest.approx(1.3e-9, rel=0.25)


def test_strength_is_within_that_of_green_and_cosslett() -> None:
    assert 2.2e-6 <= continuum.STRENGTH <= 2.8e-6


def test_nodes_lie_close_where_the_continuum_bends() -> None:
    nodes = continuum.nodes()
    steps = np.diff(nodes)
    assert (nodes[0], nodes[-1] >= 20_000.0) == (60.0, True)
    assert steps.min() == pytest.approx(40.0)
    assert (steps / nodes[:-1]).max() < 0.7
    assert (steps[nodes[:-1] > 2000] / nodes[:-1][nodes[:-1] > 2000]).max() < 0.0301


def test_widths_cover_the_energies_between_the_nodes() -> None:
    nodes = continuum.nodes()
    widths = continuum.widths(nodes)
    assert widths.shape == nodes.shape
    assert widths.sum() == pytest.approx(nodes[-1] - nodes[0], rel=0.02)
    np.testing.assert_allclose(continuum.widths(np.array([0.0, 10.0, 30.0]))[1], 15.0)
