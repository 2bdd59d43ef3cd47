"""Finding the offset of an energy axis, and the kind of instrument where a file does not say: trained, or read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from specquant.errors import ModelError, SettingError
from specquant.instrument.offset_network import OffsetNetwork, OffsetShape, offset_loss
from specquant.learning.modelfile import ModelCard, check_fits, load_model, save_model, tuples
from specquant.learning.networks import build
from specquant.learning.training import Progress, TrainingPlan, train, trained
from specquant.recipes.recipe import Recipe
from specquant.synthesizer import Batch
from specquant.technique import Floats, Technique

NEAR = 2.0
"""An offset is right if it is no further from the true one, eV."""

_FIRST, _LAST, _STEP = -16.0, 33.0, 1.0
_AROUND = 2


@dataclass(frozen=True)
class Offset:
    """What is found of one axis: its offset in eV, how likely it is right within NEAR eV, and the kind of instrument.

    `kind` are the values of the parameters that were not known before.
    """

    offset: float
    probability: float
    kind: Mapping[str, float]


class OffsetFinder:
    """The offset network with its model card."""

    def __init__(self, technique: Technique, network: OffsetNetwork, card: ModelCard) -> None:
        self._technique = technique
        self._network = network.eval()
        self.card = card
        self._kinds: list[dict[str, float]] = card.settings["kinds"]

    @classmethod
    def load(cls, path: Path, technique: Technique) -> "OffsetFinder":
        """Read a model file made for `technique`.

        Raises
        ------
        ModelError
            If it is missing, damaged, or made for another technique, axis or network.
        """
        card, weights = load_model(path)
        check_fits(card, technique, path)
        if card.network != OffsetNetwork.__name__:
            raise ModelError("is no offset network", where=path, found=card.network, wanted=OffsetNetwork.__name__)
        try:
            network = build(OffsetNetwork, OffsetShape(**tuples(card.settings["shape"])), seed=0)
            network.load_state_dict(weights)
            _check_kinds(card.settings["kinds"], network.shape.kinds, technique)
        except (ArithmeticError, RuntimeError, KeyError, TypeError, ValueError) as error:
            raise ModelError("weights do not fit the network", where=path, found=error) from error
        return cls(technique, network, card)

    def save(self, path: Path) -> Path:
        """Write the model file."""
        return save_model(self.card, self._network.state_dict(), path)

    def find(self, counts: Floats, observed: NDArray[np.bool_], known: Mapping[str, float]) -> Offset:
        """Return what is found of one spectrum (energy,) whose stated parameters are `known` as far as given there."""
        probability = self._probability(counts, observed)
        fitting = np.array([self._fits(kind, known) for kind in self._kinds])
        probability = probability * fitting[:, None]
        probability = probability / max(probability.sum(), 1e-300)
        kind = int(probability.sum(axis=1).argmax())
        of_offset = probability.sum(axis=0)
        mode = int(np.convolve(of_offset, np.ones(2 * _AROUND + 1), mode="same").argmax())
        around = slice(max(mode - _AROUND, 0), mode + _AROUND + 1)
        near = float(of_offset[around].sum())
        offset = float(of_offset[around] @ self._network.offsets().numpy()[around] / max(near, 1e-300))
        return Offset(offset, near, {name: value for name, value in self._kinds[kind].items() if name not in known})

    def _probability(self, counts: Floats, observed: NDArray[np.bool_]) -> Floats:
        device = next(self._network.parameters()).device
        with torch.inference_mode():
            spectrum = torch.from_numpy(np.ascontiguousarray(counts[None], dtype=np.float32)).to(device)
            mask = torch.from_numpy(np.ascontiguousarray(observed[None])).to(device)
            (found,) = self._network(spectrum, mask).double().cpu()
        return np.asarray(torch.softmax(found.flatten(), dim=0).reshape(found.shape).numpy())

    def _fits(self, kind: Mapping[str, float], known: Mapping[str, float]) -> bool:
        """Return whether a kind is the closest of all to what is known."""
        shared = set(kind) & set(known)
        distance = [sum(abs(other[name] - known[name]) for name in shared) for other in self._kinds]
        return sum(abs(kind[name] - known[name]) for name in shared) <= min(distance)


def _check_kinds(kinds: Sequence[Mapping[str, float]], count: int, technique: Technique) -> None:
    """Raise ValueError unless there are so many kinds, which give the same parameters of the technique a value."""
    known = {parameter.name for parameter in technique.parameters}
    alike = all(set(kind) == set(kinds[0]) and np.isfinite([*kind.values()]).all() for kind in kinds)
    if len(kinds) != count or not alike or not set(kinds[0]) <= known:
        raise ValueError("kinds of instrument make no sense")


def train_offset_finder(
    technique: Technique,
    recipe: Recipe,
    block: Callable[[int], Batch],
    held_out: Iterable[Batch],
    plan: TrainingPlan,
    *,
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    command: str = "",
) -> OffsetFinder:
    """Train an offset network, and score it on spectra it has not seen.

    Parameters
    ----------
    technique, recipe
        Whose axis; whose kinds of instrument.
    block, held_out
        Give the spectra of a training step and those for the score; their nuisances hold the truth.
    plan, device, checkpoint, progress, command
        As of `train_network`. The card's validation accuracy is the share of offsets right within NEAR eV.
    """
    kinds: Sequence[Mapping[str, float]] = [source.values for source in recipe.sources] or [{}]
    shape = OffsetShape(technique.axis.size, len(kinds), _FIRST, _STEP, round((_LAST - _FIRST) / _STEP) + 1)
    network = build(OffsetNetwork, shape, plan.seed).to(device)

    def loss(learner: nn.Module, batch: Batch) -> Tensor:
        kind, offset = _truth(batch, kinds)
        return offset_loss(learner(batch.counts, batch.observed), kind, offset, shape)

    train(network, block, plan, checkpoint, progress, loss)
    card = ModelCard(
        **trained(technique, recipe.name, plan, command),
        network=OffsetNetwork.__name__,
        validation_accuracy=_share_right(network, held_out),
        interval={"edges": [], "low": [0.0], "high": [0.0]},
        settings={"shape": asdict(shape), "kinds": [dict(kind) for kind in kinds]},
    )
    return OffsetFinder(technique, network, card)


def for_offsets(recipe: Recipe) -> Recipe:
    """Return the recipe as an offset network learns from it: axes as they come from the instrument.

    Raises
    ------
    SettingError
        If the recipe has no offsets.
    """
    if recipe.offset is None:
        raise SettingError("recipe draws no offsets of the axis", where=recipe.name, wanted="a recipe with offset")
    return replace(recipe, global_shift=recipe.offset)


def _truth(batch: Batch, kinds: Sequence[Mapping[str, float]]) -> tuple[Tensor, Tensor]:
    """Return the kind (sample,) and the offset (sample,) in eV of a batch."""
    away = [sum(np.abs(batch.nuisance[name][1] - value) for name, value in kind.items()) for kind in kinds]
    kind = np.argmin(np.array([np.broadcast_to(one, len(batch.counts)) for one in away]), axis=0)
    offset = batch.nuisance["global_shift"][1].astype(np.float32)
    return torch.from_numpy(kind).to(batch.counts.device), torch.from_numpy(offset).to(batch.counts.device)


def _share_right(network: OffsetNetwork, blocks: Iterable[Batch]) -> float:
    network.eval()
    right = []
    with torch.no_grad():
        for batch in blocks:
            found = torch.softmax(network(batch.counts, batch.observed).flatten(1), dim=1)
            of_offset = found.reshape(-1, network.shape.kinds, network.shape.bins).sum(dim=1)
            mode = network.offsets().to(of_offset.device)[of_offset.argmax(dim=1)]
            right.append(((mode - _truth(batch, [{}])[1]).abs() <= NEAR).float())
    return float(torch.cat(right).mean())
