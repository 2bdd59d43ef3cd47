"""Which channels of a file a spectrum on the technique's scale has: orienting crops, turns and renames them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SpectrumError
from specquant.technique import Floats, RawSpectrum


@dataclass(frozen=True)
class Traced:
    """A spectrum on the technique's energy scale, in counts, with the channels of the file that it is from.

    Parameters
    ----------
    spectrum
        Ascending energies and counts (channel,), without the channels that hold nothing amid counts.
    channels
        Indices of its channels among the file's, (channel,).
    low
        Lower end of the energies of each, (channel,); a channel that was left out widens none beside it.
    high
        Upper end of the energies of each, (channel,).
    unit
        Counts that one unit of the file's intensities stands for.
    """

    spectrum: RawSpectrum
    channels: NDArray[np.intp]
    low: Floats
    high: Floats
    unit: float

    @staticmethod
    def of(file: RawSpectrum, oriented: RawSpectrum, counted: RawSpectrum, placed: RawSpectrum) -> "Traced":
        """Return the last of four forms of one spectrum with the channels of the first.

        Parameters
        ----------
        file
            As the file holds it.
        oriented
            On the technique's energy scale.
        counted
            The same in counts, without channels that hold nothing amid counts.
        placed
            The same with its axis corrected.

        Raises
        ------
        SpectrumError
            If it cannot be said which channels of the file the oriented one has.
        """
        energy, kept = np.asarray(oriented.energy), np.isin(oriented.energy, counted.energy)
        middles = 0.5 * (energy[1:] + energy[:-1])
        edges = np.concatenate([[2 * energy[0] - middles[0]], middles, [2 * energy[-1] - middles[-1]]])
        moved = np.asarray(placed.energy) - energy[kept]
        top = int(np.argmax(counted.counts))
        unit = float(counted.counts[top] / np.asarray(oriented.counts)[kept][top])
        channels = channels_of_file(file, oriented)
        return Traced(placed, channels[kept], edges[:-1][kept] + moved, edges[1:][kept] + moved, unit)


def channels_of_file(file: RawSpectrum, oriented: RawSpectrum) -> NDArray[np.intp]:
    """Return the index among the file's channels of each channel of the same spectrum on the technique's scale.

    Where energies stayed what they are, these say it; else the counts do, as those of channels side by side.

    Parameters
    ----------
    file
        Energies and counts (file's channel,), in the file's order.
    oriented
        Ascending energies and counts (channel,).

    Raises
    ------
    SpectrumError
        If they are not some of the file's.
    """
    energies, counts = (np.asarray(values, dtype=np.float64) for values in (file.energy, file.counts))
    order = np.argsort(energies, kind="stable")
    rank = np.searchsorted(energies[order], oriented.energy)
    if rank.max() < order.size and np.array_equal(energies[order[rank]], oriented.energy):
        channels: NDArray[np.intp] = order[rank]
        if np.array_equal(counts[channels], oriented.counts):
            return channels
    runs = [run for step in (1, -1) for run in _runs(np.arange(counts.size)[::step], counts, oriented)]
    if runs:
        return min(runs, key=lambda run: _moved(energies[run], np.asarray(oriented.energy)))
    raise SpectrumError(
        "channels change as the spectrum is put on the technique's scale",
        where=f"spectrum {file.name!r}",
        found=f"{counts.size} channels in the file, {oriented.counts.size} others on the scale",
        wanted="channels of the file side by side, in either order, or ones with the file's energies",
        todo="Quantify the map pixel by pixel, with --method.",
    )


def _runs(channels: NDArray[np.intp], counts: Floats, oriented: RawSpectrum) -> list[NDArray[np.intp]]:
    """Return the runs of channels that hold the counts of an oriented spectrum."""
    size, top = oriented.counts.size, int(np.argmax(oriented.counts))
    starts = np.flatnonzero(counts[channels] == oriented.counts[top]) - top
    runs = [channels[first : first + size] for first in starts if 0 <= first <= channels.size - size]
    return [run for run in runs if np.array_equal(counts[run], oriented.counts)]


def _moved(before: Floats, after: Floats) -> float:
    """Return the energy that energies were moved by, beside a factor on them: of runs alike, the least is the one."""
    slope = (after[-1] - after[0]) / (before[-1] - before[0])
    return float(abs(after[0] - slope * before[0]))
