"""Tables read from the database file, against the package that ships it."""

import numpy as np
import pytest
import xraydb

from specquant.atomictables import absorption_edges, atomic_masses, attenuation


@pytest.mark.parametrize("symbol", ["Li", "O", "Fe", "Tm", "U"])
def test_tables_are_those_of_the_package(symbol: str) -> None:
    assert atomic_masses()[xraydb.atomic_number(symbol)] == xraydb.atomic_mass(symbol)
    edges = absorption_edges(symbol)
    assert edges == {name: edge.energy for name, edge in xraydb.xray_edges(symbol).items()}
    energy, values = attenuation(symbol, 20.0, 60_000.0)
    np.testing.assert_array_equal(energy, xraydb.chantler_energies(symbol, emin=20.0, emax=60_000.0))
    np.testing.assert_allclose(values, xraydb.mu_chantler(symbol, energy), rtol=1e-12)
