"""What a fit asks of a technique's physics: for several settings at once, and for no more than is needed.

Yields are computed for the components of the elements that are fitted, lines are moved by cubic splines with
coefficients that are kept, and the response gets one set of parameters for all rows that share one.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import spline_filter1d

from specquant.fits.families import Family
from specquant.library import PureLibrary
from specquant.mixing import mixes_linearly, mixing_law, narrowed_law
from specquant.splines import cubic_slopes, cubic_weights
from specquant.technique import Floats, InstrumentParameter, Response, Technique
from specquant.technique.bridging import bridged_response

Number = TypeVar("Number", np.float32, np.float64)

SETS = 16
"""Sets of elements that are kept ready: chosen, about as many as the search for the elements of one spectrum tries; in
EDS one takes 4 MB."""

_FARTHEST = 25.0
"""eV by which lines can be moved, far beyond any chemical shift; those that are to move further stop there."""

_BEYOND_SPLINE = 4
"""Channels beyond the farthest shift that a cubic spline reads."""


class Reader(Protocol):
    """A way to read rows (row, channel), all or some, moved up by a number of channels each."""

    def __call__(self, channels: Floats, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Read them."""


class Basis:
    """The components of some families, ready to be added up.

    Parameters
    ----------
    physics
        The physics of all components.
    families
        Each a row of `weights`.

    Attributes
    ----------
    components
        Indices of the components that any family has, (used,).
    element
        Index of the element of each, -1 for none, (used,).
    weights
        How much of each component is in each family, (family, used).
    """

    def __init__(self, physics: "Physics", families: Sequence[Family]) -> None:
        self.families = families
        weights = np.stack([family.weights for family in families])
        self.components = np.flatnonzero(weights.any(axis=0))
        self.element = physics.element[self.components]
        self.weights = np.ascontiguousarray(weights[:, self.components])
        self._family = self.weights.argmax(axis=0)
        self.law = narrowed_law(physics.law, self.components)
        self.foreign = np.ones(physics.element_count, dtype=bool)
        """Which elements (element,) the families are not of."""
        self.foreign[self.element[self.element >= 0]] = False
        self._physics = physics
        self._in_place = physics.rows[self.components].astype(np.float64)
        self._moved: tuple[Floats, Floats, Floats] | None = None

    def lines(self, chemical: Floats, displaced: Floats, second: Floats) -> Floats:
        """Return the rows (used, energy), each moved by the shift of its element (element,), eV; none if it is empty.

        Families are `displaced` (family,), eV, beyond that; none if it is empty. A share of the rows of an element is
        moved further, as a `second` state is (element, 2), see `Point.second`. Rows are read by cubic splines, so that
        they change smoothly with the shift.
        """
        if not chemical.size:
            return self._in_place
        shifts, last = self._shifts(chemical, displaced), self._moved
        if last is None or not (np.array_equal(last[0], shifts) and np.array_equal(last[1], second)):
            self._moved = last = shifts, second, self._read(self._splines.moved, shifts, second)
        return last[2]

    def slopes(self, chemical: Floats, displaced: Floats, second: Floats) -> Floats:
        """Return the derivatives of `lines` by how far each is moved, 1/eV; 0 where nothing moves."""
        if not chemical.size:
            return np.zeros_like(self._in_place)
        steep = self._read(self._splines.slopes, self._shifts(chemical, displaced), second) / self._physics.step
        moves = (self.element[:, None] >= 0) & (self.lines(chemical, displaced, second) > 0.0)
        return np.where(moves, steep, 0.0)

    def moved_further(
        self, chemical: Floats, displaced: Floats, element: int, further: Floats
    ) -> tuple[Floats, Callable[[], Floats]]:
        """Return the rows of one element moved further by some eV (distance,), less where it is, and their slopes.

        Shape (distance, rows of the element, energy) each; the slopes, in 1/eV, are what is returned last returns.
        """
        rows, step = np.flatnonzero(self.element == element), self._physics.step
        shifts = self._shifts(chemical, displaced)[rows]
        away, every = ((shifts + further[:, None]) / step).ravel(), np.tile(rows, further.size)
        shape = further.size, rows.size, -1
        changes = self._splines.moved(away, every).reshape(shape) - self._splines.moved(shifts / step, rows)
        return changes, lambda: self._splines.slopes(away, every).reshape(shape).astype(np.float64) / step

    def _read(self, read: Reader, shifts: Floats, second: Floats) -> Floats:
        """Return what is read of the rows at these shifts (used,), and by its share at those of second states."""
        rows = read(shifts / self._physics.step).astype(np.float64)
        if not second.size:
            return rows
        share, further = np.vstack([second, np.zeros(2)])[self.element].T
        split = np.flatnonzero(share > 0.0)
        others = read((shifts[split] + further[split]) / self._physics.step, split)
        rows[split] += share[split, None] * (others - rows[split])
        return rows

    def _shifts(self, chemical: Floats, displaced: Floats) -> Floats:
        """Return how far each of the rows is moved, eV, (used,)."""
        shifts = np.append(chemical, 0.0)[self.element]
        return np.asarray(shifts + displaced[self._family] if displaced.size else shifts)

    @cached_property
    def _splines(self) -> "Splines":
        return Splines(self._in_place, int(np.ceil(_FARTHEST / self._physics.step)))


class Splines:
    """Rows (row, channel) as cubic splines that can be moved up by at most `farthest` channels, or down."""

    def __init__(self, rows: Floats | NDArray[np.float32], farthest: int) -> None:
        self._size, self._farthest, self._padding = rows.shape[1], farthest, farthest + _BEYOND_SPLINE
        padded = np.pad(rows.astype(np.float64), ((0, 0), (self._padding, self._padding)), mode="edge")
        knots = spline_filter1d(padded, order=3, axis=1, mode="nearest").astype(np.float32)
        self._length = padded.shape[1]
        self._windows = sliding_window_view(knots.ravel(), self._size)

    def moved(self, channels: Floats, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Return the rows, all or some, moved up by a number of channels each, never negative."""
        return np.asarray(np.maximum(self._read(channels, rows, cubic_weights), 0.0))

    def slopes(self, channels: Floats, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Return the derivatives of `moved` by the channels, (row, channel), as if rows could be negative."""
        return -self._read(channels, rows, cubic_slopes)

    def _read(
        self, channels: Floats, rows: NDArray[np.intp] | None, weights: Callable[[Floats], Floats]
    ) -> NDArray[np.float32]:
        """Return what lies below where rows are moved up to, by weights (knot, row) of the knots beside it."""
        back = -np.clip(channels, -self._farthest, self._farthest)
        whole = np.floor(back)
        kernel = weights(back - whole).T.astype(np.float32) / 6
        start = (np.arange(len(back)) if rows is None else rows) * self._length + self._padding + whole.astype(np.int64) - 1
        windows = self._windows[start[:, None] + np.arange(4)]
        return np.asarray((kernel[:, None] @ windows)[:, 0])


class Physics:
    """Mixing law, lines and response of one technique with one library.

    Parameters
    ----------
    technique
        It gives the law and the response.
    library
        It gives the components; those that contain a response already go through the technique's `distortion`.

    Attributes
    ----------
    law
        The mixing law of all components.
    rows
        Lines of every component before the response, (component, energy), float32.
    element
        Index of the element of every component, -1 for none, (component,).
    """

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        bare = library.has_bare_lines and technique.response is not None
        maker = technique.response if bare else technique.distortion
        self._response: Response | None = bridged_response(maker(technique.axis)) if maker is not None else None
        self.law = mixing_law(technique, library.components)
        self.rows = usual_lines(technique, library, bare)
        self.element = np.array(library.components.indices(technique.elements))
        self.element_count, self.step = len(technique.elements), technique.axis.step
        self.is_linear = mixes_linearly(technique, library.components)
        """Whether intensities of an element do not depend on the others."""
        self._technique = technique
        self._ready: dict[int, Basis] = {}

    def basis(self, families: Sequence[Family]) -> Basis:
        """Return the components of some families; the same list finds them ready."""
        basis = self._ready.get(id(families))
        if basis is None or basis.families is not families:
            if len(self._ready) >= SETS:
                self._ready.clear()
            basis = self._ready[id(families)] = Basis(self, families)
        return basis

    def photons(
        self, basis: Basis, atoms: Floats, total: float, matrices: Floats, values: Sequence[Mapping[str, float]]
    ) -> Floats:
        """Return the intensity of each component of a basis, (setting, used).

        There is one setting for each of the matrices, or of the values; one of either serves for many of the other.

        Parameters
        ----------
        basis
            The components.
        atoms
            Amount of every element by its lines, (element,).
        total
            All amounts together: what components of no element are in proportion to.
        matrices
            Atomic fractions at which the mixing law is taken, (matrix, element).
        values
            Instrument parameters.
        """
        if not len(matrices):
            return np.zeros((0, basis.components.size))
        fraction = np.repeat(matrices, len(values), axis=0)
        settings = _columns(list(values) * len(matrices), np.float64)
        if (fraction[:, basis.foreign] > 0).any():
            yields = self.law.yields(fraction, settings)[:, basis.components]
        else:
            yields = basis.law.yields(fraction, settings)
        return np.asarray(yields * np.append(atoms, total)[basis.element])  # -1 finds the dose

    def yields(self, fraction: Floats, values: Mapping[str, float]) -> Floats:
        """Return the mixing law's yields (component,) of all components."""
        return np.asarray(self.law.yields(fraction[None], _columns([values], np.float64))[0])

    def through(self, bare: Floats, settings: Sequence[Mapping[str, float]]) -> Floats:
        """Return the counts per eV of bare lines, (row, energy).

        They are in double precision: in single, the rounding of high counts is as large as what a nudge of a parameter
        changes in channels with few.

        One row of lines serves for any number of settings, and one of the settings for any number of rows.
        """
        if self._response is None:
            rows = max(len(bare), len(settings))
            return np.asarray(np.broadcast_to(bare, (rows, bare.shape[1])))
        values = _columns(settings, np.float64)
        if not getattr(self._response, "broadcasts", False):
            rows = max(len(bare), len(settings))
            bare = np.broadcast_to(bare, (rows, bare.shape[1]))
            values = {name: np.broadcast_to(value, rows) for name, value in values.items()}
        return np.asarray(self._response(bare, values))

    @cached_property
    def mixing(self) -> frozenset[str]:
        """Instrument parameters on which the mixing law depends; the others act on spectra only."""
        even = np.zeros(self.element_count)
        even[np.unique(self.element[self.element >= 0])] = 1.0
        settings, names = self._ends(self._technique.parameters)
        fraction = np.repeat(even[None] / even.sum(), len(settings), axis=0)
        yields = self.law.yields(fraction, _columns(settings, np.float64))
        return frozenset(name for name, row in zip(names, yields[1:], strict=True) if (row != yields[0]).any())

    @cached_property
    def responding(self) -> frozenset[str]:
        """Parameters of the mixing law on which the response depends too."""
        if self._response is None or not self.mixing:
            return frozenset()
        settings, names = self._ends([each for each in self._technique.parameters if each.name in self.mixing])
        seen = self.through(self.rows.sum(axis=0, keepdims=True).astype(np.float64), settings)
        return frozenset(name for name, row in zip(names, seen[1:], strict=True) if (row != seen[0]).any())

    def _ends(self, parameters: Sequence[InstrumentParameter]) -> tuple[list[Mapping[str, float]], list[str]]:
        """Return the default settings, then each parameter at the low and the high end of its range, with its name."""
        defaults = self._technique.defaults()
        pairs = [(parameter.name, end) for parameter in parameters for end in (parameter.low, parameter.high)]
        return [defaults, *({**defaults, name: end} for name, end in pairs)], [name for name, _ in pairs]


def _columns(settings: Sequence[Mapping[str, float]], dtype: type[Number]) -> dict[str, NDArray[Number]]:
    """Return the values of every parameter, shape (setting,) each."""
    names = list(settings[0])
    table = np.array([[each[name] for each in settings] for name in names], dtype=dtype)
    return dict(zip(names, table, strict=True))


def usual_lines(technique: Technique, library: PureLibrary, bare: bool) -> NDArray[np.float32]:
    """Return the lines of every component, (component, energy), as strong and where they usually are.

    `bare` ones are those before the response. See `FitPriors.strengths` and `FitPriors.places`.
    """
    assert technique.fit is not None
    priors, groups, rows = technique.fit.priors, library.components.groups, library.on(technique.axis, bare=bare)
    strength = np.array([priors.strengths.get(group, 1.0) for group in groups])
    away = np.array([priors.places.get(group, (0.0, 0.0))[0] for group in groups]) / technique.axis.step
    lines = rows * strength[:, None]
    displaced = np.flatnonzero(away)
    if displaced.size:
        farthest = int(np.ceil(np.abs(away).max()))
        lines[displaced] = Splines(lines[displaced], farthest).moved(away[displaced])
    return np.asarray(lines, dtype=np.float32)


def moved(rows: Floats, channels: float) -> Floats:
    """Return rows moved up by a number of channels, by linear interpolation; ends are repeated."""
    if channels == 0.0:
        return rows
    size = rows.shape[1]
    whole = int(np.floor(-channels))
    share = -channels - whole
    first, last = min(max(0, -whole), size), max(min(size, size - 1 - whole), 0)
    shifted = np.empty_like(rows)
    shifted[:, :first], shifted[:, last:] = rows[:, :1], rows[:, -1:]
    if first < last:
        below, above = rows[:, first + whole : last + whole], rows[:, first + whole + 1 : last + whole + 1]
        shifted[:, first:last] = below * (1 - share) + above * share
    return shifted
