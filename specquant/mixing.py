"""The law between composition and component intensities: the article's linear one, unless the technique has its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.arrays import Array, ArrayKind, like, module_of
from specquant.technique import MEASURED, Mixing, NarrowingMixing, Technique
from specquant.technique.bridging import bridged_law


class LinearMixing:
    """Component intensity = atomic fraction of its element x sensitivity factor (the article's law).

    The factor is 0 for components of no element, of which the law knows nothing.
    """

    arrays = ArrayKind.BOTH

    def __init__(self, sensitivity: Sequence[float] | NDArray[np.float64]) -> None:
        self._yields = np.array(sensitivity, dtype=np.float64)

    def yields(self, fraction: Array, values: Mapping[str, Array]) -> Array:  # noqa: ARG002
        """Return the sensitivity factors, (sample, component), whatever the composition and the instrument."""
        shape = len(fraction), len(self._yields)
        return module_of(fraction).broadcast_to(like(self._yields, fraction), shape)

    def narrowed(self, components: NDArray[np.intp]) -> "LinearMixing":
        """Return the law of some components alone."""
        return LinearMixing(self._yields[components])


@dataclass(frozen=True)
class Components:
    """The element (``""`` for none), label and group of every component of a library, in order."""

    elements: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether they are whole measured spectra, of which no part is known."""
        return MEASURED in self.labels

    def indices(self, elements: Sequence[str]) -> list[int]:
        """Return the index of every component's element among `elements`, -1 for components of no element."""
        return [elements.index(symbol) if symbol else -1 for symbol in self.elements]


def mixes_linearly(technique: Technique, components: Components) -> bool:
    """Return whether components mix by the linear law: the technique's, or because nothing is known of their parts."""
    return technique.mixing is None or components.whole


def mixing_law(technique: Technique, components: Components, linear: bool = False) -> Mixing:
    """Return the technique's own law, or, where it has none or `linear` is asked for, the linear one."""
    if technique.mixing is None or linear or components.whole:
        return LinearMixing([technique.sensitivity[symbol] if symbol else 0.0 for symbol in components.elements])
    return bridged_law(technique.mixing(components.elements, components.labels))


class _Selected:
    """Some components of a law that can only be asked about all."""

    arrays = ArrayKind.BOTH

    def __init__(self, law: Mixing, components: NDArray[np.intp]) -> None:
        self._law, self._components = law, components

    def yields(self, fraction: Array, values: Mapping[str, Array]) -> Array:
        """Return the (sample, component) intensities of the components that were selected."""
        return self._law.yields(fraction, values)[:, self._components]


def narrowed_law(law: Mixing, components: NDArray[np.intp]) -> Mixing:
    """Return the law of some components alone, in samples that hold no other elements than theirs.

    A law that has a method ``narrowed(components)`` does this itself, for speed.
    """
    if isinstance(law, NarrowingMixing):
        return law.narrowed(components)
    return _Selected(law, components)


def intensities(law: Mixing, fraction: Array, values: Mapping[str, Array], index: Sequence[int]) -> Array:
    """Return (sample, component) intensities of (sample, element) atomic fractions.

    `index` is the index of the element of every component, -1 for none.
    """
    of = module_of(fraction)
    amounts = of.concatenate([fraction, of.ones_like(fraction[:, :1])], 1)  # -1 finds the one at the end
    return law.yields(fraction, values) * amounts[:, list(index)]
