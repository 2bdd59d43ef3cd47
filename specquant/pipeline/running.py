"""The main job end to end: library, training, evaluation, explanation, quantification, report."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from specquant import contracts
from specquant.errors import SettingError, did_you_mean
from specquant.evaluation import Summary, evaluate_synthetic, summarise
from specquant.explainers import PeakProbe, check_examples, readings
from specquant.files import make_folder
from specquant.learning import NetworkQuantifier, TrainingPlan
from specquant.library import RenderedLibrary
from specquant.locks import only_process
from specquant.notes import Note, NoteKind
from specquant.pipeline.training import finished_model, train_model
from specquant.progress import Report, Watch, no_watch
from specquant.quantifiers import Quantifier
from specquant.recipes.recipe import Recipe
from specquant.report import RunResults, SampleResult, method_html, report_dict, report_html, write_html, write_json
from specquant.session import HYBRID, NETWORK, FileResult, Session
from specquant.session.samples import sample_results
from specquant.session.writing import write_answers
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, Synthesizer, write_spectra


@dataclass(frozen=True)
class Preset:
    """How much a run does: recipe, training spectra, fresh spectra for evaluation.

    Without a recipe it is the technique's first, its simplest.
    """

    recipe: str | None
    spectra: int
    evaluation: int


PRESETS = {
    "quick": Preset(None, 100_000, 256),
    "article": Preset("article", 3_200_000, 2_048),
    "field": Preset("field", 3_200_000, 2_048),
}
"""Minutes on two cores, and the length of the article's trainings ten times over."""


FILES = (
    *("library.nc", "spectra.nc", "model.safetensors", "attribution.nc", "report.json", "report.html", "method.html"),
    "composition.csv",
)
"""What a run leaves in its folder."""


@dataclass(frozen=True)
class Stopwatch:
    """Reports stages, and keeps how long each took, s."""

    watch: Watch
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Report]:
        """Time a stage of that size."""
        started = time.monotonic()
        yield self.watch(title, total)
        self.seconds[title] = round(time.monotonic() - started, 2)


def find_preset(name: str) -> Preset:
    """Return the preset of that name, or raise SettingError with the names there are."""
    if name not in PRESETS:
        wanted = f"one of {', '.join(PRESETS)}"
        raise SettingError("no such preset", found=repr(name), wanted=wanted, todo=did_you_mean(name, PRESETS))
    return PRESETS[name]


def run(
    session: Session,
    files: Sequence[str | Path],
    recipe: Recipe,
    preset: Preset,
    out: Path,
    *,
    seed: int = 1,
    watch: Watch = no_watch,
) -> RunResults:
    """Do the whole job and leave everything in the folder `out`.

    Files: ``library.nc``, ``spectra.nc``, ``model.safetensors``, ``attribution.nc``, ``report.json``, ``report.html``
    on the samples, ``method.html`` on the model, and, when files are given, ``composition.csv``. Given files are read
    before anything long begins. An interrupted run goes on from its training checkpoint, or from the trained model.

    Raises
    ------
    SpecquantError
        If a file cannot be read, or the folder cannot be written.
    """
    make_folder(out)
    with only_process(out):
        return _run(session, files, recipe, preset, out, seed, watch)


def _run(
    session: Session, files: Sequence[str | Path], recipe: Recipe, preset: Preset, out: Path, seed: int, watch: Watch
) -> RunResults:
    inputs = {str(path): session.read(path) for path in files}
    clock = Stopwatch(watch)
    with clock.stage("pure library", 1):
        session.library.save(out / "library.nc")
    _train(session, recipe, TrainingPlan(preset.spectra, seed=seed), out / "model.safetensors", clock)
    trained = session.with_model(out / "model.safetensors")
    methods = trained.methods()
    drawn = session.synthesizer(recipe, seed, "evaluation").kept()
    accuracy = _evaluate(methods, drawn, recipe, preset.evaluation, out / "spectra.nc", clock)
    with clock.stage("explanation", 1):
        attribution = PeakProbe().explain(trained.network)
        contracts.save(attribution, "ATTRIBUTION", out / "attribution.nc")
    with clock.stage("quantification", len(inputs) + 1) as report:
        samples = _quantify(trained, inputs, methods, out / "composition.csv")
        samples += _synthetic_sample(trained, methods, drawn, recipe)
        report(len(inputs) + 1, "")
    model: NetworkQuantifier = trained.network
    results = RunResults(
        technique=session.technique,
        card=model.card,
        accuracy={recipe.name: accuracy},
        attribution=attribution,
        examples=check_examples(session.technique, attribution),
        readings=readings(session.technique, attribution, model.known),
        samples=tuple(samples),
        seconds=clock.seconds,
        command=session.command,
    )
    write_json(report_dict(results), out / "report.json")
    page = report_html(results.technique, results.samples, results.command, results.card, session.plugin.sections)
    write_html(page, out / "report.html")
    write_html(method_html(results), out / "method.html")
    return results


def _train(session: Session, recipe: Recipe, plan: TrainingPlan, path: Path, clock: Stopwatch) -> None:
    """Leave the model in its file, unless an earlier run has; a library from a file may have changed since."""
    if isinstance(session.library, RenderedLibrary) and finished_model(session, recipe, plan, path):
        with clock.stage("training (finished in an earlier run)", 1):
            return
    with clock.stage("training", plan.steps * BLOCK) as report:
        train_model(session, recipe, plan, path, progress=lambda now: report(now.step * BLOCK, f"loss {now.loss:.4f}"))


def _evaluate(
    methods: Mapping[str, Quantifier], drawn: Synthesizer, recipe: Recipe, samples: int, path: Path, clock: Stopwatch
) -> dict[str, Summary]:
    """Return how every method does on fresh spectra, which are left in a file."""
    technique = next(iter(methods.values())).technique
    with clock.stage("evaluation", samples) as report:
        write_spectra(drawn, samples, path, technique.name, {"recipe": recipe.name})
        scores = evaluate_synthetic(methods, drawn, samples, lambda done: report(done, ""))
    return {name: summarise([score for score in scores if score.method == name]) for name in methods}


def _quantify(
    session: Session, inputs: Mapping[str, Spectra], methods: Mapping[str, Quantifier], table: Path
) -> list[SampleResult]:
    """Quantify files, by the shipped model first if there is one, and write the first method's answers to a table."""
    used = dict(methods)
    if session.technique.models:
        learnt = [name for name in methods if name in (HYBRID, NETWORK)]
        shipped = session.with_model(None).methods(learnt)
        trained = {f"{name} (this run)": used.pop(name) for name in learnt}
        used = {f"{name} (shipped)": method for name, method in shipped.items()} | trained | used
    results = [session.quantified(name, spectra, used) for name, spectra in inputs.items()]
    if results:
        write_answers(results, next(iter(used)), session.technique, session.command, table)
    return [sample for result in results for sample in sample_results(result, session.technique, session.shelf, used)]


def _synthetic_sample(
    session: Session, methods: Mapping[str, Quantifier], drawn: Synthesizer, recipe: Recipe
) -> list[SampleResult]:
    """Return the first of the fresh spectra, quantified, with its true composition."""
    batch = drawn.batch(0, 1)
    spectra = batch.spectra()
    name = f"synthetic, recipe {recipe.name}"
    spectra = Spectra(spectra.counts, spectra.observed, spectra.stated, names=(name,))
    answers = {method: quantifier.quantify_modelled(spectra) for method, quantifier in methods.items()}
    compositions = {method: composition for method, (composition, _) in answers.items()}
    modelled = {method: models for method, (_, models) in answers.items()}
    known = Note(NoteKind.REMARK, "composition known: freshly drawn")
    result = FileResult(name, spectra, compositions, ((known,),), modelled=modelled)
    truth = batch.fraction[0].double().cpu().numpy()
    return list(sample_results(result, session.technique, session.shelf, methods, truth))
