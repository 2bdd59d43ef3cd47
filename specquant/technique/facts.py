"""What files say of a spectrum beside its counts, by kinds: what a reader takes is declared, and can be checked."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from specquant.technique.raw import RawSpectrum


class Fact(StrEnum):
    """A kind of fact; the value is what people call it."""

    BEAM = "source or beam"
    """X-ray source, photon energy, beam energy."""
    DETECTOR = "detector"
    """Detector, analyser or instrument by name."""
    WINDOW = "window"
    """What lies before the detector."""
    DEAD_LAYER = "dead layer"
    """Silicon that collects no charge."""
    GEOMETRY = "geometry"
    """Take-off angle."""
    TIME = "time"
    """Live time, real time, dwell time, number of scans."""
    MODE = "mode"
    """Mode of the microscope or analyser, pass energy."""
    TECHNIQUE = "technique"
    """Technique or type of signal."""
    AXIS = "axis"
    """Unit and kind of the energies."""
    INTENSITY = "intensity"
    """Unit of the intensities."""
    SAMPLE = "sample"
    """Names of sample, region, title or entry."""
    DATE = "date"
    """When it was measured."""


_KEYS: Mapping[Fact, frozenset[str]] = {
    Fact.BEAM: frozenset({"beam_energy", "photon_energy", "source"}),
    Fact.DETECTOR: frozenset({"detector", "detector_type", "instrument"}),
    Fact.WINDOW: frozenset({"window", "nitride_window", "polymer_window", "aluminium"}),
    Fact.DEAD_LAYER: frozenset({"dead_layer"}),
    Fact.GEOMETRY: frozenset({"take_off_angle"}),
    Fact.TIME: frozenset({"live_time", "real_time", "dwell_time", "collection_time", "scans"}),
    Fact.MODE: frozenset(
        {"mode", "analyser_mode", "lens", "pass_energy", "work_function", "thickness", "probe_current"}
    ),
    Fact.TECHNIQUE: frozenset({"signal", "technique"}),
    Fact.AXIS: frozenset({"axis_unit", "energy_kind"}),
    Fact.INTENSITY: frozenset({"intensity_unit"}),
    Fact.SAMPLE: frozenset({"sample", "title", "species"}),
    Fact.DATE: frozenset({"date"}),
}
"""Keys of headers, names of parameters, and what notes are about, by the fact that they state."""


def facts_of(raw: RawSpectrum) -> frozenset[Fact]:
    """Return the kinds of facts that a reader took of a spectrum: in its header, its parameters, or a note."""
    known = {*raw.stated, *(key for key, value in raw.header.items() if value not in ("", None))}
    known |= {note.about for note in raw.facts.notes}
    return frozenset(fact for fact, keys in _KEYS.items() if keys & known)
