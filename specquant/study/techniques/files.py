"""The files of a study across techniques: report.html, study.json, comparison.nc, elements.csv."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.report import save_figure, write_html, write_json
from specquant.report.json_report import plain
from specquant.study.techniques.claim import Claim
from specquant.study.techniques.elements import class_accuracies, class_correlation, pairs_of
from specquant.study.techniques.report import comparison_figures, comparison_html
from specquant.study.techniques.results import Comparison, Side
from specquant.tables import write_table
from specquant.technique import Floats

FILES = ("report.html", "study.json", "comparison.nc", "elements.csv")
"""What a study leaves in its folder beside figures and a folder per technique."""

_COMPARED = ("nnls", "hybrid", "constant", "oracle", "bound", "bayes")
"""What the accuracy of networks is compared with, in the order of the file."""

_COLUMNS = ("element", "technique", "accuracy", "accuracy_spread", "class", "agreement", "read_at_line", "read_at_eV")


def write_comparison(comparison: Comparison, out: Path) -> None:
    """Write what was found into the folder `out`."""
    write_table(_COLUMNS, element_rows(comparison), out / "elements.csv")
    write_json(content_of(comparison), out / "study.json")
    contracts.save(dataset_of(comparison), "COMPARISON", out / "comparison.nc")
    figures = comparison_figures(comparison)
    for name, figure in figures.items():
        save_figure(figure, out / f"{name}.png")
    write_html(comparison_html(comparison, figures), out / "report.html")


def content_of(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON, with what follows from it."""
    sides = comparison.sides
    claims = {side.name: Claim(side) for side in sides}
    return {
        **plain(vars(comparison) | {"sides": ()}),
        "sides": [side.content for side in sides],
        "claim": {
            name: plain(
                {
                    "holds": claim.holds,
                    "answers": claim.answers,
                    "closed": claim.closed,
                    "over_least_squares": claim.over_fit,
                    "over_least_squares_measured": claim.over_fit_measured,
                    "best_other_setting": claim.best_setting,
                }
            )
            for name, claim in claims.items()
        },
        "classes": {
            side.name: plain({"accuracy": list(class_accuracies(side)), "correlation": class_correlation(side)})
            for side in sides
        },
        "pairs": [
            plain(
                {
                    "techniques": (pair.one.name, pair.other.name),
                    "correlation": pair.correlation,
                    "same_class": pair.same_class,
                    "difference": {symbol: pair.difference(symbol) for symbol in pair.elements},
                }
            )
            for pair in pairs_of(sides)
        ],
    }


def element_rows(comparison: Comparison) -> Iterator[list[object]]:
    """Yield a row per element and technique that it was scored in."""
    for symbol in comparison.elements:
        for side in comparison.sides:
            if symbol in side.elements:
                yield [symbol, side.name, *_figures(side, symbol), *_reading(side, symbol)]


def dataset_of(comparison: Comparison) -> xr.Dataset:
    """Return the comparison as the contract COMPARISON."""
    sides, elements = comparison.sides, comparison.elements
    beginnings = list(dict.fromkeys(title for side in sides for title in side.accuracy))
    seeds, nothing = comparison.seeds, np.full(len(comparison.seeds), np.nan)

    def accuracy(side: Side) -> list[list[Floats]]:
        return [
            [np.array(side.accuracy.get(title, {}).get(size, nothing)) for size in comparison.sizes]
            for title in beginnings
        ]

    variables = {
        "accuracy": (("technique", "beginning", "size", "seed"), [accuracy(side) for side in sides]),
        "element_accuracy": (
            ("technique", "element", "seed"),
            [[np.array(side.elements.get(symbol, nothing)) for symbol in elements] for side in sides],
        ),
        "measured": (("technique", "seed"), [np.array(side.measured or nothing) for side in sides]),
        "compared": (("technique", "compared_with"), [_compared(side) for side in sides]),
        "rule": (("technique", "element"), [[side.rules.get(symbol, 0) for symbol in elements] for side in sides]),
    }
    coordinates = {
        **{"technique": [side.name for side in sides], "beginning": beginnings, "size": list(comparison.sizes)},
        **{"seed": list(seeds), "element": elements, "compared_with": list(_COMPARED)},
    }
    dataset = xr.Dataset({name: (dims, np.array(values)) for name, (dims, values) in variables.items()}, coordinates)
    names = ", ".join(side.name for side in sides)
    return contracts.stamp(dataset, technique=names, origin="synthetic", command=comparison.command)


def _compared(side: Side) -> list[float]:
    known = {method.name: method.fresh for method in side.methods}
    known |= {"constant": side.constant, "oracle": side.oracle, "bound": side.bound, "bayes": side.bayes}
    return [known.get(name, np.nan) for name in _COMPARED]


def _figures(side: Side, symbol: str) -> tuple[object, object]:
    values = side.elements[symbol]
    return f"{np.mean(values):.4f}", f"{np.std(values, ddof=1):.4f}" if len(values) > 1 else ""


def _reading(side: Side, symbol: str) -> tuple[object, ...]:
    """Return class, agreement and the line that an element is read at; empty where it has no class."""
    agreed = side.agreed(symbol)
    if agreed is None:
        return "", "", "", ""
    best = agreed.example.reading.best
    return agreed.example.rule, f"{agreed.agreement:.2f}", best.label, f"{best.energy:.1f}"
