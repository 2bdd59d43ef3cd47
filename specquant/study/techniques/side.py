"""One technique's part of a study: its trainings, its scores, where its networks read elements."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from specquant import contracts
from specquant.explainers import SHAPES, AgreedClass
from specquant.learning import Start
from specquant.progress import Watch
from specquant.quantifiers import Quantifier
from specquant.session import HYBRID, NETWORK, Session
from specquant.study.article.benches import MeanComposition
from specquant.study.article.ledger import Ledger
from specquant.study.benches import Bench, MeasuredBench
from specquant.study.explanation.study import explain_models
from specquant.study.techniques.bench import ElementBench
from specquant.study.techniques.claim import LEAST_SQUARES
from specquant.study.techniques.plan import Plan
from specquant.study.techniques.results import Method, PerSeed, Side
from specquant.study.trainings import Record, Training, Trainings

_STEPS = 3
"""Steps of the stage that scores all but the networks of the plan's sizes."""


class Part:
    """The work on one technique, in a folder of its own."""

    def __init__(self, session: Session, plan: Plan, folder: Path, data: Path | None) -> None:
        self.session, self.plan, self.folder = session, plan, folder
        self.name = session.technique.name
        self._trainings = Trainings(session, folder, plan.budget.validation_blocks)
        self._ledger = Ledger(folder / "scores.json", self._trainings.origin)
        self._measured = None if data is None else MeasuredBench(session, data)
        bench = partial(ElementBench, session, plan.recipe, plan.seeds[0], ledger=self._ledger)
        self._bench, self._few = bench(samples=plan.budget.samples), bench(samples=plan.budget.few)

    @property
    def _folder(self) -> list[Bench]:
        """The measured spectra, if there are some."""
        return [] if self._measured is None else [self._measured]

    def train(self, planned: Mapping[str, Sequence[Training]], watch: Watch, title: str) -> None:
        """Train what is planned and not there yet, seed by seed: trainings of one seed learn from the same spectra."""
        trainings = sorted((one for each in planned.values() for one in each), key=lambda training: training.seed)
        self._trainings.stage(trainings, watch, f"{self.name}: {title}")

    def starts(self) -> dict[int, Start]:
        """Return its longest networks from scratch, by seed, for other techniques to begin with."""
        return {one.seed: Start.load(self._trainings.model_file(one)) for one in self.plan.longest()}

    def side(self, planned: Mapping[str, Sequence[Training]], watch: Watch) -> Side:
        """Return what was found, with scores of all that is planned; leaves the map of readings in ``fis.nc``."""
        accuracy = self._accuracies(planned, watch)
        longest = [self._trainings.record(one, [self._bench, *self._folder]) for one in self.plan.longest()]
        scores = [record.scores[self._bench.key] for record in longest]
        report = watch(f"{self.name}: other settings, other methods, limits", _STEPS)
        tuned = {title: self._accuracy(one) for title, one in self.plan.tuned().items()}
        report(1, "other settings")
        methods = self._methods()
        constant = self._ledger.value(f"constant on {self._bench.key}", self._constant)
        report(2, "other methods")
        limit, bayes = self._bench.limit, self._bench.bayes
        report(_STEPS, f"oracle {limit.oracle:.4f}")
        return Side(
            name=self.name,
            title=self.session.technique.title,
            recipe=self.plan.recipe.name,
            accuracy=accuracy,
            elements={x: tuple(one[x] for one in scores) for x in self.session.technique.elements if x in scores[0]},
            measured=() if self._measured is None else _per_seed(longest, self._measured.key),
            methods=methods,
            constant=constant,
            oracle=limit.oracle,
            bound=limit.bound,
            bayes=bayes,
            tuned=tuned,
            classes=self._classes(watch),
        )

    def _accuracies(self, planned: Mapping[str, Sequence[Training]], watch: Watch) -> dict[str, dict[int, PerSeed]]:
        report, done = watch(f"{self.name}: scores of networks", sum(map(len, planned.values()))), 0
        accuracy: dict[str, dict[int, PerSeed]] = {}
        for title, trainings in planned.items():
            for training in trainings:
                sizes = accuracy.setdefault(title, {})
                sizes[training.spectra] = (*sizes.get(training.spectra, ()), self._accuracy(training))
                done += 1
                report(done, training.name)
        return accuracy

    def _accuracy(self, training: Training) -> float:
        return self._trainings.record(training, [self._bench]).accuracy(self._bench.key)

    def _methods(self) -> tuple[Method, ...]:
        """Return what is not trained, and the first of the longest networks where another method begins with it."""
        fit = self.session.methods([LEAST_SQUARES])[LEAST_SQUARES]
        least_squares = self._method(LEAST_SQUARES, LEAST_SQUARES, fit, self._bench)
        if HYBRID not in self.session.method_names:
            return (least_squares,)
        first = self.plan.longest()[0]
        network = self._trainings.record(first, [self._few, *self._folder])
        accuracies = [network.accuracy(bench.key) for bench in (self._few, *self._folder)]
        proposing = self.session.with_model(self._trainings.model_file(first))
        hybrid = proposing.methods([HYBRID])[HYBRID]
        return (
            least_squares,
            Method(NETWORK, self.plan.budget.few, *accuracies),
            self._method(HYBRID, f"{HYBRID} of {proposing.network.card.fingerprint}", hybrid, self._few),
        )

    def _method(self, name: str, title: str, quantifier: Quantifier, fresh: ElementBench) -> Method:
        benches = [fresh, *self._folder]
        scores = [self._ledger.value(f"{title} on {x.key}", partial(_first_score, x, quantifier)) for x in benches]
        return Method(name, self.plan.budget.few if fresh is self._few else self.plan.budget.samples, *scores)

    def _constant(self) -> float:
        return _first_score(self._bench, MeanComposition(self.session, self.plan.recipe, self.plan.seeds[0]))

    def _classes(self, watch: Watch) -> tuple[AgreedClass, ...]:
        models = [self.session.with_model(self._trainings.model_file(one)).network for one in self.plan.longest()]
        report = watch(f"{self.name}: where elements are read", len(SHAPES) * len(models))
        explanation = explain_models(models, report=report)
        dataset = explanation.dataset().assign_attrs(command=self.session.command)
        contracts.save(dataset, "ATTRIBUTION", self.folder / "fis.nc")
        return explanation.classes


def _first_score(bench: Bench, quantifier: Quantifier) -> float:
    return next(iter(bench.scores(quantifier).values()))


def _per_seed(records: Sequence[Record], key: str) -> PerSeed:
    return tuple(record.accuracy(key) for record in records)
