"""Every pixel of a phase by weighted non-negative least squares, as one batch of small normal equations.

Weights are the inverse of the phase's mean spectrum, not of a pixel's own few counts. So they do not depend on the
pixel, the estimate is linear in the counts, and unbiased at any number of them; all pixels share one normal matrix; and
for pixels like the phase's mean it is as precise as maximum likelihood. The covariance is the exact one of this
estimate for Poisson counts of the pixel's own intensities, whatever the weights are.

What the phase's fit leaves over, all its pixels leave over alike. It is the model's error, which the phase's fit knows
to be one, and is taken off: the mean of a phase's pixels is the phase's own composition.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from specquant.fits.model.hidden import ERRORS, LEAST_ERROR, MOST_ERROR
from specquant.maps.basis import PhaseBasis
from specquant.maps.fixing import Fixing, Shares
from specquant.quantifiers import Z90

_EXCHANGES = 24
"""Rounds at most in which columns change between free and zero: chosen; a few are needed."""

_INWARD = 1e-9
"""Gradient, in units of a column's own information, above which a column at zero is let free: rounding."""


@dataclass(frozen=True)
class PixelAnswers:
    """What a batch of pixels says, one row a pixel, torch float64; those of a column are side by side in memory.

    Parameters
    ----------
    fraction
        Atomic fraction of every element of the basis, (pixel, element).
    error
        Its standard error, (pixel, element).
    counting
        Its standard error by counting alone, by which pixels of a phase differ from each other, (pixel, element).
    lower
        Lower end of its 90 % interval, (pixel, element).
    upper
        Upper end of its 90 % interval, (pixel, element).
    limit
        Currie's detection limit, atomic fraction, (pixel, element).
    amounts
        Amount of every column, (pixel, column), none negative.
    chi_squared
        Mean square residual in errors of the counts, over what it is expected to be, (pixel,).
    surprise
        How many standard deviations it lies above that, (pixel,).
    """

    fraction: Tensor
    error: Tensor
    counting: Tensor
    lower: Tensor
    upper: Tensor
    limit: Tensor
    amounts: Tensor
    chi_squared: Tensor
    surprise: Tensor


class PixelFit:
    """The fit of all pixels of one phase.

    Parameters
    ----------
    basis
        What they are made of.
    device
        Where torch computes.
    """

    def __init__(self, basis: PhaseBasis, device: str = "cpu") -> None:
        self.basis = basis
        self.device = torch.device(device)
        columns, weight = basis.columns, 1.0 / basis.mean
        reading = (columns * weight).T
        normal = reading.T @ columns.T
        self._inverse = np.linalg.pinv(normal, hermitian=True)
        cubes = np.einsum("ca,jc,cb->jab", reading, columns, reading, optimize=True)
        self.covariances = np.einsum("ab,jbc,cd->jad", self._inverse, cubes, self._inverse, optimize=True)
        """Covariance of the amounts per unit of the amount of each column, (column, column, column)."""
        self.reading, self.weight = reading, weight
        self.normal = self._tensor(normal)
        self._alike = self._tensor(self._inverse @ (reading.T @ basis.left))
        self._sums = self._tensor(columns.sum(axis=1))
        spent = np.einsum("ab,jba->j", self._inverse, cubes)
        self._expected = self._tensor((columns * weight).sum(axis=1) - spent)
        self._spread_own = self._tensor((columns * weight**2).sum(axis=1))
        self._spread_square = self._tensor(2.0 * np.einsum("ac,c,bc->ab", columns, weight**2, columns, optimize=True))

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(values), dtype=torch.float64, device=self.device)

    @cached_property
    def inverse(self) -> Tensor:
        """Inverse of the normal matrix, (column, column)."""
        return self._tensor(self._inverse)

    def amounts(self, readings: Tensor) -> Tensor:
        """Return the amounts (pixel, column) of readings (pixel, column), none negative."""
        return non_negative(self.normal, *self._without_error(readings))

    def _without_error(self, readings: Tensor) -> tuple[Tensor, Tensor]:
        """Return readings (pixel, column), and amounts without bounds, without what all pixels leave over alike."""
        free = _product(readings, self.inverse)
        alike = _product((free @ self._sums)[:, None], self._alike[None])
        return readings - _product(alike, self.normal), free - alike

    def answers(self, readings: Tensor, squares: Tensor) -> PixelAnswers:
        """Return what pixels say.

        Parameters
        ----------
        readings
            Counts times `reading`, (pixel, column).
        squares
            Squared counts times `weight`, (pixel,).
        """
        settled, free = self._without_error(readings)
        amounts = non_negative(self.normal, settled, free)
        shares = self._shares(amounts, free)
        variance = shares.counted + shares.shared
        counting = shares.counted.clamp_min(0.0).sqrt()
        error = variance.clamp_min(0.0).sqrt()
        # a few counts: the error is that of the fraction at the interval's end, not that of the estimate
        half = 0.5 * Z90**2 * shares.slope
        reach = Z90 * (variance + 0.25 * (Z90 * shares.slope) ** 2).clamp_min(0.0).sqrt()
        further = self._further(error / shares.fraction)
        below = reach * (further if self._stated is None else torch.where(self._stated, 1.0, further))
        lower = torch.minimum((shares.centre + half - below).clamp(0.0, 1.0), shares.fraction)
        upper = torch.maximum((shares.centre + half + reach).clamp(0.0, 1.0), shares.fraction)
        limit = (Z90**2 * shares.slope + 2.0 * Z90 * shares.without.clamp_min(0.0).sqrt()).clamp(0.0, 1.0)
        misfit = squares - 2.0 * (amounts * readings).sum(dim=1) + (_product(amounts, self.normal) * amounts).sum(dim=1)
        expected = (amounts @ self._expected).clamp_min(1e-9)
        spread = amounts @ self._spread_own + (_product(amounts, self._spread_square) * amounts).sum(dim=1)
        surprise = (misfit - expected) / spread.clamp_min(1e-9).sqrt()
        return PixelAnswers(shares.fraction, error, counting, lower, upper, limit, amounts, misfit / expected, surprise)

    def _shares(self, amounts: Tensor, free: Tensor) -> Shares:
        """Return the shares that elements have of amounts (pixel, column), `free` without bounds, as fixed."""
        count = self.basis.count
        of_elements = amounts[:, :count]
        fraction, total = _shares(of_elements)
        centre, _ = _shares(free[:, :count], total)
        shares = Shares(fraction, centre, *self._variances(amounts, fraction, total))
        if self.basis.fixed is None:
            return shares
        counting = torch.einsum("pj,jab->pab", amounts, self._tensor(self.covariances[:, :count, :count]))
        systematic = self._tensor(self.basis.systematic) * of_elements[:, :, None] * of_elements[:, None]
        fixing = Fixing(self.basis.fixed, self.basis.elements, self.basis.widening, self.device)
        return fixing(shares, of_elements, counting, systematic)

    @cached_property
    def _stated(self) -> Tensor | None:
        """Which elements (element,) have stated fractions, which nothing hidden lowers; None: no element has."""
        if self.basis.fixed is None:
            return None
        return torch.as_tensor(np.isin(self.basis.elements, self.basis.fixed.elements), device=self.device)

    @cached_property
    def _further_table(self) -> Tensor:
        """By how much lower ends reach further for what is hidden, at the relative errors of its table, (error,)."""
        hidden = self.basis.hidden
        return self._tensor(np.maximum(hidden.table / (Z90 * hidden.errors), 1.0)).float()

    def _further(self, errors: Tensor) -> Tensor:
        """Return by how much lower ends reach further for what is hidden, for relative errors of any shape."""
        step = np.log(MOST_ERROR / LEAST_ERROR) / (ERRORS - 1)
        at = ((errors.float().log() - np.log(LEAST_ERROR)) / step).nan_to_num_(ERRORS).clamp_(0.0, ERRORS - 1.001)
        low = at.long()
        table = self._further_table
        return torch.lerp(table[low], table[low + 1], at - low)

    @cached_property
    def _tables(self) -> tuple[Tensor, Tensor, Tensor]:
        """Per unit of each amount: variances, covariances with the sum, and variance of the sum of the elements."""
        count = self.basis.count
        of_elements = self.covariances[:, :count, :count]
        diagonal = np.einsum("jaa->ja", of_elements)
        return self._tensor(diagonal), self._tensor(of_elements.sum(axis=2)), self._tensor(of_elements.sum(axis=(1, 2)))

    def _variances(self, amounts: Tensor, fraction: Tensor, total: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return variances of each fraction: of counting, of what pixels share; how the first grows; and without it."""
        diagonal, rows, whole = self._tables
        single, beside, of_sum = _product(amounts, diagonal), _product(amounts, rows), amounts @ whole
        square = total[:, None] ** 2
        counting = (single - 2.0 * fraction * beside + fraction**2 * of_sum[:, None]) / square
        shared = self._tensor(self.basis.systematic)
        with_sum = _product(fraction, shared)
        of_all = (with_sum * fraction).sum(dim=1, keepdim=True)
        systematic = fraction**2 * (torch.diagonal(shared)[None] - 2.0 * with_sum + of_all)
        slope = torch.diagonal(diagonal[: self.basis.count])[None] / total[:, None]
        without = (single - amounts[:, : self.basis.count] * torch.diagonal(diagonal[: self.basis.count])) / square
        return counting, systematic, slope.expand_as(fraction), without


def _product(rows: Tensor, matrix: Tensor) -> Tensor:
    """Return a product (pixel, column) with the pixels of each column side by side in memory.

    All that follows is computed along columns, which are a hundred times as long as rows.
    """
    return (matrix.T @ rows.T).T


def _shares(amounts: Tensor, total: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return amounts (pixel, element) as shares of their sum, and the sums, which are never nothing."""
    total = amounts.sum(dim=1).clamp_min(1e-9) if total is None else total
    return amounts / total[:, None], total


def non_negative(normal: Tensor, readings: Tensor, free: Tensor) -> Tensor:
    """Return the non-negative solutions (pixel, column) of one normal matrix with many right-hand sides.

    Block principal pivoting (Kim and Park, SIAM J. Sci. Comput. 33 (2011) 3261): columns that are negative go to zero,
    and those at zero with an inward gradient come back; pixels with the same columns free are solved together. `free`
    is the solution without bounds.
    """
    amounts = free.clone()
    rows = torch.nonzero((free < 0).any(dim=1))[:, 0]
    if not len(rows):
        return amounts
    passive = free[rows] >= 0
    scale = torch.diagonal(normal)
    fewest = torch.full((len(rows),), normal.shape[0] + 1, device=normal.device)
    chances = torch.full((len(rows),), 3, device=normal.device)
    solved = torch.zeros((len(rows), normal.shape[0]), dtype=normal.dtype, device=normal.device)
    waiting = torch.arange(len(rows), device=normal.device)
    for _ in range(_EXCHANGES):
        solved[waiting] = _solved(normal, readings[rows[waiting]], passive[waiting])
        gradient = (readings[rows[waiting]] - solved[waiting] @ normal) / scale
        wrong = torch.where(passive[waiting], solved[waiting] < 0, gradient > _INWARD)
        number = wrong.sum(dim=1)
        open_ = number > 0
        if not open_.any():
            break
        waiting, wrong, number = waiting[open_], wrong[open_], number[open_]
        better = number < fewest[waiting]
        fewest[waiting] = torch.where(better, number, fewest[waiting])
        chances[waiting] = torch.where(better, torch.full_like(number, 3), chances[waiting] - 1)
        single = ~better & (chances[waiting] < 0)
        if single.any():
            last = normal.shape[0] - 1 - wrong.flip(1).int().argmax(dim=1)
            only = torch.zeros_like(wrong)
            only[torch.arange(len(last), device=normal.device), last] = True
            wrong = torch.where(single[:, None], only, wrong)
        passive[waiting] ^= wrong
    amounts[rows] = solved.clamp_min(0.0)
    return amounts


def _solved(normal: Tensor, readings: Tensor, passive: Tensor) -> Tensor:
    """Return the solutions with only some columns free in each row; rows with the same ones are solved together."""
    powers = 2 ** torch.arange(normal.shape[0], device=normal.device, dtype=torch.int64)
    codes = (passive * powers).sum(dim=1)
    unique, which = torch.unique(codes, return_inverse=True)
    order = torch.argsort(which, stable=True)
    counts = torch.bincount(which, minlength=len(unique)).cpu().tolist()
    solved = torch.zeros_like(readings)
    masks = (unique[:, None] & powers) > 0
    start = 0
    inverses = _inverses(normal, masks)
    for number, size in enumerate(counts):
        members = order[start : start + size]
        start += size
        solved[members] = readings[members] @ inverses[number]
    return solved


def _inverses(normal: Tensor, masks: Tensor) -> Tensor:
    """Return the inverse of the normal matrix over some columns, for each of some masks; zero elsewhere."""
    both = masks[:, :, None] & masks[:, None, :]
    apart = torch.diag_embed((~masks).to(normal.dtype))
    scale = torch.diagonal(normal).rsqrt()
    scaled = normal * scale[:, None] * scale[None]
    inverse = torch.linalg.inv(torch.where(both, scaled, torch.zeros_like(scaled)) + apart)
    return torch.where(both, inverse * scale[:, None] * scale[None], torch.zeros_like(inverse))
