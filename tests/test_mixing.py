from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from specquant.arrays import module_of
from specquant.mixing import Components, LinearMixing, intensities, mixes_linearly, mixing_law
from specquant.technique import MEASURED, Technique


class Squared:
    """Lines go with the square of the fraction, what belongs to no element with the gain."""

    arrays = "both"

    def __init__(self, symbols: Sequence[str], labels: Sequence[str]) -> None:
        self.symbols, self.labels = symbols, labels

    def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        return module_of(fraction).stack([fraction[:, 0], values["gain"]], 1)


LINEAR = LinearMixing([1.0, 1.0, 3.0, 0.0])


def components(elements: Sequence[str], labels: Sequence[str]) -> Components:
    return Components(tuple(elements), tuple(labels), tuple(labels))


def test_components_know_the_index_of_their_element() -> None:
    assert components(["C", "C", "O", ""], ["a", "b", "a", "c"]).indices(["C", "N", "O"]) == [0, 0, 2, -1]
    with pytest.raises(ValueError, match="not in"):
        components(["Fe"], ["a"]).indices(["C", "N", "O"])


def test_components_that_are_whole_spectra() -> None:
    assert components(["C", "O"], [MEASURED, MEASURED]).whole
    assert not components(["C", ""], ["all", "continuum"]).whole


def test_linear_intensity_is_fraction_times_sensitivity_for_every_component() -> None:
    fraction = torch.tensor([[0.5, 0.1, 0.4]], dtype=torch.float64)
    index = components(["C", "C", "O", ""], ["a", "b", "a", "c"]).indices(["C", "N", "O"])
    strengths = intensities(LINEAR, fraction, {}, index)
    torch.testing.assert_close(strengths, torch.tensor([[0.5, 0.5, 1.2, 0.0]], dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_yields_have_the_type_of_the_fractions(dtype: torch.dtype) -> None:
    yields = LINEAR.yields(torch.ones(2, 3, dtype=dtype), {})
    assert yields.dtype == dtype
    of_arrays = LINEAR.yields(torch.ones(2, 3, dtype=dtype).numpy(), {})
    assert of_arrays.dtype == yields.numpy().dtype
    assert of_arrays.tolist() == yields.tolist()


def test_a_component_of_no_element_has_its_intensity_whatever_the_fractions() -> None:
    law = Squared(["C", ""], ["all", "continuum"])
    fraction, gain = torch.tensor([[0.5, 0.5], [0.0, 1.0]]), torch.tensor([7.0, 8.0])
    strengths = intensities(law, fraction, {"gain": gain}, [0, -1])
    assert strengths.tolist() == [[0.25, 7.0], [0.0, 8.0]]


def test_a_technique_without_a_law_is_linear(toy: Technique) -> None:
    law = mixing_law(toy, components(["O", "Li", ""], ["main", "main", "continuum"]))
    assert law.yields(torch.ones(1, 6), {}).tolist() == [[2.0, 0.5, 0.0]]


def test_a_technique_may_have_its_own_law(toy: Technique) -> None:
    law = mixing_law(replace(toy, mixing=Squared), components(["Li", ""], ["main", "continuum"]))
    assert isinstance(law, Squared)
    assert (list(law.symbols), list(law.labels)) == (["Li", ""], ["main", "continuum"])


def test_the_linear_law_can_be_forced(toy: Technique) -> None:
    law = mixing_law(replace(toy, mixing=Squared), components(["Li"], ["main"]), linear=True)
    assert isinstance(law, LinearMixing)


def test_whole_measured_spectra_mix_linearly(toy: Technique) -> None:
    bulk = replace(toy, mixing=Squared)
    assert mixes_linearly(bulk, components(["Li", "O"], [MEASURED, MEASURED]))
    assert isinstance(mixing_law(bulk, components(["Li"], [MEASURED])), LinearMixing)
    assert not mixes_linearly(bulk, components(["Li"], ["main"]))
    assert mixes_linearly(toy, components(["Li"], ["main"]))
