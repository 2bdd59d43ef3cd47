"""Figures that people work with in a page: one code for the report, the app and notebooks.

Python says what is drawn, as a record without any technique; ``spectrum.js`` draws it with uPlot, which lies in
``uplot/`` as its authors publish it (version 1.6.32, MIT licence).
"""

from specquant.report.interactive.building import axis_of, figure_of, line_marks, overlay_of
from specquant.report.interactive.embedding import figure_html, script, stylesheet
from specquant.report.interactive.record import Axis, Contribution, LineMark, Model, SpectrumFigure, Trace, Unexplained
from specquant.report.interactive.unexplained import unexplained_peaks

__all__ = [
    "Axis",
    "Contribution",
    "LineMark",
    "Model",
    "SpectrumFigure",
    "Trace",
    "Unexplained",
    "axis_of",
    "figure_html",
    "figure_of",
    "line_marks",
    "overlay_of",
    "script",
    "stylesheet",
    "unexplained_peaks",
]
