"""What one sample says, element by element and channel by channel: for the figures, the page and the JSON file."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.quantifiers import PRESENT_ABOVE, Modelled, shown_of
from specquant.report.results import SampleResult
from specquant.technique import Floats


@dataclass(frozen=True)
class Amount:
    """One element in one sample: what the first method says, what the others say, and what is true if that is known.

    All are atomic fractions, but for `weight_fraction`: the first method's in weight. An element that is not `shown` is
    known to be there, but the first method has it below its detection limit.
    """

    element: str
    shown: bool
    fraction: float
    weight_fraction: float
    lower: float
    upper: float
    others: dict[str, float]
    truth: float | None


def seen_counts(sample: SampleResult) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the counts of a sample, NaN where nothing was measured, and where something was, both (energy,)."""
    observed = sample.spectra.observed[0]
    return np.where(observed, sample.spectra.counts[0].astype(np.float64), np.nan), observed


def model_title(modelled: Modelled) -> str:
    """Return what a model is called beside the measured spectrum."""
    return "fit" if modelled.is_fit else "rebuilt from the answer"


def main_method(sample: SampleResult) -> str:
    """Return the method that the report is about."""
    return next(iter(sample.compositions))


def elements_of(composition: xr.Dataset) -> list[str]:
    """Return the symbols of a COMPOSITION in its order."""
    return [str(symbol) for symbol in composition["element"].values]


def amounts(sample: SampleResult) -> list[Amount]:
    """Return the elements that the first method shows, see `is_shown`, or that are truly there, largest first."""
    method, *others = sample.compositions
    composition = sample.compositions[method].isel(sample=0)
    names = ("fraction", "weight_fraction", "lower", "upper")
    fraction, weight, lower, upper = (composition[name].values for name in names)
    elements = elements_of(composition)
    beside: dict[str, Floats] = {name: sample.compositions[name]["fraction"].values[0] for name in others}
    shown = _shown(sample)
    there = shown if sample.truth is None else shown | (sample.truth >= PRESENT_ABOVE)
    return [
        Amount(
            element=elements[row],
            shown=bool(shown[row]),
            fraction=float(fraction[row]),
            weight_fraction=float(weight[row]),
            lower=float(lower[row]),
            upper=float(upper[row]),
            others={name: float(values[row]) for name, values in beside.items()},
            truth=None if sample.truth is None else float(sample.truth[row]),
        )
        for row in np.argsort(-fraction, kind="stable")
        if there[row]
    ]


def found_elements(sample: SampleResult) -> list[str]:
    """Return the symbols of the elements that the report is about in this sample, largest first."""
    return [amount.element for amount in amounts(sample)]


def drawn_elements(sample: SampleResult) -> list[str]:
    """Return the elements that figures of a sample show, largest first; none where there is no composition to show."""
    return found_elements(sample) if sample.is_shown else []


def only_elsewhere(sample: SampleResult) -> dict[str, list[tuple[str, float]]]:
    """Return per further method the elements that it alone finds present, with their fractions, largest first."""
    said = set(found_elements(sample))
    surplus: dict[str, list[tuple[str, float]]] = {}
    for method, composition in list(sample.compositions.items())[1:]:
        extra = [pair for pair in _pairs(composition) if pair[1] >= PRESENT_ABOVE and pair[0] not in said]
        if extra:
            surplus[method] = _largest_first(extra)
    return surplus


def hidden_amounts(sample: SampleResult) -> list[Amount]:
    """Return the elements that the first method has too little of to be shown, largest first."""
    composition = sample.compositions[main_method(sample)].isel(sample=0)
    fraction, weight = composition["fraction"].values, composition["weight_fraction"].values
    elements, shown = elements_of(composition), _shown(sample)
    order = [row for row in np.argsort(-fraction, kind="stable") if fraction[row] > 0 and not shown[row]]
    return [
        Amount(elements[row], False, float(fraction[row]), float(weight[row]), np.nan, np.nan, {}, None)
        for row in order
    ]


def _shown(sample: SampleResult) -> NDArray[np.bool_]:
    """Return which elements of the first method's answer are shown, (element,)."""
    shown: NDArray[np.bool_] = shown_of(sample.compositions[main_method(sample)], sample.spectra.constraints)[0]
    return shown


def _pairs(composition: xr.Dataset, name: str = "fraction") -> list[tuple[str, float]]:
    """Return every element of one sample with its fraction, or another value."""
    return list(zip(elements_of(composition), composition[name].values[0].tolist(), strict=True))


def _largest_first(pairs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(pairs, key=lambda pair: -pair[1])
