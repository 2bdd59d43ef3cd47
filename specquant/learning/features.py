"""What a network makes of usual spectra, and how far it is from there for others (Mahalanobis 1936)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from specquant.errors import ModelError
from specquant.technique import Floats

PREFIX = "usual."
"""Before the names of these tensors in a model file."""

_RIDGE = 1e-3
"""Added to the correlations of features, since some never differ: chosen."""

_LEAST_DEVIATION = 1e-3
"""Of a feature, by which distances are divided: chosen, below what any that is used varies by."""


def pooled(features: Tensor) -> Tensor:
    """Return the logarithms of mean and maximum over the positions of every channel, (sample, twice the channels)."""
    if features.dim() == 2:
        return torch.log1p(features.clamp_min(0.0))
    flat = features.flatten(2).clamp_min(0.0)
    return torch.log1p(torch.cat([flat.mean(dim=2), flat.amax(dim=2)], dim=1))


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

    mean: Tensor
    deviation: Tensor
    whitener: Tensor

    @staticmethod
    def of(features: Tensor) -> "FeatureTable":
        """Return the table of pooled features (sample, feature)."""
        mean, deviation = features.mean(dim=0), features.std(dim=0).clamp_min(_LEAST_DEVIATION)
        correlation = torch.cov(((features - mean) / deviation).double().T)
        values, vectors = torch.linalg.eigh(correlation + _RIDGE * torch.eye(len(correlation)))
        return FeatureTable(mean, deviation, (vectors / values.sqrt()).float())

    @staticmethod
    def read(tensors: Mapping[str, Tensor], path: Path) -> "FeatureTable | None":
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
        if mean.dim() != 1 or deviation.shape != mean.shape or whitener.shape != (*mean.shape, *mean.shape):
            raise ModelError("usual features do not go together", where=path, found=tuple(whitener.shape))
        return FeatureTable(mean, deviation, whitener)

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors as they stand in a model file."""
        return {
            f"{PREFIX}mean": self.mean,
            f"{PREFIX}deviation": self.deviation,
            f"{PREFIX}whitener": self.whitener,
        }

    def distances(self, features: Tensor) -> Floats:
        """Return the squared distance of pooled features (sample, feature), per feature, (sample,)."""
        away = ((features.cpu() - self.mean) / self.deviation.clamp_min(_LEAST_DEVIATION)) @ self.whitener
        return away.square().mean(dim=1).double().numpy()
