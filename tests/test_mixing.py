from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.synthesizer.mixing import LinearMixing, mixing_law
from specquant.technique import Floats, Technique


@pytest.fixture
def toy(thirdparty: Path) -> Technique:  # noqa: ARG001
    return load_plugin("toy").technique


LAW = LinearMixing(["C", "C", "O"], ["C", "N", "O"], np.array([1.0, 2.0, 3.0]))


def test_intensity_is_fraction_times_sensitivity_for_every_component() -> None:
    np.testing.assert_allclose(LAW.intensities(np.array([[0.5, 0.1, 0.4]])), [[0.5, 0.5, 1.2]])


def test_amounts_become_fractions() -> None:
    np.testing.assert_allclose(LAW.fractions(np.array([[2.0, 1.0, 1.0]])), [[0.5, 0.25, 0.25]])


def test_nothing_at_all_becomes_a_uniform_answer() -> None:
    np.testing.assert_allclose(LAW.fractions(np.zeros((1, 3))), np.full((1, 3), 1 / 3))


def test_a_technique_without_a_law_is_linear(toy: Technique) -> None:
    law = mixing_law(toy, ["O", "Li"], np.arange(1.0, 7.0))
    fraction = np.array([[0.25, 0.0, 0.0, 0.0, 0.0, 0.75]])
    np.testing.assert_allclose(law.intensities(fraction), [[0.75 * 6.0, 0.25 * 1.0]])


def test_a_technique_may_have_its_own_law(toy: Technique) -> None:
    class Squared(LinearMixing):
        def intensities(self, fraction: Floats) -> Floats:
            return super().intensities(fraction) ** 2

    law = mixing_law(replace(toy, mixing=Squared), ["Li"], np.ones(6))
    np.testing.assert_allclose(law.intensities(np.array([[0.5, 0.5, 0.0, 0.0, 0.0, 0.0]])), [[0.25]])
