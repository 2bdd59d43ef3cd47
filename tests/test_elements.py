import numpy as np
import pytest
import xraydb
import xraylib

from specquant.elements import ATOMIC_NUMBER, SYMBOLS, atomic_fractions, atomic_weight, weight_fractions
from specquant.errors import SettingError


def test_table_is_complete_and_in_order() -> None:
    assert len(SYMBOLS) == len(set(SYMBOLS)) == len(ATOMIC_NUMBER) == 118
    assert SYMBOLS[0] == "H"
    assert SYMBOLS[-1] == "Og"


def test_table_agrees_with_xraydb() -> None:
    assert {z: xraydb.atomic_symbol(z) for z in range(1, 99)} == dict(enumerate(SYMBOLS[:98], start=1))
    assert all(SYMBOLS[z - 1] == symbol for symbol, z in ATOMIC_NUMBER.items())


def test_masses_agree_with_xraylib() -> None:
    known_to_differ = {"Tc", "Pm", "Tm"}  # two have no stable isotope, and xraylib's of Tm is wrong
    chosen = [z for z in range(1, 93) if SYMBOLS[z - 1] not in known_to_differ]
    ours = [atomic_weight(SYMBOLS[z - 1]) for z in chosen]
    np.testing.assert_allclose(ours, [xraylib.AtomicWeight(z) for z in chosen], rtol=3e-3)
    assert atomic_weight("Tm") == pytest.approx(168.934)


@pytest.mark.parametrize("symbol", ["Xx", ""])
def test_masses_that_are_not_known_are_refused(symbol: str) -> None:
    with pytest.raises(SettingError, match="no atomic mass"):
        atomic_weight(symbol)


def test_weight_fractions_of_quartz_and_back() -> None:
    quartz = np.array([[2 / 3, 1 / 3], [0.0, 0.0]])
    weight = weight_fractions(quartz, ("O", "Si"))
    np.testing.assert_allclose(weight, [[0.5326, 0.4674], [0, 0]], atol=2e-4)
    np.testing.assert_allclose(atomic_fractions(weight, ("O", "Si")), quartz)
