"""A map from file to result: the front door of this room."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import xarray as xr

from specquant.constraints import Constraints
from specquant.errors import OutputError
from specquant.journal import Journal, open_journal
from specquant.maps.planning import Plan, Planner
from specquant.maps.result import MapWriter, Summary
from specquant.maps.running import Run
from specquant.maps.targets import Target, in_memory, in_netcdf, in_zarr
from specquant.maps.workers import workers
from specquant.progress import Watch, no_watch
from specquant.session import HYBRID, Session
from specquant.session.keeping import terms_of
from specquant.technique import RawMap
from specquant.threads import few_threads

LEAST_COUNTS = 100.0
"""Counts that a pixel, or the pixels that are pooled with it, have at least: chosen, ten per cent of the strongest
element."""

SUFFIXES = (".nc", ".zarr")
"""Suffixes of files that a map's result is written to block by block."""


@dataclass(frozen=True)
class MapResult:
    """What became of a map.

    Parameters
    ----------
    name
        Of the map.
    plan
        Its phases, with what the method says of each.
    summary
        What its pixels say together.
    symbols
        The elements that any phase has.
    dataset
        Everything, under the contract MAP_COMPOSITION; of a file, it is read as it is asked for.
    """

    name: str
    plan: Plan
    summary: Summary
    symbols: tuple[str, ...]
    dataset: xr.Dataset

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.dataset["phase"].shape))
        return f"<map of {self.name!r}: {size} pixels, {', '.join(self.symbols)}>"

    def thinned(self, most: int) -> tuple[xr.Dataset, int]:
        """Return the dataset with `most` pixels along a side at most, and how many pixels one of them stands for."""
        pixels = self.dataset["phase"]
        every = max(1, -(-max(pixels.shape) // most))
        return self.dataset.isel({dim: slice(None, None, every) for dim in pixels.dims}), every


def quantify_map(
    session: Session,
    raw: RawMap,
    out: Path | None = None,
    *,
    origin: Sequence[Path] = (),
    constraints: Constraints | None = None,
    least: float = LEAST_COUNTS,
    jobs: int = 1,
    scheduler: str | None = None,
    watch: Watch = no_watch,
) -> MapResult:
    """Quantify a map: its phases by the session's fit, then every pixel.

    Parameters
    ----------
    session
        The technique.
    raw
        The map.
    out
        netCDF file or zarr store to write; interrupted, the same call goes on. None: the result is kept in memory.
    origin
        The files that the map is from, by which it is known again.
    constraints
        What is known of the elements of every phase, see `Session.constraints`; None: nothing.
    least
        Counts that a pixel, or the pixels that are pooled with it, have at least.
    jobs
        Number of threads.
    scheduler
        Address of a dask cluster; None: this machine.
    watch
        Gets what is done.

    Raises
    ------
    SpecquantError
        If the map cannot be used, or the result cannot be written.
    """
    if out is not None and out.suffix not in SUFFIXES:
        raise OutputError("unknown output format of a map", where=out, found=out.suffix, wanted=", ".join(SUFFIXES))
    journalled = _journal(session, raw, out, origin, constraints, least)
    with few_threads(session.threads), workers(jobs, scheduler) as mapped, journalled as journal:
        at_hand = scheduler is None
        planner = Planner(session, raw, constraints, least, mapped, session.device, at_hand, watch)
        run = Run(planner, journal, mapped, watch, session.device)
        if not planner.pieces.in_memory:  # libraries that read and write files may not bear it at once
            while deque(run.blocks(), maxlen=0) or run.is_changed():
                pass
        writer, dataset = _written(session, raw, out, run)
    return MapResult(raw.name, run.plan, writer.summary, tuple(writer.symbols), dataset)


def _written(session: Session, raw: RawMap, out: Path | None, run: Run) -> tuple[MapWriter, xr.Dataset]:
    """Write what blocks say as it becomes known, and again if elements that stand out of them change the plan."""
    while True:
        writer = MapWriter(session, raw, run.plan)
        fixed = writer.fixed()
        try:
            if out is None:
                target, _, dataset = in_memory(writer.variables, fixed, writer.sizes)
                _write(writer, run, target)
                return writer, dataset
            with _file(out, writer, fixed) as target:
                _write(writer, run, target)
            return writer, _opened(out)
        except _PlanChangedError:
            continue


class _PlanChangedError(Exception):
    """What was written is not of the plan any more."""


def _write(writer: MapWriter, run: Run, target: Target) -> None:
    writer.write(run.blocks(), target)
    if run.is_changed():
        raise _PlanChangedError


def _file(out: Path, writer: MapWriter, fixed: xr.Dataset) -> AbstractContextManager[Target]:
    return (in_netcdf if out.suffix == ".nc" else in_zarr)(out, writer.variables, fixed)


def _opened(out: Path) -> xr.Dataset:
    if out.suffix == ".nc":
        return xr.open_dataset(out.absolute(), engine="netcdf4")
    return xr.open_zarr(out, chunks=None, consolidated=False)  # type: ignore[no-any-return]


@contextmanager
def _journal(
    session: Session,
    raw: RawMap,
    out: Path | None,
    origin: Sequence[Path],
    constraints: Constraints | None,
    least: float,
) -> Iterator[Journal]:
    """Give the journal beside the result, or one that is forgotten."""
    terms = terms_of(session, session.methods([HYBRID]))
    states = [path.stat() for path in origin if path.is_file()]
    terms |= {
        "the map": repr([(raw.name, raw.counts.shape), *((state.st_size, state.st_mtime_ns) for state in states)]),
        "constraints": "none" if constraints is None else repr([each.tolist() for each in constraints.arrays]),
        "--least-counts": repr(least),
    }
    if out is not None:
        with open_journal(out, terms) as journal:
            yield journal
        return
    with TemporaryDirectory(prefix="specquant-") as folder, open_journal(Path(folder) / "map", terms) as journal:
        yield journal
