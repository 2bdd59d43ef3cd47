"""From photons that leave the sample to counts: the detector, by batch, in arrays of numpy or of torch.

Efficiency, then escape peaks, tails and resolution in Fourier space, then pile-up (the spectrum folded with itself),
then the error of the energy scale. Bare lines already have the width of the Fano statistics and of PRIMARY_NOISE.
"""

import math
from collections.abc import Mapping

import numpy as np
from scipy.fft import next_fast_len

from specquant.plugin import Array, Constants, EnergyAxis, at_least, columns_of, fft_of, indices, module_of
from specquant_eds import detector

PRIMARY_NOISE = 36.0
"""Electronic noise (FWHM, eV) that bare lines already show: the least of instrument.py, so that noise only widens
them."""

_TAIL_LENGTHS = 8.0
"""Decay lengths of the tail that the transform has room for: 0.03 % of a tail lies beyond."""

_FWHM_TO_VARIANCE = 1.0 / (8.0 * math.log(2.0))
"""Variance of a Gaussian over the square of its FWHM."""

_LOWEST = 25.0
"""eV: softer photons are absorbed as those of this energy, near the end of the tables."""

_EMPTY = 1e-30
"""Counts that a spectrum is taken to hold at least: one without any stays without."""

_INSIDE = 1e-3
"""Channels before the last at which an interpolation ends, so that its upper neighbour exists."""


class DetectorResponse:
    """Vectorised response on one axis; call it with (sample, energy) photons and one value per sample and parameter."""

    arrays = "both"
    broadcasts = True
    """One row of photons serves for many values, and one value for many rows."""

    def __init__(self, axis: EnergyAxis) -> None:
        self._axis = axis
        energy = np.maximum(axis.centres, _LOWEST)
        reach = detector.SILICON_KA + _TAIL_LENGTHS * detector.TAIL_LENGTH
        self._size = next_fast_len(axis.size + int(np.ceil(reach / axis.step)), real=True)
        self._double = next_fast_len(2 * axis.size, real=True)
        frequency = 2 * np.pi * np.fft.rfftfreq(self._size, axis.step)
        # a tail lies below its peak: the kernel runs backwards
        tail = 1.0 / (1.0 - 1j * frequency * detector.TAIL_LENGTH)
        shift = np.exp(1j * frequency * detector.SILICON_KA)
        real = {
            "squared": frequency**2,
            "energy": axis.centres,
            "channel": np.arange(axis.size),
            "tail_share": detector.tail_share(energy),
            "escape_share": detector.escape_share(energy),
            "layers": np.stack([detector.layer_absorption(name, energy) for name in detector.LAYERS]),
            "grid": 1 - detector.grid_transmission(energy),
            "silicon": 0.1 * detector.silicon_absorption(energy),
            "scale_error": detector.scale_error(axis.centres),
            "pile_up": detector.pile_up_weight(energy),
        }
        self._constants = Constants(
            tail_less_one=(tail - 1.0).astype(np.complex64),
            escape=shift.astype(np.complex64),
            **{name: np.asarray(table).astype(np.float32) for name, table in real.items()},
        )

    def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
        """Return the spectra of bare photons.

        Parameters
        ----------
        primary
            Shape (sample, energy), on the axis given at construction.
        values
            The thicknesses of ``detector.LAYERS``, ``window_grid``, ``active_layer``, ``noise``, ``tail``, ``pile_up``,
            ``offset``, ``gain``, ``nonlinearity``: shape (sample,) each.
        """
        columns = columns_of(values, primary)
        counted = primary * self._efficiency(columns, primary)
        measured = self._collected(counted, columns)
        return self._displaced(self._piled_up(measured, columns["pile_up"]), columns)

    def distorted(self, measured: Array, values: Mapping[str, Array]) -> Array:
        """Return spectra that contain the detector already, with pile-up and another offset and gain."""
        columns = columns_of({name: values[name] for name in ("pile_up", "offset", "gain")}, measured)
        columns["nonlinearity"] = module_of(measured).zeros_like(columns["offset"])
        return self._displaced(self._piled_up(measured, columns["pile_up"]), columns)

    def _efficiency(self, columns: Mapping[str, Array], primary: Array) -> Array:
        of, constants = module_of(primary), self._constants.beside(primary)
        thickness = of.concatenate([columns[name] for name in detector.LAYERS], 1)
        passed = of.exp(-(thickness @ constants["layers"]))
        grid = 1 - columns["window_grid"] * constants["grid"]
        stopped = 1 - of.exp(-columns["active_layer"] * constants["silicon"])
        return passed * grid * stopped

    def _collected(self, counted: Array, columns: Mapping[str, Array]) -> Array:
        of, fft, constants = module_of(counted), fft_of(counted), self._constants.beside(counted)
        escaped = counted * constants["escape_share"]
        tailed = counted * constants["tail_share"]
        parts = fft.rfft(of.stack([counted - escaped, tailed, escaped], 0), n=self._size)
        spectrum = parts[0] + columns["tail"] * (parts[1] * constants["tail_less_one"]) + parts[2] * constants["escape"]
        variance = at_least(columns["noise"] ** 2 - PRIMARY_NOISE**2, 0.0) * _FWHM_TO_VARIANCE
        spectrum = spectrum * of.exp(-0.5 * variance * constants["squared"])
        return at_least(fft.irfft(spectrum, n=self._size)[:, : self._axis.size], 0.0)

    def _piled_up(self, measured: Array, share: Array) -> Array:
        of, fft = module_of(measured), fft_of(measured)
        total = at_least(measured.sum(1)[:, None], _EMPTY)
        folded = fft.rfft(measured * (self._constants.beside(measured)["pile_up"] / total), n=self._double)
        # two photons of E1 and E2 add up to E1 + E2: channels add up, with the axis's start counted once more
        first = round(self._axis.start / self._axis.step)
        sums = at_least(fft.irfft(folded * folded, n=self._double)[:, : self._axis.size], 0.0)
        if first:
            sums = of.roll(sums, first, 1)
            sums[:, :first] = 0.0
        return measured + share * total * sums

    def _displaced(self, measured: Array, columns: Mapping[str, Array]) -> Array:
        of, constants = module_of(measured), self._constants.beside(measured)
        energy, error = constants["energy"], constants["scale_error"]
        moved = columns["offset"] + columns["gain"] * energy + columns["nonlinearity"] * error
        channel = (constants["channel"] - moved / self._axis.step).clip(0.0, self._axis.size - 1 - _INSIDE)
        whole = of.floor(channel)
        low = indices(whole)
        below, above = _read(measured, low), _read(measured, low + 1)
        return below + (channel - whole) * (above - below)


class ScaleDistortion:
    """What differs between two spectra of one detector: the energy scale and pile-up, for libraries of measured shapes.

    Called like DetectorResponse; ``pile_up``, ``offset`` and ``gain`` are used, relative to the standards.
    """

    arrays = "both"
    broadcasts = True

    def __init__(self, axis: EnergyAxis) -> None:
        self._detector = DetectorResponse(axis)

    def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
        """Return the distorted spectra (sample, energy)."""
        return self._detector.distorted(primary, values)


def _read(rows: Array, channel: Array) -> Array:
    """Return rows (row, energy) at channels (sample, energy), one of either for many of the other."""
    if len(channel) == 1:
        return rows.take(channel[0], axis=1) if isinstance(rows, np.ndarray) else rows.index_select(1, channel[0])
    if isinstance(rows, np.ndarray):
        return rows[0][channel] if len(rows) == 1 else np.take_along_axis(rows, channel, 1)
    return rows.expand(len(channel), -1).gather(1, channel)
