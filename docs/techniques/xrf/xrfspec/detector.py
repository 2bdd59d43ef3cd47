"""From photons that leave the sample to counts: the way to the detector, and a silicon detector."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xraylib
from scipy.special import voigt_profile
from torch import Tensor

from specquant.plugin import EnergyAxis, Floats
from xrfspec.lines import Group

FANO, PAIR = 0.115, 0.00365
"""Fano factor and energy of an electron-hole pair (keV) of silicon; the latter is 3.77 eV at 80 K and 3.68 eV at 270 K:
Lowe and Sareen, Nucl. Instrum. Methods A 576 (2007) 367."""

BEST = 0.122
"""FWHM (keV) at Mn K-alpha that bare lines already show: the best of the instrument's range."""

MANGANESE = 5.895
"""keV: the line at which detectors state their resolution."""

SILICON, SILICON_KA = 14, 1.740
"""Atomic number of the detector, and energy (keV) of the photon that escapes from it."""

DENSITIES = {"silicon": 2.33, "beryllium": 1.848, "air": 1.2048e-3}
"""g/cm3, at room temperature; xraylib's compounds and NIST's list of elements."""

AIR = {7: 0.755, 8: 0.232, 18: 0.013}
"""Weight fractions of dry air, by atomic number."""

TAIL = 0.25
"""keV: decay length of the tail below a line, where charge is lost near the front; chosen, among those published."""

_VARIANCE = 1.0 / (8.0 * math.log(2.0))
"""Variance of a Gaussian over the square of its FWHM."""


def width(energy: float, resolution: float) -> float:
    """Return the FWHM of a line at an energy, with a resolution at Mn K-alpha; all in keV."""
    return math.sqrt(resolution**2 + FANO * PAIR * (energy - MANGANESE) / _VARIANCE)


def draw(axis: EnergyAxis, group: Group) -> Floats:
    """Return bare lines on an axis, area 1, 1/keV: with their natural width, in the best detector."""
    density = np.zeros(axis.size)
    for energy, share in zip(group.energies, group.shares, strict=True):
        sigma = width(energy, BEST) * math.sqrt(_VARIANCE)
        density += share * voigt_profile(axis.centres - energy, sigma, group.natural_width / 2.0)
    return density


def attenuation(number: int, energies: Floats) -> Floats:
    """Return the mass attenuation (energy,) of an element, cm2/g."""
    return np.array([xraylib.CS_Total_Kissel(number, float(energy)) for energy in energies])


def escape_share(energies: Floats) -> Floats:
    """Return the share of photons that lose a silicon photon through the front: Reed and Ware, J. Phys. E 5 (1972)."""
    edge, jump = xraylib.EdgeEnergy(SILICON, xraylib.K_SHELL), xraylib.JumpFactor(SILICON, xraylib.K_SHELL)
    inside = attenuation(SILICON, np.array([SILICON_KA]))
    ratio = attenuation(SILICON, energies) / inside
    lost = 0.5 * xraylib.FluorYield(SILICON, xraylib.K_SHELL) * (1 - 1 / jump) * (1 - np.log1p(ratio) / ratio)
    return np.where(energies > edge, lost, 0.0)


class Detector:
    """The response on one axis: absorption on the way, escape, incomplete charge, noise, and pile-up."""

    broadcasts = True

    def __init__(self, axis: EnergyAxis) -> None:
        energies = np.maximum(axis.centres, axis.step)
        self._channels, self._first = axis.size, round(axis.start / axis.step)
        self._escaped = round(SILICON_KA / axis.step)
        self._size = 2 * axis.size
        frequency = 2 * np.pi * np.fft.rfftfreq(self._size, axis.step)
        air = sum(share * attenuation(number, energies) for number, share in AIR.items())
        self._tables = {
            "air_path": tensor(DENSITIES["air"] * air),
            "window": tensor(1e-4 * DENSITIES["beryllium"] * attenuation(4, energies)),
            "silicon": tensor(0.1 * DENSITIES["silicon"] * attenuation(SILICON, energies)),
            "escape": tensor(escape_share(energies)),
            "tail": torch.from_numpy((1.0 / (1.0 - 1j * frequency * TAIL)).astype(np.complex64)),
            "squared": tensor(frequency**2),
            "energies": tensor(energies / axis.step),
        }

    def __call__(self, primary: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return the counted spectra (sample, energy) of photons (sample, energy); `values` are (sample,) each."""
        tables = {name: table.to(primary.device) for name, table in self._tables.items()}
        columns = {name: value.to(primary)[:, None] for name, value in values.items()}
        passed = torch.exp(-columns["air_path"] * tables["air_path"] - columns["window"] * tables["window"])
        counted = primary * passed * (1 - torch.exp(-columns["silicon"] * tables["silicon"]))
        escaped = counted * tables["escape"]
        counted = counted - escaped + torch.nn.functional.pad(escaped[:, self._escaped :], (0, self._escaped))
        partly = columns["shelf"] * counted
        shelf = (partly / tables["energies"]).flip(1).cumsum(1).flip(1)
        whole = counted - partly + shelf
        return self._piled_up(self._blurred(whole, columns["tail"], columns["resolution"]), columns["pile_up"])

    def _blurred(self, counted: Tensor, tail: Tensor, resolution: Tensor) -> Tensor:
        """Return spectra with a tail and what a resolution adds to that of the best detector, (sample, 1) each."""
        variance = (resolution**2 - BEST**2).clamp_min(0.0) * _VARIANCE
        lost = 1.0 + tail * (self._tables["tail"].to(counted.device) - 1.0)
        damped = torch.exp(-0.5 * variance * self._tables["squared"].to(counted))
        blurred = torch.fft.irfft(torch.fft.rfft(counted, n=self._size) * lost * damped, n=self._size)
        return blurred[:, : self._channels].clamp_min(0.0)

    def _piled_up(self, counted: Tensor, share: Tensor) -> Tensor:
        """Return spectra in which a share (sample, 1) of the photons is counted together with another."""
        total = counted.sum(dim=1, keepdim=True).clamp_min(1e-30)
        folded = torch.fft.rfft(counted / total, n=self._size)
        sums = torch.fft.irfft(folded * folded, n=self._size)[:, : self._channels - self._first].clamp_min(0.0)
        return counted + share * total * torch.nn.functional.pad(sums, (self._first, 0))


def tensor(values: Sequence[float] | Floats) -> Tensor:
    """Return numbers as a tensor in single precision."""
    return torch.from_numpy(np.asarray(values, dtype=np.float32))
