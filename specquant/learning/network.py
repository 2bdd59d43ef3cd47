"""The network as a quantifier: made by training, or read from a model file."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from specquant.arrays import Array
from specquant.compositions import formula
from specquant.errors import ModelError
from specquant.learning.card import ModelCard, check_fits
from specquant.learning.doubt import DoubtTable
from specquant.learning.features import PREFIX, FeatureTable
from specquant.learning.modelfile import Weights, load_arrays, save_model
from specquant.learning.networks import NETWORKS, CnnShape, NetworkShape, class_named
from specquant.learning.networks.plain import PlainCnn, opened
from specquant.learning.stability import changes, with_variants
from specquant.learning.validity import outside
from specquant.quantifiers import Estimate, Quantifier, Sign
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique
from specquant.typed import fitted

if TYPE_CHECKING:
    from specquant.learning.networks import SpectrumNetwork

Singles = NDArray[np.float32]

_CHUNK = 512
"""Spectra that go through the network at a time. Chosen: all their features take a few ten megabytes."""

_TOGETHER = 64
"""Spectra of which all variants are made at a time: chosen, some megabytes."""

_ANYTHING = 0.05
"""Atomic fraction of other elements from which on those that are quantified on request only are left out: chosen, a
thin layer on a sample that is nothing else has less."""

_TOLD = 0.02
"""Atomic fraction that is left out from which on a reader has to know: chosen, what a network errs by."""


class Network(Protocol):
    """A network that answers to spectra in numpy, whatever it computes with."""

    @property
    def word(self) -> str:
        """Its name after ``--network``."""
        ...

    def seen(self, counts: Singles, observed: NDArray[np.bool_], stated: Singles) -> Array:
        """Return what the last hidden layer makes of spectra; arguments as of `SpectrumNetwork.forward`."""
        ...

    def pooled(self, features: Any) -> Singles:
        """Return the logarithms of mean and maximum over the positions of every channel, (sample, 2 x channel)."""
        ...

    def answer(self, features: Any) -> Floats:
        """Return the fractions (sample, element) of features."""
        ...

    def state_dict(self) -> Mapping[str, Array]:
        """Return the weights by name."""
        ...


class NetworkQuantifier(Quantifier):
    """A network with what its model card says about it."""

    def __init__(
        self, technique: Technique, network: Network, card: ModelCard, usual: FeatureTable | None = None
    ) -> None:
        super().__init__(technique)
        self.name = network.word
        self._network = network
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
        card, weights = load_arrays(path)
        check_fits(card, technique, path)
        is_plain = card.network == NETWORKS[PlainCnn.word].name and device == "cpu"
        kind = None if is_plain else _class(card, path)
        try:
            shape: Any = fitted(card.settings, CnnShape if kind is None else kind.shape_type)
        except ValueError as error:
            raise ModelError("weights do not fit the network", where=path, found=error) from error
        sizes = (shape.energies, shape.elements, len(shape.centres), len(shape.spans))
        wanted = (technique.axis.size, len(card.elements), len(card.stated), len(card.stated))
        if sizes != wanted:
            raise ModelError(
                "weights do not fit the network that the card says", where=path, found=sizes, wanted=wanted
            )
        usual = FeatureTable.read(weights, path)
        weights = {name: array for name, array in weights.items() if not name.startswith(PREFIX)}
        if kind is None:
            return cls(technique, opened(PlainCnn, shape, weights, path), card, usual)
        return cls(technique, _in_torch(kind, shape, weights, path, device), card, usual)

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
        return self._as_asked(Estimate(fraction, lower, upper, log_odds=log_odds), spectra)

    def _as_asked(self, estimate: Estimate, spectra: Spectra) -> Estimate:
        """Return an estimate without elements that are quantified on request only, and were not asked for.

        They stay where there is hardly anything else. A remark says how much of them there would be.
        """
        decisions = None if self.technique.fit is None else self.technique.fit.decisions
        unasked = np.isin(self.technique.elements, list(decisions.only_if_listed) if decisions is not None else [])
        if not unasked.any():
            return estimate
        asked = np.zeros_like(estimate.fraction, dtype=bool)
        if spectra.constraints is not None:
            asked = spectra.constraints.required
        rest = np.where(unasked & ~asked, estimate.fraction, 0.0)
        kept = np.where(1.0 - rest.sum(axis=1, keepdims=True) >= _ANYTHING, ~unasked | asked, True)
        left_out = np.where(kept, 0.0, estimate.fraction)
        remarks = tuple(self._unasked(row) if row.sum() >= _TOLD else "" for row in left_out)
        others = estimate.among(kept)
        upper = np.where(kept, others.upper, estimate.upper)
        return replace(others, upper=upper, remarks=remarks if any(remarks) else ())

    def _unasked(self, left_out: Floats) -> str:
        """Return in words what is left out of an answer, of fractions (element,)."""
        symbols = ", ".join(np.array(self.technique.elements)[left_out > 0.0].tolist())
        return (
            f"the network would have {formula(left_out, self.technique.elements)} at%, which is quantified only where "
            f"it is named: by --elements, or --require {symbols}"
        )

    def _outside(self, spectra: Spectra, row: int) -> Iterator[str]:
        return outside(self.card, self.technique, spectra.known(self.technique, row))

    def signs(self, spectra: Spectra, fraction: Floats | None = None) -> dict[str, Floats]:
        """Return what the network shows of how far answers to spectra can be believed, (sample,) each.

        `fraction` (sample, element) is what another method answers, to be compared; None: there is nothing to compare.
        """
        parts = [spectra.take(slice(first, first + _TOGETHER)) for first in range(0, len(spectra), _TOGETHER)]
        seen = map(self._seen_and_changed, parts)
        features, predicted, changed = (np.concatenate(of_all) for of_all in zip(*seen, strict=True))
        distance = np.full(len(spectra), np.nan) if self.usual is None else self.usual.distances(features)
        answer = self._finished(self._estimate_of(predicted, spectra), spectra)
        signs: dict[str, Floats] = {
            Sign.COUNTS: -np.log10(spectra.counts.sum(axis=1, dtype=np.float64) + 1.0),
            Sign.MISSING: 1.0 - spectra.observed.mean(axis=1),
            Sign.DISTANCE: distance,
            Sign.CHANGES: changed,
            Sign.WIDTH: (answer.upper - answer.lower).sum(axis=1),
        }
        if fraction is not None:
            signs[Sign.APART] = 0.5 * np.abs(fraction - answer.fraction).sum(axis=1)
        return signs

    def _seen_and_changed(self, spectra: Spectra) -> tuple[Singles, Floats, Floats]:
        """Return features and outputs of a few spectra, and by how much these change with the spectra.

        Spectra and variants go through the network together, since the time is that of reading its weights.
        """
        seen = list(self._features(with_variants(spectra)))
        predicted = np.concatenate([self._network.answer(part) for part in seen])
        features = self._network.pooled(seen[0][: len(spectra)])
        return features, predicted[: len(spectra)], changes(predicted, len(spectra))

    def with_usual(self, spectra: Spectra) -> "NetworkQuantifier":
        """Return the network with the features of spectra as the usual ones."""
        features = np.concatenate([self._network.pooled(part) for part in self._features(spectra)])
        return NetworkQuantifier(self.technique, self._network, self.card, FeatureTable.of(features))

    def with_doubt(self, doubt: Mapping[str, DoubtTable]) -> "NetworkQuantifier":
        """Return the network with tables of doubt, by method, in its card."""
        return NetworkQuantifier(self.technique, self._network, replace(self.card, doubt=doubt), self.usual)

    def _predicted(self, spectra: Spectra) -> Floats:
        """Return the network's outputs, shape (sample, element of the card)."""
        outputs = map(self._network.answer, self._features(spectra))
        return np.concatenate([np.zeros((0, len(self._outputs))), *outputs])

    def _features(self, spectra: Spectra) -> Iterator[Array]:
        """Yield what the last hidden layer makes of spectra, some at a time, (sample, *features)."""
        stated = spectra.stated[:, self.technique.stated_columns(self.card.stated)]
        for first in range(0, len(spectra), _CHUNK):
            rows = slice(first, first + _CHUNK)
            counts, known = (np.ascontiguousarray(array[rows], dtype=np.float32) for array in (spectra.counts, stated))
            yield self._network.seen(counts, np.ascontiguousarray(spectra.observed[rows], dtype=np.bool_), known)


def _class(card: ModelCard, path: Path) -> "type[SpectrumNetwork]":
    """Return the class of the network that a card names."""
    kind = class_named(card.network)
    if kind is None:
        known = ", ".join(known.name for known in NETWORKS.values())
        raise ModelError("unknown network", where=path, found=card.network, wanted=f"one of {known}")
    return kind


def _in_torch(
    kind: "type[SpectrumNetwork]", shape: NetworkShape, weights: Weights, path: Path, device: str
) -> "SpectrumNetwork":
    """Return a network by torch, on a device."""
    from specquant.learning.networks.base import build, fit_weights

    return fit_weights(lambda: build(kind, shape, seed=0), weights, path).to(device)
