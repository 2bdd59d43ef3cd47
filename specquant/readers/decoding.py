"""Bytes of a text file as lines, in any usual encoding."""

import re

from specquant.readers.legacy import legacy_encoding
from specquant.unicodetext import unicode_text

_END_OF_FILE = "\x1a"
"""The sign with which DOS ended texts; some instruments still write it."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
"""Signs that no text holds."""

_LINE_END = re.compile(r"(?<!\r)\r*\n|\r")
"""Any line end, CR CR LF as one; the look behind keeps long runs of CR linear in time."""


def lines_in(data: bytes) -> list[str]:
    """Return bytes as lines of text, decoded as by `decoded`; any line ends.

    Parameters
    ----------
    data
        Content of a text file.
    """
    text = decoded(data).rstrip(_END_OF_FILE).replace("\r\n", "\n")
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def decoded(data: bytes) -> str:
    """Return bytes as text: UTF-8 or UTF-16 with or without a mark, else the encoding that its letters are likest.

    Parameters
    ----------
    data
        Content of a file of text.
    """
    return decoded_with_guess(data)[0]


def decoded_with_guess(data: bytes) -> tuple[str, str]:
    """Return bytes as text, as `decoded` does, and the name of the encoding if that is a guess; else "".

    Parameters
    ----------
    data
        Content of a file.
    """
    text = unicode_text(data)
    return _legacy(data) if text is None else (text, "")


def is_text(text: str) -> bool:
    """Say whether something was decoded to signs that texts hold."""
    return bool(text.strip()) and _CONTROL.search(text) is None


def as_utf8(head: bytes) -> bytes:
    """Return the first bytes of a text as UTF-8 without a mark, whatever its encoding; those of anything else as is.

    Parameters
    ----------
    head
        First bytes of a file.
    """
    text = unicode_text(head)
    text = _latin(head) if text is None else text  # signs by which formats are known are ASCII
    return text.encode() if is_text(text) else head


def _legacy(data: bytes) -> tuple[str, str]:
    """Return bytes that are not Unicode as text, and the name of its encoding if that is a guess, else ""."""
    text = _latin(data)
    if not is_text(text):
        return text, ""
    encoding, guess = legacy_encoding(data)
    return data.decode(encoding, errors="replace"), guess


def _latin(data: bytes) -> str:
    return data.decode("latin-1").removeprefix("\xef\xbb\xbf")
