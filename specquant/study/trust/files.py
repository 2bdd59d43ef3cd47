"""The files of a study of trust: report.html, trust.json, trust.nc."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.files import atomic_path
from specquant.report import write_html, write_json
from specquant.report.json_report import plain
from specquant.report.page import element, page, paragraph, section, table
from specquant.study.trust.tallies import ARRAYS, Tally, TrustResults, totals
from specquant.verdict import FRESH, Verdict

FILES = ("report.html", "trust.json", "trust.nc")
"""What a study leaves in its folder."""

HEADS = (
    *("shift", "method", "spectra", "accuracy", "below 0.85", "in 90 %", "good", "doubtful", "not quantified"),
    *("poor flagged", "false alarms", "holds or flagged"),
)
"""Columns of the table of a study."""

_ABOUT = (
    "Methods answer spectra that the recipe does not contain, each kind under a name. Accuracy is the article's; what "
    "an element outside the library has counts as wrong. In 90 %: elements of at least 1 at% within their interval. "
    "Poor flagged: answers of an accuracy below 0.85 that are doubtful or not quantified. False alarms: answers of at "
    "least 0.85 that are flagged. Holds or flagged: elements within their interval, or in a flagged answer. "
    "Behind +- stands the standard error of a share, by the number of spectra."
)


def rows_of(results: TrustResults) -> Iterator[tuple[str, ...]]:
    """Yield the cells of every tally, and of all shifts together by method."""
    for one in (*results.tallies, *totals(results.tallies, FRESH)):
        yield (
            one.shift,
            one.method,
            str(len(one.accuracy)),
            f"{max(one.accuracy.mean(), 0.0):.3f}",
            f"{one.poor.mean():.2f}",
            one.coverage.text,
            *(f"{one.share(verdict):.2f}" for verdict in Verdict),
            *(share.text for share in (one.poor_flagged, one.false_alarms, one.held)),
        )


def write_trust(results: TrustResults, out: Path) -> Path:
    """Write the files of a study, and return the path of its report.

    Raises
    ------
    OutputError
        If something cannot be written there.
    """
    content = {
        "technique": results.technique,
        "model": results.model,
        "samples": results.samples,
        "command": results.command,
        "shifts": [_numbers(one) for one in results.tallies],
        "totals": [_numbers(one) for one in totals(results.tallies, FRESH)],
    }
    write_json(plain(content), out / "trust.json")
    with atomic_path(out / "trust.nc") as partial:
        _dataset(results).to_netcdf(partial, engine="netcdf4")
    titles = {one.shift: one.title for one in results.tallies}
    names = table(("Shift", "What it is"), list(titles.items()), ("element", ""))
    styles = ("element", "", *["number"] * (len(HEADS) - 2))
    parts = [
        section("How to read this", paragraph(_ABOUT), names, anchor="about"),
        section("Answers and verdicts", table(HEADS, list(rows_of(results)), styles), anchor="table"),
        section("How this was made", paragraph(element("code", results.command)), anchor="making"),
    ]
    subtitle = f"{results.title}; {results.model}; {results.samples} spectra of every shift"
    return write_html(page("What answers and verdicts are worth", subtitle, parts), out / "report.html")


def _numbers(one: Tally) -> dict[str, object]:
    shares = {
        "coverage": one.coverage,
        "poor_flagged": one.poor_flagged,
        "false_alarms": one.false_alarms,
        "holds_or_flagged": one.held,
    }
    return {
        "shift": one.shift,
        "title": one.title,
        "method": one.method,
        "spectra": len(one.accuracy),
        "accuracy": float(one.accuracy.mean()),
        "poor": float(one.poor.mean()),
        "verdicts": {verdict.value: one.share(verdict) for verdict in Verdict},
        **{name: share.value for name, share in shares.items()},
        "standard_errors": {name: share.error for name, share in shares.items()},
    }


def _dataset(results: TrustResults) -> xr.Dataset:
    """Return every single answer: dims answer; coordinates shift and method."""
    joined = {name: np.concatenate([getattr(one, name) for one in results.tallies]) for name in ARRAYS}
    labels = {
        name: np.concatenate([np.full(len(one.accuracy), getattr(one, name), dtype=object) for one in results.tallies])
        for name in ("shift", "method")
    }
    meanings = ", ".join(f"{number}: {verdict}" for number, verdict in enumerate(Verdict))
    dataset = xr.Dataset(
        {name: ("answer", values) for name, values in joined.items()},
        coords={name: ("answer", values) for name, values in labels.items()},
    )
    dataset["verdicts"].attrs["long_name"] = meanings
    return contracts.stamp(dataset, results.technique, "study trust", command=results.command, model=results.model)
