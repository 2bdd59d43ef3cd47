"""Fractions of pixels where some are fixed: as stated, and the others in proportion, with what that does to errors."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.fits.model.fixed import FixedShares

_NOTHING = 1e-9
"""Least amount of the free elements together that is more than rounding."""


@dataclass(frozen=True)
class Shares:
    """What pixels of a phase have of its elements, torch float64, (pixel, element) each.

    Parameters
    ----------
    fraction
        Atomic fractions.
    centre
        Atomic fractions of the estimate without bounds, from which intervals begin.
    counted
        Variances by counting.
    shared
        Variances by what all pixels of the phase share.
    slope
        By how much that of counting grows with the fraction.
    without
        That of counting in a pixel without the element.
    """

    fraction: Tensor
    centre: Tensor
    counted: Tensor
    shared: Tensor
    slope: Tensor
    without: Tensor


class Fixing:
    """Brings the shares of pixels to what is fixed, as `FixedShares` does with those of one spectrum.

    Parameters
    ----------
    fixed
        What is fixed, of all elements of the technique.
    elements
        Indices of those that pixels are fitted by, (element,).
    widening
        Factor on the deviations of what is fixed, as the fit of one spectrum has it.
    device
        Where torch computes.
    """

    def __init__(self, fixed: FixedShares, elements: NDArray[np.intp], widening: float, device: torch.device) -> None:
        self._widening = widening
        rows, columns = np.ix_(elements, elements)
        self._atoms, self._moved, self._is_fixed = (
            torch.as_tensor(np.ascontiguousarray(values), device=device)
            for values in (fixed.atoms[rows, columns], fixed.moved[:, rows, columns], np.isin(elements, fixed.elements))
        )

    def __call__(self, shares: Shares, amounts: Tensor, counting: Tensor, systematic: Tensor) -> Shares:
        """Return shares as fixed.

        Parameters
        ----------
        shares
            As by the lines of all elements.
        amounts
            Amounts of the elements by their lines, (pixel, element).
        counting
            Covariances of those amounts by counting, (pixel, element, element).
        systematic
            Covariances of those amounts by what all pixels share, (pixel, element, element).
        """
        actual = amounts @ self._atoms
        total = actual.sum(dim=1, keepdim=True).clamp_min(_NOTHING)
        fraction = actual / total
        slopes = (self._atoms.T[None] - fraction[:, :, None] * self._atoms.sum(dim=1)) / total[:, :, None]
        counted, shared = (((slopes @ covariance) * slopes).sum(dim=2) for covariance in (counting, systematic))
        for moved in self._moved:
            other = amounts @ moved
            away = other / other.sum(dim=1, keepdim=True).clamp_min(_NOTHING) - fraction
            shared = shared + (self._widening * away) ** 2
        scale = torch.where(self._is_fixed, 0.0, amounts.sum(dim=1, keepdim=True) / total)
        brought = Shares(
            fraction,
            torch.where(self._is_fixed, fraction, shares.centre * scale),
            counted,
            shared,
            shares.slope * scale,
            torch.where(self._is_fixed, shares.without, shares.without * scale**2),
        )
        there = actual.sum(dim=1, keepdim=True) > _NOTHING
        names = vars(brought)
        return replace(brought, **{name: torch.where(there, names[name], vars(shares)[name]) for name in names})
