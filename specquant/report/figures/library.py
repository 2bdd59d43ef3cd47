"""Pure spectra of a few elements, one above the other, with their lines."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from specquant.library import PureLibrary, pure_spectra
from specquant.report.energyscale import EnergyScale
from specquant.report.figures.style import SOFT, element_colours, styled
from specquant.technique import Technique

_TINY = 1e-12
"""Stands for nothing in a division, 1/eV."""


@styled
def library_figure(technique: Technique, library: PureLibrary, elements: Sequence[str]) -> Figure:
    """Draw the pure spectrum of each element, scaled to its maximum, its lines marked below."""
    scale = EnergyScale(technique.axis)
    spectra = pure_spectra(technique, library)
    figure = Figure(figsize=(9.0, 0.6 + 1.5 * len(elements)), layout="constrained")
    panels = figure.subplots(len(elements), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (symbol, colour) in zip(panels, element_colours(elements).items(), strict=True):
        spectrum = spectra[technique.elements.index(symbol)]
        panel.plot(scale.of(technique.axis.centres), spectrum / max(spectrum.max(), _TINY), color=colour, lw=0.9)
        lines = [scale.at(peak.energy) for peak in technique.peaks if peak.element == symbol]
        panel.vlines(lines, -0.12, -0.04, color=SOFT, lw=0.8)
        panel.set_ylabel(symbol, rotation=0, ha="right", va="center")
        panel.set_yticks([])
    scale.frame(panels[-1])
    return figure
