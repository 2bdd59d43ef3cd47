"""What a fit of one spectrum says of its composition, whatever kind of fit it was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from specquant.fits.model.unseen import Shown
from specquant.technique import Floats

if TYPE_CHECKING:
    from specquant.fits.descent.fitting import Fit


@dataclass(frozen=True)
class Outcome:
    """The composition that a fit found.

    Parameters
    ----------
    chosen
        Indices of the elements of the fit, (chosen,).
    share
        Their atomic fractions, (chosen,).
    within
        How far their 90 % intervals reach to either side, atomic fraction, (chosen,).
    most
        Atomic fraction (element,) that each element may have unseen: 0 in the fit, or where a list of elements is
        given; NaN where the library lacks it.
    speaking
        Twice the logarithm of the likelihood ratio by which the spectrum speaks for each element that is not in the
        answer, at least 0, (element,).
    remark
        What is unusual about the fit; "": nothing.
    rejected
        Why what was proposed stands in place of the composition, in words; "": it does not.
    limits
        Detection limit (element,) of each element; NaN where not known.
    signs
        How far the fit can be believed, see `specquant.quantifiers.Sign`.
    layers
        Thickness of the layer that each element is taken to be, with its standard error, in the unit of the technique's
        parameter, (element, 2); NaN where there is nothing to say.
    axis
        By how much the axis is moved, with its standard error, eV, (2,); NaN where there is nothing to say.
    shown
        What the spectrum shows of elements that are taken to be layers, by their indices.
    fit
        The fit itself, where it is one of the whole physics.
    """

    chosen: NDArray[np.intp]
    share: Floats
    within: Floats
    most: Floats
    speaking: Floats
    remark: str = ""
    rejected: str = ""
    limits: Floats | float = np.nan
    signs: Mapping[str, float] = field(default_factory=dict)
    layers: Floats | float = np.nan
    axis: Floats | float = np.nan
    shown: Mapping[int, Shown] = field(default_factory=dict)
    fit: "Fit | None" = None
