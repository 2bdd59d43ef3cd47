"""The libraries of several instruments, each rendered when it is first needed."""

from collections.abc import Mapping

from specquant.library.base import PureLibrary
from specquant.library.rendered import RenderedLibrary
from specquant.technique import Technique

ALIKE = 2e-3
"""Relative difference below which two instruments count as one: they share a library, and a network that was trained
for one knows the other. Chosen: 1486.6 and 1486.7 eV are one."""

_DIGITS = 5
"""Digits by which other values differ: chosen, a tenth of an eV of a photon energy. Which spectra were seen
before does not matter, so that answers do not depend on the order of files."""


class LibraryShelf:
    """One technique and library per value of the parameters that pure spectra are rendered for.

    It begins with those of the parameters' defaults. A library that was not rendered serves for all values: it cannot
    be made anew.
    """

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        self._technique = technique
        self.default = technique, library
        """The technique and library of the parameters' defaults."""
        names = [parameter.name for parameter in technique.parameters if parameter.rendered]
        self._names = names if names and library.is_rendered else []
        self._usual = self._key(technique.defaults())
        self._libraries: dict[tuple[float, ...], tuple[Technique, PureLibrary]] = {self._usual: self.default}

    @property
    def varies(self) -> bool:
        """Whether another value of some parameter asks for another library."""
        return bool(self._names)

    def key(self, values: Mapping[str, float]) -> tuple[float, ...]:
        """Return what tells the libraries of these parameter values apart."""
        wanted = self._key(values)
        return self._usual if _alike(self._usual, wanted) else tuple(float(f"{value:.{_DIGITS}g}") for value in wanted)

    def at(self, values: Mapping[str, float]) -> tuple[Technique, PureLibrary]:
        """Return the technique, with these values as defaults, and its library."""
        key = self.key(values)
        if key not in self._libraries:
            there = self._technique.with_defaults(dict(zip(self._names, key, strict=True)))
            self._libraries[key] = there, RenderedLibrary(there)
        return self._libraries[key]

    def _key(self, values: Mapping[str, float]) -> tuple[float, ...]:
        return tuple(float(values[name]) for name in self._names)


def _alike(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) <= ALIKE * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True))
