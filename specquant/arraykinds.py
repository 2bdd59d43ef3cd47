"""Kinds of arrays that are not used here, and that xarray does not look for in processes of specquant."""

import sys

_UNUSED = ("cupy", "dask", "pint", "sparse")
"""Packages that xarray loads wherever they are installed, to know arrays of theirs when it sees them, which takes a
second: readers of others bring them. None is used here: all arrays are in memory, and foreign readers have a process of
their own."""


def hide_unused() -> list[str]:
    """Let this process import none of them, unless it is loaded already, and return those that are hidden."""
    hidden = [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # is how a module is said not to be there
    return hidden
