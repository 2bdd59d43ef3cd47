"""What every ingredient of a recipe is worth: the same network, trained as long without it, on the same spectra."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from specquant.discovery import Plugin
from specquant.errors import SettingError
from specquant.evaluation import Labelled, by_class, evaluate_labelled, evaluate_synthetic, summarise
from specquant.files import make_folder
from specquant.learning import NetworkQuantifier, TrainingPlan
from specquant.library import PureLibrary
from specquant.pipeline import finished_model, open_labelled, train_model, with_recipe
from specquant.pipeline.running import Watch
from specquant.recipes.recipe import Recipe
from specquant.study.ablation.costs import Cost, costs, write_costs
from specquant.study.ablation.ingredients import FULL, Ablation, ablations, chosen_ablations
from specquant.study.ablation.report import write_page
from specquant.study.ablation.runs import Run, load_run, save_run
from specquant.synthesizer import BLOCK, Synthesizer, synthesizer_of

SYNTHETIC = "synthetic"
MEASURED = "measured"
BY_MATERIAL = "measured, by material"
"""What accuracy is measured on; classes of measured spectra come under their own names."""

_DRAWN_SEED = 1


@dataclass(frozen=True)
class Budget:
    """How long every network learns, and on how many fresh spectra it is scored."""

    spectra: int
    samples: int


BUDGETS = {"quick": Budget(25_600, 512), "full": Budget(204_800, 2_048)}


def parse_budget(text: str) -> Budget:
    """Return the budget of a word, or of a number of training spectra.

    Raises
    ------
    SettingError
        If it is neither.
    """
    if text in BUDGETS:
        return BUDGETS[text]
    if not text.isascii() or not text.isdigit() or int(text) < BLOCK:
        wanted = f"{', '.join(BUDGETS)}, or a number of spectra from {BLOCK} on"
        raise SettingError("is no budget", where="--budget", found=repr(text), wanted=wanted)
    return Budget(int(text), BUDGETS["full"].samples)


@dataclass(frozen=True)
class _Study:
    """What all networks of a study share."""

    plugin: Plugin
    library: PureLibrary
    recipe: Recipe
    budget: Budget
    drawn: Synthesizer
    labelled: Sequence[Labelled]
    scored: str
    device: str
    out: Path
    command: str


def run_ablations(
    plugin: Plugin,
    library: PureLibrary,
    recipe: str,
    budget: Budget,
    out: Path,
    *,
    seeds: int = 1,
    data: Path | None = None,
    only: Sequence[str] = (),
    device: str = "cpu",
    command: str = "",
    watch: Watch,
) -> list[Cost]:
    """Train and score a recipe, and the recipe without each ingredient; return what each costs.

    A network that `out` holds already is not trained again, an interrupted one goes on. All seeds see the same fresh
    spectra. The tables in `out` are written anew after every network.

    Parameters
    ----------
    plugin, library, recipe
        Whose spectra.
    budget, seeds
        How long each network learns, and how many of each there are: seeds 1, 2, ...
    out
        Folder for models, records and tables.
    data
        Folder of measured spectra of known composition.
    only
        Names of ingredients; none is all.
    device, command, watch
        Where it runs, what was typed, who is told; every network that is trained is a stage.

    Raises
    ------
    SettingError
        If the recipe or an ingredient is unknown.
    SpecquantError
        If the measured spectra cannot be read; that is found out before anything is trained.
    """
    whole = plugin.technique.recipe(recipe)
    known = chosen_ablations(ablations(plugin.technique, whole, library), only)
    variants = (Ablation(FULL, whole.title, whole), *known)
    make_folder(out)
    labelled = open_labelled(plugin, data) if data else []
    drawn = synthesizer_of(plugin.technique, library, whole, _DRAWN_SEED, device, stream="evaluation").kept()
    scored = _scored(whole, budget, data)
    study = _Study(plugin, library, whole, budget, drawn, labelled, scored, device, out, command)
    runs: list[Run] = []
    found: list[Cost] = []
    for seed in range(1, seeds + 1):
        for variant in variants:
            title = f"{variant.name}, seed {seed} ({len(runs) + 1} of {seeds * len(variants)})"
            runs.append(_run(study, variant, seed, watch, title))
            found = costs(variants, runs)
            write_costs(found, out / "ablation.csv")
            write_page(found, plugin.technique, f"{whole.name}: {whole.title}", command, out / "report.html")
    return found


def _scored(recipe: Recipe, budget: Budget, data: Path | None) -> str:
    fresh = f"{budget.samples} spectra of {recipe.name} ({recipe.fingerprint}), specquant {version('specquant')}"
    if data is None:
        return fresh
    digest = sha256((data / "labels.csv").read_bytes()).hexdigest()[:8]
    return f"{fresh}; {data.resolve()} (labels {digest})"


def _run(study: _Study, variant: Ablation, seed: int, watch: Watch, title: str) -> Run:
    """Return the record of one network, trained and scored if need be."""
    plan = TrainingPlan(study.budget.spectra, seed=seed)
    path = study.out / f"{variant.name}-{plan.steps * BLOCK}-seed{seed}.safetensors"
    model = _model(study, variant, plan, path, watch, title)
    card = model.card
    record = path.with_suffix(".json")
    known = load_run(record)
    if known and known.is_of(card, study.scored):
        return known
    run = Run(variant.name, seed, card.spectra, card.source, study.scored, _accuracy(study, model))
    save_run(run, record)
    return run


def _model(
    study: _Study, variant: Ablation, plan: TrainingPlan, path: Path, watch: Watch, title: str
) -> NetworkQuantifier:
    """Return the network of a variant as it is stored; trained, unless it is there already."""
    plugin, name = with_recipe(study.plugin, variant.recipe), variant.recipe.name
    finished = finished_model(plugin, study.library, name, plan, path, study.device)
    if finished is not None:
        return finished
    report = watch(title, plan.steps * BLOCK)
    train_model(
        plugin,
        study.library,
        name,
        plan,
        path,
        device=study.device,
        command=study.command,
        progress=lambda now: report(now.step * BLOCK, f"loss {now.loss:.4f}"),
    )
    return NetworkQuantifier.load(path, plugin.technique, study.device)


def _accuracy(study: _Study, model: NetworkQuantifier) -> Mapping[str, float]:
    """Return the accuracy on fresh spectra of the whole recipe and on measured ones, over all and by class."""
    methods = {model.name: model}
    found = {SYNTHETIC: summarise(evaluate_synthetic(methods, study.drawn, study.budget.samples)).accuracy}
    if study.labelled:
        classes = by_class(evaluate_labelled(methods, study.labelled))
        headline = next(iter(classes))
        found |= {MEASURED: classes[headline].accuracy, BY_MATERIAL: classes[headline].accuracy_by_material}
        found |= {f"class {name}": summary.accuracy for name, summary in classes.items() if name != headline}
    return found
