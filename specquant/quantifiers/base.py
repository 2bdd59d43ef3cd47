"""Quantifier: the interface, and what every quantifier promises about its answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.compositions import formula
from specquant.constraints import Constraints
from specquant.elements import weight_fractions
from specquant.intervals import Z90
from specquant.library import PureLibrary
from specquant.notes import joined
from specquant.quantifiers.checking import check_estimate
from specquant.quantifiers.featureless import with_warning
from specquant.quantifiers.modelled import Modelled
from specquant.quantifiers.signs import Signs
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique
from specquant.validation import blamed

PRESENT_ABOVE = 0.01
"""Atomic fraction from which on an element counts as present; chosen: 1 at%."""

LAYERS, AXIS = ("layer_thickness", "layer_thickness_error"), ("axis_shift", "axis_shift_error")
"""Variables of a COMPOSITION that are `layers` and `axis` of an estimate."""

_UNLISTED = 0.2
"""Atomic fraction of elements beside the list from which on a reader has to know: chosen, more than what is usually
left out of one, a thin layer of carbon."""

_MOVED = 1e-3
"""Change of an atomic fraction from which on a reader has to know that it was brought to what is fixed: the last digit
that is printed."""


@dataclass(frozen=True)
class Estimate:
    """What a quantifier says of spectra.

    Parameters
    ----------
    fraction
        Atomic fractions, (sample, element); rows sum to 1.
    lower
        Lower ends of the 90 % intervals, atomic fractions (sample, element); NaN where not known.
    upper
        Upper ends of the 90 % intervals, atomic fractions (sample, element); NaN where not known.
    remarks
        What a reader of each answer has to know, (sample,), "" for nothing; empty: nothing about any.
    log_odds
        Natural logarithms of the odds that each element is there at all, (sample, element); None: nothing is known of
        them.
    limits
        Detection limits, atomic fractions (sample, element), NaN where not known; None: the method knows none.
    signs
        How far the answer can be believed, (sample,) each, NaN where not known.
    modelled
        The spectra as the method models them, (sample,), None for each that it does not model; empty: it models
        none.
    layers
        Thicknesses of layers on the surface that elements are taken to be, with their standard errors, (sample,
        element, 2), in the unit of the technique's parameter (`FitDecisions.layers`): such an element has no fraction.
        NaN where there is nothing to say; None: the method knows nothing of them.
    axis
        By how much lines lie above where they should, eV, beyond what was taken off before, with its standard error,
        (sample, 2). NaN where there is nothing to say; None: the method knows nothing of it.
    """

    fraction: Floats
    lower: Floats
    upper: Floats
    remarks: tuple[str, ...] = ()
    log_odds: Floats | None = None
    limits: Floats | None = None
    signs: Signs = field(default_factory=dict)
    modelled: tuple[Modelled | None, ...] = ()
    layers: Floats | None = None
    axis: Floats | None = None

    @property
    def each_remark(self) -> tuple[str, ...]:
        """The remark on every spectrum, "" for none."""
        return self.remarks or ("",) * len(self.fraction)

    @staticmethod
    def without_interval(fraction: Floats) -> "Estimate":
        """Return an estimate with bounds that are not known.

        Parameters
        ----------
        fraction
            Atomic fractions, (sample, element); rows sum to 1.
        """
        unknown = np.full_like(fraction, np.nan)
        return Estimate(fraction, unknown, unknown)

    def agreeing(self) -> "Estimate":
        """Return the estimate with bounds that agree with each other where fractions sum to one.

        No element reaches higher than the lower bounds of all others leave room for, or lower than their upper bounds.
        Bounds that are not known restrict nothing.
        """
        low, high = np.nan_to_num(self.lower, nan=0.0), np.nan_to_num(self.upper, nan=1.0)
        room = 1.0 - (low.sum(axis=1, keepdims=True) - low)
        left = 1.0 - (high.sum(axis=1, keepdims=True) - high)
        lower = np.minimum(np.maximum(self.lower, left), np.maximum(self.fraction, 0.0))
        upper = np.maximum(np.minimum(self.upper, room), self.fraction)
        return replace(self, lower=lower, upper=np.minimum(upper, 1.0))

    def among(self, candidates: NDArray[np.bool_]) -> "Estimate":
        """Return the estimate without elements that cannot be there, the rest brought to a sum of one.

        `candidates` (sample, element) are the only ones there can be. Where nothing is left, they share alike.
        """
        kept = np.where(candidates, self.fraction, 0.0)
        even = candidates / candidates.sum(axis=1, keepdims=True)
        total = kept.sum(axis=1, keepdims=True)
        scale = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 1.0)
        fraction = np.where(total > 0, kept * scale, even)
        lower, upper = (
            np.where(candidates, np.clip(bound * scale, 0.0, 1.0), 0.0) for bound in (self.lower, self.upper)
        )
        return replace(self, fraction=fraction, lower=lower, upper=upper)

    def under(self, constraints: Constraints, elements: Sequence[str], fits_fractions: bool) -> "Estimate":
        """Return the estimate under constraints: without what cannot be there, and, unless it was fitted, as fixed.

        A remark says where much is left out, or what is fixed was not fitted.

        Parameters
        ----------
        constraints
            What is known of the elements, of every spectrum.
        elements
            Symbols of the columns, (element,).
        fits_fractions
            Whether the method has taken what is fixed into account itself.
        """
        estimate = self.among(constraints.candidates)
        moved = ("",) * len(self.fraction)
        if not fits_fractions and constraints.fixed.any():
            brought = estimate.brought(constraints, elements)
            estimate, moved = brought, estimate._moved(brought, constraints, elements)
        left_out = self._left_out(constraints, elements)
        remarks = tuple(map(joined, left_out, moved, self.each_remark))
        return replace(estimate, remarks=remarks if any(remarks) else ())

    def brought(self, constraints: Constraints, elements: Sequence[str]) -> "Estimate":
        """Return the estimate with what is fixed as stated, and the rest in proportion.

        Parameters
        ----------
        constraints
            What is fixed, of every spectrum.
        elements
            Symbols of the columns, (element,).
        """
        fraction = constraints.brought(self.fraction, elements)
        scale = np.divide(fraction, self.fraction, out=np.ones_like(fraction), where=self.fraction > 0)
        within = np.nan_to_num(Z90 * constraints.deviation)
        bounds = ((self.lower * scale, -within), (self.upper * scale, within))
        lower, upper = (
            np.clip(np.where(constraints.fixed, fraction + away, bound), 0.0, 1.0) for bound, away in bounds
        )
        return replace(self, fraction=fraction, lower=lower, upper=np.maximum(upper, fraction))

    def _moved(self, brought: "Estimate", constraints: Constraints, elements: Sequence[str]) -> tuple[str, ...]:
        """Return in words what each spectrum would have of elements that are fixed, "" where it is as stated."""
        change = np.abs(brought.fraction - self.fraction).max(axis=1)
        return tuple(
            f"it does not fit what is fixed; it would have {formula(alone, elements) or 'none'} at%" if far else ""
            for alone, far in zip(np.where(constraints.fixed, self.fraction, 0.0), change > _MOVED, strict=True)
        )

    def _left_out(self, constraints: Constraints, elements: Sequence[str]) -> Iterator[str]:
        """Yield in words what each spectrum has of elements that cannot be there, "" where that is little."""
        rows = zip(np.where(constraints.candidates, 0.0, self.fraction), constraints.complete, strict=True)
        for rest, complete in rows:
            if complete:
                text = f"without a list of elements, there would be {formula(rest, elements)} at%, which it lacks"
                yield text if rest.sum() >= _UNLISTED else ""
            else:
                there = formula(rest, elements)
                yield f"there would be {there} at%, if that were not excluded" if there else ""


class Quantifier(ABC):
    """Spectra to compositions. Subclasses write `estimate`.

    Parameters
    ----------
    technique
        The technique of the spectra.
    library
        Its pure spectra; None: the method needs none.
    """

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

        Where they have constraints, what is given to elements that cannot be there is left out of the answer, and
        fractions are brought to what is fixed; quantifiers that can make better use of constraints do.

        Parameters
        ----------
        spectra
            Spectra on the technique's axis: counts (sample, energy).
        """

    def answer(self, spectra: Spectra) -> Estimate:
        """Return the estimate, checked, under the constraints where there are any, its bounds `agreeing`.

        Parameters
        ----------
        spectra
            Spectra on the technique's axis: counts (sample, energy).

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
        shape = len(spectra), len(self.technique.elements)
        checked = check_estimate(estimate, Estimate, f"quantifier {self.name}", self.origin, shape)
        if spectra.constraints is not None:
            checked = checked.under(spectra.constraints, self.technique.elements, self.fits_fractions)
        return checked.agreeing()

    def _estimated(self, spectra: Spectra) -> Estimate:
        if not self.origin:
            return self.estimate(spectra)
        with blamed(self.origin, f"quantifier {self.name}", "estimate(spectra) -> Estimate"):
            return self.estimate(spectra.locked())

    def quantify(self, spectra: Spectra | xr.Dataset) -> xr.Dataset:
        """Return the COMPOSITION of spectra, or of a dataset under the SPECTRA contract.

        Of a spectrum in which nothing stands out of the noise, bounds and remark say that nothing is known.

        Parameters
        ----------
        spectra
            Spectra on the technique's axis, counts (sample, energy), or a dataset under the SPECTRA
            contract.

        Raises
        ------
        ContractError
            If the spectra break their contract, or lie on another axis than the technique's.
        """
        if isinstance(spectra, xr.Dataset):
            spectra = Spectra.of(spectra, self.technique, f"quantifier {self.name}")
        return self.quantify_modelled(spectra)[0]

    def quantify_modelled(self, spectra: Spectra) -> tuple[xr.Dataset, tuple[Modelled | None, ...]]:
        """Return the COMPOSITION of spectra, and each as the method models it; None where it has no such thing.

        Parameters
        ----------
        spectra
            Spectra on the technique's axis: counts (sample, energy).

        Raises
        ------
        ContractError, PluginError
            As `answer`.
        """
        estimate = with_warning(self.answer(spectra), spectra)
        composition = self._composition(estimate, spectra, f"quantifier {self.name}")
        return composition, estimate.modelled or (None,) * len(spectra)

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that it can find: all of the technique's, unless it has not learnt some."""
        return self.technique.elements

    @property
    def fits_fractions(self) -> bool:
        """Whether it weighs what is fixed against the spectrum by itself, so that nothing is to be done afterwards."""
        return False

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether it takes an instrument that nobody states to be the usual one."""
        return True

    @property
    def explained(self) -> "Quantifier":
        """The quantifier that explainers question in place of this one: itself, unless that takes too long."""
        return self

    def _composition(self, estimate: Estimate, spectra: Spectra, where: str) -> xr.Dataset:
        coords: dict[str, Any] = {
            "sample": np.array(spectra.labels(), dtype=object),
            "element": list(self.technique.elements),
            **spectra.pixels(),
        }
        if estimate.signs:
            coords["sign"] = list(map(str, estimate.signs))
        if any(estimate.remarks):
            coords["remark"] = ("sample", np.array(estimate.remarks, dtype=object))
        dataset = xr.Dataset(_variables(estimate, self.technique.elements), coords=coords)
        stamped = contracts.stamp(dataset, self.technique.name, "quantified", method=self.name)
        return contracts.check(stamped, "COMPOSITION", where)


def _variables(estimate: Estimate, elements: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return the variables of a COMPOSITION that an estimate has something to say for."""
    dims, units = ("sample", "element"), {"units": "atomic fraction"}
    variables: dict[str, tuple[Any, ...]] = {
        "fraction": (dims, estimate.fraction, units),
        "lower": (dims, estimate.lower, units | {"long_name": "lower end of the 90 % interval"}),
        "upper": (dims, estimate.upper, units | {"long_name": "upper end of the 90 % interval"}),
        "presence": (dims, estimate.fraction >= PRESENT_ABOVE),
        "weight_fraction": (dims, weight_fractions(estimate.fraction, elements), {"units": "weight fraction"}),
    }
    if estimate.limits is not None:
        variables["detection_limit"] = (dims, estimate.limits, units | {"long_name": "Currie's detection limit"})
    if estimate.layers is not None:
        for name, values in zip(LAYERS, np.moveaxis(estimate.layers, -1, 0), strict=True):
            variables[name] = (dims, values)
    if estimate.axis is not None:
        for name, values in zip(AXIS, estimate.axis.T, strict=True):
            variables[name] = ("sample", values, {"units": "eV"})
    if estimate.signs:
        variables["signs"] = (("sample", "sign"), np.stack(list(estimate.signs.values()), axis=1))
    return variables


def load_all(methods: Iterable[Quantifier]) -> None:
    """Let methods load what they work with for the usual instrument, so that processes share it."""
    for method in methods:
        _ = method.explained


QuantifierFactory = Callable[[Technique, PureLibrary], Quantifier]
"""How a plug-in offers a further quantifier: its class, or any function of the same arguments."""
