"""Putting raw spectra on one axis."""

import numpy as np
from numpy.typing import NDArray

from specquant.errors import SpectrumError
from specquant.notes import NoteKind, in_percent
from specquant.readers.checking import check_raw
from specquant.technique import EnergyAxis, Floats, RawSpectrum
from specquant.technique.units import unit_factor, units_like

_FEWEST_CHANNELS = 10
"""Channels of the axis that a spectrum has to cover at least, and of its own that have to lie on it; chosen: fewer hold
no line with its background."""

_SMALLEST_SHARE = 0.2
"""Share of the axis that a spectrum has to cover; chosen so that surveys pass and scans of single lines do not."""

_HOLE_STEPS = 5.0
"""Steps between two energies above which nothing was measured between them; chosen: uneven steps differ less."""


def place(raw: RawSpectrum, axis: EnergyAxis, where: object) -> tuple[Floats, NDArray[np.bool_]]:
    """Return counts and where they were observed, (energy,) each, of a spectrum on the technique's energy scale.

    Counts stay counts: a spectrum with finer steps than the axis is integrated over the axis's channels; one with
    coarser steps is interpolated linearly, and its counts are shared out among the channels. Channels outside the
    measured range (and inside holes of it) hold 0 and are not observed.

    Parameters
    ----------
    raw
        The spectrum.
    axis
        The technique's axis.
    where
        The file, for the message.

    Raises
    ------
    SpectrumError
        If the spectrum cannot be used, or covers less than 10 channels or 20 % of the axis.
    """
    checked = check_raw(raw, where)
    counts, observed = _placed(checked, axis)
    _check_overlap(checked, observed, axis, where)
    return counts.astype(np.float32).astype(np.float64), observed


def _placed(raw: RawSpectrum, axis: EnergyAxis) -> tuple[Floats, NDArray[np.bool_]]:
    centres = axis.centres
    steps = np.diff(raw.energy)
    step = float(np.median(steps))
    observed = (centres >= raw.energy[0] - step / 2 - 1e-6) & (centres <= raw.energy[-1] + step / 2 + 1e-6)
    hole = _HOLE_STEPS * max(step, axis.step)
    for left in np.flatnonzero(steps > hole):
        observed &= (centres <= raw.energy[left] + step / 2) | (centres >= raw.energy[left + 1] - step / 2)
    if step < axis.step * (1 - 1e-3):
        counts = _integrated(raw, axis, step, hole)
    else:
        counts = np.interp(centres, raw.energy, raw.counts) * (axis.step / step)
    return np.where(observed, counts, 0.0), observed


def _integrated(raw: RawSpectrum, axis: EnergyAxis, step: float, hole: float) -> Floats:
    """Return counts per channel of the axis; where a channel is covered in part, scaled up to the whole of it."""
    middles = (raw.energy[1:] + raw.energy[:-1]) / 2
    edges = np.concatenate([[raw.energy[0] - step / 2], middles, [raw.energy[-1] + step / 2]])
    # uneven steps: intensity per median step, so that the level does not follow the density of points
    widths = np.minimum(np.diff(edges), hole)
    total = np.concatenate([[0.0], np.cumsum(raw.counts * widths / step)])
    limits = np.append(axis.centres - axis.step / 2, axis.centres[-1] + axis.step / 2)
    covered = np.diff(np.clip(limits, edges[0], edges[-1])) / axis.step
    sums = np.maximum(np.diff(np.interp(limits, edges, total)), 0.0)
    whole: Floats = sums / np.where(covered > 1e-6, covered, 1.0)
    return whole


def _check_overlap(raw: RawSpectrum, observed: NDArray[np.bool_], axis: EnergyAxis, where: object) -> None:
    seen = int(observed.sum())
    inside = _channels_on(axis, raw.energy)
    against = [note.text for note in raw.facts.notes if note.kind is NoteKind.CONTRADICTION]
    if seen == 0 and against:
        raise SpectrumError("is not of this technique", where=f"{where}, spectrum {raw.name!r}", found=against[0])
    enough = seen >= max(_FEWEST_CHANNELS, _SMALLEST_SHARE * axis.size)
    if enough and inside >= _FEWEST_CHANNELS:
        return
    extent, least = f"{raw.energy[0]:g} to {axis.text(raw.energy[-1])}", f"at least {in_percent(_SMALLEST_SHARE)}"
    raise SpectrumError(
        "has too few channels on the axis" if enough else "covers too little of the axis",
        where=f"{where}, spectrum {raw.name!r}",
        found=f"{inside} of its channels, {extent}" if enough else f"{extent}, {seen} of {axis.size} channels",
        wanted=f"{_FEWEST_CHANNELS} in {axis.span}" if enough else f"{least} of {axis.span}",
        todo=_advice(raw, axis),
    )


def _channels_on(axis: EnergyAxis, energy: Floats) -> int:
    """Return how many energies lie on the axis."""
    return int(((energy >= axis.start) & (energy <= axis.stop)).sum())


def _advice(raw: RawSpectrum, axis: EnergyAxis) -> str:
    """Return what to do about a spectrum that covers too little: say its unit, if in another one it would do."""
    plain = f"Give a survey, with its axis in {axis.unit}."
    if raw.header.get("axis_unit"):
        return plain
    for unit in units_like(axis.unit):
        energy = raw.energy * (unit_factor(unit, axis.unit) or 1.0)
        covered = min(energy[-1], axis.stop) - max(energy[0], axis.start)
        if covered >= _SMALLEST_SHARE * (axis.stop - axis.start) and _channels_on(axis, energy) >= _FEWEST_CHANNELS:
            return f"If it is in {unit}, say so in the title of the column: {axis.label} ({unit})."
    return plain
