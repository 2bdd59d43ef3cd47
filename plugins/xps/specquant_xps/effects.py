"""What a source, the bulk, a layer and gas do to the transform of damped lines, in arrays of numpy or of torch.

Parameters come as columns (sample, 1); what they do is (sample, frequency).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from specquant.plugin import Array, at_least, indices, module_of, rows_at
from specquant_xps.transform import Kept, Transform, polar

KINETIC_C1S = 1202.4
"""Kinetic energy (eV) at which the transmission is one: C 1s with Al K-alpha."""

GASES = ("nitrogen_gas", "oxygen_gas")
"""Parameters that are how much of a gas there is."""

_LOSSES = ("loss_probability", "loss_constant", "plasmon_weight", "plasmon_energy", "plasmon_width")

_BETWEEN_SOURCES = 1400.0
"""Photon energy, eV, that divides Mg K-alpha (1253.6) from Al K-alpha (1486.6)."""

_SHARP = 0.4
"""Share of a layer's losses that lie in one peak; the others are spread like those of bulk matter. Chosen."""

_SHARP_WIDTH = 0.3
"""FWHM of that peak relative to its energy. Chosen."""

C_LOW, C_HIGH, C_STEPS = 20.0, 3000.0, 96
"""Kernels that are ready: lowest and highest C, eV^2, the range of `loss_constant`, and their number on a geometric
grid. Neighbours differ by 5 %; what lies between two is interpolated."""

_C_SCALE = (C_STEPS - 1) / math.log(C_HIGH / C_LOW)
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


@dataclass(frozen=True)
class Effects:
    """Effects by the parameters of a call.

    Parameters
    ----------
    transform
        The frequencies.
    constants
        What no parameter changes, see `specquant_xps.response.LossResponse`.
    kept
        Effects of the calls before.
    """

    transform: Transform
    constants: Mapping[str, Array]
    kept: Kept

    def wider(self, values: Mapping[str, Array]) -> Array:
        """Return what widens lines to the resolution of the analyser."""
        return self.kept.effect("wider", lambda each: self.transform.gaussian(each["resolution"]), values, "resolution")

    def bulk(self, values: Mapping[str, Array]) -> Array:
        """Return what repeated losses in the bulk make of lines."""

        def repeated(each: Mapping[str, Array]) -> Array:
            kernel, _, plasmon = self.losses(each)
            weight = each["plasmon_weight"]
            return 1.0 / (1.0 - each["loss_probability"] * ((1.0 - weight) * kernel + weight * plasmon))

        bulk, samples = self.kept.effect("bulk", repeated, values, *_LOSSES), len(values[_LOSSES[0]])
        return bulk if len(bulk) == samples else np.repeat(bulk, samples, axis=0)

    def losses(self, values: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """Return losses by the kernel, what they change with the logarithm of its C, and those in the peak."""
        constant = values["loss_constant"]
        if isinstance(constant, np.ndarray) and len(constant) == 1:
            return self.kept.single("losses", self._losses, values, "loss_constant", "plasmon_energy", "plasmon_width")
        return self._losses(values)

    def _losses(self, values: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        kernels = self.constants["kernels"]
        of = module_of(kernels)
        position = (of.log(values["loss_constant"] / C_LOW) * _C_SCALE).clip(0.0, C_STEPS - 1.0)
        below = of.floor(position).clip(0.0, C_STEPS - 2.0)
        row = indices(below[:, 0])
        first, second = rows_at(kernels, row), rows_at(kernels, row + 1)
        steep = second - first
        plasmon = self.transform.peak(values["plasmon_energy"], values["plasmon_width"])
        return first + (position - below) * steep, _C_SCALE * steep, plasmon

    def faster(self, values: Mapping[str, Array]) -> Array:
        """Return what adds the lines of the source's weaker X-rays, which lie at lower binding energy."""
        return rows_at(self.constants["faster"], indices(values["photon_energy"][:, 0] < _BETWEEN_SOURCES))

    def satellites(self, spectrum: Array, values: Mapping[str, Array]) -> None:
        """Add the lines of the source's weaker X-rays (in place)."""
        rows = _positive(values["source_satellites"])
        if rows is not None:
            faster = self.faster({"photon_energy": values["photon_energy"][rows]})
            spectrum[rows] *= 1.0 + values["source_satellites"][rows] * faster

    def split(self, spectrum: Array, values: Mapping[str, Array]) -> None:
        """Move a share of every line up, as uneven charge does (in place)."""
        rows = _positive(values["charged_share"])
        if rows is not None:
            share = values["charged_share"][rows]
            spectrum[rows] *= (1.0 - share) + share * self.transform.moved(values["charged_shift"][rows])

    def scatter(self, spectrum: Array, values: Mapping[str, Array]) -> None:
        """Let the electrons cross a layer or a gas (in place)."""
        rows = _positive(values["overlayer"])
        if rows is not None:
            losses = values["overlayer"][rows] * self.crossing({"overlayer_loss": values["overlayer_loss"][rows]})
            spectrum[rows] *= polar(module_of(losses).exp(losses.real), losses.imag)

    def crossing(self, values: Mapping[str, Array]) -> Array:
        """Return the losses in a layer or a gas that is a mean free path thick."""
        kernel = self.constants["kernels"][_C_OF_LAYER]

        def once(each: Mapping[str, Array]) -> Array:
            energy = each["overlayer_loss"]
            return _SHARP * self.transform.peak(energy, _SHARP_WIDTH * energy) + (1.0 - _SHARP) * kernel

        return self.kept.effect("crossing", once, values, "overlayer_loss")

    def gas(self, transfer: Array, values: Mapping[str, Array]) -> Array | None:
        """Return the lines of gas molecules relative to all lines of the sample; None: no gas.

        They are as narrow as the source makes them; the `transfer` function shows the kind of array.
        """
        rows = _positive(sum(values[name] for name in GASES))
        if rows is None:
            return None
        there = {name: values[name][rows] for name in (*GASES, "photon_energy", "gas_shift")}
        pure = self.gases(there)
        lines = self.gas_moved(there) * sum(there[name] * pure[:, number] for number, name in enumerate(GASES))
        if isinstance(rows, slice):
            return lines
        gas = module_of(transfer).zeros_like(transfer)
        gas[rows] = lines
        return gas

    def gases(self, values: Mapping[str, Array]) -> Array:
        """Return the lines of every one of `GASES`, (sample, gas, frequency), as many photons as all of the sample."""

        def lines(each: Mapping[str, Array]) -> Array:
            photons = self.transform.moved(each["photon_energy"])
            parts = [self.constants[f"{name} bound"] + photons * self.constants[f"{name} kinetic"] for name in GASES]
            return module_of(photons).stack(parts, 1)

        return self.kept.effect("gases", lines, values, "photon_energy")

    def gas_moved(self, values: Mapping[str, Array]) -> Array:
        """Return what moves the lines of gases to where they are, (sample, frequency)."""
        return self.kept.effect("moved", lambda each: self.transform.moved(each["gas_shift"]), values, "gas_shift")

    def scale(self, values: Mapping[str, Array]) -> Array:
        """Return what multiplies damped counts, (sample, energy): transmission, without the damping."""

        def scale(each: Mapping[str, Array]) -> Array:
            exponent, damping = each["transmission_exponent"], self.constants["damping"]
            return module_of(damping).exp(exponent * self.steepness(each)) / damping

        return self.kept.effect("scale", scale, values, "photon_energy", "transmission_exponent")

    def steepness(self, values: Mapping[str, Array]) -> Array:
        """Return the logarithm of kinetic energies over `KINETIC_C1S`, (sample, energy)."""

        def steepness(each: Mapping[str, Array]) -> Array:
            kinetic = at_least(each["photon_energy"] - self.constants["centres"], 1.0)
            return module_of(kinetic).log(kinetic / KINETIC_C1S)

        return self.kept.effect("steepness", steepness, values, "photon_energy")
