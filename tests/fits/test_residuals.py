"""What a fit leaves over: peaks, missed elements, and how much of an element may be there unseen."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from specquant.discovery import load_technique
from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit, fit_from, nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.moving import moved
from specquant.fits.presence.exchange import with_element
from specquant.fits.presence.residuals import Residuals, smoothed_variance
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.technique import Component, EnergyAxis, FitPriors, FitSettings, Floats, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SURE = FitSettings(FitPriors(other_groups=1e-3, model_error=0.0))
"""Nothing is free but the amounts: what is left is counting noise."""

LI, BE, C, N = 0, 1, 3, 4
WITHOUT_N = np.array([0.0, 0.0, 0.3, 0.3, 0.0, 0.4])
ONE_SIDED = 1.6448536
"""Standard errors above which one value in twenty lies."""


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return load_technique("bulk")


@pytest.fixture(scope="module")
def model(bulk: Technique) -> ForwardModel:
    return ForwardModel(replace(bulk, fit=SURE), RenderedLibrary(bulk))


def expected(bulk: Technique, fraction: Floats, dose: float) -> Floats:
    return dose * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(fraction, bulk.defaults())


def with_nitrogen(share: float) -> Floats:
    fraction = WITHOUT_N * (1.0 - share)
    fraction[N] = share
    return fraction


def fitted(model: ForwardModel, counts: Floats, fraction: Floats = WITHOUT_N) -> Fit:
    """Return the fit of the elements of a composition: B, C and O, unless another is given."""
    target = Target(counts, np.ones(counts.size, dtype=bool), model.technique.defaults())
    return fit_from(model, target, nominal_point(model, target, fraction), np.flatnonzero(fraction))


def test_what_is_missed_is_found_and_what_is_not_is_not(bulk: Technique, model: ForwardModel) -> None:
    rng = np.random.default_rng(1)
    missing = Residuals(fitted(model, rng.poisson(expected(bulk, with_nitrogen(0.1), 1e5)).astype(float)))
    whole = Residuals(fitted(model, rng.poisson(expected(bulk, WITHOUT_N, 1e5)).astype(float)))
    elements = np.array([LI, BE, N])
    speaking, amount = missing.missed(elements)
    assert int(np.argmax(speaking)) == 2
    assert speaking[2] > 50.0
    assert amount[2] == pytest.approx(0.1, rel=0.3)
    assert whole.missed(elements)[0].max() < 16.0


def test_the_cost_would_fall_by_about_what_a_fit_with_the_element_saves(bulk: Technique, model: ForwardModel) -> None:
    counts = np.random.default_rng(1).poisson(expected(bulk, with_nitrogen(0.05), 1e5)).astype(float)
    fit = fitted_again(fitted(model, counts))
    saved, amount = Residuals(fit).saved(np.array([LI, BE, N]))
    assert amount[2] == pytest.approx(0.05, rel=0.1)
    assert saved[2] == pytest.approx(fit.cost - with_element(fit, N, float(amount[2])).cost, rel=0.05)
    assert saved[:2].max() < 0.01 * saved[2]


def fitted_again(fit: Fit) -> Fit:
    """Return a fit with the variances that it ends with held, so that its cost can be compared."""
    return fit_from(fit.model, fit.target.weighed(fit.model, fit.spectrum, fit.of_shapes), fit.point, fit.chosen)


@pytest.mark.parametrize("share", [0.003, 0.006])
def test_nineteen_in_twenty_limits_lie_above_what_is_there(bulk: Technique, model: ForwardModel, share: float) -> None:
    rng, exact = np.random.default_rng(2), expected(bulk, with_nitrogen(share), 2e4)
    most = [
        Residuals(fitted(model, rng.poisson(exact).astype(float))).most(np.array([N]), ONE_SIDED)[0] for _ in range(120)
    ]
    assert 0.89 <= np.mean(np.array(most) >= share) <= 0.99
    assert np.median(most) < share + 0.02


def test_a_limit_falls_with_the_square_root_of_the_counts(bulk: Technique, model: ForwardModel) -> None:
    few, many = (
        Residuals(fitted(model, expected(bulk, WITHOUT_N, dose))).most(np.array([N]), ONE_SIDED)[0]
        for dose in (1e4, 1e6)
    )
    assert few / many == pytest.approx(10.0, rel=0.1)


def with_nitrogen_like(bulk: Technique, element: str, channels: int) -> ForwardModel:
    """Return the model of a technique where N has the main line of another element, `channels` further up."""

    def render(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
        parts = bulk.render(axis, values)
        like = next(part.density for part in parts if (part.element, part.group) == (element, "main"))
        return [replace(part, density=np.roll(like, channels)) if part.element == "N" else part for part in parts]

    technique = replace(bulk, fit=SURE, render=render)
    return ForwardModel(technique, RenderedLibrary(technique))


def test_an_element_beside_the_line_of_another_may_be_there_in_larger_amounts(bulk: Technique) -> None:
    counts = expected(bulk, WITHOUT_N, 1e5)
    beside, free = (
        Residuals(fitted(with_nitrogen_like(bulk, "O", away), counts)).most(np.array([N]), ONE_SIDED)[0]
        for away in (1, -35)
    )
    assert beside > 2.0 * free


def test_an_element_that_looks_like_another_has_no_limit(bulk: Technique) -> None:
    model, beryllium = with_nitrogen_like(bulk, "Be", 0), np.array([0.0, 0.6, 0.0, 0.0, 0.0, 0.4])
    most, _ = Residuals(fitted(model, expected(bulk, beryllium, 1e5), beryllium)).most(np.array([C, N]), ONE_SIDED)
    assert most[1] == 1.0
    assert most[0] < 0.02


def bumped(counts: Floats, energy: float, width: float, height: float) -> Floats:
    """Return counts with a wide bump, its height in units of the strongest channel."""
    away = (np.arange(counts.size) - energy) / width
    return counts + height * counts.max() * np.exp(-0.5 * away**2)


def test_what_varies_slowly_is_no_element(bulk: Technique, model: ForwardModel) -> None:
    exact = expected(bulk, WITHOUT_N, 1e6)
    right, wrong = (
        Residuals(fitted(model, counts)).most(np.array([N]), ONE_SIDED)[0]
        for counts in (exact, bumped(exact, 144.0, 40.0, 0.1))
    )
    assert wrong < 2.0 * right


def test_a_line_of_the_fit_that_is_too_weak_is_not_taken_for_the_element_beside_it(bulk: Technique) -> None:
    model, exact = with_nitrogen_like(bulk, "O", 1), expected(bulk, WITHOUT_N, 1e6)
    right, wrong = (
        Residuals(fitted(model, counts)).most(np.array([N]), ONE_SIDED)[0]
        for counts in (exact, bumped(exact, 178.0, 25.0, -0.1))  # the dip takes from the fitted amount of O
    )
    assert wrong < 2.0 * right


@pytest.mark.parametrize("width", [1.0, 3.0])
def test_the_variance_of_a_mean_is_that_of_means(width: float) -> None:
    rng, variance = np.random.default_rng(1), np.full(600, 4.0)
    means = gaussian_filter1d(rng.normal(0.0, 2.0, (400, 600)), width, axis=1)[:, 100:500]
    np.testing.assert_allclose(smoothed_variance(variance, width)[100:500].mean(), means.var(), rtol=0.03)


def test_what_speaks_for_an_element_is_the_square_of_its_standard_errors(bulk: Technique, model: ForwardModel) -> None:
    """Twice the logarithm of the likelihood ratio: of N, which the spectrum has, and about nothing of Li and Be."""
    elements, share = np.array([LI, BE, N]), 0.02
    counts = expected(bulk, with_nitrogen(share), 1e5)
    fit = fitted(model, counts)
    most, for_it = Residuals(fit).most(elements, 0.0)
    wider, _ = Residuals(fit).most(elements, 1.0)
    error = (wider - most)[2]
    assert most[2] == pytest.approx(share, rel=0.25)
    assert for_it[2] == pytest.approx((most[2] / error) ** 2, rel=0.3)
    assert for_it[:2].max() < 1.0


def moved_nitrogen(bulk: Technique, model: ForwardModel, shift: float) -> float:
    """Return how much nitrogen is missed where 0.1 of it is there, with its line moved by some eV."""
    exact = expected(bulk, WITHOUT_N, 1e5)
    line = model.lines(fitted(model, exact).point, np.array([N]))
    fit = fitted(model, exact + 0.1 * moved(line, shift / bulk.axis.step)[0])
    return float(Residuals(fit).missed(np.array([N]))[1][0])


@pytest.mark.parametrize("shift", [-1.5, 0.0, 1.5, 3.0])
def test_a_missed_element_is_looked_for_at_shifts_of_its_lines(bulk: Technique, shift: float) -> None:
    """A line with a FWHM of 4 eV that is looked for 1.5 eV away has four fifths of its amount."""
    shifting = FitSettings(FitPriors(other_groups=1e-3, model_error=0.0, chemical_shifts=True))
    model = ForwardModel(replace(bulk, fit=shifting), RenderedLibrary(bulk))
    assert moved_nitrogen(bulk, model, shift) == pytest.approx(0.1, rel=0.07)


@pytest.mark.parametrize("offset", [1.5, -2.0])
def test_a_missed_element_is_looked_for_on_the_axis_of_the_fit(bulk: Technique, offset: float) -> None:
    """The whole spectrum is moved by some eV, which the fit finds by the elements that it has."""
    model = ForwardModel(
        replace(bulk, fit=FitSettings(FitPriors(other_groups=1e-3, model_error=0.0, axis_shift=2.0))),
        RenderedLibrary(bulk),
    )
    exact = moved(expected(bulk, with_nitrogen(0.1), 1e5)[None], offset / bulk.axis.step)[0]
    fit = fitted(model, np.maximum(exact, 0.0))
    assert fit.point.shift == pytest.approx(offset, abs=0.05)
    assert Residuals(fit).missed(np.array([N]))[1][0] == pytest.approx(0.1, rel=0.1)


def test_lines_that_do_not_shift_are_looked_for_where_they_are(bulk: Technique, model: ForwardModel) -> None:
    assert moved_nitrogen(bulk, model, 0.0) == pytest.approx(0.1, rel=0.07)
    assert moved_nitrogen(bulk, model, 1.5) < 0.09


def test_the_variance_of_one_channel_spreads_as_the_square_of_a_gaussian() -> None:
    """A mean of width 3 gives a channel 1 / (3 sqrt(2 pi)) of itself: of a variance of 4, 4 / (18 pi) is left there."""
    variance = np.zeros(601)
    variance[300] = 4.0
    spread = smoothed_variance(variance, 3.0)
    assert spread[300] == pytest.approx(4.0 / (18.0 * np.pi), rel=0.02)
    assert spread[303] == pytest.approx(spread[300] * np.exp(-1.0), rel=0.02)
