"""Where in a step of a fit every kind of unknown stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Layout:
    """Where in a step every kind of unknown stands, in this order."""

    amounts: slice
    factors: slice
    parameters: slice
    chemical: slice
    displaced: slice
    share: slice
    further: slice
    shift: slice
    background: slice

    @staticmethod
    def of(sizes: Sequence[int]) -> "Layout":
        """Return the layout of these many unknowns of each kind."""
        ends = np.cumsum(sizes).tolist()
        return Layout(*(slice(end - size, end) for size, end in zip(sizes, ends, strict=True)))

    @property
    def second(self) -> slice:
        """Both kinds of unknowns of second states: shares, and then how far above the first they are."""
        return slice(self.share.start, self.further.stop)

    @property
    def size(self) -> int:
        """Number of all unknowns."""
        return int(self.background.stop)
