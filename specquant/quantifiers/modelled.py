"""A spectrum as a method models it, taken apart: what each element contributes, and what belongs to none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from specquant.technique import Floats

MOST_MODELLED = 100
"""Spectra of one call at most that are taken apart: chosen, as many as one report draws; those of a map would not fit
into memory."""


@dataclass(frozen=True)
class Modelled:
    """One spectrum as a method models it, in counts per channel.

    Parameters
    ----------
    elements
        Symbols of the elements that it consists of, (part,).
    parts
        What each contributes, (part, energy).
    background
        What belongs to no element, (energy,).
    deviation
        Standard deviation that measured counts have about the model: by counting, and by the model's own error,
        (energy,).
    moved
        By how far the model has the lines of each element off their nominal energies, in the unit of the axis, (part,).
    is_fit
        Whether it is the very fit that the answer comes from; else it is rebuilt from the answer.
    chemical
        Chemical shift of each element, which is part of that, (part,); None: lines do not move one by one.
    evidence
        By how many standard errors each channel speaks for an element against all else that is free in the fit,
        (part, energy); over all channels they sum to the element's evidence. None: not known.
    second
        Share of the lines of each element that is of a second chemical state, 0 for none, and how far above the first
        that lies, in the unit of the axis, (part, 2). None: no second states are looked for.
    counting_error
        Standard error of the atomic fraction of each element by counting alone, (part,): without what spectra of one
        instrument have in common, such as sensitivity factors. None: not known.
    """

    elements: tuple[str, ...]
    parts: Floats
    background: Floats
    deviation: Floats
    moved: Floats
    is_fit: bool
    chemical: Floats | None = None
    evidence: Floats | None = None
    second: Floats | None = None
    counting_error: Floats | None = None

    @cached_property
    def total(self) -> Floats:
        """All counts of the model, (energy,)."""
        return np.asarray(self.background + self.parts.sum(axis=0))

    @property
    def second_states(self) -> tuple[tuple[str, float, float], ...]:
        """Elements with a second chemical state, its share of their lines, and how far above the first it lies."""
        second = np.zeros((len(self.elements), 2)) if self.second is None else self.second
        states = zip(self.elements, second.tolist(), strict=True)
        return tuple((symbol, share, further) for symbol, (share, further) in states if share > 0.0)

    def residual(self, counts: Floats) -> Floats:
        """Return measured counts (energy,) less the model, in standard deviations of one count at least."""
        return np.asarray((counts - self.total) / np.maximum(self.deviation, 1.0))


TakenApart = Callable[[], Modelled]
"""Takes a spectrum apart, which takes a hundredth of the time of its fit: only where that is looked at."""


def counting_errors(spectra: Sequence[Modelled | None], elements: Sequence[str]) -> Floats:
    """Return standard errors of fractions by counting alone, (sample, element); NaN where they are not known.

    Parameters
    ----------
    spectra
        Spectra as a method models them, (sample,); None where it has no such thing.
    elements
        Symbols of the columns.
    """
    errors = np.full((len(spectra), len(elements)), np.nan)
    columns = {symbol: column for column, symbol in enumerate(elements)}
    for row, one in zip(errors, spectra, strict=True):
        if one is not None and one.counting_error is not None:
            row[[columns[symbol] for symbol in one.elements]] = one.counting_error
    return errors
