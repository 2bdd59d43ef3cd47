"""What bulk and analyser do to bare lines: multiple inelastic losses, resolution, transmission; in torch, by batch.

``I(E) = T(E) * sum_n (b K)^n (x) lines = T(E) * [lines / (1 - b K^)]`` with Tougaard's two-parameter kernel
``K(T) ~ T / (C + T^2)^2`` (Surf. Interface Anal. 11 (1988) 453; 25 (1997) 137) above a small gap, an optional loss
peak, and ``T(E) = (KE / KE_C1s)^q`` for mean free path and transmission together.

The sum runs in Fourier space. Losses decay over more than the axis, so the transform is damped: every array is
multiplied with ``exp(-a E)`` beforehand and ``exp(+a E)`` afterwards, which is exact for a convolution and keeps what
wraps around below one part in a thousand.
"""

from collections.abc import Mapping

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from specquant.technique import EnergyAxis
from specquant_xps.rendering import PRIMARY_FWHM

GAP = 1.5
"""No loss is smaller than this, eV."""

KINETIC_C1S = 1202.4
"""Kinetic energy (eV) at which the transmission is one: C 1s with Al K-alpha."""

_FWHM_TO_VARIANCE = 1.0 / (8.0 * np.log(2.0))
_DAMPING = 7.0
_C_LOW, _C_HIGH, _C_STEPS = 20.0, 3000.0, 96


class LossResponse:
    """Vectorised response on one axis; call it with (sample, energy) lines and one value per sample and parameter."""

    def __init__(self, axis: EnergyAxis) -> None:
        self._axis = axis
        self._size = next_fast_len(axis.size + int(np.ceil(40.0 / axis.step)), real=True)
        self._rate = _DAMPING / (self._size * axis.step)
        channel = np.arange(self._size)
        damping = np.exp(-self._rate * axis.step * channel)
        frequency = 2 * np.pi * np.fft.rfftfreq(self._size, axis.step)
        kernels = np.stack([self._kernel(c) for c in np.geomspace(_C_LOW, _C_HIGH, _C_STEPS)])
        self._kernels = torch.from_numpy(np.fft.rfft(kernels * damping, axis=1).astype(np.complex64))
        self._frequency = torch.from_numpy(frequency.astype(np.float32))
        self._damping = torch.from_numpy(damping[: axis.size].astype(np.float32))
        self._centres = torch.from_numpy(axis.centres.astype(np.float32))

    def _kernel(self, c: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return the probability per channel of a loss, normalised over all losses above the gap."""
        edges = np.clip((np.arange(self._size + 1) - 0.5) * self._axis.step, GAP, None)
        return np.asarray((c + GAP**2) * -np.diff(1.0 / (c + edges**2)))

    def __call__(self, primary: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return the spectra of bare lines.

        Parameters
        ----------
        primary
            Shape (sample, energy), on the axis given at construction.
        values
            ``resolution``, ``loss_probability``, ``loss_constant``, ``transmission_exponent``, ``plasmon_weight``,
            ``plasmon_energy``, ``plasmon_width``, ``photon_energy``: shape (sample,) each.
        """
        self._to(primary.device)
        columns = {name: value.to(primary)[:, None] for name, value in values.items()}
        spectrum = torch.fft.rfft(primary * self._damping, n=self._size)
        spectrum = spectrum * self._gaussian(columns["resolution"]) / (1.0 - self._loss(columns))
        lossy = torch.fft.irfft(spectrum, n=self._size)[:, : self._axis.size] / self._damping
        kinetic = (columns["photon_energy"] - self._centres).clamp_min(1.0)
        transmission = torch.exp(columns["transmission_exponent"] * torch.log(kinetic / KINETIC_C1S))
        spectra: Tensor = (lossy * transmission).clamp_min(0.0)
        return spectra

    def _to(self, device: torch.device) -> None:
        if self._kernels.device != device:
            for name in ("_kernels", "_frequency", "_damping", "_centres"):
                setattr(self, name, getattr(self, name).to(device))

    def _gaussian(self, resolution: Tensor) -> Tensor:
        variance = (resolution**2 - PRIMARY_FWHM**2).clamp_min(0.0) * _FWHM_TO_VARIANCE
        magnitude = torch.exp(0.5 * variance * (self._rate**2 - self._frequency**2))
        return torch.polar(magnitude, variance * self._rate * self._frequency)

    def _loss(self, values: Mapping[str, Tensor]) -> Tensor:
        position = torch.log(values["loss_constant"] / _C_LOW) / np.log(_C_HIGH / _C_LOW) * (_C_STEPS - 1)
        kernel = self._kernels[position.round().long().clamp(0, _C_STEPS - 1)[:, 0]]
        variance = (values["plasmon_width"] ** 2) * _FWHM_TO_VARIANCE
        energy = values["plasmon_energy"]
        magnitude = torch.exp(0.5 * variance * (self._rate**2 - self._frequency**2) - self._rate * energy)
        plasmon = torch.polar(magnitude, (variance * self._rate - energy) * self._frequency)
        weight = values["plasmon_weight"]
        return values["loss_probability"] * ((1.0 - weight) * kernel + weight * plasmon)
