"""What in a spectrum makes a quantifier say what it says."""

from specquant.explainers.base import Explainer, predict
from specquant.explainers.lime import LineWindowLime
from specquant.explainers.probe import PeakProbe, peak_shape
from specquant.explainers.readings import (
    ExampleResult,
    FisMaximum,
    ProbedPosition,
    Reading,
    check_examples,
    diagonal_order,
    readings,
    strongest_positions,
)
from specquant.explainers.segments import Segment, line_segments

__all__ = [
    "ExampleResult",
    "Explainer",
    "FisMaximum",
    "LineWindowLime",
    "PeakProbe",
    "ProbedPosition",
    "Reading",
    "Segment",
    "check_examples",
    "diagonal_order",
    "line_segments",
    "peak_shape",
    "predict",
    "readings",
    "strongest_positions",
]
