"""PureLibrary: the interface, and what every library can do once it is built."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import SettingError
from specquant.markup import card
from specquant.mixing import Components
from specquant.technique import Component, EnergyAxis, Floats

RENDERED = "rendered"
"""Origin of a library that was computed from physics."""


class PureLibrary(ABC):
    """Pure-element spectra as components. Subclasses write `build`; everything else follows from it."""

    @abstractmethod
    def build(self) -> xr.Dataset:
        """Return a dataset under the LIBRARY contract."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.elements)} elements>"

    def _repr_html_(self) -> str:
        energy, parameters = self.dataset["energy"], self.parameters
        unit = energy.attrs.get("units", "")
        rows = [
            ("Origin", self.origin),
            ("Elements", f"{len(self.elements)}: {' '.join(self.elements)}"),
            ("Components", str(len(self.components.elements))),
            ("Channels", f"{energy.size}, {energy.values[0]:g} to {energy.values[-1]:g} {unit}"),
            ("Computed for", ", ".join(f"{name} {value:g}" for name, value in parameters.items()) or "not computed"),
        ]
        return card(f"Pure spectra of {self.dataset.attrs.get('technique', '')}", rows)

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The library, built once and checked."""
        return contracts.check(self.build(), "LIBRARY", type(self).__name__)

    @property
    def origin(self) -> str:
        """Where it comes from, in words: ``rendered``, ``measured: FOLDER``."""
        return str(self.dataset.attrs.get("origin", ""))

    @property
    def description(self) -> str:
        """All that its spectra depend on, in words: attributes and instrument parameters."""
        attrs = ", ".join(f"{key} {value}" for key, value in self.dataset.attrs.items() if key not in _OF_FILES)
        values = ", ".join(f"{name} {value:g}" for name, value in self.parameters.items())
        return ", ".join(part for part in (attrs, values) if part)

    @property
    def identity(self) -> str:
        """The description, with the hash of the spectra where they do not follow from it."""
        if self.is_rendered and not self.is_read:
            return self.description
        digest = sha256()
        for name in sorted(map(str, self.dataset.variables)):
            values = self.dataset[name].values
            digest.update(f"{name} {values.dtype} {values.shape}".encode())
            text = values.dtype.kind in "OUS"
            digest.update(repr(values.tolist()).encode() if text else np.ascontiguousarray(values).tobytes())
        return f"{self.description}, content {digest.hexdigest()[:12]}"

    is_read = False
    """Whether it was read from a file or folder, which can hold anything."""

    @property
    def is_rendered(self) -> bool:
        """Whether it was computed from physics, and so can be computed anew for another instrument."""
        return self.origin == RENDERED

    @property
    def has_bare_lines(self) -> bool:
        """Whether it holds what precedes the instrument's response."""
        return "primary" in self.dataset

    @cached_property
    def components(self) -> Components:
        """The element, label and group of each component."""
        names = (tuple(map(str, self.dataset[name].values)) for name in ("element", "label", "group"))
        return Components(*names)

    @property
    def parameters(self) -> Mapping[str, float]:
        """Instrument parameters that its spectra were computed for; empty where they were measured."""
        if "parameter_value" not in self.dataset:
            return {}
        names, values = (self.dataset[name].values.tolist() for name in ("parameter", "parameter_value"))
        return dict(zip(map(str, names), map(float, values), strict=True))

    @property
    def elements(self) -> tuple[str, ...]:
        """Elements that have at least one component, in library order."""
        return tuple(dict.fromkeys(symbol for symbol in self.components.elements if symbol))

    def on(self, axis: EnergyAxis, bare: bool = False) -> Floats:
        """Return the spectra of the components on the channels of `axis`, shape (component, energy), 1/eV.

        `bare` asks for what precedes the response.

        Raises
        ------
        SettingError
            If the library does not hold every channel of the axis.
        """
        energy = self.dataset["energy"].values
        first = round((axis.start - energy[0]) / axis.step)
        channels = energy[max(first, 0) : max(first, 0) + axis.size]
        if first < 0 or channels.size < axis.size or not np.allclose(channels, axis.centres, atol=1e-3 * axis.step):
            raise SettingError(
                "library does not cover the energy axis",
                found=f"{energy[0]:g}..{energy[-1]:g} {axis.unit} in {energy[1] - energy[0]:g} {axis.unit} steps",
                wanted=f"{axis.start:g}..{axis.stop:g} {axis.unit} in {axis.step:g} {axis.unit} steps",
                todo="Build the library on the same axis.",
            )
        values: Floats = self.dataset["primary" if bare else "density"].values[:, first : first + axis.size]
        return values

    def save(self, path: Path) -> Path:
        """Write the library as netCDF4 and return the path.

        Parameters
        ----------
        path
            File to write, ``.nc``.

        Raises
        ------
        OutputError
            If it cannot be written there.
        """
        return contracts.save(self.dataset, "LIBRARY", path)


_OF_FILES = ("contract", "format")
"""Attributes that say how a library is stored, not what it is."""


def as_dataset(components: Sequence[Component], axis: EnergyAxis, technique: str, origin: str) -> xr.Dataset:
    """Return components as a dataset under the LIBRARY contract."""
    dataset = xr.Dataset(
        {
            "density": (
                ("component", "energy"),
                np.stack([component.density for component in components]),
                {
                    "units": f"1/{axis.unit}",
                    "long_name": "pure spectrum per unit of the element's strongest group of lines",
                },
            )
        },
        coords={
            "energy": ("energy", axis.centres, {"units": axis.unit, "long_name": axis.label}),
            "element": ("component", [component.element for component in components]),
            "label": ("component", [component.label for component in components]),
            "group": ("component", [component.group for component in components]),
        },
    )
    return contracts.stamp(dataset, technique, origin)
