"""Formats that are recognised but not read, each with what to do instead."""

from dataclasses import dataclass
from pathlib import Path

from specquant.plugin import RawSpectrum, Reader, ReadError

_LONGEST = 16
"""Bytes that are read to tell the formats apart: the longest beginning below."""

_TEXT = "VAMAS or two-column text"


@dataclass(frozen=True)
class _Format:
    """A format: its name and suffixes, how its files begin, and what to do instead."""

    name: str
    suffixes: tuple[str, ...]
    begins: tuple[bytes, ...]
    todo: str


_FORMATS = (
    _Format("SPECS sle", (".sle",), (b"SQLite format 3\0",), f"Export the survey from Prodigy as .xy, or as {_TEXT}."),
    _Format(
        "Igor binary",
        (".ibw", ".pxt", ".pxp"),
        (b"\x05\0", b"\0\x05", b"\x02\0"),
        "Save the wave in Igor as Igor text.",
    ),
    _Format("7-Zip", (".7z",), (b"7z\xbc\xaf\x27\x1c",), "Unpack it, and give the file in it."),
    _Format("RAR", (".rar",), (b"Rar!\x1a\x07",), "Unpack it, and give the file in it."),
    _Format("PDF", (".pdf",), (b"%PDF-",), f"Give the instrument's file, or an export of it as {_TEXT}."),
)


def _sniff(head: bytes) -> bool:
    return any(head.startswith(form.begins) for form in _FORMATS)


def _refuse(path: Path) -> list[RawSpectrum]:
    with path.open("rb") as file:
        head = file.read(_LONGEST)
    form = next(form for form in _FORMATS if head.startswith(form.begins))
    raise ReadError(f"is {form.name}, which is not read", where=path, todo=form.todo)


UNREADABLE = Reader(
    ", ".join(form.name for form in _FORMATS),
    tuple(suffix for form in _FORMATS for suffix in form.suffixes),
    _sniff,
    _refuse,
    refuses=True,
)
