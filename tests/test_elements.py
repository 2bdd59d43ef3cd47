import xraydb

from specquant.elements import ATOMIC_NUMBER, SYMBOLS


def test_table_is_complete_and_in_order() -> None:
    assert len(SYMBOLS) == len(set(SYMBOLS)) == len(ATOMIC_NUMBER) == 118
    assert SYMBOLS[0] == "H"
    assert SYMBOLS[-1] == "Og"


def test_table_agrees_with_xraydb() -> None:
    assert {z: xraydb.atomic_symbol(z) for z in range(1, 99)} == dict(enumerate(SYMBOLS[:98], start=1))
    assert all(SYMBOLS[z - 1] == symbol for symbol, z in ATOMIC_NUMBER.items())
