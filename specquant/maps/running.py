"""The whole way of a map: plan, blocks, elements that stood out; every step is kept until the result is written."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from specquant.cluster import Applied
from specquant.journal import Journal
from specquant.maps.answering import Answerer
from specquant.maps.blocks import NUMBERS, BlockAnswer, BlockTask, Hit
from specquant.maps.planning import Plan, Planner
from specquant.maps.record import Block, Channels, Grid
from specquant.progress import Watch, no_watch

_REVISIONS = 2
"""Times that the plan is changed by elements that stood out: chosen, what stands out of the second is not known."""

_PLANNED = ("used", "low", "high", "width", "unit", "kind", "counts", "sides", "labels", "sums", "total", "highest")
"""What is kept of a plan; the phases follow from it."""


class Run:
    """The plan of a map and its answers, from where an earlier process was interrupted.

    Parameters
    ----------
    planner
        Of the map.
    journal
        Where every step is kept.
    mapped
        How blocks are worked on.
    watch
        Gets what is done, in pixels.
    device
        Where torch computes.
    """

    def __init__(
        self, planner: Planner, journal: Journal, mapped: Applied, watch: Watch = no_watch, device: str = "cpu"
    ) -> None:
        self._planner, self._journal, self._mapped, self._watch, self._device = planner, journal, mapped, watch, device
        self.plan, self._version = _latest(planner, journal)
        """The plan, and how often it was changed."""
        self._hits: list[tuple[Block, Hit]] = []

    def blocks(self) -> Iterator[tuple[Block, BlockAnswer]]:
        """Yield every block with what it says, as soon as it is known; those of an earlier process are there."""
        self._hits = []
        journal, keys = self._journal, {block: block_key(self._version, block) for block in self._grid.blocks()}
        kept = {block for block, key in keys.items() if key in journal}
        answered = self._answered([block for block in keys if block not in kept])
        for block, key in keys.items():
            answer = read_answer(journal, key) if block in kept else next(answered)
            if answer is None:  # the file is damaged there
                (answer,) = self._mapped(self._answerer, [self._task(block)])
                keep_answer(journal, key, answer)
            self._hits += [(block, hit) for hit in answer.hits]
            yield block, answer

    def is_changed(self) -> bool:
        """Say whether elements that stood out of the blocks change the plan, and take the new one."""
        if self._version >= _REVISIONS or "settled" in self._journal:
            return False
        revised = self._planner.revised(self.plan, self._hits)
        if revised is None:
            self._journal.put("settled", b"")
            return False
        self.plan, self._version = revised, self._version + 1
        _keep_plan(self._journal, self._version, self.plan)
        return True

    @property
    def _grid(self) -> Grid:
        return self._planner.pieces.grid

    @property
    def _answerer(self) -> Answerer:
        pieces, plan = self._planner.pieces, self.plan
        return Answerer(pieces, plan.channels, plan.phases, plan.elements, pieces.grid.size, self._device)

    def _task(self, block: Block) -> BlockTask:
        return BlockTask.of(block, self.plan.sides, self.plan.labels)

    def _answered(self, todo: Sequence[Block]) -> Iterator[BlockAnswer]:
        """Answer the blocks that have no answer yet."""
        version, size = self._version, self._grid.size
        again = f" again, with {len(self.plan.phases)} phases" if version else ""
        report, started = self._watch(f"quantifying pixels{again}", size), time.monotonic()
        done = before = size - sum(block.shape[0] * block.shape[1] for block in todo)
        for block, answer in zip(todo, self._mapped(self._answerer, map(self._task, todo)), strict=True):
            keep_answer(self._journal, block_key(version, block), answer)
            done += block.shape[0] * block.shape[1]
            seconds = (time.monotonic() - started) / max(done - before, 1) * (size - done)
            report(done, f"{seconds:.0f} s left")
            yield answer


def _latest(planner: Planner, journal: Journal) -> tuple[Plan, int]:
    """Return the plan that was made last, and how often it had been changed; a new one if there is none."""
    for version in range(_REVISIONS, -1, -1):
        record = journal.get(f"plan {version}")
        if record is not None:
            arrays = load(record[1])
            if set(arrays) == set(_PLANNED):
                return _restored(planner, arrays), version
    plan = planner.plan()
    _keep_plan(journal, 0, plan)
    return plan, 0


def _keep_plan(journal: Journal, version: int, plan: Plan) -> None:
    channels = plan.channels
    arrays = {
        "used": channels.used.astype(np.int64),
        "low": channels.low,
        "high": channels.high,
        "width": channels.width.astype(np.int64),
        "unit": np.array([channels.unit]),
        "kind": np.zeros(1, dtype=channels.kind),  # its type says it
        "counts": plan.counts,
        "sides": plan.sides,
        "labels": plan.labels,
        "sums": plan.sums,
        "total": plan.total,
        "highest": plan.highest,
    }
    journal.put(f"plan {version}", save({name: np.ascontiguousarray(value) for name, value in arrays.items()}))


def _restored(planner: Planner, arrays: dict[str, Any]) -> Plan:
    used, width = (arrays[name].astype(np.intp) for name in ("used", "width"))
    unit, kind = float(arrays["unit"][0]), arrays["kind"].dtype.name
    channels = Channels(used, arrays["low"], arrays["high"], unit, width, kind)
    answers, phases = planner.fits.of(arrays["sums"], channels, arrays["total"], arrays["highest"])
    names = ("counts", "sides", "labels", "sums", "total", "highest")
    return Plan(channels=channels, phases=phases, answers=answers, **{name: arrays[name] for name in names})


def block_key(version: int, block: Block) -> str:
    """Return the name of the answer of a block in the journal."""
    return f"{version} {block.key}"


def keep_answer(journal: Journal, key: str, answer: BlockAnswer) -> None:
    """Keep the answer of a block."""
    arrays = {name: np.ascontiguousarray(values) for name, values in answer.numbers.items()}
    arrays |= {"cell": answer.cell.astype(np.int32), "phase": answer.phase.astype(np.int16)}
    arrays |= {"chi_squared": answer.chi_squared, "surprise": answer.surprise}
    hits = [{"element": hit.element, "chance": hit.chance, "cells": hit.cells.tolist()} for hit in answer.hits]
    journal.put(key, save(arrays), {"hits": hits})


def read_answer(journal: Journal, key: str) -> BlockAnswer | None:
    """Return the answer of a block that is kept; None if there is none that can be used."""
    record = journal.get(key)
    if record is None:
        return None
    facts, content = record
    try:
        arrays = load(content)
        if any(arrays[name].shape[1:] != arrays["phase"].shape for name in NUMBERS):
            return None
        hits = tuple(
            Hit(int(hit["element"]), float(hit["chance"]), np.array(hit["cells"], dtype=np.intp))
            for hit in facts["hits"]
        )
        return BlockAnswer(
            arrays["cell"].astype(np.intp),
            arrays["phase"].astype(np.intp),
            {name: arrays[name] for name in NUMBERS},
            arrays["chi_squared"],
            arrays["surprise"],
            hits,
        )
    except (SafetensorError, KeyError, ValueError, TypeError):
        return None
