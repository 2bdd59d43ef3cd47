"""What a report says of a measurement before it says a result: sample, date, instrument, conditions."""

from collections.abc import Iterator, Mapping
from typing import Any

from specquant.notes import NoteKind
from specquant.report.results import SampleResult
from specquant.report.standards import sample_statements
from specquant.statements import AXIS_CORRECTION, parameter_title
from specquant.technique import Technique

_INSTRUMENT = ("instrument", "detector", "detector_type", "window")
"""Keys of headers that name the instrument."""

_SETTINGS = {
    "source": ("", "source"),
    "mode": ("mode", ""),
    "analyser_mode": ("mode", ""),
    "lens": ("lens", ""),
    "pass_energy": ("pass energy", "eV"),
    "live_time": ("live time", "s"),
    "dwell_time": ("dwell time", "s"),
    "collection_time": ("time per channel", "s"),
    "scans": ("scans", ""),
    "probe_current": ("probe current", "nA"),
}
"""Keys of headers that say how it was measured, with what stands before and after the value."""

_UNSAID = "not in the file"

_SAYS_NOTHING = frozenset({"", "not specified", "unspecified", "unknown", "n/a"})
"""Values of headers that say nothing, in lower case; ``Not Specified`` stands in public VAMAS files."""

_FIGURES = 4
"""Significant digits of a setting: chosen, more are noise of the file."""


def conditions(technique: Technique, sample: SampleResult) -> list[tuple[str, str]]:
    """Return what is known of a measurement, by title: from the file's header, and as the standards ask for it."""
    header: Mapping[str, Any] = sample.spectra.facts[0].header if sample.spectra.facts else {}
    named = dict.fromkeys(_value(header[key]) for key in _INSTRUMENT if _value(header.get(key)))
    return [
        ("Sample", sample.name),
        ("File", sample.file),
        ("Measured", _value(header.get("date")) or _UNSAID),
        ("Technique", technique.title),
        ("Instrument", ", ".join(named) or _UNSAID),
        ("Settings", ", ".join(_settings(header)) or _UNSAID),
        *_parameters(technique, sample),
    ]


def _parameters(technique: Technique, sample: SampleResult) -> Iterator[tuple[str, str]]:
    """Yield the instrument parameters that a report has to give, if they are known, and what was done to the axis."""
    if technique.reporting is None:
        return
    stated, known = sample_statements(technique, sample), sample.spectra.known(technique, 0)
    supposed = {note.about for note in sample.notes if note.kind is NoteKind.ASSUMED}
    for parameter in technique.parameters:
        title = parameter_title(parameter)
        if title in stated and (parameter.name in known or parameter.name in supposed):
            yield title.partition(" (")[0], stated[title]
    yield AXIS_CORRECTION, stated[AXIS_CORRECTION]


def _settings(header: Mapping[str, Any]) -> list[str]:
    settings = []
    for key, (before, after) in _SETTINGS.items():
        value = _value(header.get(key))
        if value:
            settings.append(" ".join(filter(None, (before, value, after))))
    return settings


def _value(value: object) -> str:
    """Return a value of a header as text, numbers short; "" for one that says nothing."""
    if value is None or str(value).strip().lower() in _SAYS_NOTHING:
        return ""
    return f"{value:.{_FIGURES}g}" if isinstance(value, float) else str(value)
