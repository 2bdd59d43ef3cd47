"""What an open technique works with: its library, its networks, and every method and explainer by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from specquant.discovery import Plugin
from specquant.elements import parse_elements
from specquant.errors import ModelError, PluginError, SettingError, did_you_mean
from specquant.explainers import Explainer, ExplainerFactory, LineWindowLime, PeakProbe, open_explainer
from specquant.filekinds import in_place_of_file
from specquant.fits import Hybrid, LeastSquares, PoissonLikelihood
from specquant.instrument import AxisCorrection, OffsetFinder, PooledFinder, QuantityFinder, Reference
from specquant.learning import NetworkQuantifier
from specquant.library import LibraryShelf, PureLibrary
from specquant.quantifiers import PerInstrument, Quantifier, QuantifierFactory, WithFactorErrors, open_quantifier
from specquant.recipes.priors import read_weights, with_prior
from specquant.recipes.recipe import Recipe
from specquant.session.sharing import SharedInstrument
from specquant.technique import Technique
from specquant.validation import CURE

if TYPE_CHECKING:
    from specquant.synthesizer import InstrumentsSynthesizer, RecipeSynthesizer

NETWORK = "cnn"
"""The method that is a network."""

HYBRID = "hybrid"
"""The method that fits what the network proposes."""

BASELINES: Mapping[str, QuantifierFactory] = {"nnls": LeastSquares, "poisson": PoissonLikelihood}
"""Library fits, by the word after ``--method``."""

EXPLAINERS: Mapping[str, ExplainerFactory] = {"probe": PeakProbe, "lime": LineWindowLime}
"""Explainers of the core, by the word after ``--explainer``."""


@dataclass(frozen=True)
class Equipment:
    """What one technique works with: library, networks, methods and explainers.

    Parameters
    ----------
    plugin, shelf, stated, shift, reference, shared_offset, shared, model, pooled, device, command
        As of `specquant.session.Session`, which asks all of this.
    sensitivity_error
        As of it, too.
    threads
        As of it, too.
    """

    plugin: Plugin
    shelf: LibraryShelf
    stated: Mapping[str, float]
    shift: float | None = None
    reference: Reference | None = None
    shared_offset: float | None = None
    shared: SharedInstrument | None = None
    model: str | None = None
    pooled: PooledFinder | None = None
    device: str = "cpu"
    command: str = ""
    sensitivity_error: float = 0.0
    threads: int | None = None

    @property
    def technique(self) -> Technique:
        """The technique, on the instrument at hand."""
        return self.plugin.technique

    @property
    def library(self) -> PureLibrary:
        """Its pure spectra."""
        return self.shelf.default[1]

    def with_model(self, model: str | Path | None) -> Self:
        """Return the session with another model, by name or path; None: the technique's default.

        Parameters
        ----------
        model
            Name of a shipped model, or path of a model file; None: the technique's default.
        """
        return replace(self, model=None if model is None else str(model))

    @cached_property
    def axis_correction(self) -> AxisCorrection | None:
        """What takes the offset off energy axes; None where the technique knows no offsets and none is stated."""
        path = self.technique.offset_model if self.shift is None else None
        finder = None if path is None else OffsetFinder.load(path, self.technique)
        if finder is None and self.shift is None and self.reference is None:
            return None
        return AxisCorrection(self.technique, finder, self.shift, self.reference, self.shared_offset)

    def recipe(self, name: str | None = None, elements: str | None = None, prior: Path | None = None) -> Recipe:
        """Return a recipe of the technique, its composition prior changed if that is asked for.

        Parameters
        ----------
        name
            Name of the recipe; None: the technique's default.
        elements
            The only elements that can occur, like ``O,Si,Fe``.
        prior
            Table with the columns ``element`` and ``weight``; elements that are not in it do not occur.

        Raises
        ------
        ReadError, SettingError
            If recipe, element or table are not usable, or too few elements are left.
        """
        recipe = self.technique.recipe(name or "")
        if elements is None and prior is None:
            return recipe
        symbols = self.technique.elements
        listed = () if elements is None else parse_elements(elements, symbols)
        return with_prior(recipe, symbols, listed, None if prior is None else read_weights(prior, symbols))

    def synthesizer(
        self, recipe: Recipe, seed: int, stream: str = "train"
    ) -> "RecipeSynthesizer | InstrumentsSynthesizer":
        """Return what makes spectra of a recipe from the session's library.

        Parameters
        ----------
        recipe
            Everything random about the spectra.
        seed
            Start of all random numbers; equal seeds, equal spectra.
        stream
            ``train``, ``validation`` or ``evaluation``: streams of a seed share no spectrum.
        """
        from specquant.synthesizer import synthesizer_of  # brings torch, of which answers need nothing

        return synthesizer_of(self.technique, self.library, recipe, seed, self.device, stream)

    @property
    def default_model(self) -> str:
        """The shipped model that is used where none is named: ``field`` if there is one."""
        shipped = self.technique.models
        return "field" if "field" in shipped else next(iter(shipped), "field")

    @property
    def has_model(self) -> bool:
        """Whether a model is named, or ships with the technique."""
        return self.model is not None or bool(self.technique.models)

    @property
    def explained(self) -> Quantifier:
        """What explainers question where nothing else is named: the model, or without one the best method there is."""
        return self.network if self.has_model else self._method(self.method_names[0]).explained

    @cached_property
    def network(self) -> NetworkQuantifier:
        """The model of the session.

        Raises
        ------
        ModelError
            If there is none, or the file is not a model of the technique.
        PluginError
            If a model that ships is not.
        """
        model = self.model or self.default_model
        path = self.technique.models.get(model) or Path(model)
        if not path.is_file():
            raise ModelError(
                "no such model",
                where=model,
                found=in_place_of_file(path),
                wanted=f"a model file, or a shipped model ({', '.join(self.technique.models) or 'none'})",
                todo=did_you_mean(model, self.technique.models) or "Train one with specquant train.",
            )
        try:
            return NetworkQuantifier.load(path, self.technique, self.device)
        except ModelError as error:
            if model not in self.technique.models:
                raise
            what, where = f"technique.models[{model!r}], {path}: {error.what}", self.plugin.origin
            raise PluginError(what, where=where, found=error.found, wanted=error.wanted, todo=CURE) from error

    @property
    def method_names(self) -> tuple[str, ...]:
        """Every method that can run, the best on measured spectra first: without a model, none that needs one."""
        learnt = (NETWORK,) if self.has_model else ()
        fits = (HYBRID,) if self.technique.fit is not None and self.has_model else ()
        return (*fits, *learnt, *BASELINES, *self.plugin.quantifiers)

    def methods(self, names: Sequence[str] = ()) -> dict[str, Quantifier]:
        """Return the quantifiers of these names, in this order; no name is all.

        Parameters
        ----------
        names
            Words after ``--method``.

        Raises
        ------
        SettingError
            If a name is unknown; the message lists what there is.
        ModelError
            If the network is wanted and its model cannot be opened.
        """
        methods = {name: self._method(name) for name in names or self.method_names}
        if not self.sensitivity_error:
            return methods
        return {name: WithFactorErrors(method, self.sensitivity_error / 100.0) for name, method in methods.items()}

    def _method(self, name: str) -> Quantifier:
        fits = (HYBRID,) if self.technique.fit is not None else ()
        every = (*fits, NETWORK, *BASELINES, *self.plugin.quantifiers)
        if name not in (HYBRID, *every):
            raise SettingError(
                "no such method",
                found=repr(name),
                wanted=f"one of {', '.join(every)}",
                todo=did_you_mean(name, every),
            )
        if name == NETWORK:
            return self.network
        make = self._hybrid if name == HYBRID else BASELINES.get(name) or self._of_plugin(name)
        if self.shelf.varies:
            method: Quantifier = PerInstrument(self.shelf, make, self._kinds if name == HYBRID else ())
        else:
            method = make(*self.shelf.default)
        method.name = name
        return method

    @property
    def _kinds(self) -> tuple[Mapping[str, float], ...]:
        """Parameters of the kinds of instrument that the network learned from."""
        recipe = self.technique.recipes.get(self.network.card.recipe)
        return () if recipe is None else tuple(kind.values for kind in recipe.instruments if kind.values)

    def _of_plugin(self, name: str) -> QuantifierFactory:
        return partial(open_quantifier, self.plugin.quantifiers[name], name, self.plugin.origin)

    def explainer(self, name: str) -> Explainer:
        """Return an explainer by name, at its default settings: one of the core, or of the technique's plug-in.

        Parameters
        ----------
        name
            Its name, such as ``lime``.

        Raises
        ------
        SettingError
            If no explainer has that name.
        PluginError
            If the plug-in's cannot be made.
        """
        if name in EXPLAINERS:
            return EXPLAINERS[name]()
        if name not in self.plugin.explainers:
            every = (*EXPLAINERS, *self.plugin.explainers)
            wanted = f"one of {', '.join(every)}"
            raise SettingError("no such explainer", found=repr(name), wanted=wanted, todo=did_you_mean(name, every))
        return open_explainer(self.plugin.explainers[name], name, self.plugin.origin)

    def _hybrid(self, technique: Technique, library: PureLibrary) -> Quantifier:
        recipe = technique.recipes.get(self.network.card.recipe)
        method = Hybrid(technique, library, self.network, recipe, self.pooled or self.finder)
        return method if self.shared is None else method.on_instrument(self.shared.values, self.shared.deviations)

    @cached_property
    def finder(self) -> QuantityFinder | None:
        """The network that finds what nobody stated of an instrument.

        None where the technique ships none, and where pure spectra contain their instrument already.
        """
        quantities, library = self.technique.unstated_quantities, self.library
        if quantities is None or quantities.model is None or not (library.is_rendered or library.has_bare_lines):
            return None
        return QuantityFinder.load(quantities.model, self.technique, self.device)
