"""Quantifier: the interface, and what every quantifier promises about its answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.compositions import formula
from specquant.elements import weight_fractions
from specquant.errors import ContractError
from specquant.library import PureLibrary
from specquant.notes import joined
from specquant.quantifiers.featureless import with_warning
from specquant.quantifiers.signs import Signs
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

PRESENT_ABOVE = 0.01
"""Atomic fraction from which on an element counts as present; chosen: 1 at%."""

_UNLISTED = 0.2
"""Atomic fraction of elements beside the list from which on a reader has to know: chosen, more than what is usually
left out of one, a thin layer of carbon."""


@dataclass(frozen=True)
class Estimate:
    """What a quantifier says: all arrays (sample, element); bounds of the 90 % interval are NaN where not known.

    `log_odds` are the natural logarithms of the odds that each element is there at all; None: nothing is known of them.
    `remarks` (sample,) say what a reader of the answer has to know, "" for nothing; empty: nothing about any.
    `limits` are the detection limits, atomic fractions, NaN where not known; None: the method knows none. `signs` say
    how far the answer can be believed, (sample,) each, NaN where not known.
    """

    fraction: Floats
    lower: Floats
    upper: Floats
    remarks: tuple[str, ...] = ()
    log_odds: Floats | None = None
    limits: Floats | None = None
    signs: Signs = field(default_factory=dict)

    @property
    def each_remark(self) -> tuple[str, ...]:
        """The remark on every spectrum, "" for none."""
        return self.remarks or ("",) * len(self.fraction)

    @staticmethod
    def without_interval(fraction: Floats) -> "Estimate":
        """Return an estimate with bounds that are not known."""
        unknown = np.full_like(fraction, np.nan)
        return Estimate(fraction, unknown, unknown)

    def among(self, candidates: NDArray[np.bool_], elements: Sequence[str]) -> "Estimate":
        """Return the estimate without elements that cannot be there, the rest brought to a sum of one.

        `candidates` (sample, element) are the only ones there can be. Where nothing is left, they share alike. A remark
        says where much is left out.
        """
        kept = np.where(candidates, self.fraction, 0.0)
        even = candidates / candidates.sum(axis=1, keepdims=True)
        total = kept.sum(axis=1, keepdims=True)
        scale = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 1.0)
        fraction = np.where(total > 0, kept * scale, even)
        lower, upper = (
            np.where(candidates, np.clip(bound * scale, 0.0, 1.0), 0.0) for bound in (self.lower, self.upper)
        )
        remarks = tuple(map(joined, self._left_out(candidates, elements), self.each_remark))
        return replace(self, fraction=fraction, lower=lower, upper=upper, remarks=remarks if any(remarks) else ())

    def _left_out(self, candidates: NDArray[np.bool_], elements: Sequence[str]) -> Iterator[str]:
        """Yield in words what each spectrum has of elements that cannot be there, "" where that is little."""
        for rest in np.where(candidates, 0.0, self.fraction):
            text = f"without a list of elements, there would be {formula(rest, elements)} at%, which it lacks"
            yield text if rest.sum() >= _UNLISTED else ""


class Quantifier(ABC):
    """Spectra to compositions. Subclasses write `estimate`."""

    name = "method"
    """The word after ``--method``; whoever opens the quantifier sets it to the key it stands under."""

    def __init__(self, technique: Technique, library: PureLibrary | None = None) -> None:
        self.technique, self.library = technique, library

    def __repr__(self) -> str:
        return f"<method {self.name} of {self.technique.name}>"

    @abstractmethod
    def estimate(self, spectra: Spectra) -> Estimate:
        """Return the estimate of spectra on the technique's axis.

        Where they have candidates, what is given to other elements is left out of the answer; quantifiers that can make
        better use of the list do.
        """

    def answer(self, spectra: Spectra) -> Estimate:
        """Return the estimate, checked, and restricted to the candidates where there are any.

        Raises
        ------
        ContractError
            If fractions are not finite or have another shape than (sample, element).
        """
        estimate = self.estimate(spectra)
        where, shape = f"quantifier {self.name}", (len(spectra), len(self.technique.elements))
        if estimate.fraction.shape != shape:
            raise ContractError(
                "fractions have another shape", where=where, found=estimate.fraction.shape, wanted=shape
            )
        if not np.isfinite(estimate.fraction).all():
            raise ContractError("fractions are not finite", where=where)
        if spectra.candidates is None:
            return estimate
        return estimate.among(spectra.candidates, self.technique.elements)

    def quantify(self, spectra: Spectra | xr.Dataset) -> xr.Dataset:
        """Return the COMPOSITION of spectra, or of a dataset under the SPECTRA contract.

        Of a spectrum in which nothing stands out of the noise, bounds and remark say that nothing is known.

        Raises
        ------
        ContractError
            If the spectra break their contract, or lie on another axis than the technique's.
        """
        where = f"quantifier {self.name}"
        if isinstance(spectra, xr.Dataset):
            spectra = Spectra.of(spectra, self.technique, where)
        return self._composition(with_warning(self.answer(spectra), spectra), spectra, where)

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that it can find: all of the technique's, unless it has not learnt some."""
        return self.technique.elements

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether it takes an instrument that nobody states to be the usual one."""
        return True

    @property
    def explained(self) -> "Quantifier":
        """The quantifier that explainers question in place of this one: itself, unless that takes too long."""
        return self

    def _composition(self, estimate: Estimate, spectra: Spectra, where: str) -> xr.Dataset:
        dims = ("sample", "element")
        units = {"units": "atomic fraction"}
        weight = weight_fractions(estimate.fraction, self.technique.elements)
        dataset = xr.Dataset(
            {
                "fraction": (dims, estimate.fraction, units),
                "lower": (dims, estimate.lower, units | {"long_name": "lower end of the 90 % interval"}),
                "upper": (dims, estimate.upper, units | {"long_name": "upper end of the 90 % interval"}),
                "presence": (dims, estimate.fraction >= PRESENT_ABOVE),
                "weight_fraction": (dims, weight, {"units": "weight fraction"}),
            },
            coords={
                "sample": np.array(spectra.labels(), dtype=object),
                "element": list(self.technique.elements),
                **spectra.pixels(),
            },
        )
        if estimate.limits is not None:
            dataset["detection_limit"] = (dims, estimate.limits, units | {"long_name": "Currie's detection limit"})
        if estimate.signs:
            dataset["signs"] = (("sample", "sign"), np.stack(list(estimate.signs.values()), axis=1))
            dataset = dataset.assign_coords(sign=list(map(str, estimate.signs)))
        if any(estimate.remarks):
            dataset = dataset.assign_coords(remark=("sample", np.array(estimate.remarks, dtype=object)))
        stamped = contracts.stamp(dataset, self.technique.name, "quantified", method=self.name)
        return contracts.check(stamped, "COMPOSITION", where)


def load_all(methods: Iterable[Quantifier]) -> None:
    """Let methods load what they work with for the usual instrument, so that processes share it."""
    for method in methods:
        _ = method.explained


QuantifierFactory = Callable[[Technique, PureLibrary], Quantifier]
"""How a plug-in offers a further quantifier: its class, or any function of the same arguments."""
