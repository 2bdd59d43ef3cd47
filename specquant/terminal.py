"""Text of others where people see it: what would steer a terminal, a spreadsheet or a reader's eye is shown instead."""

import unicodedata

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Categories of Unicode that are not shown as they are: control and format (of which those that turn the direction of
writing), halves of pairs (bytes that are no text), private, unassigned, and ends of lines and paragraphs."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 - the wide ones count as well
"""Signs with which spreadsheets begin a formula."""


def shown(text: str, encoding: str = "utf-8") -> str:
    r"""Return a text as a terminal may have it: one line, nothing that steers it, nothing its encoding lacks.

    What cannot be shown is escaped as in Python: ``\\\\x1b`` for ESC.
    """
    if not text.isascii() or not text.isprintable():
        text = "".join(_escaped(sign) for sign in text)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "backslashreplace").decode("ascii")
    return text


def storable(text: str) -> str:
    r"""Return a text that every file can hold: bytes of a file's name that are no UTF-8 are shown as ``\\\\xe9``."""
    return "".join(_escaped(sign) if unicodedata.category(sign) == "Cs" else sign for sign in text)


def cell(text: str) -> str:
    """Return a text as the cell of a table that no spreadsheet takes for a formula: with ' before such a one."""
    plain = shown(text)
    return f"'{plain}" if text.startswith(_FORMULA) and not _is_number(text) else plain


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _escaped(sign: str) -> str:
    if unicodedata.category(sign) not in _HIDDEN:
        return sign
    if 0xDC80 <= ord(sign) <= 0xDCFF:
        return f"\\x{ord(sign) - 0xDC00:02x}"  # a byte of a file's name
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")
