"""Facts of a file that exclude each other: a note has both, and says which of them is used.

It warns where an answer may be wrong by it; no fraction depends on the live time.
"""

from collections.abc import Iterator

import numpy as np

from specquant.plugin import Floats, Note, NoteKind, RawSpectrum
from specquant_eds.emsa_layout import Block
from specquant_eds.header_hints import beams_in
from specquant_eds.headers import EV_PER_KEV, number

_ONCE = ("BEAMKV", "ELEVANGLE", "LIVETIME", "REALTIME", "XPERCHAN", "OFFSET", "CHOFFSET", "NPOINTS", "PROBECUR")
"""Keywords with a number that can be true only once."""

_SAME = 0.01
"""Share by which two statements of one number may differ by rounding: a live time of 99 of 100 s; chosen."""

_DEAD_POINTS = 10.0
"""Per cent of the time by which a dead time may differ from that of live and real time: some writers give that of the
last second. Chosen."""

_HARMLESS = ("live_time", "file")
"""What such facts may be about without any fraction depending on them: times, the current, a number of channels that
the reader checks."""

_CHANNELS_APART = 1.0
"""Channels by which two statements of where the axis begins may differ: the edge and the centre of one; chosen."""


def disagreements(raw: RawSpectrum) -> Iterator[Note]:
    """Yield a warning for every pair of facts of a file, of any format, that exclude each other."""
    live, real = (raw.header.get(name) for name in ("live_time", "real_time"))
    if isinstance(live, float) and isinstance(real, float) and live > real * (1 + _SAME):
        yield _told(f"live time {live:g} s is longer than real time {real:g} s; used is the live time", "live_time")
    beam = raw.stated.get("beam_energy")
    if beam is None or raw.facts.user_states("beam_energy"):
        return
    others = [one for one in beams_in(raw) if abs(one - beam) > _SAME * beam]
    if others:
        listed = " and ".join(f"{one / EV_PER_KEV:g} keV" for one in dict.fromkeys(others))
        text = f"beam energy {beam / EV_PER_KEV:g} keV, and in other lines {listed}; the first is used"
        yield _told(text, "beam_energy")


def keyword_disagreements(block: Block) -> Iterator[Note]:
    """Yield a warning for every number of an EMSA header that is stated again, and otherwise."""
    for key in _ONCE:
        first = block.number(key)
        others = [value for text in block.others.get(key, ()) if (value := number(text)) is not None]
        if first is not None and any(not np.isclose(value, first, rtol=1e-6) for value in others):
            listed = " and ".join(f"{value:g}" for value in (first, *others))
            yield _told(f"#{key} says {listed}; the first is used", _about(key))
    live, real, dead = block.number("LIVETIME"), block.number("REALTIME"), block.number("DEADTIME")
    if live and real and dead is not None and 0 < live <= real and 0 < dead <= 100:
        measured = 100.0 * (1.0 - live / real)
        if abs(measured - dead) > _DEAD_POINTS:
            yield _told(f"#DEADTIME says {dead:g} %, live and real time say {measured:.0f} %", "live_time")


def axis_disagreements(block: Block, energy: Floats, factor: float, offset_factor: float) -> Iterator[Note]:
    """Yield a warning where other lines of the header contradict the energies (channel,), eV, that are used.

    `factor` and `offset_factor` are eV per unit of the header's width of a channel and of its offset; a width that fits
    in the other unit contradicts nothing, as a column of energies may have a unit of its own.
    """
    if energy.size < 2 or not np.isfinite(energy).all():
        return
    energy = np.sort(energy)
    step = float(np.median(np.diff(energy)))
    width, offset, zero = (block.number(key) for key in ("XPERCHAN", "OFFSET", "CHOFFSET"))
    if width is not None and _apart(width, factor, step, _SAME * step):
        yield _told(f"#XPERCHAN says {width * factor:g} eV, the energies lie {step:g} eV apart: these are used")
    used, most = f"used is {energy[0]:g} eV", _CHANNELS_APART * step
    if offset is not None and _apart(offset, offset_factor, float(energy[0]), most):
        yield _told(f"by #OFFSET the first channel is at {offset * offset_factor:g} eV, {used}")
    if zero and abs(-zero * step - energy[0]) > most:
        yield _told(f"by #CHOFFSET the first channel is at {-zero * step:g} eV, {used}")


def _apart(number: float, factor: float, energy: float, most: float) -> bool:
    """Say whether a number lies further than `most` from an energy, eV, in the unit with `factor` and in eV and keV."""
    return all(abs(number * unit - energy) > most for unit in (factor, 1.0, EV_PER_KEV))


def _about(key: str) -> str:
    axis = dict.fromkeys(("XPERCHAN", "OFFSET", "CHOFFSET"), "axis")
    return {"BEAMKV": "beam_energy", "ELEVANGLE": "take_off_angle", **axis}.get(key, "file")


def _told(text: str, about: str = "axis") -> Note:
    kind = NoteKind.REMARK if about in _HARMLESS else NoteKind.WARNING
    return Note(kind, f"the file contradicts itself: {text}", about)
