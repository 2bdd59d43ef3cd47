"""The command line that does the same as the page, to be copied."""

import shlex
from collections.abc import Iterable
from pathlib import PurePosixPath

from specquant.app.desk import File
from specquant.app.settings import Settings


def command_lines(files: Iterable[File]) -> list[str]:
    """Return one command per set of settings; it runs in the folder in which the files are."""
    together: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        chosen = (Settings.of(spot.answers[-1]["settings"]).options() for spot in file.spots if spot.answers)
        for options in dict.fromkeys(map(tuple, chosen)):
            together.setdefault(options, []).append(PurePosixPath(file.name).name)
    return [
        shlex.join(["specquant", "quantify", *options, "--", *dict.fromkeys(names)])
        for options, names in together.items()
    ]
