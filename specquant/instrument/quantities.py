"""Finding quantities of an instrument that nobody stated, such as the soft transmission of a detector."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from specquant.errors import ModelError, SettingError
from specquant.instrument.finders import load_finder
from specquant.instrument.quantity_network import QuantityNetwork, QuantityShape, quantity_loss
from specquant.instrument.quantity_scores import score_quantities
from specquant.learning.card import ModelCard
from specquant.learning.modelfile import save_model
from specquant.learning.networks import build
from specquant.learning.networks.base import stated_scales
from specquant.learning.plan import Progress, TrainingPlan
from specquant.learning.ranks import ALONE, Ranks
from specquant.learning.training import train
from specquant.learning.trainingset import TrainingSet, card_of
from specquant.quantifiers.found import Found
from specquant.spectra import Spectra
from specquant.synthesizer import Batch
from specquant.technique import Floats, Technique, UnstatedQuantities
from specquant.typed import Name

_CHUNK = 256
"""Spectra that go through the network at a time. Chosen: all their features take a few ten megabytes."""

_LEARNED_FROM = 8
"""Blocks from which means and spreads of the quantities are taken. Chosen: a kind of one spectrum in ten has 200."""

_LEAST_SPREAD = 0.02
"""Least spread of a quantity over the spectra of a kind, in its own unit. Chosen, for one that is the same in all."""


@dataclass(frozen=True)
class _Settings:
    """What the card of a quantity network holds: sizes, and what its outputs are."""

    shape: QuantityShape
    names: tuple[Name, ...]
    kinds: tuple[Name, ...]


class QuantityFinder:
    """The quantity network with its model card; call it with spectra."""

    def __init__(self, technique: Technique, network: QuantityNetwork, card: ModelCard) -> None:
        self._quantities = quantities_of(technique)
        self._inputs = technique.stated_columns(card.stated)
        self._hidden = technique.stated_columns(self._quantities.parameters)
        self._network = network.eval()
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

        network, card, settings = load_finder(path, technique, "a quantity network", QuantityNetwork, _Settings, check)
        if (settings.names, settings.kinds) != (wanted.names, wanted.kinds):
            raise ModelError(
                "model for other quantities",
                where=path,
                found=", ".join((*settings.names, *settings.kinds)),
                wanted=", ".join((*wanted.names, *wanted.kinds)),
            )
        return cls(technique, network.to(device), card)

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
        device = next(self._network.parameters()).device
        stated = np.ascontiguousarray(spectra.stated[:, self._inputs], dtype=np.float32)
        counts = np.ascontiguousarray(spectra.counts, dtype=np.float32)
        with torch.inference_mode():
            inputs = (torch.from_numpy(array).to(device) for array in (counts, spectra.observed, stated))
            log, mean, deviation = (said.double().cpu().numpy() for said in self._network(*inputs))
        return log, mean, deviation


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


def train_quantity_finder(
    technique: Technique,
    training_set: TrainingSet,
    plan: TrainingPlan,
    *,
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    command: str = "",
    ranks: Ranks = ALONE,
) -> QuantityFinder:
    """Train a quantity network, and score it on spectra it has not seen.

    Parameters
    ----------
    technique
        Gives the quantities.
    training_set
        Spectra with their instrument parameters.
    plan, device, checkpoint, progress, command, ranks
        As of `train_network`. The card's validation accuracy is the share of validation spectra in which the 90 %
        interval holds the first quantity.
    """
    quantities = quantities_of(technique)
    inputs = [parameter for parameter in technique.stated if parameter.name not in quantities.parameters]
    names = tuple(parameter.name for parameter in inputs)
    columns = technique.stated_columns(names)
    shape = QuantityShape(
        technique.axis.size,
        len(quantities.kinds),
        *_scales(quantities, (training_set.block(index) for index in range(min(_LEARNED_FROM, plan.steps)))),
        *stated_scales(inputs),
    )
    network = build(QuantityNetwork, shape, plan.seed).to(device)

    def loss(learner: nn.Module, batch: Batch) -> Tensor:
        device = batch.counts.device
        kind = torch.from_numpy(np.ascontiguousarray(quantities.kind_of(batch.parameters))).to(device)
        quantity = torch.from_numpy(quantities.of(batch.parameters).astype(np.float32)).to(device)
        return quantity_loss(learner(batch.counts, batch.observed, batch.stated[:, columns]), kind, quantity)

    train(network, training_set.block, plan, checkpoint, progress, loss, training_set.terms, ranks)
    card = card_of(
        technique,
        training_set,
        plan,
        command,
        network=QuantityNetwork.__name__,
        validation_accuracy=0.0,
        settings={"shape": asdict(shape), "names": quantities.names, "kinds": quantities.kinds},
        stated=names,
    )
    scores = score_quantities(QuantityFinder(technique, network, card), quantities, training_set.validation())
    return QuantityFinder(technique, network, replace(card, validation_accuracy=scores.coverage))


def _scales(
    quantities: UnstatedQuantities, blocks: Iterable[Batch]
) -> tuple[tuple[tuple[float, ...], ...], tuple[tuple[float, ...], ...]]:
    """Return mean and standard deviation of every quantity over the spectra of each kind, (kind, quantity) each."""
    pairs = [(quantities.of(block.parameters), quantities.kind_of(block.parameters)) for block in blocks]
    values, kinds = (np.concatenate(arrays) for arrays in zip(*pairs, strict=True))
    of_kinds = [values[kinds == kind] for kind in range(len(quantities.kinds))]
    several = [some if len(some) > 1 else values for some in of_kinds]
    means = tuple(tuple(some.mean(axis=0).tolist()) for some in several)
    return means, tuple(tuple(np.maximum(some.std(axis=0), _LEAST_SPREAD).tolist()) for some in several)
