"""Lines beside all that is free in a fit: what the fit cannot make up of them without their element."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.technique import Floats

_RIDGE = 1e-6
"""Added to the diagonal of the scaled normal matrix, since two columns may have the same peaks: chosen, well above
rounding."""

_ALIKE = 1e-6
"""An element has no limit if the fit can make up its lines but for this share of their weight: chosen, well above
rounding."""


class Free:
    """The columns of a fit, of which all is free, as far as peaks say how much of each there is.

    Parameters
    ----------
    columns
        Their peaks (unknown, channel), see `specquant.fits.model.peaks.peaks`.
    weight
        Inverse variances, (channel,).
    priors
        What priors add to the normal matrix, (unknown, unknown).
    products
        Weighed products of the columns, (unknown, unknown); None: they are computed.
    some
        Indices of those that are free, (free,); None: all.
    """

    def __init__(
        self,
        columns: Floats,
        weight: Floats,
        priors: Floats,
        products: Floats | None = None,
        some: NDArray[np.intp] | None = None,
    ) -> None:
        self.columns, self.weight = columns, weight
        self.products: Floats = (columns * weight) @ columns.T if products is None else products
        self._some = np.arange(len(columns)) if some is None else some
        self._scaled, self._scale = regular((self.products + priors)[np.ix_(self._some, self._some)])

    def given(self, shared: Floats) -> Floats:
        """Return how much of each column makes up for lines with these products with all columns, (line, unknown)."""
        given = np.zeros_like(shared)
        given[:, self._some] = made_up(self._scaled, self._scale, shared[:, self._some])
        return given

    def without(self, rest: Floats) -> Floats:
        """Return residuals (channel,) without what the columns make up of them."""
        return np.asarray(rest - self.given((self.columns @ (self.weight * rest))[None])[0] @ self.columns)


@dataclass(frozen=True)
class Beside:
    """What is left of lines where all that is free gives way to them.

    Parameters
    ----------
    given
        How much of each free column makes up for the lines, (line, unknown).
    information
        Inverse variance of the amount of each line, (line,); 1 where the columns make up for all of it.
    known
        Where they do not, (line,).
    """

    given: Floats
    information: Floats
    known: NDArray[np.bool_]

    @staticmethod
    def of(lines: Floats, free: Free) -> "Beside":
        """Return what is left of the peaks of lines (line, channel)."""
        weighted = lines * free.weight
        shared = weighted @ free.columns.T
        given = free.given(shared)
        alone = np.einsum("lc,lc->l", weighted, lines)
        information = alone - np.einsum("lu,lu->l", given, shared)
        known = information > _ALIKE * alone
        return Beside(given, np.where(known, information, 1.0), known)

    def fractions(self, amounts: Floats) -> Floats:
        """Return amounts (line,) beside all other atoms as atomic fractions; 1 where nothing is known."""
        return np.where(self.known, amounts / (1.0 + amounts), 1.0)


def regular(normal: Floats) -> tuple[Floats, Floats]:
    """Return a normal matrix (unknown, unknown) scaled to a diagonal of one, which can be solved, and the scale."""
    scale = 1.0 / np.sqrt(np.maximum(np.diag(normal), 1e-300))
    return normal * np.outer(scale, scale) + _RIDGE * np.eye(scale.size), scale


def made_up(scaled: Floats, scale: Floats, shared: Floats) -> Floats:
    """Return how much of each unknown makes up for lines with these products with all of them, (..., unknown).

    The normal matrix (unknown, unknown) is `regular`, and comes with its scale.
    """
    solved = np.linalg.solve(scaled, (shared * scale).reshape(-1, scale.size).T).T * scale
    return np.asarray(solved.reshape(shared.shape))
