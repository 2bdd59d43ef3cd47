"""A part that a plug-in adds to the HTML report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from specquant.report import SampleResult
    from specquant.technique.record import Technique


@dataclass(frozen=True)
class Section:
    """A part of the HTML report that the technique's plug-in writes.

    Parameters
    ----------
    title
        Its heading.
    write
        ``write(technique, samples) -> texts and figures``. Samples are `SampleResult`, one per spectrum. A text becomes
        a paragraph, and no HTML in it is obeyed; a matplotlib Figure becomes a picture. Nothing leaves the section out.
    """

    title: str
    write: Callable[[Technique, Sequence[SampleResult]], Sequence[str | Figure]]
