"""``specquant new-plugin``: the project of a plug-in, to be changed from there."""

from pathlib import Path

import click

from specquant.cli.printing import say


@click.command("new-plugin")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
def command(name: str, folder: Path) -> None:
    """Write the project of a plug-in for the technique NAME into FOLDER.

    It can be installed and passes ``specquant check`` as it is: X-ray fluorescence of five elements in thin films, with
    sourced tables, a reader, a sample file, tests and a file for continuous integration. Change it from there.
    """
    from specquant.scaffold import new_plugin

    for path in new_plugin(name, folder):
        say(f"written: {path}", err=True)
    say(
        f"Install it:   pip install -e {folder}",
        f"Check it:     specquant check {name} {folder / 'tests' / f'steel.{name}'}",
        f"Use it:       specquant run --technique {name} {folder / 'tests' / f'steel.{name}'}",
        f"Make it yours: {folder / 'README.md'} says where",
    )
