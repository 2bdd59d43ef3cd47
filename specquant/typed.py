"""Reading JSON that specquant wrote, through one typed and bounded validation.

What a file holds is a dataclass or a type with bounds (`typing.Annotated` with those below); what does not fit is an
error of one line. msgspec does the work: of the libraries that do, it starts fastest and takes no other with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from msgspec import DecodeError, Meta, ValidationError, convert, json, to_builtins

from specquant.errors import ReadError, SpecquantError

T = TypeVar("T")

MOST_BYTES = 1 << 24
"""Bytes of a file of JSON, at most: a study has a few ten thousand."""

_LONGEST_REASON = 200
"""Letters of a message about a file, which may quote it."""

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
    except (DecodeError, ValidationError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(reason(error)) from error
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
    except (ValidationError, RecursionError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(reason(error)) from error
    if strange:
        raise ValueError(f"unknown: {', '.join(strange)}"[:_LONGEST_REASON])
    return built


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
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"{path.stat().st_size} bytes, which is too long")
        return parse_json(path.read_bytes(), kind)
    except (OSError, ValueError) as error:
        raise raised(what, where=path, found=reason(error), todo=todo) from error


def reason(error: Exception) -> str:
    """Return one short line about an error, without the file that it may quote."""
    words = str(getattr(error, "strerror", None) or error or type(error).__name__)
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]} ..."
