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
    """What a quantifier finds: all arrays (sample, element); bounds of the 90 % interval are NaN where not known.

    `remarks` (sample,) say what a reader of the answer has to know, "" for nothing; empty: nothing about any.
    """

    fraction: Floats
    lower: Floats
    upper: Floats
    remarks: tuple[str, ...] = ()

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
        counts, observed = spectra["counts"].values, spectra["observed"].values.astype(bool)
        stated = stated_of(spectra, self.technique)
        if "candidates" in spectra:
            listed = candidates_of(spectra, self.technique, self.name)
            found = self.estimate_among(counts, observed, stated, listed)
        else:
            found = self.estimate(counts, observed, stated)
        return self._composition(found, spectra)

    def estimate_among(
        self, counts: Floats, observed: NDArray[np.bool_], stated: Floats, candidates: NDArray[np.bool_]
    ) -> Estimate:
        """Return the estimate where only some elements can be there, `candidates` (sample, element).

        What the quantifier gives to others is left out, and the rest brought to a sum of one. Quantifiers that can make
        better use of the list do.
        """
        found = self.estimate(counts, observed, stated)
        kept = np.where(candidates, found.fraction, 0.0)
        even = candidates / candidates.sum(axis=1, keepdims=True)
        total = kept.sum(axis=1, keepdims=True)
        scale = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 1.0)
        fraction = np.where(total > 0, kept * scale, even)
        lower, upper = (
            np.where(candidates, np.clip(bound * scale, 0.0, 1.0), 0.0) for bound in (found.lower, found.upper)
        )
        return Estimate(fraction, lower, upper, found.remarks)

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that it can find: all of the technique's, unless it has not learnt some."""
        return self.technique.elements

    @property
    def explained(self) -> "Quantifier":
        """The quantifier that explainers question in place of this one: itself, unless that takes too long."""
        return self

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
        if any(found.remarks):
            dataset = dataset.assign_coords(remark=("sample", np.array(found.remarks, dtype=object)))
        stamped = contracts.stamp(dataset, self.technique.name, "quantified", method=self.name)
        return contracts.check(stamped, "COMPOSITION", f"quantifier {self.name}")


def candidates_of(spectra: xr.Dataset, technique: Technique, name: str) -> NDArray[np.bool_]:
    """Return which elements of the technique can be in each spectrum, (sample, element).

    Raises
    ------
    ContractError
        If a spectrum is left without any.
    """
    listed = spectra["candidates"].reindex(element=list(technique.elements), fill_value=False).values.astype(bool)
    if not listed.any(axis=1).all():
        raise ContractError(
            "a spectrum has no candidate element", where=f"quantifier {name}", wanted="at least one element it may hold"
        )
    return np.asarray(listed)


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
