"""Lines, components of pure spectra, and statements on where an element is read."""

from collections.abc import Iterable
from dataclasses import dataclass

from specquant.technique.axis import Floats

MEASURED = "measured"
"""Label of a component that is a whole measured spectrum: nothing is known of its parts, so it mixes linearly."""

MAIN = "main"
"""Group of the lines that sensitivity factors are of, and by which people correct an axis: Au 4f in XPS, not Au 4d."""


@dataclass(frozen=True)
class Peak:
    """One line of one element.

    Parameters
    ----------
    element
        Its symbol.
    label
        Name of the line, once per element.
    energy
        Where it lies, in the unit of the axis.
    width
        FWHM in the unit of the axis: natural where the technique has a response, else as observed.
    intensity
        Area per atom relative to the element's strongest group of lines, which sums to one.
    group
        Group of lines by which recipes scatter and move it.
    written
        The label as the field writes it, which several lines may share (Kα); "": as `label`.
    """

    element: str
    label: str
    energy: float
    width: float
    intensity: float
    group: str = MAIN
    written: str = ""


def strongest_peaks(peaks: Iterable[Peak]) -> dict[str, Peak]:
    """Return the strongest of some peaks of every element that has any, by symbol; of equals, the first."""
    strongest: dict[str, Peak] = {}
    for peak in peaks:
        if peak.element not in strongest or peak.intensity > strongest[peak.element].intensity:
            strongest[peak.element] = peak
    return strongest


@dataclass(frozen=True)
class Component:
    """One unit of a pure spectrum that keeps its shape: all lines that move and scale together.

    Parameters
    ----------
    element
        Its symbol; ``""`` for what belongs to no element, such as a continuum: only a technique with its own mixing law
        can say how strong that is.
    label
        Name of the component, once per element.
    group
        Group of lines by which recipes scatter and move it.
    density
        Shape (energy,), per unit of the axis, scaled so that an element's components belong to one unit of its
        strongest group of lines.
    """

    element: str
    label: str
    group: str
    density: Floats


@dataclass(frozen=True)
class ProbeExample:
    """A statement about where an element should be read, to be checked with the peak probe.

    Parameters
    ----------
    element
        The element that should be read.
    energies
        Where a single peak is put, eV.
    statement
        What is claimed, for people.
    readers
        Which element each of those peaks has to be read as; empty is `element` at all of them.
    least
        Atomic fraction that each of those elements has to reach at its energy; None: more than any other element.
    """

    element: str
    energies: tuple[float, ...]
    statement: str
    readers: tuple[str, ...] = ()
    least: float | None = None
