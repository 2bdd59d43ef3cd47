"""Numbers of a study that belong to no training, kept in its folder so that none is worked out twice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from specquant.report import write_json
from specquant.typed import Number, Text, read_json


@dataclass(frozen=True)
class _Content:
    """What the file holds: numbers by name, and what they rest on."""

    origin: Text
    numbers: Mapping[Text, Number]


class Ledger:
    """A JSON file of numbers by name; those that rest on another `origin` are forgotten.

    Raises
    ------
    ReadError
        If the file is damaged.
    """

    def __init__(self, path: Path, origin: str) -> None:
        self._path, self._origin = path, origin
        self._numbers: dict[str, float] = {}
        if path.exists():
            content = read_json(path, _Content, "damaged file of scores", "Delete it.")
            self._numbers = dict(content.numbers) if content.origin == origin else {}

    def value(self, name: str, work_out: Callable[[], float]) -> float:
        """Return the number of that name, worked out and written down if it is new."""
        if name not in self._numbers:
            self._numbers[name] = work_out()
            write_json({"origin": self._origin, "numbers": self._numbers}, self._path)
        return self._numbers[name]
