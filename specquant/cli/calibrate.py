"""``specquant calibrate``: an instrument file from spectra of known composition."""

from pathlib import Path

import click

from specquant.cli.options import Opening, opens_session, out_option
from specquant.cli.outputs import begin_outputs, check_suffix, written
from specquant.cli.printing import say, tell
from specquant.cli.status import doing


@click.command("calibrate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@opens_session("settings", by_files=True)
@click.option(
    "--composition",
    "compositions",
    multiple=True,
    metavar="TEXT",
    help="Composition of each file in turn: CaF2 (atoms) or 'O42.8 Si21.2' (weight per cent). Default: the header's.",
)
@out_option("Instrument file (.json) to write.")
def command(opening: Opening, files: tuple[Path, ...], compositions: tuple[str, ...], out: Path) -> None:
    """Find out about an instrument from one or a few spectra of known composition.

    The file that it writes is taken by --instrument of quantify, evaluate and run. Choose references that hold light
    and heavy elements, for EDS an oxide glass such as K412.
    """
    from specquant.instrument import calibrate, save_instrument

    begin_outputs(out, inputs=files)
    check_suffix(out, ".json")
    session = opening.by_files(*files).session()
    doing(f"calibrating with {len(files)} spectra")
    instrument = calibrate(session.plugin, files, compositions, session.stated, session.command)
    save_instrument(instrument, out)
    written(out)
    if session.technique.fit is not None and instrument.misfit > session.technique.fit.decisions.poor:
        tell(
            f"warning: the model explains the spectra badly (misfit {instrument.misfit:.1f}, usual is about 1): are "
            "they of the composition that is stated, bulk samples, and calibrated in energy?"
        )
    parameters = {parameter.name: parameter for parameter in session.technique.parameters}
    say(f"{instrument.kind}, misfit {instrument.misfit:.2f}")
    for name, value in instrument.values.items():
        error = f" +- {instrument.errors[name]:.3g}" if name in instrument.errors else ""
        say(f"  {name:<20}{value:10.4g}{error} {parameters[name].unit}")
    say(f"{out}: use it with --instrument {out}")
