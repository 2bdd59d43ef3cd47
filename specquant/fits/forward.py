"""A technique's own physics as a function of composition and nuisances, linearised where a fit stands.

The spectrum of a sample is ``response(sum_c g_c y_c(f, p) f_e(c) row_c)`` times a dose: `y` are the yields of the
technique's mixing law, `p` its instrument parameters, `g` factors near one for every family of components. What belongs
to no element and consists of many components (a continuum) gets a smooth factor over energy instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import shift

from specquant.errors import SettingError
from specquant.fits.families import Families, Family
from specquant.fits.unmixing import smooth_hats
from specquant.library import PureLibrary
from specquant.mixing import mixing_law
from specquant.technique import Floats, InstrumentParameter, Technique

_NUDGE = 0.1
"""Share of its prior's standard deviation by which a parameter is moved for a derivative: chosen, small against what a
fit can tell and large against the rounding of single precision."""

_USUAL = 0.3
"""Where in the range of its chemical shifts an element usually is, 0 the low end and 1 the high one: chosen."""

_SPREAD = 0.35
"""Standard deviation of that, in widths of the range: chosen, so that both ends lie within two of them."""

_LEAST_SPREAD = 0.5
"""The least standard deviation of a chemical shift, eV: chosen, for elements with a narrow range or none."""


@dataclass(frozen=True)
class Point:
    """Where a fit stands.

    Parameters
    ----------
    atoms
        Amount of every element of the technique, dose included, shape (element,).
    factors
        Factor of every family, shape (family,).
    values
        Value of every instrument parameter.
    shift
        Shift of the whole axis, eV.
    background
        Counts of every hat of a smooth background, shape (hat,).
    chemical
        Chemical shift of every element of the technique, eV, shape (element,); empty where there are none.
    """

    atoms: Floats
    factors: Floats
    values: Mapping[str, float]
    shift: float
    background: Floats
    chemical: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def fraction(self) -> Floats:
        """Atomic fractions, shape (element,)."""
        return np.asarray(self.atoms / max(self.atoms.sum(), 1e-300))


@dataclass(frozen=True)
class Linearised:
    """The model at a point: `spectrum` (energy,), and its derivatives by family, by free parameter, by shift and hat.

    `families` (family, energy) is the spectrum of each family at its factor, so that it is also the derivative by the
    logarithm of the factor.
    """

    spectrum: Floats
    families: Floats
    parameters: Floats
    shift: Floats
    background: Floats


class ForwardModel:
    """The physics of one technique with one library.

    Parameters
    ----------
    technique, library
        Whose law, response and components. Components that contain a response already go through the technique's
        `distortion`.

    Raises
    ------
    SettingError
        If the technique gives no `fit` settings.
    """

    def __init__(self, technique: Technique, library: PureLibrary) -> None:
        if technique.fit is None:
            raise SettingError("technique states no settings of a fit", where=technique.name, wanted="Technique.fit")
        self.technique, self.priors, self.decisions = technique, technique.fit.priors, technique.fit.decisions
        bare = library.has_bare_lines and technique.response is not None
        maker = technique.response if bare else technique.distortion
        self._response = maker(technique.axis) if maker is not None else None
        self._law = mixing_law(technique, library.components)
        self._rows = torch.from_numpy(library.on(technique.axis, bare=bare).astype(np.float32))
        self._nominal = torch.from_numpy(library.on(technique.axis).astype(np.float32))
        self._element = np.array(library.components.indices(technique.elements))
        self._families = Families(
            library.components,
            self._element,
            _mean_energy(self._rows.numpy(), technique.axis.centres),
            self.priors.separate,
        )
        self.elements = np.unique(self._element[self._element >= 0])
        """Indices of the elements that the library holds."""
        self.hats = smooth_hats(technique.axis.size) if not self._families.free else np.zeros((0, technique.axis.size))
        """Smooth background, (hat, energy); none where the library has components of no element."""
        self.chemical = _chemical_shifts(technique) if self.priors.chemical_shifts else np.zeros((0, 2))
        """Usual chemical shift of every element and its standard deviation, eV, (element, 2); empty: there are none."""
        self.parameters: tuple[InstrumentParameter, ...] = tuple(
            parameter for parameter in technique.parameters if parameter.name in self.priors.parameters
        )
        """The instrument parameters that are free."""

    def families(self, chosen: NDArray[np.intp]) -> list[Family]:
        """Return the families of the chosen elements, in their order, and then of what belongs to none."""
        return self._families.of(chosen)

    def readable(self, chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which channels (energy,) a fit of these elements reads, see `FitDecisions.only_if_listed`."""
        names = {self.technique.elements[element] for element in chosen}
        absent = [energy for symbol, energy in self.decisions.only_if_listed.items() if symbol not in names]
        return np.asarray(self.technique.axis.centres >= max(absent, default=-np.inf))

    def variance(self, counts: Floats) -> Floats:
        """Return the variance of expected counts: that of Poisson's law, and of the model's relative error."""
        return counts + (self.priors.model_error * counts) ** 2

    def prior(self, family: Family) -> float:
        """Return the relative standard deviation of a family's factor."""
        return self.priors.groups.get(family.group, self.priors.other_groups)

    def spectrum(self, point: Point, families: Sequence[Family]) -> Floats:
        """Return the modelled counts (energy,) at a point."""
        photons, _ = self._photons(point, [point.values])
        weights = photons[0] * (point.factors @ np.stack([family.weights for family in families]))
        used = np.flatnonzero(weights)
        bare = torch.from_numpy(weights[None, used].astype(np.float32)) @ self._lines_at(point, used)
        seen = self._through(bare, [point.values]) * self.technique.axis.step
        shifted = _shifted(seen, point.shift / self.technique.axis.step)[0]
        return np.asarray(shifted + point.background @ self.hats)

    def lines(self, point: Point, elements: NDArray[np.intp], further: float = 0.0) -> Floats:
        """Return the counts (element, energy) of elements as they would be at a fraction of one, in this matrix.

        They are those of the nominal instrument, moved `further` eV beyond the axis's shift: good enough to look for
        them, and quick.
        """
        photons = self._yields(point, [point.values])[0] * point.atoms.sum()
        weights = np.where(self._element == elements[:, None], photons, 0.0)
        used = np.flatnonzero((weights > 0).any(axis=0))
        seen = torch.from_numpy(weights[:, used].astype(np.float32)) @ self._nominal[torch.from_numpy(used)]
        counts = seen.numpy().astype(np.float64) * self.technique.axis.step
        return _shifted(counts, (point.shift + further) / self.technique.axis.step)

    def at(self, point: Point, families: Sequence[Family]) -> Linearised:
        """Return the model at a point, with its derivatives."""
        step, count = self.technique.axis.step, len(families)
        nudges = self._nudges(point.values)
        settings = [dict(point.values), *(dict(point.values) | {name: value} for name, value in nudges.items())]
        photons, present = self._photons_of_each(point, settings)
        scaled = np.stack([family.weights for family in families]) * point.factors[:, None]
        used = np.flatnonzero((scaled != 0).any(axis=0) & present)
        weights = np.concatenate([scaled[:, used] * photons[0, used], scaled[:, used].sum(axis=0) * photons[:, used]])
        bare = torch.from_numpy(weights.astype(np.float32)) @ self._lines_at(point, used)
        seen = self._through(bare, [settings[0]] * count + settings) * step
        parts, totals = seen[:count], seen[count:]
        changes = np.array([value - point.values[name] for name, value in nudges.items()])
        slopes = (totals[1:] - totals[0]) / changes.reshape(-1, 1)
        shifted = _shifted(np.vstack([totals[:1], parts, slopes]), point.shift / step)
        return Linearised(
            spectrum=shifted[0] + point.background @ self.hats,
            families=shifted[1 : 1 + count],
            parameters=shifted[1 + count :],
            shift=-np.gradient(shifted[0], step),
            background=self.hats,
        )

    def _lines_at(self, point: Point, used: NDArray[np.intp]) -> torch.Tensor:
        """Return the rows of components (used,), each moved by the chemical shift of its element."""
        rows = self._rows[torch.from_numpy(used)]
        if not point.chemical.size:
            return rows
        channels = np.append(point.chemical, 0.0)[self._element[used]] / self.technique.axis.step
        moved = [shift(row, by, order=3, mode="nearest") for row, by in zip(rows.numpy(), channels, strict=True)]
        return torch.from_numpy(np.clip(np.stack(moved), 0.0, None))

    def _photons(self, point: Point, settings: Sequence[Mapping[str, float]]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return each component's intensity (setting, component), and which components there are any of."""
        amount = np.append(point.atoms, point.atoms.sum())[self._element]  # -1, no element, finds the dose
        return self._yields(point, settings) * amount, amount > 0

    def _photons_of_each(
        self, point: Point, settings: Sequence[Mapping[str, float]]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Return what `_photons` does, where the first settings are nominal and each other one has a parameter nudged.

        The mixing law, which takes most of the time, is asked only about parameters that it depends on.
        """
        names = [parameter.name for parameter in self.parameters]
        asked = [0, *(index for index, name in enumerate(names, start=1) if name in self._mixed)]
        photons, present = self._photons(point, [settings[index] for index in asked])
        return photons[[asked.index(index) if index in asked else 0 for index in range(len(settings))]], present

    def _yields(self, point: Point, settings: Sequence[Mapping[str, float]]) -> Floats:
        """Return the mixing law's yields (setting, component)."""
        values = {name: torch.tensor([each[name] for each in settings], dtype=torch.float64) for name in settings[0]}
        fraction = torch.from_numpy(np.repeat(point.fraction[None], len(settings), axis=0))
        return np.asarray(self._law.yields(fraction, values).numpy())

    @cached_property
    def _mixed(self) -> frozenset[str]:
        """Free parameters on which the mixing law depends; the others act on spectra only."""
        even = np.zeros(len(self.technique.elements))
        even[self.elements] = 1.0
        point = Point(even, np.ones(0), self.technique.defaults(), 0.0, np.zeros(0))
        nudges = self._nudges(point.values)
        settings = [point.values, *(dict(point.values) | {name: value} for name, value in nudges.items())]
        yields = self._yields(point, settings)
        return frozenset(name for name, row in zip(nudges, yields[1:], strict=True) if (row != yields[0]).any())

    def _nudges(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return each free parameter moved by a share of its prior, inside its range."""
        nudges = {}
        for parameter in self.parameters:
            step = _NUDGE * self.priors.parameters[parameter.name]
            up = values[parameter.name] + step
            nudges[parameter.name] = up if up <= parameter.high else values[parameter.name] - step
        return nudges

    def _through(self, bare: torch.Tensor, settings: Sequence[Mapping[str, float]]) -> Floats:
        if self._response is None:
            return bare.numpy().astype(np.float64)
        values = {name: torch.tensor([each[name] for each in settings], dtype=torch.float32) for name in settings[0]}
        return np.asarray(self._response(bare, values).numpy().astype(np.float64))


def _chemical_shifts(technique: Technique) -> Floats:
    ranges = np.array([technique.chemical_shift.get(symbol, (0.0, 0.0)) for symbol in technique.elements])
    width = ranges[:, 1] - ranges[:, 0]
    return np.stack([ranges[:, 0] + _USUAL * width, np.maximum(_SPREAD * width, _LEAST_SPREAD)], axis=1)


def _mean_energy(rows: Floats, energy: Floats) -> Floats:
    return np.asarray((rows @ energy) / np.maximum(rows.sum(axis=1), 1e-30))


def _shifted(rows: Floats, channels: float) -> Floats:
    """Return rows moved up by a number of channels, by linear interpolation."""
    if channels == 0.0:
        return rows
    position = np.clip(np.arange(rows.shape[1]) - channels, 0, rows.shape[1] - 1.001)
    low = position.astype(np.intp)
    share = position - low
    return np.asarray(rows[:, low] * (1 - share) + rows[:, low + 1] * share)
