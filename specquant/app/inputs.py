"""Files that were dropped: which technique they are of, and their spectra on its axis."""

from dataclasses import dataclass
from pathlib import Path

from msgspec import json

from specquant.app.caching import Cache
from specquant.app.sessions import Sessions
from specquant.app.settings import Settings
from specquant.discovery import Plugin
from specquant.errors import ReadError, SpecquantError
from specquant.notes import NoteKind
from specquant.readers import on_axis, read_file, recognised_by
from specquant.spectra import Spectra
from specquant.technique import RawSpectrum

_MOST_BYTES = 1 << 29
"""Bytes of spectra that are kept, as files hold them and on the axis each: 512 MiB. Chosen, some maps."""


@dataclass(frozen=True)
class Recognised:
    """The technique that a file is of, and by what it was recognised, in words."""

    technique: str
    reason: str


class Inputs:
    """Files as they were read, and their spectra as settings put them on the axis; what was used last is kept."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._raws: Cache[list[RawSpectrum]] = Cache(
            _MOST_BYTES, lambda raws: 16 * sum(raw.counts.size for raw in raws)
        )
        self._spectra: Cache[Spectra] = Cache(_MOST_BYTES, lambda spectra: 5 * spectra.counts.size)

    def recognise(self, path: Path) -> Recognised:
        """Return the technique that a file is of.

        A technique with a reader of its own for the file comes first; the first that reads spectra of its kind is it.

        Raises
        ------
        SpecquantError
            If no technique can read it: the error is that of the likeliest.
        """
        names = self._sessions.names
        readers = {name: recognised_by(path, self._sessions.base(name).plugin.readers) for name in names}
        refused: list[SpecquantError] = []
        unlike: list[Recognised] = []
        for name in sorted(names, key=lambda name: not readers[name]):
            technique = self._sessions.base(name).technique
            reason = readers[name][0] if readers[name] else "its energies"
            try:
                spectra = self.spectra(path, Settings(name))
            except SpecquantError as error:
                refused.append(error)
                continue
            if not _contradicted(spectra):
                return Recognised(name, f"{technique.title}, by {reason}")
            unlike.append(Recognised(name, f"{technique.title}, by {reason}"))
        if unlike:
            return unlike[0]
        raise refused[0] if refused else ReadError("no technique is installed", where=path)

    def spectra(self, path: Path, settings: Settings) -> Spectra:
        """Return the spectra of a file on the axis of a technique.

        Raises
        ------
        SpecquantError
            If it cannot be read, or holds no usable spectrum.
        """
        reading = _reading(settings)
        session, key = self._sessions.of(reading), (path, json.encode(reading, order="sorted"))

        def read() -> Spectra:
            raws = self._raws.get((path, settings.technique), lambda: _read(path, session.plugin))
            return on_axis(raws, session.technique, path, session.stated, session.axis_correction)

        return self._spectra.get(key, read)


def _reading(settings: Settings) -> Settings:
    """Return what of settings changes spectra, and not only answers."""
    return Settings(settings.technique, shift=settings.shift, reference=settings.reference, stated=settings.stated)


def _read(path: Path, plugin: Plugin) -> list[RawSpectrum]:
    return read_file(path, plugin.readers)


def _contradicted(spectra: Spectra) -> bool:
    return any(note.kind is NoteKind.CONTRADICTION for facts in spectra.facts for note in facts.notes)
