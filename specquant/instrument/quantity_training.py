"""Training a network that finds quantities of an instrument that nobody stated."""

from collections.abc import Iterable
from dataclasses import asdict, replace

import numpy as np
import torch
from torch import Tensor, nn

from specquant.instrument.quantities import NETWORK, QuantityFinder, quantities_of
from specquant.instrument.quantity_network import QuantityNetwork, quantity_loss
from specquant.instrument.quantity_scores import score_quantities
from specquant.instrument.shapes import QuantityShape
from specquant.learning.networks.base import build
from specquant.learning.networks.shapes import stated_scales
from specquant.learning.plan import TrainingPlan
from specquant.learning.running import USUAL_RUN, TrainingRun
from specquant.learning.training import train
from specquant.learning.trainingset import TrainingSet, card_of
from specquant.synthesizer import Batch
from specquant.technique import Technique, UnstatedQuantities

_LEARNED_FROM = 8
"""Blocks from which means and spreads of the quantities are taken. Chosen: a kind of one spectrum in ten has 200."""

_LEAST_SPREAD = 0.02
"""Least spread of a quantity over the spectra of a kind, in its own unit. Chosen, for one that is the same in all."""


def train_quantity_finder(
    technique: Technique,
    training_set: TrainingSet,
    plan: TrainingPlan,
    run: TrainingRun = USUAL_RUN,
) -> QuantityFinder:
    """Train a quantity network, and score it on spectra it has not seen.

    Parameters
    ----------
    technique
        Gives the quantities.
    training_set
        Spectra with their instrument parameters.
    plan, run
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
    network = build(QuantityNetwork, shape, plan.seed).to(run.device)

    def loss(learner: nn.Module, batch: Batch) -> Tensor:
        device = batch.counts.device
        kind = torch.from_numpy(np.ascontiguousarray(quantities.kind_of(batch.parameters))).to(device)
        quantity = torch.from_numpy(quantities.of(batch.parameters).astype(np.float32)).to(device)
        return quantity_loss(learner(batch.counts, batch.observed, batch.stated[:, columns]), kind, quantity)

    train(network, training_set.block, plan, run.checkpoint, run.progress, loss, training_set.terms, run.ranks)
    card = card_of(
        technique,
        training_set,
        plan,
        run.command,
        network=NETWORK,
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
