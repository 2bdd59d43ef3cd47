"""Zarr stores that are there once they are whole: until then they stand under another name, which survives a kill."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

from specquant.errors import OutputError
from specquant.storedfacts import plain_numbers

SUFFIX = ".zarr"
"""Of the folders that are stores."""

_UNFINISHED = ".unfinished"
"""Ends the name of a store that is being written."""


def unfinished_beside(path: Path) -> Path:
    """Return where a store stands until it is whole."""
    return path.with_name(f".{path.name}{_UNFINISHED}")


_METADATA = "zarr.json"
"""File in every store, by which it is known."""


@contextmanager
def unfinished_store(path: Path, keep: bool = False) -> Iterator[Path]:
    """Give the place of a store that is being written, and put it in its place at the end.

    Parameters
    ----------
    path
        Where it will stand; the caller sees to it that no other process writes it.
    keep
        Whether what there is stays, before and after a failure: the caller knows which parts of it are written.

    Raises
    ------
    OutputError
        If zarr is not installed.
    """
    try:
        import zarr  # noqa: F401
    except ImportError as error:
        todo = 'Install it: pip install "specquant[maps]"; or write .nc.'
        raise OutputError("zarr is not installed", where=path, found=error, todo=todo) from error
    unfinished = unfinished_beside(path)
    if not keep:
        rmtree(unfinished, ignore_errors=True)
    try:
        yield unfinished
        _clear(path)
        unfinished.rename(path)
    finally:
        if not keep:
            rmtree(unfinished, ignore_errors=True)


def _clear(path: Path) -> None:
    """Remove the store that is in the place of one.

    Raises
    ------
    OutputError
        If there is something else.
    """
    if not path.exists():
        return
    if not (path / _METADATA).is_file():
        raise OutputError("is not a zarr store, and is not replaced", where=path, todo="Choose another place.")
    rmtree(path)


def add_array(
    group: Any,
    name: str,
    sizes: Mapping[str, int],
    chunks: Mapping[str, int],
    dtype: Any,
    attrs: Mapping[str, Any],
    empty: Any = None,
) -> None:
    """Add an array that is filled later to a group.

    Parameters
    ----------
    sizes
        Size of every dimension by name, in order.
    chunks
        Sizes of the chunks along those that are not chunked whole, by name.
    dtype
        Type of the numbers in the file.
    attrs
        Attributes, as a file has them.
    empty
        What it holds where nothing is written.
    """
    attributes: Any = {key: plain_numbers(value) for key, value in attrs.items()}
    group.create_array(
        name,
        shape=tuple(sizes.values()),
        chunks=tuple(min(chunks.get(dim, size), size) for dim, size in sizes.items()),
        dtype=dtype,
        fill_value=empty,
        dimension_names=tuple(sizes),
        attributes=attributes,
    )
