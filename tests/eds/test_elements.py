import pytest

from specquant_eds.elements import ELEMENTS, INDEX, NUMBERS, atomic_weights


def test_elements_are_those_that_samples_hold_and_a_detector_shows() -> None:
    assert (ELEMENTS[0], ELEMENTS[-1], len(ELEMENTS)) == ("B", "U", 79)
    assert not {"H", "He", "Li", "Be", "Tc", "Pm", "Po", "Ra", "Pa"} & set(ELEMENTS)
    assert list(NUMBERS) == sorted(NUMBERS)


def test_indices_are_those_of_the_tuple() -> None:
    assert all(ELEMENTS[index] == symbol for symbol, index in INDEX.items())
    assert NUMBERS[INDEX["Fe"]] == 26


@pytest.mark.parametrize(("symbol", "weight"), [("O", 15.999), ("Fe", 55.845), ("Pb", 207.2), ("U", 238.03)])
def test_atomic_weights_are_those_of_iupac(symbol: str, weight: float) -> None:
    assert atomic_weights()[INDEX[symbol]] == pytest.approx(weight, rel=2e-4)
