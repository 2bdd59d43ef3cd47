"""The law between composition and component intensities: the article's linear one, unless the technique has its own."""

from collections.abc import Sequence

import numpy as np

from specquant.technique import Floats, Mixing, Technique


class LinearMixing:
    """Component intensity = atomic fraction of its element x sensitivity factor (the article's law)."""

    def __init__(self, element_of_component: Sequence[str], elements: Sequence[str], sensitivity: Floats) -> None:
        self._place = np.array([list(elements).index(symbol) for symbol in element_of_component])
        self._sensitivity = sensitivity

    def intensities(self, fraction: Floats) -> Floats:
        """Return (sample, component) intensities of (sample, element) fractions."""
        return (fraction * self._sensitivity)[:, self._place]

    def fractions(self, intensity: Floats) -> Floats:
        """Return fractions of (sample, element) amounts of pure spectra times sensitivity; uniform if all zero."""
        total = intensity.sum(axis=1, keepdims=True)
        uniform = np.full_like(intensity, 1.0 / intensity.shape[1])
        return np.where(total > 0, intensity / np.where(total > 0, total, 1.0), uniform)


def mixing_law(technique: Technique, element_of_component: Sequence[str], sensitivity: Floats) -> Mixing:
    """Return the technique's own law, or the linear one."""
    law = technique.mixing or LinearMixing
    return law(element_of_component, technique.elements, sensitivity)
