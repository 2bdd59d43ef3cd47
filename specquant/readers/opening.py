"""Choosing the reader of a file by what it holds."""

from collections.abc import Sequence
from pathlib import Path

from specquant.errors import ReadError, SpecquantError
from specquant.readers.stored import NETCDF_READER, is_own
from specquant.readers.text import TEXT_READER
from specquant.technique import RawSpectrum, Reader

CORE_READERS: tuple[Reader, ...] = (NETCDF_READER, TEXT_READER)
"""Readers for all techniques, in the order in which they are asked."""

_HEAD_BYTES = 8192
"""Bytes of a file that `Reader.sniff` sees; chosen, ample for the headers by which formats are recognised."""


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
    head = _head(path)
    for reader in _candidates(path, head, readers):
        try:
            spectra = list(reader.read(path))
        except SpecquantError:
            raise
        except OSError as error:
            raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
        except Exception as error:  # a damaged file may break a reader anywhere
            raise ReadError(
                f"the {reader.name} reader failed",
                where=path,
                found=f"{type(error).__name__}: {error}",
                todo="The file may be damaged; export it again, or as two-column text.",
            ) from error
        if not spectra:
            raise ReadError("holds no spectrum", where=path, found=f"a {reader.name} file without spectra")
        return spectra
    raise ReadError(
        "is of no known format",
        where=path,
        found=f"content that starts with {head[:24]!r}",
        wanted=f"one of {', '.join(reader.name for reader in (*readers, *CORE_READERS))}",
        todo="Export it as two-column text: energy, intensity.",
    )


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise ReadError("is a folder", where=path, wanted="a file", todo="Give the files in it one by one.")
    if not path.exists():
        raise ReadError("no such file", where=path, todo="Check the spelling of the path.")
    if not path.is_file():
        raise ReadError("is no regular file", where=path, wanted="a file on a disk")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    if not head.strip():
        raise ReadError("is empty", where=path, found=f"{path.stat().st_size} bytes without content")
    return head


def _candidates(path: Path, head: bytes, readers: Sequence[Reader]) -> list[Reader]:
    if _recognises(NETCDF_READER, head, path) and is_own(path):
        return [NETCDF_READER]
    suffix = path.suffix.lower()
    ranked = [*sorted(readers, key=lambda reader: suffix not in reader.suffixes), *CORE_READERS]
    return [reader for reader in ranked if _recognises(reader, head, path)]


def _recognises(reader: Reader, head: bytes, path: Path) -> bool:
    try:
        return bool(reader.sniff(head))
    except Exception as error:
        raise ReadError(f"the {reader.name} reader failed to look at it", where=path, found=repr(error)) from error
