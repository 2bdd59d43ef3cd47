"""What is thought of a composition before its spectrum is fitted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.fits.model.fixed import FixedShares
from specquant.technique import Floats


@dataclass(frozen=True)
class Beforehand:
    """What is thought of the composition of one spectrum before it is fitted, shape (element,) each.

    Parameters
    ----------
    fraction
        Atomic fractions to begin with.
    lower
        Lower ends of their 90 % intervals, NaN where not known.
    upper
        Upper ends of their 90 % intervals, NaN where not known.
    log_odds
        Natural logarithm of the odds that each element is there at all; None: even ones.
    candidates
        The only elements there can be; None: all that are not fitted only if they are listed.
    required
        Elements that are fitted and never dropped; None: there are none.
    fixed
        Fractions that are fixed; None: there are none.
    """

    fraction: Floats
    lower: Floats
    upper: Floats
    log_odds: Floats | None = None
    candidates: NDArray[np.bool_] | None = None
    required: NDArray[np.bool_] | None = None
    fixed: FixedShares | None = None

    @property
    def possible(self) -> NDArray[np.bool_]:
        """Elements that can be there."""
        return np.ones(self.fraction.size, dtype=bool) if self.candidates is None else self.candidates

    @property
    def needed(self) -> NDArray[np.bool_]:
        """Elements that are there."""
        return np.zeros(self.fraction.size, dtype=bool) if self.required is None else self.required

    @property
    def complete(self) -> bool:
        """Whether all elements that can be there are."""
        return bool((self.needed | ~self.possible).all())

    @property
    def odds(self) -> Floats:
        """The logarithm of the odds of each element, even ones if they are not known."""
        return np.zeros(self.fraction.size) if self.log_odds is None else self.log_odds


def begun_with(wanted: NDArray[np.bool_], possible: NDArray[np.bool_], proposed: Floats) -> NDArray[np.bool_]:
    """Return the elements (element,) that a fit begins with: of all that are possible those wanted, at least one."""
    chosen = wanted & possible
    if not chosen.any():
        chosen[np.argmax(np.where(possible, proposed, -1.0))] = True
    return np.asarray(chosen)
