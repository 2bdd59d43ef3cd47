"""Bytes of a text file as lines, in any usual encoding."""

import re

_END_OF_FILE = "\x1a"
"""The sign with which DOS ended texts; some instruments still write it."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
"""Signs that no text holds."""

_LINE_END = re.compile(r"(?<!\r)\r*\n|\r")
"""Any line end, CR CR LF as one; the look behind keeps long runs of CR linear in time."""


def lines_in(data: bytes) -> list[str]:
    """Return bytes as lines of text: UTF-8 or UTF-16 with or without a mark, else Latin-1; any line ends.

    Parameters
    ----------
    data
        Content of a text file.
    """
    text = decoded(data).rstrip(_END_OF_FILE).replace("\r\n", "\n")
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def decoded(data: bytes) -> str:
    """Return bytes as text: UTF-8 or UTF-16 with or without a mark, else Latin-1.

    Parameters
    ----------
    data
        Content of a file of text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if len(data) > 3 and data[1:64:2].count(0) > len(data[1:64:2]) // 2:
        return data.decode("utf-16-le", errors="replace")
    if len(data) > 3 and data[0:64:2].count(0) > len(data[0:64:2]) // 2:
        return data.decode("utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1").removeprefix("\xef\xbb\xbf")


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
    text = decoded(head)
    return text.encode() if is_text(text) else head
