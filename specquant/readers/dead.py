"""Channels that counted nothing amid counts: they were not measured, whatever the file says."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specquant.notes import Note, NoteKind
from specquant.technique import Floats, RawSpectrum

_SURE = 50.0
"""Mean counts of the channels on both sides of an empty one from which on it cannot be chance: exp(-50) of them are."""

_BESIDE = 3
"""Channels on either side of which that mean is taken: chosen, narrower than a line."""

_MOST = 0.05
"""Share of the channels that may be empty so, at most: chosen; more of them are how a spectrum was calculated."""


def dead_channels(counts: Floats) -> NDArray[np.bool_]:
    """Return which channels hold nothing amid counts, (channel,).

    Parameters
    ----------
    counts
        Counts of one or many spectra together, (channel,), the energies in order.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], counts == 0.0, [False]]).astype(np.int8)))
    first, after = edges[::2], edges[1::2]
    inside = (first >= _BESIDE) & (after <= counts.size - _BESIDE)
    first, after = first[inside], after[inside]
    before = np.concatenate([[0.0], np.cumsum(counts)])
    sides = np.minimum(before[first] - before[first - _BESIDE], before[after + _BESIDE] - before[after])
    sure = sides >= _SURE * _BESIDE
    changes = np.zeros(counts.size + 1, dtype=np.int64)
    changes[first[sure]], changes[after[sure]] = 1, -1
    dead = np.asarray(np.cumsum(changes)[:-1] > 0)
    return dead if dead.sum() <= _MOST * counts.size else np.zeros(counts.size, dtype=bool)


def without_dead_channels(raw: RawSpectrum, known: Sequence[float] | Floats = ()) -> RawSpectrum:
    """Return a spectrum in counts without the channels that hold nothing amid counts, with a note on them.

    Parameters
    ----------
    raw
        Ascending energies and counts (channel,).
    known
        Energies at which other spectra of the same map hold nothing amid counts, (dead channel,): a single pixel has
        too few counts to show it.
    """
    counts = np.asarray(raw.counts, dtype=np.float64)
    dead = dead_channels(counts) | (np.isin(raw.energy, known) & (counts == 0.0))
    number = int(dead.sum())
    if not number:
        return raw
    energies = raw.energy[dead]
    spans = f"1 channel at {energies[0]:g} holds"
    if number > 1:
        spans = f"{number} channels between {energies[0]:g} and {energies[-1]:g} hold"
    note = Note(NoteKind.CORRECTION, f"{spans} nothing amid counts: taken as not measured", "counts")
    return raw.on(raw.energy[~dead], raw.counts[~dead]).noted(note)
