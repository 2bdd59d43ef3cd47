"""Lines, components of pure spectra, and statements on where an element is read."""

from dataclasses import dataclass

from specquant.technique.axis import Floats

MEASURED = "measured"
"""Label of a component that is a whole measured spectrum: nothing is known of its parts, so it mixes linearly."""


@dataclass(frozen=True)
class Peak:
    """One line of one element.

    `intensity` is the area per atom relative to the element's strongest group of lines, which sums to one; `width` is
    the FWHM in eV, natural where the technique has a response, else as observed. `written` is the label as the field
    writes it, which several lines may share (Kα); "": as `label`.
    """

    element: str
    label: str
    energy: float
    width: float
    intensity: float
    group: str = "main"
    written: str = ""


@dataclass(frozen=True)
class Component:
    """One unit of a pure spectrum that keeps its shape: all lines that move and scale together.

    `density` has shape (energy,), unit 1/eV, scaled so that an element's components belong to one unit of its
    strongest group of lines. `element` is ``""`` for what belongs to no element, such as a continuum: only a
    technique with its own mixing law can say how strong that is.
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
