"""``specquant example``: a spectrum to begin with."""

from pathlib import Path

import click

from specquant.cli.options import Opening, opens_session, path_option, seed_option
from specquant.cli.outputs import begin_outputs, written
from specquant.cli.printing import say


@click.command("example")
@opens_session()
@click.option("--elements", metavar="LIST", help="The elements in it, e.g. O,Si,Fe. Default: four common ones.")
@seed_option
@path_option("--out", metavar="FILE.csv", help="File to write.  [default: example-TECHNIQUE.csv]")
def command(opening: Opening, elements: str | None, seed: int, out: Path | None) -> None:
    """Write a spectrum to begin with: synthetic, and it says so.

    It prints how much of each element the spectrum is made of, so that the answer of quantify can be compared. All
    examples of a technique are of one instrument.
    """
    from specquant.session.example import write_example

    session = opening.session()
    path = out or Path(f"example-{session.technique.name}.csv")
    begin_outputs(path)
    example = write_example(session, path, seed, elements)
    written(path)
    parts = sorted(example.fraction.items(), key=lambda part: -part[1])
    say(f"{path}: made of, at%: {', '.join(f'{symbol} {100 * part:.1f}' for symbol, part in parts)}")
