"""``specquant library``: pure spectra, lines and sensitivity factors, to see and to save."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from specquant.cli.options import technique_option

if TYPE_CHECKING:
    from specquant.library import PureLibrary
    from specquant.technique import Technique


@click.command("library")
@technique_option
@click.option("--element", "-e", "elements", multiple=True, metavar="SYMBOL", help="Its lines; may be repeated.")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="PATH", help="Folder of pure spectra, or .nc."
)
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE.png", help="Picture of the pure spectra.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.nc", help="Save the library.")
def command(
    technique: str, elements: tuple[str, ...], source: Path | None, plot: Path | None, out: Path | None
) -> None:
    """Print peak tables and sensitivity factors; plot or save the pure spectra.

    Without --element, all sensitivity factors are printed. With --from, the library is built from a folder of a
    laboratory's own pure spectra, one file per element, named after it (Cd.vms, Cd_clean.csv); or, where the technique
    measures its lines on standards, of pure elements and compounds (Fe.msa, CaF2.msa).
    """
    from specquant.discovery import load_plugin
    from specquant.errors import SettingError
    from specquant.pipeline import open_library

    plugin = load_plugin(technique)
    library = open_library(plugin, source)
    if source is not None:
        click.echo(f"{source}: pure spectra of {', '.join(library.elements)}")
    for symbol in elements:
        if symbol not in plugin.technique.elements:
            known = f"{plugin.technique.elements[0]} to {plugin.technique.elements[-1]}"
            raise SettingError("no such element in this technique", where=technique, found=repr(symbol), wanted=known)
    if elements:
        for symbol in elements:
            _print_lines(plugin.technique, symbol)
    else:
        for symbol, factor in plugin.technique.sensitivity.items():
            click.echo(f"{symbol:<3}{factor:10.4f}")
    if plot is not None:
        _plot(plugin.technique, library, elements or library.elements[:4], plot)
        click.echo(f"picture: {plot}")
    if out is not None:
        library.save(out)
        click.echo(f"{out}: {len(library.elements)} elements, {library.dataset.sizes['component']} components")


def _print_lines(technique: "Technique", symbol: str) -> None:
    click.echo(f"{symbol}: sensitivity factor {technique.sensitivity[symbol]:.4f}")
    click.echo(f"  {'line':<10}{'energy/eV':>10}{'width/eV':>10}{'relative area':>15}  group")
    lines = [peak for peak in technique.peaks if peak.element == symbol]
    for peak in sorted(lines, key=lambda peak: -peak.intensity):
        click.echo(f"  {peak.label:<10}{peak.energy:>10.1f}{peak.width:>10.2f}{peak.intensity:>15.3f}  {peak.group}")


def _plot(technique: "Technique", library: "PureLibrary", elements: tuple[str, ...], path: Path) -> None:
    from specquant.report import library_figure, save_figure

    save_figure(library_figure(technique, library, elements), path)
