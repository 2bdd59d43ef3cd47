"""``specquant quantify``: measured spectra to atomic fractions."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specquant.cli.options import (
    command_line,
    device_option,
    instrument_option,
    library_option,
    model_option,
    out_option,
    reference_option,
    set_option,
    shift_option,
    technique_option,
)

if TYPE_CHECKING:
    from specquant.discovery import Plugin
    from specquant.errors import SpecquantError
    from specquant.library import PureLibrary
    from specquant.pipeline import FileResult
    from specquant.quantifiers import Quantifier


@click.command("quantify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@technique_option
@model_option
@click.option("--method", help="hybrid, cnn, nnls, poisson, or one of the plug-in's.  [default: the technique's best]")
@click.option("--elements", metavar="LIST", help="The only elements there can be, e.g. O,Si,Fe. Default: all.")
@shift_option
@reference_option
@set_option
@instrument_option
@library_option
@device_option
@out_option("File to write: .csv, .json, .nc or .html.", required=False)
def command(
    files: tuple[Path, ...],
    technique: str,
    model: str | None,
    method: str | None,
    elements: str | None,
    shift: float | None,
    reference: str | None,
    settings: tuple[str, ...],
    instrument_path: Path | None,
    library_path: Path | None,
    device: str,
    out: Path | None,
) -> None:
    """Say which elements are in measured spectra, and how much of each.

    A file with several spectra gives one set of rows per spectrum. Fractions are atomic, with weight fractions beside
    them; bounds are those of the 90 % interval of the atomic fraction on spectra of the training recipe. A file that
    cannot be used is named at the end; the others are written. Where no file can be used, nothing is.
    """
    from specquant.errors import OutputError
    from specquant.pipeline import (
        open_axis_correction,
        open_library,
        open_methods,
        open_plugin,
        quantify_files,
        write_results,
    )
    from specquant.pipeline.opening import default_methods
    from specquant.pipeline.quantification import FORMATS
    from specquant.recipes.priors import parse_elements

    if out is not None and out.suffix not in FORMATS:
        raise OutputError("unknown output format", where=out, found=repr(out.suffix), wanted=", ".join(FORMATS))
    plugin, given = open_plugin(technique, settings, instrument_path)
    method = method or default_methods(plugin)[0]
    listed = parse_elements(elements, plugin.technique.elements) if elements else ()
    correct = open_axis_correction(plugin.technique, shift, reference)
    library = open_library(plugin, library_path, instrument_path)
    methods = open_methods(plugin, (method,), library, model, device)
    failed: list[SpecquantError] = []
    shown = _shown(quantify_files(files, plugin, methods, given, listed, correct), method, failed)
    first = next(shown, None)
    usable: Iterable[FileResult] = [] if first is None else chain([first], shown)
    if out is None or first is None:
        for _ in usable:
            pass
    elif out.suffix == ".html":
        _write_html(list(usable), methods, plugin, library, out)
    else:
        write_results(usable, method, out, plugin.technique, command_line())
    for error in failed:
        click.echo(f"specquant: error: {error}", err=True)
    if failed:
        raise click.exceptions.Exit(1)


def _shown(results: "Iterator[FileResult]", method: str, failed: "list[SpecquantError]") -> "Iterator[FileResult]":
    """Pass on what could be used, printing each as a table; keep the errors of the rest."""
    for result in results:
        if result.error is not None:
            failed.append(result.error)
            continue
        for line in table(result, method):
            _say(line)
        yield result


def _say(line: str) -> None:
    """Print a line; once nobody reads them any more (``| head``), go on without printing."""
    try:
        click.echo(line)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(result: "FileResult", method: str) -> Iterator[str]:
    """Yield the lines of one file's table: elements of at least 1 at%, largest first."""
    composition = result.compositions[method]
    for row, sample in enumerate(composition["sample"].values):
        yield f"{result.file}  [{sample}]"
        one = composition.isel(sample=row)
        known = bool(one["lower"].notnull().any())
        yield "          at%     wt%" + ("  90 % interval, at%" if known else "")
        names = ("fraction", "weight_fraction", "lower", "upper")
        for place in (-one["fraction"].values).argsort():
            fraction, weight, lower, upper = (100 * float(one[name].values[place]) for name in names)
            if fraction < 1.0:
                break
            interval = f"  {lower:.1f} to {upper:.1f}" if lower == lower else ""
            yield f"  {one['element'].values[place]!s:<3}{fraction:8.1f}{weight:8.1f}{interval}"
        for note in result.notes[row]:
            yield f"  {note}"


def _write_html(
    results: "Sequence[FileResult]",
    methods: "dict[str, Quantifier]",
    plugin: "Plugin",
    library: "PureLibrary",
    out: Path,
) -> None:
    from specquant.learning import NetworkQuantifier
    from specquant.pipeline.samples import sample_results
    from specquant.report import quantification_html, write_html

    samples = [item for result in results for item in sample_results(result, plugin, library, methods)]
    asked = (item.explained for item in methods.values())
    network = next((item for item in asked if isinstance(item, NetworkQuantifier)), None)
    card = network.card if network else None
    write_html(quantification_html(plugin.technique, samples, command_line(), card), out)
