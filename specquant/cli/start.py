"""What the command line does before it loads what computes: threads, and what xarray need not look for."""

import os
import sys
from typing import Any

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Environment variables by which a user says how many threads compute; the last two are for linear algebra alone."""

_UNUSED = ("dask", "pint", "sparse", "cupy", "cubed")
"""Kinds of arrays that no command hands to xarray, which imports them to know; with some comes numba."""


def use_one_thread() -> None:
    """Let torch and linear algebra compute with one thread, unless the user says otherwise.

    Libraries read the environment when they load, so that this has to come first
    (docs/decisions/0013-speed.md).
    """
    if not any(name in os.environ for name in _THREADS):
        os.environ.update(dict.fromkeys(_THREADS, "1"))


def load_xarray_alone() -> None:
    """Load xarray without the other kinds of arrays that it looks for at its first use: they take half a second."""
    hidden = [name for name in _UNUSED if name not in sys.modules]
    absent: Any = dict.fromkeys(hidden)  # None: an import fails, as if it were not installed
    sys.modules.update(absent)
    try:
        from xarray.namedarray.pycompat import array_type

        for name in hidden:
            array_type(name)  # type: ignore[arg-type]
    except (ImportError, AttributeError, TypeError):
        pass  # another version of xarray: slower, not wrong
    finally:
        for name in hidden:
            if sys.modules.get(name, ...) is None:
                del sys.modules[name]
