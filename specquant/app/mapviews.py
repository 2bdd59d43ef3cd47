"""What the page shows of a quantified map: an image of every element, of its errors, and the phases."""

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from specquant.app.regions import PhasePart
from specquant.app.settings import Settings
from specquant.errors import SettingError
from specquant.report.interactive import SpectrumFigure, Trace, axis_of, line_marks
from specquant.session import HYBRID
from specquant.technique import Floats, Technique
from specquant.terminal import shown

if TYPE_CHECKING:
    from specquant.maps import MapResult

_LARGEST = 512
"""Pixels along the longer side of an image at most: chosen, more than it has on the screen."""

_STEPS = 65534
"""Steps between nothing and the most of an image: 16 bits, the last number says that nothing is known."""

_VERDICTS = 2
"""Number of the last verdict on a pixel: good, doubtful, not quantified."""

_DIMS = 2
"""Dimensions of a map with rows and columns."""

_LENGTHS = {"m": 1e6, "mm": 1e3, "um": 1.0, "\N{MICRO SIGN}m": 1.0, "\N{GREEK SMALL LETTER MU}m": 1.0, "nm": 1e-3}
"""Micrometres of the units that files state."""


def map_content(result: "MapResult", settings: Settings, figure: SpectrumFigure) -> dict[str, Any]:
    """Return a map as the page draws it.

    Images and lines are thinned out to at most 512 pixels along a side; `every` says how many pixels one stands for.

    Parameters
    ----------
    result
        The map.
    settings
        By which it was quantified: phases are found again by them.
    figure
        What stands under the images, see `map_figure_of`.

    Raises
    ------
    SettingError
        If it is a stack of maps.
    """
    dataset = result.dataset
    dims = dataset["phase"].dims
    if len(dims) > _DIMS:
        raise SettingError("is a stack of maps, which specquant quantify writes to a file", where=result.name)
    thinned, every = result.thinned(_LARGEST)
    values = {name: thinned[name].values for name in ("fraction", "error", "lower", "upper")}
    return {
        "shape": [int(np.prod(dataset["phase"].shape[:-1], dtype=np.int64)), dataset["phase"].shape[-1]],
        "drawn": [int(np.prod(thinned["phase"].shape[:-1], dtype=np.int64)), thinned["phase"].shape[-1]],
        "every": every,
        "step": _step(result, dims),
        "elements": _elements(result, values, is_line=1 in dataset["phase"].shape or len(dims) == 1),
        "phases": [_phase(result, number, settings) for number in range(len(result.plan.phases))],
        "phase": packed(thinned["phase"].values, len(result.plan.phases), least=0),
        "counts": packed(thinned["counts"].values),
        "cell": packed(thinned["cell"].values),
        "verdict": packed(thinned["verdict"].values, _VERDICTS),
        "verdicts": {verdict.value: count for verdict, count in result.summary.verdicts.items() if count},
        "figure": figure.as_json(),
    }


def packed(values: NDArray[Any], most: float | None = None, least: float | None = None) -> dict[str, Any]:
    """Return values as 16-bit steps of the most of them, in base64; what is not finite, or below `least`, is not known.

    Parameters
    ----------
    values
        Not negative, of any shape.
    most
        What the last step stands for; None: the largest of them.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    known = np.isfinite(flat) & (flat >= (-np.inf if least is None else least))
    top = float(flat[known].max(initial=0.0)) if most is None else float(most)
    steps = np.rint(np.where(known, flat, 0.0) * (_STEPS / (top or 1.0))).clip(0, _STEPS)
    words = np.where(known, steps, _STEPS + 1).astype("<u2")
    return {"most": top or 1.0, "data": base64.b64encode(words.tobytes()).decode("ascii")}


def map_figure_of(result: "MapResult", technique: Technique, mean: Floats, highest: Floats) -> SpectrumFigure:
    """Return the figure of the mean spectrum of a map and of the largest counts of any pixel, counts (energy,) each."""
    traces = (Trace("mean of a pixel", mean), Trace("largest of any pixel", highest))
    return SpectrumFigure(shown(result.name), axis_of(technique.axis), traces, line_marks(technique, _present(result)))


def _step(result: "MapResult", dims: tuple[Any, ...]) -> dict[str, Any] | None:
    """Return the distance of two pixels in a row, of a column in that; in micrometres, where the file says a length."""
    sizes = result.dataset["phase"].sizes
    coordinate = result.dataset[dims[-1] if sizes[dims[-1]] > 1 else dims[0]]
    unit = str(coordinate.attrs.get("units", ""))
    if not unit or coordinate.size < _DIMS:
        return None
    step = abs(float(coordinate.values[1] - coordinate.values[0]))
    return {"size": step * _LENGTHS.get(unit, 1.0), "unit": "\N{MICRO SIGN}m" if unit in _LENGTHS else shown(unit)}


def _present(result: "MapResult") -> list[str]:
    """Return the elements of a map, the largest first."""
    mean = result.summary.mean
    return [result.symbols[index] for index in result.summary.largest_first if mean[index] > 0]


def _elements(result: "MapResult", values: dict[str, NDArray[Any]], is_line: bool) -> list[dict[str, Any]]:
    """Return the images of every element: of fractions and errors, and of intervals where they are drawn as bands."""
    names = ("fraction", "error", *(("lower", "upper") if is_line else ()))
    mean = dict(zip(result.symbols, result.summary.mean.tolist(), strict=True))
    row = {symbol: index for index, symbol in enumerate(result.symbols)}
    return [
        {"element": symbol, "mean": mean[symbol]} | {name: packed(values[name][row[symbol]]) for name in names}
        for symbol in _present(result)
    ]


def _phase(result: "MapResult", number: int, settings: Settings) -> dict[str, Any]:
    """Return what a phase is: its name, how much of the map, its composition and what speaks against that."""
    answer = result.plan.answers[number]
    judgement, composition = answer.judgements(HYBRID)[0], answer.compositions[HYBRID]
    fraction, symbols, there = composition["fraction"].values[0], composition["element"].values, answer.shown(HYBRID)[0]
    pixels = int(result.plan.pixels[number])
    return {
        "name": PhasePart(number + 1, settings.of_map).name,
        "pixels": pixels,
        "share": pixels / max(result.plan.labels.size, 1),
        "verdict": judgement.verdict.value,
        "reasons": [shown(reason.text) for reason in judgement.reasons],
        "elements": [
            {"element": str(symbols[index]), "at": float(fraction[index])}
            for index in np.argsort(-fraction, kind="stable")
            if there[index]
        ],
    }
