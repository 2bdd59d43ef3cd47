"""What headers of maps and spectra claim, held against the bytes there are before anything is made of them."""

import bz2
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from specquant.plugin import Note, NoteKind, ReadError

_LONGEST_HEADER = 1 << 16
"""Bytes of a ripple header: 64 KiB; those at hand have some hundreds. Chosen."""

_BRUKER_HEADER = 0x14C
"""Bytes of a Bruker container's header up to the number of its chunks; their size is at byte 0x128."""

_BRUKER_CHUNKS_AT = 0x118
"""Byte at which the first chunk begins; three containers at hand have exactly their chunks from here on."""

_EDAX_MAP = struct.Struct("<16siIIIIII")
"""How an EDAX map begins: name, version, spectra, points, lines, channels, bytes of a count, bytes before the data."""

_EDAX_HEADER = 20_740
"""Bytes of the record with which an EDAX spectrum begins; RosettaSciIO takes it whole."""

_EDAX_CHANNELS_AT = 28
"""Where it says at which byte the channels begin, and how many there are; each takes four bytes."""

_PIECE = 1 << 20
"""Bytes that are unpacked at a time: 1 MiB."""

_SIZES = ("width", "height", "depth", "offset", "data-length")
"""Lines of a ripple header that say how many numbers there are, of how many bytes, and where they begin."""


def ripple_excess(path: Path) -> tuple[Note, ...]:
    """Return the note that the numbers beside a ripple header go on after what it says, if they do.

    Parameters
    ----------
    path
        The header.

    Raises
    ------
    ReadError
        If there are fewer numbers than it says, or it is damaged.
    """
    claimed, size = _ripple_sizes(path)
    if claimed == size:
        return ()
    text = f"{size - claimed} bytes at the end of the .raw file, after the {claimed} that the header is about"
    return (Note(NoteKind.WARNING, f"{text}: are width, height, depth and data-length right?", "file"),)


def _ripple(path: Path) -> None:
    _ripple_sizes(path)


def _ripple_sizes(path: Path) -> tuple[int, int]:
    """Return the bytes that a header says there are, and those of the numbers beside it, which are as many at least."""
    numbers = _ripple_numbers(path)
    raw = next((named for suffix in (".raw", ".RAW") if (named := path.with_suffix(suffix)).is_file()), None)
    if raw is None:
        raise ReadError(
            "lacks its numbers",
            where=path,
            found=f"no file {path.stem}.raw beside it",
            wanted="the .raw file of the same name",
            todo="Give both files, in one folder.",
        )
    claimed = numbers["offset"] + numbers["width"] * numbers["height"] * numbers["depth"] * numbers["data-length"]
    size = raw.stat().st_size
    _check(claimed, size, path)
    return claimed, size


def _ripple_numbers(path: Path) -> dict[str, int]:
    if path.stat().st_size > _LONGEST_HEADER:
        raise ReadError("is not a ripple header", where=path, found=f"{path.stat().st_size} bytes")
    lines = path.read_text(encoding="latin-1").lower().splitlines()
    pairs = [line.split(";")[0].replace("\t", " ").split() for line in lines]
    numbers = {pair[0]: pair[1] for pair in pairs if len(pair) > 1 and pair[0] in _SIZES}
    wrong = [key for key in _SIZES if not (numbers.get(key, "").isdecimal() and len(numbers[key]) < 12)]
    if wrong:
        raise ReadError(
            "is damaged",
            where=path,
            found=f"{wrong[0]} {numbers.get(wrong[0], '(not there)')}",
            wanted="a whole number",
        )
    return {key: int(text) for key, text in numbers.items()}


def _bruker(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_BRUKER_HEADER)
    if len(head) < _BRUKER_HEADER:
        raise ReadError("ends early", where=path, found=f"{len(head)} bytes", wanted=f"at least {_BRUKER_HEADER}")
    (chunk,), (chunks,) = struct.unpack_from("<I", head, 0x128), struct.unpack_from("<I", head, 0x148)
    _check(_BRUKER_CHUNKS_AT + chunk * chunks, path.stat().st_size, path)


def _edax_map(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_EDAX_MAP.size)
    if len(head) < _EDAX_MAP.size:
        raise ReadError("ends early", where=path, found=f"{len(head)} bytes", wanted=f"at least {_EDAX_MAP.size}")
    _, _, _, points, lines, channels, width, offset = _EDAX_MAP.unpack(head)
    _check(offset + points * lines * channels * width, path.stat().st_size, path)


def _edax_spectrum(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_EDAX_HEADER)
    if len(head) < _EDAX_HEADER:
        raise ReadError(
            "ends early",
            where=path,
            found=f"{size} bytes",
            wanted=f"at least {_EDAX_HEADER}",
            todo="Copy the file again: it may be cut short.",
        )
    first, channels = struct.unpack_from("<ih", head, _EDAX_CHANNELS_AT)
    if first < 0 or channels < 0:
        raise ReadError("is damaged", where=path, found=f"{channels} channels from byte {first}")
    _check(first + 4 * channels, size, path)


def _phenom(path: Path) -> None:
    """Refuse a project with a packed stream that does not end: RosettaSciIO would wait for more without end."""
    unpacker = bz2.BZ2Decompressor()
    with path.open("rb") as file:
        while not unpacker.eof:
            piece = file.read(_PIECE) if unpacker.needs_input else b""
            if unpacker.needs_input and not piece:
                raise ReadError(
                    "ends early",
                    where=path,
                    found="a packed stream without end",
                    todo="Copy the file again: it may be cut short.",
                )
            try:
                unpacker.decompress(piece, _PIECE)
            except OSError as error:
                raise ReadError("is damaged", where=path, found="a stream that cannot be unpacked") from error


def _check(claimed: int, size: int, path: Path) -> None:
    if claimed > size:
        raise ReadError(
            "claims more data than there are",
            where=path,
            found=f"{claimed} bytes in {size}",
            wanted="a header that fits the data",
            todo="Copy the file again: it may be cut short.",
        )


CLAIMS: Mapping[str, Callable[[Path], None]] = {
    "bruker": _bruker,
    "ripple": _ripple,
    "edax map": _edax_map,
    "edax spectrum": _edax_spectrum,
    "phenom": _phenom,
}
"""By what a header is held against its file."""
