"""Quantifier: the interface, and what every quantifier promises about its answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.compositions import formula
from specquant.elements import weight_fractions
from specquant.errors import ContractError, PluginError
from specquant.library import PureLibrary
from specquant.notes import joined
from specquant.quantifiers.featureless import with_warning
from specquant.quantifiers.signs import Signs
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique
from specquant.validation import CURE, blamed

PRESENT_ABOVE = 0.01
"""Atomic fraction from which on an element counts as present; chosen: 1 at%."""

Z90 = 1.6448536
"""Standard errors on either side of a 90 % interval."""

_UNLISTED = 0.2
"""Atomic fraction of elements beside the list from which on a reader has to know: chosen, more than what is usually
left out of one, a thin layer of carbon."""

_ROUNDING = 1e-6
"""Atomic fraction by which one may lie below 0: rounding in single precision, as in the contract COMPOSITION."""

_TOLERANCE = 1e-3
"""Atomic fraction by which a sum may miss 1, as in the contract COMPOSITION."""


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

    def taking(self, rows: slice) -> "Estimate":
        """Return the estimates of some of the spectra."""
        return Estimate(
            self.fraction[rows],
            self.lower[rows],
            self.upper[rows],
            self.each_remark[rows],
            None if self.log_odds is None else self.log_odds[rows],
            None if self.limits is None else self.limits[rows],
            {name: values[rows] for name, values in self.signs.items()},
        )

    def joined(self, other: "Estimate") -> "Estimate":
        """Return the estimates of two sets of spectra as one; what only one of them knows is not known of the other."""
        count, further = len(self.fraction), len(other.fraction)

        def both(one: Floats | None, two: Floats | None, shape: tuple[int, ...]) -> Floats:
            unknown = [np.full((size, *shape), np.nan) for size in (count, further)]
            return np.concatenate([own if given is None else given for given, own in zip((one, two), unknown, strict=True)])

        symbols = self.fraction.shape[1:]
        known = self.log_odds is not None or other.log_odds is not None
        return Estimate(
            np.concatenate([self.fraction, other.fraction]),
            np.concatenate([self.lower, other.lower]),
            np.concatenate([self.upper, other.upper]),
            (*self.each_remark, *other.each_remark),
            both(self.log_odds, other.log_odds, symbols) if known else None,
            None if self.limits is None and other.limits is None else both(self.limits, other.limits, symbols),
            {name: both(self.signs.get(name), other.signs.get(name), ()) for name in (*self.signs, *other.signs)},
        )

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

    origin = ""
    """Distribution and version of the plug-in that brings it, set by whoever opens it; "" for methods of the core."""

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
            If it gives something else: of another shape than (sample, element), not finite, negative, or with another
            sum than 1.
        PluginError
            The same of a method that a plug-in brings, and if it fails.
        """
        return self._finished(self._estimated(spectra), spectra)

    def _finished(self, estimate: Estimate, spectra: Spectra) -> Estimate:
        """Return an estimate of spectra as `answer` gives it."""
        checked = check_estimate(estimate, self, spectra)
        if spectra.candidates is None:
            return checked
        return checked.among(spectra.candidates, self.technique.elements)

    def _estimated(self, spectra: Spectra) -> Estimate:
        if not self.origin:
            return self.estimate(spectra)
        with blamed(self.origin, f"quantifier {self.name}", "estimate(spectra) -> Estimate"):
            return self.estimate(spectra)

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


def check_estimate(estimate: Any, quantifier: Quantifier, spectra: Spectra) -> Estimate:
    """Return what a quantifier's `estimate` gave, if it is an answer to the spectra; raises as `Quantifier.answer`."""
    named, shape = f"quantifier {quantifier.name}", (len(spectra), len(quantifier.technique.elements))

    def refuse(what: str, found: object, wanted: object) -> NoReturn:
        if quantifier.origin:
            raise PluginError(f"{named} {what}", where=quantifier.origin, found=found, wanted=wanted, todo=CURE)
        raise ContractError(what, where=named, found=found, wanted=wanted)

    if not isinstance(estimate, Estimate):
        refuse("gave the wrong type", type(estimate).__name__, "an Estimate")
    arrays = {"fractions": estimate.fraction, "a lower bound": estimate.lower, "an upper bound": estimate.upper}
    if estimate.log_odds is not None:
        arrays["odds"] = estimate.log_odds
    for title, values in arrays.items():
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "iuf":
            refuse(f"gave {title} that are no numbers", type(values).__name__, "a numpy array")
        if values.shape != shape:
            refuse(f"gave {title} of another shape", values.shape, f"{shape}, (sample, element)")
    if len(estimate.remarks) not in (0, len(spectra)):
        refuse("gave remarks of another number", len(estimate.remarks), f"{len(spectra)}, or none")
    if not np.isfinite(estimate.fraction).all():
        refuse("gave fractions that are not finite", "NaN or infinity", "finite numbers")
    if estimate.fraction.size and estimate.fraction.min() < -_ROUNDING:
        refuse("gave negative fractions", f"{estimate.fraction.min():g}", "0 or more")
    sums = estimate.fraction.sum(axis=1)
    if sums.size and abs(sums - 1.0).max() > _TOLERANCE:
        refuse("gave fractions that do not sum to 1", f"{sums[abs(sums - 1.0).argmax()]:g}", "1 per spectrum")
    return estimate


def load_all(methods: Iterable[Quantifier]) -> None:
    """Let methods load what they work with for the usual instrument, so that processes share it."""
    for method in methods:
        _ = method.explained


QuantifierFactory = Callable[[Technique, PureLibrary], Quantifier]
"""How a plug-in offers a further quantifier: its class, or any function of the same arguments."""
