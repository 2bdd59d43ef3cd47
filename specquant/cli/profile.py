"""``specquant profile``: composition along a depth, a time, an angle or a line."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from specquant.cli.options import (
    Opening,
    files_argument,
    jobs_option,
    knows_elements,
    method_option,
    opens_session,
    path_option,
)
from specquant.cli.outputs import begin_outputs, check_suffix, written
from specquant.cli.printing import say, tell
from specquant.cli.status import doing

if TYPE_CHECKING:
    from specquant.series import Profile
    from specquant.session import Session
    from specquant.session.unused import Unused

_TABLE, _FIGURES = ".csv", (".png", ".svg", ".pdf")
"""Suffixes of files that a profile is written to."""


@click.command("profile")
@files_argument
@opens_session("model", "shift", "reference", "settings", "instrument", "library", "device", by_files=True)
@method_option
@knows_elements
@click.option("--smooth", is_flag=True, help="Take neighbours into account: a random walk along the series.")
@path_option("--out", metavar="FILE.csv", help="File of the table.")
@path_option("--plot", metavar="FILE", help="Draw the profile: .png, .svg or .pdf.")
@jobs_option
def command(
    opening: Opening,
    files: tuple[Path, ...],
    method: str | None,
    known: dict[str, Any],
    smooth: bool,
    out: Path | None,
    plot: Path | None,
    jobs: int,
) -> None:
    """Say how the composition changes along a series of spectra, such as a sputter profile or a line scan.

    The spectra of the files are one series, along the experimental variable that their files state, or else in their
    order. All share one offset of the energy axis, what nobody states of the instrument, and, with the method hybrid,
    the instrument that the fits of all find together. With --smooth, fractions
    follow a random walk along the series: its steps are as large as the spectra themselves say is likeliest.
    """
    from specquant.countednames import counted
    from specquant.session import HYBRID
    from specquant.session.fitted import on_fitted_instrument
    from specquant.session.identity import card_of, identity_cells

    given, files = files, tuple(counted(files))
    begin_outputs(out, plot, inputs=(*files, *opening.inputs))
    check_suffix(out, _TABLE)
    check_suffix(plot, *_FIGURES)
    session = opening.by_files(*files).session().with_series(files)
    inputs = session.read_each(files)
    if (method or session.method_names[0]) == HYBRID:
        doing(f"looking for the instrument in {len(files)} files")
        session = on_fitted_instrument(session, inputs, jobs)
    result = session.quantify(inputs, method, jobs=jobs, same_instrument=True, **known)
    profile = result.profile(smooth)
    for line in profile.lines():
        say(line)
    for text in (*_order(profile, given, files), *_shared(session, smooth)):
        say(f"  {text}")
    _write(profile, result.errors, identity_cells(result.method, card_of(result.methods)), out, plot)
    for error in result.errors:
        tell(f"error: {error}")
    if result.errors:
        raise click.exceptions.Exit(1)


def _order(profile: "Profile", given: tuple[Path, ...], files: tuple[Path, ...]) -> Iterator[str]:
    """Yield in words in which order the spectra are, where the files do not say."""
    from specquant.series import NUMBERED

    if profile.coordinate == NUMBERED and len(files) > 1:
        order = "of the numbers in their names" if files != given else "in which they were given"
        ends = f"{files[0].name} to {files[-1].name}"
        yield f"assumed: files in the order {order}, {ends}, as not all state one variable in one unit"


def _shared(session: "Session", smooth: bool) -> Iterator[str]:
    """Yield in words what holds for the whole series."""
    if session.shared_offset:
        yield f"offset: {session.technique.axis.moved(session.shared_offset)}, the median of the spectra"
    if session.shared is not None:
        yield f"instrument, by all spectra together: {session.shared.text(session.technique)}"
    if smooth:
        yield "smoothed along the series by a random walk"


def _write(
    profile: "Profile", errors: "Sequence[Unused]", identity: tuple[str, ...], out: Path | None, plot: Path | None
) -> None:
    from specquant.session.identity import IDENTITY
    from specquant.session.unused import UNUSED
    from specquant.tables import write_table

    if out is not None:
        spectra = ([*row, "", *identity] for row in profile.rows())
        nothing = [""] * (len(profile.columns) - 1)
        unused = ([error.file, *nothing, str(error), *identity] for error in errors)
        written(write_table([*profile.columns, UNUSED, *IDENTITY], chain(spectra, unused), out))
    if plot is not None:
        from specquant.report import save_figure
        from specquant.report.figures.profile import profile_figure

        written(save_figure(profile_figure(profile), plot))
