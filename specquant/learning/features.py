"""What a network makes of usual spectra, and how far it is from there for others (Mahalanobis 1936)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.errors import ModelError
from specquant.technique import Floats

Singles = NDArray[np.float32]

PREFIX = "usual."
"""Before the names of these tensors in a model file."""

_RIDGE = 1e-3
"""Added to the correlations of features, since some never differ: chosen."""

_LEAST_DEVIATION = 1e-3
"""Of a feature, by which distances are divided: chosen, below what any that is used varies by."""


@dataclass(frozen=True)
class FeatureTable:
    """Where pooled features of usual spectra lie.

    Parameters
    ----------
    mean
        Mean of every feature, (feature,).
    deviation
        Its standard deviation, (feature,).
    whitener
        Turns deviations into independent ones of variance one, (feature, feature).
    """

    mean: Singles
    deviation: Singles
    whitener: Singles

    @staticmethod
    def of(features: Singles) -> "FeatureTable":
        """Return the table of pooled features (sample, feature)."""
        known = features.astype(np.float64)
        mean, deviation = known.mean(axis=0), np.maximum(known.std(axis=0, ddof=1), _LEAST_DEVIATION)
        correlation = np.cov(((known - mean) / deviation).T)
        values, vectors = np.linalg.eigh(correlation + _RIDGE * np.eye(len(correlation)))
        return FeatureTable(*(each.astype(np.float32) for each in (mean, deviation, vectors / np.sqrt(values))))

    @staticmethod
    def read(tensors: Mapping[str, NDArray[Any]], path: Path) -> "FeatureTable | None":
        """Return the table among the tensors of a model file; None if it has none.

        Raises
        ------
        ModelError
            If their shapes do not go together.
        """
        parts = [tensors.get(f"{PREFIX}{name}") for name in ("mean", "deviation", "whitener")]
        mean, deviation, whitener = parts
        if mean is None or deviation is None or whitener is None:
            return None
        if mean.ndim != 1 or deviation.shape != mean.shape or whitener.shape != (*mean.shape, *mean.shape):
            raise ModelError("usual features do not go together", where=path, found=tuple(whitener.shape))
        return FeatureTable(mean, deviation, whitener)

    def tensors(self) -> dict[str, Singles]:
        """Return the tensors as they stand in a model file."""
        return {
            f"{PREFIX}mean": self.mean,
            f"{PREFIX}deviation": self.deviation,
            f"{PREFIX}whitener": self.whitener,
        }

    def distances(self, features: Singles) -> Floats:
        """Return the squared distance of pooled features (sample, feature), per feature, (sample,)."""
        away = ((features - self.mean) / np.maximum(self.deviation, _LEAST_DEVIATION)) @ self.whitener
        return np.asarray((away * away).mean(axis=1), dtype=np.float64)
