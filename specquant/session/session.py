"""The session: one technique, open for work."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.discovery import Plugin
from specquant.errors import ModelError, SettingError, SpecquantError
from specquant.evaluation import Labelled, read_labels
from specquant.explainers import Explainer, ExplainerFactory, LineWindowLime, PeakProbe, open_explainer
from specquant.fits import Hybrid, LeastSquares, PoissonLikelihood
from specquant.instrument import AxisCorrection, OffsetFinder, PooledFinder, QuantityFinder, Reference
from specquant.learning import NetworkQuantifier
from specquant.library import LibraryShelf, PureLibrary
from specquant.oxides import parse_valences
from specquant.processes import ordered
from specquant.quantifiers import PerInstrument, Quantifier, QuantifierFactory, load_all, open_quantifier
from specquant.recipes.priors import parse_elements, read_weights, with_prior
from specquant.recipes.recipe import Recipe
from specquant.session.inputs import Input, is_paths, read_input
from specquant.session.notes import notes_of
from specquant.session.results import FileResult, Result
from specquant.spectra import Spectra
from specquant.synthesizer import InstrumentsSynthesizer, RecipeSynthesizer, synthesizer_of
from specquant.technique import Technique
from specquant.verdict import Judge, with_judgements, with_oxides

NETWORK = "cnn"
"""The method that is a network."""

HYBRID = "hybrid"
"""The method that fits what the network proposes."""

BASELINES: Mapping[str, QuantifierFactory] = {"nnls": LeastSquares, "poisson": PoissonLikelihood}
"""Library fits, by the word after ``--method``."""


EXPLAINERS: Mapping[str, ExplainerFactory] = {"probe": PeakProbe, "lime": LineWindowLime}
"""Explainers of the core, by the word after ``--explainer``."""


@dataclass(frozen=True)
class Session:
    """One technique with all that its work needs; opened by `open_session` and handed down.

    Parameters
    ----------
    plugin
        Technique, on the instrument at hand, with its readers and quantifiers.
    shelf
        Its pure spectra, for every instrument.
    stated
        Instrument parameters that the user states of every spectrum.
    shift, reference
        Offset of the energy axis in eV, or the line that lies at a known energy; None and None: it is looked for.
    model
        Shipped model by name, or a model file; None: the technique's default.
    pooled
        Finds the same of all spectra of an instrument; None: each spectrum speaks for itself.
    device, command
        Where torch computes; what was typed, for the record.
    valences
        Valence by element, by which answers are given as oxides as well; None: they are not.
    """

    plugin: Plugin
    shelf: LibraryShelf
    stated: Mapping[str, float]
    shift: float | None = None
    reference: Reference | None = None
    model: str | None = None
    pooled: PooledFinder | None = None
    device: str = "cpu"
    command: str = ""
    valences: Mapping[str, int] | None = None

    def __repr__(self) -> str:
        return f"<session of {self.technique.name}: {', '.join(self.method_names)}>"

    @property
    def technique(self) -> Technique:
        """The technique, on the instrument at hand."""
        return self.plugin.technique

    @property
    def library(self) -> PureLibrary:
        """Its pure spectra."""
        return self.shelf.default[1]

    def with_model(self, model: str | Path | None) -> "Session":
        """Return the session with another model, by name or path; None: the technique's default."""
        return replace(self, model=None if model is None else str(model))

    @cached_property
    def axis_correction(self) -> AxisCorrection | None:
        """What takes the offset off energy axes; None where the technique knows no offsets and none is stated."""
        path = self.technique.offset_model if self.shift is None else None
        finder = None if path is None else OffsetFinder.load(path, self.technique)
        if finder is None and self.shift is None and self.reference is None:
            return None
        return AxisCorrection(self.technique, finder, self.shift, self.reference)

    def recipe(self, name: str | None = None, elements: str | None = None, prior: Path | None = None) -> Recipe:
        """Return a recipe of the technique, its composition prior changed if that is asked for.

        Parameters
        ----------
        name
            Of the recipe; None: the technique's default.
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
    ) -> RecipeSynthesizer | InstrumentsSynthesizer:
        """Return what makes spectra of a recipe from the session's library."""
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
        return self.network if self.has_model else self.methods(self.method_names[:1])[self.method_names[0]].explained

    @cached_property
    def network(self) -> NetworkQuantifier:
        """The model of the session.

        Raises
        ------
        ModelError
            If there is none, or the file is not a model of the technique.
        """
        model = self.model or self.default_model
        path = self.technique.models.get(model) or Path(model)
        if not path.is_file():
            raise ModelError(
                "no such model",
                where=model,
                wanted=f"a model file, or a shipped model ({', '.join(self.technique.models) or 'none'})",
                todo="Train one with specquant train.",
            )
        return NetworkQuantifier.load(path, self.technique, self.device)

    @property
    def method_names(self) -> tuple[str, ...]:
        """Every method that can run, the best on measured spectra first: without a model, none that needs one."""
        learnt = (NETWORK,) if self.has_model else ()
        fits = (HYBRID,) if self.technique.fit is not None and self.has_model else ()
        return (*fits, *learnt, *BASELINES, *self.plugin.quantifiers)

    def methods(self, names: Sequence[str] = ()) -> dict[str, Quantifier]:
        """Return the quantifiers of these names, in this order; no name is all.

        Raises
        ------
        SettingError
            If a name is unknown; the message lists what there is.
        ModelError
            If the network is wanted and its model cannot be opened.
        """
        return {name: self._method(name) for name in names or self.method_names}

    def _method(self, name: str) -> Quantifier:
        fits = (HYBRID,) if self.technique.fit is not None else ()
        every = (*fits, NETWORK, *BASELINES, *self.plugin.quantifiers)
        if name not in (HYBRID, *every):
            close = get_close_matches(name, every, 1)
            raise SettingError(
                "no such method",
                found=repr(name),
                wanted=f"one of {', '.join(every)}",
                todo=f"Did you mean {close[0]}?" if close else None,
            )
        if name == NETWORK:
            return self.network
        make = self._hybrid if name == HYBRID else BASELINES.get(name) or self._of_plugin(name)
        method = PerInstrument(self.shelf, make) if self.shelf.varies else make(*self.shelf.default)
        method.name = name
        return method

    def _of_plugin(self, name: str) -> QuantifierFactory:
        return partial(open_quantifier, self.plugin.quantifiers[name], name, self.plugin.origin)

    def explainer(self, name: str) -> Explainer:
        """Return an explainer by name, at its default settings: one of the core, or of the technique's plug-in.

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
            raise SettingError("no such explainer", found=repr(name), wanted=f"one of {', '.join(every)}")
        return open_explainer(self.plugin.explainers[name], name, self.plugin.origin)

    def _hybrid(self, technique: Technique, library: PureLibrary) -> Quantifier:
        recipe = technique.recipes.get(self.network.card.recipe)
        return Hybrid(technique, library, self.network, recipe, self.pooled or self.finder)

    def with_same_instrument(self, inputs: Sequence[Input]) -> "Session":
        """Return the session in which inputs are of one instrument, or of as many as their headers name detectors.

        What nobody stated of an instrument is what all of its spectra say. Inputs that cannot be used say nothing.
        """
        finder, quantities = self.finder, self.technique.unstated_quantities
        parts = []
        for given in inputs if finder is not None else ():
            try:
                parts.append(self.read(given))
            except SpecquantError:
                continue
        if finder is None or quantities is None or not parts:
            return self
        return replace(self, pooled=PooledFinder.of(finder, parts, quantities.floor))

    @cached_property
    def finder(self) -> QuantityFinder | None:
        """The network that finds what nobody stated of an instrument.

        None where the technique ships none, and where pure spectra contain their instrument already.
        """
        quantities, library = self.technique.unstated_quantities, self.library
        if quantities is None or quantities.model is None or not (library.is_rendered or library.has_bare_lines):
            return None
        return QuantityFinder.load(quantities.model, self.technique, self.device)

    def read(self, given: Input) -> Spectra:
        """Return the spectra of a file, of arrays or of an xarray object, on the technique's axis.

        Raises
        ------
        SpecquantError
            If it cannot be read, or holds no usable spectrum.
        """
        return read_input(given, self.plugin, self.stated, self.axis_correction)[1]

    def labelled(self, folder: Path, classes: Sequence[str] = ()) -> list[Labelled]:
        """Return the labelled spectra of a folder with their axes corrected, see `read_labels`."""
        return read_labels(folder, self.technique, self.plugin.readers, classes, self.stated, self.axis_correction)

    def quantify(
        self,
        given: Input | Sequence[Input],
        method: str | None = None,
        elements: str | Sequence[str] | None = None,
        jobs: int = 1,
        force: bool = False,
        same_instrument: bool = False,
    ) -> Result:
        """Return which elements are in spectra, and how much of each.

        Parameters
        ----------
        given
            A path, or several; a pair of arrays (energy in eV, counts); an xarray object; or a list of these.
        method
            Name of the method; None: the technique's best.
        elements
            The only elements there can be, such as ``O,Si,Fe``; None: all.
        jobs
            Processes that share the inputs.
        force
            Whether to show the composition of a spectrum that is not quantified.
        same_instrument
            Whether they are of one instrument, or of as many as their headers name detectors.

        Raises
        ------
        SpecquantError
            If nothing can be used. Of several inputs those that cannot be used are in `Result.errors`.
        """
        several = isinstance(given, list) or is_paths(given)
        inputs: Sequence[Input] = list(given) if several else [given]  # type: ignore[arg-type, list-item]
        session = self.with_same_instrument(inputs) if same_instrument else self
        methods = session.methods([method or session.method_names[0]])
        files: list[FileResult] = []
        errors: list[SpecquantError] = []
        for outcome in session.quantify_each(inputs, methods, elements, jobs):
            if isinstance(outcome, SpecquantError):
                errors.append(outcome)
            else:
                files.append(outcome)
        if not files and errors:
            raise errors[0]
        return self.result(methods, files, errors, force)

    def result(
        self,
        methods: Mapping[str, Quantifier],
        files: Iterable[FileResult],
        errors: Iterable[SpecquantError],
        force: bool = False,
    ) -> Result:
        """Return what became of files as one result; `force` shows compositions that the verdict holds back."""
        sections = self.plugin.sections
        return Result(self.technique, self.shelf, methods, tuple(files), tuple(errors), self.command, force, sections)

    def quantify_each(
        self,
        inputs: Sequence[Input],
        methods: Mapping[str, Quantifier],
        elements: str | Sequence[str] | None = None,
        jobs: int = 1,
    ) -> Generator[FileResult | SpecquantError, None, None]:
        """Quantify inputs, results in order; one that cannot be used gives its error.

        With several `jobs` that many processes share the inputs; answers do not depend on it.
        """
        listed, correction = self._listed(elements), self.axis_correction
        if jobs > 1 and len(inputs) > 1:
            load_all(methods.values())

        def outcome(given: Input) -> FileResult | SpecquantError:
            try:
                return self.quantified(*read_input(given, self.plugin, self.stated, correction), methods, listed)
            except SpecquantError as error:
                return error

        yield from ordered(outcome, inputs, min(jobs, len(inputs)))

    def quantified(
        self, name: str, spectra: Spectra, methods: Mapping[str, Quantifier], listed: NDArray[np.bool_] | None = None
    ) -> FileResult:
        """Return what methods say of spectra under a name; `listed` (element,) are the only elements there can be."""
        spectra = spectra if listed is None else spectra.among(listed)
        compositions = {
            method: self.judged(method, quantifier.quantify(spectra), spectra) for method, quantifier in methods.items()
        }
        notes = notes_of(self.technique, spectra, compositions, methods, self.pooled or self.finder)
        return FileResult(name, spectra, compositions, notes)

    def judged(self, method: str, composition: xr.Dataset, spectra: Spectra) -> xr.Dataset:
        """Return a composition with the verdict on every answer of the method of that name."""
        judged = with_judgements(composition, self.judge.judge(method, composition, spectra))
        return judged if self.valences is None else with_oxides(judged, self.valences)

    def with_oxides(self, valences: Sequence[str] = ()) -> "Session":
        """Return the session with answers given as oxides as well; `valences` like ``Fe=3`` win over the usual ones.

        Raises
        ------
        SettingError
            If the technique gives no oxides, or a text is not a valence.
        """
        technique = self.technique
        if not technique.valences:
            raise SettingError("the technique gives no oxides", where=technique.name, todo="Leave out --oxides.")
        return replace(self, valences=parse_valences(valences, technique.valences, technique.elements))

    @cached_property
    def judge(self) -> Judge:
        """What judges answers: by the session's model, if there is one."""
        shipped = self.model or self.technique.models
        return Judge(self.technique, self.network if shipped else None)

    def _listed(self, elements: str | Sequence[str] | None) -> NDArray[np.bool_] | None:
        if elements is None:
            return None
        text = elements if isinstance(elements, str) else ",".join(elements)
        return np.isin(self.technique.elements, parse_elements(text, self.technique.elements))
