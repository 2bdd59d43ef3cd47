"""A spectrum to try a technique with, before there is one of one's own."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ExampleSpectrum:
    """A spectrum that was made, not measured, and that ships.

    Parameters
    ----------
    path
        The file, under a name that says what it is.
    title
        What was made, with its composition.
    """

    path: Path
    title: str
