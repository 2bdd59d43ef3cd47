"""Putting a spectrum on the binding-energy scale, ascending, whatever scale and direction its file has.

The header is believed unless the physics (`losses`) clearly contradicts it and another reading of the axis resolves the
contradiction. Where the header says nothing, physics and range decide.
"""

from dataclasses import dataclass

from specquant.errors import SpectrumError
from specquant.readers import check_raw
from specquant.technique import Floats, RawSpectrum
from specquant_xps.header_hints import AL_K_ALPHA, MG_K_ALPHA, Kind, energy_kind_of, photon_energy_of
from specquant_xps.losses import LossSteps, loss_steps

_FIRST_BELOW, _FIRST_ABOVE = -40.0, 80.0
_ABOVE_PHOTON = 60.0
_HIGHEST = 20000.0


@dataclass(frozen=True)
class _Reading:
    """One way to read the axis: ascending binding energy with counts; photon energy, and what is to be told."""

    energy: Floats
    counts: Floats
    photon: float | None
    assumed: str = ""
    correction: str = ""

    @property
    def sensible(self) -> bool:
        """Whether the range begins near the Fermi edge, as that of a survey does."""
        return bool(_FIRST_BELOW <= self.energy[0] <= _FIRST_ABOVE)


def orient(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum on the binding-energy scale, ascending.

    `attrs` gains ``energy_kind`` = ``binding``, ``photon_energy`` where it is known or was needed, ``assumed`` for what
    was needed and the file does not say, and ``correction`` for what was done against the file's word.

    Raises
    ------
    SpectrumError
        If the spectrum cannot be used, or its direction contradicts its header and no reading resolves it.
    """
    checked = check_raw(raw, "energy scale")
    _check_range(checked)
    if raw.attrs.get("format") == "SPECTRA":
        return checked
    stated = photon_energy_of(raw.attrs)
    kind = energy_kind_of(raw.attrs)
    reading = _unlabelled(checked, stated) if kind is None else _labelled(checked, kind, stated, float(raw.energy[0]))
    attrs = dict(raw.attrs) | {"energy_kind": "binding", "photon_energy": reading.photon}
    attrs |= {"assumed": reading.assumed, "correction": reading.correction}
    kept = {key: value for key, value in attrs.items() if value is not None and value != ""}
    return RawSpectrum(raw.name, reading.energy, reading.counts, kept)


def _check_range(raw: RawSpectrum) -> None:
    """Refuse energies that no X-ray source gives, before anything is spread over their range."""
    if max(abs(raw.energy[0]), abs(raw.energy[-1])) > _HIGHEST:
        raise SpectrumError(
            "energies are none of XPS",
            where=f"spectrum {raw.name!r}",
            found=f"{raw.energy[0]:g} to {raw.energy[-1]:g} eV",
            wanted=f"at most {_HIGHEST:g} eV",
            todo="Check which column holds the energy, and its unit.",
        )


def _as_binding(raw: RawSpectrum, stated: float | None) -> _Reading:
    return _Reading(raw.energy, raw.counts, stated)


def _as_kinetic(raw: RawSpectrum, stated: float | None) -> _Reading:
    """Convert kinetic energies, with the photon energy stated, or with the anode that makes the range sensible."""
    refuted = stated is not None and raw.energy[-1] > stated + _ABOVE_PHOTON
    if stated is not None and not refuted:
        return _Reading(stated - raw.energy[::-1], raw.counts[::-1], stated)
    told = f"as the file's {stated:g} eV is below its kinetic energies" if refuted else "as the file gives none"
    readings = [
        _Reading(photon - raw.energy[::-1], raw.counts[::-1], photon, f"photon energy {photon:g} eV, {told}")
        for photon in (AL_K_ALPHA, MG_K_ALPHA)
    ]
    return next((reading for reading in readings if reading.sensible), readings[0])


def _unlabelled(raw: RawSpectrum, stated: float | None) -> _Reading:
    """Read an axis of which the header says nothing."""
    binding, kinetic = _as_binding(raw, stated), _as_kinetic(raw, stated)
    steps = loss_steps(raw.energy, raw.counts)
    if steps.clear > 0:
        return _told(binding, f"binding energy ({steps})")
    if kinetic.sensible and (steps.clear < 0 or not binding.sensible):
        reason = str(steps) if steps.clear < 0 else f"range {raw.energy[0]:g} to {raw.energy[-1]:g} eV"
        return _told(kinetic, f"kinetic energy ({reason})", kinetic.assumed)
    if steps.clear == 0:
        return _told(binding, "binding energy, as the file does not say")
    if binding.sensible:
        return _flipped(binding, steps)
    raise _contradiction(raw, "no scale", stated, steps)


def _told(reading: _Reading, *assumed: str) -> _Reading:
    told = "; ".join(filter(None, assumed))
    return _Reading(reading.energy, reading.counts, reading.photon, told, reading.correction)


def _labelled(raw: RawSpectrum, kind: Kind, stated: float | None, first: float) -> _Reading:
    """Read an axis whose scale the header names; `first` is the first energy in the file's order."""
    read, read_other = (_as_kinetic, _as_binding) if kind == "kinetic" else (_as_binding, _as_kinetic)
    reading = read(raw, stated)
    steps = loss_steps(reading.energy, reading.counts)
    if steps.clear >= 0 and reading.energy[-1] > 0:
        return reading
    if reading.sensible:
        return _flipped(reading, steps)
    other = read_other(raw, stated)
    if other.sensible:
        return _corrected(other, f"axis labelled {kind} energy read as the other scale", steps)
    turned = read(RawSpectrum(raw.name, 2 * first - raw.energy[::-1], raw.counts[::-1], raw.attrs), stated)
    if turned.sensible:
        return _corrected(turned, "sign of the energy step turned round", steps)
    raise _contradiction(raw, f"{kind} energy", stated, steps)


def _flipped(reading: _Reading, steps: LossSteps) -> _Reading:
    flipped = _Reading(reading.energy, reading.counts[::-1], reading.photon, reading.assumed)
    return _corrected(flipped, "intensities mirrored within the range", steps)


def _corrected(reading: _Reading, done: str, steps: LossSteps) -> _Reading:
    why = "energy losses would lie at lower binding energy" if steps.clear < 0 else "the range is impossible"
    return _Reading(reading.energy, reading.counts, reading.photon, reading.assumed, f"{done}: {why} ({steps})")


def _contradiction(raw: RawSpectrum, label: str, stated: float | None, steps: LossSteps) -> SpectrumError:
    photon = "no photon energy" if stated is None else f"photon energy {stated:g} eV"
    return SpectrumError(
        "the direction of the energy axis contradicts the spectrum",
        where=f"spectrum {raw.name!r}",
        found=f"{label}, {photon}, {raw.energy[0]:g} to {raw.energy[-1]:g} eV, {steps}",
        wanted="energy losses at higher binding energy, and a range from about 0 eV",
        todo="Export the survey again on the binding-energy scale.",
    )
