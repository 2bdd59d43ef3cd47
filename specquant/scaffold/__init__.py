"""A new plug-in from a template: an installable project that passes the kit as it is, to be changed from there."""

import re
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template

from specquant.discovery import list_techniques
from specquant.errors import OutputError, SettingError
from specquant.filekinds import kind_of
from specquant.files import atomic_path

_WORD = re.compile(r"[a-z][a-z0-9]*")
"""A name that serves as a word to type, as a module and as a suffix of files."""

_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "ci.yml": ".github/workflows/test.yml",
    "package.py": "${name}spec/__init__.py",
    "technique.py": "${name}spec/technique.py",
    "reader.py": "${name}spec/reader.py",
    "lines.csv": "${name}spec/lines.csv",
    "test_plugin.py": "tests/test_${name}.py",
    "sample.txt": "tests/steel.${name}",
}
"""File of the template to where it stands in the new project."""


def new_plugin(name: str, folder: Path) -> list[Path]:
    """Write the project of a plug-in for a technique into a new or empty folder, and return its files.

    Parameters
    ----------
    name
        Name of the technique: the word after ``--technique``.
    folder
        Where the project goes.

    Raises
    ------
    SettingError
        If the name cannot be used, or is taken by an installed technique, or the folder is named like the package.
    OutputError
        If the folder holds something.
    """
    if not _WORD.fullmatch(name):
        wanted = "small letters and digits, a letter first, e.g. xrf"
        raise SettingError("cannot be the name of a technique", found=repr(name), wanted=wanted)
    taken = [installed.origin for installed in list_techniques() if installed.name == name]
    if taken:
        todo = "Take another name, or uninstall that distribution."
        raise SettingError("a technique of that name is installed", where=name, found=taken[0], todo=todo)
    if folder.exists() and not folder.is_dir():
        raise OutputError("is not a folder", where=folder, found=kind_of(folder), wanted="a new or an empty folder")
    if folder.exists() and any(folder.iterdir()):
        raise OutputError("is not empty", where=folder, wanted="a new or an empty folder")
    if folder.name == f"{name}spec":
        what = "would hide the package of that name from a Python that is started beside it"
        raise SettingError(what, where=folder, wanted=f"another name, e.g. {folder.with_name(f'{name}-plugin')}")
    words = {"name": name, "title": name.upper(), "core": _core_range(version("specquant"))}
    written = []
    for source, target in _FILES.items():
        text = files(__name__).joinpath("template", f"{source}.template").read_text(encoding="utf-8")
        path = folder / Template(target).substitute(words)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as partial:
            partial.write_text(Template(text).substitute(words), encoding="utf-8")
        written.append(path)
    return written


def _core_range(here: str) -> str:
    """Return the versions that a plug-in written for this one works with: see docs/reference/stability.md."""
    major, minor = (int(part) for part in here.split(".")[:2])
    following = f"{major + 1}" if major else f"0.{minor + 1}"
    return f">={major}.{minor},<{following}"
