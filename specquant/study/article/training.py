"""The trainings of a study, each done once: a model file, and its record beside it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from specquant.discovery import Plugin
from specquant.learning import NetworkQuantifier, Progress
from specquant.learning.networks import build, hidden_layers, multiply_adds, parameters
from specquant.library import PureLibrary
from specquant.pipeline import train_model
from specquant.study.article.benches import Bench
from specquant.study.article.plan import Run
from specquant.study.article.records import Record, load_record
from specquant.synthesizer import BLOCK


@dataclass(frozen=True)
class Workshop:
    """Where a study trains.

    Parameters
    ----------
    plugin, library
        Whose spectra, from which pure ones.
    folder
        Keeps model files, checkpoints and records.
    validation_blocks
        Blocks that each network is validated on.
    device, command
        Where torch computes, what was typed.
    """

    plugin: Plugin
    library: PureLibrary
    folder: Path
    validation_blocks: int
    device: str
    command: str

    @property
    def origin(self) -> str:
        """What the library is made from."""
        return str(self.library.dataset.attrs.get("source", ""))

    def record(self, run: Run, tell: Callable[[Progress], None] = lambda _: None) -> Record:
        """Return the record of a run; train first if it is not there, from the checkpoint if there is one."""
        found = load_record(self.folder, run, self.plugin.technique.name, self.origin)
        if found is not None:
            return found
        clock = _Clock(tell)
        model = train_model(
            self.plugin,
            self.library,
            run.recipe,
            run.plan,
            self._file(run),
            architecture=run.architecture,
            validation_blocks=self.validation_blocks,
            device=self.device,
            command=self.command,
            progress=clock,
        )
        network = build(run.architecture.network, run.architecture.shape(self.plugin.technique), run.seed)
        made = Record(
            run,
            self.plugin.technique.name,
            self.origin,
            model.card.validation_accuracy,
            clock.seconds,
            parameters(network),
            multiply_adds(network),
            hidden_layers(network),
        )
        made.save(self.folder)
        return made

    def scored(self, run: Run, benches: Sequence[Bench]) -> Record:
        """Return the record of a run with its accuracy on all benches; those that it has are not scored again."""
        record = self.record(run)
        lacking = [bench for bench in benches if bench.key not in record.scores]
        if lacking:
            model = NetworkQuantifier.load(self._file(run), self.plugin.technique, self.device)
            record = replace(record, scores={**record.scores, **{x.key: x.accuracy(model) for x in lacking}})
            record.save(self.folder)
        return record

    def _file(self, run: Run) -> Path:
        return self.folder / f"{run.name}.safetensors"


class _Clock:
    """Times a training; one that went on from a checkpoint as if it had been done in one go."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._first: tuple[int, float] | None = None
        self.seconds = 0.0

    def __call__(self, now: Progress) -> None:
        moment = time.monotonic()
        if self._first is None:
            self._first = now.step, moment
        first, started = self._first
        if now.step > first:
            self.seconds = (moment - started) / (now.step - first) * now.steps
        self._tell(now)


def spectra_of(runs: Sequence[Run]) -> int:
    """Return how many spectra all these trainings see."""
    return sum(run.plan.steps * BLOCK for run in runs)
