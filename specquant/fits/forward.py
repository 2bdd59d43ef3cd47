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
from specquant.fits.unmixing import smooth_hats
from specquant.library import PureLibrary
from specquant.mixing import mixing_law, places
from specquant.technique import FitSettings, Floats, InstrumentParameter, Technique

_KNOTS = 9
_MANY = 12
_NUDGE = 0.1
_USUAL, _SPREAD, _LEAST_SPREAD = 0.3, 0.35, 0.5
"""Where in its range of chemical shifts an element usually is, and the standard deviation of that; at least so many."""


@dataclass(frozen=True)
class Family:
    """Components that one factor scales: those of one group of one element, or one piece of what belongs to none.

    `element` is the index of the element, -1 for none; `weights` (component,) say how much of each component is in it.
    """

    element: int
    group: str
    weights: Floats


@dataclass(frozen=True)
class Point:
    """Where a fit stands.

    `atoms` (element,), dose included; `factors` (family,); `values` of the instrument parameters; `shift` of the axis
    in eV; `background` (hat,), what is added as a smooth background; `moved` (element,) the chemical shift of every
    element in eV, empty where there are none.
    """

    atoms: Floats
    factors: Floats
    values: Mapping[str, float]
    shift: float
    background: Floats
    moved: Floats = field(default_factory=lambda: np.zeros(0))


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
        self.settings: FitSettings = technique.fit
        self.technique = technique
        dataset = library.dataset
        symbols, labels, groups = (list(map(str, dataset[name].values)) for name in ("element", "label", "group"))
        self._law = mixing_law(technique, symbols, labels)
        self.bare = "primary" in dataset and technique.response is not None
        """Whether the library holds what precedes the instrument, so that its whole response can be fitted."""
        maker = technique.response if self.bare else technique.distortion
        self._response = maker(technique.axis) if maker is not None else None
        self._rows = torch.from_numpy(
            library.on(technique.axis, "primary" if self.bare else "density").astype(np.float32)
        )
        self._nominal = torch.from_numpy(library.on(technique.axis).astype(np.float32))
        self._place = np.array(places(symbols, technique.elements))
        self._groups = np.array(groups)
        self.chemical = _chemical_shifts(technique) if self.settings.chemical else np.zeros((0, 2))
        """Usual chemical shift of every element and its standard deviation, eV, (element, 2); empty: there are none."""
        self._energy = _mean_energy(self._rows.numpy(), technique.axis.centres)
        self._free = self._pieces()
        self.hats = smooth_hats(technique.axis.size) if not self._free else np.zeros((0, technique.axis.size))
        self.held = np.unique(self._place[self._place >= 0])
        self.parameters: tuple[InstrumentParameter, ...] = tuple(
            parameter for parameter in technique.parameters if parameter.name in self.settings.parameters
        )

    def _pieces(self) -> list[Family]:
        """Return the families of what belongs to no element."""
        found = []
        for group in dict.fromkeys(self._groups[self._place < 0].tolist()):
            members = np.flatnonzero((self._place < 0) & (self._groups == group))
            if members.size < _MANY:
                found.append(Family(-1, group, _indicator(members, self._place.size)))
                continue
            position = np.interp(np.log(self._energy[members]), np.log(self._energy[members][[0, -1]]), [0, _KNOTS - 1])
            for knot in range(_KNOTS):
                weights = np.zeros(self._place.size)
                weights[members] = np.clip(1.0 - np.abs(position - knot), 0.0, None)
                found.append(Family(-1, group, weights))
        return found

    def families(self, chosen: NDArray[np.intp]) -> list[Family]:
        """Return the families of the chosen elements, in their order, and then of what belongs to none."""
        found = []
        for element in chosen:
            own = np.flatnonzero(self._place == element)
            for group in dict.fromkeys(self._groups[own].tolist()):
                members = own[self._groups[own] == group]
                alone = group in self.settings.separate
                for chosen_ones in members[:, None] if alone else [members]:
                    found.append(Family(int(element), group, _indicator(chosen_ones, self._place.size)))
        return [*found, *self._free]

    def readable(self, chosen: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which channels (energy,) count in a fit of these elements: not those of reluctant ones alone."""
        names = {self.technique.elements[element] for element in chosen}
        absent = [energy for symbol, energy in self.settings.reluctant.items() if symbol not in names]
        return np.asarray(self.technique.axis.centres >= max(absent, default=-np.inf))

    def variance(self, counts: Floats) -> Floats:
        """Return the variance of expected counts: that of Poisson's law, and of the model's relative error."""
        return counts + (self.settings.model_error * counts) ** 2

    def prior(self, family: Family) -> float:
        """Return the relative standard deviation of a family's factor."""
        return self.settings.groups.get(family.group, self.settings.other_groups)

    def spectrum(self, point: Point, families: Sequence[Family]) -> Floats:
        """Return the modelled counts (energy,) at a point."""
        photons, _ = self._photons(point, [point.values])
        weights = photons[0] * (point.factors @ np.stack([family.weights for family in families]))
        used = np.flatnonzero(weights)
        bare = torch.from_numpy(weights[None, used].astype(np.float32)) @ self._lines_at(point, used)
        seen = self._through(bare, [point.values]) * self.technique.axis.step
        shifted = _moved(seen, point.shift / self.technique.axis.step)[0]
        return np.asarray(shifted + point.background @ self.hats)

    def lines(self, point: Point, elements: NDArray[np.intp], further: float = 0.0) -> Floats:
        """Return the counts (element, energy) of elements as they would be at a fraction of one, in this matrix.

        They are those of the nominal instrument, moved `further` eV beyond the axis's shift: good enough to look for
        them, and quick.
        """
        photons = self._yields(point, [point.values])[0] * point.atoms.sum()
        weights = np.where(self._place == elements[:, None], photons, 0.0)
        used = np.flatnonzero((weights > 0).any(axis=0))
        seen = torch.from_numpy(weights[:, used].astype(np.float32)) @ self._nominal[torch.from_numpy(used)]
        counts = seen.numpy().astype(np.float64) * self.technique.axis.step
        return _moved(counts, (point.shift + further) / self.technique.axis.step)

    def at(self, point: Point, families: Sequence[Family]) -> Linearised:
        """Return the model at a point, with its derivatives."""
        nudged = [dict(point.values)]
        nudged += [dict(point.values) | {name: value} for name, value in self._nudges(point.values).items()]
        mixed = [0, *(place for place, p in enumerate(self.parameters, start=1) if p.name in self._mixed)]
        different, held = self._photons(point, [nudged[place] for place in mixed])
        photons = different[[mixed.index(place) if place in mixed else 0 for place in range(len(nudged))]]
        scaled = np.stack([family.weights for family in families]) * point.factors[:, None]
        used = np.flatnonzero((scaled != 0).any(axis=0) & held)
        rows = self._lines_at(point, used)
        weights = np.concatenate([scaled[:, used] * photons[0, used], scaled[:, used].sum(axis=0) * photons[:, used]])
        bare = torch.from_numpy(weights.astype(np.float32)) @ rows
        owner = [0] * len(families) + list(range(len(nudged)))
        seen = self._through(bare, [nudged[place] for place in owner]) * self.technique.axis.step
        parts, totals = seen[: len(families)], seen[len(families) :]
        steps = [values[p.name] - point.values[p.name] for p, values in zip(self.parameters, nudged[1:], strict=True)]
        slopes = (totals[1:] - totals[0]) / np.array(steps).reshape(-1, 1)
        moved = _moved(np.vstack([totals[:1], parts, slopes]), point.shift / self.technique.axis.step)
        spectrum = moved[0] + point.background @ self.hats
        return Linearised(
            spectrum,
            moved[1 : 1 + len(families)],
            moved[1 + len(families) :],
            -np.gradient(moved[0], self.technique.axis.step),
            self.hats,
        )

    def _lines_at(self, point: Point, used: NDArray[np.intp]) -> torch.Tensor:
        """Return the rows of components (used,), each moved by the chemical shift of its element."""
        rows = self._rows[torch.from_numpy(used)]
        if not point.moved.size:
            return rows
        channels = np.append(point.moved, 0.0)[self._place[used]] / self.technique.axis.step
        placed = [shift(row, by, order=3, mode="nearest") for row, by in zip(rows.numpy(), channels, strict=True)]
        return torch.from_numpy(np.clip(np.stack(placed), 0.0, None))

    def _photons(self, point: Point, nudged: Sequence[Mapping[str, float]]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return each component's intensity (nudged, component), and which components there are any of."""
        amount = np.append(point.atoms, point.atoms.sum())[self._place]  # -1, no element, finds the dose
        return self._yields(point, nudged) * amount, amount > 0

    def _yields(self, point: Point, nudged: Sequence[Mapping[str, float]]) -> Floats:
        """Return the mixing law's yields (nudged, component)."""
        fraction = point.atoms / max(point.atoms.sum(), 1e-300)
        settings = {name: torch.tensor([held[name] for held in nudged], dtype=torch.float64) for name in nudged[0]}
        atoms = torch.from_numpy(np.repeat(fraction[None], len(nudged), axis=0))
        return np.asarray(self._law.yields(atoms, settings).numpy())

    @cached_property
    def _mixed(self) -> frozenset[str]:
        """Free parameters on which the mixing law depends; the others act on spectra only."""
        even = np.zeros(len(self.technique.elements))
        even[self.held] = 1.0
        point = Point(even, np.ones(0), self.technique.defaults(), 0.0, np.zeros(0))
        moved = self._nudges(point.values)
        yields = self._yields(point, [point.values, *(dict(point.values) | {n: v} for n, v in moved.items())])
        return frozenset(name for name, row in zip(moved, yields[1:], strict=True) if (row != yields[0]).any())

    def _nudges(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return each free parameter moved by a tenth of its prior, inside its range."""
        moved = {}
        for parameter in self.parameters:
            step = _NUDGE * self.settings.parameters[parameter.name]
            up = values[parameter.name] + step
            moved[parameter.name] = up if up <= parameter.high else values[parameter.name] - step
        return moved

    def _through(self, bare: torch.Tensor, settings: Sequence[Mapping[str, float]]) -> Floats:
        if self._response is None:
            return bare.numpy().astype(np.float64)
        values = {name: torch.tensor([held[name] for held in settings], dtype=torch.float32) for name in settings[0]}
        return np.asarray(self._response(bare, values).numpy().astype(np.float64))


def _chemical_shifts(technique: Technique) -> Floats:
    ranges = np.array([technique.chemical_shift.get(symbol, (0.0, 0.0)) for symbol in technique.elements])
    width = ranges[:, 1] - ranges[:, 0]
    return np.stack([ranges[:, 0] + _USUAL * width, np.maximum(_SPREAD * width, _LEAST_SPREAD)], axis=1)


def _indicator(members: NDArray[np.intp], size: int) -> Floats:
    weights = np.zeros(size)
    weights[members] = 1.0
    return weights


def _mean_energy(rows: Floats, energy: Floats) -> Floats:
    return np.asarray((rows @ energy) / np.maximum(rows.sum(axis=1), 1e-30))


def _moved(rows: Floats, channels: float) -> Floats:
    """Return rows moved up by a number of channels, by linear interpolation."""
    if channels == 0.0:
        return rows
    position = np.clip(np.arange(rows.shape[1]) - channels, 0, rows.shape[1] - 1.001)
    low = position.astype(np.intp)
    share = position - low
    return np.asarray(rows[:, low] * (1 - share) + rows[:, low + 1] * share)
