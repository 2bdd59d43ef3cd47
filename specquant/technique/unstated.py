"""What a spectrum says of an instrument that nobody stated: quantities that a network finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.technique.axis import Floats


@dataclass(frozen=True)
class UnstatedQuantities:
    """Quantities of an instrument that a network finds in a spectrum where nobody states what they depend on.

    Parameters
    ----------
    title
        What they are of, for people: "the window of the detector".
    names
        What each quantity is, for people; a fit holds the first.
    parameters
        The stated parameters that they depend on: where one of them is stated, nothing is looked for.
    of
        ``of(values) -> (sample, quantity)``: the quantities of instruments with these values (sample,) of every
        instrument parameter.
    kinds
        Names of the kinds of instrument over which the distribution is a mixture; they are displayed only.
    kind_of
        ``kind_of(values) -> (sample,)``: the kind, by number, of instruments with these values.
    against
        Kind of instrument to the reason why the technique's model does not hold for it, if it does not.
    turned
        The parameter that a fit turns until its first quantity is the one that was found; it changes the quantity in
        one direction over its whole range.
    bases
        Values of instrument parameters from which a fit begins to turn it; of several, it takes the one that has all
        quantities best.
    recipe
        Name of the recipe that the network learns from.
    model
        Weights that ship; None: nothing is looked for.
    floor
        Standard deviation, in units of a quantity, that the mean over any number of spectra of one instrument keeps:
        what they have wrong in common.
    """

    title: str
    names: tuple[str, ...]
    parameters: tuple[str, ...]
    of: Callable[[Mapping[str, Floats]], Floats]
    kinds: tuple[str, ...]
    kind_of: Callable[[Mapping[str, Floats]], NDArray[np.intp]]
    turned: str
    bases: tuple[Mapping[str, float], ...]
    recipe: str
    model: Path | None = None
    floor: float = 0.0
    against: Mapping[str, str] = field(default_factory=dict)
