"""Narrow scans on the binding-energy scale that their survey was put on."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from specquant.plugin import Floats, NarrowScan, RawSpectrum

_KIND = "energy_kind"
"""Key of headers that says which scale the energies are on: ``kinetic`` or ``binding``."""

_ROUNDING = 1e-6
"""eV: rounding of energies that are taken from a photon energy."""


def on_binding(raw: RawSpectrum, checked: RawSpectrum, energy: Floats, counts: Floats) -> tuple[NarrowScan, ...]:
    """Return a survey's narrow scans over ascending binding energy; none where its own axis was turned.

    Parameters
    ----------
    raw
        The survey as its file has it.
    checked
        The survey over ascending energies.
    energy
        Ascending binding energies that it was read as, eV, (channel,).
    counts
        Its intensities, (channel,).
    """
    total = energy + checked.energy[::-1]
    if np.array_equal(energy, checked.energy):
        scale, as_read = "binding", checked.counts
    elif np.allclose(total, total[0], atol=_ROUNDING):
        scale, as_read = "kinetic", checked.counts[::-1]
    else:
        return ()
    return tuple(_converted(raw, scale, float(total[0]), not np.array_equal(counts, as_read)))


def _converted(raw: RawSpectrum, scale: str, photon: float, mirrored: bool) -> Iterator[NarrowScan]:
    """Yield the scans; one that names another scale than its survey is on that one, mirrored ones are turned."""
    for scan in raw.facts.narrow:
        same = scan.header.get(_KIND) in (None, raw.header.get(_KIND))
        kinetic = (scale if same else scan.header[_KIND]) == "kinetic"
        energies = np.asarray(scan.energy)
        energies = float(scan.header.get("photon_energy", photon)) - energies if kinetic else energies
        order = np.argsort(energies, kind="stable")
        header = dict(scan.header) | {_KIND: "binding"}
        if len(transmission := header.get("transmission", ())) == energies.size:
            header["transmission"] = [transmission[index] for index in order]
        intensity = np.asarray(scan.counts)[order[::-1] if mirrored else order]
        yield replace(scan, energy=tuple(energies[order].tolist()), counts=tuple(intensity.tolist()), header=header)
