"""The door for response and mixing law: the first batch of each kind is checked, the others pass as they are.

A response works on every batch of a training, so that looking at each would cost time. Kinds differ in precision, in
whether arrays are of numpy or of torch, and in whether one row serves for many. What a plug-in computes with, by its
attribute ``arrays``, it gets; what it answers is checked as such, and turned afterwards. It is turned to the precision
of what was given, too: numpy makes doubles of singles wherever a constant is an array of doubles.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from specquant.arrays import Array, ArrayKind, asked, in_numpy, kind_of, like
from specquant.technique import Floats, LinearisingResponse, Mixing, NarrowingMixing, Response
from specquant.validation.blame import blamed, refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEGATIVE = -1e-6
"""Share of the largest value by which intensities may lie below 0: rounding of a Fourier transform in single
precision."""


def checked_response(response: Any, origin: str, name: str, parameters: Sequence[str]) -> Response:
    """Return what a technique's `response` or `distortion` (`name`) gave, behind the door.

    Raises
    ------
    PluginError
        If it cannot be called, or computes with arrays of another kind than there is.
    """
    if not callable(response):
        wanted = f"a function {name}(axis)(primary, values) -> spectra"
        refuse(origin, f"{name} gave the wrong type", type(response).__name__, wanted)
    kind = _LinearisingResponse if isinstance(response, LinearisingResponse) else _Response
    return kind(response, origin, name, parameters)


def checked_mixing(law: Any, origin: str, components: int, parameters: Sequence[str]) -> Mixing:
    """Return what a technique's `mixing` gave for a number of components, behind the door.

    Raises
    ------
    PluginError
        If it has no method `yields`, or computes with arrays of another kind than there is.
    """
    if not callable(getattr(law, "yields", None)):
        wanted = "an object with yields(fraction, values)"
        refuse(origin, "mixing gave the wrong type", type(law).__name__, wanted)
    kind = _NarrowingLaw if isinstance(law, NarrowingMixing) else _Law
    return kind(law, origin, components, parameters, set())


def _checked_kind(physics: Any, origin: str, name: str) -> str:
    """Return what a plug-in's function computes with."""
    kind = kind_of(physics)
    if kind not in list(ArrayKind):
        refuse(origin, f"{name} has an attribute arrays that cannot be", repr(kind), f"one of {', '.join(ArrayKind)}")
    return kind


class _Response:
    arrays = ArrayKind.BOTH

    def __init__(self, response: Response, origin: str, name: str, parameters: Sequence[str]) -> None:
        self.broadcasts = bool(getattr(response, "broadcasts", False))
        self._response, self._origin, self._name = response, origin, name
        self._kind = _checked_kind(response, origin, name)
        self._wanted = f"(primary, values) -> spectra, by values of the parameters: {', '.join(parameters) or 'none'}"
        self._seen: set[object] = set()

    def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
        return asked(self._kind, self._asked, primary, values)

    def _asked(self, primary: Array, values: Mapping[str, Array]) -> Array:
        """Return what the response says of arrays of its own kind."""
        settings = len(next(iter(values.values()))) if values else len(primary)
        kind = type(primary), primary.dtype, len(primary) == 1, settings == 1
        before = None if kind in self._seen else in_numpy(primary).copy()
        with blamed(self._origin, self._name, self._wanted):
            spectra = self._response(primary, values)
        if before is not None:
            self._seen.add(kind)
            if not np.array_equal(before, in_numpy(primary), equal_nan=True):
                shown = "another primary than before"
                refuse(self._origin, f"{self._name} changed what it was given", shown, "a new array")
            self._check_gradients(spectra, primary, values)
            shape = max(len(primary), settings), primary.shape[-1]
            positive = bool((before >= 0).all())
            _check(spectra, shape, self._origin, self._name, "values", kind=type(primary), positive=positive)
        return like(spectra, primary)

    def _check_gradients(self, spectra: Array, primary: Array, values: Mapping[str, Array]) -> None:
        """Refuse numbers of torch that gradients hang on, where none hang on what was given."""
        given = any(getattr(each, "requires_grad", False) for each in (primary, *values.values()))
        if getattr(spectra, "requires_grad", False) and not given:
            what = f"{self._name} gave numbers that gradients hang on"
            refuse(self._origin, what, "requires_grad", "plain numbers: call detach() on weights of your own")


class _LinearisingResponse(_Response):
    def linearised(
        self, primary: Floats, changes: Floats, values: Mapping[str, float], names: Sequence[str]
    ) -> tuple[Floats, Floats, Floats]:
        """Return a spectrum, its changes, and its derivatives by parameters."""
        linearised: Any = self._response
        with blamed(self._origin, self._name, "linearised(primary, changes, values, names) -> three arrays"):
            spectrum, rows, slopes = linearised.linearised(primary, changes, values, names)
            shapes = spectrum.shape, rows.shape, slopes.shape
        wanted = primary.shape, changes.shape, (len(names), primary.size)
        if shapes != wanted:
            refuse(self._origin, f"{self._name} linearised gave other shapes", shapes, wanted)
        return spectrum, rows, slopes


class _Law:
    arrays = ArrayKind.BOTH

    def __init__(
        self, law: Mixing, origin: str, components: int, parameters: Sequence[str], seen: "set[object]", part: str = ""
    ) -> None:
        self._law: Any = law
        self._kind = _checked_kind(law, origin, "mixing")
        self._origin, self._components, self._parameters = origin, components, parameters
        self._seen, self._part = seen, part

    def yields(self, fraction: Array, values: Mapping[str, Array]) -> Array:
        """Return the law's yields (sample, component)."""
        return asked(self._kind, self._asked, fraction, values)

    def _asked(self, fraction: Array, values: Mapping[str, Array]) -> Array:
        """Return what the law says of arrays of its own kind."""
        wanted = f"yields(fraction, values), by values of the parameters: {', '.join(self._parameters) or 'none'}"
        with blamed(self._origin, "mixing", wanted):
            intensities = self._law.yields(fraction, values)
        kind = self._part, type(fraction), fraction.dtype, len(fraction) == 1
        if kind not in self._seen:
            self._seen.add(kind)
            shape = len(fraction), self._components
            positive = bool((fraction >= 0).all())
            _check(intensities, shape, self._origin, "mixing", "yields", kind=type(fraction), positive=positive)
        return like(intensities, fraction)


class _NarrowingLaw(_Law):
    def narrowed(self, components: "NDArray[np.intp]") -> Mixing:
        """Return the law of some components alone, behind the same door."""
        with blamed(self._origin, "mixing", "narrowed(components) -> law"):
            law = self._law.narrowed(components)
        return _Law(law, self._origin, len(components), self._parameters, self._seen, "narrowed")


def _check(
    result: Any, shape: tuple[int, int], origin: str, function: str, what: str, *, kind: type[Any], positive: bool
) -> None:
    """Refuse a result of another type or shape, not finite, or negative where it has to be positive."""
    of = "" if what == "values" else f"{what} of "
    wanted = "a numpy.ndarray" if kind is np.ndarray else "a torch.Tensor"
    if not isinstance(result, kind):
        hint = ', or an attribute arrays = "numpy"' if isinstance(result, np.ndarray) else ""
        refuse(origin, f"{function} gave the wrong type", type(result).__name__, wanted + hint)
    are_floats = result.dtype.kind == "f" if isinstance(result, np.ndarray) else result.is_floating_point()
    if not are_floats:
        refuse(origin, f"{function} gave the wrong type", result.dtype, f"{wanted} of floats")
    if tuple(result.shape) != shape:
        refuse(origin, f"{function} gave {of}another shape", tuple(result.shape), shape)
    values = in_numpy(result)
    finite = np.isfinite(values)
    if not finite.all():
        row = int(np.flatnonzero(~finite.all(axis=1))[0])
        refuse(origin, f"{function} gave {what} that are not finite", f"NaN or infinity in row {row}", "finite numbers")
    if positive and values.size and float(values.min()) < _NEGATIVE * abs(float(values.max())):
        refuse(origin, f"{function} gave negative {what}", f"{float(values.min()):g}", "0 or more")
