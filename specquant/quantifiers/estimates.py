"""What a quantifier says of spectra: fractions, intervals, and all that goes with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from specquant.compositions import formula
from specquant.constraints import Constraints
from specquant.intervals import Z90
from specquant.notes import joined
from specquant.quantifiers.modelled import TakenApart
from specquant.quantifiers.signs import Signs
from specquant.technique import Floats

_UNLISTED = 0.2
"""Atomic fraction of elements beside the list from which on a reader has to know: chosen, more than what is usually
left out of one, a thin layer of carbon."""

_MOVED = 1e-3
"""Change of an atomic fraction from which on a reader has to know that it was brought to what is fixed: the last digit
that is printed."""


@dataclass(frozen=True)
class Estimate:
    """What a quantifier says of spectra.

    Parameters
    ----------
    fraction
        Atomic fractions, (sample, element); rows sum to 1.
    lower
        Lower ends of the 90 % intervals, atomic fractions (sample, element); NaN where not known.
    upper
        Upper ends of the 90 % intervals, atomic fractions (sample, element); NaN where not known.
    remarks
        What a reader of each answer has to know, (sample,), "" for nothing; empty: nothing about any.
    log_odds
        Natural logarithms of the odds that each element is there at all, (sample, element); None: nothing is known of
        them.
    limits
        Detection limits, atomic fractions (sample, element), NaN where not known; None: the method knows none.
    signs
        How far the answer can be believed, (sample,) each, NaN where not known.
    modelled
        Functions that take the spectra apart as the method models them, (sample,), None for each that it does not
        model; empty: it models none.
    layers
        Thicknesses of layers on the surface that elements are taken to be, with their standard errors, (sample,
        element, 2), in the unit of the technique's parameter (`FitDecisions.layers`): such an element has no fraction.
        NaN where there is nothing to say; None: the method knows nothing of them.
    axis
        By how much lines lie above where they should, eV, beyond what was taken off before, with its standard error,
        (sample, 2). NaN where there is nothing to say; None: the method knows nothing of it.
    """

    fraction: Floats
    lower: Floats
    upper: Floats
    remarks: tuple[str, ...] = ()
    log_odds: Floats | None = None
    limits: Floats | None = None
    signs: Signs = field(default_factory=dict)
    modelled: tuple[TakenApart | None, ...] = ()
    layers: Floats | None = None
    axis: Floats | None = None

    @property
    def each_remark(self) -> tuple[str, ...]:
        """The remark on every spectrum, "" for none."""
        return self.remarks or ("",) * len(self.fraction)

    @staticmethod
    def without_interval(fraction: Floats) -> "Estimate":
        """Return an estimate with bounds that are not known.

        Parameters
        ----------
        fraction
            Atomic fractions, (sample, element); rows sum to 1.
        """
        unknown = np.full_like(fraction, np.nan)
        return Estimate(fraction, unknown, unknown)

    def agreeing(self) -> "Estimate":
        """Return the estimate with bounds that agree with each other where fractions sum to one.

        No element reaches higher than the lower bounds of all others leave room for, or lower than their upper bounds.
        Bounds that are not known restrict nothing.
        """
        low, high = np.nan_to_num(self.lower, nan=0.0), np.nan_to_num(self.upper, nan=1.0)
        room = 1.0 - (low.sum(axis=1, keepdims=True) - low)
        left = 1.0 - (high.sum(axis=1, keepdims=True) - high)
        lower = np.minimum(np.maximum(self.lower, left), np.maximum(self.fraction, 0.0))
        upper = np.maximum(np.minimum(self.upper, room), self.fraction)
        return replace(self, lower=lower, upper=np.minimum(upper, 1.0))

    def among(self, candidates: NDArray[np.bool_]) -> "Estimate":
        """Return the estimate without elements that cannot be there, the rest brought to a sum of one.

        `candidates` (sample, element) are the only ones there can be. Where nothing is left, they share alike.
        """
        kept = np.where(candidates, self.fraction, 0.0)
        even = candidates / candidates.sum(axis=1, keepdims=True)
        total = kept.sum(axis=1, keepdims=True)
        scale = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 1.0)
        fraction = np.where(total > 0, kept * scale, even)
        lower, upper = (
            np.where(candidates, np.clip(bound * scale, 0.0, 1.0), 0.0) for bound in (self.lower, self.upper)
        )
        return replace(self, fraction=fraction, lower=lower, upper=upper)

    def under(self, constraints: Constraints, elements: Sequence[str], fits_fractions: bool) -> "Estimate":
        """Return the estimate under constraints: without what cannot be there, and, unless it was fitted, as fixed.

        A remark says where much is left out, or what is fixed was not fitted.

        Parameters
        ----------
        constraints
            What is known of the elements, of every spectrum.
        elements
            Symbols of the columns, (element,).
        fits_fractions
            Whether the method has taken what is fixed into account itself.
        """
        estimate = self.among(constraints.candidates)
        moved = ("",) * len(self.fraction)
        if not fits_fractions and constraints.fixed.any():
            brought = estimate.brought(constraints, elements)
            estimate, moved = brought, estimate._moved(brought, constraints, elements)
        left_out = self._left_out(constraints, elements)
        remarks = tuple(map(joined, left_out, moved, self.each_remark))
        return replace(estimate, remarks=remarks if any(remarks) else ())

    def brought(self, constraints: Constraints, elements: Sequence[str]) -> "Estimate":
        """Return the estimate with what is fixed as stated, and the rest in proportion.

        Parameters
        ----------
        constraints
            What is fixed, of every spectrum.
        elements
            Symbols of the columns, (element,).
        """
        fraction = constraints.brought(self.fraction, elements)
        scale = np.divide(fraction, self.fraction, out=np.ones_like(fraction), where=self.fraction > 0)
        within = np.nan_to_num(Z90 * constraints.deviation)
        bounds = ((self.lower * scale, -within), (self.upper * scale, within))
        lower, upper = (
            np.clip(np.where(constraints.fixed, fraction + away, bound), 0.0, 1.0) for bound, away in bounds
        )
        return replace(self, fraction=fraction, lower=lower, upper=np.maximum(upper, fraction))

    def _moved(self, brought: "Estimate", constraints: Constraints, elements: Sequence[str]) -> tuple[str, ...]:
        """Return in words what each spectrum would have of elements that are fixed, "" where it is as stated."""
        change = np.abs(brought.fraction - self.fraction).max(axis=1)
        return tuple(
            f"it does not fit what is fixed; it would have {formula(alone, elements) or 'none'} at%" if far else ""
            for alone, far in zip(np.where(constraints.fixed, self.fraction, 0.0), change > _MOVED, strict=True)
        )

    def _left_out(self, constraints: Constraints, elements: Sequence[str]) -> Iterator[str]:
        """Yield in words what each spectrum has of elements that cannot be there, "" where that is little."""
        rows = zip(np.where(constraints.candidates, 0.0, self.fraction), constraints.complete, strict=True)
        for rest, complete in rows:
            if complete:
                text = f"without a list of elements, there would be {formula(rest, elements)} at%, which it lacks"
                yield text if rest.sum() >= _UNLISTED else ""
            else:
                there = formula(rest, elements)
                yield f"there would be {there} at%, if that were not excluded" if there else ""
