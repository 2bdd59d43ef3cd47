"""Whether a spectrum can be explained without an element: the evidence that its own lines give for it.

The element's lines are tested against all else that is free in the fit: what other elements, parameters and the
background can make up for counts for nothing. Only peaks count, in spectrum and lines alike, since a model errs in what
varies slowly. A residual counts in errors of the counts, of the model and of its line shapes; where the peaks that the
fit leaves over nearby are larger than these errors, it counts in those.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from specquant.fits.descent.beside import made_up, regular
from specquant.fits.descent.fitting import Fit
from specquant.fits.model.peaks import peaks
from specquant.fits.model.unknowns import Unknowns
from specquant.technique import Floats

_NEARBY = 30.0
"""Standard deviation, channels, of the neighbourhood in which left-over peaks say how far the model errs: chosen, some
lines wide, so that one line does not speak against itself."""

_LEAST_INFORMATION = 1e-12
"""Information of lines that the rest of a fit makes up for entirely; their evidence is nothing."""

CLEAR = 10.0
"""Standard errors by which the peaks of all elements stand out together, from which on they say what there is; below,
intervals of fresh surveys hold too little (docs/decisions/0059-faint-peaks.md)."""


@dataclass(frozen=True)
class Evidence:
    """What the peaks of a spectrum say of every element of a fit.

    Parameters
    ----------
    scores
        By how many standard errors the spectrum has each chosen element, shape (chosen,); negative where it has less
        than nothing.
    """

    scores: Floats

    @property
    def gains(self) -> Floats:
        """Twice the logarithm of the likelihood ratio with and without each element; below zero against it."""
        return np.asarray(np.sign(self.scores) * self.scores**2)

    @property
    def together(self) -> float:
        """By how many standard errors all elements stand out together; those that speak against theirs do not count."""
        return float(np.linalg.norm(np.maximum(self.scores, 0.0)))


def needed_evidence(log_odds: Floats, false_alarms: float) -> Floats:
    """Return the evidence that elements (element,) need to be kept, see `Evidence.gains`.

    With a likelihood ratio L and odds o beforehand, an element stays for ``L o >= 1 / false_alarms``.
    """
    return np.asarray(-2.0 * (np.log(false_alarms) + log_odds))


def evidence(fit: Fit) -> Evidence:
    """Return the evidence for every chosen element of a fit."""
    columns, rest = fit.peaks, peaks(fit.left_over)
    weighted = columns * peak_weight(fit, rest)
    shared, left_over = weighted @ columns.T, weighted @ rest
    scores = np.zeros(fit.chosen.size)
    for index, (others, given, information) in enumerate(beside_others(fit, shared)):
        signal = left_over[index] + shared[index, index] - given @ (left_over[others] + shared[others, index])
        scores[index] = signal / np.sqrt(information)
    return Evidence(scores)


def beside_others(fit: Fit, shared: Floats) -> Iterator[tuple[NDArray[np.intp], Floats, float]]:
    """Yield for every chosen element the unknowns of all others, what they make up of its lines, and what is left.

    `shared` (unknown, unknown) are the products of the peaks of all columns; what is left is the information on the
    amount of the element.
    """
    owner = owners(fit.unknowns)
    scaled, scale = regular(shared + fit.priors)
    for index in range(fit.chosen.size):
        others = np.flatnonzero(owner != index)
        line = shared[others, index]
        given = made_up(scaled[np.ix_(others, others)], scale[others], line)
        yield others, given, max(float(shared[index, index] - given @ line), _LEAST_INFORMATION)


def peak_weight(fit: Fit, rest: Floats) -> Floats:
    """Return the inverse variances (channel seen,) that peaks are judged by; `rest` are those that are left over."""
    weight = fit.weight * fit.target.doubt_seen
    return np.asarray(weight / np.maximum(gaussian_filter1d(rest**2 * weight, _NEARBY), 1.0))


def owners(unknowns: Unknowns) -> NDArray[np.intp]:
    """Return which chosen element every unknown is of, (unknown,); -1 for those of none."""
    layout, chosen = unknowns.layout, unknowns.chosen
    owner = np.full(layout.size, -1)
    owner[layout.amounts] = np.arange(chosen.size)
    for part, indices in ((layout.factors, unknowns.scaled), (layout.displaced, unknowns.displaced)):
        elements = [unknowns.families[index].element for index in indices]
        owner[part] = [int(np.searchsorted(chosen, e)) if e >= 0 else -1 for e in elements]
    if unknowns.usual.size:
        owner[layout.chemical] = np.arange(chosen.size)
        owner[layout.second] = np.tile(unknowns.split, 2)
    return owner
