"""Opening what the stages need: libraries, models and methods by the names people give them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from specquant.discovery import Plugin, load_plugin
from specquant.errors import ModelError, SettingError
from specquant.evaluation import Labelled, read_labels
from specquant.fits import Hybrid, LeastSquares, PoissonLikelihood
from specquant.instrument.axis import AxisCorrection, parse_reference
from specquant.instrument.files import load_instrument
from specquant.instrument.offset import OffsetFinder
from specquant.learning import NetworkQuantifier
from specquant.library import LibraryShelf, MeasuredLibrary, PureLibrary, RenderedLibrary, StoredLibrary
from specquant.quantifiers import Quantifier, QuantifierFactory, Sourced
from specquant.readers import parse_given
from specquant.recipes.priors import parse_elements, read_weights, with_prior
from specquant.recipes.recipe import Recipe
from specquant.technique import Technique

NETWORK = "cnn"
"""The method that is a model."""

HYBRID = Hybrid.name
"""The method that fits what the model proposes."""

BASELINES: dict[str, QuantifierFactory] = {
    LeastSquares.name: LeastSquares,
    PoissonLikelihood.name: PoissonLikelihood,
}


def open_plugin(
    name: str, settings: Sequence[str] = (), instrument: Path | None = None
) -> tuple[Plugin, dict[str, float]]:
    """Return the plug-in of a technique, on the instrument of a file, and what the user states of every spectrum.

    Parameters
    ----------
    name
        Of the technique.
    settings
        Texts like ``beam_energy=15000``; they win over the instrument file, and both over the files' headers.
    instrument
        Instrument file; its values become the defaults of the technique.

    Raises
    ------
    PluginError, ReadError, SettingError
        If the technique cannot be loaded, the file is no instrument of it, or a setting is none of its parameters.
    """
    plugin = load_plugin(name)
    given: dict[str, float] = {}
    if instrument is not None:
        known = load_instrument(instrument, plugin.technique)
        given = known.stated(plugin.technique)
        plugin = replace(plugin, technique=plugin.technique.with_defaults(known.values))
    return plugin, given | parse_given(settings, plugin.technique)


def with_recipe(plugin: Plugin, recipe: Recipe) -> Plugin:
    """Return the plug-in with a recipe in place of its own of that name, or beside them."""
    technique = plugin.technique
    return replace(plugin, technique=replace(technique, recipes={**technique.recipes, recipe.name: recipe}))


def with_own_prior(plugin: Plugin, recipe: str, elements: str | None = None, prior: Path | None = None) -> Plugin:
    """Return the plug-in with the composition prior of one recipe changed as the user asks, if so.

    Parameters
    ----------
    plugin, recipe
        Whose recipe, by its name.
    elements
        The only elements that can occur, like ``O,Si,Fe``.
    prior
        Table with the columns ``element`` and ``weight``; elements that are not in it do not occur.

    Raises
    ------
    ReadError, SettingError
        If recipe, element or table are not usable, or too few elements are left.
    """
    technique = plugin.technique
    chosen = technique.recipe(recipe)
    if elements is None and prior is None:
        return plugin
    listed = () if elements is None else parse_elements(elements, technique.elements)
    weights = None if prior is None else read_weights(prior, technique.elements)
    return with_recipe(plugin, with_prior(chosen, technique.elements, listed, weights))


def open_library(plugin: Plugin, path: Path | None = None, instrument: Path | None = None) -> PureLibrary:
    """Return the library of a netCDF file or of a folder of pure spectra, or, without a path, the rendered one.

    Raises
    ------
    SettingError
        If an instrument file is used beside a library of measured spectra, which contain their instrument already.
    """
    library: PureLibrary
    if path is None:
        library = RenderedLibrary(plugin.technique)
    elif path.is_dir():
        library = MeasuredLibrary(path, plugin.technique, plugin.readers)
    else:
        library = StoredLibrary(path, plugin.technique)
    if instrument is not None and path is not None and "primary" not in library.dataset:
        raise SettingError(
            "measured spectra contain their instrument already",
            where=path,
            found=f"instrument file {instrument}",
            todo="Leave out --instrument, or --library.",
        )
    return library


def open_model(technique: Technique, model: str | None = None, device: str = "cpu") -> NetworkQuantifier:
    """Return the shipped model of that name, or the one of a path; without a name, `default_model`.

    Raises
    ------
    ModelError
        If there is neither, or the file is no model for the technique.
    """
    model = model or default_model(technique)
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


def open_axis_correction(
    technique: Technique, shift: float | None = None, reference: str | None = None
) -> AxisCorrection | None:
    """Return what takes the offset off energy axes, None where the technique knows no offsets and none is told.

    Parameters
    ----------
    technique
        Whose network finds offsets, if it has one.
    shift
        The offset in eV, if it is told; 0 leaves axes as they are.
    reference
        A line and the energy where its maximum shall lie, like ``C1s=284.8``.

    Raises
    ------
    SettingError
        If both are given, the shift is not finite, or the reference names no line.
    ModelError
        If the network cannot be opened.
    """
    if shift is not None and reference is not None:
        raise SettingError("--shift and --reference exclude each other", where="the command", todo="Give one of them.")
    if shift is not None and not math.isfinite(shift):
        raise SettingError("is no offset", where=f"--shift {shift}", wanted="a finite number of eV")
    known = parse_reference(reference, technique) if reference else None
    path = technique.offset_model if shift is None else None
    finder = OffsetFinder.load(path, technique) if path is not None else None
    if finder is None and shift is None and known is None:
        return None
    return AxisCorrection(technique, finder, shift, known)


def open_labelled(
    plugin: Plugin,
    folder: Path,
    classes: Sequence[str] = (),
    given: Mapping[str, float] | None = None,
    shift: float | None = None,
    reference: str | None = None,
) -> list[Labelled]:
    """Return the labelled spectra of a folder with their axes corrected.

    Parameters
    ----------
    plugin, folder, classes, given
        As of `read_labels`.
    shift, reference
        As of `open_axis_correction`.
    """
    correct = open_axis_correction(plugin.technique, shift, reference)
    return read_labels(folder, plugin.technique, plugin.readers, classes, given, correct)


def open_methods(
    plugin: Plugin, names: Sequence[str], library: PureLibrary, model: str | None = None, device: str = "cpu"
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
    shelf = LibraryShelf(plugin.technique, library)
    network: NetworkQuantifier | None = None
    methods: dict[str, Quantifier] = {}
    for name in names:
        if name in (NETWORK, HYBRID):
            network = network or open_model(plugin.technique, model, device)
            methods[name] = network if name == NETWORK else _sourced(plugin.technique, shelf, _hybrid(network))
        elif name in factories:
            methods[name] = _sourced(plugin.technique, shelf, factories[name])
        else:
            known = [*default_methods(plugin)]
            close = get_close_matches(name, known, 1)
            raise SettingError(
                "no such method",
                found=repr(name),
                wanted=f"one of {', '.join(known)}",
                todo=f"Did you mean {close[0]}?" if close else None,
            )
    return methods


def _hybrid(network: NetworkQuantifier) -> QuantifierFactory:
    return lambda technique, library: Hybrid(technique, library, network)


def _sourced(technique: Technique, shelf: LibraryShelf, make: QuantifierFactory) -> Quantifier:
    """Return the quantifier that serves all kinds of instrument, or the only one there is."""
    return Sourced(technique, shelf, make) if shelf.varies else make(*shelf.at(technique.defaults()))


def default_methods(plugin: Plugin) -> tuple[str, ...]:
    """Return every method that can be used for the plug-in's technique, the best on measured spectra first."""
    fits = (HYBRID,) if plugin.technique.fit is not None else ()
    return (*fits, NETWORK, *BASELINES, *plugin.quantifiers)


def default_model(technique: Technique) -> str:
    """Return the name of the shipped model that is used where none is named: ``field`` if there is one."""
    return "field" if "field" in technique.models else next(iter(technique.models), "field")
