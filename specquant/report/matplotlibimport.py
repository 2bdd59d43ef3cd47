"""Matplotlib, imported without the settings that lie in the working folder.

Matplotlib reads a file ``matplotlibrc`` of the folder in which it is imported, before any other: one that lies beside
the data would steer every picture, and a damaged one would end the command. So it is imported from another folder,
of which every module is Python's own, in case the working folder is among those that modules come from.
"""

import os
from contextlib import chdir, nullcontext
from pathlib import Path


def _here() -> "chdir[Path] | nullcontext[None]":
    """Return the context in which Python's own library is the working folder, if there is a way back from it."""
    try:
        os.getcwd()  # noqa: PTH109 - fails where the working folder is gone
    except OSError:
        return nullcontext()
    return chdir(Path(os.__file__).parent)


with _here():
    import matplotlib

__all__ = ["matplotlib"]
