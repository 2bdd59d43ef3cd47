"""Everybody's accuracy on the benches of a study."""

from collections.abc import Mapping
from functools import partial
from itertools import chain
from math import isfinite

from specquant.pipeline import open_methods
from specquant.pipeline.opening import BASELINES
from specquant.pipeline.running import Watch
from specquant.quantifiers import Quantifier
from specquant.study.article.benches import Bench, FreshBench, MeanComposition, MeasuredBench
from specquant.study.article.ledger import Ledger
from specquant.study.article.plan import BAYES_RATIOS, RATIOS, Plan, Run, at_ratio
from specquant.study.article.records import Record
from specquant.study.article.table import BAYES_TITLE, Row
from specquant.study.article.training import Workshop
from specquant.study.figure import Figure

_MEASURED = "measured"
_TITLES = {"nnls": "Non-negative least squares", "poisson": "Poisson maximum likelihood"}


class Scores:
    """The benches, and accuracy on them.

    Parameters
    ----------
    workshop, plan
        Where networks are, and which.
    measured
        Measured spectra to score on too.
    """

    def __init__(self, workshop: Workshop, plan: Plan, measured: MeasuredBench | None) -> None:
        technique, library, samples = workshop.plugin.technique, workshop.library, plan.budget.samples
        seed, few = plan.seeds[0], max(samples // 4, 1)
        self._workshop, self._seed = workshop, seed
        self._ledger = Ledger(workshop.folder / "scores.json", f"{technique.name}, library {workshop.origin}")

        bench = partial(FreshBench, technique, library, seed=seed, ledger=self._ledger)
        recipes = {name: technique.recipe(name) for name in plan.recipes}
        self.fresh = {name: bench(recipe, samples=samples) for name, recipe in recipes.items()}
        """Fresh spectra of every recipe of the table, by its name."""
        self.first = self.fresh[plan.recipes[0]]
        """Those of the recipe of the sweeps."""
        first = recipes[plan.recipes[0]]
        self.ratios = {ratio: bench(at_ratio(first, ratio), samples=few) for ratio in RATIOS}
        """The same at one signal-to-noise ratio each."""
        self._table: Mapping[str, Bench] = self.fresh if measured is None else {**self.fresh, _MEASURED: measured}
        self.keys = {name: bench.key for name, bench in self._table.items()}
        """Keys of the benches of the table, by title."""

    def of_networks(self, plan: Plan, rates: Mapping[str, float], watch: Watch) -> dict[Run, Record]:
        """Return the record of every run with its scores: sweeps on one recipe, the table on all benches."""
        over_noise, runs = {*plan.table(rates), *plan.any_noise(rates)}, plan.all(rates)
        in_table = {*over_noise, plan.longest(rates)}
        report, records = watch("scores of networks", len(runs)), {}
        for done, run in enumerate(runs, start=1):
            benches = list(self._table.values()) if run in in_table else [self.first]
            noisy = self.ratios.values() if run in over_noise and run.network == "cnn" else ()
            records[run] = self._workshop.scored(run, [*benches, *noisy])
            report(done, run.name)
        return records

    def of_others(self, watch: Watch) -> list[Row]:
        """Return the lines of library fits, constant answers, and the limits."""
        technique, library = self._workshop.plugin.technique, self._workshop.library
        methods: list[tuple[str, str, Quantifier]] = [
            (_TITLES.get(name, name), "", method)
            for name, method in open_methods(self._workshop.plugin, tuple(BASELINES), library).items()
        ]
        for recipe in self.fresh:
            mean = MeanComposition(technique, library, technique.recipe(recipe), self._seed)
            methods.append(("Constant answer: mean composition", recipe, mean))
        limited = (*self.fresh.values(), *self.ratios.values())
        informed = (self.first, *(self.ratios[ratio] for ratio in BAYES_RATIOS))
        report = watch("scores of baselines and limits", len(methods) + len(limited) + len(informed))
        rows = []
        for title, recipe, quantifier in methods:
            rows.append(Row(title, recipe, self._scored(quantifier, recipe)))
            report(len(rows), title)
        remarks = chain(
            (f"oracle {bench.limit.oracle:.4f}" for bench in limited),
            (f"{BAYES_TITLE} {bench.bayes:.4f}" if isfinite(bench.bayes) else "no Bayes limit" for bench in informed),
        )
        for done, remark in enumerate(remarks, start=len(rows) + 1):
            report(done, remark)
        limits = {name: bench.limit for name, bench in self.fresh.items()}
        oracle = Row("Oracle", "", {name: Figure(limit.oracle) for name, limit in limits.items()})
        bound = Row("Cram\u00e9r-Rao bound", "", {name: Figure(limit.bound) for name, limit in limits.items()})
        first = next(iter(self.fresh))
        best = [Row(BAYES_TITLE, "", {first: Figure(self.first.bayes)})] if isfinite(self.first.bayes) else []
        return [*rows, oracle, bound, *best]

    def _scored(self, quantifier: Quantifier, recipe: str) -> dict[str, Figure]:
        method = f"{quantifier.name} {recipe}".rstrip()
        return {
            name: Figure(self._ledger.value(f"{method} on {bench.key}", partial(bench.accuracy, quantifier)))
            for name, bench in self._table.items()
        }
