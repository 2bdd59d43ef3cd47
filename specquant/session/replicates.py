"""The mean of several spectra, of replicates above all, and how far they scatter."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SettingError
from specquant.session.fileresults import FileResult
from specquant.technique import Floats

_FEWEST = 2
"""Spectra that scatter needs."""


def _mean(values: Floats) -> Floats:
    return np.asarray(values.mean(axis=0))


def _deviation(values: Floats) -> Floats:
    return np.asarray(values.std(axis=0, ddof=1))


def _error(values: Floats) -> Floats:
    return np.asarray(_deviation(values) / np.sqrt(len(values)))


STATISTICS = {"mean": _mean, "standard deviation": _deviation, "standard error": _error}
"""What is said of several values (spectrum, ...), by name: their mean, their deviation, and the error of the mean."""


@dataclass(frozen=True)
class Replicates:
    """The compositions of several spectra.

    Parameters
    ----------
    fraction
        Atomic fractions of the spectra that are quantified, (spectrum, element).
    weight_fraction
        Weight fractions of the same, (spectrum, element).
    is_shown
        Which elements are shown of each, (spectrum, element).
    left_out
        Number of spectra that are not quantified.
    """

    fraction: Floats
    weight_fraction: Floats
    is_shown: NDArray[np.bool_]
    left_out: int = 0

    @staticmethod
    def of(results: Iterable[FileResult], method: str, force: bool = False) -> "Replicates":
        """Return the compositions of files by one method; `force` takes what is not quantified too."""
        return Replicates.join([_of_file(result, method, force) for result in results])

    @staticmethod
    def join(parts: "Sequence[Replicates]") -> "Replicates":
        """Return several as one."""
        return Replicates(
            np.concatenate([part.fraction for part in parts]),
            np.concatenate([part.weight_fraction for part in parts]),
            np.concatenate([part.is_shown for part in parts]),
            sum(part.left_out for part in parts),
        )

    def checked(self) -> "Replicates":
        """Return them if there are enough for a mean; raises SettingError if not."""
        if len(self.fraction) < _FEWEST:
            raise SettingError(
                "a mean needs replicates",
                where="--mean",
                found=f"{len(self.fraction)} quantified spectra",
                wanted=f"{_FEWEST} at least",
            )
        return self

    @property
    def mean(self) -> Floats:
        """Mean atomic fractions, (element,)."""
        return _mean(self.fraction)

    @property
    def weight_mean(self) -> Floats:
        """Mean weight fractions, (element,)."""
        return _mean(self.weight_fraction)

    @property
    def deviation(self) -> Floats:
        """Standard deviations of the atomic fractions of single spectra, (element,)."""
        return _deviation(self.fraction)

    @property
    def error(self) -> Floats:
        """Standard errors of the mean atomic fractions, (element,)."""
        return _error(self.fraction)

    def statistics(self) -> Iterator[tuple[str, Floats, Floats]]:
        """Yield mean, standard deviation and standard error by name: of atomic and of weight fractions, (element,)."""
        for name, statistic in STATISTICS.items():
            yield name, statistic(self.fraction), statistic(self.weight_fraction)

    @property
    def often(self) -> Floats:
        """Share of the spectra in which each element is shown, (element,)."""
        return np.asarray(self.is_shown.mean(axis=0))

    @cached_property
    def shown(self) -> NDArray[np.intp]:
        """Indices of the elements that are shown of any spectrum, by the mean, largest first."""
        order = np.argsort(-self.mean, kind="stable")
        return np.asarray(order[self.is_shown.sum(axis=0)[order] > 0])


def _of_file(result: FileResult, method: str, force: bool) -> Replicates:
    composition = result.answers(method, force)
    fraction, weight = composition["fraction"].values, composition["weight_fraction"].values
    there = np.flatnonzero(np.isfinite(np.asarray(fraction)[:, 0]))
    return Replicates(fraction[there], weight[there], result.shown(method, force)[there], len(fraction) - there.size)
