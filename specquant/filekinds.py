"""What a file is, in words, by its first bytes: for messages about a file that is not what it was given for."""

import re
from pathlib import Path

from specquant.hdf5 import MAGIC
from specquant.terminal import shown
from specquant.unicodetext import unicode_text

WEIGHTS = "a file of weights (safetensors)"
"""What a model file is, whoever wrote it."""

_HEAD_BYTES = 4096
"""Bytes of a file that are looked at; chosen, ample for every beginning below and for the first line of a text."""

_LONGEST_LINE = 60
"""Letters of the first line of a text that are shown; chosen, the titles of a table fit."""

_BYTES_SHOWN = 8
"""Bytes that are shown of what is not known."""

_LENGTH_BYTES = 8
"""Bytes in which safetensors state the length of their header, which is JSON."""

_BEGINNINGS = (
    (MAGIC, "an HDF5 file, such as netCDF-4"),
    ((b"CDF\1", b"CDF\2", b"CDF\5"), "a classic netCDF file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    ((b"II*\0", b"MM\0*"), "a TIFF picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive, as Office documents are too"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a compound document, such as .xls or .vgd"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"AAMVHFSS", "a Bruker container, such as .bcf"),
)
"""First bytes of files of known kinds, and what these files are."""

_MARKUP = (("<!doctype html", "a web page"), ("<html", "a web page"), ("<?xml", "an XML file"))
"""How texts of marked words begin, in small letters, and what they are."""

_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[\]{"\d-])')
"""How JSON begins that is more than a word or a number."""


def kind_of(path: Path) -> str:
    """Return in words what a file is, such as ``a PNG picture`` or ``text that begins with 'element,weight'``.

    Parameters
    ----------
    path
        Anything: what cannot be opened is named, too.
    """
    try:
        if path.is_dir():
            return "a folder"
        if not path.exists():
            return "no file"
        if not path.is_file():
            return "no plain file"
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        return f"a file that cannot be opened ({getattr(error, 'strerror', None) or error})"
    return kind_of_bytes(head)


def in_place_of_file(path: Path) -> str | None:
    """Return in words what there is in the place of a file that is not there, such as ``a folder``; None: nothing.

    Parameters
    ----------
    path
        Where no plain file is.
    """
    return kind_of(path) if path.exists() else None


def kind_of_bytes(head: bytes) -> str:
    """Return in words what a file is that begins with these bytes.

    Parameters
    ----------
    head
        First bytes of a file, or all of them.
    """
    if not head:
        return "an empty file"
    if not head.strip():
        return "a file of blanks only"
    kind = next((kind for begins, kind in _BEGINNINGS if head.startswith(begins)), None)
    if kind is not None:
        return kind
    if head[_LENGTH_BYTES : _LENGTH_BYTES + 1] == b"{" and not any(head[4:_LENGTH_BYTES]):
        return WEIGHTS
    text = as_text(head)
    if text is None:
        return f"no text: it begins with the bytes {head[:_BYTES_SHOWN].hex(' ')}"
    return _kind_of_text(text)


def as_text(head: bytes) -> str | None:
    """Return the first bytes of a file as text; None if it is none.

    Parameters
    ----------
    head
        First bytes of a file; a letter that they cut is left out.
    """
    text = unicode_text(head)
    text = head.decode("latin-1") if text is None else text
    return text if text.strip() and all(letter.isprintable() or letter.isspace() for letter in text) else None


def _kind_of_text(text: str) -> str:
    begin = text.lstrip().lower()
    kind = next((kind for words, kind in _MARKUP if begin.startswith(words)), None)
    if kind is not None:
        return kind
    line = next(line.strip() for line in text.splitlines() if line.strip())
    short = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} ..."
    return f"{'JSON' if _JSON.match(text) else 'text'} that begins with {shown(short)!r}"
