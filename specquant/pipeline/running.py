"""The main job end to end: library, training, evaluation, explanation, quantification, report."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from specquant import contracts
from specquant.discovery import Plugin
from specquant.errors import SettingError
from specquant.evaluation import Summary, evaluate_synthetic, summarise
from specquant.explainers import PeakProbe, check_examples, readings
from specquant.files import make_folder
from specquant.instrument.axis import AxisCorrection
from specquant.learning import NetworkQuantifier, TrainingPlan
from specquant.library import PureLibrary
from specquant.pipeline.opening import (
    HYBRID,
    NETWORK,
    default_methods,
    open_axis_correction,
    open_library,
    open_methods,
    open_plugin,
    with_own_prior,
)
from specquant.pipeline.quantification import FileResult, quantify_file, write_results
from specquant.pipeline.samples import sample_results
from specquant.pipeline.training import finished_model, train_model
from specquant.quantifiers import Quantifier
from specquant.report import RunResults, SampleResult, report_dict, report_html, write_html, write_json
from specquant.synthesizer import BLOCK, Synthesizer, synthesizer_of, write_spectra

Report = Callable[[int, str], None]
Watch = Callable[[str, int], Report]
"""Called at the beginning of a stage with its title and size; what it returns is told how far the stage is."""


@dataclass(frozen=True)
class Preset:
    """How much a run does: recipe (None: the technique's first), training spectra, fresh spectra for evaluation."""

    recipe: str | None
    spectra: int
    evaluation: int


PRESETS = {
    "quick": Preset(None, 100_000, 256),
    "article": Preset("article", 3_200_000, 2_048),
    "field": Preset("field", 3_200_000, 2_048),
}


def _no_watch(title: str, total: int) -> Report:
    del title, total
    return lambda _done, _remark: None


@dataclass(frozen=True)
class _Stage:
    """Where a run stands: what it is about, and where it leaves things."""

    plugin: Plugin
    library: PureLibrary
    recipe: str
    preset: Preset
    seed: int
    device: str
    out: Path
    given: Mapping[str, float]
    correct: AxisCorrection | None
    command: str
    watch: Watch
    seconds: dict[str, float]

    @contextmanager
    def timed(self, title: str, total: int) -> Iterator[Report]:
        started = time.monotonic()
        yield self.watch(title, total)
        self.seconds[title] = round(time.monotonic() - started, 2)


def run(
    technique_name: str,
    files: Sequence[Path] = (),
    *,
    preset: str = "quick",
    seed: int = 1,
    device: str = "cpu",
    out: Path,
    library_path: Path | None = None,
    shift: float | None = None,
    reference: str | None = None,
    settings: Sequence[str] = (),
    instrument: Path | None = None,
    elements: str | None = None,
    prior: Path | None = None,
    command: str = "",
    watch: Watch = _no_watch,
) -> RunResults:
    """Do the whole job and leave everything in the folder `out`.

    Files: ``library.nc``, ``spectra.nc``, ``model.safetensors``, ``attribution.nc``, ``report.json``, ``report.html``,
    and, when files are given, ``composition.csv``. An interrupted run goes on from its training checkpoint,
    or from the trained model.

    `settings` like ``beam_energy=15000`` are instrument parameters that win over the files'; `instrument` is a file
    that ``specquant calibrate`` wrote; `shift` and `reference` are as of `open_axis_correction`. `elements` and `prior`
    change the recipe's composition prior (`with_own_prior`).

    Raises
    ------
    SettingError
        If the preset is unknown, or a setting none of the technique's.
    SpecquantError
        If a file cannot be read; files are read before anything long begins.
    """
    if preset not in PRESETS:
        raise SettingError("no such preset", found=repr(preset), wanted=f"one of {', '.join(PRESETS)}")
    plugin, given = open_plugin(technique_name, settings, instrument)
    chosen = PRESETS[preset]
    recipe = plugin.technique.recipe(chosen.recipe or next(iter(plugin.technique.recipes))).name
    plugin = with_own_prior(plugin, recipe, elements, prior)
    make_folder(out)
    correct = open_axis_correction(plugin.technique, shift, reference)
    for path in files:
        quantify_file(path, plugin, {}, given, correct=correct)
    library = open_library(plugin, library_path, instrument)
    stage = _Stage(plugin, library, recipe, chosen, seed, device, out, given, correct, command, watch, {})
    with stage.timed("pure library", 1):
        library.save(out / "library.nc")
    _train(stage, fresh=library_path is not None)
    methods = open_methods(plugin, default_methods(plugin), library, str(out / "model.safetensors"), device)
    model = methods[NETWORK]  # as it is stored
    assert isinstance(model, NetworkQuantifier)
    drawn = synthesizer_of(
        plugin.technique, library, plugin.technique.recipe(recipe), seed, device, stream="evaluation"
    ).kept()
    accuracy = _evaluate(stage, methods, drawn)
    with stage.timed("explanation", 1):
        attribution = PeakProbe().explain(model)
        contracts.save(attribution, "ATTRIBUTION", out / "attribution.nc")
    samples = _quantify(stage, files, methods, drawn.spectra(0, 1))
    results = RunResults(
        technique=plugin.technique,
        card=model.card,
        accuracy=accuracy,
        attribution=attribution,
        examples=check_examples(plugin.technique, attribution),
        readings=readings(plugin.technique, attribution, model.known),
        samples=tuple(samples),
        seconds=stage.seconds,
        command=command,
    )
    write_json(report_dict(results), out / "report.json")
    write_html(report_html(results), out / "report.html")
    return results


def _train(stage: _Stage, fresh: bool) -> None:
    """Leave the model in its file, unless an earlier run has and it need not be `fresh`."""
    plan = TrainingPlan(stage.preset.spectra, seed=stage.seed)
    path = stage.out / "model.safetensors"
    if not fresh and finished_model(stage.plugin, stage.library, stage.recipe, plan, path, stage.device):
        with stage.timed("training (finished in an earlier run)", 1):
            return
    with stage.timed("training", plan.steps * BLOCK) as report:
        train_model(
            stage.plugin,
            stage.library,
            stage.recipe,
            plan,
            path,
            device=stage.device,
            command=stage.command,
            progress=lambda now: report(now.step * BLOCK, f"loss {now.loss:.4f}"),
        )


def _evaluate(stage: _Stage, methods: Mapping[str, Quantifier], drawn: Synthesizer) -> dict[str, dict[str, Summary]]:
    technique, samples = stage.plugin.technique, stage.preset.evaluation
    with stage.timed("evaluation", samples) as report:
        write_spectra(drawn, samples, stage.out / "spectra.nc", technique.name, {"recipe": stage.recipe})
        scores = evaluate_synthetic(methods, drawn, samples, lambda done: report(done, ""))
    by_method = {name: [item for item in scores if item.method == name] for name in methods}
    return {stage.recipe: {name: summarise(chosen) for name, chosen in by_method.items()}}


def _quantify(
    stage: _Stage, files: Sequence[Path], methods: Mapping[str, Quantifier], drawn: xr.Dataset
) -> list[SampleResult]:
    """Quantify the files, by the shipped model first if there is one, and one synthetic spectrum."""
    used = dict(methods)
    if stage.plugin.technique.models:
        learnt = [name for name in methods if name in (HYBRID, NETWORK)]
        shipped = open_methods(stage.plugin, learnt, stage.library, device=stage.device)
        own = {f"{name} (this run)": used.pop(name) for name in learnt}
        used = {f"{name} (shipped)": method for name, method in shipped.items()} | own | used
    results = [quantify_file(path, stage.plugin, used, stage.given, correct=stage.correct) for path in files]
    samples: list[SampleResult] = []
    with stage.timed("quantification", len(results) + 1) as report:
        for done, result in enumerate(results, start=1):
            samples += sample_results(result, stage.plugin, stage.library, used)
            report(done, "")
        samples += _synthetic_sample(stage, methods, drawn)
        report(len(results) + 1, "")
    if results:
        write_results(results, next(iter(used)), stage.out / "composition.csv", stage.plugin.technique, stage.command)
    return samples


def _synthetic_sample(stage: _Stage, methods: Mapping[str, Quantifier], spectra: xr.Dataset) -> Iterator[SampleResult]:
    compositions = {name: quantifier.quantify(spectra) for name, quantifier in methods.items()}
    truth = spectra["fraction"].values[0]
    name = f"synthetic, recipe {stage.recipe}"
    measured = [name for name in ("counts", "observed", "stated") if name in spectra]
    plain = spectra[measured].assign_coords(sample=[name])
    result = FileResult(name, plain, compositions, (("composition known: freshly drawn",),))
    yield from sample_results(result, stage.plugin, stage.library, methods, truth)
