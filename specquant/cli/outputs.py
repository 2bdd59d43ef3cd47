"""What every command does about the files that it writes: checked before work begins, named when they are there."""

from collections.abc import Iterable
from pathlib import Path

from specquant.cli.printing import tell
from specquant.errors import OutputError
from specquant.files import check_outputs, probe_folder

_replaced: set[Path] = set()


def begin_outputs(*outputs: Path | None, inputs: Iterable[Path | str | None] = ()) -> None:
    """Refuse outputs that would destroy something, see `check_outputs`, and remember which will be replaced."""
    _replaced.clear()
    _replaced.update(check_outputs(outputs, inputs))


def begin_folder(folder: Path, names: Iterable[str], inputs: Iterable[Path | str | None] = ()) -> None:
    """Refuse a folder that cannot be written to, or in which a file of one of these names would destroy something."""
    if folder.exists() and not folder.is_dir():
        raise OutputError("is not a folder", where=folder, todo="Choose another place with --out.")
    probe_folder(folder)
    _replaced.update(check_outputs((folder / name for name in names), inputs))


def written(path: Path | None) -> None:
    """Tell that a file is there now, and whether one was there before."""
    if path is not None:
        tell(f"written: {path}{', in place of the one before' if path in _replaced else ''}")
