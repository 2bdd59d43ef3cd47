"""Whether intensities that are not counts can be proportional to counts: logarithms and roots are not.

The variance of a count is its mean. Proportional intensities have a variance that rises as they do; that of a logarithm
falls (its standard deviation is the relative one of the counts), and that of a root is the same everywhere.
"""

import numpy as np

from specquant.errors import SpectrumError
from specquant.readers.scatter import scatter_by_block
from specquant.technique import Floats, RawSpectrum

_FALLS = -1.5
"""Power of the level with which the variance goes, below which intensities are logarithms: in 275 measured spectra it
is 0.6 to 1.1, in their logarithms -13 to -3.5, in their roots -0.6 to 0.3."""

_FEWEST_BLOCKS = 16
"""Blocks with scatter that are needed to see that power; chosen: most spectra have 40 and more."""

_MOST_DECIMALS = 9
"""Decimals that are looked for; files have 3 to 7, and more do not matter."""

_ROUNDING = 0.6
"""Error of a number in units of its last decimal: half of one, with room for the binary one."""

_TELLING = 0.1
"""Error of a power or square up to which it tells whether it is whole; chosen."""

_FEWEST_LEVELS = 12
"""Different powers or squares that are all whole: chance makes that of 0.2 ** 12 of all spectra at most."""

_LOWEST, _HIGHEST = 1.0, 20.0
"""What the largest of logarithms lies between: ten counts have 1 or 2.3; no detector gives 10 ** 20 or e ** 20."""


def check_linear(raw: RawSpectrum) -> None:
    """Refuse a spectrum with the logarithms or roots of counts.

    Parameters
    ----------
    raw
        A checked spectrum of which the intensities are not whole numbers.

    Raises
    ------
    SpectrumError
        If its intensities are not proportional to counts.
    """
    intensities = np.asarray(raw.counts, dtype=np.float64)
    what = seen = ""
    if _LOWEST < intensities.max() <= _HIGHEST and _power(intensities) < _FALLS:
        what, seen = "logarithms", "a scatter that falls where intensities rise, as that of logarithms does"
    elif whole := _whole(intensities):
        what, seen = "square roots" if whole == "squares" else "logarithms", f"{whole} that are whole numbers"
    if what:
        raise SpectrumError(
            f"intensities are {what}",
            where=f"spectrum {raw.name!r}",
            found=seen,
            wanted="counts, or counts per second",
            todo="Export the spectrum with a linear scale of intensities.",
        )


def _power(intensities: Floats) -> float:
    """Return the power of the level with which the variance of neighbours goes, 1 of counts; NaN where it is not seen.

    It is the median slope between pairs of blocks with levels further apart than those of most pairs (Theil and Sen).
    """
    variances, levels = scatter_by_block(intensities)
    seen = (variances > 0) & (levels > 0)
    if int(seen.sum()) < _FEWEST_BLOCKS:
        return np.nan
    variances, levels = np.log(variances[seen]), np.log(levels[seen])
    one, other = np.triu_indices(variances.size, 1)
    apart = levels[other] - levels[one]
    far = np.abs(apart) > np.median(np.abs(apart))
    return float(np.median((variances[other] - variances[one])[far] / apart[far])) if far.any() else np.nan


def _whole(intensities: Floats) -> str:
    """Return which powers of intensities that are not whole are all whole numbers, as counts are; "" for none."""
    values = np.unique(intensities)
    if values.size < _FEWEST_LEVELS or values[-1] <= 0:
        return ""
    steps = values / np.diff(values).min()
    if np.abs(steps - np.round(steps)).max() < _TELLING:
        return ""  # even levels, as a linear scale has them
    places = range(1, _MOST_DECIMALS)
    decimals = next((n for n in places if np.allclose(values, np.round(values, n), rtol=0, atol=1e-10)), _MOST_DECIMALS)
    error = _ROUNDING * 10.0**-decimals
    levels = {"squares": (np.square(values), 2 * values)}
    if values[-1] <= _HIGHEST:
        for name, base in (("10", 10.0), ("e", np.e)):
            levels[f"powers of {name}"] = (base**values, np.log(base) * base**values)
    return next((name for name, (level, slope) in levels.items() if _are_whole(level, error * slope)), "")


def _are_whole(levels: Floats, errors: Floats) -> bool:
    """Say whether numbers with errors, (number,) each, are whole as far as the errors let one see, and many are."""
    telling = errors < _TELLING
    deviations = np.abs(levels - np.round(levels))[telling]
    return bool(telling.sum() >= _FEWEST_LEVELS and (deviations <= errors[telling]).all())
