"""What networks see of spectra, in arrays of numpy or of torch."""

import numpy as np

from specquant.arrays import Array, at_least, like, module_of

INPUTS = 3
"""Input channels: square root, its steps, mask."""

_STEP_GAIN = 30.0
"""Steps of the square root times this go through the arsinh: linear up to a thirtieth of the root of the mean. Best of
10, 30 and 100 (docs/decisions/0010-training.md)."""


def network_input(counts: Array, observed: Array, steps: bool) -> Array:
    """Return the input channels, (sample, 2 or 3, energy): square root, its steps if `steps`, mask.

    The square root makes counting noise even along the spectrum (variance 1/4 whatever the counts); dividing by the
    mean takes the scale out, so that counts, counts per second and averages are all the same. Steps from each channel
    to the next show weak peaks on a strong background; the arsinh keeps those of strong peaks in bounds.
    """
    of, mask = module_of(counts), like(observed, counts)
    seen = at_least(counts, 0.0) * mask
    mean = seen.sum(1)[:, None] / at_least(mask.sum(1)[:, None], 1.0)
    root = of.sqrt(seen / at_least(mean, 1e-12)) - mask
    if not steps:
        return of.stack([root, mask], 1)
    step = of.arcsinh(_STEP_GAIN * ((root[:, 1:] - root[:, :-1]) * mask[:, 1:] * mask[:, :-1]))
    return of.stack([root, of.concatenate([step, of.zeros_like(step[:, :1])], 1), mask], 1)


def stated_input(stated: Array, centres: tuple[float, ...], spans: tuple[float, ...]) -> Array:
    """Return standardised values, 0 where not known, and then flags of what is known: (sample, 2 x parameter)."""
    of = module_of(stated)
    known = ~of.isnan(stated)
    middle, half = (like(np.array(values), stated) for values in (centres, spans))
    return of.concatenate([of.where(known, (stated - middle) / half, of.zeros_like(stated)), like(known, stated)], 1)
