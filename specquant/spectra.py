"""Spectra on a technique's axis as one record, which travels from the readers to the methods and explainers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from specquant import contracts
from specquant.constraints import Constraints, check_candidates
from specquant.errors import ContractError
from specquant.storedconstraints import constraints_from, with_constraints
from specquant.storedfacts import facts_from, facts_text
from specquant.technique import Facts, Floats, Technique

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Spectra:
    """Spectra on the axis of one technique, with all that a method may use.

    Parameters
    ----------
    counts
        Shape (sample, energy), 0 where nothing was measured.
    observed
        Where something was measured, shape (sample, energy).
    stated
        The technique's stated parameters in its order and units, shape (sample, parameter); NaN where not known.
    constraints
        What is known of the elements: which can be there, which are, and how much there is of some; None: nothing.
    names
        One per sample; empty: they are numbered.
    facts
        What files say of each beside its counts; empty: they come from no file.
    """

    counts: NDArray[np.floating[Any]]
    observed: NDArray[np.bool_]
    stated: Floats
    constraints: Constraints | None = None
    names: tuple[str, ...] = ()
    facts: tuple[Facts, ...] = ()

    def __len__(self) -> int:
        return len(self.counts)

    def __repr__(self) -> str:
        return f"Spectra({len(self)} of {self.counts.shape[1]} channels)"

    def locked(self) -> "Spectra":
        """Return the spectra with arrays that cannot be written to, for code of others."""
        views = {name: getattr(self, name).view() for name in ("counts", "observed", "stated")}
        for view in views.values():
            view.flags.writeable = False
        return replace(self, **views)

    @property
    def candidates(self) -> NDArray[np.bool_] | None:
        """The only elements of the technique that can be there, shape (sample, element); None: any."""
        return None if self.constraints is None else self.constraints.candidates

    def labels(self) -> tuple[str, ...]:
        """Return a name for every sample."""
        return self.names or tuple(map(str, range(len(self))))

    def take(self, rows: slice | Sequence[int] | NDArray[Any]) -> "Spectra":
        """Return some of the spectra.

        Parameters
        ----------
        rows
            Numbers of spectra (chosen,), from 0, a mask (sample,), or a slice.
        """
        chosen = np.arange(len(self))[rows]
        return Spectra(
            self.counts[chosen],
            self.observed[chosen],
            self.stated[chosen],
            None if self.constraints is None else self.constraints.take(chosen),
            tuple(self.names[row] for row in chosen) if self.names else (),
            tuple(self.facts[row] for row in chosen) if self.facts else (),
        )

    def among(self, listed: NDArray[np.bool_], where: str = "spectra") -> "Spectra":
        """Return the spectra with the elements that are there, and no others: (element,) for all, or (sample, element).

        Parameters
        ----------
        listed
            Which elements can be there: (element,) for all spectra, or (sample, element).
        where
            What the spectra are, for the message.

        Raises
        ------
        ContractError
            If that leaves a spectrum without any; `where` is for the message.
        """
        candidates = np.broadcast_to(listed, (len(self), listed.shape[-1]))
        check_candidates(candidates, where)
        return replace(self, constraints=Constraints.listing(candidates))

    def under(self, constraints: Constraints | None) -> "Spectra":
        """Return the spectra under constraints, of each of them or one for all; None: as they are.

        Parameters
        ----------
        constraints
            What is known of the elements, of one sample or of every one; None: nothing.
        """
        if constraints is None:
            return self
        return replace(self, constraints=constraints if len(constraints) != 1 else constraints.repeated(len(self)))

    def stating(self, stated: Mapping[str, float], technique: Technique) -> "Spectra":
        """Return the spectra with other values of stated parameters, by name, for all.

        Parameters
        ----------
        stated
            Values by name, in the units of the parameters.
        technique
            The technique of the spectra.
        """
        columns = [stated.get(parameter.name, np.nan) for parameter in technique.stated]
        known = np.isfinite(columns)
        return replace(self, stated=np.where(known, columns, self.stated)) if known.any() else self

    def parameters(self, technique: Technique) -> dict[str, Floats]:
        """Return a value (sample,) of every instrument parameter: as stated, else the default.

        Parameters
        ----------
        technique
            The technique of the spectra.
        """
        values = {name: np.full(len(self), float(default)) for name, default in technique.defaults().items()}
        for column, parameter in zip(self.stated.T, technique.stated, strict=True):
            values[parameter.name] = np.where(np.isfinite(column), column, values[parameter.name])
        return values

    def settings(self, technique: Technique, row: int) -> dict[str, float]:
        """Return the value of every instrument parameter of one spectrum.

        Parameters
        ----------
        technique
            The technique of the spectra.
        row
            Number of the spectrum, from 0.
        """
        return {name: float(value) for name, (value,) in self.take([row]).parameters(technique).items()}

    def known(self, technique: Technique, row: int) -> dict[str, float]:
        """Return the stated parameters that are known of one spectrum.

        Parameters
        ----------
        technique
            The technique of the spectra.
        row
            Number of the spectrum, from 0.
        """
        pairs = zip(technique.stated, self.stated[row].tolist(), strict=True)
        return {parameter.name: value for parameter, value in pairs if np.isfinite(value)}

    @staticmethod
    def join(parts: Iterable["Spectra"]) -> "Spectra":
        """Return spectra of several records as one; only if all have constraints, names or facts, so has the whole.

        Records without a spectrum do not count.

        Parameters
        ----------
        parts
            Records of one technique.
        """
        every = list(parts)
        listed = [part for part in every if len(part)] or every[:1]
        known = [part.constraints for part in listed if part.constraints is not None]
        return Spectra(
            np.concatenate([part.counts for part in listed]),
            np.concatenate([part.observed for part in listed]),
            np.concatenate([part.stated for part in listed]),
            Constraints.join(known) if known and len(known) == len(listed) else None,
            sum((part.names for part in listed), ()) if all(part.names for part in listed) else (),
            sum((part.facts for part in listed), ()) if all(part.facts for part in listed) else (),
        )

    @staticmethod
    def of(dataset: "xr.Dataset", technique: Technique, where: str) -> "Spectra":
        """Return what a dataset under the SPECTRA contract holds.

        Parameters
        ----------
        dataset
            Dataset under the SPECTRA contract.
        technique
            The technique of the dataset; its axis has to be that of the dataset.
        where
            What the dataset is, for the message.

        Raises
        ------
        ContractError
            If it breaks its contract, is of another technique, lies on another axis, or leaves a spectrum without a
            candidate.
        """
        contracts.check(dataset, "SPECTRA", where)
        if not contracts.states(dataset.attrs, "technique", technique.name):
            stated = dataset.attrs["technique"]
            raise ContractError("spectra of another technique", where=where, found=stated, wanted=technique.name)
        contracts.check_unit(dataset, technique.axis.unit, where)
        axis, energy = technique.axis, dataset["energy"].values
        if energy.size != axis.size or not np.allclose(energy, axis.centres, atol=1e-3 * axis.step):
            raise ContractError(
                "spectra lie on another energy axis",
                where=where,
                found=f"{energy[0]:g}..{energy[-1]:g} {axis.unit}, {energy.size} channels",
                wanted=f"{axis.start:g}..{axis.stop:g} {axis.unit}, {axis.size} channels",
            )
        spectra = Spectra(
            dataset["counts"].values,
            dataset["observed"].values.astype(bool),
            _stated(dataset, technique),
            names=tuple(map(str, dataset["sample"].values)) if "sample" in dataset.coords else (),
            facts=tuple(facts_from(text, where) for text in dataset["facts"].values)
            if "facts" in dataset.variables
            else (),
        )
        return spectra.under(constraints_from(dataset, technique.elements, where))

    def to_dataset(self, technique: Technique) -> "xr.Dataset":
        """Return the spectra under the SPECTRA contract.

        Parameters
        ----------
        technique
            The technique of the spectra.
        """
        import xarray as xr

        axis = technique.axis
        dataset = xr.Dataset(
            {
                "counts": (("sample", "energy"), self.counts, {"units": "counts"}),
                "observed": (("sample", "energy"), self.observed),
            },
            coords={
                "sample": ("sample", np.array(self.labels(), dtype=object)),
                "energy": ("energy", axis.centres, {"units": axis.unit, "long_name": axis.label}),
                **self.pixels(),
            },
        )
        if technique.stated:
            dataset["stated"] = (("sample", "parameter"), self.stated)
            dataset = dataset.assign_coords(parameter=[parameter.name for parameter in technique.stated])
        if self.constraints is not None:
            dataset = with_constraints(dataset, self.constraints, technique.elements)
        if self.facts:
            texts = np.array([facts_text(facts) for facts in self.facts], dtype=object)
            dataset = dataset.assign_coords(facts=("sample", texts))
        return contracts.check(contracts.stamp(dataset, technique.name, "measured"), "SPECTRA", "spectra")

    def pixels(self) -> dict[str, tuple[str, NDArray[np.int64]]]:
        """Return the coordinates ``y`` and ``x``, (sample,) each, if all spectra are pixels of a map, else nothing."""
        pixels = [facts.pixel for facts in self.facts]
        if not pixels or None in pixels:
            return {}
        rows, columns = np.array(pixels, dtype=np.int64).T
        return {"y": ("sample", rows), "x": ("sample", columns)}


def _stated(dataset: "xr.Dataset", technique: Technique) -> Floats:
    """Return the stated parameters in the technique's order, (sample, parameter); NaN where not known."""
    listed = dataset["parameter"].values.tolist() if "stated" in dataset else []
    columns = np.full((dataset.sizes["sample"], len(technique.stated)), np.nan)
    for index, parameter in enumerate(technique.stated):
        if parameter.name in listed:
            columns[:, index] = dataset["stated"].values[:, listed.index(parameter.name)]
    return columns
