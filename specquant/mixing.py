"""The law between composition and component intensities: the article's linear one, unless the technique has its own."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from specquant.technique import MEASURED, Mixing, Technique


class LinearMixing:
    """Component intensity = atomic fraction of its element x sensitivity factor (the article's law).

    Parameters
    ----------
    sensitivity
        Factor of every component's element; 0 for components of no element, of which the law knows nothing.
    """

    def __init__(self, sensitivity: Sequence[float]) -> None:
        self._yields = torch.tensor(sensitivity, dtype=torch.float64)

    def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:  # noqa: ARG002
        """Return the sensitivity factors, (sample, component), whatever the composition and the instrument."""
        return self._yields.to(fraction).expand(len(fraction), -1)


def mixes_linearly(technique: Technique, labels: Sequence[str]) -> bool:
    """Return whether components of these labels mix by the linear law."""
    return technique.mixing is None or MEASURED in labels


def mixing_law(technique: Technique, symbols: Sequence[str], labels: Sequence[str], linear: bool = False) -> Mixing:
    """Return the technique's own law, or the linear one.

    Parameters
    ----------
    technique
        Whose law and sensitivity factors.
    symbols, labels
        Element (``""`` for none) and label of every component.
    linear
        Take the linear law even where the technique has its own.
    """
    if technique.mixing is None or linear or mixes_linearly(technique, labels):
        return LinearMixing([technique.sensitivity[symbol] if symbol else 0.0 for symbol in symbols])
    return technique.mixing(symbols, labels)


def places(symbols: Sequence[str], elements: Sequence[str]) -> list[int]:
    """Return the index of every component's element, -1 for components of no element."""
    return [elements.index(symbol) if symbol else -1 for symbol in symbols]


def intensities(law: Mixing, fraction: Tensor, values: Mapping[str, Tensor], place: Sequence[int]) -> Tensor:
    """Return (sample, component) intensities of (sample, element) atomic fractions.

    Parameters
    ----------
    law, fraction, values
        The mixing law and what it takes.
    place
        Index of the element of every component, -1 for none.
    """
    amounts = torch.cat([fraction, torch.ones_like(fraction[:, :1])], dim=1)  # -1 finds the one at the end
    return law.yields(fraction, values) * amounts[:, list(place)]
