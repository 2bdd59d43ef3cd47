"""Finding quantities of an instrument that nobody stated, such as the soft transmission of a detector."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from specquant.arrays import Array
from specquant.errors import ModelError, SettingError
from specquant.instrument.finders import load_finder
from specquant.instrument.plain import PlainQuantities
from specquant.instrument.shapes import QuantityShape
from specquant.learning.card import ModelCard
from specquant.learning.modelfile import Weights, save_model
from specquant.learning.networks.plain import opened
from specquant.quantifiers.found import Found
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique, UnstatedQuantities
from specquant.typed import Name

NETWORK = "QuantityNetwork"
"""Name of the class of the network, as its card has it."""

_CHUNK = 256
"""Spectra that go through the network at a time. Chosen: all their features take a few ten megabytes."""


@dataclass(frozen=True)
class _Settings:
    """What the card of a quantity network holds: sizes, and what its outputs are."""

    shape: QuantityShape
    names: tuple[Name, ...]
    kinds: tuple[Name, ...]


class Network(Protocol):
    """A quantity network that answers to spectra in numpy, whatever it computes with."""

    def answer(
        self, counts: NDArray[np.float32], observed: NDArray[np.bool_], stated: NDArray[np.float32]
    ) -> tuple[Floats, Floats, Floats]:
        """Return log probabilities (sample, kind), means and standard deviations (sample, kind, quantity)."""
        ...

    def state_dict(self) -> Mapping[str, Array]:
        """Return the weights by name."""
        ...


class QuantityFinder:
    """The quantity network with its model card; call it with spectra."""

    def __init__(self, technique: Technique, network: Network, card: ModelCard) -> None:
        self._quantities = quantities_of(technique)
        self._inputs = technique.stated_columns(card.stated)
        self._hidden = technique.stated_columns(self._quantities.parameters)
        self._network = network
        self._last: tuple[Spectra, Found] | None = None
        self.card = card

    @classmethod
    def load(cls, path: Path, technique: Technique, device: str = "cpu") -> "QuantityFinder":
        """Read a model file made for `technique`.

        Raises
        ------
        ModelError
            If it is missing, damaged, or made for another technique, axis, network or other quantities.
        SettingError
            If the technique names no quantities.
        """
        wanted = quantities_of(technique)

        def check(settings: _Settings, card: ModelCard) -> None:
            shape, inputs = settings.shape, len(card.stated)
            sizes = {len(row) for row in (*shape.means, *shape.spreads)}
            rows = (len(shape.means), len(shape.spreads), shape.kinds, len(shape.centres), len(shape.spans))
            kinds = len(settings.kinds)
            if sizes != {len(settings.names)} or rows != (kinds, kinds, kinds, inputs, inputs):
                raise ValueError("sizes contradict each other")

        weights, card, settings = load_finder(path, technique, "a quantity network", NETWORK, _Settings, check)
        if (settings.names, settings.kinds) != (wanted.names, wanted.kinds):
            raise ModelError(
                "model for other quantities",
                where=path,
                found=", ".join((*settings.names, *settings.kinds)),
                wanted=", ".join((*wanted.names, *wanted.kinds)),
            )
        if device == "cpu":
            return cls(technique, opened(PlainQuantities, settings.shape, weights, path), card)
        return cls(technique, _in_torch(settings.shape, weights, path, device), card)

    def save(self, path: Path) -> Path:
        """Write the model file."""
        return save_model(self.card, self._network.state_dict(), path)

    def __call__(self, spectra: Spectra) -> Found:
        """Return the distribution of the quantities given each spectrum; where something is stated, NaN.

        Pixels of a map are of one instrument: they get what all of them say together. Whoever asks of the same spectra
        again, as notes do after a fit, gets the same answer without another run of the network.
        """
        if self._last is None or self._last[0] is not spectra:
            self._last = spectra, self._found(spectra)
        return self._last[1]

    def _found(self, spectra: Spectra) -> Found:
        parts = [self._part(spectra.take(slice(first, first + _CHUNK))) for first in range(0, len(spectra), _CHUNK)]
        log, mean, deviation = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        said = Found.of_mixture(np.exp(log), mean, deviation)
        said = said.where(np.asarray(~np.isfinite(spectra.stated[:, self._hidden]).any(axis=1)))
        return said.pooled(self._quantities.floor) if spectra.pixels() else said

    def _part(self, spectra: Spectra) -> tuple[Floats, Floats, Floats]:
        stated = np.ascontiguousarray(spectra.stated[:, self._inputs], dtype=np.float32)
        counts = np.ascontiguousarray(spectra.counts, dtype=np.float32)
        return self._network.answer(counts, spectra.observed, stated)


def _in_torch(shape: QuantityShape, weights: Weights, path: Path, device: str) -> Network:
    """Return the network by torch, on a device."""
    from specquant.instrument.quantity_network import QuantityNetwork
    from specquant.learning.networks.base import build, fit_weights

    return fit_weights(lambda: build(QuantityNetwork, shape, seed=0), weights, path).to(device)


def quantities_of(technique: Technique) -> UnstatedQuantities:
    """Return the quantities that a technique names.

    Raises
    ------
    SettingError
        If it names none.
    """
    if technique.unstated_quantities is None:
        raise SettingError(
            "technique names no unstated quantities", where=technique.name, wanted="Technique.unstated_quantities"
        )
    return technique.unstated_quantities
