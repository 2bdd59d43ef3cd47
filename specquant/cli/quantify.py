"""``specquant quantify``: measured spectra to atomic fractions."""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
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
    out_option,
    path_option,
    same_instrument_option,
    scheduler_option,
    tell_nothing_shared,
    typed,
)
from specquant.cli.outputs import begin_outputs, written
from specquant.cli.printing import tell
from specquant.cli.quantify_maps import STORES, Work, check_one_map, quantify_maps
from specquant.cli.shown import Shown
from specquant.cli.status import doing

if TYPE_CHECKING:
    from specquant.quantifiers import Quantifier
    from specquant.report import Heading
    from specquant.session import FileResult, Session
    from specquant.session.inputs import Input
    from specquant.session.unused import Unused
    from specquant.session.writing import Layout


@click.command("quantify")
@files_argument
@opens_session(
    *("model", "shift", "reference", "settings", "instrument", "library", "sensitivity_error", "device"), by_files=True
)
@method_option
@knows_elements
@click.option("--oxides", is_flag=True, help="Also oxides in weight per cent, and oxygen by stoichiometry.")
@click.option(
    "--valence", "valences", multiple=True, metavar="EL=N", help="Valence for --oxides, e.g. Fe=3; may be repeated."
)
@click.option(
    "--regions", metavar="LIST", help="Narrow scans of the file to use, e.g. 'O 1s,C 1s', or none.  [default: all]"
)
@path_option(
    "--factors",
    metavar="FILE.csv",
    help="Sensitivity factors of lines in narrow scans: columns line, factor, and transmission if known.",
)
@click.option("--force", is_flag=True, help="Also show the composition of spectra with the verdict not quantified.")
@same_instrument_option
@click.option("--mean", is_flag=True, help="Also the mean of all spectra, taken as replicates, with its scatter.")
@click.option("--long", "long_table", is_flag=True, help="Tables with a row per spectrum and element.")
@path_option("--heading", metavar="FILE.toml", help="Heading of an HTML report: company, analyst, project, logo.")
@scheduler_option
@click.option(
    "--least-counts",
    type=click.FloatRange(min=1.0),
    default=100.0,
    show_default=True,
    metavar="N",
    help="Pixels of maps with fewer counts are pooled with their neighbours.",
)
@path_option("--images", metavar="FOLDER", help="Pictures of maps: every element, the phases, an overlay.")
@jobs_option
@out_option("File to write: .csv, .xlsx, .json, .nc or .html; of a map .nc, .zarr, .hspy, .csv, .html.", required=False)
def command(
    opening: Opening,
    files: tuple[Path, ...],
    method: str | None,
    known: dict[str, Any],
    oxides: bool,
    valences: tuple[str, ...],
    regions: str | None,
    factors: Path | None,
    force: bool,
    same_instrument: bool,
    mean: bool,
    long_table: bool,
    heading: Path | None,
    scheduler: str | None,
    least_counts: float,
    images: Path | None,
    jobs: int,
    out: Path | None,
) -> None:
    """Say which elements are in measured spectra, and how much of each.

    A table has a row per spectrum, or, with --long, one per spectrum and element. Fractions are atomic, with weight
    fractions beside them; bounds are those of the 90 % interval of the atomic fraction: the fit's own with the method
    hybrid, those of the model on spectra of its training recipe with a network. A file that cannot be used is named at
    the end, and in what is written, with the reason. Where no file can be used, nothing is written. With --out, answers
    are kept as they are made: interrupted, the same command goes on.

    Of a map (two pixels or more, a line scan too) the phases are quantified, and then every pixel against the elements
    of its phase; what is printed is a summary. With --method, every pixel is a spectrum of its own instead.

    Every answer has a verdict: good, doubtful, or not quantified, with reasons; what is not quantified has no table
    without --force. Exit status: 0 all good, 3 some doubtful, 4 some not quantified, 1 some file cannot be used.
    """
    from specquant.readers import map_in, prepare

    prepare(files)  # before the imports below, which take longer than the process takes to start
    from specquant.session import HYBRID
    from specquant.session.keeping import kept_answers
    from specquant.session.writing import Layout, check_format

    layout = Layout(long_table, mean)
    _check_in_vain(long_table, least_counts, out)
    if out is not None:
        check_format(out, layout, STORES)
        begin_outputs(out, inputs=(*files, *opening.inputs, factors, heading))
    layout = replace(layout, heading=_heading(heading, out))
    session = opening.by_files(*files).session()
    session = session.with_oxides(valences) if oxides or valences else session
    session = session.with_narrow(regions, factors)
    inputs: Sequence[Input] = files
    if same_instrument:
        tell_nothing_shared(session)
        session, inputs = session.of_same_instrument(files)
    constraints = session.constraints(**known)
    status, maps = 0, {}
    if method is None and session.method_names[0] == HYBRID:
        doing(f"opening {len(files)} file{'s' * (len(files) > 1)}")
        maps = {path: raw for path in files if (raw := map_in(path, session.plugin.readers)) is not None}
        inputs = [given for path, given in zip(files, inputs, strict=True) if path not in maps]
        files = tuple(path for path in files if path not in maps)
        check_one_map(out, len(maps), len(files))
        _check_maps(session, maps)
        work = Work(least_counts, jobs, scheduler)
        status = quantify_maps(session, maps, out, constraints, work, images, layout.heading) if maps else 0
        if not files:
            raise click.exceptions.Exit(status)
    if not maps:
        _tell_without_maps(images)
    method = method or session.method_names[0]
    methods = session.methods([method])
    shown = Shown(method, force, mean, files)
    if out is None:
        deque(shown(session.quantify_each(inputs, methods, constraints, jobs, scheduler, modelled=False)), maxlen=0)
        if shown.answers:
            tell(_identity(methods))
    else:
        drawn = out.suffix == ".html"
        with (
            kept_answers(session, methods, out) as keeping,
            closing(session.quantify_each(inputs, keeping.methods, constraints, jobs, scheduler, drawn)) as outcomes,
        ):
            done = _write(session, shown(outcomes, keeping.keep), keeping.methods, shown, out, layout)
        written(done)
    if shown.withheld:
        tell(
            f"{shown.withheld} not quantified, for the reasons above; --force shows the figures that they speak against"
        )
    for unused in shown.failed:
        tell(f"error: {unused}")
    shown.print_mean(session.technique.elements)
    if shown.failed or status or shown.status:
        raise click.exceptions.Exit(1 if shown.failed else max(status, shown.status))


def _check_in_vain(long_table: bool, least_counts: float, out: Path | None) -> None:
    """Refuse options that would do nothing."""
    from specquant.errors import SettingError

    if long_table and out is None:
        raise SettingError("--long is the layout of a table", where="the command", todo="Add --out table.csv.")
    if not math.isfinite(least_counts):
        raise click.UsageError(f"--least-counts {least_counts} is not a number of counts")


def _tell_without_maps(images: Path | None) -> None:
    """Say which options were given in vain, as no file is a map."""
    if images is not None:
        tell(f"no pictures are drawn in {images}: no file is a map that is quantified by its phases")
    if typed("least_counts"):
        tell("--least-counts changes nothing: no file is a map that is quantified by its phases")


def _check_maps(session: "Session", maps: Iterable[Path]) -> None:
    """Refuse what cannot be asked of maps by phases and pixels."""
    from specquant.errors import SettingError

    for path in maps if session.sensitivity_error else ():
        raise SettingError(
            "--sensitivity-error is for spectra",
            where=path,
            found="a map",
            todo="Leave it out, or give --method hybrid: then every pixel is a spectrum.",
        )


def _write(
    session: "Session",
    shown: "Iterator[FileResult | Unused]",
    methods: "Mapping[str, Quantifier]",
    printing: "Shown",
    out: Path,
    layout: "Layout",
) -> Path | None:
    """Write what became of files, and return where; None if none could be used."""
    from specquant.session.identity import card_of
    from specquant.session.writing import write_answers, write_result

    begun: list[FileResult | Unused] = []
    while not printing.answers:
        following = next(shown, None)
        if following is None:
            return None
        begun.append(following)
    outcomes = chain(begun, shown)
    if out.suffix == ".html":
        result = session.result(methods, outcomes, printing.force)
        doing(f"explaining and drawing {sum(len(file.spectra) for file in result.files)} spectra")
        return write_result(result, out, layout)
    method, card = next(iter(methods)), card_of(methods)
    return write_answers(outcomes, method, session.technique, session.command, out, printing.force, card, layout)


def _identity(methods: "Mapping[str, Quantifier]") -> str:
    """Return in words what answered: the method, and the model that it asks."""
    from specquant.session.identity import card_of

    card = card_of(methods)
    model = "" if card is None else f", model {card.technique} {card.recipe} {card.fingerprint}"
    return f"answered by {next(iter(methods))}{model}"


def _heading(path: Path | None, out: Path | None) -> "Heading | None":
    """Return what stands above the report, if there is to be one."""
    if path is None:
        return None
    from specquant.errors import SettingError
    from specquant.report.heading import read_heading  # takes a second, which only a report needs

    if out is None or out.suffix != ".html":
        raise SettingError("--heading stands above a report", where="the command", todo="Add --out report.html.")
    return read_heading(path)
