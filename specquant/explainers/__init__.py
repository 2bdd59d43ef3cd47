"""What in a spectrum makes a quantifier say what it says."""

from specquant.explainers.base import Explainer, predict
from specquant.explainers.classes import (
    ENOUGH,
    FREE,
    RULES,
    AgreedClass,
    ElementClass,
    agreed_classes,
    element_classes,
)
from specquant.explainers.lime import LineWindowLime
from specquant.explainers.probe import SHAPES, PeakProbe, peak_shape
from specquant.explainers.profiles import LineAt, lines_at, read_together
from specquant.explainers.readings import (
    ExampleResult,
    FisMaximum,
    ProbedPosition,
    Reading,
    check_examples,
    diagonal_order,
    line_response,
    readings,
    strongest_positions,
)
from specquant.explainers.segments import Segment, line_segments

__all__ = [
    "ENOUGH",
    "FREE",
    "RULES",
    "SHAPES",
    "AgreedClass",
    "ElementClass",
    "ExampleResult",
    "Explainer",
    "FisMaximum",
    "LineAt",
    "LineWindowLime",
    "PeakProbe",
    "ProbedPosition",
    "Reading",
    "Segment",
    "agreed_classes",
    "check_examples",
    "diagonal_order",
    "element_classes",
    "line_response",
    "line_segments",
    "lines_at",
    "peak_shape",
    "predict",
    "read_together",
    "readings",
    "strongest_positions",
]
