"""Opening what the stages need: libraries, models and methods by the names people give them."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from specquant.discovery import Plugin
from specquant.errors import ModelError, SettingError
from specquant.library import MeasuredLibrary, PureLibrary, RenderedLibrary, StoredLibrary
from specquant.quantifiers import LeastSquares, NetworkQuantifier, PoissonLikelihood, Quantifier, QuantifierFactory
from specquant.technique import Technique

NETWORK = "cnn"
"""The method that needs a model."""

BASELINES: dict[str, QuantifierFactory] = {
    LeastSquares.name: LeastSquares,
    PoissonLikelihood.name: PoissonLikelihood,
}


def open_library(plugin: Plugin, path: Path | None = None) -> PureLibrary:
    """Return the library of a netCDF file or of a folder of pure spectra, or, without a path, the rendered one."""
    if path is None:
        return RenderedLibrary(plugin.technique)
    if path.is_dir():
        return MeasuredLibrary(path, plugin.technique, plugin.readers)
    return StoredLibrary(path, plugin.technique)


def open_model(technique: Technique, model: str, device: str = "cpu") -> NetworkQuantifier:
    """Return the shipped model of that name, or the one of a path.

    Raises
    ------
    ModelError
        If there is neither, or the file is no model for the technique.
    """
    path = technique.models.get(model) or Path(model)
    if not path.is_file():
        shipped = ", ".join(technique.models) or "none"
        raise ModelError(
            "no such model",
            where=model,
            wanted=f"a model file, or a shipped model ({shipped})",
            todo="Train one with specquant train.",
        )
    return NetworkQuantifier.load(path, technique, device)


def open_methods(
    plugin: Plugin, names: Sequence[str], library: PureLibrary, model: str, device: str = "cpu"
) -> dict[str, Quantifier]:
    """Return the quantifiers of these names, in this order.

    Raises
    ------
    SettingError
        If a name is unknown; the message lists what there is.
    ModelError
        If the network is wanted and its model cannot be opened.
    """
    factories = BASELINES | dict(plugin.quantifiers)
    methods: dict[str, Quantifier] = {}
    for name in names:
        if name == NETWORK:
            methods[name] = open_model(plugin.technique, model, device)
        elif name in factories:
            methods[name] = factories[name](plugin.technique, library)
        else:
            known = [NETWORK, *factories]
            close = get_close_matches(name, known, 1)
            raise SettingError(
                "no such method",
                found=repr(name),
                wanted=f"one of {', '.join(known)}",
                todo=f"Did you mean {close[0]}?" if close else None,
            )
    return methods


def default_methods(plugin: Plugin) -> tuple[str, ...]:
    """Return every method that can be used for the plug-in's technique."""
    return (NETWORK, *BASELINES, *plugin.quantifiers)
