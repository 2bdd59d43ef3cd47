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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from specquant.plugin import Array, Constants, EnergyAxis, Floats, at_least, columns_of, fft_of
from specquant_xps.effects import C_HIGH, C_LOW, C_STEPS, Effects
from specquant_xps.rendering import PRIMARY_FWHM
from specquant_xps.slopes import derivatives
from specquant_xps.transform import Kept, Transform

GAP = 1.5
"""No loss is smaller than this, eV: as in the study that fitted the kernel to public surveys
(docs/explanation/physics-xps.md)."""

_MG_SATELLITES = ((8.4, 0.080), (10.1, 0.041), (17.6, 0.0055), (20.6, 0.0045))
_AL_SATELLITES = ((9.8, 0.064), (11.8, 0.032), (20.1, 0.004), (23.4, 0.003))
"""Energy, eV, by which a satellite's electrons are faster, and its intensity over that of K-alpha 1,2: Moulder,
Stickle, Sobol, Bomben, Handbook of X-ray Photoelectron Spectroscopy (Perkin-Elmer 1992), section "X-ray satellites"."""


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

_NUDGE = 1e-4
"""By how much a parameter is nudged for a derivative, in its unit (eV, or a share): chosen, far above rounding."""

_DAMPING = 7.0
"""Exponent of the damping over the whole transform: what wraps around is exp(-7) = 0.0009 of what it was, and rounding
errors grow by exp(7) at most (docs/decisions/0004-damped-fft.md)."""

_ROOM = 40.0
"""eV beyond the axis in the transform, so that lines that are moved off one end do not come back at the other:
satellites move by up to 23 eV, charge by 12 eV."""


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
        kernels = np.stack([self._kernel(c) for c in np.geomspace(C_LOW, C_HIGH, C_STEPS)])
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
        fft, effects, columns = fft_of(primary), self._effects(primary), columns_of(values, primary)
        transfer, wider = self._transfer(effects, columns), effects.wider(columns)
        spectrum, gas = self._transformed(primary) * transfer, effects.gas(transfer, columns)
        if gas is not None:
            spectrum = spectrum + primary.sum(1)[:, None] * gas * wider
        return at_least(fft.irfft(spectrum, n=self._size)[:, : self._axis.size] * effects.scale(columns), 0.0)

    def linearised(
        self, primary: Floats, changes: Floats, values: Mapping[str, float], names: Sequence[str]
    ) -> tuple[Floats, Floats, Floats]:
        """Return a spectrum, what changes do to it, and derivatives, see `specquant.plugin.LinearisingResponse`."""
        lines, columns = primary[None], {name: np.array([[value]]) for name, value in values.items()}
        effects = self._effects(lines)
        transfer, wider = self._transfer(effects, columns), effects.wider(columns)
        of_lines = whole = self._transformed(lines) * transfer
        rows, gas = [self._transformed(changes) * transfer.astype(np.complex64)], effects.gas(transfer, columns)
        if gas is not None:
            whole = of_lines + lines.sum() * gas * wider
            rows[0] = rows[0] + changes.sum(axis=1, keepdims=True) * (gas * wider).astype(np.complex64)
        known = derivatives(effects, columns, of_lines, whole, lines.sum() * wider) if names else {}
        rows += [known[name].astype(np.complex64) for name in names if name in known]
        scale = effects.scale(columns)
        (spectrum,) = np.maximum(self._back(whole) * scale, 0.0)
        seen = self._back(np.concatenate(rows)) * scale.astype(np.float32)
        by_name = dict(zip([name for name in names if name in known], seen[len(changes) :], strict=True))
        by_name["transmission_exponent"] = spectrum * effects.steepness(columns)[0]
        others = {name: self._difference(lines, values, name) for name in names if name not in by_name}
        slopes = [(by_name | others)[name] for name in names]
        return spectrum, seen[: len(changes)], np.array(slopes).reshape(len(names), primary.size)

    def _difference(self, lines: Floats, values: Mapping[str, float], name: str) -> Floats:
        """Return the derivative (energy,) by a parameter that fits seldom leave free."""
        near = {each: np.array([value, value + (_NUDGE if each == name else 0.0)]) for each, value in values.items()}
        usual, nudged = self(lines, near)
        return np.asarray((nudged - usual) / _NUDGE)

    def _effects(self, primary: Array) -> Effects:
        constants = self._constants.beside(primary)
        transform = Transform(self._rate, self._unit, constants["frequency"], constants["narrowing"])
        return Effects(transform, constants, self._kept)

    def _transfer(self, effects: Effects, columns: Mapping[str, Array]) -> Array:
        """Return what multiplies the transform of lines, (sample, frequency)."""
        transfer = effects.bulk(columns) * effects.wider(columns)
        effects.satellites(transfer, columns)
        effects.split(transfer, columns)
        effects.scatter(transfer, columns)
        return transfer

    def _transformed(self, primary: Array) -> Array:
        """Return the transform of damped lines, (sample, frequency)."""
        return fft_of(primary).rfft(primary * self._constants.beside(primary)["damping"], n=self._size)

    def _back(self, transformed: NDArray[Any]) -> Floats:
        """Return the damped counts per eV (row, energy) of a transform."""
        return np.asarray(fft_of(transformed).irfft(transformed, n=self._size)[:, : self._axis.size])


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
