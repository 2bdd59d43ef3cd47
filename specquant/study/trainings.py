"""The trainings of a study, each done once: a model file, and its record as JSON beside it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from specquant.errors import SettingError
from specquant.learning import Progress, Start, TrainingPlan, TrainingSet
from specquant.learning.networks import (
    Architecture,
    build,
    find_architecture,
    hidden_layers,
    multiply_adds,
    of_depth,
    parameters,
)
from specquant.pipeline import fresh_spectra, train_model
from specquant.progress import Report, Watch, no_report
from specquant.recipes import Recipe
from specquant.report import write_json
from specquant.session import Session
from specquant.study.benches import Bench
from specquant.synthesizer import BLOCK
from specquant.typed import Count, Name, Number, Share, Text, read_json

_KEPT_BLOCKS = 320
"""Blocks that trainings with one recipe and seed share, at most: 81 920 spectra, about half a gigabyte. Chosen."""


@dataclass(frozen=True)
class Training:
    """One training: all that its result follows from, besides technique and library.

    The seed is that of weights and spectra; `depth` is 0 but for a CNN of another depth than three. It begins with the
    weights of `start`, or with random ones, keeps those of the first `frozen` hidden layers, and may be `settled` at
    the end. The name of its file begins with the `label`, or else with network and recipe.
    """

    recipe: Recipe
    spectra: int
    seed: int
    learning_rate: float = TrainingPlan.learning_rate
    network: str = "cnn"
    depth: int = 0
    label: str = ""
    start: Start | None = None
    frozen: int = 0
    settled: bool = False

    def __hash__(self) -> int:
        return hash(self.name)  # a recipe has none

    @property
    def name(self) -> str:
        """The training as a file name without suffix."""
        if self.label:
            return f"{self.label}-{self.drawn}-seed{self.seed}"
        network = f"{self.network}{self.depth or ''}"
        return f"{network}-{self.recipe.name}-{self.spectra}-rate{self.learning_rate:g}-seed{self.seed}"

    @property
    def architecture(self) -> Architecture:
        """The network that is trained."""
        known = find_architecture(self.network)
        return replace(known, sizes=of_depth(self.depth)) if self.depth else known

    @property
    def plan(self) -> TrainingPlan:
        """How long and how fast it learns."""
        return TrainingPlan(self.spectra, self.learning_rate, seed=self.seed)

    @property
    def drawn(self) -> int:
        """How many spectra it sees, in whole blocks."""
        return self.plan.steps * BLOCK

    @property
    def facts(self) -> dict[str, Any]:
        """The training as JSON, the recipe by name and fingerprint; how it begins and ends where that is not usual."""
        start = "" if self.start is None else self.start.title
        changes = {"start": start, "frozen": self.frozen, "settled": self.settled}
        usual = {name: value for name, value in vars(self).items() if name not in changes}
        named = {**usual, "recipe": self.recipe.name, "fingerprint": self.recipe.fingerprint}
        return {**named, **changes} if any(changes.values()) else named


@dataclass(frozen=True)
class Record:
    """What is known of a finished training, for one technique, library and version of specquant: `Trainings.origin`.

    Accuracy is on the validation stream of its recipe, time that of training in one go; multiply-adds are those of
    one spectrum. `scores` holds, by the key of a bench, what `Bench.scores` returned.
    """

    training: Training
    origin: str
    validation_accuracy: float
    seconds: float
    parameters: int
    multiply_adds: int
    hidden_layers: int
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        """The record as JSON."""
        return {**vars(self), "training": self.training.facts}

    def accuracy(self, key: str) -> float:
        """Return the accuracy on the bench of that key: the first of its scores."""
        return next(iter(self.scores[key].values()))


@dataclass(frozen=True)
class _Content:
    """A record as its file holds it."""

    training: Mapping[Name, Any]
    origin: Text
    validation_accuracy: Share
    seconds: Number
    parameters: Count
    multiply_adds: Count
    hidden_layers: Count
    scores: Mapping[Text, Mapping[Name, Number]]


def load_record(path: Path, training: Training, origin: str) -> Record | None:
    """Return the record of a training, or None if it is not finished, or that of another recipe.

    Raises
    ------
    ReadError
        If the record is damaged.
    SettingError
        If it has another origin: its folder is that of another study.
    """
    if not (path.is_file() and path.with_suffix(".safetensors").is_file()):
        return None
    content = read_json(path, _Content, "damaged record of a training", "Delete it.")
    values = {entry.name: getattr(content, entry.name) for entry in fields(content) if entry.name != "training"}
    record = Record(training, **values)
    if record.origin != origin:
        raise SettingError(
            "the folder holds the trainings of another study",
            where=path,
            found=record.origin,
            wanted=origin,
            todo="Choose another folder with --out, or delete this one.",
        )
    return record if content.training == training.facts else None


class Trainings:
    """Trains every network of a study once, and scores it once on every bench; the folder keeps models and records."""

    def __init__(self, session: Session, folder: Path, validation_blocks: int) -> None:
        self.session, self.folder = session, folder
        self._validation_blocks = validation_blocks
        self._spectra: tuple[tuple[str, int], TrainingSet] | None = None
        self.origin = f"{session.library.identity}, specquant {version('specquant')}"
        """What all numbers of the study rest on: technique, library, version of specquant."""

    def record(
        self, training: Training, benches: Sequence[Bench] = (), begin: Callable[[], Report] = lambda: no_report
    ) -> Record:
        """Return the record of a training with its scores on some benches.

        A network without a record is trained first, from the checkpoint if there is one. Scores that the record has are
        not worked out again. `begin` is called when training begins; what it returns gets the spectra seen after every
        step.

        Raises
        ------
        ReadError, SettingError
            As of `load_record`.
        """
        path = self.model_file(training).with_suffix(".json")
        record = load_record(path, training, self.origin)
        if record is None:
            record = self._trained(training, path.with_suffix(".safetensors"), begin())
            write_json(record.content, path)
        lacking = [bench for bench in benches if bench.key not in record.scores]
        if lacking:
            model = self.session.with_model(path.with_suffix(".safetensors")).network
            record = replace(record, scores={**record.scores, **{bench.key: bench.scores(model) for bench in lacking}})
            write_json(record.content, path)
        return record

    def model_file(self, training: Training) -> Path:
        """Return where the model of a training is, once it is done."""
        return self.folder / f"{training.name}.safetensors"

    def stage(self, planned: Sequence[Training], watch: Watch, title: str) -> list[Record]:
        """Return the records of trainings, done in one stage of that title."""
        report = watch(title, sum(training.drawn for training in planned))
        records, before = [], 0
        for number, training in enumerate(planned, start=1):
            remark = f"{training.name} ({number} of {len(planned)})"
            records.append(self.record(training, begin=partial(_after, report, before, remark)))
            before += training.drawn
            report(before, remark)
        return records

    def _trained(self, training: Training, path: Path, report: Report) -> Record:
        clock, architecture = _Clock(report), training.architecture
        model = train_model(
            self.session,
            self._training_set(training),
            training.plan,
            path,
            architecture=architecture,
            start=training.start,
            frozen=training.frozen,
            settled=training.settled,
            progress=clock,
        )
        network = build(architecture.network, architecture.shape(self.session.technique), training.seed)
        return Record(
            training,
            self.origin,
            model.card.validation_accuracy,
            clock.seconds,
            parameters(network),
            multiply_adds(network),
            hidden_layers(network),
        )

    def _training_set(self, training: Training) -> TrainingSet:
        """Return what a training learns from; spectra that the one before it learned from are not made again."""
        key = training.recipe.fingerprint, training.seed
        if self._spectra is None or self._spectra[0] != key:
            fresh = fresh_spectra(self.session, training.recipe, training.seed, self._validation_blocks)
            self._spectra = key, fresh.kept(_KEPT_BLOCKS)
        return self._spectra[1]


def _after(report: Report, before: int, remark: str) -> Report:
    """Return the report of a training within a stage that has done something before it."""
    return lambda done, loss: report(before + done, f"{remark}, {loss}")


class _Clock:
    """Times a training; one that went on from a checkpoint as if it had been done in one go."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._first: tuple[int, float] | None = None
        self.seconds = 0.0

    def __call__(self, now: Progress) -> None:
        moment = time.monotonic()
        if self._first is None:
            self._first = now.step, moment
        first, started = self._first
        if now.step > first:
            self.seconds = (moment - started) / (now.step - first) * now.steps
        self._report(now.step * BLOCK, f"loss {now.loss:.4f}")
