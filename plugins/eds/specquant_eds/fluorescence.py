"""Secondary fluorescence: photons of the sample that ionise other atoms of it, characteristic and continuum alike.

The photons are taken to start at the surface, half of them downwards (as Reed, Br. J. Appl. Phys. 16 (1965) 913 does
for the generated ones): of G photons of energy E, those that ionise subshell j of A with fluorescence that leaves the
sample are ``G/2 C_A mu_Aj(E) ln(1 + chi_A / mu(E)) / chi_A``. Photons are binned in energy, with the absorption of the
sample at the bin's mean; each keeps its own probability to ionise A.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Array, Floats, at_least, module_of
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


@dataclass(frozen=True)
class PhotonField:
    """Vacancies that a field of photons makes in the subshells of all elements.

    Parameters
    ----------
    index
        The photons of every bin, (bin, member).
    used
        1 for each that is one, 0 for what fills up a bin, (bin, member).
    chance
        Of every photon to ionise a target: the absorption coefficient that belongs to it, cm2/g, (bin, member, target).
    """

    index: Array
    used: Array
    chance: Array

    @staticmethod
    def of(energy: Floats, targets: Sequence[tuple[str, Subshell]]) -> "PhotonField":
        """Return the field of photons of energies (photon,), eV, and of all that can be ionised: symbol, subshell."""
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
        return PhotonField(index, used, chance[index] * used[..., None])

    def narrowed(self, photons: NDArray[np.intp], targets: NDArray[np.intp]) -> "PhotonField":
        """Return the field of some photons, numbered as they come, that ionises some targets; of numpy's arrays."""
        position = np.full(int(self.index.max()) + 1, -1)
        known = photons < position.size
        position[photons[known]] = np.flatnonzero(known)
        member = position[self.index]
        used = (self.used > 0) & (member >= 0)
        bins = np.flatnonzero(used.any(axis=1))
        order = np.argsort(~used[bins], axis=1, kind="stable")[:, : int(used.sum(axis=1).max(initial=0))]
        kept = np.take_along_axis(used[bins], order, axis=1)
        index = np.where(kept, np.take_along_axis(member[bins], order, axis=1), 0)
        chance = self.chance[bins[:, None, None], order[..., None], targets]
        return PhotonField(index, kept.astype(np.float64), chance * kept[..., None])

    def vacancies(self, photons: Array, absorption: Array, chi: Array) -> Array:
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
        of = module_of(photons)
        count = photons[:, self.index] * self.used  # (sample, bin, member)
        total = count.sum(2)
        weighted = (count * absorption[:, self.index]).sum(2)
        mean = of.where(total > 0, weighted / at_least(total, 1e-300), absorption[:, self.index[:, 0]])
        ionising = count.swapaxes(0, 1) @ self.chance  # (bin, sample, target)
        escape = of.log1p(chi / mean.swapaxes(0, 1)[..., None])
        return 0.5 * (ionising * escape).sum(0) / chi


def _chance(symbol: str, subshell: Subshell, energy: Floats) -> Floats:
    """Return the absorption coefficient that belongs to one subshell, cm2/g, shape (photon,)."""
    family = [other for other in subshells(_number(symbol)) if other.shell in ("K", "L")]
    deeper = sorted({other.edge for other in family if other.edge >= subshell.edge}, reverse=True)
    share = jump_share(symbol, np.array(deeper), energy)[-1]
    return np.asarray(mass_absorption(symbol, energy) * share)


def _number(symbol: str) -> int:
    from xraylib import SymbolToAtomicNumber

    return int(SymbolToAtomicNumber(symbol))
