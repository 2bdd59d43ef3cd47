"""What is found out about the instruments of spectra where nobody states it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.spectra import Spectra
from specquant.technique import Floats


@dataclass(frozen=True)
class Found:
    """The distribution of a technique's unstated quantities given each spectrum; NaN where nothing was looked for.

    Parameters
    ----------
    mean
        Mean of every quantity, (sample, quantity).
    deviation
        Its standard deviation, (sample, quantity).
    kind
        Probability of every kind of instrument, for display, shape (sample, kind).
    """

    mean: Floats
    deviation: Floats
    kind: Floats

    @staticmethod
    def of_mixture(kind: Floats, mean: Floats, deviation: Floats) -> "Found":
        """Return mean and deviation of mixtures of Gaussians.

        `kind` are the weights (sample, kind), `mean` and `deviation` those of the parts, (sample, kind, quantity).
        """
        weight = kind[:, :, None]
        middle = (weight * mean).sum(axis=1)
        variance = (weight * (deviation**2 + (mean - middle[:, None]) ** 2)).sum(axis=1)
        return Found(middle, np.sqrt(variance), kind)

    def take(self, rows: NDArray[Any]) -> "Found":
        """Return what was found in some of the samples."""
        return Found(self.mean[rows], self.deviation[rows], self.kind[rows])

    def where(self, unstated: NDArray[np.bool_]) -> "Found":
        """Return what was found, NaN but for the samples (sample,) that are marked."""
        marked = unstated[:, None]
        return Found(*(np.where(marked, values, np.nan) for values in (self.mean, self.deviation, self.kind)))

    @property
    def looked_for(self) -> NDArray[np.bool_]:
        """In which samples (sample,) something was looked for."""
        return np.asarray(np.isfinite(self.mean).all(axis=1))

    def pooled(self, floor: float) -> "Found":
        """Return what all samples together say, taken to be of one instrument and of different materials.

        Means are averaged, and so are variances, which fall with the number of spectra down to `floor`, a standard
        deviation that they share. Probabilities of kinds are averaged too: multiplied, they are far too sure.
        """
        looked_for = self.looked_for
        count, each = int(looked_for.sum()), self.take(looked_for)
        if count == 0:
            return self
        mean, kind = each.mean.mean(axis=0), each.kind.mean(axis=0)
        single = np.sqrt((each.deviation**2).mean(axis=0))
        deviation = np.minimum(np.sqrt(single**2 / count + floor**2), single)
        shared = Found(*(np.broadcast_to(values, (len(self.mean), values.size)) for values in (mean, deviation, kind)))
        return shared.where(looked_for)

    def of_rows(self, rows: Mapping[int, "Found"]) -> "Found":
        """Return what was found, with some samples replaced by the only sample of another record each."""
        columns = {name: getattr(self, name).copy() for name in ("mean", "deviation", "kind")}
        for row, other in rows.items():
            for name, values in columns.items():
                values[row] = getattr(other, name)[0]
        return Found(**columns)


Finder = Callable[[Spectra], Found]
"""What finds out about the instruments of spectra."""
