"""Lines beside all that is free in a fit: what the fit cannot make up of them without their element."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.fits.evidence import regular
from specquant.technique import Floats

_ALIKE = 1e-6
"""An element has no limit if the fit can make up its lines but for this share of their weight: chosen, well above
rounding."""


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
    def of(lines: Floats, columns: Floats, weight: Floats, priors: Floats) -> "Beside":
        """Return what is left of lines (line, channel) beside columns (unknown, channel).

        Parameters
        ----------
        lines, columns
            Their peaks, see `specquant.fits.evidence.peaks`.
        weight
            Inverse variances, (channel,).
        priors
            What priors add to the normal matrix, (unknown, unknown).
        """
        weighted = lines * weight
        shared = weighted @ columns.T
        scaled, scale = regular((columns * weight) @ columns.T + priors)
        given: Floats = np.linalg.solve(scaled, (shared * scale).T).T * scale
        alone = (weighted * lines).sum(axis=1)
        information = alone - (given * shared).sum(axis=1)
        known = information > _ALIKE * alone
        return Beside(given, np.where(known, information, 1.0), known)

    def fractions(self, amounts: Floats) -> Floats:
        """Return amounts (line,) beside all other atoms as atomic fractions; 1 where nothing is known."""
        return np.where(self.known, amounts / (1.0 + amounts), 1.0)
