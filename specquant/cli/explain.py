"""``specquant explain``: where a model reads each element."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from specquant.cli.options import Opening, opens_session, out_option, path_option, typed
from specquant.cli.outputs import begin_outputs, check_suffix, written
from specquant.cli.printing import say, tell
from specquant.cli.status import doing

if TYPE_CHECKING:
    import xarray as xr

    from specquant.quantifiers import Quantifier
    from specquant.technique import Technique

_LEAST = 0.01
"""Weight from which on a window is printed, atomic fraction: 1 at%, as for an element that counts as present."""


@click.command("explain")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@opens_session("model", "shift", "reference", "settings", "instrument", "device", by_files=True)
@click.option("--explainer", default="probe", show_default=True, help="probe, lime, or one of the plug-in's.")
@click.option("--shape", default="gaussian", show_default=True, help="gaussian, lorentzian or voigt.")
@click.option("--width", type=float, help="FWHM of the probing peak, in the unit of the axis.")
@click.option("--height", type=float, default=1e4, show_default=True, help="Height of the probing peak, counts.")
@path_option("--plot", metavar="FILE.png", help="Map of all elements (Figure 5).")
@out_option("netCDF file for the Feature Importance Spectra.", required=False)
def command(
    opening: Opening,
    file: Path | None,
    explainer: str,
    shape: str,
    width: float | None,
    height: float,
    plot: Path | None,
    out: Path | None,
) -> None:
    """Move a probing peak over an empty spectrum and record what the model makes of it, or explain answers to FILE.

    Prints, for every element, its strongest line and the line at which the model reads it, and checks the technique's
    worked examples. Where no model ships and none is named, the technique's default method is explained.
    Other explainers than the probe may need FILE; what they give is written to --out, and the windows that count most
    are printed.
    """
    from specquant import contracts
    from specquant.explainers import PeakProbe
    from specquant.session.identity import card_of, identity_attributes

    if file is None and opening.given("shift", "reference"):
        raise click.UsageError("--shift and --reference are for FILE")
    if explainer != "probe" and typed("shape", "width", "height"):
        raise click.UsageError("--shape, --width and --height are for the probe")
    begin_outputs(plot, out, inputs=(file, *opening.inputs))
    check_suffix(plot, ".png")
    check_suffix(out, ".nc")
    session = opening.by_files(file).session()
    if not session.has_model:
        tell(f"no model ships with {session.technique.name}: explained is {session.method_names[0]}")
    technique, explained = session.technique, session.explained
    chosen = PeakProbe(shape, width, height) if explainer == "probe" else session.explainer(explainer)
    doing("explaining")
    attribution = chosen.explain(explained, None if file is None else session.read(file))
    if plot is not None:
        if "response" not in attribution:
            from specquant.errors import SettingError

            todo = "Leave out --plot, or take the probe."
            raise SettingError("there is no map to draw", where="--plot", found=f"explainer {explainer}", todo=todo)
        from specquant.report import map_figure, save_figure  # takes a second, which only a picture needs

        save_figure(map_figure(attribution, technique), plot)
        written(plot)
    if out is not None:
        identity = identity_attributes(card_of({explained.name: explained}))
        contracts.save(attribution.assign_attrs(command=session.command, **identity), "ATTRIBUTION", out)
        written(out)
    _print(attribution, technique, explained)
    if plot is not None:
        say("", f"picture: {plot}")
    if out is not None:
        say("", f"{out}: response of {attribution.sizes['element']} elements")


def _print(attribution: "xr.Dataset", technique: "Technique", explained: "Quantifier") -> None:
    """Print where each element is read, or, of explained answers, the windows that count most."""
    if "response" in attribution:
        _print_readings(attribution, technique, explained)
        return
    for sample, weights in enumerate(attribution["weight"].values):
        say(f"spectrum {sample + 1}", f"{'':<4}{'rests most on':<32}{'weight, at%':>12}")
        for symbol, row in zip(attribution["element"].values, weights, strict=True):
            best = int(row.argmax())
            if row[best] >= _LEAST:
                say(f"{symbol!s:<4}{_window(attribution, best, technique.axis.unit):<32}{100 * row[best]:>12.1f}")


def _window(attribution: "xr.Dataset", index: int, unit: str) -> str:
    """Return a window in words: its label and range, or its number where it has neither."""
    named = {name: attribution[name].values[index] for name in ("label", "start", "stop") if name in attribution}
    if "start" not in named or "stop" not in named:
        return f"segment {index}"
    return f"{named['start']:g} to {named['stop']:g} {unit} {named.get('label', '')}".strip()


def _print_readings(attribution: "xr.Dataset", technique: "Technique", explained: "Quantifier") -> None:
    from specquant.explainers import check_examples, readings

    unit = technique.axis.unit
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
