"""``specquant library``: pure spectra, lines and sensitivity factors, to see and to save."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specquant.cli.options import Opening, opens_session, path_option
from specquant.cli.outputs import begin_outputs, check_suffix, written
from specquant.cli.printing import say
from specquant.cli.status import doing

if TYPE_CHECKING:
    from specquant.technique import Technique


@click.command("library")
@opens_session()
@click.option(
    "--element",
    "-e",
    "elements",
    multiple=True,
    metavar="SYMBOL",
    help="Element with the lines to print; may be repeated.",
)
@path_option("--from", "origin", metavar="PATH", help="Folder or .nc file of pure spectra to build the library from.")
@path_option("--plot", metavar="FILE.png", help="Picture of the pure spectra.")
@path_option("--out", metavar="FILE.nc", help="File to save the library in.")
def command(
    opening: Opening, elements: tuple[str, ...], origin: Path | None, plot: Path | None, out: Path | None
) -> None:
    """Print peak tables and sensitivity factors; plot or save the pure spectra.

    Without --element, all sensitivity factors are printed. With --from, the library is built from a folder of a
    laboratory's own pure spectra, one file per element, named after it (Cd.vms, Cd_clean.csv); or, where the technique
    measures its lines on standards, of pure elements and compounds (Fe.msa, CaF2.msa).
    """
    from specquant.elements import check_symbols

    begin_outputs(plot, out, inputs=(origin,))
    check_suffix(plot, ".png")
    check_suffix(out, ".nc")
    session = replace(opening, options={**opening.options, "library": origin}).session()
    technique, library = session.technique, session.library
    if origin is not None:
        say(f"{origin}: pure spectra of {', '.join(library.elements)}")
    if elements:
        check_symbols(elements, technique.elements, "--element")
    doing("rendering pure spectra")
    if plot is not None:
        from specquant.report import library_figure, save_figure  # takes a second, which only a picture needs

        save_figure(library_figure(technique, library, elements or library.elements[:4]), plot)
        written(plot)
    if out is not None:
        library.save(out)
        written(out)
    for symbol in elements:
        _print_lines(technique, symbol)
    if not elements:
        for symbol, factor in technique.sensitivity.items():
            say(f"{symbol:<3}{factor:10.4f}")
    if plot is not None:
        say(f"picture: {plot}")
    if out is not None:
        say(f"{out}: {len(library.elements)} elements, {library.dataset.sizes['component']} components")


def _print_lines(technique: "Technique", symbol: str) -> None:
    say(f"{symbol}: sensitivity factor {technique.sensitivity[symbol]:.4f}")
    unit = technique.axis.unit
    say(f"  {'line':<10}{f'energy/{unit}':>10}{f'width/{unit}':>10}{'relative area':>15}  group")
    lines = [peak for peak in technique.peaks if peak.element == symbol]
    for peak in sorted(lines, key=lambda peak: -peak.intensity):
        say(f"  {peak.label:<10}{peak.energy:>10.1f}{peak.width:>10.2f}{peak.intensity:>15.3f}  {peak.group}")
