"""Runs tests on one changed module after another; each in a fork of a process that has loaded what takes long.

Run: python runner.py FOLDER MODULE SECONDS TEST...; mutants come as JSON, one source a line, on standard input. A
line of output says of each whether the tests failed (1), passed (0), or did not end within SECONDS of computing (also
1). Time is the processor's: where a machine does other things too, tests that pass are not taken for tests that do not
end.
"""

import contextlib
import json
import os
import signal
import sys
from pathlib import Path

import hypothesis  # noqa: F401 - loaded before the forks
import numpy as np  # noqa: F401
import pytest
import scipy.ndimage
import scipy.optimize
import scipy.special  # noqa: F401
import torch  # noqa: F401
import xarray  # noqa: F401


def fails(tests: list[str], seconds: int) -> bool:
    """Say whether tests fail, or do not end within some seconds of computing, in a process of their own."""
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        with Path(os.devnull).open("w") as silence, contextlib.redirect_stdout(silence):
            code = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests])
        os._exit(int(code))
    _, status = os.waitpid(child, 0)
    return status != 0


def main() -> None:
    """Answer for every line of standard input."""
    folder, module, seconds, *tests = sys.argv[1:]
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True  # one written for a mutant could serve the next
    for line in sys.stdin:
        (Path(folder) / module).write_text(json.loads(line), encoding="utf-8")
        print(int(fails(tests, int(seconds))), flush=True)


if __name__ == "__main__":
    main()
