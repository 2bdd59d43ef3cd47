"""What the command line does before it loads what computes."""

import os

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Environment variables by which a user says how many threads compute; the last two are for linear algebra alone."""


def use_one_thread() -> None:
    """Let torch and linear algebra compute with one thread, unless the user says otherwise.

    Libraries read the environment when they load, so that this has to come first
    (docs/decisions/0013-speed.md).
    """
    if not any(name in os.environ for name in _THREADS):
        os.environ.update(dict.fromkeys(_THREADS, "1"))
