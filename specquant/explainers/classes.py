"""The article's four rules as a criterion: by which of them a quantifier reads each element.

The article (Physics & High Technology 32 (2023), doi:10.3938/PhiT.32.020) states the rules in words. Here they are
decided by two numbers per element, of its Feature Importance Spectrum (FIS) and of the peak table:

- *response at a line*: the highest FIS within two probe widths of it. A line is *enough* if that is 50 at% or more: a
  lone peak there is read as more of the element than of all others together.
- *overlap*: the height of the highest other pure element at the strongest line, relative to the element's own height
  there, lines drawn as `profiles` says. The line is *free* below 0.2, and the element is the *highest* up to 1.

===== ============================================== ===================================================
class rule                                           criterion
===== ============================================== ===================================================
1     strongest peak free of overlap: its area       the strongest line is enough, overlap below 0.2
2     overlap: the position is this element's        the strongest line is enough, overlap 0.2 or more
3     position taken: read at a weaker peak          the strongest line is not enough, another of its lines is
4     one position is not enough: several together   none of its lines is enough
===== ============================================== ===================================================

Class 2 says which element has the position, not why; the article's reason, that the element is the highest there, is a
number of its own (`ElementClass.highest`), and so is whether an element of class 4 is read once all its lines stand
together (`ElementClass.together`): one that is not is read by no rule.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from specquant.explainers.profiles import profiles
from specquant.explainers.readings import Reading, readings
from specquant.technique import Technique

ENOUGH = 0.5
"""Atomic fraction from which a lone peak is enough: more of the element than of all others together."""

FREE = 0.2
"""Overlap below which a line is free, relative to the height of the element; chosen, the article gives no number."""

RULES: Mapping[int, str] = {
    1: "strongest peak free of overlap",
    2: "overlap: the position is this element's",
    3: "position taken: read at a weaker peak",
    4: "several positions together",
}


@dataclass(frozen=True)
class ElementClass:
    """By which rule, 1 to 4, one quantifier reads one element.

    `overlap` is the height of the highest other element, the `rival`, at the strongest line relative to the
    element's own; 0 and "" where there is none. A lone peak at the strongest line is read most as the `owner`, with
    its fraction. `together` is the fraction that the element gets where all its lines stand together.
    """

    rule: int
    reading: Reading
    overlap: float
    rival: str
    owner: str
    owner_response: float
    together: float

    @property
    def element(self) -> str:
        """Symbol."""
        return self.reading.element

    @property
    def highest(self) -> bool:
        """Whether no other pure element stands higher at the strongest line."""
        return self.overlap <= 1.0


@dataclass(frozen=True)
class AgreedClass:
    """The class that most of several quantifiers give an element.

    `example` is what the first quantifier of that class gives; `rules` are the classes by every quantifier, in order.
    """

    example: ElementClass
    rules: tuple[int, ...]

    @property
    def agreement(self) -> float:
        """Share of the quantifiers that give this class."""
        return self.rules.count(self.example.rule) / len(self.rules)


def element_classes(
    technique: Technique, attribution: xr.Dataset, together: Mapping[str, float]
) -> tuple[ElementClass, ...]:
    """Return the class of every element that has lines, in the technique's order.

    `attribution` is that of a PeakProbe over the whole axis, `together` what `read_together` gives.
    """
    of_elements = readings(technique, attribution)
    energies = np.array([reading.strongest.energy for reading in of_elements])
    heights = profiles(technique, energies, float(attribution.attrs["probe_width"]))
    return tuple(
        _element_class(technique, attribution, reading, at_line, together.get(reading.element, 0.0))
        for reading, at_line in zip(of_elements, heights.T, strict=True)
    )


def agreed_classes(by_model: Sequence[Sequence[ElementClass]]) -> tuple[AgreedClass, ...]:
    """Return the class of every element by most quantifiers; of equally many, that of the first quantifier to have it.

    `by_model` is what `element_classes` gives for each quantifier, all of one technique; at least one.
    """
    agreed = []
    for same in zip(*by_model, strict=True):
        rules = tuple(item.rule for item in same)
        rule = Counter(rules).most_common(1)[0][0]
        agreed.append(AgreedClass(same[rules.index(rule)], rules))
    return tuple(agreed)


def _element_class(
    technique: Technique, attribution: xr.Dataset, reading: Reading, heights: np.ndarray, together: float
) -> ElementClass:
    index = technique.elements.index(reading.element)
    others = np.where(np.arange(heights.size) == index, 0.0, heights)
    rival = int(others.argmax())
    overlap = float(others[rival] / heights[index])
    row = attribution["response"].sel(probe_energy=reading.strongest.energy, method="nearest")
    owner = int(row.argmax("element"))
    return ElementClass(
        rule=_rule(reading.strongest_response, reading.best_response, overlap),
        reading=reading,
        overlap=overlap,
        rival=technique.elements[rival] if overlap > 0 else "",
        owner=str(row["element"].values[owner]),
        owner_response=float(row.values[owner]),
        together=together,
    )


def _rule(strongest: float, best: float, overlap: float) -> int:
    if strongest >= ENOUGH:
        return 1 if overlap < FREE else 2
    return 3 if best >= ENOUGH else 4
