"""How the process of foreign readers is started: isolated, with modules from known folders only."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import specquant

_START = """
import sys
from importlib.machinery import PathFinder
roots = {"specquant": sys.argv[1]}
class Roots:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [roots[name]]) if name in roots else None
sys.meta_path.insert(0, Roots)
sys.path += [path for path in sys.argv[2:] if path not in sys.path]
sys.dont_write_bytecode = True
from specquant.readers.working import serve
serve(roots)
"""
"""What the other process runs: modules that are named come from the folder they are named with, all others from the
standard library and the site packages."""


def command() -> list[str]:
    """Return the command that starts the process."""
    return [sys.executable, "-I", "-c", _START, root("specquant"), *_further_paths()]


def root(package: str) -> str:
    """Return the folder in which a package that is imported here lies."""
    module = specquant if package == "specquant" else sys.modules[package]
    file, folders = getattr(module, "__file__", None), list(getattr(module, "__path__", ()))
    return os.path.dirname(os.path.abspath(folders[0] if folders else str(file)))  # noqa: PTH100, PTH120


def _further_paths() -> Sequence[str]:
    """Return the folders that numpy and others come from, in case an isolated interpreter does not know them."""
    roots = {root(package) for package in ("numpy", "h5py", "xarray") if package in sys.modules}
    return sorted(roots - {os.getcwd()})  # noqa: PTH109


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of the process: this one's, less what steers Python; temporary files go to its folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    return kept | threads | dict.fromkeys(("TMPDIR", "TEMP", "TMP", "NUMBA_CACHE_DIR"), str(folder))
