"""What the narrow scans beside a survey add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from specquant.plugin import Floats, LineArea, LineFactor, NarrowAnswer, NarrowQuestion, NarrowScan, Note, NoteKind
from specquant_xps.atomic import ELEMENTS
from specquant_xps.effects import KINETIC_C1S
from specquant_xps.narrow.area import Area, area_of
from specquant_xps.narrow.factors import MEAN_FREE_PATH, own_factor, transmissions
from specquant_xps.narrow.identity import Target, target_of
from specquant_xps.narrow.rates import other_setting, seconds

_FACTOR_ERROR = 0.1
"""Relative standard deviation of a sensitivity factor of a main line, as the survey's fit has it."""

_EXPONENT_ERROR = 0.3
"""Standard deviation of the exponent of mean free path and transmission together, where the file states no
transmission: spread of public surveys (docs/explanation/physics-xps.md)."""

_LEAST = 0.005
"""Atomic fraction of the survey from which on an element without narrow scan keeps its share. Chosen."""

_FEWEST = 2
"""Elements with a line that can be used, from which on their areas say anything."""

_TOO_FEW = "of one element, and fractions need two"
"""Why a scan by itself says nothing."""


@dataclass(frozen=True)
class _Measured:
    """A line with its area: number of the element, factors at the exponent and a deviation above it."""

    element: int
    target: Target
    area: Area
    factor: float
    factor_above: float


def narrow_answer(question: NarrowQuestion) -> NarrowAnswer:
    """Return atomic fractions by the areas of lines in narrow scans.

    Intensities are per second, divided by the transmission that the file states; areas are above Shirley's background,
    and relative sensitivity factors are Scofield's cross sections times the kinetic energy to a power: 0.75 for the
    mean free path alone, or the survey's exponent where transmission is not stated. Elements that the survey shows and
    no narrow scan does keep their share. A scan that cannot be used is named with the reason.
    """
    scans = question.scans
    stored = transmissions(scans)
    settings = other_setting(scans)
    lines: list[LineArea] = []
    results: list[_Measured | None] = []
    best: dict[int, _Measured] = {}
    for number, scan in enumerate(scans):
        energy = np.asarray(scan.energy) - question.offset
        line, result = _line(scan, energy, question, None if stored is None else stored[number], settings[number])
        lines.append(line)
        results.append(result)
        if result and (result.element not in best or result.target.area > best[result.element].target.area):
            best[result.element] = result
    return _composed(question, list(best.values()), _with_better(lines, results, best), stored is not None)


def _line(
    scan: NarrowScan, energy: Floats, question: NarrowQuestion, transmission: Floats | None, setting: str
) -> tuple[LineArea, _Measured | None]:
    """Return what one scan shows, and its line if that can be used."""
    nothing = LineArea(scan.name, "", "", float(energy[0]), float(energy[-1]), np.nan, np.nan, np.nan)
    photon = question.settings["photon_energy"]
    target = target_of(scan, energy, question.fraction, photon)
    if isinstance(target, str):
        return replace(nothing, unused=target), None
    named = replace(nothing, element=target.element, line=target.orbital)
    time = seconds(scan)
    if setting or time is None:
        return replace(named, unused=setting or "the file does not state dwell time and number of scans"), None
    intensity = np.asarray(scan.counts) / time
    area = area_of(energy, intensity if transmission is None else intensity / transmission, target)
    if isinstance(area, str):
        return replace(named, unused=area), None
    factors = _factors(target, area, question, transmission is not None)
    if factors is None:
        return replace(named, unused=f"{target.title} is not in the table of sensitivity factors"), None
    shown = replace(named, low=area.low, high=area.high, area=area.value, error=area.error, factor=factors[0])
    return shown, _Measured(ELEMENTS.index(target.element), target, area, *factors)


def _factors(target: Target, area: Area, question: NarrowQuestion, transmitted: bool) -> tuple[float, float] | None:
    """Return the factors at the exponent and a deviation above it; None for a line that the stated table lacks.

    `transmitted`: the intensities are divided by the transmission that the file states.
    """
    if question.factors is not None:
        stated = question.factors.get(target.title)
        return None if stated is None else _stated(stated, target, question.settings, transmitted)
    exponent = MEAN_FREE_PATH if transmitted else question.settings["transmission_exponent"]
    deviation = 0.0 if transmitted else _EXPONENT_ERROR
    factor, above = (
        own_factor(target, area.low, area.high, question.settings["photon_energy"], power)
        for power in (exponent, exponent + deviation)
    )
    return factor, above


def _stated(
    factor: LineFactor, target: Target, settings: Mapping[str, float], transmitted: bool
) -> tuple[float, float]:
    """Return a stated factor as it is for the intensities at hand, and a deviation of the exponent above it.

    The transmission that it contains, if that is stated, is taken out; where the file states none, that of the survey's
    exponent is put in.
    """
    if factor.transmission is None:
        return factor.value, factor.value
    kinetic = settings["photon_energy"] - 0.5 * sum(target.energies)
    measured = 0.0 if transmitted else settings["transmission_exponent"] - MEAN_FREE_PATH
    power, deviation = measured - factor.transmission, 0.0 if transmitted else _EXPONENT_ERROR
    value, above = (factor.value * (kinetic / KINETIC_C1S) ** each for each in (power, power + deviation))
    return value, above


def _with_better(
    lines: Sequence[LineArea], results: Sequence[_Measured | None], best: Mapping[int, _Measured]
) -> list[LineArea]:
    """Return the lines; those of an element that has a better one say so."""
    return [
        line
        if result is None or best[result.element] is result
        else replace(line, unused=f"{best[result.element].target.title} is stronger, or measured before")
        for line, result in zip(lines, results, strict=True)
    ]


def _composed(question: NarrowQuestion, measured: list[_Measured], lines: list[LineArea], stated: bool) -> NarrowAnswer:
    unknown = np.full(len(ELEMENTS), np.nan)
    if len(measured) < _FEWEST:
        return NarrowAnswer(unknown, unknown, tuple(replace(line, unused=line.unused or _TOO_FEW) for line in lines))
    rows = [one.element for one in measured]
    share = np.nan_to_num(question.fraction)
    kept = [row for row in range(len(ELEMENTS)) if row not in rows and share[row] >= _LEAST]
    rest, unsure = float(share[kept].sum()), float(np.sqrt(np.nansum(question.deviation[kept] ** 2)))
    part, error = _shares(measured)
    if not part.any():
        return NarrowAnswer(unknown, unknown, tuple(lines))
    fraction, deviation = unknown.copy(), unknown.copy()
    fraction[rows] = (1 - rest) * part
    deviation[rows] = np.hypot((1 - rest) * error, part * unsure)
    return NarrowAnswer(fraction, deviation, tuple(lines), tuple(_notes(question, kept, share, stated)))


def _shares(measured: Sequence[_Measured]) -> tuple[Floats, Floats]:
    """Return the atomic fractions among measured elements, and their standard deviations; zeros without any area."""
    factor = np.array([one.factor for one in measured])
    area = np.clip([one.area.value for one in measured], 0.0, None)
    amount = area / factor
    if not amount.sum() > 0:
        return np.zeros(len(measured)), np.zeros(len(measured))
    above = area / np.array([one.factor_above for one in measured])
    part, moved = amount / amount.sum(), above / above.sum()
    spread = np.hypot([one.area.error for one in measured], _FACTOR_ERROR * area) / factor / amount.sum()
    others = np.sum(spread**2) - spread**2
    return part, np.sqrt(((1 - part) * spread) ** 2 + part**2 * others + (moved - part) ** 2)


def _transmission(question: NarrowQuestion, stated: bool) -> str:
    """Return in words what is taken for the analyser's transmission; `stated`: the file says it."""
    if stated:
        return "transmission as the file states it"
    exponent = question.settings["transmission_exponent"]
    if question.factors is None:
        return f"mean free path and transmission as (kinetic energy)^{exponent:.2f}, as the file states none"
    if any(factor.transmission is not None for factor in question.factors.values()):
        return f"transmission as (kinetic energy)^{exponent - MEAN_FREE_PATH:.2f}, as the file states none"
    return "no transmission, as the file states none"


def _notes(question: NarrowQuestion, kept: list[int], share: Floats, stated: bool) -> list[Note]:
    source = "Scofield's cross sections" if question.factors is None else "the stated table"
    text = f"narrow scans: Shirley background, sensitivity factors by {source}, {_transmission(question, stated)}"
    notes = [Note(NoteKind.REMARK, text, "narrow")]
    if kept:
        named = ", ".join(f"{ELEMENTS[row]} {100 * share[row]:.1f}" for row in kept)
        notes.append(Note(NoteKind.REMARK, f"narrow scans: without one, at% of the survey: {named}", "narrow"))
    return notes
