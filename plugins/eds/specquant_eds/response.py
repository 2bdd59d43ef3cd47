"""From photons that leave the sample to counts: the detector in torch, by batch, one detector per spectrum.

Efficiency, then escape peaks, tails and resolution in Fourier space, then pile-up (the spectrum folded with itself),
then the error of the energy scale. Bare lines already have the width of the Fano statistics and of PRIMARY_NOISE.
"""

from collections.abc import Mapping

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from specquant.plugin import EnergyAxis
from specquant_eds import detector

PRIMARY_NOISE = 36.0
"""Electronic noise (FWHM, eV) that bare lines already show: the least of instrument.py, so that noise only widens
them."""

_TAIL_LENGTHS = 8.0
"""Decay lengths of the tail that the transform has room for: 0.03 % of a tail lies beyond."""

_FWHM_TO_VARIANCE = 1.0 / (8.0 * np.log(2.0))
"""Variance of a Gaussian over the square of its FWHM."""

_LOWEST = 25.0
"""eV: softer photons are absorbed as those of this energy, near the end of the tables."""

_EMPTY = 1e-30
"""Counts that a spectrum is taken to hold at least: one without any stays without."""

_INSIDE = 1e-3
"""Channels before the last at which an interpolation ends, so that its upper neighbour exists."""


class DetectorResponse:
    """Vectorised response on one axis; call it with (sample, energy) photons and one value per sample and parameter."""

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
        self._tables = {
            "squared": _tensor(frequency**2),
            "tail": torch.from_numpy(tail.astype(np.complex64)),
            "escape": torch.from_numpy(shift.astype(np.complex64)),
            "energy": _tensor(axis.centres),
            "tail_share": _tensor(detector.tail_share(energy)),
            "escape_share": _tensor(detector.escape_share(energy)),
            "layers": _tensor(np.stack([detector.layer_absorption(name, energy) for name in detector.LAYERS])),
            "grid": _tensor(1 - detector.grid_transmission(energy)),
            "silicon": _tensor(0.1 * detector.silicon_absorption(energy)),
            "scale_error": _tensor(detector.scale_error(axis.centres)),
            "pile_up": _tensor(detector.pile_up_weight(energy)),
        }

    def __call__(self, primary: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return the spectra of bare photons.

        Parameters
        ----------
        primary
            Shape (sample, energy), on the axis given at construction.
        values
            The thicknesses of ``detector.LAYERS``, ``window_grid``, ``active_layer``, ``noise``, ``tail``, ``pile_up``,
            ``offset``, ``gain``, ``nonlinearity``: shape (sample,) each.
        """
        self._to(primary.device)
        columns = {name: value.to(primary)[:, None] for name, value in values.items()}
        counted = primary * self._efficiency(columns)
        measured = self._collected(counted, columns)
        return self._displaced(self._piled_up(measured, columns["pile_up"]), columns)

    def distorted(self, measured: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return spectra that contain the detector already, with pile-up and another offset and gain."""
        self._to(measured.device)
        columns = {name: values[name].to(measured)[:, None] for name in ("pile_up", "offset", "gain")}
        columns["nonlinearity"] = torch.zeros_like(columns["offset"])
        return self._displaced(self._piled_up(measured, columns["pile_up"]), columns)

    def _efficiency(self, columns: Mapping[str, Tensor]) -> Tensor:
        thickness = torch.cat([columns[name] for name in detector.LAYERS], dim=1)
        passed: Tensor = torch.exp(-(thickness @ self._tables["layers"]))
        grid = 1 - columns["window_grid"] * self._tables["grid"]
        stopped: Tensor = 1 - torch.exp(-columns["active_layer"] * self._tables["silicon"])
        return passed * grid * stopped

    def _collected(self, counted: Tensor, columns: Mapping[str, Tensor]) -> Tensor:
        tables = self._tables
        escaped = counted * tables["escape_share"]
        tailed = counted * tables["tail_share"]
        parts = torch.fft.rfft(torch.stack([counted - escaped, tailed, escaped]), n=self._size)
        spectrum = parts[0] + columns["tail"] * (parts[1] * (tables["tail"] - 1.0)) + parts[2] * tables["escape"]
        variance = (columns["noise"] ** 2 - PRIMARY_NOISE**2).clamp_min(0.0) * _FWHM_TO_VARIANCE
        spectrum = spectrum * torch.exp(-0.5 * variance * tables["squared"])
        collected: Tensor = torch.fft.irfft(spectrum, n=self._size)[:, : self._axis.size].clamp_min(0.0)
        return collected

    def _piled_up(self, measured: Tensor, share: Tensor) -> Tensor:
        total = measured.sum(dim=1, keepdim=True).clamp_min(_EMPTY)
        folded = torch.fft.rfft(measured * (self._tables["pile_up"] / total), n=self._double)
        # two photons of E1 and E2 add up to E1 + E2: channels add up, with the axis's start counted once more
        first = round(self._axis.start / self._axis.step)
        sums: Tensor = torch.fft.irfft(folded * folded, n=self._double)[:, : self._axis.size].clamp_min(0.0)
        if first:
            sums = torch.roll(sums, first, dims=1)
            sums[:, :first] = 0.0
        return measured + share * total * sums

    def _displaced(self, measured: Tensor, columns: Mapping[str, Tensor]) -> Tensor:
        energy = self._tables["energy"]
        moved = columns["offset"] + columns["gain"] * energy + columns["nonlinearity"] * self._tables["scale_error"]
        channel = torch.arange(self._axis.size, device=measured.device) - moved / self._axis.step
        channel = channel.clamp(0, self._axis.size - 1 - _INSIDE)
        low = channel.long()
        share = channel - low
        if len(low) == 1:
            below = measured.index_select(1, low[0])
            return below + share * (measured.index_select(1, low[0] + 1) - below)
        measured = measured.expand(len(low), -1)
        below = measured.gather(1, low)
        return below + share * (measured.gather(1, low + 1) - below)

    def _to(self, device: torch.device) -> None:
        if self._tables["energy"].device != device:
            self._tables = {name: table.to(device) for name, table in self._tables.items()}


class ScaleDistortion:
    """What differs between two spectra of one detector: the energy scale and pile-up, for libraries of measured shapes.

    Called like DetectorResponse; ``pile_up``, ``offset`` and ``gain`` are used, relative to the standards.
    """

    broadcasts = True

    def __init__(self, axis: EnergyAxis) -> None:
        self._detector = DetectorResponse(axis)

    def __call__(self, primary: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return the distorted spectra (sample, energy)."""
        return self._detector.distorted(primary, values)


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.asarray(values).astype(np.float32))
