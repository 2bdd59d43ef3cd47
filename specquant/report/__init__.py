"""The results of a run, for people as one HTML page and for programs as JSON.

The public names load on first use: most draw, and matplotlib takes a second.
"""

from typing import TYPE_CHECKING

from specquant.lateimports import late

if TYPE_CHECKING:
    from specquant.report.document import method_html, notebook_html, report_html
    from specquant.report.evidence import evidence_of
    from specquant.report.figures.embedding import save_figure
    from specquant.report.figures.importance import map_figure
    from specquant.report.figures.labelled import group_of, labelled_figure
    from specquant.report.figures.library import library_figure
    from specquant.report.figures.spectrum import spectrum_figure
    from specquant.report.heading import Heading, read_heading
    from specquant.report.json_report import report_dict
    from specquant.report.results import RunResults, SampleResult
    from specquant.report.writing import write_html, write_json

_MODULES = {
    "specquant.report.document": (
        "method_html",
        "notebook_html",
        "report_html",
    ),
    "specquant.report.evidence": ("evidence_of",),
    "specquant.report.figures.embedding": ("save_figure",),
    "specquant.report.figures.importance": ("map_figure",),
    "specquant.report.figures.labelled": (
        "group_of",
        "labelled_figure",
    ),
    "specquant.report.figures.library": ("library_figure",),
    "specquant.report.figures.spectrum": ("spectrum_figure",),
    "specquant.report.heading": (
        "Heading",
        "read_heading",
    ),
    "specquant.report.json_report": ("report_dict",),
    "specquant.report.results": (
        "RunResults",
        "SampleResult",
    ),
    "specquant.report.writing": (
        "write_html",
        "write_json",
    ),
}

__all__ = [
    "Heading",
    "RunResults",
    "SampleResult",
    "evidence_of",
    "group_of",
    "labelled_figure",
    "library_figure",
    "map_figure",
    "method_html",
    "notebook_html",
    "read_heading",
    "report_dict",
    "report_html",
    "save_figure",
    "spectrum_figure",
    "write_html",
    "write_json",
]

__getattr__ = late(__name__, _MODULES)
