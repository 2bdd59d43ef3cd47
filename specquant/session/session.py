"""The session: one technique, open for work."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import xarray as xr

from specquant.cluster import several
from specquant.constraints import Constraints
from specquant.errors import SettingError, SpecquantError
from specquant.markup import card
from specquant.oxides import parse_valences
from specquant.quantifiers import Modelled, Quantifier, load_all
from specquant.session.fileresults import FileResult
from specquant.session.inputs import Input, is_paths, name_of, read_input, whole_count, whole_path
from specquant.session.narrow import NarrowChoice
from specquant.session.notes import as_found, notes_of
from specquant.session.reading import Reading
from specquant.session.results import Result
from specquant.session.unused import Unused
from specquant.spectra import Spectra
from specquant.threads import few_threads
from specquant.verdict import Judge, with_judgements, with_oxides


@dataclass(frozen=True)
class Session(Reading):
    """One technique with all that its work needs; opened by `open_session` and handed down.

    Parameters
    ----------
    plugin
        Technique, on the instrument at hand, with its readers and quantifiers.
    shelf
        Its pure spectra, for every instrument.
    stated
        Instrument parameters that the user states of every spectrum.
    shift
        Offset of the energy axis, eV, which is taken off; None: it is looked for, unless there is a `reference`.
    reference
        The line that lies at a known energy; None: there is none.
    shared_offset
        Offset of the energy axis of all spectra, as those of a series have it, eV; None: each spectrum has its own.
    shared
        Instrument of all spectra, as the fits of a series find it together; None: each spectrum by itself.
    model
        Shipped model by name, or a model file; None: the technique's default.
    pooled
        Finds the same of all spectra of an instrument; None: each spectrum speaks for itself.
    device
        Where torch computes.
    command
        The command as typed, for the record.
    sensitivity_error
        How far sensitivity factors may be off on this instrument beyond what fits allow for, per cent, one standard
        deviation: intervals hold it.
    threads
        Threads of linear algebra in this process; None: one, or what an environment variable such as
        ``OMP_NUM_THREADS`` says.
    valences
        Valence by element, by which answers are given as oxides as well; None: they are not.
    narrow
        Which narrow scans of files are used, and with which sensitivity factors.
    """

    valences: Mapping[str, int] | None = None
    narrow: NarrowChoice = field(default_factory=NarrowChoice)

    def __repr__(self) -> str:
        return f"<session of {self.technique.name}: {', '.join(self.method_names)}>"

    def _repr_html_(self) -> str:
        stated = ", ".join(f"{name} {value:g}" for name, value in self.stated.items())
        rows = [
            ("Methods, the best first", ", ".join(self.method_names)),
            ("Model", (self.model or self.default_model) if self.has_model else "none"),
            ("Stated of every spectrum", stated or "nothing"),
            ("Plug-in", f"{self.plugin.distribution} {self.plugin.version}"),
        ]
        return card(f"Session of {self.technique.title}", rows)

    def quantify(
        self,
        given: Input | Sequence[Input],
        method: str | None = None,
        elements: str | Sequence[str] | None = None,
        jobs: int = 1,
        force: bool = False,
        same_instrument: bool = False,
        exclude: str | Sequence[str] = (),
        require: str | Sequence[str] = (),
        fix: str | Sequence[str] = (),
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
        exclude
            Elements that cannot be there.
        require
            Elements that are there, however weak their lines.
        fix
            Fractions of elements, such as ``Si=33.3`` (at%), ``O=60+-0.5`` or ``Fe=12wt%``.

        Raises
        ------
        SpecquantError
            If nothing can be used. Of several inputs those that cannot be used are in `Result.errors`.
        SettingError
            If a list is empty, a method, an element or a fraction is not known, or `jobs` is not an integer from 1 on.
        """
        several = isinstance(given, list) or is_paths(given)
        inputs: Sequence[Input] = list(given) if several else [given]  # type: ignore[arg-type, list-item]
        if not inputs:
            raise SettingError("there is nothing to quantify", found="an empty list", wanted="a path or a spectrum")
        jobs = whole_count(jobs, "jobs")
        with few_threads(self.threads):
            session, inputs = self.of_same_instrument(inputs) if same_instrument else (self, inputs)
            methods = session.methods([method or session.method_names[0]])
            constraints = session.constraints(elements, exclude, require, fix)
            result = self.result(methods, session.quantify_each(inputs, methods, constraints, jobs), force)
        if not result.files and result.errors:
            raise result.errors[0].error
        return result

    def result(
        self,
        methods: Mapping[str, Quantifier],
        outcomes: Iterable[FileResult | Unused],
        force: bool = False,
    ) -> Result:
        """Return what became of files as one result; `force` shows compositions that the verdict holds back.

        Parameters
        ----------
        methods
            Methods by name; the first answers.
        outcomes
            What became of every file.
        force
            Whether compositions that the verdict holds back are shown.
        """
        every, sections = tuple(outcomes), self.plugin.sections
        files = tuple(one for one in every if isinstance(one, FileResult))
        errors = tuple(one for one in every if isinstance(one, Unused))
        return Result(self.technique, self.shelf, methods, files, errors, self.command, force, sections)

    def quantify_each(
        self,
        inputs: Sequence[Input],
        methods: Mapping[str, Quantifier],
        constraints: Constraints | None = None,
        jobs: int = 1,
        scheduler: str | None = None,
        modelled: bool = True,
    ) -> Generator[FileResult | Unused, None, None]:
        """Yield what becomes of inputs, in order; one that cannot be used comes with its reason.

        Parameters
        ----------
        inputs
            Files, arrays or xarray objects.
        methods
            Methods by name, in the order of the answers.
        constraints
            What is known of the elements of every sample; None: nothing.
        jobs
            Number of processes that share the inputs; answers do not depend on it.
        scheduler
            Address of a dask cluster on which the inputs are shared, see `specquant.cluster.on_cluster`; None: this
            machine.
        modelled
            Whether results have spectra as methods model them, which pictures of them need.
        """
        correction = self.axis_correction
        if (jobs > 1 and len(inputs) > 1) or scheduler is not None:
            load_all(methods.values())

        def outcome(given: Input) -> FileResult | SpecquantError:
            try:
                name, spectra = read_input(given, self.plugin, self.stated, correction)
                return self.quantified(name, spectra, methods, constraints, modelled)
            except SpecquantError as error:
                return error

        sent = inputs if scheduler is None else [whole_path(given) for given in inputs]
        with several(min(jobs, len(inputs)), scheduler) as applied:
            for given, result in zip(inputs, applied(outcome, sent), strict=True):
                if not isinstance(result, FileResult):
                    yield Unused(name_of(given), result)
                else:
                    yield replace(result, file=name_of(given)) if isinstance(given, str | Path) else result

    def quantified(
        self,
        name: str,
        spectra: Spectra,
        methods: Mapping[str, Quantifier],
        constraints: Constraints | None = None,
        modelled: bool = True,
    ) -> FileResult:
        """Return what methods say of spectra under a name.

        Parameters
        ----------
        name
            What the answers are filed under, such as the name of a file.
        spectra
            Spectra on the technique's axis: counts (sample, energy).
        methods
            Methods by name, in the order of the answers.
        constraints
            What is known of the elements of one sample, which holds for all; None: nothing.
        modelled
            Whether the result has the spectra as methods model them.

        Raises
        ------
        ContractError, PluginError
            As `specquant.Quantifier.answer`.
        """
        finder = self.pooled or self.finder
        spectra = as_found(self.technique, spectra.under(constraints), finder)
        compositions: dict[str, xr.Dataset] = {}
        drawn: dict[str, tuple[Modelled | None, ...]] = {}
        for method, one in methods.items():
            composition, drawn[method] = one.quantify_modelled(spectra) if modelled else (one.quantify(spectra), ())
            compositions[method] = self.judged(method, composition, spectra)
        notes = notes_of(self.technique, spectra, compositions, methods, finder, self.sensitivity_error)
        narrow = self.narrow.answers(self.technique, spectra, next(iter(compositions.values())))
        return FileResult(name, spectra, compositions, notes, narrow, drawn)

    def judged(self, method: str, composition: xr.Dataset, spectra: Spectra) -> xr.Dataset:
        """Return a composition with the verdict on every answer of the method of that name.

        Parameters
        ----------
        method
            Name of the method that answered.
        composition
            Its COMPOSITION, (sample, element).
        spectra
            The spectra that it answered, (sample,).
        """
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

    def with_narrow(self, names: str | None = None, factors: Path | None = None) -> "Session":
        """Return the session with a choice of narrow scans, see `NarrowChoice.of`.

        Parameters
        ----------
        names
            Names of scans, by commas (``O 1s,C 1s``), or ``none``; None: all that can be used.
        factors
            CSV file with the columns ``line`` and ``factor``; None: Scofield's.

        Raises
        ------
        SettingError, ReadError
            If the technique uses no narrow scans, or the names or the file cannot be used.
        """
        given = [option for option, value in (("--regions", names), ("--factors", factors)) if value is not None]
        if given and self.technique.narrow_scans is None:
            todo = f"Leave out {' and '.join(given)}."
            raise SettingError("the technique uses no narrow scans", where=self.technique.name, todo=todo)
        return replace(self, narrow=NarrowChoice.of(names, factors))

    @cached_property
    def judge(self) -> Judge:
        """What judges answers: by the session's model, if there is one."""
        shipped = self.model or self.technique.models
        return Judge(self.technique, self.network if shipped else None)
