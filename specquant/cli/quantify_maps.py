"""The part of ``specquant quantify`` that is about maps: phases and pixels instead of a table per pixel."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specquant.cli.outputs import written
from specquant.cli.printing import say, tell
from specquant.cli.verdicts import exit_status

if TYPE_CHECKING:
    from specquant.constraints import Constraints
    from specquant.maps import MapResult
    from specquant.report import Heading
    from specquant.session import Session
    from specquant.technique import RawMap

STORES = (".nc", ".zarr", ".hspy")
"""Suffixes of files that one map is written to, pixel by pixel."""

_FURTHER = (".html", ".csv")
"""Suffixes of a page about a map, and of a table of its pixels."""


@dataclass(frozen=True)
class Work:
    """How maps are worked on: counts that a cell has at least, threads, and the address of a cluster."""

    least_counts: float
    jobs: int
    scheduler: str | None


def check_one_map(out: Path | None, maps: int, others: int) -> None:
    """Refuse an output that cannot hold what is asked for.

    Raises
    ------
    OutputError
        If a map and something else shall go to one file, or spectra to a file of a map.
    """
    from specquant.errors import OutputError

    if out is None or (maps == 0 and out.suffix not in STORES[1:]):
        return
    if maps == 1 and others == 0 and out.suffix in (*STORES, *_FURTHER):
        return
    if maps == 0:
        raise OutputError("is a file of a map", where=out, found="no map", wanted=".csv, .json, .nc or .html")
    wanted, todo = "one map, and a file " + ", ".join((*STORES, *_FURTHER)), "Quantify each map by itself."
    raise OutputError(
        "cannot hold this", where=out, found=f"{maps} maps, {others} other files", wanted=wanted, todo=todo
    )


def _counted(title: str, _total: int) -> str:
    """Return what a stage counts."""
    from specquant.maps.phasefits import FITTING

    return "phases" if title == FITTING else "pixels"


def quantify_maps(
    session: "Session",
    maps: "dict[Path, RawMap]",
    out: Path | None,
    constraints: "Constraints | None",
    work: Work,
    images: Path | None,
    heading: "Heading | None" = None,
) -> int:
    """Quantify maps, print what they are, write one of them, and return the exit status of the verdicts."""
    from specquant.cli.progress import open_progress
    from specquant.maps import quantify_map, summary_lines
    from specquant.session import HYBRID

    status = 0
    for path, raw in maps.items():
        with open_progress(_counted) as watch:
            origin = [path, path.with_suffix(".raw")]
            stored = out if out is not None and out.suffix in STORES[:2] else None
            result = quantify_map(
                session,
                raw,
                stored,
                origin=origin,
                constraints=constraints,
                least=work.least_counts,
                jobs=work.jobs,
                scheduler=work.scheduler,
                watch=watch,
            )
        say(f"{path}", *summary_lines(result))
        if out is not None:
            _write(result, session, out, heading)
            written(out)
        if images is not None:
            from specquant.maps.pictures import write_pictures

            folder = images if len(maps) == 1 else images / path.stem
            tell(f"written: {len(write_pictures(result, folder))} pictures in {folder}")
        status = max(status, exit_status(each.judgements(HYBRID)[0] for each in result.plan.answers))
    return status


def _write(result: "MapResult", session: "Session", out: Path, heading: "Heading | None") -> None:
    """Write a map to a file that is not written while it is quantified."""
    if out.suffix == ".hspy":
        from specquant.maps.hyperspy import write_hyperspy

        write_hyperspy(result, out)
    elif out.suffix == ".csv":
        from specquant.maps.table import write_pixels

        write_pixels(result, out)
    elif out.suffix == ".html":
        from specquant.maps.reporting import map_html
        from specquant.report import write_html

        write_html(map_html(result, session, heading), out)
