"""What the pixels of one phase are made of: columns over the map's own channels, from the fit of the phase's spectrum.

One atom more of an element adds that element's lines, as the mixing law of the phase's composition and its instrument
show them. All that belongs to no element (a continuum, a coating) is one column more, with the shape that the phase
has.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from specquant.fits.descent.fitting import Fit
from specquant.fits.model.fixed import FixedShares
from specquant.fits.model.hidden import Hidden
from specquant.fits.presence.exchange import point_with
from specquant.maps.record import Channels
from specquant.technique import Floats

_LEAST_SHARE = 1e-2
"""Counts that a channel is expected to have at least, in mean counts of a channel: chosen, so that no single count in
a channel where a model says next to nothing outweighs all others."""

_TRACE = 1e-6
"""Atomic fraction of an element that a phase lacks, at which its lines are taken: chosen, too little to absorb any."""


@dataclass(frozen=True)
class PhaseBasis:
    """Columns that pixels of one phase are sums of.

    Parameters
    ----------
    elements
        Indices of the elements of the technique, ascending, (element,).
    columns
        Counts per unit of each amount, (column, channel): the elements, then, where there is one, the rest. Amounts of
        the elements are atoms, in a unit in which the phase's own spectrum has as many as counts.
    amounts
        Amounts per count of the phase, (column,): those of its elements are its atomic fractions, by their lines.
    systematic
        Relative covariance of the amounts that all pixels share, by the errors of the phase's fit, (element, element).
    left
        Counts per count that the phase's fit leaves over, and so do its pixels: the model's error, (channel,).
    fixed
        Fractions that are fixed; None: none is.
    widening
        Factor on the standard errors of the phase's fit, which `systematic` has already.
    hidden
        What the phase may have that its spectrum does not show, and so may its pixels.
    """

    elements: NDArray[np.intp]
    columns: Floats
    amounts: Floats
    systematic: Floats
    left: Floats
    fixed: FixedShares | None = None
    widening: float = 1.0
    hidden: Hidden = field(default_factory=Hidden.nothing)

    @property
    def mean(self) -> Floats:
        """Counts of a pixel with one count, (channel,), nowhere less than a share of the mean."""
        expected = self.amounts @ self.columns
        return np.asarray(np.maximum(expected, _LEAST_SHARE * expected.mean()))

    @property
    def count(self) -> int:
        """Number of elements."""
        return int(self.elements.size)

    @staticmethod
    def of(fit: Fit, channels: Channels, spectrum: Floats, widening: float) -> "PhaseBasis":
        """Return the basis of pixels of the phase with this fit.

        Parameters
        ----------
        fit
            Of the phase's spectrum, on the technique's axis.
        channels
            The map's channels.
        spectrum
            Counts of the phase, (channel,).
        widening
            Factor on the standard errors of the fit, see `FitDecisions.widening`.
        """
        parts = fit.lines
        rest = fit.spectrum - parts.sum(axis=0)
        shares = fit.atoms / fit.atoms.sum()
        seen = channels.of_model(np.vstack([parts, rest]), fit.model.technique.axis)
        total = seen.sum()
        columns = np.vstack([seen[:-1] / np.maximum(shares, 1e-300)[:, None], seen[-1:]]) / total
        amounts = np.append(shares, 1.0)
        if seen[-1].sum() <= 0.0:
            columns, amounts = columns[:-1], amounts[:-1]
        relative = fit.covariance / np.maximum(np.outer(fit.atoms, fit.atoms), 1e-300)
        left = spectrum / max(spectrum.sum(), 1.0) - amounts @ columns
        basis = PhaseBasis(fit.chosen, columns, amounts, relative * widening**2, left)
        return replace(basis, fixed=fit.point.fixed, widening=widening, hidden=fit.hidden)

    def with_lines(self, elements: NDArray[np.intp], lines: Floats) -> "PhaseBasis":
        """Return the basis with further elements, of which the phase has none; lines (element, channel) per atom.

        Their strength is as uncertain as that of the phase's own elements.
        """
        order = np.argsort(np.concatenate([self.elements, elements]), kind="stable")
        count, further = self.count, elements.size
        columns = np.vstack([self.columns[:count], lines])[order]
        amounts = np.append(self.amounts[:count], np.zeros(further))[order]
        systematic = np.zeros((count + further, count + further))
        systematic[:count, :count] = self.systematic
        systematic[range(count, count + further), range(count, count + further)] = np.median(np.diag(self.systematic))
        return replace(
            self,
            elements=np.concatenate([self.elements, elements])[order],
            columns=np.vstack([columns, self.columns[count:]]),
            amounts=np.append(amounts, self.amounts[count:]),
            systematic=systematic[np.ix_(order, order)],
        )


def absent_lines(fit: Fit, elements: NDArray[np.intp], channels: Channels) -> Floats:
    """Return the lines (element, channel) per atom of elements that are not in a fit, in the unit of its basis."""
    axis = fit.model.technique.axis
    point, chosen = point_with(fit, elements, _TRACE)
    rows = fit.model.by_element(point, fit.model.families(chosen), elements) / _TRACE
    return np.asarray(channels.of_model(rows, axis) / channels.of_model(fit.spectrum[None], axis).sum())
