"""What every command does about the files that it writes: checked before work begins, told of when they are there."""

from collections.abc import Iterable
from pathlib import Path

from specquant.cli.terminal import tell
from specquant.files import check_outputs


def begin_outputs(*outputs: Path | None, inputs: Iterable[Path | str | None] = ()) -> None:
    """Refuse outputs that would destroy something, and tell which files will be replaced; see `check_outputs`."""
    for path in check_outputs(outputs, inputs):
        tell(f"{path} is there already, and will be replaced")


def begin_folder(folder: Path, names: Iterable[str], inputs: Iterable[Path | str | None] = ()) -> None:
    """Refuse a folder that cannot be written to, or in which a file of one of these names would destroy something."""
    from specquant.errors import OutputError
    from specquant.files import probe_folder

    if folder.exists() and not folder.is_dir():
        raise OutputError("is no folder", where=folder, todo="Choose another place with --out.")
    probe_folder(folder)
    there = check_outputs((folder / name for name in names), inputs)
    if there:
        tell(f"{folder} holds {len(there)} files of an earlier run, which will be replaced or used again")


def written(path: Path | None) -> None:
    """Tell that a file is there now."""
    if path is not None:
        tell(f"written: {path}")
