"""A figure of a study: mean and spread over seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np

from specquant.report.numbers import percent, signed_percent
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


def figure_text(figure: Figure) -> str:
    """Return a mean in per cent, with its spread where there is one: ``91.20 \u00b1 0.14``."""
    spread = f" \u00b1 {percent(figure.spread, 2)}" if isfinite(figure.spread) else ""
    return f"{percent(figure.mean, 2)}{spread}"


def gain_text(figure: Figure) -> str:
    """Return a difference in points of per cent, with its spread where there is one: ``+3.1 \u00b1 0.4``."""
    spread = f" \u00b1 {percent(figure.spread)}" if isfinite(figure.spread) else ""
    return f"{signed_percent(figure.mean)}{spread}"
