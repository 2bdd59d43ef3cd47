"""What an interactive figure of spectra holds, whatever the technique is, and the JSON of it for ``spectrum.js``."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from specquant.technique import Floats

Json = dict[str, Any]

_DIGITS = 5
"""Significant digits of counts: chosen, a thousandth of a pixel."""


@dataclass(frozen=True)
class Axis:
    """The energy axis as people read it: channel i lies at ``start + i * step``, in `unit`.

    `descending` says whether it is drawn from high to low, as binding energies are; `digits` are the decimals of an
    energy in words.
    """

    label: str
    unit: str
    descending: bool
    start: float
    step: float
    size: int
    digits: int


@dataclass(frozen=True)
class Contribution:
    """What one element contributes, counts (energy,)."""

    element: str
    counts: Floats


@dataclass(frozen=True)
class Model:
    """The modelled spectrum under a title: counts (energy,) of all and of the background, and of every element.

    `residual` is measured less modelled in standard deviations, NaN where nothing was measured, (energy,).
    """

    title: str
    total: Floats
    background: Floats
    residual: Floats
    parts: tuple[Contribution, ...]


@dataclass(frozen=True)
class Trace:
    """One measured spectrum: its name, counts (energy,) with NaN where nothing was measured, and its model, if any."""

    name: str
    counts: Floats
    model: Model | None = None


@dataclass(frozen=True)
class LineMark:
    """One line: where it lies, in the unit of the axis, and how strong it is relative to its element's strongest."""

    element: str
    label: str
    energy: float
    strength: float


@dataclass(frozen=True)
class Unexplained:
    """A peak that the model lacks: where it lies, by how many standard errors it stands out, and lines it may be."""

    energy: float
    errors: float
    candidates: tuple[str, ...]

    def text(self, axis: Axis) -> str:
        """Return it in words: ``228 eV: Mo 3d5/2?``."""
        return f"{self.energy:.{axis.digits}f} {axis.unit}: {' or '.join(self.candidates) or 'unknown'}?"


@dataclass(frozen=True)
class SpectrumFigure:
    """One figure: one spectrum with its model and what that lacks, or several on one axis; with lines of elements."""

    title: str
    axis: Axis
    traces: tuple[Trace, ...]
    lines: tuple[LineMark, ...] = ()
    unexplained: tuple[Unexplained, ...] = ()

    def as_json(self) -> Json:
        """Return the figure as plain objects; what is not known is None."""
        return {
            "title": self.title,
            "axis": dict(vars(self.axis)),
            "traces": [_trace(trace) for trace in self.traces],
            "lines": [
                dict(vars(line)) | {"energy": _number(line.energy), "strength": _number(line.strength)}
                for line in self.lines
            ],
            "unexplained": [
                {
                    "energy": _number(peak.energy),
                    "errors": _number(peak.errors),
                    "label": f"{peak.candidates[0] if peak.candidates else ''}?",
                    "text": peak.text(self.axis),
                }
                for peak in self.unexplained
            ],
        }

    def to_json(self) -> str:
        """Return the figure as text that may stand inside a ``<script>``: there is no ``<``, ``>`` or ``&`` in it."""
        text = json.dumps(self.as_json(), separators=(",", ":"), allow_nan=False, ensure_ascii=True)
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _trace(trace: Trace) -> Json:
    content: Json = {"name": trace.name, "counts": _numbers(trace.counts)}
    if trace.model is not None:
        content["model"] = {
            "title": trace.model.title,
            "total": _numbers(trace.model.total),
            "background": _numbers(trace.model.background),
            "residual": _numbers(trace.model.residual, 3),
            "parts": [{"element": part.element, "counts": _numbers(part.counts)} for part in trace.model.parts],
        }
    return content


def _numbers(values: Iterable[float], digits: int = _DIGITS) -> list[float | int | None]:
    return [_number(float(value), digits) for value in values]


def _number(value: float, digits: int = 7) -> float | int | None:
    """Return a number with some significant digits, whole numbers without a point, or None if it is not finite."""
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{digits}g}")
    return int(short) if short == int(short) else short
