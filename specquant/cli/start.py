"""What the command line does before it loads what computes."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from specquant.arraykinds import hide_unused

_COLLECT_AFTER = 10_000
"""New objects after which Python looks for garbage, 700 by default: loading torch and xarray makes some hundred
thousand objects, and all of them stay. Chosen: no higher number was seen to gain more."""


def collect_less_often() -> None:
    """Let Python look for garbage less often, which takes some hundredths off the time of a start."""
    gc.set_threshold(_COLLECT_AFTER)


@contextmanager
def only_own_arrays() -> Iterator[None]:
    """Let xarray find none of the kinds of arrays that are not used, unless it is loaded already."""
    hidden = [] if "xarray" in sys.modules else hide_unused()
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
