"""The stages of a detector, by batch, in arrays of numpy or of torch.

Efficiency, then escape peaks, internal fluorescence, tails and resolution in Fourier space, then pile-up (the spectrum
folded with itself), then the error of the energy scale. Bare lines already have the width of the Fano statistics and of
PRIMARY_NOISE.
"""

import math
from collections.abc import Mapping

import numpy as np
from scipy.fft import next_fast_len

from specquant.plugin import Array, Constants, EnergyAxis, at_least, fft_of, indices, module_of
from specquant_eds import detector

PRIMARY_NOISE = 36.0
"""Electronic noise (FWHM, eV) that bare lines already show: the least of instrument.py, so that noise only widens
them."""

_TAIL_LENGTHS = 8.0
"""Decay lengths of the tail that the transform has room for: 0.03 % of a tail lies beyond."""

FWHM_TO_VARIANCE = 1.0 / (8.0 * math.log(2.0))
"""Variance of a Gaussian over the square of its FWHM."""

_LOWEST = 25.0
"""eV: softer photons are absorbed as those of this energy, near the end of the tables."""

EMPTY = 1e-30
"""Counts that a spectrum is taken to hold at least: one without any stays without."""

_INSIDE = 1e-3
"""Channels before the last at which an interpolation ends, so that its upper neighbour exists."""


class Stages:
    """What happens to spectra on one axis, one stage after the other.

    Parameters
    ----------
    axis
        The axis of the spectra.

    Attributes
    ----------
    constants
        Arrays that no spectrum changes, by name.
    size
        Channels of the transforms in which lines are broadened.
    double
        Channels of those in which spectra are folded with themselves.
    """

    def __init__(self, axis: EnergyAxis) -> None:
        self.axis = axis
        energy = np.maximum(axis.centres, _LOWEST)
        reach = _TAIL_LENGTHS * detector.TAIL_LENGTH
        self.size = next_fast_len(axis.size + int(np.ceil(reach / axis.step)), real=True)
        self.double = next_fast_len(2 * axis.size, real=True)
        frequency = 2 * np.pi * np.fft.rfftfreq(self.size, axis.step)
        # a tail lies below its peak: the kernel runs backwards
        tail = 1.0 / (1.0 - 1j * frequency * detector.TAIL_LENGTH)
        real = {
            "squared": frequency**2,
            "energy": axis.centres,
            "channel": np.arange(axis.size),
            "tail_share": detector.tail_share(energy),
            "escape_share": detector.escape_share(energy),
            "fluorescence_share": detector.fluorescence_share(energy),
            "silicon_line": detector.silicon_line(axis.centres, PRIMARY_NOISE),
            "layers": np.stack([detector.layer_absorption(name, energy) for name in detector.LAYERS]),
            "grid": 1 - detector.grid_transmission(energy),
            "silicon": 0.1 * detector.silicon_absorption(energy),
            "scale_error": detector.scale_error(axis.centres),
            "pile_up": detector.pile_up_weight(energy),
        }
        self.constants = Constants(
            tail_less_one=(tail - 1.0).astype(np.complex64),
            **{name: np.asarray(table).astype(np.float32) for name, table in real.items()},
        )

    def efficiency(self, columns: Mapping[str, Array], primary: Array) -> Array:
        """Return the share of photons that is counted, (sample, energy)."""
        of, constants = module_of(primary), self.constants.beside(primary)
        thickness = of.concatenate([columns[name] for name in detector.LAYERS], 1)
        passed = of.exp(-(thickness @ constants["layers"]))
        grid = 1 - columns["window_grid"] * constants["grid"]
        stopped = 1 - of.exp(-columns["active_layer"] * constants["silicon"])
        return passed * grid * stopped

    def collected(self, counted: Array, columns: Mapping[str, Array]) -> Array:
        """Return what is counted with the peaks of the detector's silicon, tails and the detector's resolution."""
        parts, resolution = self.in_parts(counted, columns)
        return at_least(self.joined(parts[0] + columns["tail"] * parts[1], resolution), 0.0)

    def in_parts(self, counted: Array, columns: Mapping[str, Array]) -> tuple[Array, Array]:
        """Return transforms of what is counted and of what a tail of 1 changes, (part, sample, frequency); resolution.

        The former has the peaks of the detector's silicon.
        """
        of, constants = module_of(counted), self.constants.beside(counted)
        lines = of.stack([self.with_silicon(counted), counted * constants["tail_share"]], 0)
        parts = fft_of(counted).rfft(lines, n=self.size)
        parts[1] *= constants["tail_less_one"]
        variance = at_least(columns["noise"] ** 2 - PRIMARY_NOISE**2, 0.0) * FWHM_TO_VARIANCE
        return parts, of.exp(-0.5 * variance * constants["squared"])

    def joined(self, transformed: Array, resolution: Array) -> Array:
        """Return the spectra of which these are the transforms, broadened."""
        spectrum = fft_of(resolution).irfft(transformed * resolution, n=self.size)
        return spectrum[:, : self.axis.size]

    def with_silicon(self, counted: Array) -> Array:
        """Return what is counted (sample, energy) with escape peaks and the internal fluorescence of silicon."""
        constants = self.constants.beside(counted)
        escaped = counted * constants["escape_share"]
        fluoresced = (counted * constants["fluorescence_share"]).sum(1)[:, None] * constants["silicon_line"]
        return counted - escaped + self.lowered(escaped) + fluoresced

    def lowered(self, escaped: Array) -> Array:
        """Return rows (sample, energy) lower by the energy of Si K-alpha."""
        channels = detector.SILICON_KA / self.axis.step
        whole = int(channels)
        share, kept = channels - whole, max(self.axis.size - whole - 1, 0)
        lowered = module_of(escaped).zeros_like(escaped)
        if kept:
            lowered[:, :kept] = escaped[:, whole : whole + kept] * (1.0 - share) + escaped[:, whole + 1 :] * share
        return lowered

    def piled_up(self, measured: Array, share: Array) -> Array:
        """Return spectra with a share of their photons counted two at a time."""
        total = at_least(measured.sum(1)[:, None], EMPTY)
        folded = fft_of(measured).rfft(measured * (self.constants.beside(measured)["pile_up"] / total), n=self.double)
        return measured + share * total * at_least(self.sums(folded * folded), 0.0)

    def sums(self, folded: Array) -> Array:
        """Return the spectra of which these are the transforms, where energies of two photons add up."""
        # channels add up, with the axis's start counted once more
        sums = fft_of(folded).irfft(folded, n=self.double)[:, : self.axis.size]
        first = round(self.axis.start / self.axis.step)
        if first:
            sums = module_of(sums).roll(sums, first, 1)
            sums[:, :first] = 0.0
        return sums

    def displaced(self, measured: Array, columns: Mapping[str, Array]) -> Array:
        """Return spectra on the axis as it is, with its errors."""
        low, share = self.channels(columns, measured)
        below, above = _read(measured, low), _read(measured, low + 1)
        return below + share * (above - below)

    def channels(self, columns: Mapping[str, Array], like: Array) -> tuple[Array, Array]:
        """Return between which channels every one is read, (sample, energy): the lower, and the share of the upper."""
        constants = self.constants.beside(like)
        linear = columns["offset"] + columns["gain"] * constants["energy"]
        moved = linear + columns["nonlinearity"] * constants["scale_error"]
        channel = (constants["channel"] - moved / self.axis.step).clip(0.0, self.axis.size - 1 - _INSIDE)
        whole = module_of(like).floor(channel)
        return indices(whole), channel - whole


def _read(rows: Array, channel: Array) -> Array:
    """Return rows (row, energy) at channels (sample, energy), one of either for many of the other."""
    if len(channel) == 1:
        return rows.take(channel[0], axis=1) if isinstance(rows, np.ndarray) else rows.index_select(1, channel[0])
    if isinstance(rows, np.ndarray):
        return rows[0][channel] if len(rows) == 1 else np.take_along_axis(rows, channel, 1)
    return rows.expand(len(channel), -1).gather(1, channel)
