"""Putting a spectrum on the binding-energy scale, ascending, whatever scale and direction its file has.

The header is believed unless the physics (`losses`) clearly contradicts it and another reading of the axis resolves the
contradiction. Where the header says nothing, physics and range decide.
"""

from dataclasses import dataclass, replace

import numpy as np

from specquant.plugin import Floats, Note, NoteKind, RawSpectrum, SpectrumError, check_raw
from specquant_xps.contradictions import another_source, contradictions
from specquant_xps.disagreements import disagreements
from specquant_xps.header_hints import (
    AL_K_ALPHA,
    MG_K_ALPHA,
    Kind,
    energy_kind_of,
    photon_energy_of,
    refused_photon_energies,
)
from specquant_xps.losses import LossSteps, loss_steps
from specquant_xps.narrow.scale import on_binding

_FIRST_BELOW, _FIRST_ABOVE = -40.0, 80.0
"""Binding energies, eV, between which a sensible survey begins: public ones begin at -20 to +20 eV, and an axis may be
10 eV too low or 29 eV too high (docs/reference/recipes.md); the rest is room."""

_SURELY_NEGATIVE = 150.0
"""eV: an axis that goes below minus this, and not above _FIRST_ABOVE, has binding energies written negative; surveys
begin at -40 eV at most."""

_LOWEST_KINETIC = 5.0
"""eV: analysers do not measure below; an axis that begins there or lower does not hold kinetic energies. About the work
function of an analyser; surveys of synchrotrons begin at 10 to 100 eV."""

_ABOVE_PHOTON = 60.0
"""eV by which kinetic energies may exceed the photon energy that the file states: charge and a range that begins below
the Fermi edge; more refutes the photon energy."""

WIDEST_STEP = 2.0
"""Widest step of a survey, eV. Chosen: public surveys have 0.1 to 1 eV, and lines are 1.5 eV wide and more."""

STEP_ROUNDING = 1e-6
"""Share of a step that is rounding; chosen."""

_HIGHEST = 20000.0
"""Largest energy, eV: more than hard X-rays of laboratories and synchrotrons give (`header_hints`)."""


@dataclass(frozen=True)
class _Reading:
    """One way to read the axis: ascending binding energy with counts, the photon energy (eV), and notes of it."""

    energy: Floats
    counts: Floats
    photon: float | None
    notes: tuple[Note, ...] = ()
    foreign: bool = False
    """Whether the energies are kinetic ones that neither Al nor Mg K-alpha explains."""

    @property
    def sensible(self) -> bool:
        """Whether the range begins near the Fermi edge, as that of a survey does."""
        return not self.foreign and bool(_FIRST_BELOW <= self.energy[0] <= _FIRST_ABOVE)

    def assuming(self, scale: str) -> "_Reading":
        """Return the reading with a note that the scale was assumed."""
        return replace(self, notes=(Note(NoteKind.ASSUMED, scale, "axis"), *self.notes))

    def corrected(self, done: str, steps: LossSteps) -> "_Reading":
        """Return the reading with a note of what was done against the file's word, and why."""
        why = "energy losses would lie at lower binding energy" if steps.clear < 0 else "the range is impossible"
        return replace(self, notes=(*self.notes, Note(NoteKind.CORRECTION, f"{done}: {why} ({steps})", "axis")))

    def flipped(self, steps: LossSteps) -> "_Reading":
        """Return the reading with its counts mirrored within the range."""
        flipped = replace(self, counts=self.counts[::-1])
        return flipped.corrected("intensities mirrored within the range", steps)


def orient(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum on the binding-energy scale, ascending.

    ``photon_energy`` is stated where it is known or was needed, the header's ``energy_kind`` is ``binding``, and notes
    say what was needed and is not in the file (assumed), and what was done against the file's word (correction). A
    spectrum that is on the scale already is left as it is.

    Raises
    ------
    SpectrumError
        If the spectrum cannot be used, or its direction contradicts its header and no reading resolves it.
    """
    checked = check_raw(raw, "energy scale")
    _check_range(checked)
    if raw.on_scale:
        return checked
    raw, checked = _positive(raw, checked)
    refused = refused_photon_energies(raw)
    raw, checked = raw.noted(*refused), checked.noted(*refused)
    photon, kind = photon_energy_of(raw), energy_kind_of(raw)
    reading = _unlabelled(checked, photon) if kind is None else _labelled(checked, kind, photon, float(raw.energy[0]))
    stated = {name: value for name, value in raw.stated.items() if name != "photon_energy"}
    if reading.photon is not None:
        stated["photon_energy"] = reading.photon
    oriented = replace(raw.on(reading.energy, reading.counts), stated=stated)
    against = tuple(contradictions(raw, reading.photon))
    notes = [note for note in reading.notes if not (against and note.kind is NoteKind.CONTRADICTION)]
    narrow = on_binding(raw, checked, reading.energy, reading.counts)
    notes += [*against, *disagreements(raw, reading.photon)]
    return oriented.noted(*notes, header={**raw.header, "energy_kind": "binding"}, narrow=narrow)


def _positive(raw: RawSpectrum, checked: RawSpectrum) -> tuple[RawSpectrum, RawSpectrum]:
    """Return both with the sign of their energies turned, and a note, where binding energies are written negative."""
    if checked.energy[-1] > _FIRST_ABOVE or checked.energy[0] > -_SURELY_NEGATIVE:
        return raw, checked
    note = Note(NoteKind.CORRECTION, "binding energies are written negative: sign turned", "axis")
    turned = replace(checked, energy=-checked.energy[::-1], counts=checked.counts[::-1])
    return raw.on(-np.asarray(raw.energy), raw.counts).noted(note), turned


def _check_range(raw: RawSpectrum) -> None:
    """Refuse energies that no X-ray source gives, before anything is spread over their range."""
    if max(abs(raw.energy[0]), abs(raw.energy[-1])) > _HIGHEST:
        raise SpectrumError(
            "energies cannot be those of an XPS spectrum",
            where=f"spectrum {raw.name!r}",
            found=f"{raw.energy[0]:g} to {raw.energy[-1]:g} eV",
            wanted=f"at most {_HIGHEST:g} eV",
            todo="Check which column holds the energy, and its unit.",
        )
    step = float(np.median(np.abs(np.diff(raw.energy))))
    if step > WIDEST_STEP * (1 + STEP_ROUNDING):
        raise SpectrumError(
            "steps are too wide for a survey",
            where=f"spectrum {raw.name!r}",
            found=f"{step:g} eV",
            wanted=f"at most {WIDEST_STEP:g} eV",
            todo="Give the spectrum as it was measured.",
        )


def _as_binding(raw: RawSpectrum, photon: float | None) -> _Reading:
    return _Reading(raw.energy, raw.counts, photon)


def _as_kinetic(raw: RawSpectrum, photon: float | None) -> _Reading:
    """Convert kinetic energies, with the photon energy known, or with the anode that makes the range sensible."""
    refuted = photon is not None and raw.energy[-1] > photon + _ABOVE_PHOTON
    if photon is not None and not refuted:
        return _Reading(photon - raw.energy[::-1], raw.counts[::-1], photon)
    why = raw.facts.why_supposed("photon_energy")
    why = f"as the file's {photon:g} eV is below its kinetic energies" if refuted else why
    kind = NoteKind.WARNING if refuted else NoteKind.ASSUMED
    readings = [
        _Reading(
            anode - raw.energy[::-1],
            raw.counts[::-1],
            anode,
            (Note(kind, f"photon energy {anode:g} eV, {why}", "photon_energy"),),
        )
        for anode in (AL_K_ALPHA, MG_K_ALPHA)
    ]
    return next((reading for reading in readings if reading.sensible), _of_another_source(raw))


def _of_another_source(raw: RawSpectrum) -> _Reading:
    """Return kinetic energies that no usual source explains, with the highest taken for the Fermi edge."""
    note = Note(NoteKind.CONTRADICTION, another_source(float(raw.energy[-1])), "photon_energy")
    return _Reading(raw.energy[-1] - raw.energy[::-1], raw.counts[::-1], None, (note,), foreign=True)


def _unlabelled(raw: RawSpectrum, photon: float | None) -> _Reading:
    """Read an axis of which the header says nothing."""
    binding, kinetic = _as_binding(raw, photon), _as_kinetic(raw, photon)
    steps = loss_steps(raw.energy, raw.counts)
    if steps.clear > 0:
        return binding.assuming(f"binding energy ({steps})")
    if kinetic.sensible and (steps.clear < 0 or not binding.sensible):
        reason = str(steps) if steps.clear < 0 else f"range {raw.energy[0]:g} to {raw.energy[-1]:g} eV"
        return kinetic.assuming(f"kinetic energy ({reason})")
    if steps.clear == 0:
        return binding.assuming("binding energy, as the file does not say")
    if kinetic.foreign and raw.energy[0] > _LOWEST_KINETIC:
        return kinetic.assuming(f"kinetic energy ({steps})")
    if binding.sensible:
        return binding.flipped(steps)
    raise _contradiction(raw, "no scale", photon, steps)


def _labelled(raw: RawSpectrum, kind: Kind, photon: float | None, first: float) -> _Reading:
    """Read an axis with a scale that the header names; `first` is the first energy in the file's order."""
    read, read_other = (_as_kinetic, _as_binding) if kind == "kinetic" else (_as_binding, _as_kinetic)
    reading = read(raw, photon)
    steps = loss_steps(reading.energy, reading.counts)
    if steps.clear >= 0 and reading.energy[-1] > 0:
        return reading
    if reading.sensible:
        return reading.flipped(steps)
    other = read_other(raw, photon)
    if other.sensible:
        return other.corrected(f"axis labelled {kind} energy read as the other scale", steps)
    turned = read(raw.on(2 * first - raw.energy[::-1], raw.counts[::-1]), photon)
    if turned.sensible:
        return turned.corrected("sign of the energy step turned round", steps)
    raise _contradiction(raw, f"{kind} energy", photon, steps)


def _contradiction(raw: RawSpectrum, label: str, photon: float | None, steps: LossSteps) -> SpectrumError:
    source = "no photon energy" if photon is None else f"photon energy {photon:g} eV"
    return SpectrumError(
        "the direction of the energy axis contradicts the spectrum",
        where=f"spectrum {raw.name!r}",
        found=f"{label}, {source}, {raw.energy[0]:g} to {raw.energy[-1]:g} eV, {steps}",
        wanted="energy losses at higher binding energy, and a range from about 0 eV",
        todo="Export the survey again on the binding-energy scale.",
    )
