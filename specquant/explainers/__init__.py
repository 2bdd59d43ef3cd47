"""What in a spectrum makes a quantifier say what it says."""

from typing import TYPE_CHECKING

from specquant.lateimports import late

if TYPE_CHECKING:
    from specquant.explainers.base import Explainer, ExplainerFactory, open_explainer, predict
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
    from specquant.explainers.probe import SHAPES, PeakProbe
    from specquant.explainers.profiles import lines_at, read_together
    from specquant.explainers.readings import (
        ExampleResult,
        ProbedPosition,
        Reading,
        check_examples,
        diagonal_order,
        line_response,
        readings,
        strongest_positions,
    )

__all__ = [
    "ENOUGH",
    "FREE",
    "RULES",
    "SHAPES",
    "AgreedClass",
    "ElementClass",
    "ExampleResult",
    "Explainer",
    "ExplainerFactory",
    "LineWindowLime",
    "PeakProbe",
    "ProbedPosition",
    "Reading",
    "agreed_classes",
    "check_examples",
    "diagonal_order",
    "element_classes",
    "line_response",
    "lines_at",
    "open_explainer",
    "predict",
    "read_together",
    "readings",
    "strongest_positions",
]

__getattr__ = late(
    __name__,
    {
        "specquant.explainers.base": ("Explainer", "ExplainerFactory", "open_explainer", "predict"),
        "specquant.explainers.classes": (
            *("ENOUGH", "FREE", "RULES", "AgreedClass"),
            *("ElementClass", "agreed_classes", "element_classes"),
        ),
        "specquant.explainers.lime": ("LineWindowLime",),
        "specquant.explainers.probe": ("SHAPES", "PeakProbe"),
        "specquant.explainers.profiles": ("lines_at", "read_together"),
        "specquant.explainers.readings": (
            *("ExampleResult", "ProbedPosition", "Reading", "check_examples"),
            *("diagonal_order", "line_response", "readings", "strongest_positions"),
        ),
    },
)
