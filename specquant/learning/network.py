"""The network as a quantifier: made by training, or read from a model file."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from specquant.errors import ModelError
from specquant.learning.modelfile import ModelCard, check_fits, load_model, save_model, tuples
from specquant.learning.networks import NETWORKS, Architecture, SpectrumNetwork, build, class_named
from specquant.learning.training import (
    Progress,
    TrainingPlan,
    evaluate,
    interval_table,
    mean_accuracy,
    train,
    trained,
)
from specquant.quantifiers.base import Estimate, Quantifier
from specquant.synthesizer import Batch
from specquant.technique import Floats, Technique

_CHUNK = 512


class NetworkQuantifier(Quantifier):
    """A network with what its model card says about it."""

    def __init__(self, technique: Technique, network: SpectrumNetwork, card: ModelCard) -> None:
        super().__init__(technique)
        self.name = network.word
        self._network = network.eval()
        self._places = [technique.elements.index(symbol) for symbol in card.elements]
        self.card = card

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that could occur in its training spectra."""
        return self.card.known

    @classmethod
    def load(cls, path: Path, technique: Technique, device: str = "cpu") -> "NetworkQuantifier":
        """Read a model file made for `technique`.

        Raises
        ------
        ModelError
            If it is missing, damaged, or made for another technique, axis or network.
        """
        card, weights = load_model(path)
        check_fits(card, technique, path)
        kind = class_named(card.network)
        if kind is None:
            known = ", ".join(known.network.__name__ for known in NETWORKS.values())
            raise ModelError("unknown network", where=path, found=card.network, wanted=f"one of {known}")
        try:
            network = build(kind, kind.shape_type(**tuples(card.settings)), seed=0)
            network.load_state_dict(weights)
        except (RuntimeError, TypeError, ValueError, ArithmeticError) as error:
            raise ModelError("weights do not fit the network", where=path, found=error) from error
        return cls(technique, network.to(device), card)

    def save(self, path: Path) -> Path:
        """Write the model file."""
        return save_model(self.card, self._network.state_dict(), path)

    def estimate(self, counts: Floats, observed: NDArray[np.bool_], stated: Floats) -> Estimate:
        """Run the network; intervals are those its kind of prediction had on the validation spectra.

        Elements that the network has no output for get none, with an interval that says that nothing is known.
        """
        device = next(self._network.parameters()).device
        names = [parameter.name for parameter in self.technique.stated]
        stated = stated[:, [names.index(name) for name in self.card.stated]]
        found = []
        with torch.inference_mode():
            for first in range(0, len(counts), _CHUNK):
                rows = slice(first, first + _CHUNK)
                chunk = torch.from_numpy(np.ascontiguousarray(counts[rows], dtype=np.float32)).to(device)
                mask = torch.from_numpy(np.ascontiguousarray(observed[rows])).to(device)
                told = torch.from_numpy(np.ascontiguousarray(stated[rows], dtype=np.float32)).to(device)
                found.append(self._network(chunk, mask, told).double().cpu().numpy())
        known = np.concatenate(found) if found else np.zeros((0, len(self._places)))
        table = {name: np.array(values) for name, values in self.card.interval.items()}
        place = np.searchsorted(table["edges"], known, side="right")
        shape = (len(counts), len(self.technique.elements))
        fraction, lower, upper = np.zeros(shape), np.zeros(shape), np.ones(shape)
        fraction[:, self._places] = known
        lower[:, self._places] = np.clip(known + np.minimum(table["low"][place], 0.0), 0.0, 1.0)
        upper[:, self._places] = np.clip(known + np.maximum(table["high"][place], 0.0), 0.0, 1.0)
        return Estimate(fraction, lower, upper)


def train_network(
    technique: Technique,
    recipe: str,
    block: Callable[[int], Batch],
    held_out: Iterable[Batch],
    plan: TrainingPlan,
    *,
    architecture: Architecture = NETWORKS["cnn"],
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    command: str = "",
) -> NetworkQuantifier:
    """Train a network, score it on spectra it has not seen, and calibrate its intervals on them.

    Parameters
    ----------
    technique
        Whose axis and elements.
    recipe
        Name of what the spectra come from, for the model card.
    block
        Gives the spectra of a training step.
    held_out
        Spectra for the score, on the same device.
    plan
        How many spectra, learning rate, seed.
    architecture
        Which network.
    device, checkpoint, progress
        Where it runs, where it can resume from, who is told.
    command
        Goes into the model card.
    """
    shape = architecture.shape(technique)
    network = build(architecture.network, shape, plan.seed).to(device)
    train(network, block, plan, checkpoint, progress)
    predicted, truth = evaluate(network, held_out)
    card = ModelCard(
        **trained(technique, recipe, plan, command),
        network=architecture.network.__name__,
        validation_accuracy=mean_accuracy(predicted, truth),
        interval=interval_table(predicted, truth),
        settings=asdict(shape),
        stated=tuple(known.name for known in technique.stated),
    )
    return NetworkQuantifier(technique, network, card)
