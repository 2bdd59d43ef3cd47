"""Phases of a map: clusters of cells, as many as differ by more than noise can tell apart.

A cluster is split in two along the direction in which its cells vary most beyond noise, as long as the two halves lie
farther apart than single cells can be mistaken. Then cells that lie far from every cluster, but close together, become
clusters of their own: phases of a few pixels. At last, clusters are split further by the sums of neighbouring cells: at
few counts, a grain shows what none of its pixels can tell.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from specquant.progress import Report, no_report
from specquant.technique import Floats

_APART = 4.0
"""Distance of two clusters, in standard deviations of one cell, from which on they are two: chosen, so that one cell in
fifty is in the wrong one; what is closer is one phase, of which every pixel has its own fractions anyway."""

_SAME = 0.01
"""Share of the whole spectrum that is the same as noise: chosen, differences of a per cent need no phase of their own.
"""

_FEWEST = 20
"""Cells of a phase that is found by splitting, at most: chosen."""

_SHARE = 20
"""Part of the map's cells that such a phase has at least, where that is less: chosen, one in twenty, so that each point
of a line of ten may be a phase, and no few of a thousand pixels are one by chance."""

_FEWEST_APART = 5
"""Cells of a phase that lies far from all others: chosen, chance does not put five in one place."""

_ALARMS = 0.05
"""Cells of a whole map that lie as far from their cluster by chance: chosen."""

_TAILS = 1.5
"""Factor on that distance squared, since a few counts scatter farther than a normal law says: chosen."""

_MOST = 24
"""Phases at most: chosen, more are not looked at."""

_ROUNDS = 6
"""Times that cells go to the nearest cluster, at most: chosen, few change after that."""

_LOOKED_AT = 4096
"""Cells far from all clusters among which new ones are looked for, at most: chosen, for time."""


@dataclass(frozen=True)
class Readings:
    """What cells read along the directions in which a map varies, per count.

    Parameters
    ----------
    even
        Readings of the even channels, per count, (cell, direction).
    odd
        Readings of the odd channels, independent of the former and of the same mean, (cell, direction).
    counts
        Counts of each cell, (cell,), none zero.
    """

    even: Floats
    odd: Floats
    counts: Floats

    @property
    def mean(self) -> Floats:
        """The mean of both readings."""
        return np.asarray(0.5 * (self.even + self.odd))

    def take(self, rows: NDArray[np.intp]) -> "Readings":
        """Return some of the cells."""
        return Readings(self.even[rows], self.odd[rows], self.counts[rows])

    def noise(self) -> Floats:
        """Return the covariance of the mean reading of a cell with one count, (direction, direction)."""
        half = 0.5 * (self.even - self.odd) * np.sqrt(self.counts)[:, None]
        return np.asarray(half.T @ half / len(half))

    def signal(self) -> Floats:
        """Return the covariance of the cells without noise, (direction, direction)."""
        weight = self.counts / self.counts.sum()
        centre = weight @ self.mean
        common = ((self.even - centre) * weight[:, None]).T @ (self.odd - centre)
        return np.asarray(0.5 * (common + common.T))


def clusters_of(
    readings: Readings,
    smoothed: Callable[[NDArray[np.intp]], Readings] | None = None,
    certain: bool = True,
    report: Report = no_report,
) -> NDArray[np.intp]:
    """Return the cluster (cell,) of every cell, numbered from 0 by falling counts.

    Parameters
    ----------
    readings
        Of the cells.
    smoothed
        Gives the readings of every cell with those of its neighbours in the same of some clusters (cell,): by them,
        clusters are split further that single cells cannot tell apart. None: there are no neighbours.
    certain
        Whether the cells are known to differ. If not, a small map is one cluster: in some direction out of many, few
        cells always differ.
    report
        Gets how many cells are sorted: those that are sorted by themselves, and not yet by their neighbours, are half.
    """
    labels = np.zeros(len(readings.counts), dtype=np.intp)
    fewest = min(max(len(labels) // _SHARE, 1), _FEWEST)
    if not certain and fewest < _FEWEST:
        return labels
    labels = _settled(readings, _halved(readings, labels, fewest, lambda done, said: report(done // 2, said)))
    labels = _with_far_ones(readings, labels)
    if smoothed is not None:
        labels = _halved(smoothed(labels), labels, fewest, lambda done, said: report((len(labels) + done) // 2, said))
    return _ordered(labels, readings.counts)


def _halved(readings: Readings, labels: NDArray[np.intp], fewest: int, report: Report) -> NDArray[np.intp]:
    """Return clusters split in two, again and again, as long as the halves are apart and have `fewest` cells.

    `report` gets how many cells are in clusters that stay whole.
    """
    groups = [np.flatnonzero(labels == number) for number in range(labels.max() + 1)]
    done: list[NDArray[np.intp]] = []
    noise = readings.noise()
    while groups and len(groups) + len(done) < _MOST:
        groups.sort(key=len)
        group = groups.pop()
        halves = _split(readings.take(group), fewest, noise)
        if halves is None:
            done.append(group)
        else:
            groups += [group[halves], group[~halves]]
        report(sum(map(len, done)), f"{len(groups) + len(done)} phases so far")
    labels = labels.copy()
    for number, group in enumerate([*done, *groups]):
        labels[group] = number
    return labels


def _split(readings: Readings, fewest: int, noise: Floats) -> NDArray[np.bool_] | None:
    """Return which cells (cell,) are in the one half of a cluster; None if it is one cluster.

    Parameters
    ----------
    readings
        Of the cells of the cluster.
    fewest
        Cells that a half has at least.
    noise
        Covariance of the mean reading of a cell of the map with one count, (direction, direction): by that, too few
        cells to show it themselves are judged.
    """
    if len(readings.counts) < 2 * fewest:
        return None
    direction = np.linalg.eigh(readings.signal())[1][:, -1]
    even, odd = readings.even @ direction, readings.odd @ direction
    line = 0.5 * (even + odd)
    threshold = _threshold(line, readings.counts)
    upper = line > threshold
    if min(upper.sum(), (~upper).sum()) < fewest:
        return None
    # the one reading says where a cell belongs, the other where it is, so that noise does not drive them apart
    apart = np.mean(
        [_distance(odd, even > threshold, readings.counts), _distance(even, odd > threshold, readings.counts)]
    )
    noise = readings.noise() if len(readings.counts) >= 2 * _FEWEST else noise
    scatter = np.sqrt(direction @ noise @ direction / np.median(readings.counts))
    size = np.linalg.norm(np.average(readings.mean, axis=0, weights=readings.counts))
    return upper if apart > _APART * np.hypot(scatter, _SAME * size) else None


def _threshold(line: Floats, weight: Floats) -> float:
    """Return where a line is best cut in two: where the halves' means explain most of the variance."""
    order = np.argsort(line)
    below, sums = np.cumsum(weight[order]), np.cumsum(weight[order] * line[order])
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    best = int(np.nanargmax(between[:-1])) if len(line) > 1 else 0
    return float(line[order[best]])


def _distance(line: Floats, upper: NDArray[np.bool_], weight: Floats) -> float:
    """Return how far apart the means of two halves lie; nothing if one is empty."""
    if upper.all() or not upper.any():
        return 0.0
    of_upper, weighted = weight * upper, weight @ line
    sums, weights = of_upper @ line, of_upper.sum()
    return float(sums / weights - (weighted - sums) / (weight.sum() - weights))


def _centres(readings: Readings, labels: NDArray[np.intp]) -> Floats:
    """Return the mean reading of each cluster, (cluster, direction)."""
    count = labels.max() + 1
    weight = np.bincount(labels, readings.counts, count)
    sums = [np.bincount(labels, readings.counts * column, count) for column in readings.mean.T]
    return np.stack(sums, axis=1) / np.maximum(weight, 1e-300)[:, None]


def _settled(readings: Readings, labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the clusters after cells have gone to the nearest, some times."""
    mean = readings.mean
    for _ in range(_ROUNDS):
        centres = _centres(readings, labels)
        nearest = _nearest(mean, centres)
        if (nearest == labels).all() or np.bincount(nearest, minlength=len(centres)).min() == 0:
            break
        labels = nearest
    return labels


def _nearest(mean: Floats, centres: Floats) -> NDArray[np.intp]:
    return np.asarray(np.argmin((centres**2).sum(axis=1) - 2.0 * mean @ centres.T, axis=1))


def _with_far_ones(readings: Readings, labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the clusters with those cells as new ones that lie far from their own, but close together."""
    far = np.zeros(len(labels), dtype=bool)
    for number in range(labels.max() + 1):
        members = np.flatnonzero(labels == number)
        if members.size >= _FEWEST:
            far[members] = _is_far(readings.take(members), len(labels))
    labels = labels.copy()
    while (labels.max() + 1) < _MOST:
        rows = np.flatnonzero(far)[:_LOOKED_AT]
        if rows.size < _FEWEST_APART:
            break
        some = readings.take(rows)
        close = _close(some)
        middle = int(np.argmax(close.sum(axis=1)))
        members = rows[close[middle]]
        far[members if members.size else rows[[middle]]] = False
        if members.size < _FEWEST_APART:
            break
        if not _is_between(readings.take(members), _centres(readings, labels)):
            labels[members] = labels.max() + 1
    return labels


def _is_far(readings: Readings, of_all: int) -> NDArray[np.bool_]:
    """Return which cells (cell,) of a cluster lie farther from its middle than any of the map does by chance."""
    centre = np.average(readings.mean, axis=0, weights=readings.counts)
    size, vectors = np.linalg.eigh(readings.signal())
    along = (readings.mean - centre) @ vectors
    noise = np.einsum("ia,ij,ja->a", vectors, readings.noise(), vectors)
    variance = np.maximum(size, 0.0) + noise / readings.counts[:, None]
    squares = (along**2 / np.maximum(variance, 1e-300)).sum(axis=1)
    return np.asarray(squares > _TAILS * chi2.isf(_ALARMS / of_all, len(centre)))


def _close(readings: Readings) -> NDArray[np.bool_]:
    """Return which pairs of cells (cell, cell) are the same but for noise."""
    mean, noise = readings.mean, readings.noise()
    scaled = np.linalg.solve(np.linalg.cholesky(noise + 1e-12 * np.trace(noise) * np.eye(len(noise))), mean.T).T
    squares = np.maximum(
        (scaled**2).sum(axis=1)[:, None] + (scaled**2).sum(axis=1)[None] - 2.0 * scaled @ scaled.T, 0.0
    )
    variance = 1.0 / readings.counts[:, None] + 1.0 / readings.counts[None]
    return np.asarray(squares < variance * chi2.isf(1e-3, mean.shape[1]))


def _is_between(readings: Readings, centres: Floats) -> bool:
    """Say whether cells lie between two clusters: a mixture of both, such as where two grains meet."""
    middle = np.average(readings.mean, axis=0, weights=readings.counts)
    reach = np.sqrt(np.trace(readings.noise()) / np.median(readings.counts))
    for one in range(len(centres)):
        for other in range(one):
            path = centres[other] - centres[one]
            share = float((middle - centres[one]) @ path / max(path @ path, 1e-300))
            away = np.linalg.norm(middle - centres[one] - share * path)
            if 0.0 < share < 1.0 and away < _APART * reach:
                return True
    return False


def _ordered(labels: NDArray[np.intp], counts: Floats) -> NDArray[np.intp]:
    """Return clusters numbered by falling counts, without empty numbers."""
    labels = (np.cumsum(np.bincount(labels) > 0) - 1)[labels]
    order = np.argsort(-np.bincount(labels, counts), kind="stable")
    return np.argsort(order)[labels]
