"""A share of what was counted in some spectra, with its standard error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Share:
    """A share with its standard error; both NaN where nothing was counted."""

    value: float
    error: float

    @property
    def text(self) -> str:
        """The share with its error; ``-`` where there is none."""
        return "-" if np.isnan(self.value) else f"{self.value:.2f} +-{self.error:.2f}"

    @staticmethod
    def of(hits: ArrayLike, counted: ArrayLike) -> "Share":
        """Return which share of what was counted are hits.

        The error is that of sampling spectra: what is counted in one spectrum, such as its elements, goes together.
        Where each has one, it is Wilson's (J. Am. Stat. Assoc. 22 (1927) 209) at one deviation, which is not 0 where
        all or none are hits.

        Parameters
        ----------
        hits
            Hits in each spectrum, (sample,).
        counted
            What they are hits of, (sample,).
        """
        each, number = np.asarray(hits, dtype=np.float64), np.asarray(counted, dtype=np.float64)
        spectra = np.count_nonzero(number)
        if not spectra:
            return Share(float("nan"), float("nan"))
        value = each.sum() / number.sum()
        variance = np.square(each - value * number).sum() / number.sum() ** 2
        return Share(float(value), float(np.sqrt(variance + 0.25 / spectra**2) / (1.0 + 1.0 / spectra)))
