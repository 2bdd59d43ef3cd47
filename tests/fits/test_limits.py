"""Detection limits against Currie's formula, and against what simulated spectra do."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.fits.conclusions.limits import ERROR_QUANTILE, _limits, detection_limits
from specquant.fits.descent.beside import Beside, Free
from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import fit_from, nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.peaks import peaks
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.technique import FitPriors, FitSettings

SIZE, BACKGROUND, AT = 400, 900.0, 200
NITROGEN = 4
"""Index of nitrogen among the elements of the toy technique."""


def line(strength: float) -> np.ndarray:
    """A line in one channel, in counts per unit of amount."""
    counts = np.zeros((1, SIZE))
    counts[0, AT] = strength
    return counts


def limit_beside(lines: np.ndarray, columns: np.ndarray, background: float, priors: np.ndarray) -> float:
    free = Free(peaks(columns), np.full(SIZE, 1.0 / background), priors)
    return float(_limits(lines, peaks(lines), free, Beside.of(peaks(lines), free), 1.0)[0])


def limit(strength: float, columns: np.ndarray, background: float = BACKGROUND) -> float:
    fraction = limit_beside(line(strength), columns, background, np.eye(len(columns)))
    return float(fraction / (1.0 - fraction) * strength)  # counts


def test_in_one_channel_it_is_curries() -> None:
    flat = np.full((1, SIZE), 1.0)
    expected = 2.71 + 3.29 * np.sqrt(BACKGROUND)
    assert limit(1e6, flat) == pytest.approx(expected, rel=0.05)  # peaks lose a little to their surroundings


def test_without_background_it_is_a_few_counts() -> None:
    assert limit(1e6, np.ones((1, SIZE)), 1e-4) == pytest.approx(ERROR_QUANTILE**2, rel=0.1)


def test_what_another_line_hides_has_no_limit() -> None:
    assert limit_beside(line(1e6), line(1e6), BACKGROUND, np.zeros((1, 1))) == 1.0


def test_a_limit_counts_what_its_line_has_beyond_what_columns_make_up() -> None:
    """By hand: a column [1 1 0 0] of normal matrix 6 makes up 1/3 of itself of a line [0 1 1 -1], weights [1 2 1 1].

    What is left is [-1/3 2/3 1 -1], of the information 2 + 1 + 1 - 2/3 = 10/3. Each channel is read with its weight
    times what is left over that, [-1 4 3 -3] / 10; counts of the line vary by its positive channels alone.
    """
    free = Free(np.array([[1.0, 1.0, 0.0, 0.0]]), np.array([1.0, 2.0, 1.0, 1.0]), np.array([[3.0]]))
    lines = np.array([[0.0, 1.0, 1.0, -1.0]])
    limit = float(_limits(lines, lines, free, Beside.of(lines, free), 1.5)[0])
    amount = ERROR_QUANTILE**2 * (0.4**2 + 0.3**2) + 2.0 * ERROR_QUANTILE * 1.5 / np.sqrt(10 / 3)
    assert limit == pytest.approx(amount / (1.0 + amount), rel=1e-5)


def test_at_the_limit_five_per_cent_are_missed() -> None:
    rng = np.random.default_rng(1)
    amount, draws = limit(1e6, np.ones((1, SIZE))), 20_000
    critical = BACKGROUND + ERROR_QUANTILE * np.sqrt(BACKGROUND)
    empty, there = rng.poisson(BACKGROUND, draws), rng.poisson(BACKGROUND + amount, draws)
    assert (empty > critical).mean() == pytest.approx(0.05, abs=0.01)
    assert (there <= critical).mean() == pytest.approx(0.05, abs=0.015)


@pytest.mark.usefixtures("toy_is_installed")
def test_the_limit_of_an_element_does_not_depend_on_how_much_of_it_there_is() -> None:
    """The counts of its own line are left out. The mixing law changes the limit a little."""
    technique = load_technique("bulk")
    settings = FitSettings(FitPriors(other_groups=1e-3, model_error=0.0))
    model = ForwardModel(replace(technique, fit=settings), RenderedLibrary(technique))
    limits = []
    for share in (0.0, 0.1):
        fraction = np.array([0.0, 0.0, 0.3, 0.3, 0.0, 0.4]) * (1.0 - share)
        fraction[NITROGEN] = share
        pure = MixedLibrary(technique, RenderedLibrary(technique)).spectrum(fraction, technique.defaults())
        counts = 1e5 / (1.0 - share) * pure  # the others have the same counts in both
        target = Target(counts, np.ones(pure.size, dtype=bool), technique.defaults())
        fit = fit_from(model, target, nominal_point(model, target, fraction), np.flatnonzero(fraction))
        limits.append(detection_limits(fit, 1.0)[NITROGEN] / (1.0 - share))
    assert limits[1] == pytest.approx(limits[0], rel=0.15)
    assert 0.0 < limits[0] < 0.05
