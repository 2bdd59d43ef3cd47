"""The heading of a report: who wrote it and for whom, from a file in TOML."""

import base64
import re
import tomllib
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from specquant.errors import ReadError
from specquant.filekinds import as_text, kind_of

_LOGO_BYTES = 300_000
"""Size of a logo at most, bytes: chosen, a fifth of what a report of one spectrum may have."""

_AT_LINE = re.compile(r"at line (\d+)")
"""Where the reader of TOML says that something is wrong."""

_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"<svg": "svg+xml", b"<?xml": "svg+xml"}
"""Kinds of pictures by how they begin."""


@dataclass(frozen=True)
class Heading:
    """What stands above a report; "" for what is left out.

    `logo` is the ``data:`` address of a picture.
    """

    company: str = ""
    address: str = ""
    customer: str = ""
    project: str = ""
    analyst: str = ""
    remark: str = ""
    logo: str = ""

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Titles and texts of what is given, but company, address and logo."""
        given = (("Customer", self.customer), ("Project", self.project), ("Analyst", self.analyst))
        return [(title, text) for title, text in (*given, ("Remark", self.remark)) if text]


def read_heading(path: Path) -> Heading:
    """Return the heading of a file with lines such as ``company = "Lab Ltd"``; a logo is a path beside the file.

    Raises
    ------
    ReadError
        If it cannot be read, has something that no heading has, or a logo that cannot be used.
    """
    content = _toml(path)
    names = [field.name for field in fields(Heading)]
    for name, value in content.items():
        if name not in names:
            close = get_close_matches(name, names, 1)
            raise ReadError(
                "heading has something unknown",
                where=path,
                found=name,
                wanted=", ".join(names),
                todo=f"Did you mean {close[0]}?" if close else None,
            )
        if not isinstance(value, str):
            raise ReadError(f"{name} has to be a text", where=path, found=value, wanted=f'{name} = "..."')
    if content.get("logo"):
        content["logo"] = _picture(path.parent / content["logo"])
    return Heading(**content)


def _toml(path: Path) -> dict[str, Any]:
    """Return what a file of TOML holds."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
        if not content:
            raise ValueError("a file that says nothing")
    except (OSError, ValueError, RecursionError) as error:
        raise ReadError(
            "heading cannot be read",
            where=path,
            found=_instead_of_toml(path, text, error),
            wanted='a text file in UTF-8 (TOML) with lines such as company = "Lab Ltd"',
        ) from error
    return content


def _instead_of_toml(path: Path, text: str, error: Exception) -> object:
    """Return in words what is in the place of TOML."""
    if isinstance(error, OSError):
        return kind_of(path) if path.is_dir() else error.strerror or error
    at = _AT_LINE.search(str(error))
    if not isinstance(error, tomllib.TOMLDecodeError) or at is None or as_text(text.encode()) is None:
        return kind_of(path)
    return f"{text.splitlines()[int(at[1]) - 1].strip()!r} in line {at[1]}"


def _picture(path: Path) -> str:
    """Return a picture as a ``data:`` address."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReadError("logo cannot be read", where=path, found=error.strerror or error) from error
    kind = next((kind for begin, kind in _KINDS.items() if content.startswith(begin)), None)
    if kind is None:
        raise ReadError("logo cannot be used", where=path, found=kind_of(path), wanted="PNG, JPEG, GIF or SVG")
    if len(content) > _LOGO_BYTES:
        wanted = f"at most {_LOGO_BYTES} bytes"
        raise ReadError("logo is too large", where=path, found=f"{len(content)} bytes", wanted=wanted)
    return f"data:image/{kind};base64," + base64.b64encode(content).decode("ascii")
