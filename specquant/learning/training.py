"""Training a network on spectra made on the fly, with the same result after an interruption.

Every step takes one block of the synthesizer and learns from it in UPDATES equal parts, one after another. A checkpoint
holds weights, optimizer moments and the step; the data of a step, the learning rate and everything else follow from the
step's number, so a resumed run ends where an unbroken one does. A step is done whole or is not saved: Ctrl-C waits for
its end. Other signals that end work are waited for alike.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from specquant.errors import ModelError
from specquant.interrupts import interrupts_wait
from specquant.learning.checkpoints import Checkpoint
from specquant.learning.networks.base import accuracy, hellinger
from specquant.learning.plan import Progress, TrainingPlan
from specquant.learning.ranks import ALONE, Ranks
from specquant.synthesizer import Batch

CHECKPOINT_STEPS = 500
"""Steps between two checkpoints. Chosen: a minute's work or so is lost when a run is killed."""

UPDATES = 2
"""Parts of a block: the weights are changed after each (docs/decisions/0010-training.md)."""

_BETAS = (0.9, 0.95)
"""Of SOAP: share of the mean gradient and of its mean square that each update keeps. The second is by trial
(docs/decisions/0010-training.md), the first is what is usual."""

_BASIS_BETA = 0.98
"""Of SOAP: share of the covariances of the gradient that each update keeps; it scales in their eigenvectors. Chosen."""

_LARGEST_BASIS = 512
"""Of SOAP: a side of a weight longer than this keeps its own axes. Chosen: eigenvectors would cost more than a step."""

_FORGETTING = 0.02
"""Weight of the last step in the smoothed loss that is shown. Chosen: the mean of about the last fifty."""

NO_TERMS: Mapping[str, str] = {}
"""Of spectra that nobody described."""

Loss = Callable[[nn.Module, Batch], Tensor]
"""What a network is trained to make small, averaged over a batch."""


def composition_loss(network: nn.Module, batch: Batch) -> Tensor:
    """Return the Hellinger distance of the network's fractions to the true ones."""
    return hellinger(network(batch.counts, batch.observed, batch.stated), batch.fraction)


def train(
    network: nn.Module,
    block: Callable[[int], Batch],
    plan: TrainingPlan,
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    loss: Loss = composition_loss,
    terms: Mapping[str, str] = NO_TERMS,
    ranks: Ranks = ALONE,
) -> None:
    """Train `network` in place, on its device, on blocks ``0 .. plan.steps - 1``; frozen weights stay as they are.

    `terms` say what the spectra are made from, in words, by the option that says it. A checkpoint is written every
    CHECKPOINT_STEPS steps and on interruption; if it exists, training goes on from it, unless it is of other terms. Of
    several processes, `ranks`, all call this, and the first writes.

    Raises
    ------
    SettingError
        If the checkpoint belongs to another plan, network or origin of spectra.
    ModelError
        If the checkpoint is damaged, or the loss is not finite any more.
    """
    optimizer = _optimizer(network, plan)
    whole_terms = {**_plan_terms(plan), **terms, "--network": _described(network), "optimizer": "SOAP"}
    file = Checkpoint(checkpoint, whole_terms, plan.steps, UPDATES) if checkpoint else None
    done = file.resume(network, optimizer) if file else 0
    ranks.wait()
    file = file if ranks.is_first else None
    network.train()
    smoothed, saved, whole = math.nan, done, True
    device = next(network.parameters()).device
    try:
        with ranks.synchronised(network):
            for batch in ranks.batches(block, done, plan.steps, UPDATES, device):
                with interrupts_wait():
                    whole = False
                    missed = _step(network, optimizer, batch, plan.rate(done), loss, ranks)
                    _check_finite(missed, done)
                    done, whole = done + 1, True
                smoothed = missed if math.isnan(smoothed) else (1 - _FORGETTING) * smoothed + _FORGETTING * missed
                progress(Progress(done, plan.steps, smoothed))
                if file and done % CHECKPOINT_STEPS == 0:
                    file.write(done, network, optimizer)
                    saved = done
    finally:
        if file and whole and done > saved:
            with interrupts_wait():
                file.write(done, network, optimizer)
        network.eval()


def _check_finite(missed: float, step: int) -> None:
    if not math.isfinite(missed):
        raise ModelError(
            "training failed: the loss is not finite any more",
            where=f"step {step}",
            todo="Train with a lower --learning-rate, or look for values that are none in the spectra.",
        )


def _plan_terms(plan: TrainingPlan) -> dict[str, str]:
    """Return a plan by the options that it follows from."""
    options = {"spectra": "--spectra", "learning_rate": "--learning-rate", "seed": "--seed"}
    return {options.get(name, name): repr(value) for name, value in asdict(plan).items()}


def _described(network: nn.Module) -> str:
    shape = getattr(network, "shape", None)
    return f"{type(network).__name__} {'' if shape is None else shape}".rstrip()


def _optimizer(network: nn.Module, plan: TrainingPlan) -> torch.optim.Optimizer:
    from pytorch_optimizer import SOAP  # takes a second to import, which only training needs

    optimizer: torch.optim.Optimizer = SOAP(
        [weights for weights in network.parameters() if weights.requires_grad],
        lr=plan.learning_rate,
        betas=_BETAS,
        shampoo_beta=_BASIS_BETA,
        weight_decay=plan.weight_decay,
        max_precondition_dim=_LARGEST_BASIS,
    )
    return optimizer


def _step(
    network: nn.Module, optimizer: torch.optim.Optimizer, batch: Batch, rate: float, loss_of: Loss, ranks: Ranks
) -> float:
    """Learn from one batch at a learning rate, and return the loss, averaged over its parts."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    total, size = 0.0, len(batch.counts)
    for part in range(UPDATES):
        optimizer.zero_grad()
        some = batch.take(slice(part * size // UPDATES, (part + 1) * size // UPDATES))
        total += ranks.learned(network, loss_of(network, some), len(some.counts))
        optimizer.step()
    return total / UPDATES


def evaluate(network: nn.Module, blocks: Iterable[Batch]) -> tuple[Tensor, Tensor]:
    """Return predicted and true fractions of blocks, on the CPU, shape (sample, element) each."""
    network.eval()
    with torch.no_grad():
        pairs = [(network(x.counts, x.observed, x.stated).cpu(), x.fraction.cpu()) for x in blocks]
    return torch.cat([predicted for predicted, _ in pairs]), torch.cat([truth for _, truth in pairs])


def mean_accuracy(predicted: Tensor, truth: Tensor) -> float:
    """Return the article's accuracy, averaged over the spectra."""
    return float(accuracy(predicted, truth).mean())
