"""Reading the surveys among the files of a zip archive, each by the reader that knows it."""

import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np

from specquant.errors import ReadError, SpecquantError
from specquant.readers import read_file
from specquant.technique import RawSpectrum, Reader
from specquant_xps.readers.surveys import RATE, Reason, Scan, picked

_MAGIC = b"PK\x03\x04"
_OFFICE = "[Content_Types].xml"
_MOST_MEMBERS = 500
_LARGEST_MEMBER = 1 << 24
_LARGEST_TOTAL = 1 << 26
_ALWAYS_ALLOWED = 1 << 20
_LARGEST_RATIO = 100
"""Spectra as text pack to a fifth or tenth; what packs to a hundredth is no measurement."""
_MOST_COMPARED = 200
_PIECE = 1 << 16


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of a zip archive."""
    return head.startswith(_MAGIC)


def reading(readers: Sequence[Reader]) -> Callable[[Path], list[RawSpectrum]]:
    """Return the function that reads an archive with these readers and those of the core."""

    def read(path: Path) -> list[RawSpectrum]:
        return _read(path, readers)

    return read


def _read(path: Path, readers: Sequence[Reader]) -> list[RawSpectrum]:
    """Read every survey of the archive; ``attrs['entry']`` is the file's name in it.

    Of a survey that is there twice, as counts and as a rate, the counts are kept.

    Raises
    ------
    ReadError
        If the archive is damaged, is an Office document, holds too much, or holds no survey.
    """
    scans: list[Scan] = []
    try:
        held = path.stat().st_size
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="specquant-") as folder:
            members = [info for info in archive.infolist() if not info.is_dir()]
            _check(members, path)
            left = _LARGEST_TOTAL
            for number, info in enumerate(members):
                found, used = _member_scans(archive, info, number, Path(folder), readers, left, held)
                scans += found
                left -= used
    except SpecquantError:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ReadError(
            "is a damaged archive", where=path, found=f"{type(error).__name__}: {error}", todo="Pack it again."
        ) from error
    return picked(_once(scans), path)


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


def _member_scans(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    number: int,
    folder: Path,
    readers: Sequence[Reader],
    left: int,
    held: int,
) -> tuple[list[Scan], int]:
    """Return the scans of one file in the archive, and how many bytes it had."""
    name = PurePosixPath(info.filename.replace("\\", "/"))
    place = folder / f"{number}{name.suffix[:12] if name.suffix.isprintable() else ''}"
    attrs = {"entry": info.filename}
    try:
        with archive.open(info) as source:
            packed = min(info.compress_size, held)
            size = _unpacked(source, place, min(left, _LARGEST_MEMBER, max(_ALWAYS_ALLOWED, _LARGEST_RATIO * packed)))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        # RuntimeError: it is encrypted
        reason = Reason("not unpacked", f"cannot be unpacked: {error}")
        return [Scan(info.filename, name.name, name.stem, np.empty(0), np.empty(0), attrs, reason)], 0
    try:
        spectra = read_file(place, readers)
    except SpecquantError as error:
        found = f", {error.found}" if error.found is not None else ""
        reason = Reason("not read", f"{error.what}{found}")
        return [Scan(info.filename, name.name, name.stem, np.empty(0), np.empty(0), attrs, reason)], size
    finally:
        place.unlink(missing_ok=True)
    titles = [name.name if len(spectra) == 1 else f"{name.name}, {spectrum.name}" for spectrum in spectra]
    names = [name.stem if spectrum.name == place.stem else f"{name.stem} / {spectrum.name}" for spectrum in spectra]
    return [
        Scan(info.filename, title, label, spectrum.energy, spectrum.counts, {**spectrum.attrs, **attrs})
        for title, label, spectrum in zip(titles, names, spectra, strict=True)
    ], size


def _unpacked(source: IO[bytes], place: Path, limit: int) -> int:
    """Write what is unpacked to a file, as far as allowed, whatever size the archive claims; return its size."""
    size = 0
    with place.open("wb") as target:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise ValueError(f"more than {limit} bytes")
            target.write(piece)
    return size


def _once(scans: Sequence[Scan]) -> list[Scan]:
    """Leave out a spectrum that is in the archive already, in proportion; counts are kept before rates."""
    if len(scans) > _MOST_COMPARED:
        return list(scans)
    order = sorted(range(len(scans)), key=lambda index: not _is_counts(scans[index]))
    kept: list[Scan] = []
    result = list(scans)
    for index in order:
        scan = scans[index]
        twin = next((other for other in kept if _is_same(scan, other)), None)
        if twin is None:
            kept.append(scan)
        else:
            reason = Reason("there twice", f"is {twin.title} again")
            result[index] = Scan(scan.place, scan.title, scan.name, scan.energy, scan.counts, scan.attrs, reason)
    return result


def _is_counts(scan: Scan) -> bool:
    whole = bool(np.isfinite(scan.counts).all() and np.array_equal(scan.counts, np.round(scan.counts)))
    return whole and scan.attrs.get("intensity_unit") != RATE


def _is_same(one: Scan, other: Scan) -> bool:
    """Say whether two spectra have the same energies, and intensities in a constant proportion."""
    if one.reason or other.reason or one.place == other.place or one.energy.shape != other.energy.shape:
        return False
    if not np.allclose(one.energy, other.energy, rtol=0.0, atol=1e-3) or not other.counts.any():
        return False
    factor = float(np.dot(one.counts, other.counts) / np.dot(other.counts, other.counts))
    return bool(np.allclose(one.counts, factor * other.counts, rtol=1e-4, atol=1e-3 * np.abs(one.counts).max()))
