"""What every ingredient of a recipe is worth: the same network, trained as long without it, on the same spectra."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from specquant.evaluation import evaluate_synthetic, summarise
from specquant.files import make_folder
from specquant.learning.trainingset import VALIDATION_BLOCKS
from specquant.locks import only_process
from specquant.progress import Watch
from specquant.quantifiers import Quantifier
from specquant.recipes import Recipe
from specquant.session import Session
from specquant.study.ablation.costs import Cost, costs, write_costs
from specquant.study.ablation.ingredients import FULL, Ablation, ablations, chosen_ablations
from specquant.study.ablation.report import write_page
from specquant.study.benches import Bench, MeasuredBench
from specquant.study.budgets import budget_of
from specquant.study.trainings import Training, Trainings
from specquant.synthesizer import BLOCK

_DRAWN_SEED = 1
"""Seed of the fresh spectra that all networks are scored on."""


@dataclass(frozen=True)
class Budget:
    """How long every network learns, and on how many fresh spectra it is scored."""

    spectra: int
    samples: int


BUDGETS = {"quick": Budget(25_600, 512), "full": Budget(204_800, 2_048)}


FILES = ("ablation.csv", "report.html")
"""What a study leaves in its folder beside models and records."""


def parse_budget(text: str) -> Budget:
    """Return the budget of a word, or of a number of training spectra.

    Raises
    ------
    SettingError
        If it is neither.
    """
    return budget_of(text, BUDGETS, lambda spectra: Budget(spectra, BUDGETS["full"].samples), BLOCK)


class SyntheticBench(Bench):
    """Fresh spectra of a recipe, over the elements that the technique compares."""

    def __init__(self, session: Session, recipe: Recipe, samples: int) -> None:
        self.key = f"{samples} spectra of {recipe.name} ({recipe.fingerprint})"
        self._samples = samples
        self._synthesizer = session.synthesizer(recipe, _DRAWN_SEED, stream="evaluation").kept()

    def scores(self, quantifier: Quantifier) -> dict[str, float]:
        """Return the accuracy on them."""
        scores = evaluate_synthetic({quantifier.name: quantifier}, self._synthesizer, self._samples)
        return {"synthetic": summarise(scores).accuracy}


def run_ablations(
    session: Session,
    recipe: Recipe,
    budget: Budget,
    out: Path,
    watch: Watch,
    *,
    seeds: int = 1,
    data: Path | None = None,
    only: Sequence[str] = (),
) -> list[Cost]:
    """Train and score a recipe, and the recipe without each ingredient; return what each costs.

    A network that `out` holds already is not trained again, an interrupted one goes on. All seeds, 1 to `seeds`, see
    the same fresh spectra, and the measured ones of the folder `data`. Only the ingredients named are left out; no name
    is all. The tables in `out` are written anew after every network.

    Raises
    ------
    SettingError
        If an ingredient is unknown, or the folder holds another study.
    SpecquantError
        If the measured spectra cannot be read; that is checked before anything is trained.
    """
    known = chosen_ablations(ablations(session.technique, recipe, session.library), only)
    variants = (Ablation(FULL, recipe.title, recipe), *known)
    make_folder(out)
    with only_process(out):
        return _run(session, recipe, budget, out, watch, seeds, data, variants)


def _run(
    session: Session,
    recipe: Recipe,
    budget: Budget,
    out: Path,
    watch: Watch,
    seeds: int,
    data: Path | None,
    variants: Sequence[Ablation],
) -> list[Cost]:
    measured = [MeasuredBench(session, data)] if data else []
    benches = (SyntheticBench(session, recipe, budget.samples), *measured)
    trainings = Trainings(session, out, VALIDATION_BLOCKS)
    accuracies: dict[tuple[str, int], Mapping[str, float]] = {}
    listed: list[Cost] = []
    for seed in range(1, seeds + 1):
        for variant in variants:
            title = f"{variant.name}, seed {seed} ({len(accuracies) + 1} of {seeds * len(variants)})"
            training = Training(variant.recipe, budget.spectra, seed, label=variant.name)
            record = trainings.record(training, benches, partial(watch, title, training.drawn))
            accuracies[variant.name, seed] = {
                measure: value for bench in benches for measure, value in record.scores[bench.key].items()
            }
            listed = costs(variants, accuracies)
            write_costs(listed, out / "ablation.csv")
            subtitle = f"{recipe.name}: {recipe.title}"
            write_page(listed, session.technique, subtitle, session.command, out / "report.html")
    return listed
