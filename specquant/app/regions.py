"""Parts of a map by their names: what people read, and what a part is found by again."""

import re
import shlex
from dataclasses import dataclass, replace

from specquant.app.settings import Settings
from specquant.errors import SettingError

_RECTANGLE = re.compile(r"rows? (\d+)(?:-(\d+))?, columns? (\d+)(?:-(\d+))?")

_PHASE = re.compile(r"phase (\d+)(?: \((.*)\))?")


@dataclass(frozen=True)
class Rectangle:
    """Some pixels of a map: first and last row, first and last column, from 0."""

    rows: tuple[int, int]
    columns: tuple[int, int]

    @property
    def name(self) -> str:
        """What people read, who count from 1."""
        return f"{_span('row', *self.rows)}, {_span('column', *self.columns)}"


@dataclass(frozen=True)
class PhasePart:
    """The pixels of one phase of a map, from 1, as they are sorted under some settings."""

    number: int
    settings: Settings

    @property
    def name(self) -> str:
        """What people read: the number, and by which settings it is counted, if anything is set."""
        options = replace(self.settings, technique="").options()
        return f"phase {self.number}" + (f" ({shlex.join(options)})" if options else "")


def part_of_name(name: str, technique: str) -> Rectangle | PhasePart | None:
    """Return the part of a map of a technique with a name; None if it is the name of none."""
    if match := _RECTANGLE.fullmatch(name):
        top, bottom, left, right = (int(text) - 1 if text else -1 for text in match.groups())
        return Rectangle((top, max(bottom, top)), (left, max(right, left)))
    if match := _PHASE.fullmatch(name):
        try:
            settings = Settings.of_options(shlex.split(match[2] or ""))
        except (ValueError, SettingError):
            return None
        return PhasePart(int(match[1]), replace(settings, technique=technique))
    return None


def _span(word: str, first: int, last: int) -> str:
    return f"{word} {first + 1}" if first == last else f"{word}s {first + 1}-{last + 1}"
