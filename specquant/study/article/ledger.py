"""Numbers of a study that belong to no training, kept in its folder so that none is worked out twice."""

import json
from collections.abc import Callable
from pathlib import Path

from specquant.errors import ReadError
from specquant.report import write_json


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
        if path.is_file():
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
                numbers = {str(name): float(value) for name, value in content["numbers"].items()}
                self._numbers = numbers if content["origin"] == origin else {}
            except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                raise ReadError("damaged file of scores", where=path, found=error, todo="Delete it.") from error

    def value(self, name: str, work_out: Callable[[], float]) -> float:
        """Return the number of that name, worked out and written down if it is new."""
        if name not in self._numbers:
            self._numbers[name] = work_out()
            write_json({"origin": self._origin, "numbers": self._numbers}, self._path)
        return self._numbers[name]
