"""From composition to line intensities: the equation of Sherman, with secondary and tertiary fluorescence."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import torch
import xraylib
from torch import Tensor

from specquant.plugin import ATOMIC_NUMBER, Floats
from xrfspec.instrument import AXIS, DEFAULTS, HIGHEST, LOWEST
from xrfspec.lines import ELEMENTS, Group, groups

LEAST_AREA = 1e-3
"""Area of a component at least, in units of its element's main family: the law divides by it."""

_STEP, _BESIDE = 0.1, 1e-6
"""keV between the rows of the tables, and on either side of an edge at which they jump."""

_WEIGHTS = np.array([xraylib.AtomicWeight(ATOMIC_NUMBER[symbol]) for symbol in ELEMENTS])
"""Atomic weights of the elements, g/mol."""


@cache
def photon_energies() -> Floats:
    """Return the energies (row,) of the tables, keV: evenly spaced, and two at every edge."""
    shells = (xraylib.K_SHELL, xraylib.L1_SHELL, xraylib.L2_SHELL, xraylib.L3_SHELL)
    edges = np.array([xraylib.EdgeEnergy(ATOMIC_NUMBER[symbol], shell) for symbol in ELEMENTS for shell in shells])
    edges = edges[(edges > LOWEST) & (edges < HIGHEST)]
    grid = np.arange(LOWEST, HIGHEST + _STEP / 2, _STEP)
    return np.sort(np.concatenate([grid, edges - _BESIDE, edges + _BESIDE]))


def attenuation(energies: Sequence[float] | Floats) -> Floats:
    """Return the mass attenuation of every element at some energies (keV), cm2/g, shape (energy, element)."""
    numbers = [ATOMIC_NUMBER[symbol] for symbol in ELEMENTS]
    return np.array([[xraylib.CS_Total_Kissel(z, float(energy)) for z in numbers] for energy in energies])


@cache
def tables() -> dict[str, Floats]:
    """Return what the law looks up.

    ``beam`` (row, element) and ``emitted`` (row, group) are attenuation and emission by the beam, by rows of
    `photon_energies`; ``absorbed`` (group, element) is the attenuation of every group; ``excites`` (group, exciter) is
    the emission of a group by the photons of another. All are in cm2/g.
    """
    listed = groups()
    lines = [group.energy for group in listed]
    return {
        "beam": attenuation(photon_energies()),
        "emitted": np.array([[group.emitted(energy) for group in listed] for energy in photon_energies()]),
        "absorbed": attenuation(lines),
        "excites": np.array([[group.emitted(energy) for energy in lines] for group in listed]),
    }


class Sherman:
    """Photons of every component that leave a thick sample, per photon of the beam and unit of solid angle.

    J. Sherman, Spectrochim. Acta 7 (1955) 283; secondary fluorescence as in T. Shiraiwa and N. Fujino, Jpn. J. Appl.
    Phys. 5 (1966) 886. Tertiary fluorescence: the exciting lines are taken as strong as secondary fluorescence makes
    them, at the depths of the primary ones.
    """

    def __init__(self, elements: Sequence[str], labels: Sequence[str]) -> None:
        names = [(group.element, group.label) for group in groups()]
        chosen = [names.index(name) for name in zip(elements, labels, strict=True)]
        self._chosen = torch.tensor(chosen, dtype=torch.int64)
        self.element = torch.tensor([ELEMENTS.index(group.element) for group in groups()])
        self._areas = torch.from_numpy(areas())[self._chosen] if chosen else torch.ones(0)
        self._tables = {name: torch.from_numpy(table) for name, table in tables().items()}
        self._energies, self._weights = torch.from_numpy(photon_energies()), torch.from_numpy(_WEIGHTS)

    def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        """Return the intensity (sample, component) of each component per unit atomic fraction (sample, element)."""
        weights = self._weights.to(fraction)
        weight = fraction * weights
        mean = weight.sum(dim=1, keepdim=True)
        photons = self.photons(weight / mean, values)
        per_atom = photons * weights[self.element] / mean
        return per_atom[:, self._chosen] / self._areas.to(fraction)

    def photons(self, weight: Tensor, values: Mapping[str, Tensor], orders: int = 3) -> Tensor:
        """Return the photons (sample, group) per unit weight fraction of the element of each group.

        Parameters
        ----------
        weight
            Weight fractions (sample, element).
        values
            Instrument parameters, shape (sample,) each; read are ``photon_energy`` and both angles.
        orders
            1: what the beam excites; 2: and what its lines excite; 3: and what those excite.
        """
        tables = {name: table.to(weight) for name, table in self._tables.items()}
        row, share = self._rows(values["photon_energy"])
        into, out = (torch.sin(torch.deg2rad(values[name]))[:, None] for name in ("incidence_angle", "take_off_angle"))
        incoming = (weight * between(tables["beam"], row, share)).sum(dim=1, keepdim=True) / into
        absorbed = weight @ tables["absorbed"].T
        outgoing = absorbed / out
        direct = between(tables["emitted"], row, share)
        emitted = direct
        if orders > 1:
            reach = depth_factor(incoming, outgoing, absorbed) * tables["excites"]
            for _ in range(orders - 1):
                exciting = weight[:, self.element] * emitted
                emitted = direct + (reach @ exciting[:, :, None])[:, :, 0]
        return emitted / into / (incoming + outgoing)

    def _rows(self, energy: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rows of the tables below photon energies (sample,), and how far each lies towards the next."""
        grid = self._energies.to(energy)
        row = (torch.searchsorted(grid, energy.contiguous(), right=True) - 1).clamp(0, len(grid) - 2)
        return row, ((energy - grid[row]) / (grid[row + 1] - grid[row]).clamp_min(_BESIDE))[:, None]


def between(table: Tensor, row: Tensor, share: Tensor) -> Tensor:
    """Return rows of a table, interpolated towards the next by a share (sample, 1)."""
    return table[row] + share * (table[row + 1] - table[row])


def depth_factor(incoming: Tensor, outgoing: Tensor, absorbed: Tensor) -> Tensor:
    """Return how much of an exciting line (last axis) is spent where a group's photons still get out.

    Parameters
    ----------
    incoming
        Attenuation of the beam over the sine of its angle, cm2/g, shape (sample, 1).
    outgoing
        The same of every group on its way out, shape (sample, group).
    absorbed
        Attenuation of every exciting line, cm2/g, shape (sample, group).
    """
    down = torch.log1p(incoming / absorbed) / incoming
    up = torch.log1p(outgoing[:, :, None] / absorbed[:, None, :]) / outgoing[:, :, None]
    return 0.5 * (down[:, None, :] + up)


@cache
def pure_photons() -> Floats:
    """Return the photons (group,) of each group in its pure element, at the default instrument."""
    law = Sherman((), ())
    pure = torch.eye(len(ELEMENTS), dtype=torch.float64)
    values = {name: torch.full((len(ELEMENTS),), value, dtype=torch.float64) for name, value in DEFAULTS.items()}
    return np.asarray(law.photons(pure, values)[law.element, torch.arange(len(groups()))].numpy())


@cache
def main_photons() -> dict[str, tuple[str, float]]:
    """Return, per element, the family on the axis that has most photons when pure, and how many these are."""
    sums: dict[str, dict[str, float]] = {symbol: {} for symbol in ELEMENTS}
    for group, number in zip(groups(), pure_photons(), strict=True):
        if group.energy < AXIS.stop:
            sums[group.element][group.family] = sums[group.element].get(group.family, 0.0) + float(number)
    return {symbol: max(families.items(), key=lambda item: item[1]) for symbol, families in sums.items()}


@cache
def areas() -> Floats:
    """Return the photons (group,) of each group, pure, relative to its element's main family; at least 0.001."""
    main = np.array([main_photons()[group.element][1] for group in groups()])
    return np.asarray(np.maximum(pure_photons() / main, LEAST_AREA))


def on_axis() -> list[tuple[Group, float]]:
    """Return the groups that can be seen, each with its area."""
    pairs = zip(groups(), areas().tolist(), strict=True)
    return [(group, area) for group, area in pairs if group.energy < AXIS.stop]
