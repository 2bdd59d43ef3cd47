"""Sizes of the networks that find out about an instrument, as model files hold them."""

from dataclasses import dataclass

import numpy as np

from specquant.technique import Floats

OFFSET_INPUTS = 2
"""Input channels of the offset network: square root, mask."""

NARROWEST, WIDEST = -2.5, 1.5
"""Range of the logarithm of a standard deviation, in spreads of the quantity: chosen, from a twelfth, finer than any
spectrum says, to what is wider than knowing nothing."""


@dataclass(frozen=True)
class OffsetShape:
    """Sizes of the network; written into the model file.

    Parameters
    ----------
    energies
        Channels of a spectrum.
    kinds
        Kinds of instrument that it tells apart.
    first
        The first of the offsets that it tells apart, in the unit of the axis.
    step
        Distance of two of them, in the same unit.
    bins
        How many there are.
    channels
        Channels of the convolutions, as the table of this module has them; chosen.
    kernels
        Widths of their kernels; chosen.
    stride
        Their stride; chosen.
    dense
        Units of the dense layer; chosen.
    """

    energies: int
    kinds: int
    first: float
    step: float
    bins: int
    channels: tuple[int, int, int] = (16, 32, 64)
    kernels: tuple[int, int, int] = (9, 7, 5)
    stride: int = 2
    dense: int = 128

    def offsets(self) -> Floats:
        """Return the offset of every bin, in the unit of the axis, shape (offset,)."""
        return self.first + self.step * np.arange(self.bins, dtype=np.float64)


@dataclass(frozen=True)
class QuantityShape:
    """Sizes of the network; written into the model file.

    Parameters
    ----------
    energies
        Channels of a spectrum.
    kinds
        Kinds of instrument that it tells apart.
    means
        Mean of every quantity over the spectra of each kind, (kind, quantity).
    spreads
        Its standard deviation, (kind, quantity).
    centres
        Middle of the range of each stated parameter that is an input, (parameter,).
    spans
        Half of the range of each, (parameter,).
    channels
        Channels of the convolutions, as the table of this module has them; chosen.
    kernels
        Widths of their kernels; chosen.
    strides
        Their strides; chosen.
    dense
        Units of the dense layer; chosen.
    """

    energies: int
    kinds: int
    means: tuple[tuple[float, ...], ...]
    spreads: tuple[tuple[float, ...], ...]
    centres: tuple[float, ...]
    spans: tuple[float, ...]
    channels: tuple[int, int, int, int] = (16, 32, 64, 64)
    kernels: tuple[int, int, int, int] = (9, 7, 5, 5)
    strides: tuple[int, int, int, int] = (4, 2, 2, 2)
    dense: int = 128
