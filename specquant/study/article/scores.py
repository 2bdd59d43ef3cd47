"""The benches of a study, and the accuracy of all methods on them."""

from collections.abc import Mapping
from functools import partial
from itertools import chain
from math import isfinite

from specquant.progress import Watch
from specquant.quantifiers import Quantifier
from specquant.session import HYBRID
from specquant.study.article.benches import FreshBench, MeanComposition
from specquant.study.article.ledger import Ledger
from specquant.study.article.plan import BAYES_RATIOS, RATIOS, Plan, at_ratio
from specquant.study.article.table import BAYES_TITLE, Row
from specquant.study.benches import MEASURED, Bench, MeasuredBench
from specquant.study.figure import Figure
from specquant.study.trainings import Record, Training, Trainings

_FITS = {"nnls": "Non-negative least squares", "poisson": "Poisson maximum likelihood"}
"""Library fits of the table: title by method."""


class Scores:
    """The benches of a study, and accuracies on them."""

    def __init__(self, trainings: Trainings, plan: Plan, measured: MeasuredBench | None) -> None:
        samples, seed = plan.budget.samples, plan.seeds[0]
        self._trainings, self._plan = trainings, plan
        self._ledger = Ledger(trainings.folder / "scores.json", trainings.origin)
        bench = partial(FreshBench, trainings.session, seed=seed, ledger=self._ledger)
        self.fresh = {recipe.name: bench(recipe, samples=samples) for recipe in plan.recipes}
        """Fresh spectra of every recipe of the table, by its name."""
        self.first = self.fresh[plan.recipes[0].name]
        """Those of the recipe of the sweeps."""
        few = max(samples // 4, 1)
        self.ratios = {ratio: bench(at_ratio(plan.recipes[0], ratio), samples=few) for ratio in RATIOS}
        """The same at one signal-to-noise ratio each."""
        self._table: Mapping[str, Bench] = self.fresh if measured is None else {**self.fresh, MEASURED: measured}
        self.keys = {title: bench.key for title, bench in self._table.items()}
        """Keys of the benches of the table, by title."""

    def of_networks(self, watch: Watch) -> dict[Training, Record]:
        """Return the record of every training with its scores: sweeps on one recipe, the table on all benches."""
        plan, trainings = self._plan, self._plan.all()
        over_noise = {*plan.table(), *plan.any_noise()}
        in_table = {*over_noise, *plan.averages(), plan.longest()}
        report, records = watch("scores of networks", len(trainings)), {}
        for done, training in enumerate(trainings, start=1):
            benches = list(self._table.values()) if training in in_table else [self.first]
            noisy = self.ratios.values() if training in over_noise and training.network == "cnn" else ()
            records[training] = self._trainings.record(training, [*benches, *noisy])
            report(done, training.name)
        return records

    def of_others(self, watch: Watch) -> list[Row]:
        """Return the lines of library fits, constant answers, and the limits."""
        methods = self._methods()
        limited = (*self.fresh.values(), *self.ratios.values())
        with_bayes = (self.first, *(self.ratios[ratio] for ratio in BAYES_RATIOS))
        report = watch("scores of baselines and limits", len(methods) + len(limited) + len(with_bayes))
        rows = []
        for title, recipe, quantifier in methods:
            rows.append(Row(title, recipe, self._scored(title, recipe, quantifier)))
            report(len(rows), title)
        remarks = chain(
            (f"oracle {bench.limit.oracle:.4f}" for bench in limited),
            (f"{BAYES_TITLE} {bench.bayes:.4f}" if isfinite(bench.bayes) else "no Bayes limit" for bench in with_bayes),
        )
        for done, remark in enumerate(remarks, start=len(rows) + 1):
            report(done, remark)
        return [*rows, *self._limits()]

    def _methods(self) -> list[tuple[str, str, Quantifier]]:
        """Return methods that are not trained, each with its title and the recipe that it needs, "" for none."""
        session, seed = self._trainings.session, self._plan.seeds[0]
        fits = session.methods(tuple(_FITS))
        constants = {recipe.name: MeanComposition(session, recipe, seed) for recipe in self._plan.recipes}
        return [
            *self._hybrid(),
            *((_FITS[name], "", fit) for name, fit in fits.items()),
            *(("Constant answer: mean composition", recipe, constant) for recipe, constant in constants.items()),
        ]

    def _hybrid(self) -> list[tuple[str, str, Quantifier]]:
        """Return the fit of what the CNN that saw the most spectra proposes, where the technique has such a fit."""
        longest, session = self._plan.longest(), self._trainings.session
        if HYBRID not in session.method_names:
            return []
        model = self._trainings.model_file(longest)
        fit = session.with_model(model).methods([HYBRID])[HYBRID]
        return [(f"Fit of the CNN's proposal, {longest.spectra:,} spectra", longest.recipe.name, fit)]

    def _limits(self) -> list[Row]:
        limits = {name: bench.limit for name, bench in self.fresh.items()}
        oracle = Row("Oracle", "", {name: Figure(limit.oracle) for name, limit in limits.items()})
        bound = Row("Cram\u00e9r-Rao bound", "", {name: Figure(limit.bound) for name, limit in limits.items()})
        bayes = Row(BAYES_TITLE, "", {self._plan.recipes[0].name: Figure(self.first.bayes)})
        return [oracle, bound, *([bayes] if isfinite(self.first.bayes) else [])]

    def _scored(self, title: str, recipe: str, quantifier: Quantifier) -> dict[str, Figure]:
        return {
            name: Figure(
                self._ledger.value(f"{title}, {recipe}, on {bench.key}", partial(_accuracy, bench, quantifier))
            )
            for name, bench in self._table.items()
        }


def _accuracy(bench: Bench, quantifier: Quantifier) -> float:
    return next(iter(bench.scores(quantifier).values()))
