"""Sums of a library's components: as strong as the mixing law and the draw make them, and where the draw puts them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.arrays import Array, doubles, in_numpy, in_torch, like
from specquant.library import PureLibrary
from specquant.mixing import Components, LinearMixing, intensities, mixes_linearly, mixing_law
from specquant.recipes import Constant, Recipe
from specquant.synthesizer.shifting import ShiftTable
from specquant.synthesizer.truth import Ints, Truth
from specquant.technique import Floats, Technique


@dataclass(frozen=True)
class Owners:
    """What parts are summed for: the owner of each part (part,), and the sample of each owner (owner,)."""

    of_part: Ints
    sample: Ints


class ComponentSum:
    """Sums components by owner, at intensities that the mixing law gives.

    Parameters
    ----------
    technique
        The technique of the spectra.
    library
        Its pure spectra, of which components are summed.
    recipe
        What is drawn of each component.
    bare
        Before the instrument's response.
    device
        Where torch computes; None: numpy does.
    """

    def __init__(
        self, technique: Technique, library: PureLibrary, recipe: Recipe, bare: bool, device: str | None
    ) -> None:
        components, rows = library.components, library.on(technique.axis.padded(technique.margin), bare)
        linear = recipe.linear_mixing or mixes_linearly(technique, components)
        if linear and not recipe.group_scatter and not recipe.group_shift:
            components, rows = _tied(components, rows)
        self.components = components
        """What is summed: components of the library, or one for each element where all of them go together."""
        self._index = components.indices(technique.elements)
        self._law = mixing_law(technique, components, linear)
        self._precision = np.float64 if linear else np.float32  # a linear law costs nothing
        self._device = device
        padding = int(np.ceil(technique.margin / technique.axis.step))
        self._table: ShiftTable | None = None
        if _moves(recipe):
            self._table = ShiftTable(rows, technique.axis, padding, device)
        else:
            inside = rows[:, padding : padding + technique.axis.size].astype(np.float32)
            self._rows = placed(inside, device)

    @property
    def linear(self) -> bool:
        """Whether intensities of an element do not depend on the others."""
        return isinstance(self._law, LinearMixing)

    def of(self, truth: Truth, owners: Owners) -> Array:
        """Return the sum of all parts of each owner, shape (owner, energy), 1/eV times the unit of intensities."""
        intensity = self._intensities(truth.fractions, truth.parameters)
        if self._table is None:
            return self._unmoved(intensity, truth, owners)
        return self._moved(self._table, intensity, truth, owners)

    def alone(self, element: int, shift: Floats) -> NDArray[np.float32]:
        """Return what one atom of an element looks like at shifts (shift,) in eV, where the law is linear.

        Shape (shift, energy), in the unit of `of`. Shifts are rounded as those of samples are.
        """
        components = np.flatnonzero(np.array(self._index) == element)
        one = np.zeros((1, max(self._index) + 1))
        one[0, element] = 1.0
        weight = in_numpy(doubles(self._intensities(one, {})))[0, components]
        if self._table is None:
            summed = placed(weight, self._device) @ self._rows[components]
            return np.repeat(in_numpy(summed)[None], shift.size, axis=0)
        owner, row = np.repeat(np.arange(shift.size), components.size), np.tile(components, shift.size)
        shifts, weights = np.repeat(shift, components.size), np.tile(weight, shift.size)
        return in_numpy(self._table.sum(owner, row, shifts, weights, shift.size))

    def _intensities(self, fractions: Floats, parameters: Mapping[str, Floats]) -> Array:
        """Return (sample, component) intensities by the mixing law, before any scatter."""
        values = {name: placed(value, self._device, self._precision) for name, value in parameters.items()}
        return intensities(self._law, placed(fractions, self._device, self._precision), values, self._index)

    def _unmoved(self, intensity: Array, truth: Truth, owners: Owners) -> Array:
        parts = truth.parts
        factor = np.append(truth.pairs.factor, 1.0)[parts.pair]  # -1, no element, finds what is appended
        scale = np.zeros((owners.sample.size, len(self._index)))
        scale[owners.of_part, parts.component] = factor * parts.factor
        weight = intensity[owners.sample] * placed(scale, self._device)
        return like(weight, self._rows) @ self._rows

    def _moved(self, table: ShiftTable, intensity: Array, truth: Truth, owners: Owners) -> Array:
        pairs, parts = truth.pairs, truth.parts
        sample, component, pair = parts.sample, parts.component, parts.pair
        factor = np.append(pairs.factor, 1.0)[pair]  # -1, no element, finds what is appended
        weight = in_numpy(doubles(intensity))[sample, component] * factor * parts.factor
        shift = truth.nuisances["global_shift"][sample] + np.append(pairs.shift, 0.0)[pair] + parts.shift
        share = np.append(pairs.second_share, 0.0)[pair]
        second = np.flatnonzero(share > 0)
        entries = (
            np.concatenate([owners.of_part, owners.of_part[second]]),
            np.concatenate([component, component[second]]),
            np.concatenate([shift, shift[second] + pairs.second_shift[pair[second]]]),
            np.concatenate([weight * (1 - share), (weight * share)[second]]),
        )
        order = np.argsort(entries[0], kind="stable")
        owner, rows, shifts, weights = (entry[order] for entry in entries)
        return table.sum(owner, rows, shifts, weights, owners.sample.size)


def placed(array: NDArray[Any], device: str | None, dtype: type[np.floating[Any]] = np.float32) -> Array:
    """Return an array of a type as a tensor on a device, or as one of numpy if there is no device."""
    typed = np.ascontiguousarray(array, dtype=dtype)
    return typed if device is None else in_torch(typed).to(device)


def _moves(recipe: Recipe) -> bool:
    """Return whether lines of the recipe lie anywhere but at their nominal energies."""
    shifts = (recipe.global_shift, recipe.element_shift, *recipe.group_shift.values())
    moved = any(shift != Constant(0.0) for shift in shifts)
    return moved or recipe.element_shift_range is not None or recipe.second_state is not None


def _tied(components: Components, rows: Floats) -> tuple[Components, Floats]:
    """Return one component for each element, for recipes in which all of an element move and scale together."""
    elements = tuple(dict.fromkeys(components.elements))
    total = np.zeros((len(elements), rows.shape[1]))
    np.add.at(total, np.array(components.indices(elements)), rows)
    return Components(elements, elements, ("tied",) * len(elements)), total
