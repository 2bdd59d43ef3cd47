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
    def estimate(self, counts: Floats, observed: NDArray[np.bool_], stated: Floats) -> Estimate:
        """Return the estimate of spectra on the technique's axis.

        Parameters
        ----------
        counts, observed
            Shape (sample, energy).
        stated
            The technique's stated parameters in its order, shape (sample, parameter); NaN where one is not known.
        """

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
        observed = spectra["observed"].values.astype(bool)
        found = self.estimate(spectra["counts"].values, observed, stated_of(spectra, self.technique))
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


def stated_of(spectra: xr.Dataset, technique: Technique) -> Floats:
    """Return the stated parameters of SPECTRA in the technique's order, (sample, parameter); NaN where not known."""
    held = spectra["parameter"].values.tolist() if "stated" in spectra else []
    columns = np.full((spectra.sizes["sample"], len(technique.stated)), np.nan)
    for place, parameter in enumerate(technique.stated):
        if parameter.name in held:
            columns[:, place] = spectra["stated"].values[:, held.index(parameter.name)]
    return columns


def parameter_values(technique: Technique, stated: Floats) -> dict[str, Floats]:
    """Return a value (sample,) of every instrument parameter: as stated (sample, parameter), else its default."""
    values = {name: np.full(len(stated), float(default)) for name, default in technique.defaults().items()}
    for column, parameter in zip(stated.T, technique.stated, strict=True):
        values[parameter.name] = np.where(np.isfinite(column), column, values[parameter.name])
    return values


QuantifierFactory = Callable[[Technique, PureLibrary], Quantifier]
"""How a plug-in offers a further quantifier."""
