"""The share of a model's stated errors that residuals show."""

import numpy as np
import pytest

from specquant.fits.descent.errors import shown_share

COUNTS = np.geomspace(1e3, 1e6, 1300)
OF_MODEL = (0.03 * COUNTS) ** 2


def squares(share: float, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return squares of residuals of a model that errs by a share of its stated variance."""
    return np.random.default_rng(seed).normal(0.0, np.sqrt(COUNTS + share * OF_MODEL)) ** 2


@pytest.mark.parametrize("share", [0.003, 0.03, 0.3])
def test_the_share_is_found(share: float) -> None:
    found = [shown_share(squares(share, seed), COUNTS, OF_MODEL) for seed in range(8)]
    np.testing.assert_allclose(found, share, rtol=0.6)


def test_no_more_than_what_is_stated() -> None:
    assert shown_share(squares(20.0, 1), COUNTS, OF_MODEL) == 1.0


def test_counting_noise_alone_shows_next_to_nothing() -> None:
    assert shown_share(squares(0.0, 1), COUNTS, OF_MODEL) < 0.003
