"""Choosing the reader of a file by what it holds."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from specquant.errors import ReadError, SpecquantError
from specquant.filekinds import kind_of
from specquant.hdf5 import MAGIC
from specquant.readers.decoding import as_utf8
from specquant.readers.ending import broken_end
from specquant.readers.lettering import guessed_letters
from specquant.readers.stored import NETCDF_READER, OWN_READER
from specquant.readers.text import TEXT_READER
from specquant.readers.worker import read_apart, start
from specquant.technique import RawSpectrum, Reader
from specquant.terminal import storable
from specquant.validation import InstalledReader, read_installed, recognises

CORE_READERS: tuple[Reader, ...] = (NETCDF_READER, TEXT_READER)
"""Readers for all techniques, in the order in which they are asked."""

_HEAD_BYTES = 8192
"""Bytes of a file that `Reader.sniff` sees; chosen, ample for the headers by which formats are recognised."""

_CONTAINERS = (MAGIC, b"CDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"AAMVHFSS")
"""First bytes of HDF5, netCDF, zip, OLE2 and Bruker's containers, which foreign readers open."""

_LARGEST = 1 << 28
"""Bytes of a file that is read in this process, as text mostly: 256 MiB, fifty times the largest at hand. Chosen."""


def read_file(path: Path, readers: Sequence[Reader] = ()) -> list[RawSpectrum]:
    """Read every spectrum of a file.

    The content decides which reader is taken; among those that recognise it, readers of the plug-in come before those
    of the core, and readers that know the file's suffix before those that do not. Only netCDF under a contract of
    specquant goes to the core at once: it begins as any HDF5 file does.

    Parameters
    ----------
    path
        The file.
    readers
        The plug-in's readers.

    Raises
    ------
    ReadError
        If it is missing, no regular file, empty, of no known format, damaged or holds no spectrum.
    """
    path = Path(path)
    head = head_of(path)
    if OWN_READER.sniff(head) and (stored := read_with(OWN_READER, path)):
        return stored
    for reader in candidates_for(path, head, readers):
        spectra = read_with(reader, path)
        if not spectra:
            raise ReadError("holds no spectrum", where=path, found=f"a {reader.name} file without spectra")
        return spectra
    raise _unknown(path, readers)


def _unknown(path: Path, readers: Sequence[Reader]) -> ReadError:
    """Return the error of a file that no reader recognises."""
    names = dict.fromkeys(reader.name for reader in (*readers, *CORE_READERS) if not reader.refuses)
    return ReadError(
        "is of no known format",
        where=path,
        found=kind_of(path),
        wanted=f"one of {', '.join(names)}",
        todo=_instead(path, readers),
    )


def _instead(path: Path, readers: Sequence[Reader]) -> str:
    """Return what to do about a file of no known format, as some formats keep numbers in a file beside the header."""
    suffixes = {suffix for reader in readers for suffix in reader.suffixes} - {path.suffix.lower()}
    beside = [near.name for suffix in sorted(suffixes) if (near := path.with_suffix(suffix)).is_file()]
    if beside:
        return f"If it holds the numbers of a file beside it, give that one: {', '.join(beside)}."
    return "Export it as two-column text: energy, intensity."


def prepare(paths: Iterable[Path]) -> None:
    """Start the process of foreign readers, and do not wait for it, if a file is of a container that they open.

    What is not recognised here starts it later; text never does.
    """
    for path in paths:
        with suppress(OSError, ValueError):
            if path.is_file() and _begins_with_container(path):
                start()
                return


def _begins_with_container(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)).startswith(_CONTAINERS)


def read_with(reader: Reader, path: Path) -> list[RawSpectrum]:
    """Return what a reader reads, in a process of its own if it is foreign; any failure is an error about the file.

    What a plug-in's reader raises by accident, and what it returns that is none, is an error about the plug-in.
    """
    try:
        if not reader.foreign:
            _check_size(path)
            return _told([_named(raw) for raw in _called(reader, path)], path)
        return [_named(raw) for raw in read_apart(reader, path)]
    except SpecquantError:
        raise
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    except Exception as error:  # a damaged file may break a reader anywhere
        raise ReadError(
            f"the {reader.name} reader failed",
            where=path,
            found=f"content that it does not know ({type(error).__name__})",
            todo="The file may be damaged; export it again, or as two-column text.",
        ) from error


def _called(reader: Reader, path: Path) -> Sequence[RawSpectrum]:
    """Return what `read` of a reader returns, that of a plug-in through the door."""
    return read_installed(reader, path) if isinstance(reader, InstalledReader) else reader.read(path)


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > _LARGEST:
        raise ReadError(
            "is too large to be a spectrum", where=path, found=f"{size} bytes", wanted=f"at most {_LARGEST} bytes"
        )


def _told(raws: list[RawSpectrum], path: Path) -> list[RawSpectrum]:
    """Return the spectra of a file; the first has the notes on how the file could be read."""
    notes = [note for note in (guessed_letters(raws, path), broken_end(path)) if note is not None] if raws else []
    return [raws[0].noted(*notes), *raws[1:]] if notes else raws


def _named(raw: RawSpectrum) -> RawSpectrum:
    """Return a spectrum with a name that any file can hold: bytes of a file's name that are not text are shown."""
    if raw.name.isprintable():
        return raw
    header = {key: storable(value) if isinstance(value, str) else value for key, value in raw.header.items()}
    return replace(raw, name=storable(raw.name)).noted(header=header)


def head_of(path: Path) -> bytes:
    """Return the first kilobytes of a file, by which readers recognise it: those of a text as UTF-8 without a mark.

    Raises
    ------
    ReadError
        If it is missing, no regular file, or empty.
    """
    try:
        if any(sign in path.name for sign in "*?[") and not path.exists():
            raise ReadError("no such file", where=path, todo="Give the files that the pattern stands for.")
        if path.is_dir():
            raise ReadError("is a folder", where=path, wanted="a file", todo="Give the files in it one by one.")
        if not path.exists():
            if path.is_symlink():
                raise ReadError("is a link to nothing", where=path, found=path.readlink(), todo="Mend the link.")
            todo = "Standard input is /dev/stdin." if str(path) == "-" else "Check the spelling of the path."
            raise ReadError("no such file", where=path, todo=todo)
        if not path.is_file():
            raise ReadError("is not a regular file", where=path, wanted="a file on a disk")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:  # a name that is too long or holds a zero; a folder that nobody may enter
        if not isinstance(error, OSError):
            raise ReadError("is not the name of a file", where=path, found=error) from error
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    if not head.strip():
        raise ReadError("is empty", where=path, found=f"{path.stat().st_size} bytes without content")
    return as_utf8(head)


def candidates_for(path: Path, head: bytes, readers: Sequence[Reader]) -> list[Reader]:
    """Return the readers that recognise a file by its first bytes, the likeliest first."""
    suffix = path.suffix.lower()
    ranked = [*sorted(readers, key=lambda reader: suffix not in reader.suffixes), *CORE_READERS]
    return [reader for reader in ranked if _recognises(reader, head, path)]


def _recognises(reader: Reader, head: bytes, path: Path) -> bool:
    if isinstance(reader, InstalledReader):
        return recognises(reader, head, path)
    try:
        return bool(reader.sniff(head))
    except Exception as error:
        raise ReadError(
            f"the {reader.name} reader failed to look at it", where=path, found=type(error).__name__
        ) from error
