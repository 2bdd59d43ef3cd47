"""``specquant quantify``: measured spectra to atomic fractions."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specquant.cli.options import Opening, jobs_option, opens_session, out_option
from specquant.cli.outputs import begin_outputs, written
from specquant.cli.printing import say, tell
from specquant.interrupts import raise_if_interrupted

if TYPE_CHECKING:
    from specquant.errors import SpecquantError
    from specquant.quantifiers import Quantifier
    from specquant.session import FileResult, Session


@click.command("quantify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@opens_session("model", "shift", "reference", "settings", "instrument", "library", "device")
@click.option("--method", help="hybrid, cnn, nnls, poisson, or one of the plug-in's.  [default: the technique's best]")
@click.option("--elements", metavar="LIST", help="The only elements there can be, e.g. O,Si,Fe. Default: all.")
@jobs_option
@out_option("File to write: .csv, .json, .nc or .html.", required=False)
def command(
    opening: Opening,
    files: tuple[Path, ...],
    method: str | None,
    elements: str | None,
    jobs: int,
    out: Path | None,
) -> None:
    """Say which elements are in measured spectra, and how much of each.

    A file with several spectra gives one set of rows per spectrum. Fractions are atomic, with weight fractions beside
    them; bounds are those of the 90 % interval of the atomic fraction: the fit's own with the method hybrid, those of
    the model on spectra of its training recipe with a network. A file that cannot be used is named at the end; the
    others are written. Where no file can be used, nothing is. With --out, answers are kept as they are made:
    interrupted, the same command goes on.
    """
    from specquant.session.keeping import kept_answers
    from specquant.session.writing import check_format

    if out is not None:
        check_format(out)
        begin_outputs(out, inputs=(*files, *opening.inputs))
    session = opening.session()
    method = method or session.method_names[0]
    methods = session.methods([method])
    failed: list[SpecquantError] = []
    if out is None:
        for _ in _shown(session.quantify_each(files, methods, elements, jobs), method, failed):
            pass
    else:
        with (
            kept_answers(session, methods, out) as keeping,
            closing(session.quantify_each(files, keeping.methods, elements, jobs)) as outcomes,
        ):
            shown = _shown(outcomes, method, failed, keeping.keep)
            done = _write(session, shown, keeping.methods, failed, out)
        written(done)
    for error in failed:
        tell(f"error: {error}")
    if failed:
        raise click.exceptions.Exit(1)


def _write(
    session: "Session",
    shown: "Iterator[FileResult]",
    methods: "Mapping[str, Quantifier]",
    failed: "list[SpecquantError]",
    out: Path,
) -> Path | None:
    """Write what could be used, and return where; None if there is nothing."""
    from specquant.session.writing import write_answers, write_result

    first = next(shown, None)
    if first is None:
        return None
    usable = chain([first], shown)
    if out.suffix == ".html":
        return write_result(session.result(methods, usable, failed), out)
    return write_answers(usable, next(iter(methods)), session.technique, session.command, out)


def _shown(
    outcomes: "Iterable[FileResult | SpecquantError]",
    method: str,
    failed: "list[SpecquantError]",
    keep: "Callable[[FileResult], None]" = lambda _: None,
) -> "Iterator[FileResult]":
    """Pass on what could be used, keeping each and printing it as a table; collect the errors of the rest."""
    from specquant.errors import SpecquantError

    for outcome in outcomes:
        raise_if_interrupted()
        if isinstance(outcome, SpecquantError):
            failed.append(outcome)
            continue
        keep(outcome)
        for line in outcome.tables(method):
            say(line)
        yield outcome
