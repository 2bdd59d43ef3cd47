"""What source, bulk, charge, gas and analyser do to bare lines; in torch, by batch.

``I(E) = T(E) * [X S G lines / (1 - b K^) + gas]`` in Fourier space, where

- ``K`` are inelastic losses in the bulk, repeated: Tougaard's two-parameter kernel ``K(T) ~ T / (C + T^2)^2`` (Surf.
  Interface Anal. 11 (1988) 453; 25 (1997) 137) above a small gap, with an optional loss peak;
- ``G = exp(t L^)`` is a layer or a gas that the electrons cross on their way, ``t`` mean free paths thick: by Poisson's
  law each electron loses energy there 0, 1, 2, ... times, with a loss spectrum ``L``; the factor ``exp(-t)``, common to
  all lines, is left out;
- ``S`` splits every line in two, as a sample does of which one part is charged more than the other;
- ``X`` are the K-alpha 3 to 6 satellites of an X-ray source without monochromator;
- ``gas`` are the photoelectron and Auger lines of nitrogen and oxygen molecules between sample and analyser;
- ``T(E) = (KE / KE_C1s)^q`` stands for mean free path and transmission together.

The sum runs in Fourier space. Losses decay over more than the axis, so the transform is damped: every array is
multiplied with ``exp(-a E)`` beforehand and ``exp(+a E)`` afterwards, which is exact for a convolution and keeps what
wraps around below one part in a thousand.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from specquant.plugin import EnergyAxis
from specquant_xps.rendering import PRIMARY_FWHM

GAP = 1.5
"""No loss is smaller than this, eV: as in the study that fitted the kernel to public surveys
(docs/explanation/physics-xps.md)."""

KINETIC_C1S = 1202.4
"""Kinetic energy (eV) at which the transmission is one: C 1s with Al K-alpha."""

_MG_SATELLITES = ((8.4, 0.080), (10.1, 0.041), (17.6, 0.0055), (20.6, 0.0045))
_AL_SATELLITES = ((9.8, 0.064), (11.8, 0.032), (20.1, 0.004), (23.4, 0.003))
"""Energy, eV, by which a satellite's electrons are faster, and its intensity over that of K-alpha 1,2: Moulder,
Stickle, Sobol, Bomben, Handbook of X-ray Photoelectron Spectroscopy (Perkin-Elmer 1992), section "X-ray satellites"."""

_BETWEEN_SOURCES = 1400.0
"""Photon energy, eV, that divides Mg K-alpha (1253.6) from Al K-alpha (1486.6)."""

_SHARP = 0.4
"""Share of a layer's losses that lie in one peak; the others are spread like those of bulk matter. Chosen."""

_SHARP_WIDTH = 0.3
"""FWHM of that peak relative to its energy. Chosen."""


@dataclass(frozen=True)
class _GasLine:
    """A line of a gas: binding, or kinetic, energy (eV) on the scale of the analyser, FWHM (eV), relative area."""

    energy: float
    width: float
    area: float
    kinetic: bool = False


_GAS_LINES = {
    "nitrogen_gas": (_GasLine(405.5, 0.8, 1.0), _GasLine(421.5, 4.0, 0.12), _GasLine(363.0, 9.0, 0.5, kinetic=True)),
    "oxygen_gas": (_GasLine(538.7, 0.8, 0.67), _GasLine(539.8, 0.8, 0.33), _GasLine(498.0, 9.0, 0.5, kinetic=True)),
}
"""Binding energies against the vacuum level (N2 1s 409.9, O2 1s 543.1 and 544.2 eV: Siegbahn et al., ESCA Applied to
Free Molecules, 1969) less a work function of the analyser of about 4.4 eV; strongest KVV lines of the same book. Areas
beside the 1s lines are rounded guesses."""

_FWHM_TO_VARIANCE = 1.0 / (8.0 * math.log(2.0))
"""Variance over squared FWHM of a Gaussian."""

_DAMPING = 7.0
"""Exponent of the damping over the whole transform: what wraps around is exp(-7) = 0.0009 of what it was, and rounding
errors grow by exp(7) at most (docs/decisions/0004-damped-fft.md)."""

_ROOM = 40.0
"""eV beyond the axis in the transform, so that lines that are moved off one end do not come back at the other:
satellites move by up to 23 eV, charge by 12 eV."""

_C_LOW, _C_HIGH, _C_STEPS = 20.0, 3000.0, 96
"""Kernels that are ready: lowest and highest C, eV^2, the range of `loss_constant`, and their number on a geometric
grid. Neighbours differ by 5 %; what lies between two is interpolated."""

_C_SCALE = (_C_STEPS - 1) / math.log(_C_HIGH / _C_LOW)
"""Steps of that grid per unit of the logarithm of C."""

_C_OF_LAYER = 75
"""Index of the kernel of a layer's losses: C of about 1040 eV^2, between those of clean metals (100) and the published
universal one (1643). Chosen."""


def _positive(column: Tensor) -> Tensor | slice | None:
    """Return the rows of a column (sample, 1) that are above 0, None if there are none; a slice costs no copy."""
    if len(column) == 1:
        return slice(None) if column.item() > 0 else None
    above = column[:, 0] > 0
    count = int(above.sum())
    return slice(None) if count == len(above) else torch.nonzero(above)[:, 0] if count else None


class LossResponse:
    """Vectorised response on one axis; call it with (sample, energy) lines and one value per sample and parameter."""

    broadcasts = True
    """One row of lines serves for many values, and one value for many rows."""

    def __init__(self, axis: EnergyAxis) -> None:
        self._axis = axis
        self._size = next_fast_len(axis.size + int(np.ceil(_ROOM / axis.step)), real=True)
        self._rate = float(_DAMPING / (self._size * axis.step))
        channel = np.arange(self._size)
        damping = np.exp(-self._rate * axis.step * channel)
        frequency = 2 * np.pi * np.fft.rfftfreq(self._size, axis.step)
        kernels = np.stack([self._kernel(c) for c in np.geomspace(_C_LOW, _C_HIGH, _C_STEPS)])
        self._kernels = torch.from_numpy(np.fft.rfft(kernels * damping, axis=1).astype(np.complex64))
        self._frequency = torch.from_numpy(frequency.astype(np.float32))
        self._narrowing = 0.5 * (self._rate**2 - self._frequency**2)
        self._damping = torch.from_numpy(damping[: axis.size].astype(np.float32))
        self._centres = torch.from_numpy(axis.centres.astype(np.float32))
        self._faster = torch.stack([self._summed(lines) for lines in (_AL_SATELLITES, _MG_SATELLITES)])
        self._gases = {name: self._gas(lines) for name, lines in _GAS_LINES.items()}

    def _summed(self, satellites: Sequence[tuple[float, float]]) -> Tensor:
        """Return what adds the satellites of one source, of strength one, to a damped spectrum, (frequency,)."""
        lines = [area * self._moved(torch.tensor([[-energy]], dtype=torch.float64))[0] for energy, area in satellites]
        return torch.stack(lines).sum(dim=0).to(torch.complex64)

    def _gas(self, lines: Sequence[_GasLine]) -> tuple[Tensor, Tensor]:
        """Return the damped lines of a gas, (frequency,): where they are bound, and less the energy of the photons."""
        drawn = {False: torch.zeros(1), True: torch.zeros(1)}
        for line in lines:
            width = torch.tensor([[(PRIMARY_FWHM**2 + line.width**2) ** 0.5]], dtype=torch.float64)
            energy = torch.tensor([[-line.energy if line.kinetic else line.energy]], dtype=torch.float64)
            drawn[line.kinetic] = (
                drawn[line.kinetic] + line.area * (self._moved(energy) * self._gaussian(width, 0.0))[0]
            )
        return drawn[False].to(torch.complex64), drawn[True].to(torch.complex64)

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
            Every instrument parameter of the technique, shape (sample,) each.
        """
        self._to(primary.device)
        columns = {name: value.to(primary).unsqueeze(1) for name, value in values.items()}
        spectrum = torch.fft.rfft(primary * self._damping, n=self._size)
        transfer = 1.0 / (1.0 - self._loss(columns))
        self._satellites(transfer, columns)
        self._split(transfer, columns)
        self._scatter(transfer, columns)
        wider = self._gaussian(columns["resolution"])
        spectrum = spectrum * (transfer * wider)
        spectrum = self._with_gas(spectrum, wider, columns, primary.sum(dim=1, keepdim=True))
        lossy = torch.fft.irfft(spectrum, n=self._size)[:, : self._axis.size]
        kinetic = (columns["photon_energy"] - self._centres).clamp_min(1.0)
        transmission = torch.exp(columns["transmission_exponent"] * torch.log(kinetic / KINETIC_C1S))
        spectra: Tensor = (lossy * (transmission / self._damping)).clamp_min_(0.0)
        return spectra

    def _to(self, device: torch.device) -> None:
        if self._kernels.device != device:
            for name in ("_kernels", "_frequency", "_narrowing", "_damping", "_centres", "_faster"):
                setattr(self, name, getattr(self, name).to(device))
            self._gases = {
                name: (bound.to(device), kinetic.to(device)) for name, (bound, kinetic) in self._gases.items()
            }

    def _moved(self, energy: Tensor) -> Tensor:
        """Return what moves a damped spectrum up by energies (sample, 1), eV."""
        return torch.polar(
            torch.exp(-self._rate * energy).expand(-1, self._frequency.numel()), -energy * self._frequency
        )

    def _satellites(self, spectrum: Tensor, values: Mapping[str, Tensor]) -> None:
        """Add the lines of the source's weaker X-rays, which lie at lower binding energy (in place)."""
        rows = _positive(values["source_satellites"])
        if rows is None:
            return
        magnesium = (values["photon_energy"][rows, 0] < _BETWEEN_SOURCES).long()
        spectrum[rows] *= 1.0 + values["source_satellites"][rows] * self._faster.index_select(0, magnesium)

    def _split(self, spectrum: Tensor, values: Mapping[str, Tensor]) -> None:
        """Move a share of every line up, as uneven charge does (in place)."""
        rows = _positive(values["charged_share"])
        if rows is not None:
            share = values["charged_share"][rows]
            spectrum[rows] *= (1.0 - share) + share * self._moved(values["charged_shift"][rows])

    def _scatter(self, spectrum: Tensor, values: Mapping[str, Tensor]) -> None:
        """Let the electrons cross a layer or a gas (in place)."""
        rows = _positive(values["overlayer"])
        if rows is not None:
            energy = values["overlayer_loss"][rows]
            once = _SHARP * self._peak(energy, _SHARP_WIDTH * energy) + (1.0 - _SHARP) * self._kernels[_C_OF_LAYER]
            losses = values["overlayer"][rows] * once
            # torch.exp takes six times as long for complex numbers
            spectrum[rows] *= torch.polar(torch.exp(losses.real), losses.imag)

    def _with_gas(self, spectrum: Tensor, wider: Tensor, values: Mapping[str, Tensor], strength: Tensor) -> Tensor:
        """Return the spectra with the lines of gas molecules, relative to all lines of the sample."""
        rows = _positive(sum((values[name] for name in self._gases), torch.zeros(1)))
        if rows is None:
            return spectrum
        photons = self._moved(values["photon_energy"][rows])
        lines = [values[name][rows] * (bound + photons * kinetic) for name, (bound, kinetic) in self._gases.items()]
        gas = torch.zeros_like(wider)
        gas[rows] = sum(lines, torch.zeros(1)) * self._moved(values["gas_shift"][rows]) * wider[rows]
        return spectrum + strength * gas

    def _gaussian(self, resolution: Tensor, present: float = PRIMARY_FWHM) -> Tensor:
        """Return what widens lines to a resolution (sample, 1), FWHM in eV, that have the FWHM `present` already."""
        variance = (resolution * resolution - present**2).clamp_min(0.0) * _FWHM_TO_VARIANCE
        magnitude = torch.exp(variance * self._narrowing)
        return torch.polar(magnitude, variance * self._rate * self._frequency)

    def _loss(self, values: Mapping[str, Tensor]) -> Tensor:
        """Return the losses in the bulk: how likely one is, and of which energy."""
        position = (torch.log(values["loss_constant"] / _C_LOW) * _C_SCALE).clamp(0.0, _C_STEPS - 1.0)
        below = position.long().clamp_max(_C_STEPS - 2)
        first, second = (self._kernels.index_select(0, (below + more)[:, 0]) for more in (0, 1))
        kernel = torch.lerp(first, second, (position - below).to(self._kernels))
        plasmon = self._peak(values["plasmon_energy"], values["plasmon_width"])
        weight = values["plasmon_weight"]
        return values["loss_probability"] * ((1.0 - weight) * kernel + weight * plasmon)

    def _peak(self, energy: Tensor, width: Tensor) -> Tensor:
        """Return a Gaussian peak of losses."""
        variance = width * width * _FWHM_TO_VARIANCE
        magnitude = torch.exp(variance * self._narrowing - self._rate * energy)
        return torch.polar(magnitude, (variance * self._rate - energy) * self._frequency)
