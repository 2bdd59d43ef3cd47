from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from specquant.learning.networks.base import accuracy, hellinger
from specquant.learning.networks.inputs import network_input, stated_input
from specquant.learning.networks.shapes import CnnShape
from specquant.learning.networks.vanilla_cnn import VanillaCnn

SHAPE = CnnShape(201, 6)


def network(shape: CnnShape = SHAPE, seed: int = 1) -> VanillaCnn:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VanillaCnn(shape).eval()


NOTHING = torch.zeros(8, 0)
"""What eight spectra state where the technique asks for nothing."""


def spectra(count: int = 8, energies: int = 201) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(1)
    counts = torch.from_numpy(rng.poisson(50.0, (count, energies)).astype(np.float32))
    return counts, torch.ones(count, energies, dtype=torch.bool)


def test_there_are_three_hidden_layers_and_one_output() -> None:
    layers = list(network().modules())
    assert sum(isinstance(layer, nn.Conv1d) for layer in layers) == 3
    assert sum(isinstance(layer, nn.Linear) for layer in layers) == 1


@pytest.mark.parametrize(("energies", "elements"), [(201, 6), (1301, 79), (150, 3)])
def test_sizes_follow_axis_and_elements(energies: int, elements: int) -> None:
    counts, observed = spectra(2, energies)
    assert network(CnnShape(energies, elements))(counts, observed, NOTHING[:2]).shape == (2, elements)


def test_sizes_are_those_of_the_table_in_the_docstring() -> None:
    hidden = network(CnnShape(1301, 79)).hidden
    features, sizes = torch.zeros(1, 3, 1301), []
    for layer in hidden:
        features = layer(features)
        if isinstance(layer, nn.ReLU):
            sizes.append(tuple(features.shape[1:]))
    assert sizes == [(16, 651), (32, 326), (64, 163)]


def test_fractions_are_positive_and_sum_to_one() -> None:
    fractions = network()(*spectra(), NOTHING).detach()
    assert fractions.min() >= 0
    np.testing.assert_allclose(fractions.sum(dim=1).numpy(), 1.0, atol=1e-6)


def test_fractions_are_numbers_even_when_every_output_underflows() -> None:
    dead = network()
    with torch.no_grad():
        dead.output.bias.fill_(-1e4)
    np.testing.assert_allclose(dead(*spectra(), NOTHING).detach().numpy(), 1 / 6, rtol=1e-5)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 10.0, 1e6])
def test_scale_of_the_counts_changes_nothing(scale: float) -> None:
    counts, observed = spectra()
    found, expected = network_input(scale * counts, observed, True), network_input(counts, observed, True)
    torch.testing.assert_close(found[:, [0, 2]], expected[:, [0, 2]], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found[:, 1], expected[:, 1], rtol=1e-4, atol=1e-4)  # steps are magnified


def test_input_is_the_square_root_over_the_mean_its_steps_and_the_mask() -> None:
    counts = torch.tensor([[4.0, 16.0, 4.0, 9e9]])
    observed = torch.tensor([[True, True, True, False]])
    root, mask = [np.sqrt(0.5) - 1, np.sqrt(2.0) - 1, np.sqrt(0.5) - 1, 0.0], [1.0, 1.0, 1.0, 0.0]
    step = np.arcsinh(30 * np.sqrt(0.5))
    found = network_input(counts, observed, steps=True)[0].numpy()
    np.testing.assert_allclose(found, [root, [step, -step, 0.0, 0.0], mask], atol=1e-5)
    assert network_input(counts, observed, steps=False)[0].tolist() == found[[0, 2]].tolist()


def test_unobserved_channels_do_not_matter() -> None:
    counts, observed = spectra()
    observed[:, 150:] = False
    spoilt = torch.where(observed, counts, torch.tensor(1e6))
    assert torch.equal(network()(spoilt, observed, NOTHING), network()(counts, observed, NOTHING))
    assert not torch.equal(network()(spoilt, observed, NOTHING), network()(*spectra(), NOTHING))


@pytest.mark.parametrize("seen", [True, False], ids=["all zero", "nothing observed"])
def test_empty_spectra_still_give_fractions(seen: bool) -> None:
    fractions = network()(torch.zeros(1, 201), torch.full((1, 201), seen), NOTHING[:1]).detach()
    assert fractions.isfinite().all()
    assert fractions.sum().item() == pytest.approx(1.0, abs=1e-6)


def test_spectra_of_a_batch_do_not_see_each_other() -> None:
    counts, observed = spectra()
    torch.testing.assert_close(
        network()(counts[:1], observed[:1], NOTHING[:1]), network()(counts, observed, NOTHING)[:1]
    )


PREDICTED = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
TRUTH = torch.tensor([[0.2, 0.5, 0.3], [0.0, 0.4, 0.6]])


def test_loss_is_the_hellinger_distance_averaged_over_the_spectra() -> None:
    shared = np.array([np.sqrt(0.5 * 0.2) + 0.5, 0.0])  # sums of the roots of products; the distance follows from them
    assert hellinger(PREDICTED, TRUTH).item() == pytest.approx(np.sqrt(1 - shared).mean(), abs=1e-6)


def test_accuracy_is_one_less_half_the_absolute_differences() -> None:
    np.testing.assert_allclose(accuracy(PREDICTED, TRUTH).numpy(), [0.7, 0.0], atol=1e-6)
    np.testing.assert_allclose(accuracy(TRUTH, TRUTH).numpy(), 1.0)


def test_loss_has_a_gradient_even_where_it_is_zero_and_where_an_output_underflows() -> None:
    made, (counts, observed) = network(), spectra()
    with torch.no_grad():
        made.output.bias[0] = -1e4
    answer = made(counts, observed, NOTHING)
    assert answer[:, 0].max() < 1e-20
    hellinger(answer, answer.detach()).backward()
    assert all(weights.grad is not None and weights.grad.isfinite().all() for weights in made.parameters())


class TestStated:
    SHAPE = CnnShape(201, 6, centres=(10.0, 40.0), spans=(5.0, 20.0))

    def test_value_is_in_units_of_its_range_with_a_flag_of_what_is_known(self) -> None:
        stated = torch.tensor([[15.0, torch.nan], [10.0, 20.0]])
        values = stated_input(stated, self.SHAPE.centres, self.SHAPE.spans)
        assert values.tolist() == [[1.0, 0.0, 1.0, 0.0], [0.0, -1.0, 1.0, 1.0]]

    def test_each_parameter_has_two_inputs_beside_the_first_convolution(self) -> None:
        layer = network(self.SHAPE).stated
        assert layer is not None
        assert (layer.in_features, layer.out_features) == (4, self.SHAPE.channels[0])
        assert network(self.SHAPE).hidden[0].in_channels == network().hidden[0].in_channels == 3
        assert network().stated is None

    def test_what_is_stated_reaches_the_answer(self) -> None:
        counts, observed = spectra(3)
        low, high = torch.tensor([[5.0, 40.0]] * 3), torch.tensor([[15.0, 40.0]] * 3)
        answers = [network(self.SHAPE)(counts, observed, stated) for stated in (low, high, low * torch.nan)]
        assert not any(torch.allclose(one, two) for one, two in pairwise([*answers, answers[0]]))

    def test_not_known_is_a_number_too(self) -> None:
        assert network(self.SHAPE)(*spectra(2), torch.full((2, 2), torch.nan)).isfinite().all()
