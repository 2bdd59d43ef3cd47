"""What is worked out for the page: files opened, spectra quantified, figures, reasons, and files to save."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from specquant.app.answers import answer_of
from specquant.app.caching import Cache
from specquant.app.inputs import Inputs
from specquant.app.maps import images, part_of, shape_of, sum_name
from specquant.app.sessions import Sessions
from specquant.app.settings import Settings
from specquant.app.techniques import technique_facts
from specquant.errors import SettingError, SpecquantError
from specquant.quantifiers import Quantifier
from specquant.session import NETWORK, FileResult, Session
from specquant.spectra import Spectra

Say = Callable[[Any], None]
"""Takes a part of an answer, before the whole is there."""

_KEPT = 400
"""Answers that are kept: each holds one spectrum and one table, some 30 kB. Chosen: a batch and its changes."""


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
    """Load what draws, which takes a second."""
    import_module("specquant.app.views")


class Bench:
    """Answers requests; what it keeps is a cache, so that another bench would answer alike."""

    def __init__(self) -> None:
        self._sessions = Sessions()
        self._inputs = Inputs(self._sessions)
        self._answers: Cache[Answered] = Cache(_KEPT, lambda _: 1)

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
            "map": self._map,
            "answer": lambda content, _say: self._plain(self.answered(content)),
        }
        if kind in requests:
            return requests[kind](content, say)
        from specquant.app.views import VIEWS  # with what draws, which takes a second to load

        return VIEWS[kind](self, content)

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
        known = session.constraints(settings.only or None, settings.exclude, settings.require, settings.fixed)
        return Answered(session, methods, session.quantified(target["name"], spectra, methods, known), settings)

    def _sample(self, path: Path, sample: str, settings: Settings) -> Spectra:
        """Return one spectrum of a file by its name, or the sum of pixels of a map."""
        spectra = self._inputs.spectra(path, settings)
        if shape_of(spectra) is not None:
            return part_of(spectra, sample)
        labels = spectra.labels()
        if sample not in labels:
            raise SettingError("the spectrum cannot be used with these settings", where=sample)
        return spectra.take([labels.index(sample)])

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
        spectra = self._inputs.spectra(path, settings)
        shape = shape_of(spectra)
        labels = spectra.labels() if shape is None else (sum_name(len(spectra)),)
        say({"technique": settings.technique, "reason": reason, "shape": shape, "samples": list(labels)})
        for label in labels:
            target = {**content, "sample": label, "settings": settings.plain()}
            say(self._plain(self.answered(target)) | {"label": label})
        return {"spectra": len(spectra)}

    def _map(self, content: dict[str, Any], say: Say) -> dict[str, Any]:
        """Return an image of every element of a map, by the network: of all methods it takes few counts best."""
        settings = Settings.of(content["settings"])
        spectra = self._inputs.spectra(Path(content["path"]), settings)
        shape = shape_of(spectra)
        if shape is None:
            raise SettingError("has no pixels: it is not a map", where=content["name"])
        names = self.base(settings.technique).method_names
        method = replace(settings, method=NETWORK if NETWORK in names else names[0])
        answering = next(iter(self._sessions.method(method).values()))
        return images(spectra, answering, shape, lambda done, total: say({"done": done, "total": total}))

    @staticmethod
    def _plain(answered: Answered) -> dict[str, Any]:
        return answer_of(answered.session, answered.settings, answered.result, answered.method)
