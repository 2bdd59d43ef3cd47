"""What a fit asks of a technique's physics: for several settings at once, and for no more than is needed.

Yields are computed for the components of the elements that are fitted, lines are moved by cubic splines with
coefficients that are kept, and the response gets one set of parameters for all rows that share one.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from specquant.fits.model.basis import Basis
from specquant.fits.model.families import Family
from specquant.fits.model.moving import Splines
from specquant.library import PureLibrary
from specquant.mixing import mixes_linearly, mixing_law
from specquant.technique import Floats, InstrumentParameter, LinearisingResponse, Response, Technique
from specquant.technique.bridging import bridged_response

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Number = TypeVar("Number", np.float32, np.float64)

SETS = 16
"""Sets of elements that are kept ready: chosen, about as many as the search for the elements of one spectrum tries; in
EDS one takes 4 MB."""

_SHARE = 0.03
"""Photons that are added of a change for a derivative, over those of the spectrum: chosen, small against what bends,
and large against the rounding of lines."""

_LEAST_SIZE = 1e-9
"""Least share of the photons that a change counts as having: what is less is nothing beside the rounding of lines."""

_EMPTY = 1e-30
"""Photons of a spectrum with nothing in it, so that nothing is divided by zero."""


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
        self._linearising = self._response if isinstance(self._response, LinearisingResponse) else None
        self.precision: DTypeLike = np.float64 if self._linearising is None else np.float32
        """Of changes of lines that go through the response: of differences, rounding is as large as what is nudged."""
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

        Parameters
        ----------
        basis
            The components.
        atoms
            Amount of every element by its lines, (element,).
        total
            All amounts together: what components of no element are in proportion to.
        matrices
            Atomic fractions at which the mixing law is taken, (setting, element).
        values
            Instrument parameters, (setting,).
        """
        settings = {} if self.is_linear else _columns(values, np.float64)  # which a linear law does not read
        if not self.is_linear and (matrices[:, basis.foreign] > 0).any():
            yields = self.law.yields(matrices, settings)[:, basis.components]
        else:
            yields = basis.law.yields(matrices, settings)
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

    def linearised(
        self, bare: Floats, changes: Floats, values: Mapping[str, float], nudged: Mapping[str, float]
    ) -> tuple[Floats, Floats, Floats]:
        """Return the counts per eV (energy,) of bare lines, their changes (row, energy), and derivatives by parameters.

        A response that does not say its derivatives is asked for differences.

        Parameters
        ----------
        bare
            The lines, (energy,).
        changes
            Changes of them, (row, energy).
        values
            Instrument parameters.
        nudged
            Other values of those by which derivatives (parameter, energy) are wanted, nearby.
        """
        if self._linearising is not None:
            return self._linearising.linearised(bare, changes, values, list(nudged))
        total = max(float(np.abs(bare).sum()), _EMPTY)
        shares = _SHARE * total / np.maximum(np.abs(changes).sum(axis=1, keepdims=True), _LEAST_SIZE * total)
        seen = self.through(np.concatenate([bare[None], bare + shares * changes]), [values])
        slopes = np.zeros((0, bare.size))
        if nudged:
            through = self.through(bare[None], [{**values, name: value} for name, value in nudged.items()])
            slopes = (through - seen[0]) / np.array([[value - values[name]] for name, value in nudged.items()])
        return seen[0], (seen[1:] - seen[0]) / shares, slopes

    @cached_property
    def narrow(self) -> "csr_array":
        """The `rows` in double precision, without what is empty of them."""
        from scipy.sparse import csr_array  # its import takes long, and not all techniques need it

        return csr_array(self.rows.astype(np.float64))

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
