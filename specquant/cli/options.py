"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

technique_option = click.option(
    "--technique", "-t", required=True, metavar="NAME", help="Installed technique, e.g. xps."
)
seed_option = click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Random seed.")
device_option = click.option(
    "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where torch computes."
)
library_option = click.option(
    "--library",
    "library_path",
    type=click.Path(path_type=Path),
    metavar="FILE.nc",
    help="Pure library to use instead of the rendered one.",
)
set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Instrument parameter that wins over the file's, e.g. beam_energy=15000; may be repeated.",
)


instrument_option = click.option(
    "--instrument",
    "instrument_path",
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help="Instrument file that specquant calibrate wrote.",
)
shift_option = click.option(
    "--shift", type=float, metavar="EV", help="Offset of the energy axis, taken off it; 0: none.  [default: found]"
)
reference_option = click.option(
    "--reference", metavar="LINE=EV", help="A line and the energy where its maximum shall lie, e.g. C1s=284.8."
)
elements_option = click.option(
    "--elements", metavar="LIST", help="Only these elements occur in drawn samples, e.g. O,Si,Fe."
)
prior_option = click.option(
    "--prior",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="How often elements occur in drawn samples: columns element and weight.",
)
model_option = click.option(
    "--model", metavar="NAME", help="Shipped model by name, or a model file.  [default: field, or the one that ships]"
)


def out_option(help_text: str, required: bool = True) -> Callable[[F], F]:
    """Return the ``--out`` option with its help text."""
    return click.option("--out", required=required, type=click.Path(path_type=Path), metavar="PATH", help=help_text)


def command_line() -> str:
    """Return what was typed, for the record."""
    import sys

    return " ".join(["specquant", *sys.argv[1:]])
