"""Secondary fluorescence: photons of the sample that ionise other atoms of it, characteristic and continuum alike.

The photons are taken to start at the surface, half of them downwards (as Reed, Br. J. Appl. Phys. 16 (1965) 913 does
for the generated ones): of G photons of energy E, those that ionise subshell j of A with fluorescence that leaves the
sample are ``G/2 C_A mu_Aj(E) ln(1 + chi_A / mu(E)) / chi_A``. Photons are binned in energy, with the absorption of the
sample at the bin's mean; each keeps its own probability to ionise A.
"""

from collections.abc import Sequence
from copy import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specquant.plugin import Floats
from specquant_eds.absorption import jump_share, mass_absorption
from specquant_eds.lines import Subshell, subshells

_LEAST_EDGE = 1_000.0
"""eV: softer subshells have fluorescence yields below 3 %, too little to be worth the time; chosen."""

_BINS = np.geomspace(1_000.0, 30_000.0, 25)
"""Edges of the energy bins of photons, eV, up to the highest beam energy, each 15 % above the last: in a bin the
sample's absorption is a mean, while every photon keeps its own chance to ionise; chosen."""

_SHELLS = ("K", "L1", "L2", "L3")
"""Subshells of which fluorescence is computed."""


def excitable(subshell: Subshell) -> bool:
    """Say whether fluorescence of the subshell is worth computing."""
    return subshell.name in _SHELLS and _LEAST_EDGE <= subshell.edge <= _BINS[-1]


class PhotonField:
    """Vacancies that a field of photons makes in the subshells of all elements.

    Parameters
    ----------
    energy
        Photon energies, eV, shape (photon,).
    targets
        Symbol and subshell of everything that can be ionised.
    """

    def __init__(self, energy: Floats, targets: Sequence[tuple[str, Subshell]]) -> None:
        inside = np.flatnonzero((energy >= _BINS[0]) & (energy < _BINS[-1]))
        bins = np.digitize(energy[inside], _BINS) - 1
        members = [inside[bins == number] for number in range(len(_BINS) - 1)]
        members = [chosen for chosen in members if chosen.size]
        widest = max(chosen.size for chosen in members)
        index = np.zeros((len(members), widest), dtype=np.int64)
        used = np.zeros((len(members), widest))
        for row, chosen in enumerate(members):
            index[row, : chosen.size], used[row, : chosen.size] = chosen, 1.0
        chance = np.stack([_chance(symbol, subshell, energy) for symbol, subshell in targets], axis=1)
        self._index = torch.from_numpy(index)
        self._used = torch.from_numpy(used)
        self._chance = torch.from_numpy(chance[index] * used[..., None])

    def to(self, device: torch.device) -> None:
        """Move the tables to a device."""
        self._index, self._used, self._chance = (table.to(device) for table in (self._index, self._used, self._chance))

    def narrowed(self, photons: NDArray[np.intp], targets: NDArray[np.intp]) -> "PhotonField":
        """Return the field of some photons, numbered as they come, that ionises some targets."""
        position = np.full(int(self._index.max()) + 1, -1)
        known = photons < position.size
        position[photons[known]] = np.flatnonzero(known)
        member = position[self._index.numpy()]
        used = (self._used.numpy() > 0) & (member >= 0)
        bins = np.flatnonzero(used.any(axis=1))
        order = np.argsort(~used[bins], axis=1, kind="stable")[:, : int(used.sum(axis=1).max(initial=0))]
        kept = np.take_along_axis(used[bins], order, axis=1)
        narrow = copy(self)
        narrow._index = torch.from_numpy(np.where(kept, np.take_along_axis(member[bins], order, axis=1), 0))
        narrow._used = torch.from_numpy(kept.astype(np.float64))
        chance = self._chance.numpy()[bins[:, None, None], order[..., None], targets]
        narrow._chance = torch.from_numpy(chance * kept[..., None])
        return narrow

    def vacancies(self, photons: Tensor, absorption: Tensor, chi: Tensor) -> Tensor:
        """Return vacancies with fluorescence that leaves the sample, per unit mass fraction: (sample, target).

        Parameters
        ----------
        photons
            Generated into all directions, per electron, shape (sample, photon).
        absorption
            Of the sample for them, cm2/g, shape (sample, photon).
        chi
            Absorption of the fluorescence over the sine of the take-off angle, cm2/g, shape (sample, target).
        """
        count = photons[:, self._index] * self._used  # (sample, bin, member)
        total = count.sum(dim=2)
        weighted = (count * absorption[:, self._index]).sum(dim=2)
        plain = absorption[:, self._index[:, 0]]
        mean = torch.where(total > 0, weighted / total.clamp_min(1e-300), plain)
        ionising = torch.matmul(count.transpose(0, 1), self._chance)  # (bin, sample, target)
        escape = torch.log1p(chi / mean.transpose(0, 1)[..., None])
        return 0.5 * (ionising * escape).sum(dim=0) / chi


def _chance(symbol: str, subshell: Subshell, energy: Floats) -> Floats:
    """Return the absorption coefficient that belongs to one subshell, cm2/g, shape (photon,)."""
    family = [other for other in subshells(_number(symbol)) if other.shell in ("K", "L")]
    deeper = sorted({other.edge for other in family if other.edge >= subshell.edge}, reverse=True)
    share = jump_share(symbol, np.array(deeper), energy)[-1]
    return np.asarray(mass_absorption(symbol, energy) * share)


def _number(symbol: str) -> int:
    from xraylib import SymbolToAtomicNumber

    return int(SymbolToAtomicNumber(symbol))
