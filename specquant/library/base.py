"""PureLibrary: the interface, and what every library can do once it is built."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import SettingError
from specquant.technique import Component, EnergyAxis, Floats, Technique


class PureLibrary(ABC):
    """Pure-element spectra as components. Subclasses write `build`; everything else follows from it."""

    @abstractmethod
    def build(self) -> xr.Dataset:
        """Return a dataset under the LIBRARY contract."""

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The library, built once and checked."""
        return contracts.check(self.build(), "LIBRARY", type(self).__name__)

    @property
    def elements(self) -> tuple[str, ...]:
        """Elements that have at least one component, in library order."""
        return tuple(dict.fromkeys(str(symbol) for symbol in self.dataset["element"].values if symbol))

    def on(self, axis: EnergyAxis, variable: str = "density") -> Floats:
        """Return `variable` on the channels of `axis`, shape (component, energy).

        Raises
        ------
        SettingError
            If the library does not hold every channel of the axis.
        """
        energy = self.dataset["energy"].values
        first = round((axis.start - energy[0]) / axis.step)
        held = energy[max(first, 0) : max(first, 0) + axis.size]
        if first < 0 or held.size < axis.size or not np.allclose(held, axis.centres, atol=1e-3 * axis.step):
            raise SettingError(
                "library does not cover the energy axis",
                found=f"{energy[0]:g}..{energy[-1]:g} eV in {energy[1] - energy[0]:g} eV steps",
                wanted=f"{axis.start:g}..{axis.stop:g} eV in {axis.step:g} eV steps",
                todo="Build the library on the same axis.",
            )
        values: Floats = self.dataset[variable].values[:, first : first + axis.size]
        return values

    def columns(self, technique: Technique) -> Floats:
        """Return the spectrum of every pure element of the technique by its mixing law, shape (element, energy).

        By the linear law that is density x sensitivity, the spectrum per atom. Instrument parameters have their
        defaults. Elements that the library lacks are rows of zeros.
        """
        from specquant.library.mixed import MixedLibrary

        lines, others = MixedLibrary(technique, self).pure(technique.defaults())
        return lines + np.where(lines.any(axis=1, keepdims=True), others, 0.0)

    def save(self, path: Path) -> Path:
        """Write the library as netCDF4 and return the path."""
        return contracts.save(self.dataset, "LIBRARY", path)


def as_dataset(components: Sequence[Component], axis: EnergyAxis, technique: str, source: str) -> xr.Dataset:
    """Return components as a dataset under the LIBRARY contract."""
    dataset = xr.Dataset(
        {
            "density": (
                ("component", "energy"),
                np.stack([component.density for component in components]),
                {"units": "1/eV", "long_name": "pure spectrum per unit of the element's strongest group of lines"},
            )
        },
        coords={
            "energy": ("energy", axis.centres, {"units": "eV", "long_name": axis.label}),
            "element": ("component", [component.element for component in components]),
            "label": ("component", [component.label for component in components]),
            "group": ("component", [component.group for component in components]),
        },
    )
    return contracts.stamp(dataset, technique, source)
