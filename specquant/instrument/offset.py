"""Finding the offset of an energy axis, and the kind of instrument where a file does not say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from specquant.arrays import Array
from specquant.errors import SettingError
from specquant.instrument.finders import load_finder
from specquant.instrument.plain import PlainOffset
from specquant.instrument.shapes import OffsetShape
from specquant.learning.card import ModelCard
from specquant.learning.modelfile import save_model
from specquant.learning.networks.plain import opened
from specquant.recipes import Recipe
from specquant.technique import Floats, Technique
from specquant.typed import Number

_TOLERATED = 2.0 / 3.0
"""Offsets up to this size, in widths of a line, are left, and right to as much: chosen, 2 eV in XPS, where chemical
shifts are as large, for which methods are made."""

NETWORK = "OffsetNetwork"
"""Name of the class of the network, as its card has it."""


def tolerated(technique: Technique) -> float:
    """Return the size up to which offsets of an axis are left, and how far one may be from the true one, in its unit.

    Parameters
    ----------
    technique
        It has the width of a line.
    """
    return _TOLERATED * technique.width


@dataclass(frozen=True)
class Offset:
    """What a network says of one axis.

    Parameters
    ----------
    offset
        Offset of the axis, in its unit.
    probability
        That it is right within what is `tolerated`.
    kind
        The kind of instrument: values of the parameters that were not known before.
    """

    offset: float
    probability: float
    kind: Mapping[str, float]


@dataclass(frozen=True)
class _Settings:
    """What the card of an offset network holds: sizes, and the values of each kind of instrument."""

    shape: OffsetShape
    kinds: tuple[Mapping[str, Number], ...]


class Network(Protocol):
    """An offset network that answers to spectra in numpy, whatever it computes with."""

    shape: OffsetShape

    def answer(self, counts: NDArray[np.float32], observed: NDArray[np.bool_]) -> Floats:
        """Return the log probability of every kind and offset, up to a constant, (sample, kind, offset)."""
        ...

    def state_dict(self) -> Mapping[str, Array]:
        """Return the weights by name."""
        ...


class OffsetFinder:
    """The offset network with its model card."""

    def __init__(self, technique: Technique, network: Network, card: ModelCard) -> None:
        self._technique = technique
        self._network = network
        self.card = card
        self._kinds: Sequence[Mapping[str, float]] = card.settings["kinds"]

    @classmethod
    def load(cls, path: Path, technique: Technique) -> "OffsetFinder":
        """Read a model file made for `technique`.

        Raises
        ------
        ModelError
            If it is missing, damaged, or made for another technique, axis or network.
        """

        def check(settings: _Settings, _: ModelCard) -> None:
            _check_kinds(settings.kinds, settings.shape.kinds, technique)
            _check_offsets(settings.shape, technique)

        weights, card, settings = load_finder(path, technique, "an offset network", NETWORK, _Settings, check)
        return cls(technique, opened(PlainOffset, settings.shape, weights, path), card)

    def save(self, path: Path) -> Path:
        """Write the model file."""
        return save_model(self.card, self._network.state_dict(), path)

    def find(self, counts: Floats, observed: NDArray[np.bool_], known: Mapping[str, float]) -> Offset:
        """Return the offset of one spectrum.

        Parameters
        ----------
        counts
            Counts on the technique's axis, (energy,).
        observed
            Where something was measured, (energy,).
        known
            The stated parameters that are known of it; kinds of instrument that contradict them do not count.
        """
        probability = self._probability(counts, observed)
        fitting = np.array([self._fits(kind, known) for kind in self._kinds])
        probability = probability * fitting[:, None]
        probability = probability / max(probability.sum(), 1e-300)
        kind = self._kinds[int(probability.sum(axis=1).argmax())]
        of_offset = probability.sum(axis=0)
        beside = round(tolerated(self._technique) / self._network.shape.step)
        mode = int(np.convolve(of_offset, np.ones(2 * beside + 1), mode="same").argmax())
        around = slice(max(mode - beside, 0), mode + beside + 1)
        near = float(of_offset[around].sum())
        offset = float(of_offset[around] @ self._network.shape.offsets()[around] / max(near, 1e-300))
        return Offset(offset, near, {name: value for name, value in kind.items() if name not in known})

    def _probability(self, counts: Floats, observed: NDArray[np.bool_]) -> Floats:
        """Return the probability of every kind of instrument and offset, (kind, offset)."""
        spectrum, mask = np.ascontiguousarray(counts[None], dtype=np.float32), np.ascontiguousarray(observed[None])
        (logits,) = self._network.answer(spectrum, mask)
        likely = np.exp(logits - logits.max())
        return np.asarray(likely / likely.sum())

    def _fits(self, kind: Mapping[str, float], known: Mapping[str, float]) -> bool:
        """Return whether a kind is the closest of all to what is known."""
        shared = set(kind) & set(known)
        distance = [sum(abs(other[name] - known[name]) for name in shared) for other in self._kinds]
        return sum(abs(kind[name] - known[name]) for name in shared) <= min(distance)


def _check_kinds(kinds: Sequence[Mapping[str, float]], count: int, technique: Technique) -> None:
    """Raise ValueError unless there are `count` kinds, with finite values of the same parameters of the technique."""
    known = {parameter.name for parameter in technique.parameters}
    alike = all(set(kind) == set(kinds[0]) and np.isfinite([*kind.values()]).all() for kind in kinds)
    if not kinds or len(kinds) != count or not alike or not set(kinds[0]) <= known:
        raise ValueError("kinds of instrument make no sense")


def _check_offsets(shape: OffsetShape, technique: Technique) -> None:
    """Raise ValueError unless offsets ascend, and shift no axis by more than its length."""
    length = technique.axis.stop - technique.axis.start
    ends = (shape.first, shape.first + shape.step * (shape.bins - 1))
    if not (0 < shape.step <= length and max(map(abs, ends)) <= length):
        raise ValueError(f"offsets of {ends[0]:g} to {technique.axis.text(ends[1])}")


def for_offsets(recipe: Recipe) -> Recipe:
    """Return the recipe with offsets of the axis in place of its shifts, as an offset network learns from it.

    Raises
    ------
    SettingError
        If the recipe has no offsets.
    """
    if recipe.offset is None:
        raise SettingError("recipe draws no offsets of the axis", where=recipe.name, wanted="a recipe with offset")
    return replace(recipe, global_shift=recipe.offset)
