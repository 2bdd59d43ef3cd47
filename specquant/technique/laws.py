"""The functions that a technique with physics of its own hands over, as protocols.

A response or a law says by an attribute ``arrays`` what it computes with: ``"numpy"``; ``"torch"``, which is also what
one without that attribute is taken for; or ``"both"``, if it takes either and answers in kind. The core turns arrays
where they are of the other kind. Fits compute with numpy, the synthesizer with torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from specquant.arrays import Array
    from specquant.technique.axis import Floats


class Response(Protocol):
    """What instrument and bulk do to bare lines, vectorised over samples.

    A response that has an attribute ``broadcasts = True`` says that it also takes one sample's lines (1, energy) for
    all values, and values of shape (1,) for all lines, as arithmetic does by itself. Fits ask for both, and are quicker
    then; a response without that attribute gets every row in full.

    An attribute ``arrays`` says whether it computes with ``"numpy"``, ``"torch"`` or ``"both"``; without it, with
    torch.
    """

    def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
        """Map (sample, energy) bare lines to (sample, energy) spectra; `values` holds shape (sample,) per parameter."""
        ...


@runtime_checkable
class LinearisingResponse(Response, Protocol):
    """A response that says its own derivatives, by numpy, for less work than differences are: fits ask it for them."""

    def linearised(
        self, primary: NDArray[np.float64], changes: Floats, values: Mapping[str, float], names: Sequence[str]
    ) -> tuple[Floats, Floats, Floats]:
        """Return a spectrum (energy,), what changes of its lines do to it (row, energy), and derivatives by parameters.

        Parameters
        ----------
        primary
            Bare lines, (energy,).
        changes
            Changes of these, (row, energy), maybe in single precision, which is enough for what they do.
        values
            Every instrument parameter.
        names
            The parameters by which derivatives (name, energy) are wanted.
        """
        ...


class Mixing(Protocol):
    """The law between atomic fractions and component intensities, vectorised over samples.

    An attribute ``arrays`` says whether it computes with ``"numpy"``, ``"torch"`` or ``"both"``; without it, with
    torch.
    """

    def yields(self, fraction: Array, values: Mapping[str, Array]) -> Array:
        """Return the (sample, component) intensity of each component per unit atomic fraction of its element.

        The intensity is the yield times the fraction, so that a yield is defined where the fraction is zero too. For a
        component of no element it is the intensity itself.

        Parameters
        ----------
        fraction
            Atomic fractions (sample, element) of all elements of the technique, float32 or float64, on any device.
        values
            Every instrument parameter, shape (sample,), of the same kind and type, and on the same device.
        """
        ...


@runtime_checkable
class NarrowingMixing(Mixing, Protocol):
    """A law that can be asked about some components alone, for less work: fits do so where they can."""

    def narrowed(self, components: NDArray[np.intp]) -> Mixing:
        """Return the law of some components, by their indices, in samples that hold no other elements than theirs.

        Parameters
        ----------
        components
            Indices of components, (used,).
        """
        ...
