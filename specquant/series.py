"""Series: spectra measured one after another along a depth, a time or a line, and their composition as a profile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from specquant.intervals import MEDIAN_SIZE, Z90
from specquant.technique import Coordinate, Facts, Floats

_STEPS = 33
"""Variances of a step that are tried, on a geometric grid: neighbours differ by a factor 1.8, which changes a profile
by far less than its error."""

_SMALLEST, _LARGEST = 1e-8, 1e8
"""Variance of a step between neighbours below which a profile is flat, a hundredth of an atomic per cent; and the
largest over the smallest, at which nothing is smoothed."""

_LEAST_ERROR = 1e-3
"""Standard deviation of a fraction at the least, so that one that claims more does not bind its neighbours: 0.1 at%."""

NUMBERED = "Spectrum"
"""What varies along a series of which nobody states what does."""

_DIGITS = 6
"""Decimals of a fraction in tables: a millionth is far below any error."""


@dataclass(frozen=True)
class Profile:
    """Fractions along a series.

    Parameters
    ----------
    coordinate
        What varies, such as ``Etch time``.
    unit
        Its unit; "" for none.
    at
        Its values (sample,), ascending.
    names
        Names of the spectra, (sample,).
    elements
        Symbols, the most abundant first.
    fraction
        Atomic fractions, (sample, element); NaN where nothing is quantified.
    lower
        Lower ends of their 90 % intervals, (sample, element); NaN where nothing is quantified.
    upper
        Upper ends of their 90 % intervals, (sample, element); NaN where nothing is quantified.
    scatter
        Standard errors of the fractions by counting alone, by which neighbours differ, (sample, element); NaN where not
        known. The rest of an error is what spectra of one instrument have in common.
    measured
        Fractions before they were smoothed along the series, (sample, element); None: they are not smoothed.
    """

    coordinate: str
    unit: str
    at: Floats
    names: tuple[str, ...]
    elements: tuple[str, ...]
    fraction: Floats
    lower: Floats
    upper: Floats
    scatter: Floats
    measured: Floats | None = None

    @property
    def title(self) -> str:
        """What varies, with its unit."""
        return f"{self.coordinate}, {self.unit}" if self.unit else self.coordinate

    def smoothed(self) -> "Profile":
        """Return the profile by a random walk from spectrum to spectrum, the variance of its steps as is likeliest.

        Smoothed is what scatters from one spectrum to the next; what all have in common, such as the error of a
        sensitivity factor, stays in the intervals. Each element by itself; fractions are brought to the sum of one
        afterwards. R. E. Kalman, J. Basic Eng. 82 (1960) 35; H. E. Rauch, F. Tung, C. T. Striebel, AIAA J. 3 (1965)
        1445.
        """
        values, errors = np.empty_like(self.fraction), np.empty_like(self.fraction)
        scatter = np.stack([self._scatter(column) for column in range(len(self.elements))], axis=1)
        for column in range(len(self.elements)):
            values[:, column], errors[:, column] = smoothed(self.at, self.fraction[:, column], scatter[:, column])
        values = np.clip(values, 0.0, None)
        total = values.sum(axis=1, keepdims=True)
        values = np.divide(values * np.nansum(self.fraction, axis=1, keepdims=True), total, where=total > 0, out=values)
        below, above = (
            np.sqrt(self._shared(bound - self.fraction, scatter) + (Z90 * errors) ** 2)
            for bound in (self.lower, self.upper)
        )
        lower, upper = np.clip(values - below, 0.0, 1.0), np.clip(values + above, 0.0, 1.0)
        return replace(self, fraction=values, lower=lower, upper=upper, measured=self.fraction)

    def _scatter(self, column: int) -> Floats:
        """Return by how much the values of an element scatter from one to the next, standard deviations, (sample,).

        Where counting says nothing, an element was not found, and its whole interval is that of noise. Where it says
        nothing of any spectrum, the bends of the profile tell: second differences of noise are root six as large.
        """
        counting, values = self.scatter[:, column], self.fraction[:, column]
        half = (self.upper - self.lower)[:, column] / (2 * Z90)
        if np.isfinite(counting).any():
            return np.maximum(np.where(np.isfinite(counting), counting, half), _LEAST_ERROR)
        bends = np.abs(np.diff(values[np.isfinite(values)], 2))
        seen = float(np.median(bends)) / (MEDIAN_SIZE * np.sqrt(6.0)) if bends.size else _LEAST_ERROR
        return np.maximum(np.fmin(half, seen), _LEAST_ERROR)

    def _shared(self, away: Floats, scatter: Floats) -> Floats:
        """Return squares of what bounds are `away` from fractions (sample, element), without scatter; gaps filled."""
        squares = np.maximum(np.square(away) - (Z90 * scatter) ** 2, 0.0)
        known = np.isfinite(squares).all(axis=1)
        if not known.any():
            return np.full_like(squares, np.nan)
        return np.stack([np.interp(self.at, self.at[known], column[known]) for column in squares.T], axis=1)

    def lines(self) -> Iterator[str]:
        """Yield the lines of a table: a spectrum each, elements in columns, at%."""
        width = max(12, len(self.title) + 2)
        yield f"{self.title:<{width}}" + "".join(f"{symbol:>7}" for symbol in self.elements)
        for row, at in enumerate(self.at.tolist()):
            cells = (f"{100 * part:7.1f}" if part == part else f"{'':>7}" for part in self.fraction[row].tolist())
            yield f"{at:<{width}g}" + "".join(cells)

    def rows(self) -> Iterator[list[object]]:
        """Yield the rows of a table with the columns of `columns`."""
        for row, name in enumerate(self.names):
            parts = zip(self.fraction[row], self.lower[row], self.upper[row], strict=True)
            yield [name, float(self.at[row]), *(round(float(part), _DIGITS) for three in parts for part in three)]

    @property
    def columns(self) -> list[str]:
        """The columns of a table: the spectrum, the coordinate, and fraction and bounds of every element."""
        ends = ("", " lower", " upper")
        return ["spectrum", self.title, *(f"{symbol}{end}" for symbol in self.elements for end in ends)]


def profile_of(
    facts: Sequence[Facts],
    names: Sequence[str],
    elements: Sequence[str],
    fraction: Floats,
    lower: Floats,
    upper: Floats,
    scatter: Floats,
    least: float,
) -> Profile:
    """Return the profile of spectra, ordered by their coordinate; by their number where not all have one in one unit.

    Parameters
    ----------
    facts
        What files say of every spectrum beside its counts, (sample,).
    names
        Name of every spectrum, (sample,).
    elements
        Symbols of the columns.
    fraction
        Atomic fractions, (sample, element).
    lower
        Lower ends of their 90 % intervals, (sample, element).
    upper
        Upper ends of their 90 % intervals, (sample, element).
    scatter
        Standard errors by counting alone, (sample, element); NaN where not known.
    least
        Fraction that an element must reach in one spectrum at least, to be shown.
    """
    known = [each.coordinate for each in facts]
    places = [one for one in known if one is not None]
    if len(places) < len(names) or len({(one.name, one.unit) for one in places}) != 1:
        places = Coordinate.along([each.header for each in facts]) or [
            Coordinate(NUMBERED, float(number)) for number in range(1, len(names) + 1)
        ]
    at = np.array([one.value for one in places])
    order = np.argsort(at, kind="stable")
    highest = np.nan_to_num(fraction).max(axis=0, initial=0.0)
    columns = [column for column in np.argsort(-np.nan_to_num(fraction).sum(axis=0)) if highest[column] >= least]
    chosen = np.ix_(order, np.array(columns, dtype=np.intp))
    return Profile(
        places[0].name,
        places[0].unit,
        at[order],
        tuple(names[index] for index in order),
        tuple(elements[column] for column in columns),
        fraction[chosen],
        lower[chosen],
        upper[chosen],
        scatter[chosen],
    )


def smoothed(at: Floats, values: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Return values (sample,) smoothed along a coordinate, with their standard deviations.

    Parameters
    ----------
    at
        Ascending coordinate, in any unit, (sample,).
    values
        Values, (sample,); NaN values are filled in.
    errors
        Standard deviations of the values, in their unit, (sample,).
    """
    known = np.isfinite(values)
    if known.sum() < 2 or at[-1] == at[0]:
        return values.copy(), errors.copy()
    steps = np.diff(at) / (at[-1] - at[0]) * (len(at) - 1)
    variances = np.where(known & np.isfinite(errors), np.nan_to_num(errors, nan=1.0) ** 2, np.inf)
    rates = _SMALLEST * np.geomspace(1.0, _LARGEST, _STEPS)
    best = max(rates, key=lambda rate: _filtered(values, variances, rate * steps)[0])
    return _smoothed(values, variances, best * steps)


def _filtered(values: Floats, variances: Floats, walk: Floats) -> tuple[float, Floats, Floats]:
    """Return the logarithm of the likelihood, and mean and variance at every place given what lies before it."""
    likelihood, means, spreads = 0.0, np.empty(len(values)), np.empty(len(values))
    mean, spread = 0.0, 1.0
    for index, (value, variance) in enumerate(zip(values, variances, strict=True)):
        spread += walk[index - 1] if index else 0.0
        if np.isfinite(variance) and np.isfinite(value):
            total, away = spread + variance, value - mean
            likelihood -= 0.5 * (np.log(total) + away**2 / total)
            mean, spread = mean + spread / total * away, spread * variance / total
        means[index], spreads[index] = mean, spread
    return likelihood, means, spreads


def _smoothed(values: Floats, variances: Floats, walk: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation at every place given all."""
    _, means, spreads = _filtered(values, variances, walk)
    for index in range(len(values) - 2, -1, -1):
        ahead = spreads[index] + walk[index]
        gain = spreads[index] / ahead if ahead > 0 else 0.0
        means[index] += gain * (means[index + 1] - means[index])
        spreads[index] += gain**2 * (spreads[index + 1] - ahead)
    return means, np.sqrt(np.maximum(spreads, 0.0))
