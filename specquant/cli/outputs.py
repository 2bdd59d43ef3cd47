"""What every command does about the files that it writes: checked before work begins, named when they are there."""

from collections.abc import Iterable
from pathlib import Path

from specquant.cli.printing import tell
from specquant.errors import OutputError
from specquant.files import check_outputs, probe_folder

_replaced: set[Path] = set()
"""Outputs that are there already."""

_new_folders: set[Path] = set()
"""Folders of outputs that are not there yet."""


def check_suffix(path: Path | None, *suffixes: str) -> None:
    """Refuse an output with a suffix of another kind of file.

    Raises
    ------
    OutputError
        If it has another suffix than these.
    """
    if path is not None and path.suffix not in suffixes:
        raise OutputError("unknown output format", where=path, found=repr(path.suffix), wanted=", ".join(suffixes))


def begin_outputs(*outputs: Path | None, inputs: Iterable[Path | str | None] = ()) -> None:
    """Refuse outputs that would destroy something, see `check_outputs`, and remember what is replaced and made."""
    _replaced.clear()
    _new_folders.clear()
    _replaced.update(check_outputs(outputs, inputs))
    _remember_folders(*(path.parent for path in outputs if path is not None))


def begin_folder(folder: Path, names: Iterable[str], inputs: Iterable[Path | str | None] = ()) -> None:
    """Refuse a folder that cannot be written to, or in which a file of one of these names would destroy something."""
    if folder.exists() and not folder.is_dir():
        raise OutputError("is not a folder", where=folder, todo="Choose another place with --out.")
    probe_folder(folder)
    _replaced.update(check_outputs((folder / name for name in names), inputs))
    _remember_folders(folder)


def written(path: Path | None) -> None:
    """Tell that a file is there now, whether one was there before, and which folders were made for it."""
    if path is not None:
        tell(f"written: {path}{', in place of the one before' if path in _replaced else ''}")
        for folder in sorted(folder for folder in _new_folders if folder in path.parents):
            tell(f"made the folder {folder}")
            _new_folders.discard(folder)


def _remember_folders(*folders: Path) -> None:
    """Remember which of some folders, and of those above, are not there yet."""
    _new_folders.update(each for folder in folders for each in (folder, *folder.parents) if not each.exists())
