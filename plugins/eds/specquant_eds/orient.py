"""Putting a spectrum on the photon-energy scale: what lies below the first usable channel is left out."""

import numpy as np

from specquant.plugin import EnergyAxis, Note, NoteKind, RawSpectrum, SpectrumError, uncalibrated
from specquant_eds.contradictions import contradictions
from specquant_eds.disagreements import disagreements
from specquant_eds.header_hints import with_hints
from specquant_eds.headers import NARROWEST, WIDEST
from specquant_eds.instrument import defaults

LOWEST = 150.0
"""Channels below this energy (eV) hold the noise peak of the electronics, or lie under its threshold."""

_LOW, _HIGH = 150.0, 1_000_000.0
"""The highest energy of a spectrum lies between these (eV): keV stay below the first, meV lie above the second."""

_KEV_FROM = 0.15
"""The highest energy, keV, from which on energies without a unit may be in keV; it is 150 eV."""


_CHANNEL_WIDTH = 10.0
"""eV: the most usual width of a channel, for axes that count channels."""

_FEWEST_CHANNELS = 512
"""Channels from which on an axis of whole numbers without a unit counts channels: analysers have 512 and more."""

_ANGLE = defaults()["take_off_angle"]
"""degrees: as most microscopes have it (docs/explanation/physics-eds.md)."""


def orient(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum above LOWEST, ascending, with what its header's lines state, and notes.

    Notes say what is supposed of the geometry, as the file does not state it, and why the model does not hold, if a
    fact of the file says so. The maker of a detector says nothing certain of its window
    (docs/decisions/0015-unstated.md).

    Raises
    ------
    SpectrumError
        If the energies can only be channel numbers in another unit, or the like.
    """
    if raw.on_scale:
        return _above_noise(raw)
    oriented = _with_angle(_above_noise(_calibrated(with_hints(raw))))
    return oriented.noted(*contradictions(oriented), *disagreements(oriented))


def _calibrated(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum with its energies in eV, where they can only be keV, or with a note that they count channels.

    Energies with a unit in the header are left alone.
    """
    energy = np.asarray(raw.energy, dtype=np.float64)
    if energy.size < 2 or raw.header.get("axis_unit"):
        return raw
    steps = np.abs(np.diff(energy))
    if _KEV_FROM < float(energy.max()) <= _LOW and NARROWEST <= 1000 * float(np.median(steps)) <= WIDEST:
        note = Note(NoteKind.ASSUMED, "energies in keV, as in eV they cannot be", "axis")
        return raw.on(1000.0 * energy, raw.counts).noted(note)
    if energy.size >= _FEWEST_CHANNELS and float(energy.min()) in (0.0, 1.0) and (steps == 1).all():
        return uncalibrated(raw, EnergyAxis(0.0, _CHANNEL_WIDTH, _CHANNEL_WIDTH))
    return raw


def _above_noise(raw: RawSpectrum) -> RawSpectrum:
    energy, counts = np.asarray(raw.energy), np.asarray(raw.counts)
    if energy[0] > energy[-1]:
        energy, counts = energy[::-1], counts[::-1]
    top = float(np.max(energy))
    if not _LOW < top < _HIGH:
        raise SpectrumError(
            "energies are not photon energies in eV",
            where=f"spectrum {raw.name!r}",
            found=f"up to {top:g}",
            wanted="up to 5 keV at least",
            todo="Give the energy axis in eV, or name its unit, as in 'Energy (keV)'.",
        )
    seen = energy >= LOWEST
    return raw.on(energy[seen], counts[seen])


def _with_angle(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum with a note of the take-off angle that is supposed, where none is stated."""
    if "take_off_angle" in raw.stated:
        return raw
    text = f"take-off angle {_ANGLE:g} deg, {raw.facts.why_supposed('take_off_angle')}"
    return raw.noted(Note(NoteKind.ASSUMED, text, "take_off_angle"))
