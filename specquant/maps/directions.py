"""The few directions in which the spectra of a map differ by more than noise.

Every spectrum is read in two halves, its even and its odd channels. Lines are far wider than a channel, so that both
halves show the same sample, but their counts are independent. What the halves have in common is therefore composition,
without any noise to be subtracted, at any number of counts.
"""

from dataclasses import dataclass

import numpy as np

from specquant.technique import Floats

_MOST = 12
"""Directions at most: chosen, a map of more different phases has them apart in fewer."""

_SMALLEST = 1e-3
"""Information of a combination of lines, over that of the best, below which it says nothing new: chosen."""

_SMOOTH = 8
"""Broad hats beside the lines, for what varies slowly: chosen, as the background of the library fits."""

_CERTAIN = 2.0
"""How far a direction has to stand out of the largest that noise alone gives (Marchenko and Pastur): chosen."""


@dataclass(frozen=True)
class Directions:
    """Directions as readings of a spectrum.

    Parameters
    ----------
    even
        What the even channels are multiplied by, (channel, direction).
    odd
        What the odd channels are multiplied by, (channel, direction); it estimates the same.
    certain
        Whether spectra differ along them by more than noise can: if not, there is one, which says least against it.
    """

    even: Floats
    odd: Floats
    certain: bool

    @property
    def both(self) -> Floats:
        """Both readings side by side, (channel, 2 direction)."""
        return np.hstack([self.even, self.odd])

    @staticmethod
    def of(sample: np.ndarray, lines: Floats, mean: Floats) -> "Directions":
        """Return the directions of a sample of pixels.

        Parameters
        ----------
        sample
            Counts, (pixel, channel).
        lines
            Lines of all elements, (element, channel).
        mean
            Mean spectrum of the map, (channel,), nowhere zero.
        """
        reading = whitened(np.vstack([lines, _hats(mean.size) * mean]), mean)
        parity = np.arange(mean.size) % 2
        halves = [2.0 * reading * (parity == half)[:, None] for half in (0, 1)]
        level = sample.sum(axis=1, dtype=np.float64)
        lit = level > 0
        read = [(sample[lit] @ half.astype(np.float32)).astype(np.float64) for half in halves]
        weight = level[lit]
        even, odd = ((values / weight[:, None]) for values in read)
        even, odd = (values - np.average(values, axis=0, weights=weight) for values in (even, odd))
        common = (even * weight[:, None]).T @ odd / weight.sum()
        common = 0.5 * (common + common.T)
        apart = (even - odd) * np.sqrt(0.5 * weight / weight.sum())[:, None]
        ratio = reading.shape[1] / len(weight)
        # of pure noise, the largest of n pixels is (1 + sqrt(ratio))^2 times its variance
        noise = np.linalg.eigvalsh(apart.T @ apart).max() / (1.0 + np.sqrt(ratio)) ** 2
        chance = noise * (2.0 * np.sqrt(ratio) + ratio)
        size, vectors = np.linalg.eigh(common)
        standing_out = np.flatnonzero(size > _CERTAIN * chance)[::-1][:_MOST]
        chosen = standing_out if standing_out.size else np.array([size.size - 1])
        even, odd = (half @ vectors[:, chosen] for half in halves)
        return Directions(even, odd, bool(standing_out.size))


def whitened(rows: Floats, mean: Floats) -> Floats:
    """Return readings (channel, combination) of rows of lines, independent and of variance one in the mean spectrum.

    Parameters
    ----------
    rows
        Lines, (row, channel).
    mean
        Mean spectrum, (channel,), nowhere zero.
    """
    weighted = (rows / mean).T
    weighted = weighted / np.sqrt(np.maximum((weighted**2 * mean[:, None]).sum(axis=0), 1e-300))
    covariance = weighted.T @ (weighted * mean[:, None])
    size, vectors = np.linalg.eigh(covariance)
    kept = size > _SMALLEST * size.max()
    return np.asarray(weighted @ (vectors[:, kept] / np.sqrt(size[kept])))


def _hats(size: int) -> Floats:
    """Return broad triangles over the channels, (hat, channel)."""
    knots = np.linspace(0, size - 1, _SMOOTH)
    return np.array([np.interp(np.arange(size), knots, row) for row in np.eye(_SMOOTH)])
