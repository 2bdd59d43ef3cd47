"""Training a network on spectra made on the fly: progress, checkpoints, and the same result after an interruption.

Every step takes one block of the synthesizer and learns from it in UPDATES equal parts, one after another. A checkpoint
holds weights, optimizer moments and the step; the data of a step, the learning rate and everything else follow from the
step's number, so a resumed run ends where an unbroken one does. A step is done whole or is not saved: Ctrl-C waits for
its end.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from specquant.errors import ModelError
from specquant.files import atomic_path
from specquant.learning.interrupts import interrupts_wait
from specquant.learning.networks.base import accuracy, hellinger
from specquant.synthesizer import BLOCK, Batch
from specquant.technique import Technique

CHECKPOINT_STEPS = 500
"""Steps between two checkpoints."""

UPDATES = 2
"""Parts of a block: the weights are changed after each."""

_BETAS = (0.9, 0.95)
"""Of SOAP: how slowly the mean gradient and its mean square are forgotten."""

_BASIS_BETA = 0.98
"""Of SOAP: how slowly the covariances of the gradient are forgotten, in whose eigenvectors it is scaled."""

_LARGEST_BASIS = 512
"""Of SOAP: a side of a weight longer than this keeps its own axes, where eigenvectors would cost more than a step."""


Loss = Callable[[nn.Module, Batch], Tensor]
"""What a network is trained to make small, averaged over a batch."""


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast a network learns.

    Parameters
    ----------
    spectra
        How many spectra it sees, rounded down to whole blocks.
    learning_rate
        The highest; it rises over the first 3 % of steps and falls to zero as a cosine.
    weight_decay
        Share of each weight that is taken off per update, in units of the learning rate.
    seed
        Of weights and spectra.
    source
        What the spectra are made from, in words; a checkpoint of another source is refused.
    """

    spectra: int
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    seed: int = 1
    source: str = ""

    @property
    def steps(self) -> int:
        """Number of steps, at least one."""
        return max(self.spectra // BLOCK, 1)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step."""
        warm = min(1.0, (step + 1) / max(0.03 * self.steps, 1.0))
        return self.learning_rate * warm * 0.5 * (1.0 + math.cos(math.pi * step / self.steps))


@dataclass(frozen=True)
class Progress:
    """What is known after a step: how many steps are done of how many, and the smoothed loss."""

    step: int
    steps: int
    loss: float


def train(
    network: nn.Module,
    block: Callable[[int], Batch],
    plan: TrainingPlan,
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    loss: Loss | None = None,
) -> None:
    """Train `network` in place on blocks ``0 .. plan.steps - 1``.

    Parameters
    ----------
    network
        On the device where it is to learn.
    block
        Gives the spectra of a step, on the same device.
    plan
        How long and how fast.
    checkpoint
        Written every CHECKPOINT_STEPS steps and on interruption; if it exists, training goes on from it.
    progress
        Called after every step.
    loss
        What is made small; the Hellinger distance of the fractions if None.

    Raises
    ------
    ModelError
        If the checkpoint is damaged or belongs to another plan or network.
    """
    from pytorch_optimizer import SOAP  # takes a second to import, which only training needs

    optimizer = SOAP(
        network.parameters(),
        lr=plan.learning_rate,
        betas=_BETAS,
        shampoo_beta=_BASIS_BETA,
        weight_decay=plan.weight_decay,
        max_precondition_dim=_LARGEST_BASIS,
    )
    done = _resume(checkpoint, network, optimizer, plan) if checkpoint and checkpoint.exists() else 0
    network.train()
    smoothed, saved, whole = math.nan, done, True
    try:
        for batch in _ahead(block, done, plan.steps):
            with interrupts_wait():
                whole = False
                missed = _step(network, optimizer, batch, plan.rate(done), loss or _fraction_loss)
                done, whole = done + 1, True
            smoothed = missed if math.isnan(smoothed) else 0.98 * smoothed + 0.02 * missed
            progress(Progress(done, plan.steps, smoothed))
            if checkpoint and done % CHECKPOINT_STEPS == 0:
                _save(checkpoint, done, _state(network, optimizer), plan)
                saved = done
    finally:
        if checkpoint and whole and done > saved:
            _save(checkpoint, done, _state(network, optimizer), plan)
        network.eval()


def trained(technique: Technique, recipe: str, plan: TrainingPlan, command: str) -> dict[str, Any]:
    """Return what the card of every trained model says of its making.

    Parameters
    ----------
    technique, recipe
        What it was trained for, and with.
    plan, command
        How long it learned, and what was typed.
    """
    return {
        "technique": technique.name,
        "recipe": recipe,
        "elements": technique.elements,
        "axis": (technique.axis.start, technique.axis.stop, technique.axis.step),
        "parameters": technique.defaults(),
        "spectra": plan.steps * BLOCK,
        "seed": plan.seed,
        "specquant_version": version("specquant"),
        "command": command,
    }


def _fraction_loss(network: nn.Module, batch: Batch) -> Tensor:
    return hellinger(network(batch.counts, batch.observed, batch.stated), batch.fraction)


def _step(network: nn.Module, optimizer: torch.optim.Optimizer, batch: Batch, rate: float, loss_of: Loss) -> float:
    """Learn from one batch at a learning rate, and return the loss, averaged over its parts."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    total, size = 0.0, len(batch.counts)
    for part in range(UPDATES):
        optimizer.zero_grad()
        loss = loss_of(network, batch.take(slice(part * size // UPDATES, (part + 1) * size // UPDATES)))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += loss.item()
    return total / UPDATES


def evaluate(network: nn.Module, blocks: Iterable[Batch]) -> tuple[Tensor, Tensor]:
    """Return predicted and true fractions of blocks, on the CPU, shape (sample, element) each."""
    network.eval()
    with torch.no_grad():
        pairs = [(network(x.counts, x.observed, x.stated).cpu(), x.fraction.cpu()) for x in blocks]
    return torch.cat([predicted for predicted, _ in pairs]), torch.cat([truth for _, truth in pairs])


def interval_table(predicted: Tensor, truth: Tensor, bins: int = 12) -> dict[str, list[float]]:
    """Return quantiles of (true - predicted) per bin of predicted fraction, for 90 % intervals.

    The bins have equal numbers of the predictions above 0.1 at%; below that, one bin of its own. Keys: ``edges``
    (upper end of each bin but the last), ``low`` (5 %), ``high`` (95 %).
    """
    guess, error = predicted.flatten().double(), (truth - predicted).flatten().double()
    sizeable = guess[guess >= 1e-3]
    inner = torch.quantile(sizeable[: 10**6], torch.linspace(0, 1, bins, dtype=torch.float64)[1:-1])
    edges = torch.cat([torch.tensor([1e-3], dtype=torch.float64), inner]) if sizeable.numel() > bins else inner[:0]
    place = torch.bucketize(guess, edges, right=True)
    low, high = [], []
    for index in range(edges.numel() + 1):
        chosen = error[place == index]
        chosen = chosen if chosen.numel() else torch.zeros(1, dtype=torch.float64)
        step = max(chosen.numel() // 10**6, 1)
        low.append(float(torch.quantile(chosen[::step][: 10**6], 0.05)))
        high.append(float(torch.quantile(chosen[::step][: 10**6], 0.95)))
    return {"edges": edges.tolist(), "low": low, "high": high}


def mean_accuracy(predicted: Tensor, truth: Tensor) -> float:
    """Return the article's accuracy, averaged over the spectra."""
    return float(accuracy(predicted, truth).mean())


def _ahead(block: Callable[[int], Batch], first: int, steps: int) -> Iterator[Batch]:
    """Yield the blocks of steps ``first .. steps - 1``, making the next while the last is learned from."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(block, first) if first < steps else None
        for step in range(first, steps):
            assert coming is not None
            batch = coming.result()
            coming = pool.submit(block, step + 1) if step + 1 < steps else None
            yield batch


def _state(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return all that the next step starts from, on the CPU."""
    state = {f"weight.{name}": tensor for name, tensor in network.state_dict().items()}
    for number, kept in optimizer.state_dict()["state"].items():
        for name, value in kept.items():
            if isinstance(value, list):  # one matrix per side of the weight, empty for a side that keeps its axes
                state |= {f"side.{number}.{name}.{place}": torch.as_tensor(side) for place, side in enumerate(value)}
            elif torch.is_tensor(value):
                state[f"moment.{number}.{name}"] = value
            else:
                state[f"number.{number}.{name}"] = torch.tensor(value, dtype=torch.float64)
    return {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}


def _save(path: Path, done: int, state: Mapping[str, Tensor], plan: TrainingPlan) -> None:
    with atomic_path(path) as partial:
        partial.write_bytes(save(dict(state), {"plan": json.dumps(_terms(plan)), "step": str(done)}))


def _terms(plan: TrainingPlan) -> dict[str, Any]:
    """Return all that a checkpoint must agree in to be gone on from."""
    return {**asdict(plan), "optimizer": "SOAP"}


def _resume(path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, plan: TrainingPlan) -> int:
    try:
        with safe_open(path, framework="pt") as file:
            metadata: Mapping[str, str] = file.metadata()
            # Copies lie where memory is aligned, as in an unbroken run: elsewhere, products round differently.
            state = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        same_plan = json.loads(metadata["plan"]) == _terms(plan)
        step = int(metadata["step"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError("damaged checkpoint", where=path, found=error, todo="Delete it to train anew.") from error
    if not same_plan:
        raise ModelError(
            "checkpoint of another training plan",
            where=path,
            found=metadata["plan"],
            wanted=json.dumps(_terms(plan)),
            todo="Use the settings it was begun with, or delete it.",
        )
    try:
        network.load_state_dict({key.removeprefix("weight."): value for key, value in state.items() if key[0] == "w"})
    except RuntimeError as error:
        raise ModelError("checkpoint of another network", where=path, found=error, todo="Delete it.") from error
    kept: dict[int, dict[str, Any]] = {}
    for key in sorted(state):  # the sides of a weight in their order
        kind, number, *name = key.split(".")
        if kind == "side":
            kept.setdefault(int(number), {}).setdefault(name[0], []).append(_laid_out(name[0], state[key]))
        elif kind != "weight":
            kept.setdefault(int(number), {})[name[0]] = state[key] if kind == "moment" else state[key].item()
    group = {**optimizer.state_dict()["param_groups"][0], "step": step * UPDATES}
    optimizer.load_state_dict({"state": kept, "param_groups": [group]})
    return step


def _laid_out(name: str, side: Tensor) -> Tensor:
    """Return a matrix of the optimizer as it lay in memory: products round differently for another order."""
    by_columns = name == "Q" and side.dim() == 2  # as the QR decomposition leaves it
    return side.mT.contiguous().mT if by_columns else side
