"""Spectra that are written block by block: which, whither, by whom, and which blocks a checkpoint has."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from specquant.cluster import Applied
from specquant.journal import Journal
from specquant.synthesizer.base import Synthesizer


@dataclass(frozen=True)
class WritingTask:
    """What is written, see `specquant.synthesizer.write_spectra`.

    Parameters
    ----------
    synthesizer, samples, path, progress, applied
        As of `write_spectra`.
    first
        The first block, as its file holds it.
    journal
        The checkpoint; None: there is none.
    """

    synthesizer: Synthesizer
    samples: int
    path: Path
    first: xr.Dataset
    progress: Callable[[int], None]
    journal: Journal | None
    applied: Applied

    def is_kept(self, block: tuple[int, int]) -> bool:
        """Return whether the checkpoint has a block (start, count)."""
        return self.journal is not None and block_key(block) in self.journal


def block_key(block: tuple[int, int]) -> str:
    """Return what a block (start, count) is called in a checkpoint."""
    return f"{block[0]} {block[1]}"
