"""A session of the page in one file: the spectra themselves, what was set for each, and the answers there were."""

import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from msgspec import Meta, json, to_builtins

from specquant.app.desk import Desk, File, Spot
from specquant.app.settings import Settings
from specquant.app.uploads import MOST_FILES, beside
from specquant.errors import ReadError
from specquant.typed import MOST_BYTES, Name, Share, parse_json

SUFFIX = ".specquant"
"""Of a file that holds a session."""

_FORMAT = 1
"""Version of the format; files of another one are refused."""

_CONTENT = "session.json"

_FOLDER = "files/"

_Member = Annotated[str, Meta(max_length=2000, pattern=f"^{_FOLDER}")]

_MOST_BESIDE = 4
"""Files that belong to another one: the numbers of a map, in some spelling of the suffix. Chosen."""

_MOVED = 5e-4
"""Change of an atomic fraction that a reader sees: half of the last figure that is shown."""

_CHUNK = 1 << 20
"""Bytes that are unpacked at a time."""

_MOST_SPECTRA = 1000
"""Spectra of a file of which settings are kept: chosen, more than a file holds that is not a map."""


@dataclass(frozen=True)
class KeptSpectrum:
    """One spectrum: its settings, and the atomic fractions that were answered."""

    sample: Name
    settings: Settings
    fractions: dict[Name, Share]


@dataclass(frozen=True)
class KeptFile:
    """One file: its name on the page, where it lies in the archive, its spectra, and where what belongs to it lies."""

    name: Annotated[str, Meta(max_length=1000)]
    member: _Member
    technique: Name
    spectra: Annotated[tuple[KeptSpectrum, ...], Meta(max_length=_MOST_SPECTRA)]
    beside: Annotated[tuple[_Member, ...], Meta(max_length=_MOST_BESIDE)] = ()


@dataclass(frozen=True)
class Kept:
    """All of a session, and by which version of specquant."""

    format: Annotated[int, Meta(ge=_FORMAT, le=_FORMAT)]
    specquant: Name
    files: Annotated[tuple[KeptFile, ...], Meta(max_length=MOST_FILES)]


def packed(desk: Desk, folder: Path) -> bytes:
    """Return the session as the content of a file; `folder` is that of uploads, and files keep their places in it.

    Raises
    ------
    ReadError
        If a spectrum can no longer be read.
    """
    buffer, kept = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, file in enumerate(desk.files, start=1):
            inside = file.path.is_relative_to(folder)
            below = file.path.relative_to(folder).as_posix() if inside else f"given-{number}/{file.path.name}"
            try:
                kept.append(_packed(file, f"{_FOLDER}{below}", archive))
            except OSError as error:
                raise ReadError("cannot be read any more", where=file.name, found=error.strerror) from error
        content = Kept(_FORMAT, version("specquant"), tuple(kept))
        archive.writestr(_CONTENT, json.encode(to_builtins(content)))
    return buffer.getvalue()


def _packed(file: File, member: str, archive: zipfile.ZipFile) -> KeptFile:
    """Put a file and what belongs to it into an archive, and return what is known of it."""
    archive.write(file.path, member)
    others = {str(PurePosixPath(member).with_name(other.name)): other for other in beside(file.path)}
    for name, other in others.items():
        archive.write(other, name)
    spectra = (_kept(spot) for spot in file.spots[:_MOST_SPECTRA] if spot.answers)
    return KeptFile(file.name, member, file.technique, tuple(spectra), tuple(others))


class Archive:
    """A file that `packed` made, opened.

    Raises
    ------
    ReadError
        If it is something else.
    """

    def __init__(self, path: Path, name: str) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
            if self._archive.getinfo(_CONTENT).file_size > MOST_BYTES:
                raise ValueError("its description is too long")
            self.kept = parse_json(self._archive.read(_CONTENT), Kept)
            self._names = set(self._archive.namelist())
        except (OSError, KeyError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ReadError(
                "is not a session", where=name, found=error, wanted="a file that Save session of this version wrote"
            ) from error

    @staticmethod
    def whereabouts(member: str) -> tuple[str, str]:
        """Return the drop, and the name below it, that a file is unpacked to: those that belong together stay so."""
        drop, _, name = member.removeprefix(_FOLDER).partition("/")
        return drop, name or drop

    async def chunks(self, member: str, name: str) -> AsyncIterator[bytes]:
        """Yield the content of one of its files.

        Raises
        ------
        ReadError
            If it is not there, or damaged.
        """
        if member not in self._names:
            raise ReadError("is not in the session", where=name)
        try:
            with self._archive.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    yield chunk
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
            raise ReadError("is damaged in the session", where=name, found=error) from error

    def close(self) -> None:
        """Close the file."""
        self._archive.close()


def _kept(spot: Spot) -> KeptSpectrum:
    answer = spot.answers[-1]
    return KeptSpectrum(spot.sample, Settings.of(answer["settings"]), _shares(answer))


def _shares(answer: dict[str, Any]) -> dict[str, float]:
    return {row["element"]: row["at"] for row in answer["elements"] if row["shown"] and answer["answered"]}


def moved(kept: KeptSpectrum, answer: dict[str, Any], since: str) -> str:
    """Return in words how an answer differs from the one that was kept; "": it does not."""
    before, now = kept.fractions, _shares(answer)
    pairs = ((name, before.get(name, 0.0), now.get(name, 0.0)) for name in {**before, **now})
    texts = [f"{name} {100 * old:.1f} to {100 * new:.1f}" for name, old, new in pairs if abs(old - new) >= _MOVED]
    return f"since the session was saved (specquant {since}), at% changed: {', '.join(texts)}" if texts else ""
