"""The pictures of a report: every function returns a matplotlib Figure and touches no global state."""

from specquant.report.figures.bars import accuracy_figure, composition_figure
from specquant.report.figures.curves import Curve, curves_figure
from specquant.report.figures.embedding import data_uri, png_bytes, save_figure, svg_bytes
from specquant.report.figures.importance import fis_figure, fis_grid_figure, map_figure
from specquant.report.figures.labelled import group_of, labelled_figure
from specquant.report.figures.library import library_figure
from specquant.report.figures.lime import lime_figure
from specquant.report.figures.periodic import periodic_figure
from specquant.report.figures.spectrum import spectrum_figure

__all__ = [
    "Curve",
    "accuracy_figure",
    "composition_figure",
    "curves_figure",
    "data_uri",
    "fis_figure",
    "fis_grid_figure",
    "group_of",
    "labelled_figure",
    "library_figure",
    "lime_figure",
    "map_figure",
    "periodic_figure",
    "png_bytes",
    "save_figure",
    "spectrum_figure",
    "svg_bytes",
]
