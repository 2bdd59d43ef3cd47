"""Where a training begins: the weights of another network, and layers that keep what they begin with.

Hidden layers know no technique: their weights fit any number of channels, unless they are fully connected. The layers
at both ends do: where stated parameters enter, and the output. They are taken over too if the other network is of the
same technique, with the same elements and stated parameters.

Frozen layers keep their weights. The averages by which a batch norm scales its input are measured, not learned: they
follow the new spectra, so that peaks of another height and number leave the layer at the scale that the next one
expects (Li et al., arXiv:1603.04779). Frozen layers that nothing was learned by are treated alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor, nn

from specquant.errors import ModelError, SettingError
from specquant.learning.card import ModelCard
from specquant.learning.modelfile import load_model
from specquant.learning.networks.base import BatchNorm, SpectrumNetwork
from specquant.technique import Technique

_HIDDEN = "hidden."
"""Beginning of the names of hidden weights."""


@dataclass(frozen=True)
class Start:
    """A trained network of any technique that another training begins with.

    Parameters
    ----------
    card
        What the network is.
    weights
        Its weights by name.
    path
        The file that they are from, for messages.
    """

    card: ModelCard
    weights: Mapping[str, Tensor] = field(compare=False, repr=False)
    path: Path = field(compare=False)

    @classmethod
    def load(cls, path: Path) -> "Start":
        """Read a model file of any technique.

        Raises
        ------
        ModelError
            If it is missing or damaged.
        """
        return cls(*load_model(path), path)

    @property
    def title(self) -> str:
        """The network in words, with the first digits of the hash of its content."""
        return f"{self.card.technique}: {self.card.title} ({self.card.fingerprint})"

    def give(self, network: SpectrumNetwork, technique: Technique) -> None:
        """Give its weights to a network of a technique: the hidden ones, or all if it is of the same technique.

        Raises
        ------
        ModelError
            If the hidden layers are others.
        """
        stated = tuple(parameter.name for parameter in technique.stated)
        same = (self.card.technique, self.card.elements, self.card.stated) == (
            technique.name,
            technique.elements,
            stated,
        )
        every = network.state_dict()
        wanted = {name: weights for name, weights in every.items() if same or name.startswith(_HIDDEN)}
        given = {name: weights for name, weights in self.weights.items() if same or name.startswith(_HIDDEN)}
        shapes = [{name: tuple(weights.shape) for name, weights in each.items()} for each in (given, wanted)]
        if shapes[0] != shapes[1]:
            name = next(name for name in {**wanted, **given} if shapes[0].get(name) != shapes[1].get(name))
            raise ModelError(
                "its layers do not fit the network that is trained",
                where=self.path,
                found=f"{self.card.network}, {name} {shapes[0].get(name, 'none')}",
                wanted=f"{type(network).__name__}, {name} {shapes[1].get(name, 'none')}",
                todo="Train the same --network; fully connected layers fit only one number of channels.",
            )
        network.load_state_dict({**every, **given})


def layers_of(network: SpectrumNetwork) -> list[list[nn.Module]]:
    """Return the hidden layers of a network in order: a convolution, a block or a module, each with its batch norm."""
    layers: list[list[nn.Module]] = []
    for part in network.hidden:
        if any(True for _ in part.parameters()):
            if isinstance(part, BatchNorm) and layers:
                layers[-1].append(part)
            else:
                layers.append([part])
    return layers


def freeze(network: SpectrumNetwork, count: int) -> None:
    """Keep the weights of the first `count` hidden layers as they are.

    Where stated parameters enter, at the first of them, is still learned.

    Raises
    ------
    SettingError
        If the network has fewer.
    """
    layers = layers_of(network)
    if not 0 <= count <= len(layers):
        raise SettingError(
            f"{type(network).__name__} has fewer layers to freeze",
            where="--freeze",
            found=count,
            wanted=f"0 to {len(layers)}",
        )
    for layer in layers[:count]:
        for part in layer:
            part.requires_grad_(False)
