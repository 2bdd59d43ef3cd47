"""The exact design of synthetic spectra is that of the spectra themselves."""

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.library import RenderedLibrary
from specquant.synthesizer import BLOCK, RecipeSynthesizer
from specquant.synthesizer.anatomy import Anatomy
from specquant.technique import Floats

pytestmark = pytest.mark.usefixtures("toy_is_installed")

CASES = [("toy", "article"), ("toy", "field"), ("bulk", "bulk"), ("bulk", "drift"), ("xps", "field"), ("eds", "field")]
_made: dict[tuple[str, str], RecipeSynthesizer] = {}


def synthesizer(name: str, recipe: str) -> RecipeSynthesizer:
    if (name, recipe) not in _made:
        technique = load_plugin(name).technique
        _made[name, recipe] = RecipeSynthesizer(
            technique, RenderedLibrary(technique), technique.recipe(recipe), 5, stream="evaluation"
        )
    return _made[name, recipe]


@pytest.fixture(params=CASES, ids="-".join)
def made(request: pytest.FixtureRequest) -> RecipeSynthesizer:
    return synthesizer(*request.param)


def drawn_of(made: RecipeSynthesizer, index: int) -> dict[str, Floats]:
    """Return what was drawn for whole spectra, shape (sample, 1) each."""
    return {name: values[:, None] for name, (dims, values) in made.block(index).nuisance.items() if not dims}


def test_columns_times_fractions_and_background_are_the_expected_spectrum(made: RecipeSynthesizer) -> None:
    anatomy, drawn = made.anatomy(3), drawn_of(made, 3)
    counts, expected = made.block(3).counts.double().numpy(), anatomy.expected()
    plain = (drawn["smoothed"] == 0) & anatomy.observed & (expected > 5)
    residual = (counts - expected)[plain] / np.sqrt(drawn["noise_factor"] * expected)[plain]
    assert residual.size > 5_000
    assert abs(residual.mean()) < 5 / np.sqrt(residual.size)
    assert residual.std() == pytest.approx(1.0, abs=0.02)


def test_pairs_are_the_elements_that_are_there(made: RecipeSynthesizer) -> None:
    anatomy, fraction = made.anatomy(3), made.block(3).fraction.numpy()
    wide = np.zeros((BLOCK, len(made.elements)))
    wide[anatomy.sample, anatomy.element] = anatomy.fraction
    np.testing.assert_allclose(wide, fraction, atol=1e-6)
    for sample in (0, 100, BLOCK - 1):
        np.testing.assert_array_equal(anatomy.element[anatomy.pairs(sample)], np.flatnonzero(fraction[sample] > 0))


def test_observed_channels_are_those_of_the_spectra(made: RecipeSynthesizer) -> None:
    np.testing.assert_array_equal(made.anatomy(3).observed, made.block(3).observed.numpy())


@pytest.mark.parametrize(("name", "recipe"), [("toy", "article"), ("toy", "field"), ("xps", "field")])
def test_background_of_a_linear_technique_is_the_one_that_was_drawn(name: str, recipe: str) -> None:
    made = synthesizer(name, recipe)
    anatomy, drawn = made.anatomy(1), drawn_of(made, 1)
    along = np.linspace(-1, 1, made.axis.size)
    level = drawn["background_level"] * (1 + drawn["background_slope"] * along) * drawn["peak_counts"]
    # single precision, and responses cut off at zero: sharp lines that are moved by parts of a channel leave ripples
    rounding = 5e-4 if name == "toy" else 1e-2
    off = (np.abs(anatomy.background - level) / anatomy.expected().max(axis=1, keepdims=True)).max(axis=1)
    assert np.quantile(off, 0.99) < rounding
    # a transmission that falls steeply lifts the ripples of one of 256 at the slow end
    assert off.max() < (rounding if name == "toy" else 1.05 * rounding)


def test_what_belongs_to_no_element_is_in_the_background() -> None:
    made = synthesizer("bulk", "bulk")
    anatomy = made.anatomy(1)
    assert drawn_of(made, 1)["background_level"].max() == 0
    assert anatomy.background.sum(axis=1).min() > 0
    assert anatomy.background.min() > -1e-3 * anatomy.expected().max()


def test_a_column_is_the_spectrum_of_its_element_alone() -> None:
    made = synthesizer("toy", "article")
    anatomy, drawn = made.anatomy(2), made.block(2).nuisance["global_shift"][1]
    peaks = {peak.element: peak.energy for peak in load_plugin("toy").technique.peaks if peak.label.endswith("main")}
    for pair in range(0, anatomy.sample.size, 17):
        symbol = made.elements[anatomy.element[pair]]
        if symbol in ("Li", "Be", "C"):  # those of a single main line
            energy = anatomy.columns[pair].argmax() * made.axis.step
            assert energy == pytest.approx(peaks[symbol] + drawn[anatomy.sample[pair]], abs=1.0)


def test_expected_of_an_anatomy_by_hand() -> None:
    columns = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]])
    anatomy = Anatomy(
        np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.5, 0.5, 1.0]), columns, np.ones((2, 2)), np.ones((2, 2))
    )
    assert anatomy.expected().tolist() == [[1.5, 2.0], [4.0, 4.0]]
    assert (anatomy.pairs(0), anatomy.pairs(1)) == (slice(0, 2), slice(2, 3))
