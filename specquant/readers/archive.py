"""Unpacking zip archives and gzip files, each file in them by the reader that knows it, within limits.

Plug-ins make readers of it: their function runs where their other foreign readers run, and names their formats.
"""

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from specquant.countednames import counted
from specquant.errors import ReadError, SpecquantError
from specquant.readers.opening import read_file
from specquant.readers.parts import part
from specquant.technique import RawSpectrum, Reader

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"
"""First bytes of zip archives and of gzip files."""

_OFFICE = "[Content_Types].xml"
_MOST_MEMBERS = 500
"""Files in an archive; more are a collection, to be unpacked. Chosen."""

_LARGEST_MEMBER = 1 << 24
"""Bytes of one unpacked file, 16 MiB: more than four times the largest measured file at hand."""

_LARGEST_TOTAL = 1 << 26
"""Bytes of all unpacked files, 64 MiB: a limit on time and memory. Chosen."""

_ALWAYS_ALLOWED = 1 << 20
"""Bytes, 1 MiB, to which any file may unpack: it does no harm, and small files pack well."""

_LARGEST_RATIO = 100
"""Bytes per packed byte: spectra as text pack to a fifth or tenth; what packs to a hundredth is not a measurement."""

_PIECE = 1 << 16
"""Bytes, 64 KiB, that are unpacked at a time, so that a file that swells is stopped early."""

_LONGEST_SUFFIX = 12
"""Characters of a suffix with its dot that are kept: longer ones belong to no reader."""

_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
"""Ways of packing that are undone; that of LZMA may claim gigabytes of memory before its first byte."""


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Parameters
    ----------
    entry
        Its name with folders.
    title
        Its name without folders.
    spectra
        What was read of it, under names that begin with the file's; ``entry`` is in their headers.
    kind
        Why it was not read, in two words; empty if it was.
    detail
        Why it was not read, in full; empty if it was.
    """

    entry: str
    title: str
    spectra: tuple[RawSpectrum, ...] = ()
    kind: str = ""
    detail: str = ""


def is_archive(head: bytes) -> bool:
    """Say whether the first bytes are those of a zip archive or a gzip file.

    Parameters
    ----------
    head
        First bytes of a file, four or more.
    """
    return head.startswith((ZIP, GZIP))


def members_of(path: Path, readers: Sequence[Reader]) -> list[Member]:
    """Return the files of an archive, each as its reader, or a reader of the core, reads it.

    Parameters
    ----------
    path
        Archive.
    readers
        Readers of the technique, tried before those of the core.

    Raises
    ------
    ReadError
        If the archive is damaged, is an Office document, or holds too many files.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(len(ZIP)) == ZIP
        with tempfile.TemporaryDirectory(prefix="specquant-") as folder:
            return list(_of_zip(path, Path(folder), readers) if packed else _of_gzip(path, Path(folder), readers))
    except SpecquantError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise ReadError(
            "is a damaged archive", where=path, found="a part that cannot be unpacked", todo="Pack it again."
        ) from error


def _of_gzip(path: Path, folder: Path, readers: Sequence[Reader]) -> Iterator[Member]:
    """Yield the one file of a gzip file; its name is that of the file without ``.gz``."""
    name = PurePosixPath(path.stem)
    unpacked = folder / f"0{_suffix(name)}"
    with gzip.open(path) as member:
        try:
            _unpack(member, unpacked, _allowed(path.stat().st_size))
        except _TooLargeError as error:
            yield Member(name.name, name.name, (), "not unpacked", str(error))
            return
    yield _read(0, name.name, unpacked, readers)


def _of_zip(path: Path, folder: Path, readers: Sequence[Reader]) -> Iterator[Member]:
    left, archived = _LARGEST_TOTAL, path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        listed = [info for info in archive.infolist() if not info.is_dir()]
        members = counted(listed, lambda info: info.filename)
        _check(members, path)
        for number, info in enumerate(members):
            name = PurePosixPath(info.filename.replace("\\", "/"))
            unpacked = folder / f"{number}{_suffix(name)}"
            limit = min(left, _allowed(min(info.compress_size, archived)))
            reason = _not_unpacked(archive, info, unpacked, limit)
            if reason:
                yield Member(info.filename, name.name, (), "not unpacked", f"cannot be unpacked: {reason}")
            else:
                left -= unpacked.stat().st_size
                yield _read(number, info.filename, unpacked, readers)


def _allowed(packed: int) -> int:
    """Return the bytes to which a file of that many packed bytes may unpack."""
    return min(_LARGEST_MEMBER, max(_ALWAYS_ALLOWED, _LARGEST_RATIO * packed))


def _check(members: Sequence[zipfile.ZipInfo], path: Path) -> None:
    if any(info.filename == _OFFICE for info in members):
        raise ReadError(
            "is an Office document",
            where=path,
            found="a spreadsheet or text in the Office format",
            wanted="an instrument's file or text",
            todo="Save the sheet with the survey as CSV: energy, intensity.",
        )
    if len(members) > _MOST_MEMBERS:
        raise ReadError(
            "holds too many files", where=path, found=len(members), wanted=f"at most {_MOST_MEMBERS}", todo="Unpack it."
        )


class _TooLargeError(Exception):
    """A file unpacks to more than it may."""


def _not_unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, limit: int) -> str:
    """Unpack a file; return why that cannot be done, or nothing."""
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.compress_type not in _PACKINGS:
        return "it is packed in a way that is not known"
    try:
        with archive.open(info) as member:
            _unpack(member, path, limit)
    except _TooLargeError as error:
        return str(error)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        return "it is damaged"
    return ""


def _unpack(member: IO[bytes] | gzip.GzipFile, path: Path, limit: int) -> None:
    """Write what is unpacked to a file, as far as allowed, whatever size the archive claims."""
    size = 0
    with path.open("wb") as target:
        while piece := member.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise _TooLargeError(f"more than {limit} bytes")
            target.write(piece)


def _suffix(name: PurePosixPath) -> str:
    return name.suffix[:_LONGEST_SUFFIX] if name.suffix.isprintable() else ""


def _read(number: int, entry: str, path: Path, readers: Sequence[Reader]) -> Member:
    """Return the file of that number and name in the archive, unpacked to a path, as it is read; remove it."""
    name = PurePosixPath(entry.replace("\\", "/"))
    try:
        with part(number):
            spectra = read_file(path, readers)
    except SpecquantError as error:
        return Member(entry, name.name, (), "not read", error.in_short)
    finally:
        path.unlink(missing_ok=True)
    names = [name.stem if raw.name == path.stem else f"{name.stem} / {raw.name}" for raw in spectra]
    renamed = [
        replace(raw, name=label).noted(header={**raw.header, "entry": entry})
        for raw, label in zip(spectra, names, strict=True)
    ]
    return Member(entry, name.name, tuple(renamed))
