"""``specquant calibrate``: an instrument file from spectra of known composition."""

from pathlib import Path

import click

from specquant.cli.options import command_line, out_option, set_option, technique_option


@click.command("calibrate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@technique_option
@click.option(
    "--composition",
    "compositions",
    multiple=True,
    metavar="TEXT",
    help="Of each file in turn: a formula (CaF2) or weight percent ('O42.8 Si21.2 Mg11.7'). Default: the header's.",
)
@set_option
@out_option("Instrument file (.json) to write.")
def command(
    files: tuple[Path, ...], technique: str, compositions: tuple[str, ...], settings: tuple[str, ...], out: Path
) -> None:
    """Find out about an instrument from one or a few spectra of known composition.

    The file that it writes is taken by --instrument of quantify, evaluate and run. Choose references that hold light
    and heavy elements, for EDS an oxide glass such as K412.
    """
    from specquant.discovery import load_plugin
    from specquant.instrument import calibrate
    from specquant.instrument.files import save_instrument
    from specquant.readers import parse_given

    plugin = load_plugin(technique)
    given = parse_given(settings, plugin.technique)
    instrument = calibrate(plugin, files, compositions, given, command_line())
    units = {parameter.name: parameter for parameter in plugin.technique.parameters}
    click.echo(f"{instrument.kind}, misfit {instrument.misfit:.2f}")
    for name, value in instrument.values.items():
        error = f" +- {instrument.errors[name]:.3g}" if name in instrument.errors else ""
        click.echo(f"  {name:<20}{value:10.4g}{error} {units[name].unit}")
    save_instrument(instrument, out)
    click.echo(f"{out}: use it with --instrument {out}")
