"""What is worked out for the page: files opened, spectra quantified, figures, reasons, and files to save."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from specquant.app.answers import answer_of
from specquant.app.caching import Cache
from specquant.app.inputs import Inputs
from specquant.app.maps import OpenMap
from specquant.app.regions import Rectangle, part_of_name
from specquant.app.sessions import Sessions
from specquant.app.settings import Settings
from specquant.app.techniques import technique_facts
from specquant.constraints import Constraints
from specquant.errors import SettingError, SpecquantError
from specquant.progress import Report
from specquant.quantifiers import Quantifier
from specquant.session import FileResult, Session
from specquant.spectra import Spectra
from specquant.technique import Floats, RawSpectrum

if TYPE_CHECKING:
    from specquant.maps import MapResult

Content = Mapping[str, Any]
"""What a request says."""

Say = Callable[[Any], None]
"""Takes a part of an answer, before the whole is there."""

_KEPT = 400
"""Answers that are kept: each holds one spectrum and one table, some 30 kB. Chosen: a batch and its changes."""

_MAPS = 3
"""Quantified maps that are kept: each takes some hundred bytes a pixel. Chosen."""


@dataclass(frozen=True)
class Answered:
    """The answer to one spectrum, with what it was worked out by."""

    session: Session
    methods: Mapping[str, Quantifier]
    result: FileResult
    settings: Settings

    @property
    def method(self) -> str:
        """The method that answers."""
        return next(iter(self.methods))


def _load_views() -> None:
    """Load what draws, and what quantifies maps, which takes a second."""
    for name in ("specquant.app.views", "specquant.app.picturing", "specquant.maps"):
        import_module(name)


def _known(session: Session, settings: Settings) -> Constraints | None:
    """Return what settings say of the elements."""
    return session.constraints(settings.only or None, settings.exclude, settings.require, settings.fixed)


class Bench:
    """Answers requests; what it keeps is a cache, so that another bench would answer alike."""

    def __init__(self) -> None:
        self._sessions = Sessions()
        self._inputs = Inputs(self._sessions)
        self._answers: Cache[Answered] = Cache(_KEPT, lambda _: 1)
        self._mapped: Cache[MapResult] = Cache(_MAPS, lambda _: 1)

    def warming(self) -> Iterator[Callable[[], None]]:
        """Yield steps after which everything answers at once."""
        yield from self._sessions.warming()
        yield _load_views

    def base(self, technique: str) -> Session:
        """Return the session of a technique, as nobody set anything."""
        return self._sessions.base(technique)

    def answer(self, kind: str, content: dict[str, Any], say: Say) -> Any:
        """Return the answer to a request; parts of it go to `say` as they are there.

        Raises
        ------
        SpecquantError
            If there is none.
        """
        requests: dict[str, Callable[[dict[str, Any], Say], Any]] = {
            "techniques": lambda _content, _say: self._techniques(),
            "open": self._open,
            "answer": lambda content, _say: self._plain(self.answered(content)),
        }
        if kind in requests:
            return requests[kind](content, say)
        from specquant.app.views import VIEWS  # with what explains, which takes time to load

        return VIEWS[kind](self, content, say)

    @staticmethod
    def named(message: str, content: Mapping[str, Any]) -> str:
        """Return a message with the names that the user knows in place of the temporary paths of files."""
        for target in (content, *content.get("targets", ())):
            if "path" in target:
                path = Path(target["path"])
                message = message.replace(str(path), target["name"]).replace(f"{path.parent}/", "")
        return message

    def answered(self, target: Mapping[str, Any]) -> Answered:
        """Return the answer to one spectrum: `path`, `name`, `sample` and `settings`."""
        settings = Settings.of(target["settings"])
        key = (target["path"], target["sample"], settings.key)
        return self._answers.get(key, lambda: self._quantified(target, settings))

    def _quantified(self, target: Mapping[str, Any], settings: Settings) -> Answered:
        session, methods = self._sessions.of(settings), self._sessions.method(settings)
        spectra = self._sample(Path(target["path"]), target["sample"], settings)
        result = session.quantified(target["name"], spectra, methods, _known(session, settings))
        return Answered(session, methods, result, settings)

    def _sample(self, path: Path, sample: str, settings: Settings) -> Spectra:
        """Return one spectrum of a file by its name, or a part of a map."""
        opened = self._inputs.map(path, settings.technique)
        if opened is not None and sample != opened.sum_name:
            return self._inputs.part(self._part(opened, path, sample, settings), path, settings)
        spectra = self._inputs.spectra(path, settings)
        labels = spectra.labels()
        if sample not in labels:
            raise SettingError("the spectrum cannot be used with these settings", where=sample)
        return spectra.take([labels.index(sample)])

    def _part(self, opened: OpenMap, path: Path, name: str, settings: Settings) -> RawSpectrum:
        """Return a part of a map by its name."""
        part = part_of_name(name, settings.technique)
        if part is None:
            wanted = "rows and columns, or a phase"
            raise SettingError("is not a part of the map", where=name, wanted=wanted)
        if isinstance(part, Rectangle):
            return opened.rectangle(part)
        plan = self.mapped(path, part.settings).plan
        if not 0 < part.number <= len(plan.phases):
            raise SettingError("is not in the map", where=name, found=f"{len(plan.phases)} phases")
        return opened.spectrum(name, plan.sums[part.number - 1], int(plan.pixels[part.number - 1]))

    def mapped(self, path: Path, settings: Settings, say: Say = lambda _: None) -> "MapResult":
        """Return the phases and pixels of a map under settings; how far it is goes to `say`.

        Raises
        ------
        SpecquantError
            If the file holds no map, or it cannot be quantified.
        """
        opened, settings = self._map(path, settings.technique), settings.of_map
        return self._mapped.get((path, settings.key), lambda: self._map_result(opened, settings, say))

    def on_axis(self, path: Path, settings: Settings, counts: Floats) -> Floats:
        """Return counts (channel,) of a map on the axis of its technique, (energy,); NaN where nothing was measured."""
        opened = self._map(path, settings.technique)
        spectra = self._inputs.part(opened.raw.spectrum(opened.raw.name, counts), path, settings)
        return np.where(spectra.observed[0], spectra.counts[0], np.nan)

    def _map(self, path: Path, technique: str) -> OpenMap:
        opened = self._inputs.map(path, technique)
        if opened is None:
            raise SettingError("has no pixels: it is not a map", where=path)
        return opened

    def _map_result(self, opened: OpenMap, settings: Settings, say: Say) -> "MapResult":
        from specquant.maps import quantify_map

        def watch(stage: str, total: int) -> Report:
            say({"stage": stage, "done": 0, "total": total})
            return lambda done, remark: say({"stage": stage, "done": done, "total": total, "remark": remark})

        session = self._sessions.of(settings)
        return quantify_map(session, opened.raw, constraints=_known(session, settings), watch=watch)

    def _techniques(self) -> list[dict[str, Any]]:
        facts = []
        for name in self._sessions.names:
            try:
                facts.append(technique_facts(self.base(name)))
            except SpecquantError:
                continue  # a plug-in that cannot be loaded: `specquant plugins` says why
        return facts

    def _open(self, content: dict[str, Any], say: Say) -> dict[str, Any]:
        """Open a file and quantify every spectrum in it; each answer is said as it is there."""
        path, settings = Path(content["path"]), Settings.of(content["settings"])
        reason = "as chosen"
        if not settings.technique:
            recognised = self._inputs.recognise(path)
            settings, reason = Settings(recognised.technique), recognised.reason
        spectra, opened = self._inputs.spectra(path, settings), self._inputs.map(path, settings.technique)
        labels, shape = spectra.labels(), None if opened is None else opened.shape
        say({"technique": settings.technique, "reason": reason, "shape": shape, "samples": list(labels)})
        for label in labels:
            target = {**content, "sample": label, "settings": settings.plain()}
            say(self._plain(self.answered(target)) | {"label": label})
        return {"spectra": len(spectra)}

    @staticmethod
    def _plain(answered: Answered) -> dict[str, Any]:
        return answer_of(answered.session, answered.settings, answered.result, answered.method)
