"""The section of an explanation on the four classes: counts, a periodic table, and a row per element."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from specquant.explainers import ENOUGH, FREE, RULES, AgreedClass
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.periodic import periodic_figure
from specquant.report.numbers import UNKNOWN, percent
from specquant.report.page import Html, listed, paragraph, picture, section, table
from specquant.study.explanation.study import Explanation

_CLASSES = (
    f"An element's line is enough where a single peak there is read as at least {100 * ENOUGH:.0f} at% of it. Overlap "
    "is the height of the highest other pure element at the strongest line, relative to the element's own; below "
    f"{FREE:g} the line is free. Class 1: the strongest line is enough, and free. 2: it is enough, and not free. 3: it "
    "is not enough, but a weaker line is. 4: no single line is enough. Together: what the element gets when all its "
    "lines are there. Agree: the share of the models that give this class. Elements that a model does not know are "
    "left out."
)


def classes_section(explanation: Explanation) -> Html:
    """Return the classes of all elements with all that they were decided by; nothing where there are none."""
    agreed = explanation.classes
    if not agreed:
        return Html("")
    figure = periodic_figure(
        {item.example.element: item.example.rule for item in agreed},
        {item.example.element: item.agreement for item in agreed},
        RULES,
    )
    head = (
        *("Element", "Class", "Strongest line: at%", "Its line read most: at%", "Overlap"),
        *("Strongest is read as, at%", "Together, at%", "Agree"),
    )
    styles = ("element", "number", "line", "line", "line", "line", "number", "number")
    scale = EnergyScale(explanation.technique.axis)
    return section(
        "The four classes",
        paragraph(_CLASSES),
        listed(list(_counts(explanation))),
        picture(figure, "Periodic table with the class of every element"),
        table(head, [_class_row(item, scale) for item in agreed], styles),
        anchor="classes",
    )


def _counts(explanation: Explanation) -> Iterator[str]:
    """Yield how many elements are in every class, how far the article's reasons hold, and how stable that is."""
    agreed = explanation.classes
    rules = Counter(item.example.rule for item in agreed)
    yield "; ".join(f"class {rule} ({title}): {rules[rule]}" for rule, title in RULES.items())
    second = [item.example for item in agreed if item.example.rule == 2]
    if second:
        yield f"Of class 2, {sum(item.highest for item in second)} of {len(second)} are the highest at the position."
    fourth = [item.example for item in agreed if item.example.rule == 4]
    if fourth:
        enough = sum(item.together >= ENOUGH for item in fourth)
        yield f"Of class 4, {enough} of {len(fourth)} are read once all their lines stand together."
    models = len(explanation.models)
    if models > 1:
        mean = float(np.mean([item.agreement for item in agreed]))
        yield f"Of {models} models, {percent(mean, 0)} % agree on an element's class (mean over elements)."


def _class_row(agreed: AgreedClass, scale: EnergyScale) -> tuple[object, ...]:
    item = agreed.example
    return (
        item.element,
        item.rule,
        f"{scale.line(item.reading.strongest)}: {percent(item.reading.strongest_response)}",
        f"{scale.line(item.reading.best)}: {percent(item.reading.best_response)}" if item.reading.is_read else UNKNOWN,
        f"{item.rival} {item.overlap:.2f}" if item.rival else UNKNOWN,
        f"{item.owner} {percent(item.owner_response)}",
        percent(item.together),
        f"{percent(agreed.agreement, 0)} %",
    )
