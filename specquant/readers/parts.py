"""Parts of a file, such as the members of an archive, of which each costs itself.

A part that ends the process of foreign readers is known by its number, and the file is read again without it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from specquant.errors import ReadError


def _nobody(_: int) -> None:
    """Where a file is read in the process that asked, nobody has to know."""


@dataclass
class _Reading:
    """What this process knows of the file that it reads for another: parts that are lost, and whom to say a part to."""

    lost: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[int], None] = _nobody


READING = _Reading()
"""Of this process; it reads one file at a time."""


@contextmanager
def part(number: int) -> Iterator[None]:
    """Read a part of a file inside: if that ends the process, the part is lost, and the others are not.

    Parameters
    ----------
    number
        Which part of the file it is, from 0.

    Raises
    ------
    ReadError
        If the part has ended the process before.
    """
    lost = READING.lost.get(str(number))
    if lost is not None:
        raise ReadError("is damaged", found=lost)
    READING.say(number)
    yield
