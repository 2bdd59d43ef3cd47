"""The door for what a quantifier says: an answer to the spectra, in numbers that can be."""

from typing import NoReturn

import numpy as np

from specquant.contracts import ROUNDING, TOLERANCE
from specquant.errors import ContractError, PluginError
from specquant.quantifiers.estimates import Estimate
from specquant.validation import CURE


def check_estimate(given: object, named: str, origin: str, shape: tuple[int, int]) -> Estimate:
    """Return what a quantifier's `estimate` gave, if it is an answer.

    Parameters
    ----------
    given
        What it gave.
    named
        The quantifier, for the message.
    origin
        The plug-in that brings it; "": it is of the core.
    shape
        Sizes of its arrays, (sample, element).

    Raises
    ------
    PluginError, ContractError
        If it is not, about a plug-in or about a method of the core.
    """

    def refuse(what: str, found: object, wanted: object) -> NoReturn:
        if origin:
            raise PluginError(f"{named} {what}", where=origin, found=found, wanted=wanted, todo=CURE)
        raise ContractError(what, where=named, found=found, wanted=wanted)

    if not isinstance(given, Estimate):
        refuse("gave the wrong type", type(given).__name__, "an Estimate")
    arrays = {"fractions": given.fraction, "a lower bound": given.lower, "an upper bound": given.upper}
    if given.log_odds is not None:
        arrays["odds"] = given.log_odds
    for title, values in arrays.items():
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "iuf":
            shown = f"an array of {values.dtype}" if isinstance(values, np.ndarray) else type(values).__name__
            refuse(f"gave {title} that are not numbers", shown, "a numpy array of numbers")
        if values.shape != shape:
            refuse(f"gave {title} of another shape", values.shape, f"{shape}, (sample, element)")
    remarks = given.remarks
    if not isinstance(remarks, tuple) or not all(isinstance(remark, str) for remark in remarks):
        refuse("gave remarks that are no texts", repr(remarks)[:60], "a tuple of texts")
    if len(remarks) not in (0, shape[0]):
        refuse("gave remarks of another number", len(remarks), f"{shape[0]}, or none")
    if not np.isfinite(given.fraction).all():
        refuse("gave fractions that are not finite", "NaN or infinity", "finite numbers")
    if given.fraction.size and given.fraction.min() < -ROUNDING:
        refuse("gave negative fractions", f"{given.fraction.min():g}", "0 or more")
    sums = given.fraction.sum(axis=1)
    if sums.size and abs(sums - 1.0).max() > TOLERANCE:
        refuse("gave fractions that do not sum to 1", f"{sums[abs(sums - 1.0).argmax()]:g}", "1 per spectrum")
    crossed = given.lower > given.upper + ROUNDING
    beyond = (given.lower < -ROUNDING) | (given.upper > 1.0 + ROUNDING)  # NaN is neither
    if crossed.any() or beyond.any():
        row = tuple(np.argwhere(crossed | beyond)[0])
        shown = f"{given.lower[row]:g} to {given.upper[row]:g}"
        refuse("gave bounds that cannot be", shown, "lower <= upper, both atomic fractions, or NaN")
    return given
