"""What a Feature Importance Spectrum says: where each element is read, and whether a technique's statements hold."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import xarray as xr

from specquant.errors import SettingError
from specquant.quantifiers import PRESENT_ABOVE
from specquant.technique import MAIN, Floats, Peak, ProbeExample, Technique

_SAME_PLACE = 2.0
"""Distance up to which two positions are the same, widths of the probe: two peaks that far apart touch; chosen."""

_FAINTEST = 0.02
"""Intensity, relative to the strongest group of lines, below which an element is not read at a line; chosen."""


@dataclass(frozen=True)
class FisMaximum:
    """One maximum of an element's Feature Importance Spectrum: position in eV, response as atomic fraction."""

    energy: float
    response: float


@dataclass(frozen=True)
class ProbedPosition:
    """What a lone peak at `energy` (eV) is read as.

    `response` is the fraction of the element that the statement is about; `winner` the element that gets most, with its
    `winner_response`; `reader` the element that the statement says should be read here, with its `reader_response`, and
    `holds` whether it is.
    """

    energy: float
    response: float
    winner: str
    winner_response: float
    reader: str
    reader_response: float
    holds: bool


@dataclass(frozen=True)
class ExampleResult:
    """A technique's statement on where an element is read, with what the probe says at each of its energies."""

    element: str
    statement: str
    positions: tuple[ProbedPosition, ...]

    @property
    def won(self) -> tuple[float, ...]:
        """Energies (eV) at which the element gets more than every other."""
        return tuple(position.energy for position in self.positions if position.winner == self.element)

    @property
    def holds(self) -> bool:
        """Whether the statement holds at every energy."""
        return all(position.holds for position in self.positions)


@dataclass(frozen=True)
class Reading:
    """Where an element should be read by its peak table, and where the quantifier reads it.

    A lone peak on an empty spectrum has to be read as something, so that the maximum may lie where the element has no
    line at all: `best` is the line of the element at which it is read.

    Parameters
    ----------
    strongest
        Strongest line of its main group (of all its lines, where it has no such group) on the axis.
    strongest_response
        How high its Feature Importance Spectrum is there, atomic fraction.
    maximum
        Where its Feature Importance Spectrum is highest, and how high.
    nearest
        Its line that lies nearest to the maximum.
    best
        Its line at which the spectrum is highest. Lines below 2 % of the strongest group are left out.
    best_response
        How high the spectrum is at that line, atomic fraction.
    reach
        Positions that lie less than this apart are the same, eV: two probe widths.
    """

    element: str
    strongest: Peak
    strongest_response: float
    maximum: FisMaximum
    nearest: Peak
    best: Peak
    best_response: float
    reach: float

    @property
    def is_read(self) -> bool:
        """Whether a lone peak at one of its lines makes the element count as present."""
        return self.best_response >= PRESENT_ABOVE

    @property
    def at_strongest(self) -> bool:
        """Whether the line at which it is read is its strongest line, or one at the same energy."""
        return abs(self.best.energy - self.strongest.energy) <= self.reach

    @property
    def on_diagonal(self) -> bool:
        """Whether its spectrum is nowhere higher than at its strongest line, and the element present there."""
        return PRESENT_ABOVE <= self.strongest_response >= self.maximum.response

    @property
    def maximum_at_own_line(self) -> bool:
        """Whether the maximum lies at a line of the element at all."""
        return abs(self.maximum.energy - self.nearest.energy) <= self.reach


def check_examples(technique: Technique, attribution: xr.Dataset) -> tuple[ExampleResult, ...]:
    """Return what the probe says of each of the technique's examples.

    Raises
    ------
    SettingError
        If the probe was not put within a channel of an example's energy.
    """
    return tuple(
        ExampleResult(
            example.element,
            example.statement,
            tuple(
                _probed(technique, attribution, example, energy, reader)
                for energy, reader in zip(
                    example.energies, example.readers or [example.element] * len(example.energies), strict=True
                )
            ),
        )
        for example in technique.examples
    )


def strongest_positions(attribution: xr.Dataset, element: str, count: int = 3) -> tuple[FisMaximum, ...]:
    """Return the `count` highest local maxima of an element's FIS, highest first.

    A maximum has to stand 1 at% above the valleys beside it; a spectrum that is flat has none.
    """
    energies, response = _spectrum(attribution, element)
    padded = np.pad(response, 1, constant_values=response.min())
    from scipy.signal import find_peaks  # its import takes long

    maxima = find_peaks(padded, prominence=PRESENT_ABOVE)[0] - 1
    highest = maxima[np.argsort(-response[maxima], kind="stable")][:count]
    return tuple(FisMaximum(float(energies[index]), float(response[index])) for index in highest)


def diagonal_order(technique: Technique) -> tuple[str, ...]:
    """Return the elements by ascending position of their strongest peak on the axis; those without peaks come last.

    With its columns in this order the response is near a diagonal where each element is read at its strongest peak.
    """
    strongest = {symbol: _strongest(technique, symbol) for symbol in technique.elements}
    position = {symbol: np.inf if peak is None else peak.energy for symbol, peak in strongest.items()}
    return tuple(sorted(technique.elements, key=lambda symbol: position[symbol]))


def readings(
    technique: Technique, attribution: xr.Dataset, known: Collection[str] | None = None
) -> tuple[Reading, ...]:
    """Return, in the technique's order, where each element that has peaks is read; of `known` elements, if given."""
    elements = [symbol for symbol in technique.elements if known is None or symbol in known]
    strongest = {symbol: _strongest(technique, symbol) for symbol in elements}
    return tuple(_reading(technique, attribution, peak) for peak in strongest.values() if peak is not None)


def line_response(attribution: xr.Dataset, element: str, energy: float) -> float:
    """Return the highest response of an element within two probe widths of an energy (eV), atomic fraction."""
    return _highest(*_spectrum(attribution, element), energy, _reach(attribution))


def _highest(energies: Floats, response: Floats, energy: float, reach: float) -> float:
    return float(response[np.abs(energies - energy) <= reach].max(initial=0.0))


def _reach(attribution: xr.Dataset) -> float:
    return _SAME_PLACE * float(attribution.attrs["probe_width"])


def _reading(technique: Technique, attribution: xr.Dataset, strongest: Peak) -> Reading:
    energies, response = _spectrum(attribution, strongest.element)
    lines = [peak for peak in technique.peaks if peak.element == strongest.element]
    reach = _reach(attribution)

    def at(peak: Peak) -> float:
        return _highest(energies, response, peak.energy, reach)

    top = int(np.argmax(response))
    bright = [peak for peak in lines if peak.intensity >= _FAINTEST] or lines
    best = max(bright, key=lambda peak: (at(peak), peak.intensity))
    return Reading(
        element=strongest.element,
        strongest=strongest,
        strongest_response=at(strongest),
        maximum=FisMaximum(float(energies[top]), float(response[top])),
        nearest=min(lines, key=lambda peak: (abs(peak.energy - energies[top]), -peak.intensity)),
        best=best,
        best_response=at(best),
        reach=reach,
    )


def _strongest(technique: Technique, element: str) -> Peak | None:
    axis = technique.axis
    lines = [peak for peak in technique.peaks if peak.element == element]
    seen = [peak for peak in lines if axis.start <= peak.energy <= axis.stop] or lines
    main = [peak for peak in seen if peak.group == MAIN]
    return max(main or seen, key=lambda peak: peak.intensity, default=None)


def _spectrum(attribution: xr.Dataset, element: str) -> tuple[Floats, Floats]:
    if "response" not in attribution:
        raise SettingError(
            "attribution holds no response", found=sorted(map(str, attribution)), wanted="response of a PeakProbe"
        )
    known = attribution["element"].values.tolist()
    if element not in known:
        raise SettingError(
            "no such element in the attribution", found=repr(element), wanted=f"one of {', '.join(known)}"
        )
    return attribution["probe_energy"].values, attribution["response"].sel(element=element).values


def _probed(
    technique: Technique, attribution: xr.Dataset, example: ProbeExample, energy: float, reader: str
) -> ProbedPosition:
    energies, response = _spectrum(attribution, example.element)
    nearest = int(np.argmin(np.abs(energies - energy)))
    if abs(energies[nearest] - energy) > technique.axis.step:
        raise SettingError(
            f"the probe was never put where an example of {example.element} asks",
            where="energies",
            found=f"{technique.axis.text(energies[nearest])} at the nearest",
            wanted=technique.axis.text(energy),
        )
    row = attribution["response"].isel(probe_energy=nearest)
    winner = str(row["element"].values[int(row.argmax("element"))])
    reader_response = float(row.sel(element=reader))
    return ProbedPosition(
        energy=energy,
        response=float(response[nearest]),
        winner=winner,
        winner_response=float(row.max()),
        reader=reader,
        reader_response=reader_response,
        holds=winner == reader if example.least is None else reader_response >= example.least,
    )
