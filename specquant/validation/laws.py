"""The door for response and mixing law: the first batch of each kind is checked, the others pass as they are.

A response works on every batch of a training, so that looking at each would cost time. Kinds differ in precision, and
in whether one row serves for many.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from specquant.technique import Mixing, NarrowingMixing, Response
from specquant.validation.blame import blamed, refuse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

_NEGATIVE = -1e-6
"""Share of the largest value by which intensities may lie below 0: rounding of a Fourier transform in single
precision."""


def checked_response(response: Any, origin: str, name: str, parameters: Sequence[str]) -> Response:
    """Return what a technique's `response` or `distortion` (`name`) gave, behind the door.

    Raises
    ------
    PluginError
        If it cannot be called.
    """
    if not callable(response):
        wanted = f"a function {name}(axis)(primary, values) -> spectra"
        refuse(origin, f"{name} gave the wrong type", type(response).__name__, wanted)
    return _Response(response, origin, name, parameters)


def checked_mixing(law: Any, origin: str, components: int, parameters: Sequence[str]) -> Mixing:
    """Return what a technique's `mixing` gave for a number of components, behind the door.

    Raises
    ------
    PluginError
        If it has no method `yields`.
    """
    if not callable(getattr(law, "yields", None)):
        wanted = "an object with yields(fraction, values)"
        refuse(origin, "mixing gave the wrong type", type(law).__name__, wanted)
    kind = _NarrowingLaw if isinstance(law, NarrowingMixing) else _Law
    return kind(law, origin, components, parameters, set())


class _Response:
    def __init__(self, response: Response, origin: str, name: str, parameters: Sequence[str]) -> None:
        self.broadcasts = bool(getattr(response, "broadcasts", False))
        self._response, self._origin, self._name = response, origin, name
        self._wanted = f"(primary, values) -> spectra, by values of the parameters: {', '.join(parameters) or 'none'}"
        self._seen: set[object] = set()

    def __call__(self, primary: "Tensor", values: "Mapping[str, Tensor]") -> "Tensor":
        settings = len(next(iter(values.values()))) if values else len(primary)
        kind = primary.dtype, len(primary) == 1, settings == 1
        before = None if kind in self._seen else primary.detach().clone()
        with blamed(self._origin, self._name, self._wanted):
            spectra = self._response(primary, values)
        if before is not None:
            self._seen.add(kind)
            if not before.equal(primary.detach()):
                shown = "another primary than before"
                refuse(self._origin, f"{self._name} changed what it was given", shown, "a new tensor")
            shape = max(len(primary), settings), primary.shape[-1]
            given = primary.requires_grad or any(value.requires_grad for value in values.values())
            if getattr(spectra, "requires_grad", False) and not given:
                what = f"{self._name} gave numbers that gradients hang on"
                refuse(self._origin, what, "requires_grad", "plain numbers: call detach() on weights of your own")
            _check(spectra, shape, self._origin, self._name, "values", positive=bool((primary >= 0).all()))
        return spectra


class _Law:
    def __init__(
        self, law: Mixing, origin: str, components: int, parameters: Sequence[str], seen: "set[object]", part: str = ""
    ) -> None:
        self._law: Any = law
        self._origin, self._components, self._parameters = origin, components, parameters
        self._seen, self._part = seen, part

    def yields(self, fraction: "Tensor", values: "Mapping[str, Tensor]") -> "Tensor":
        """Return the law's yields (sample, component)."""
        wanted = f"yields(fraction, values), by values of the parameters: {', '.join(self._parameters) or 'none'}"
        with blamed(self._origin, "mixing", wanted):
            intensities: Tensor = self._law.yields(fraction, values)
        kind = self._part, fraction.dtype, len(fraction) == 1
        if kind not in self._seen:
            self._seen.add(kind)
            shape = len(fraction), self._components
            _check(intensities, shape, self._origin, "mixing", "yields", positive=bool((fraction >= 0).all()))
        return intensities


class _NarrowingLaw(_Law):
    def narrowed(self, components: "NDArray[np.intp]") -> Mixing:
        """Return the law of some components alone, behind the same door."""
        with blamed(self._origin, "mixing", "narrowed(components) -> law"):
            law = self._law.narrowed(components)
        return _Law(law, self._origin, len(components), self._parameters, self._seen, "narrowed")


def _check(result: Any, shape: tuple[int, int], origin: str, function: str, what: str, *, positive: bool) -> None:
    """Refuse a result of another type or shape, not finite, or negative where it has to be positive."""
    from torch import Tensor

    of = "" if what == "values" else f"{what} of "
    if not isinstance(result, Tensor):
        refuse(origin, f"{function} gave the wrong type", type(result).__name__, "a torch.Tensor")
    if not result.is_floating_point():
        refuse(origin, f"{function} gave the wrong type", result.dtype, "a torch.Tensor of floats")
    if tuple(result.shape) != shape:
        refuse(origin, f"{function} gave {of}another shape", tuple(result.shape), shape)
    result = result.detach()
    finite = result.isfinite()
    if not finite.all():
        row = int((~finite).any(dim=1).nonzero()[0])
        refuse(origin, f"{function} gave {what} that are not finite", f"NaN or infinity in row {row}", "finite numbers")
    if positive and result.numel() and float(result.min()) < _NEGATIVE * abs(float(result.max())):
        refuse(origin, f"{function} gave negative {what}", f"{float(result.min()):g}", "0 or more")
