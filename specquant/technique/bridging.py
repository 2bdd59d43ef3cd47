"""Responses and laws of any plug-in as the core calls them: with arrays of numpy, or of torch."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from specquant.arrays import Array, ArrayKind, asked, kind_of
from specquant.technique.laws import Mixing, NarrowingMixing, Response

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def bridged_response(response: Response) -> Response:
    """Return a response that takes arrays of either kind: itself, or what turns them for it."""
    return response if kind_of(response) == ArrayKind.BOTH else _Response(response)


def bridged_law(law: Mixing) -> Mixing:
    """Return a law that takes arrays of either kind: itself, or what turns them for it."""
    if kind_of(law) == ArrayKind.BOTH:
        return law
    return _NarrowingLaw(law) if isinstance(law, NarrowingMixing) else _Law(law)


class _Response:
    arrays = ArrayKind.BOTH

    def __init__(self, response: Response) -> None:
        self.broadcasts = bool(getattr(response, "broadcasts", False))
        self._response, self._kind = response, kind_of(response)

    def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
        return asked(self._kind, self._response, primary, values)


class _Law:
    arrays = ArrayKind.BOTH

    def __init__(self, law: Any) -> None:
        self._law, self._kind = law, kind_of(law)

    def yields(self, fraction: Array, values: Mapping[str, Array]) -> Array:
        """Return the law's yields (sample, component)."""
        return asked(self._kind, self._law.yields, fraction, values)


class _NarrowingLaw(_Law):
    def narrowed(self, components: "NDArray[np.intp]") -> Mixing:
        """Return the law of some components alone."""
        return bridged_law(self._law.narrowed(components))
