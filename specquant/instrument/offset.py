"""Finding the offset of an energy axis, and the kind of instrument where a file does not say: trained, or read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from specquant.errors import SettingError
from specquant.instrument.finders import load_finder
from specquant.instrument.offset_network import OffsetNetwork, OffsetShape, offset_loss
from specquant.learning.card import ModelCard
from specquant.learning.modelfile import save_model
from specquant.learning.networks import build
from specquant.learning.plan import Progress, TrainingPlan
from specquant.learning.ranks import ALONE, Ranks
from specquant.learning.training import train
from specquant.learning.trainingset import TrainingSet, card_of
from specquant.recipes import Recipe
from specquant.synthesizer import Batch
from specquant.technique import Floats, Technique
from specquant.typed import Number

NEAR = 2.0
"""An offset is right if it is no further from the true one, eV: as large as chemical shifts are, see TOLERATED."""

_FIRST, _LAST, _STEP = -16.0, 33.0, 1.0
"""Offsets that a network tells apart, eV: a little more than recipes draw, which is what public surveys show
(docs/decisions/0009-offset.md), in steps of the energy axis of XPS."""

_AROUND = 2
"""Steps on either side of the likeliest offset that count with it: as far as an offset is right, see NEAR."""


@dataclass(frozen=True)
class Offset:
    """What a network says of one axis.

    Parameters
    ----------
    offset
        Offset of the axis, eV.
    probability
        That it is right within NEAR eV.
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


class OffsetFinder:
    """The offset network with its model card."""

    def __init__(self, technique: Technique, network: OffsetNetwork, card: ModelCard) -> None:
        self._technique = technique
        self._network = network.eval()
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

        network, card, _ = load_finder(path, technique, "an offset network", OffsetNetwork, _Settings, check)
        return cls(technique, network, card)

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
        mode = int(np.convolve(of_offset, np.ones(2 * _AROUND + 1), mode="same").argmax())
        around = slice(max(mode - _AROUND, 0), mode + _AROUND + 1)
        near = float(of_offset[around].sum())
        offset = float(of_offset[around] @ self._network.offsets().numpy()[around] / max(near, 1e-300))
        return Offset(offset, near, {name: value for name, value in kind.items() if name not in known})

    def _probability(self, counts: Floats, observed: NDArray[np.bool_]) -> Floats:
        """Return the probability of every kind of instrument and offset, (kind, offset)."""
        device = next(self._network.parameters()).device
        with torch.inference_mode():
            spectrum = torch.from_numpy(np.ascontiguousarray(counts[None], dtype=np.float32)).to(device)
            mask = torch.from_numpy(np.ascontiguousarray(observed[None])).to(device)
            (logits,) = self._network(spectrum, mask).double().cpu()
        return np.asarray(torch.softmax(logits.flatten(), dim=0).reshape(logits.shape).numpy())

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
        raise ValueError(f"offsets of {ends[0]:g} to {ends[1]:g} eV")


def train_offset_finder(
    technique: Technique,
    recipe: Recipe,
    training_set: TrainingSet,
    plan: TrainingPlan,
    *,
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    command: str = "",
    ranks: Ranks = ALONE,
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
    plan, device, checkpoint, progress, command, ranks
        As of `train_network`; the card's validation accuracy is the share of offsets right within NEAR eV.
    """
    kinds: Sequence[Mapping[str, float]] = [instrument.values for instrument in recipe.instruments] or [{}]
    shape = OffsetShape(technique.axis.size, len(kinds), _FIRST, _STEP, round((_LAST - _FIRST) / _STEP) + 1)
    network = build(OffsetNetwork, shape, plan.seed).to(device)

    def loss(learner: nn.Module, batch: Batch) -> Tensor:
        kind, offset = _truth(batch, kinds)
        return offset_loss(learner(batch.counts, batch.observed), kind, offset, shape)

    train(network, training_set.block, plan, checkpoint, progress, loss, training_set.terms, ranks)
    card = card_of(
        technique,
        training_set,
        plan,
        command,
        network=OffsetNetwork.__name__,
        validation_accuracy=_share_right(network, training_set.validation()),
        settings={"shape": asdict(shape), "kinds": [dict(kind) for kind in kinds]},
    )
    return OffsetFinder(technique, network, card)


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


def _truth(batch: Batch, kinds: Sequence[Mapping[str, float]]) -> tuple[Tensor, Tensor]:
    """Return the kind of instrument (sample,), by number, and the offset (sample,) in eV of a batch."""
    away = [sum(np.abs(batch.parameters[name] - value) for name, value in kind.items()) for kind in kinds]
    kind = np.argmin(np.array([np.broadcast_to(distance, len(batch.counts)) for distance in away]), axis=0)
    offset = batch.nuisance["global_shift"][1].astype(np.float32)
    return torch.from_numpy(kind).to(batch.counts.device), torch.from_numpy(offset).to(batch.counts.device)


def _share_right(network: OffsetNetwork, blocks: Iterable[Batch]) -> float:
    """Return the share of offsets that are right within NEAR eV."""
    network.eval()
    right = []
    with torch.no_grad():
        for batch in blocks:
            probability = torch.softmax(network(batch.counts, batch.observed).flatten(1), dim=1)
            of_offset = probability.reshape(-1, network.shape.kinds, network.shape.bins).sum(dim=1)
            mode = network.offsets().to(of_offset.device)[of_offset.argmax(dim=1)]
            right.append(((mode - _truth(batch, [{}])[1]).abs() <= NEAR).float())
    return float(torch.cat(right).mean())
