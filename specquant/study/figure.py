"""A figure of a study: mean and spread over seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from specquant.technique import Floats


@dataclass(frozen=True)
class Figure:
    """Mean over seeds, and their standard deviation: NaN for one seed alone, and for what has none."""

    mean: float = nan
    spread: float = nan

    @staticmethod
    def of(values: Sequence[float] | Floats) -> "Figure":
        """Return the figure of one value per seed."""
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else nan
        return Figure(float(np.mean(values)), spread)
