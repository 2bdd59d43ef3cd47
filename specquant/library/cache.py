"""Rendered libraries on disk, so that one command line does not render what the last one did.

A file holds plain arrays under a hash of all that rendering depends on: the technique's name, elements, axis, peaks and
parameter values, the source and data files of the package that renders, and the versions of what it computes with. A
file that cannot be read, or written, is as good as none.

The environment variable ``SPECQUANT_CACHE`` names the folder; ``off`` keeps nothing.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.errors import OutputError
from specquant.files import atomic_path
from specquant.technique import Floats, Technique

Arrays = Mapping[str, NDArray[np.generic]]

VARIABLE = "SPECQUANT_CACHE"
"""Environment variable that names the folder, or is ``off``."""

_MOST = 12
"""Files that are kept, the least recently used go first. Chosen: two techniques on some instruments; one has 5 to
20 MB."""

_COMPUTE = ("numpy", "scipy", "torch", "xraylib", "xraydb")
"""Distributions of which a new version may render differently."""

_SOURCES = (".py", ".csv")
"""Files of a package that rendering depends on."""


def rendered_once(technique: Technique, values: Mapping[str, float], render: Callable[[], Arrays]) -> Arrays:
    """Return what `render` gives for a technique at parameter values, from disk where it was rendered before."""
    folder, key = _folder(), _key(technique, values)
    if folder is None or key is None:
        return render()
    path = folder / f"{technique.name}-{key}.npz"
    arrays = _read(path, technique)
    if arrays is None:
        arrays = render()
        _write(path, arrays)
    return arrays


def _folder() -> Path | None:
    named = os.environ.get(VARIABLE)
    if named is not None:
        return None if named.lower() in ("", "0", "off", "no") else Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base) / "specquant" / "cache" if base else None
    if sys.platform == "darwin":
        return Path("~/Library/Caches/specquant").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "specquant"


def _key(technique: Technique, values: Mapping[str, float]) -> str | None:
    """Return the hash of all that rendering depends on; None where that cannot be known."""
    functions = [each for each in (technique.render, technique.response) if each is not None]
    if any("<" in getattr(each, "__qualname__", "<") for each in functions):
        return None  # made on the spot: what it refers to cannot be seen
    packages = sorted({each.__module__.partition(".")[0] for each in functions} | {"specquant"})
    try:
        sources = [_hash_of_package(package) for package in packages]
    except (OSError, KeyError):
        return None
    names = [f"{each.__module__}.{each.__qualname__}" for each in functions]
    axis, margin = technique.axis, technique.margin
    facts = (technique.name, technique.elements, axis, margin, technique.peaks, sorted(values.items()), names, sources)
    return hashlib.sha256(repr((facts, _versions())).encode()).hexdigest()[:32]


@cache
def _versions() -> tuple[str, ...]:
    versions = []
    for name in _COMPUTE:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(name)
    return tuple(versions)


@cache
def _hash_of_package(package: str) -> str:
    """Return a hash of the sources of a package that is imported; of specquant only those that render."""
    module = sys.modules[package]
    if module.__file__ is None:
        raise FileNotFoundError(package)
    folder = Path(module.__file__).parent
    if package == "specquant":
        paths = [Path(__file__).with_name("rendered.py"), folder / "atomictables.py", folder / "arrays.py"]
    elif Path(module.__file__).name == "__init__.py":
        paths = sorted(path for path in folder.rglob("*") if path.suffix in _SOURCES)
    else:
        paths = [Path(module.__file__)]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _read(path: Path, technique: Technique) -> Arrays | None:
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        os.utime(path)
        return arrays if _fits(arrays, technique) else None
    except Exception:  # whatever is wrong with it: it is rendered again
        return None


def _fits(arrays: Arrays, technique: Technique) -> bool:
    """Return whether arrays can be what was rendered for a technique: types, shapes, elements, finite numbers."""
    rows, energies = len(arrays["element"]), technique.axis.padded(technique.margin).size
    texts = [arrays[name] for name in ("element", "label", "group")]
    numbers = [arrays[name] for name in ("density", "primary") if name in arrays]
    return (
        "density" in arrays
        and all(text.dtype.kind == "U" and text.shape == (rows,) for text in texts)
        and all(part.dtype.kind == "f" and part.shape == (rows, energies) for part in numbers)
        and all(_are_densities(part.astype(np.float64, copy=False)) for part in numbers)
        and set(arrays["element"].tolist()) <= {"", *technique.elements}
    )


def _are_densities(values: Floats) -> bool:
    return bool(np.isfinite(values).all() and (values >= 0).all())


def _write(path: Path, arrays: Arrays) -> None:
    """Write a file, and remove those that were not used for longest."""
    with suppress(OSError, OutputError):
        with atomic_path(path) as partial, partial.open("wb") as file:
            np.savez(file, **{name: np.asarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]
        kept = sorted(path.parent.glob("*.npz"), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in kept[_MOST:]:
            old.unlink(missing_ok=True)
