"""HDF5 files that hold what they say: no other file's bytes, no more than they can, no endless tree."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from specquant.errors import ReadError, SpecquantError

MAGIC = b"\x89HDF\r\n\x1a\n"
"""First bytes of an HDF5 file, and so of netCDF4."""

LARGEST_RATIO = 1100
"""Bytes of arrays per byte of file: no compression of HDF5 makes data smaller by more than about a thousand."""

_ALWAYS_ALLOWED = 1 << 28
"""Bytes of arrays that even a small file may name without filling them: 256 MiB, which any machine can hold; chosen."""

_MOST_ITEMS = 100_000
"""Groups, data sets and links of a file; the largest of published measurements have some thousands. Chosen."""

_DEEPEST = 64
"""Groups within groups: files of instruments have up to ten, and readers walk down by calling themselves. Chosen."""


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open an HDF5 file to read it, once `check_enclosed` has passed it; what is inside gets an `h5py.File`.

    Parameters
    ----------
    path
        HDF5 file.

    Raises
    ------
    ReadError
        As `check_enclosed`; and if h5py raises anything, here or inside: it raises all kinds on damaged files.
    MemoryError
        If there is not enough, which the process of foreign readers tells.
    """
    import h5py

    try:
        check_enclosed(path)
        with h5py.File(path, "r") as file:
            yield file
    except (SpecquantError, MemoryError):
        raise
    except Exception as error:
        raise ReadError(
            "is a damaged HDF5 file", where=path, found="a part that cannot be read", todo="Export it again."
        ) from error


def check_netcdf(path: Path) -> None:
    """Refuse a file of netCDF that `check_enclosed` refuses; only netCDF-4 is HDF5.

    Raises
    ------
    ReadError, OSError, RuntimeError, ValueError, KeyError
        As `check_enclosed`.
    """
    with path.open("rb") as file:
        is_hdf5 = file.read(len(MAGIC)) == MAGIC
    if is_hdf5:
        check_enclosed(path)


def check_enclosed(path: Path) -> None:
    """Refuse a file that reaches for others, claims more than it can hold, or is a maze.

    HDF5 can take the numbers of a data set from another file in three ways (external storage, virtual data sets,
    external links), and a soft link can lead through such a link; none of them is followed by any reader.

    Parameters
    ----------
    path
        HDF5 file.

    Raises
    ------
    ReadError
        Naming the data set or link.
    OSError, RuntimeError, ValueError, KeyError
        What h5py raises where the file is damaged.
    """
    import h5py

    claimed, items = 0, 0
    with h5py.File(path, "r") as file:
        seen, waiting = {_identity(file)}, [(file, 0)]
        while waiting:
            group, depth = waiting.pop()
            if depth > _DEEPEST:
                raise _refused("nests groups too deeply", path, f"more than {_DEEPEST} levels")
            for name in group:
                items += 1
                if items > _MOST_ITEMS:
                    raise _refused("holds too many groups and data sets", path, f"more than {_MOST_ITEMS}")
                item = _member(group, name, path)
                if isinstance(item, h5py.Dataset):
                    claimed += _bytes_of(item, path)
                elif isinstance(item, h5py.Group) and _identity(item) not in seen:
                    seen.add(_identity(item))
                    waiting.append((item, depth + 1))
    check_claim(claimed, path)


def check_claim(claimed: int, path: Path) -> None:
    """Raise ReadError if a file says that it holds more bytes of data than it can."""
    size = path.stat().st_size
    if claimed > LARGEST_RATIO * size + _ALWAYS_ALLOWED:
        raise ReadError("claims more data than it can hold", where=path, found=f"{claimed:g} bytes in {size:g}")


def _member(group: Any, name: str, path: Path) -> Any:
    """Return a member of a group that really lies there; None for a soft link, which leads to one that does."""
    import h5py

    try:
        link = group.get(name, getlink=True)
    except TypeError:  # a kind of link that is not known
        link = None
    if isinstance(link, h5py.SoftLink):
        return None
    if not isinstance(link, h5py.HardLink):
        raise _refused("links to another file", path, f"{group.name.rstrip('/')}/{name}")
    return group[name]


def _bytes_of(dataset: Any, path: Path) -> int:
    if dataset.is_virtual or dataset.id.get_create_plist().get_external_count():
        raise _refused("takes numbers from another file", path, dataset.name)
    return 0 if dataset.size is None else int(dataset.nbytes)


def _identity(group: Any) -> object:
    import h5py

    info = h5py.h5o.get_info(group.id)
    return info.fileno, info.addr


def _refused(what: str, path: Path, found: object) -> ReadError:
    return ReadError(what, where=path, found=found, wanted="a file of its own", todo="Export the data again, whole.")
