"""Training a network that finds the offset of an energy axis."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor, nn

from specquant.instrument.offset import NETWORK, OffsetFinder, tolerated
from specquant.instrument.offset_network import OffsetNetwork, offset_loss
from specquant.instrument.shapes import OffsetShape
from specquant.learning.networks.base import build
from specquant.learning.plan import TrainingPlan
from specquant.learning.running import USUAL_RUN, TrainingRun
from specquant.learning.training import train
from specquant.learning.trainingset import TrainingSet, card_of
from specquant.recipes import Recipe, draws
from specquant.synthesizer import Batch
from specquant.technique import Technique

_BESIDE = 1.0
"""Channels further than the offsets that a recipe draws, up to which a network tells them apart: chosen."""


def train_offset_finder(
    technique: Technique,
    recipe: Recipe,
    training_set: TrainingSet,
    plan: TrainingPlan,
    run: TrainingRun = USUAL_RUN,
) -> OffsetFinder:
    """Train an offset network, and score it on spectra it has not seen.

    Parameters
    ----------
    technique
        Gives the axis.
    recipe
        Gives the kinds of instrument.
    training_set
        Spectra with their instrument parameters and the shift of their axis.
    plan, run
        As of `train_network`; the card's validation accuracy is the share of offsets right within what is `tolerated`.
    """
    kinds: Sequence[Mapping[str, float]] = [instrument.values for instrument in recipe.instruments] or [{}]
    shape = _shape(technique, recipe, len(kinds))
    network = build(OffsetNetwork, shape, plan.seed).to(run.device)

    def loss(learner: nn.Module, batch: Batch) -> Tensor:
        kind, offset = _truth(batch, kinds)
        return offset_loss(learner(batch.counts, batch.observed), kind, offset, shape)

    train(network, training_set.block, plan, run.checkpoint, run.progress, loss, training_set.terms, run.ranks)
    card = card_of(
        technique,
        training_set,
        plan,
        run.command,
        network=NETWORK,
        validation_accuracy=_share_right(network, training_set.validation(), tolerated(technique)),
        settings={"shape": asdict(shape), "kinds": [dict(kind) for kind in kinds]},
    )
    return OffsetFinder(technique, network, card)


def _shape(technique: Technique, recipe: Recipe, kinds: int) -> OffsetShape:
    """Return the sizes for offsets in steps of a channel, over a little more than the recipe draws."""
    step, drawn = technique.axis.step, draws(recipe.global_shift) / technique.axis.step
    first, last = np.floor(drawn.min()) - _BESIDE, np.ceil(drawn.max()) + _BESIDE
    return OffsetShape(technique.axis.size, kinds, float(first * step), step, int(last - first) + 1)


def _truth(batch: Batch, kinds: Sequence[Mapping[str, float]]) -> tuple[Tensor, Tensor]:
    """Return the kind of instrument (sample,), by number, and the offset (sample,) of a batch."""
    away = [sum(np.abs(batch.parameters[name] - value) for name, value in kind.items()) for kind in kinds]
    kind = np.argmin(np.array([np.broadcast_to(distance, len(batch.counts)) for distance in away]), axis=0)
    offset = batch.nuisance["global_shift"][1].astype(np.float32)
    return torch.from_numpy(kind).to(batch.counts.device), torch.from_numpy(offset).to(batch.counts.device)


def _share_right(network: OffsetNetwork, blocks: Iterable[Batch], within: float) -> float:
    """Return the share of offsets that are right within so much."""
    network.eval()
    right = []
    with torch.no_grad():
        for batch in blocks:
            probability = torch.softmax(network(batch.counts, batch.observed).flatten(1), dim=1)
            of_offset = probability.reshape(-1, network.shape.kinds, network.shape.bins).sum(dim=1)
            mode = torch.from_numpy(network.shape.offsets()).float().to(of_offset.device)[of_offset.argmax(dim=1)]
            right.append(((mode - _truth(batch, [{}])[1]).abs() <= within).float())
    return float(torch.cat(right).mean())
