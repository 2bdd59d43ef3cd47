"""What networks that find something out about an instrument have in common: their files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from specquant.errors import ModelError
from specquant.learning.card import ModelCard, check_fits
from specquant.learning.modelfile import Weights, load_arrays
from specquant.technique import Technique
from specquant.typed import fitted


class Settings(Protocol):
    """What the card of such a network holds of its own: the sizes of the network, and more."""

    @property
    def shape(self) -> Any:
        """Sizes, as the class of the network takes them; `energies` are the channels of a spectrum."""
        ...


AnySettings = TypeVar("AnySettings", bound=Settings)


def load_finder(
    path: Path,
    technique: Technique,
    title: str,
    network: str,
    settings_type: type[AnySettings],
    check: Callable[[AnySettings, ModelCard], None],
) -> tuple[Weights, ModelCard, AnySettings]:
    """Read a model file made for `technique`.

    Parameters
    ----------
    path
        The model file.
    technique
        The technique that it has to be made for.
    title
        What the network is called, for messages.
    network
        Name of its class.
    settings_type
        Type of the card's settings.
    check
        Raises ValueError if the settings make no sense.

    Raises
    ------
    ModelError
        If it is missing, damaged, or made for another technique, axis or network.
    """
    card, weights = load_arrays(path)
    check_fits(card, technique, path)
    if card.network != network:
        raise ModelError(f"is not {title}", where=path, found=card.network, wanted=network)
    try:
        settings = fitted(card.settings, settings_type)
        check(settings, card)
    except ValueError as error:
        raise ModelError("weights do not fit the network", where=path, found=error) from error
    shape = settings.shape
    if shape.energies != technique.axis.size:
        raise ModelError(
            "weights do not fit the network of this axis", where=path, found=shape.energies, wanted=technique.axis.size
        )
    return weights, card, settings
