"""Quantifier: the interface, and what every quantifier promises about its answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.errors import ContractError
from specquant.library import PureLibrary
from specquant.technique import Floats, Technique

PRESENT_ABOVE = 0.01
"""An element counts as present from this atomic fraction on (1 at%)."""


@dataclass(frozen=True)
class Estimate:
    """What a quantifier finds: all arrays (sample, element); bounds of the 90 % interval are NaN where not known."""

    fraction: Floats
    lower: Floats
    upper: Floats

    @staticmethod
    def without_interval(fraction: Floats) -> "Estimate":
        """Return an estimate whose bounds are not known."""
        unknown = np.full_like(fraction, np.nan)
        return Estimate(fraction, unknown, unknown)


class Quantifier(ABC):
    """Spectra to compositions. Subclasses write `estimate`; `fit` is for those that learn, see `training`."""

    name: str

    def __init__(self, technique: Technique) -> None:
        self.technique = technique

    @abstractmethod
    def estimate(self, counts: Floats, observed: NDArray[np.bool_]) -> Estimate:
        """Return the estimate of spectra on the technique's axis, both arrays (sample, energy)."""

    def quantify(self, spectra: xr.Dataset) -> xr.Dataset:
        """Return the COMPOSITION of SPECTRA.

        Raises
        ------
        ContractError
            If the spectra break their contract or lie on another axis than the technique's.
        """
        contracts.check(spectra, "SPECTRA", f"quantifier {self.name}")
        axis = self.technique.axis
        energy = spectra["energy"].values
        if energy.size != axis.size or not np.allclose(energy, axis.centres, atol=1e-3 * axis.step):
            raise ContractError(
                "spectra lie on another energy axis",
                where=f"quantifier {self.name}",
                found=f"{energy[0]:g}..{energy[-1]:g} eV, {energy.size} channels",
                wanted=f"{axis.start:g}..{axis.stop:g} eV, {axis.size} channels",
            )
        found = self.estimate(spectra["counts"].values, spectra["observed"].values.astype(bool))
        return self._composition(found, spectra)

    def _composition(self, found: Estimate, spectra: xr.Dataset) -> xr.Dataset:
        dims = ("sample", "element")
        units = {"units": "atomic fraction"}
        dataset = xr.Dataset(
            {
                "fraction": (dims, found.fraction, units),
                "lower": (dims, found.lower, units | {"long_name": "lower end of the 90 % interval"}),
                "upper": (dims, found.upper, units | {"long_name": "upper end of the 90 % interval"}),
                "presence": (dims, found.fraction >= PRESENT_ABOVE),
            },
            coords={"sample": spectra["sample"].values, "element": list(self.technique.elements)},
        )
        stamped = contracts.stamp(dataset, self.technique.name, "quantified", method=self.name)
        return contracts.check(stamped, "COMPOSITION", f"quantifier {self.name}")


QuantifierFactory = Callable[[Technique, PureLibrary], Quantifier]
"""How a plug-in offers a further quantifier."""
