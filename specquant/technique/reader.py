"""How one file format is recognised and read."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from specquant.errors import PluginError
from specquant.technique.facts import Fact
from specquant.technique.raw import RawSpectrum
from specquant.technique.rawmaps import RawMap


@dataclass(frozen=True)
class Reader:
    """How one file format is recognised and read.

    Parameters
    ----------
    name
        What messages call the format.
    suffixes
        Suffixes of its files, lower case, with the dot; they decide between readers that recognise the same file.
    sniff
        Function of the first kilobytes of a file: whether it is of the format.
    read
        Function of the path: returns every spectrum of the kind that the technique quantifies, or raises ReadError.
    foreign
        Whether code of others takes the file apart, such as a library in C: `read` then runs in a process of its own,
        with limits of time and memory. It has to be a function of a module, or a `functools.partial` of one with
        keywords that JSON knows.
    open_map
        Function of the path: returns the map of the file, without its counts, or None if it holds no map. None:
        the format holds none, or is read whole.
    holds_maps
        Whether files of the format can hold maps that have to be read whole.
    takes
        Which facts it takes of a file beside energies and counts, where the file states them: what a header says is
        used, or kept and said. The documentation has a table of it.
    refuses
        Whether it reads nothing: it recognises formats that are not read, and its `read` raises what to do instead.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Callable[[Path], Sequence[RawSpectrum]]
    foreign: bool = False
    takes: frozenset[Fact] = frozenset()
    open_map: Callable[[Path], RawMap | None] | None = None
    holds_maps: bool = False
    refuses: bool = False

    def address(self) -> tuple[str, str, dict[str, Any]]:
        """Return module, name and keywords of `read`, by which another process finds it.

        Raises
        ------
        PluginError
            If no other process can find it.
        """
        function: Any = self.read
        keywords: dict[str, Any] = {}
        if isinstance(function, partial):
            keywords = {"": function.args} if function.args else dict(function.keywords)
            function = function.func
        module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "<")
        try:
            portable = bool(module) and "<" not in name and "" not in keywords and json.dumps(keywords) != ""
        except (TypeError, ValueError):
            portable = False
        if not portable:
            raise PluginError(
                "a foreign reader cannot be found by another process",
                where=f"reader {self.name}",
                found=f"{module}.{name}",
                wanted="a function of a module, or a functools.partial of one with keywords that JSON knows",
            )
        return str(module), str(name), keywords
