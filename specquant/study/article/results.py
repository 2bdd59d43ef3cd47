"""What a study of the article found, as one record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from specquant.report.figures.curves import Curve
from specquant.report.json_report import plain
from specquant.study.article.plan import Budget
from specquant.study.article.table import Row
from specquant.study.trainings import Record

NOISE_BAR = 0.02
"""Accuracy that may be lost between the ratios 50 and 3.8, unless the oracle loses more; chosen."""


@dataclass(frozen=True)
class NoiseVerdict:
    """What is lost between two signal-to-noise ratios.

    `lost` is what the network trained at all ratios loses, `oracle_lost` what the oracle loses on the same spectra,
    `bayes_lost` what the Bayes limit loses, NaN where that is not known.
    """

    high: float
    low: float
    lost: float
    oracle_lost: float
    bayes_lost: float

    @property
    def allowed(self) -> float:
        """How much may be lost: two points, or what the oracle loses if that is more."""
        return max(NOISE_BAR, self.oracle_lost)

    @property
    def met(self) -> bool:
        """Whether the network loses no more than that."""
        return self.lost <= self.allowed


@dataclass(frozen=True)
class ArticleResults:
    """All that a study of the article found out.

    The curves are of accuracy on the first recipe against hidden layers, spectra seen, and signal-to-noise ratio;
    the verdict is whether accuracy holds at low ratio. `search` are the trainings by which the learning rates were
    chosen.
    """

    technique: str
    title: str
    command: str
    budget: Budget
    seeds: tuple[int, ...]
    rows: tuple[Row, ...]
    search: tuple[Record, ...]
    rates: Mapping[str, float]
    depth: tuple[Curve, ...]
    size: tuple[Curve, ...]
    noise: tuple[Curve, ...]
    verdict: NoiseVerdict
    records: tuple[Record, ...]

    @property
    def content(self) -> dict[str, Any]:
        """The results as JSON."""
        trained = {name: [one.content for one in getattr(self, name)] for name in ("search", "records")}
        return {name: plain(value) for name, value in (vars(self) | trained).items()}
