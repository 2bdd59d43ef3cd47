"""What source, bulk, charge, gas and analyser do to bare lines; by batch, in arrays of numpy or of torch.

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
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from specquant.plugin import (
    Array,
    Constants,
    EnergyAxis,
    Floats,
    at_least,
    columns_of,
    fft_of,
    indices,
    module_of,
    rows_at,
)
from specquant_xps.rendering import PRIMARY_FWHM
from specquant_xps.transform import Kept, Transform, polar

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


def _positive(column: Array) -> Array | slice | None:
    """Return the rows of a column (sample, 1) that are above 0, None if there are none; a slice costs no copy."""
    if len(column) == 1:
        return slice(None) if column.item() > 0 else None
    above = column[:, 0] > 0
    count = int(above.sum())
    return slice(None) if count == len(above) else module_of(column).where(above)[0] if count else None


class LossResponse:
    """Vectorised response on one axis; call it with (sample, energy) lines and one value per sample and parameter."""

    arrays = "both"
    broadcasts = True
    """One row of lines serves for many values, and one value for many rows."""

    def __init__(self, axis: EnergyAxis) -> None:
        self._axis = axis
        self._size = next_fast_len(axis.size + int(np.ceil(_ROOM / axis.step)), real=True)
        self._rate = float(_DAMPING / (self._size * axis.step))
        self._unit = float(2.0 * np.pi / (self._size * axis.step))
        channel = np.arange(self._size)
        damping = np.exp(-self._rate * axis.step * channel)
        frequency = (2 * np.pi * np.fft.rfftfreq(self._size, axis.step)).astype(np.float32)
        kernels = np.stack([self._kernel(c) for c in np.geomspace(_C_LOW, _C_HIGH, _C_STEPS)])
        exact = Transform(self._rate, self._unit, frequency, 0.5 * (self._rate**2 - frequency**2))
        gases = {name: _gas(exact, lines) for name, lines in _GAS_LINES.items()}
        self._constants = Constants(
            kernels=np.fft.rfft(kernels * damping, axis=1).astype(np.complex64),
            frequency=exact.frequency,
            narrowing=exact.narrowing,
            damping=damping[: axis.size].astype(np.float32),
            centres=axis.centres.astype(np.float32),
            faster=np.stack([_summed(exact, lines) for lines in (_AL_SATELLITES, _MG_SATELLITES)]),
            **{f"{name} bound": bound for name, (bound, _) in gases.items()},
            **{f"{name} kinetic": kinetic for name, (_, kinetic) in gases.items()},
        )

        self._kept = Kept()

    def _kernel(self, c: float) -> Floats:
        """Return the probability per channel of a loss, normalised over all losses above the gap."""
        edges = np.clip((np.arange(self._size + 1) - 0.5) * self._axis.step, GAP, None)
        return np.asarray((c + GAP**2) * -np.diff(1.0 / (c + edges**2)))

    def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
        """Return the spectra of bare lines.

        Parameters
        ----------
        primary
            Shape (sample, energy), on the axis given at construction.
        values
            Every instrument parameter of the technique, shape (sample,) each.
        """
        fft, constants, columns = fft_of(primary), self._constants.beside(primary), columns_of(values, primary)
        transform, kept = Transform(self._rate, self._unit, constants["frequency"], constants["narrowing"]), self._kept
        wider = kept.effect("wider", lambda each: transform.gaussian(each["resolution"]), columns, "resolution")
        transfer = _bulk(transform, kept, constants["kernels"], columns) * wider
        _satellites(transfer, constants["faster"], columns)
        _split(transform, transfer, columns)
        _scatter(transform, kept, transfer, constants["kernels"][_C_OF_LAYER], columns)
        spectrum = fft.rfft(primary * constants["damping"], n=self._size) * transfer
        gas = _of_gas(transform, kept, transfer, constants, columns)
        if gas is not None:
            spectrum = spectrum + primary.sum(1)[:, None] * gas * wider
        return at_least(fft.irfft(spectrum, n=self._size)[:, : self._axis.size] * self._scale(columns, constants), 0.0)

    def _scale(self, columns: Mapping[str, Array], constants: Mapping[str, Array]) -> Array:
        """Return what multiplies damped spectra: transmission, without the damping."""

        def scale(each: Mapping[str, Array]) -> Array:
            of, kinetic = module_of(constants["centres"]), at_least(each["photon_energy"] - constants["centres"], 1.0)
            transmission = of.exp(each["transmission_exponent"] * of.log(kinetic / KINETIC_C1S))
            return transmission / constants["damping"]

        return self._kept.effect("scale", scale, columns, "photon_energy", "transmission_exponent")


def _summed(transform: Transform, satellites: Sequence[tuple[float, float]]) -> NDArray[np.complex64]:
    """Return what adds the satellites of one source, of strength one, to a damped spectrum, (frequency,)."""
    lines = [area * transform.moved(np.array([[-energy]]))[0] for energy, area in satellites]
    return np.asarray(np.sum(lines, axis=0), dtype=np.complex64)


def _gas(transform: Transform, lines: Sequence[_GasLine]) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """Return the damped lines of a gas, (frequency,): where they are bound, and less the energy of the photons."""
    drawn = {kinetic: np.zeros(len(transform.frequency), dtype=np.complex128) for kinetic in (False, True)}
    for line in lines:
        width = np.array([[(PRIMARY_FWHM**2 + line.width**2) ** 0.5]])
        energy = np.array([[-line.energy if line.kinetic else line.energy]])
        drawn[line.kinetic] += line.area * (transform.moved(energy) * transform.gaussian(width, 0.0))[0]
    return drawn[False].astype(np.complex64), drawn[True].astype(np.complex64)


def _bulk(transform: Transform, kept: Kept, kernels: Array, values: Mapping[str, Array]) -> Array:
    """Return what repeated losses in the bulk make of lines: (sample, frequency)."""
    names = ("loss_probability", "loss_constant", "plasmon_weight", "plasmon_energy", "plasmon_width")
    bulk = kept.effect("bulk", lambda each: 1.0 / (1.0 - _loss(transform, kernels, each)), values, *names)
    samples = len(values[names[0]])
    return bulk if len(bulk) == samples else np.repeat(bulk, samples, axis=0)


def _loss(transform: Transform, kernels: Array, values: Mapping[str, Array]) -> Array:
    """Return the losses in the bulk: how likely one is, and of which energy."""
    of = module_of(kernels)
    position = (of.log(values["loss_constant"] / _C_LOW) * _C_SCALE).clip(0.0, _C_STEPS - 1.0)
    below = of.floor(position).clip(0.0, _C_STEPS - 2.0)
    row = indices(below[:, 0])
    first, second = rows_at(kernels, row), rows_at(kernels, row + 1)
    kernel = first + (position - below) * (second - first)
    plasmon = transform.peak(values["plasmon_energy"], values["plasmon_width"])
    weight = values["plasmon_weight"]
    return values["loss_probability"] * ((1.0 - weight) * kernel + weight * plasmon)


def _satellites(spectrum: Array, faster: Array, values: Mapping[str, Array]) -> None:
    """Add the lines of the source's weaker X-rays, which lie at lower binding energy (in place)."""
    rows = _positive(values["source_satellites"])
    if rows is None:
        return
    magnesium = indices(values["photon_energy"][rows, 0] < _BETWEEN_SOURCES)
    spectrum[rows] *= 1.0 + values["source_satellites"][rows] * rows_at(faster, magnesium)


def _split(transform: Transform, spectrum: Array, values: Mapping[str, Array]) -> None:
    """Move a share of every line up, as uneven charge does (in place)."""
    rows = _positive(values["charged_share"])
    if rows is not None:
        share = values["charged_share"][rows]
        spectrum[rows] *= (1.0 - share) + share * transform.moved(values["charged_shift"][rows])


def _scatter(transform: Transform, kept: Kept, spectrum: Array, kernel: Array, values: Mapping[str, Array]) -> None:
    """Let the electrons cross a layer or a gas (in place); `kernel` is that of its losses, (frequency,)."""
    rows = _positive(values["overlayer"])
    if rows is None:
        return

    def once(each: Mapping[str, Array]) -> Array:
        energy = each["overlayer_loss"]
        return _SHARP * transform.peak(energy, _SHARP_WIDTH * energy) + (1.0 - _SHARP) * kernel

    crossing = {name: values[name][rows] for name in ("overlayer", "overlayer_loss")}
    losses = crossing["overlayer"] * kept.effect("crossing", once, crossing, "overlayer_loss")
    spectrum[rows] *= polar(module_of(losses).exp(losses.real), losses.imag)


def _of_gas(
    transform: Transform, kept: Kept, transfer: Array, constants: Mapping[str, Array], values: Mapping[str, Array]
) -> Array | None:
    """Return the lines of gas molecules, (sample, frequency), relative to all lines of the sample; None: no gas.

    They are as narrow as the source makes them; `transfer` (sample, frequency) shows the kind of array.
    """
    rows = _positive(sum(values[name] for name in _GAS_LINES))
    if rows is None:
        return None

    def lines(each: Mapping[str, Array]) -> Array:
        photons, further = transform.moved(each["photon_energy"]), transform.moved(each["gas_shift"])
        parts = [constants[f"{name} bound"] + photons * constants[f"{name} kinetic"] for name in _GAS_LINES]
        return module_of(further).stack([further * part for part in parts], 1)

    drawn = {name: values[name][rows] for name in (*_GAS_LINES, "photon_energy", "gas_shift")}
    pure = kept.effect("gas", lines, drawn, "photon_energy", "gas_shift")
    gas = module_of(transfer).zeros_like(transfer)
    gas[rows] = sum(drawn[name] * pure[:, number] for number, name in enumerate(_GAS_LINES))
    return gas
