"""``specquant explain``: where a model reads each element."""

from pathlib import Path

import click

from specquant.cli.options import Opening, opens_session, out_option, path_option
from specquant.cli.outputs import begin_outputs, written
from specquant.cli.printing import say, tell


@click.command("explain")
@opens_session("model", "device")
@click.option("--shape", default="gaussian", show_default=True, help="gaussian, lorentzian or voigt.")
@click.option("--width", type=float, help="FWHM of the probing peak, in the unit of the axis.")
@click.option("--height", type=float, default=1e4, show_default=True, help="Height of the probing peak, counts.")
@path_option("--plot", metavar="FILE.png", help="Map of all elements (Figure 5).")
@out_option("netCDF file for the Feature Importance Spectra.", required=False)
def command(
    opening: Opening,
    shape: str,
    width: float | None,
    height: float,
    plot: Path | None,
    out: Path | None,
) -> None:
    """Move a probing peak over an empty spectrum and record what the model makes of it.

    Prints, for every element, its strongest line and the line at which the model reads it, and checks the technique's
    worked examples. Where no model ships and none is named, the technique's default method is explained.
    """
    from specquant import contracts
    from specquant.explainers import PeakProbe, check_examples, readings

    begin_outputs(plot, out, inputs=opening.inputs)
    session = opening.session()
    if not session.has_model:
        tell(f"no model ships with {session.technique.name}: explained is {session.method_names[0]}")
    technique, explained, unit = session.technique, session.explained, session.technique.axis.unit
    attribution = PeakProbe(shape, width, height).explain(explained)
    if plot is not None:
        from specquant.report import map_figure, save_figure  # takes a second, which only a picture needs

        save_figure(map_figure(attribution, technique), plot)
        written(plot)
    if out is not None:
        contracts.save(attribution.assign_attrs(command=session.command), "ATTRIBUTION", out)
        written(out)
    say(f"{'':<4}{'strongest line':<24}{'read at its line':<24}{'response':>8}   highest anywhere")
    for reading in readings(technique, attribution, explained.known):
        strongest, best, top = reading.strongest, reading.best, reading.maximum
        read = f"{best.energy:.0f} {unit} ({best.label})" if reading.is_read else "none by itself"
        say(
            f"{reading.element:<4}{f'{strongest.energy:.0f} {unit} ({strongest.label})':<24}{read:<24}"
            f"{reading.best_response:>8.2f}   {top.response:.2f} at {top.energy:.0f} {unit}"
        )
    for example in check_examples(technique, attribution):
        say("", f"{example.statement}: {'yes' if example.holds else 'no'}")
        for position in example.positions:
            say(
                f"  {position.energy:.0f} {unit}: {example.element} {100 * position.response:.0f} at%, "
                f"most is {position.winner} {100 * position.winner_response:.0f} at%"
            )
    if plot is not None:
        say("", f"picture: {plot}")
    if out is not None:
        say("", f"{out}: response of {attribution.sizes['element']} elements")
