"""``specquant example``: a spectrum to begin with."""

import shutil
from pathlib import Path

import click

from specquant.cli.options import command_line, path_option
from specquant.cli.outputs import begin_outputs, check_suffix, written
from specquant.cli.printing import say


@click.command("example")
@click.argument("named", metavar="TECHNIQUE", required=False)
@click.option("--technique", "-t", metavar="NAME", help="Technique, in place of TECHNIQUE.")
@click.option("--elements", metavar="LIST", help="Elements of a new example, e.g. O,Si,Fe.")
@click.option("--seed", type=click.IntRange(min=0), help="Random seed of a new example.")
@path_option("--out", metavar="FILE", help="File to write.  [default: in this folder, under the example's name]")
def command(named: str | None, technique: str | None, elements: str | None, seed: int | None, out: Path | None) -> None:
    """Write a spectrum to begin with: made by specquant, not measured, and it says so.

    It prints how much of each element the spectrum is made of, so that the answer of quantify can be compared. It is
    the technique's own example, which ships; with --elements, --seed or --out FILE.csv, or where none ships, one of the
    technique's default recipe is made, as CSV. All of these are of one instrument.
    """
    from specquant.session import open_session
    from specquant.session.example import write_example

    if named is not None and technique not in (None, named):
        raise click.UsageError(f"Name one technique, not both {named} and {technique}")
    technique = named or technique
    if technique is None:
        raise click.UsageError("Name a technique: specquant example xps")
    session = open_session(technique, command=command_line())
    ships = session.technique.example
    if ships is not None and elements is None and seed is None and (out is None or out.suffix == ships.path.suffix):
        path = out or Path(ships.path.name)
        _copy(ships.path, path)
        say(f"{path}: {ships.title}; made by specquant, not measured")
        return
    path = out or Path(f"example-{session.technique.name}.csv")
    begin_outputs(path)
    check_suffix(path, ".csv")
    example = write_example(session, path, 1 if seed is None else seed, elements)
    written(path)
    parts = sorted(example.fraction.items(), key=lambda part: -part[1])
    say(f"{path}: made of, at%: {', '.join(f'{symbol} {100 * part:.1f}' for symbol, part in parts)}")


def _copy(source: Path, path: Path) -> None:
    from specquant.files import atomic_path

    begin_outputs(path, inputs=(source,))
    with atomic_path(path) as partial:
        shutil.copyfile(source, partial)
    written(path)
