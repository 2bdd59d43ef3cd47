"""Bytes of a text file as lines, in any usual encoding."""

import re

_LINE_END = re.compile(r"(?<!\r)\r*\n|\r")
"""Any line end, CR CR LF as one; the look behind keeps long runs of CR linear in time."""


def lines_in(data: bytes) -> list[str]:
    """Return bytes as lines of text: UTF-8 or UTF-16 with or without a mark, else Latin-1; any line ends.

    Parameters
    ----------
    data
        Content of a text file.
    """
    text = decoded(data).replace("\r\n", "\n")
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def decoded(data: bytes) -> str:
    """Return bytes as text: UTF-8 or UTF-16 with or without a mark, else Latin-1."""
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
