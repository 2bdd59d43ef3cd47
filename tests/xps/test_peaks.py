"""Peaks against those of scipy."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from specquant_xps.peaks import prominent_peaks


@pytest.mark.parametrize("seed", range(20))
def test_peaks_are_those_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = gaussian_filter1d(rng.standard_normal(900).cumsum() / 10 + rng.poisson(3, 900), 1.0 + seed % 4)
    values = np.round(values, 1 + seed % 3)  # with plateaus
    peaks, prominences = prominent_peaks(values, 0.4, 14, 61)
    expected, properties = find_peaks(values, prominence=0.4, width=(None, 14), wlen=61)
    np.testing.assert_array_equal(peaks, expected)
    np.testing.assert_array_equal(prominences, properties["prominences"])
