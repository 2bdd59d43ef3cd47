"""Files that were dropped: which technique they are of, and their spectra on its axis."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from specquant.app.caching import Cache
from specquant.app.maps import OpenMap
from specquant.app.sessions import Sessions
from specquant.app.settings import Settings
from specquant.errors import ReadError, SettingError, SpecquantError
from specquant.notes import NoteKind
from specquant.readers import map_in, on_axis, read_file
from specquant.session.guessing import guess_technique
from specquant.spectra import Spectra
from specquant.technique import RawSpectrum

_MOST_BYTES = 1 << 29
"""Bytes of spectra that are kept, as files hold them and on the axis each: 512 MiB. Chosen, some thousand spectra."""

_MAPS = 4
"""Maps that are kept open: chosen; counts of some are in memory."""


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
        self._maps: Cache[OpenMap | None] = Cache(_MAPS, lambda opened: 0 if opened is None else 1)

    def recognise(self, path: Path) -> Recognised:
        """Return the technique that a file is of.

        What the file says decides, as on the command line. Where it says nothing, the first technique is it that reads
        spectra of its kind.

        Raises
        ------
        SpecquantError
            If no technique can read it.
        """
        with suppress(SettingError):
            guess = guess_technique([path], [self._sessions.base(name).plugin for name in self._sessions.names])
            return Recognised(guess.technique, str(guess))
        refused: dict[str, SpecquantError] = {}
        unlike: list[Recognised] = []
        for name in self._sessions.names:
            recognised = Recognised(name, f"read as {name.upper()}: its energies are of that kind")
            try:
                spectra = self.spectra(path, Settings(name))
            except SpecquantError as error:
                refused[name] = error
                continue
            if not _contradicted(spectra):
                return recognised
            unlike.append(recognised)
        if unlike:
            return unlike[0]
        raise _refusal(refused, path)

    def map(self, path: Path, technique: str) -> OpenMap | None:
        """Return the map that a file holds; None if it holds none."""
        readers = self._sessions.base(technique).plugin.readers

        def opened() -> OpenMap | None:
            raw = map_in(path, readers)
            return None if raw is None else OpenMap(raw)

        return self._maps.get((path, technique), opened)

    def part(self, raw: RawSpectrum, path: Path, settings: Settings) -> Spectra:
        """Return a part of a map on the axis of a technique.

        Raises
        ------
        SpecquantError
            If it cannot be used.
        """
        session = self._sessions.of(_reading(settings))
        return on_axis([raw], session.technique, path, session.stated, session.axis_correction)

    def spectra(self, path: Path, settings: Settings) -> Spectra:
        """Return the spectra of a file on the axis of a technique; of a map, the sum of its pixels.

        Raises
        ------
        SpecquantError
            If it cannot be read, or holds no usable spectrum.
        """
        reading = _reading(settings)
        session, key = self._sessions.of(reading), (path, reading.key)

        def read() -> Spectra:
            opened = self.map(path, settings.technique)
            if opened is not None:
                return self.part(opened.whole, path, settings)
            raws = self._raws.get((path, settings.technique), lambda: read_file(path, session.plugin.readers))
            return on_axis(raws, session.technique, path, session.stated, session.axis_correction)

        return self._spectra.get(key, read)


def _refusal(refused: Mapping[str, SpecquantError], path: Path) -> SpecquantError:
    """Return the error of a file that no technique can use: the one reason there is, or that of each."""
    if not refused:
        return ReadError("no technique is installed", where=path)
    reasons = {name: error.in_short for name, error in refused.items()}
    if len(set(reasons.values())) == 1:
        return next(iter(refused.values()))
    tried = "; ".join(f"as {name.upper()}: {reason}" for name, reason in reasons.items())
    return ReadError("cannot be used", where=path, found=tried, todo="Choose the technique to see what to do.")


def _reading(settings: Settings) -> Settings:
    """Return what of settings changes spectra, and not only answers."""
    return Settings(settings.technique, shift=settings.shift, reference=settings.reference, stated=settings.stated)


def _contradicted(spectra: Spectra) -> bool:
    return any(note.kind is NoteKind.CONTRADICTION for facts in spectra.facts for note in facts.notes)
