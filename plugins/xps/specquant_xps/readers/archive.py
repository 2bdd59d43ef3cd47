"""Reading the surveys among the files of a zip archive, each by the reader that knows it."""

import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from specquant.errors import ReadError, SpecquantError
from specquant.readers import part, read_file
from specquant.technique import RawSpectrum, Reader
from specquant_xps.readers.surveys import RATE, Reason, Scan, picked, raw_spectrum

_MAGIC = b"PK\x03\x04"
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

_MOST_COMPARED = 200
"""Scans that are compared with each other for being there twice: 20 000 comparisons. Chosen."""

_PIECE = 1 << 16
"""Bytes, 64 KiB, that are unpacked at a time, so that a file that swells is stopped early."""

_SAME_ENERGY = 1e-3
"""eV by which energies of the same survey in two formats may differ by rounding."""

_SAME_SHAPE = 1e-4, 1e-3
"""Deviation of intensities that is rounding: relative to each, and to the largest; files have four digits or more."""

_LONGEST_SUFFIX = 12
"""Characters of a suffix with its dot that are kept: longer ones belong to no reader."""


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of a zip archive."""
    return head.startswith(_MAGIC)


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey of the archive; the header's ``entry`` is the file's name in it.

    The limits of time and memory of one file are those of the whole archive. Of a survey that is there twice, as counts
    and as a rate, the counts are kept.

    Raises
    ------
    ReadError
        If the archive is damaged, is an Office document, holds too much, or holds no survey.
    """
    from specquant_xps.readers import FILES

    scans: list[Scan] = []
    try:
        archived = path.stat().st_size
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="specquant-") as folder:
            members = [info for info in archive.infolist() if not info.is_dir()]
            _check(members, path)
            left = _LARGEST_TOTAL
            for number, info in enumerate(members):
                of_member, size = _member_scans(archive, info, number, Path(folder), FILES, left, archived)
                scans += of_member
                left -= size
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
    archived: int,
) -> tuple[list[Scan], int]:
    """Return the scans of one file in the archive, and how many bytes it had."""
    name = PurePosixPath(info.filename.replace("\\", "/"))
    path = folder / f"{number}{name.suffix[:_LONGEST_SUFFIX] if name.suffix.isprintable() else ''}"
    nothing = raw_spectrum(name.stem, np.empty(0), np.empty(0), {"entry": info.filename})
    size = 0
    try:
        with part(number):
            packed = min(info.compress_size, archived)
            most = min(left, _LARGEST_MEMBER, max(_ALWAYS_ALLOWED, _LARGEST_RATIO * packed))
            size = _unpacked(archive, info, path, most)
            spectra = read_file(path, readers)
    except SpecquantError as error:
        detail = error.what if error.found is None else f"{error.what}, {error.found}"
        return [Scan(info.filename, name.name, nothing, Reason("not read", detail))], size
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        # RuntimeError: it is encrypted
        return [Scan(info.filename, name.name, nothing, Reason("not unpacked", f"cannot be unpacked: {error}"))], 0
    finally:
        path.unlink(missing_ok=True)
    titles = [name.name if len(spectra) == 1 else f"{name.name}, {spectrum.name}" for spectrum in spectra]
    names = [name.stem if spectrum.name == path.stem else f"{name.stem} / {spectrum.name}" for spectrum in spectra]
    return [
        Scan(info.filename, title, replace(spectrum, name=label).noted(header={**spectrum.header, **nothing.header}))
        for title, label, spectrum in zip(titles, names, spectra, strict=True)
    ], size


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, limit: int) -> int:
    """Write what is unpacked to a file, as far as allowed, whatever size the archive claims; return its size."""
    size = 0
    with archive.open(info) as member, path.open("wb") as target:
        while piece := member.read(_PIECE):
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
            result[index] = replace(scan, reason=reason)
    return result


def _is_counts(scan: Scan) -> bool:
    counts = scan.spectrum.counts
    whole = bool(np.isfinite(counts).all() and np.array_equal(counts, np.round(counts)))
    return whole and scan.spectrum.header.get("intensity_unit") != RATE


def _is_same(one: Scan, other: Scan) -> bool:
    """Say whether two spectra have the same energies, and intensities in a constant proportion."""
    first, second = one.spectrum, other.spectrum
    if one.reason or other.reason or one.part == other.part or first.energy.shape != second.energy.shape:
        return False
    if not np.allclose(first.energy, second.energy, rtol=0.0, atol=_SAME_ENERGY) or not second.counts.any():
        return False
    factor = float(np.dot(first.counts, second.counts) / np.dot(second.counts, second.counts))
    relative, of_largest = _SAME_SHAPE
    allowed = of_largest * np.abs(first.counts).max()
    return bool(np.allclose(first.counts, factor * second.counts, rtol=relative, atol=allowed))
