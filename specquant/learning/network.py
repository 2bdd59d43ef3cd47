"""The network as a quantifier: made by training, or read from a model file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from specquant.errors import ModelError
from specquant.learning.card import ModelCard, check_fits
from specquant.learning.doubt import DoubtTable
from specquant.learning.features import PREFIX, FeatureTable, pooled
from specquant.learning.interval import IntervalTable
from specquant.learning.modelfile import fit_weights, load_model, save_model
from specquant.learning.networks import NETWORKS, Architecture, SpectrumNetwork, build, class_named
from specquant.learning.plan import Progress, TrainingPlan
from specquant.learning.ranks import ALONE, Ranks
from specquant.learning.settling import SETTLING_BLOCKS, settle
from specquant.learning.stability import changes
from specquant.learning.start import Start, freeze
from specquant.learning.training import evaluate, mean_accuracy, train
from specquant.learning.trainingset import TrainingSet, card_of
from specquant.learning.validity import outside
from specquant.quantifiers import Estimate, Quantifier, Sign
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique
from specquant.typed import fitted

_CHUNK = 512
"""Spectra that go through the network at a time. Chosen: all their features take a few ten megabytes."""


class NetworkQuantifier(Quantifier):
    """A network with what its model card says about it."""

    def __init__(
        self, technique: Technique, network: SpectrumNetwork, card: ModelCard, usual: FeatureTable | None = None
    ) -> None:
        super().__init__(technique)
        self.name = network.word
        self._network = network.eval()
        self._outputs = [technique.elements.index(symbol) for symbol in card.elements]
        self.card, self.usual = card, usual

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that could occur in its training spectra."""
        return self.card.known

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether it takes an instrument that nobody states to be the usual one: no."""
        return False

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
            shape = fitted(card.settings, kind.shape_type)
        except ValueError as error:
            raise ModelError("weights do not fit the network", where=path, found=error) from error
        sizes = (shape.energies, shape.elements, len(shape.centres), len(shape.spans))
        wanted = (technique.axis.size, len(card.elements), len(card.stated), len(card.stated))
        if sizes != wanted:
            raise ModelError(
                "weights do not fit the network that the card says", where=path, found=sizes, wanted=wanted
            )
        usual = FeatureTable.read(weights, path)
        own_weights = {name: tensor for name, tensor in weights.items() if not name.startswith(PREFIX)}
        network = fit_weights(lambda: build(kind, shape, seed=0), own_weights, path)
        return cls(technique, network.to(device), card, usual)

    def save(self, path: Path) -> Path:
        """Write the model file."""
        usual = {} if self.usual is None else self.usual.tensors()
        return save_model(self.card, {**self._network.state_dict(), **usual}, path)

    def estimate(self, spectra: Spectra) -> Estimate:
        """Run the network; intervals are those that predictions of their size had on the validation spectra.

        Elements that the network has no output for get none, with an interval that says that nothing is known. Of a
        spectrum of an instrument that the network has not seen in training, intervals and odds are not known.
        """
        return self._estimate_of(self._predicted(spectra), spectra)

    def _estimate_of(self, predicted: Floats, spectra: Spectra) -> Estimate:
        """Return the estimate of spectra by the network's outputs (sample, element of the card)."""
        shape = (len(spectra), len(self.technique.elements))
        fraction, lower, upper, log_odds = np.zeros(shape), np.zeros(shape), np.ones(shape), np.zeros(shape)
        fraction[:, self._outputs] = predicted
        lower[:, self._outputs], upper[:, self._outputs] = self.card.interval.bounds(predicted)
        log_odds[:, self._outputs] = self.card.interval.presence(predicted)
        strange = [any(self._outside(spectra, row)) for row in range(len(spectra))]
        lower[strange] = upper[strange] = np.nan
        log_odds[strange] = 0.0
        return Estimate(fraction, lower, upper, log_odds=log_odds)

    def _outside(self, spectra: Spectra, row: int) -> Iterator[str]:
        return outside(self.card, self.technique, spectra.known(self.technique, row))

    def signs(self, spectra: Spectra, fraction: Floats | None = None) -> dict[str, Floats]:
        """Return what the network shows of how far answers to spectra can be believed, (sample,) each.

        `fraction` (sample, element) is what another method answers, to be compared; None: there is nothing to compare.
        """
        seen = [(_pooled(part), self._fractions(part)) for part in self._features(spectra)]
        features, predicted = torch.cat([part for part, _ in seen]), np.concatenate([part for _, part in seen])
        distance = np.full(len(spectra), np.nan) if self.usual is None else self.usual.distances(features)
        answer = self._finished(self._estimate_of(predicted, spectra), spectra)
        signs: dict[str, Floats] = {
            Sign.COUNTS: -np.log10(spectra.counts.sum(axis=1, dtype=np.float64) + 1.0),
            Sign.MISSING: 1.0 - spectra.observed.mean(axis=1),
            Sign.DISTANCE: distance,
            Sign.CHANGES: changes(self._predicted, spectra, predicted),
            Sign.WIDTH: (answer.upper - answer.lower).sum(axis=1),
        }
        if fraction is not None:
            signs[Sign.APART] = 0.5 * np.abs(fraction - answer.fraction).sum(axis=1)
        return signs

    def with_usual(self, spectra: Spectra) -> "NetworkQuantifier":
        """Return the network with the features of spectra as the usual ones."""
        features = torch.cat([_pooled(part) for part in self._features(spectra)])
        return NetworkQuantifier(self.technique, self._network, self.card, FeatureTable.of(features))

    def with_doubt(self, doubt: Mapping[str, DoubtTable]) -> "NetworkQuantifier":
        """Return the network with tables of doubt, by method, in its card."""
        return NetworkQuantifier(self.technique, self._network, replace(self.card, doubt=doubt), self.usual)

    def _predicted(self, spectra: Spectra) -> Floats:
        """Return the network's outputs, shape (sample, element of the card)."""
        outputs = map(self._fractions, self._features(spectra))
        return np.concatenate([np.zeros((0, len(self._outputs))), *outputs])

    def _fractions(self, features: Tensor) -> Floats:
        """Return the network's outputs of what its last hidden layer made of spectra."""
        with torch.inference_mode():
            return np.asarray(self._network.fractions(features).double().cpu().numpy())

    def _features(self, spectra: Spectra) -> Iterator[Tensor]:
        """Yield what the last hidden layer makes of spectra, some at a time, (sample, *features)."""
        device = next(self._network.parameters()).device
        stated = spectra.stated[:, self.technique.stated_columns(self.card.stated)]

        def tensor(array: np.ndarray, rows: slice, dtype: type) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array[rows], dtype=dtype)).to(device)

        for first in range(0, len(spectra), _CHUNK):
            rows = slice(first, first + _CHUNK)
            counts, observed = tensor(spectra.counts, rows, np.float32), tensor(spectra.observed, rows, np.bool_)
            with torch.inference_mode():
                features = self._network.features(counts, observed, tensor(stated, rows, np.float32))
            yield features


def _pooled(features: Tensor) -> Tensor:
    return pooled(features).float().cpu()


def train_network(
    technique: Technique,
    training_set: TrainingSet,
    plan: TrainingPlan,
    *,
    architecture: Architecture = NETWORKS["cnn"],
    start: Start | None = None,
    frozen: int = 0,
    settled: bool = False,
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    command: str = "",
    ranks: Ranks = ALONE,
) -> NetworkQuantifier:
    """Train a network, score it on spectra it has not seen, and calibrate its intervals on them.

    It begins with the weights of `start`, of any technique, or else with random ones; the first `frozen` hidden layers
    keep what they begin with. If it is to be `settled`, the averages of its batch norms are measured once it is
    trained, on the last blocks that it saw (`specquant.learning.settling`). The origin on the card says all of this.
    The training set is on the same device; training goes on from the checkpoint if there is one. Several
    processes, `ranks`, end with the same network each.

    Raises
    ------
    ModelError
        If the layers of `start` do not fit, the checkpoint is damaged, or training fails.
    SettingError
        If there are fewer layers to freeze, or the checkpoint is of another training.
    """
    shape = architecture.shape(technique)
    network = build(architecture.network, shape, plan.seed)
    if start is not None:
        start.give(network, technique)
    freeze(network, frozen)
    training_set = replace(training_set, terms={**training_set.terms, **_changes(start, frozen, settled)})
    network = network.to(device)
    train(network, training_set.block, plan, checkpoint, progress, terms=training_set.terms, ranks=ranks)
    if settled:
        settle(network, map(training_set.block, range(max(plan.steps - SETTLING_BLOCKS, 0), plan.steps)))
    predicted, truth = evaluate(network, training_set.validation())
    card = card_of(
        technique,
        training_set,
        plan,
        command,
        network=architecture.network.__name__,
        validation_accuracy=mean_accuracy(predicted, truth),
        settings=asdict(shape),
        stated=tuple(parameter.name for parameter in technique.stated),
    )
    return NetworkQuantifier(technique, network, replace(card, interval=IntervalTable.of(predicted, truth)))


def _changes(start: Start | None, frozen: int, settled: bool) -> dict[str, str]:
    """Return what a training begins with, keeps and ends with, by the option that says it; nothing for the usual."""
    return {
        **({} if start is None else {"--start": f"started from {start.title}"}),
        **({"--freeze": f"{frozen} frozen layers"} if frozen else {}),
        **({"end": "averages of batch norm measured at the end"} if settled else {}),
    }
