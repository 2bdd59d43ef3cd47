"""The functions that a technique with physics of its own hands over, as protocols."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class Response(Protocol):
    """What instrument and bulk do to bare lines, vectorised over samples."""

    def __call__(self, primary: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Map (sample, energy) bare lines to (sample, energy) spectra; `values` holds shape (sample,) per parameter."""
        ...


class Mixing(Protocol):
    """The law between atomic fractions and component intensities, vectorised over samples."""

    def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return the (sample, component) intensity of each component per unit atomic fraction of its element.

        The intensity is the yield times the fraction, so that a yield is defined where the fraction is zero too. For a
        component of no element it is the intensity itself.

        Parameters
        ----------
        fraction
            Atomic fractions (sample, element) of all elements of the technique, float32 or float64, on any device.
        values
            Every instrument parameter, shape (sample,), of the same type and on the same device.
        """
        ...
