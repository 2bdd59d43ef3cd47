"""Reading JSON that specquant wrote, through one typed and bounded validation.

What a file holds is a dataclass or a type with bounds (`typing.Annotated` with those below); what does not fit is an
error of one line. msgspec does the work: of the libraries that do, it starts fastest and takes no other with it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from msgspec import DecodeError, Meta, ValidationError, convert, json, to_builtins

from specquant.errors import ReadError, SpecquantError
from specquant.filekinds import kind_of

T = TypeVar("T")

MOST_BYTES = 1 << 24
"""Bytes of a file of JSON, at most: a study has a few ten thousand."""

_LONGEST_REASON = 200
"""Letters of a message about a file, which may quote it."""

_BEGINS = (b"{", b"[")
"""How files of JSON with anything in them begin."""

_LOOKED_AT = 1024
"""Bytes by which what is not JSON is known; chosen, few files begin with as many blanks."""

_AT_BYTE = re.compile(r"\(byte (\d+)\)$")
"""Where msgspec says that JSON is wrong."""

_DIFFERS = re.compile(r"Expected `([^`]+)`(?:, got `([^`]+)`| (.+?))(?: - at `\$\.?([^`]*)`)?")
"""What msgspec says of what is of another type, or beyond bounds: type, type or bounds, and where."""

_LACKS = re.compile(r"Object missing required field `([^`]+)`(?: - at `\$\.?([^`]*)`)?")
"""What msgspec says of what lacks an entry: which, and where."""

_TYPES = {
    "object": "names with values",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}
"""What msgspec calls the types of JSON, in words."""

_MOST_COUNT = 10**12
"""Highest number of spectra, steps or bytes that any file can mean."""

Count = Annotated[int, Meta(ge=0, le=_MOST_COUNT)]
"""A number of things."""

Share = Annotated[float, Meta(ge=0.0, le=1.0)]
"""A fraction or an accuracy."""

Text = Annotated[str, Meta(max_length=100_000)]
"""Words: the longest are the description of a library, and a command line."""

Name = Annotated[str, Meta(max_length=200)]
"""A word or file name."""

Number = Annotated[float, Meta(ge=-1e300, le=1e300)]
"""A finite number."""


def parse_json(data: bytes | str, kind: type[T]) -> T:
    """Return the content of JSON as a type.

    Raises
    ------
    ValueError
        If it is none, too large, nested too deeply, or does not fit.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"{len(data)} bytes, which is too long")
    try:
        content = json.decode(data, type=dict[str, Any] if is_dataclass(kind) else kind)
    except ValidationError as error:
        raise ValueError(_misfit(str(error))) from error
    except (DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(_broken(data, str(error))) from error
    return fitted(content, kind)


def fitted(content: Any, kind: type[T], strict: bool = True) -> T:
    """Return plain content as a type: for a dataclass, all fields without default and no others.

    Lists become the tuples that the type names. Numbers written as words are taken unless it is `strict`.

    Raises
    ------
    ValueError
        If it does not fit.
    """
    try:
        built = convert(content, kind, strict=strict)
        strange = sorted(_unknown(content, to_builtins(built)))
    except ValidationError as error:
        raise ValueError(_misfit(str(error))) from error
    except (RecursionError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(reason(error)) from error
    if strange:
        raise ValueError(f"unknown: {', '.join(strange)}"[:_LONGEST_REASON])
    return built


def _broken(data: bytes | str, message: str) -> str:
    """Return in words where data are no JSON, of what msgspec says of them."""
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if not content.strip():
        return "nothing"
    at = _AT_BYTE.search(message)
    if at is None:
        return "JSON that breaks off" if "truncated" in message else "what is not JSON"
    before = content[: int(at[1])]
    line, letter = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return f"what is not JSON from line {line}, letter {letter} on"


def _misfit(message: str) -> str:
    """Return in words what msgspec says of content that does not fit a type."""
    lacks, differs = _LACKS.fullmatch(message), _DIFFERS.fullmatch(message)
    if lacks is not None:
        return _short(f"no {lacks[1]}" + (f" in {lacks[2]}" if lacks[2] else ""))
    if differs is None:
        return _short(message)
    kind, got, bounds, where = differs.groups()
    wanted = _TYPES.get(kind, kind) + (f" {bounds}" if bounds else "")
    instead = f"{_TYPES.get(got, got)} in place of {wanted}" if got else f"not {wanted}"
    return _short(f"{where} is {instead}".replace("[...]", ", an entry,") if where else instead)


def _unknown(content: Any, kept: Any) -> Iterator[str]:
    """Yield names that were lost as content was brought into a type."""
    if isinstance(content, Mapping) and isinstance(kept, Mapping):
        for name, entry in content.items():
            if name in kept:
                yield from _unknown(entry, kept[name])
            else:
                yield str(name)
    elif isinstance(content, list | tuple) and isinstance(kept, list | tuple):
        for entry, counterpart in zip(content, kept, strict=False):
            yield from _unknown(entry, counterpart)


def read_json(path: Path, kind: type[T], what: str, todo: str, raised: type[SpecquantError] = ReadError) -> T:
    """Return the content of a file of JSON as a type.

    Parameters
    ----------
    path
        The file.
    kind
        The type that it is to hold.
    what
        What is said where it does not, such as "damaged record".
    todo
        What to do about it, for the message.
    raised
        Class of the error.

    Raises
    ------
    SpecquantError
        If the file cannot be read, or does not hold that.
    """
    try:
        if not path.is_file():
            raise ValueError("no plain file")
        with path.open("rb") as file:
            if not file.read(_LOOKED_AT).lstrip().startswith(_BEGINS):
                raise ValueError(kind_of(path))
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"{path.stat().st_size} bytes, which is too long")
        return parse_json(path.read_bytes(), kind)
    except (OSError, ValueError) as error:
        raise raised(what, where=path, found=reason(error), todo=todo) from error


def reason(error: Exception) -> str:
    """Return one short line about an error, without the file that it may quote."""
    words = str(getattr(error, "strerror", None) or error or type(error).__name__)
    return _short(words)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]} ..."
