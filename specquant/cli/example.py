"""``specquant example``: a spectrum to begin with."""

import shutil
from pathlib import Path

import click

from specquant.cli.options import out_option
from specquant.cli.outputs import begin_outputs, written
from specquant.cli.printing import say


@click.command("example")
@click.argument("technique")
@out_option("File to write.  [default: the example's own name, in this folder]", required=False)
def command(technique: str, out: Path | None) -> None:
    """Write a spectrum to try specquant with: made by it from a known composition, not measured."""
    from specquant.discovery import load_plugin
    from specquant.errors import SettingError
    from specquant.files import atomic_path

    example = load_plugin(technique).technique.example
    if example is None:
        raise SettingError("the technique has no example", where=technique, todo="Take a spectrum of your own.")
    out = Path(example.path.name) if out is None else out
    begin_outputs(out, inputs=(example.path,))
    with atomic_path(out) as partial:
        shutil.copyfile(example.path, partial)
    written(out)
    say(f"{example.title}; made by specquant, not measured")
    say(f"Try: specquant quantify --technique {technique} {out}")
