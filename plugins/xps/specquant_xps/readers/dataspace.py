"""Thermo's data spaces, which .avg (text) and .vgd (binary) files hold alike: properties, axes, and their numbers.

The energy axis is kinetic; binding energy is the source's energy less it. Other axes count points, pixels or levels of
a depth profile, and each of these has its spectrum.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.plugin import Floats, RawSpectrum, ReadError
from specquant_xps.readers.lines import damaged
from specquant_xps.readers.surveys import Reason, Scan, picked, raw_spectrum

ENERGY = "ENERGY"
_KINETIC = 1
"""What ``DS_ACPROPID_EV_SCALE`` says of kinetic energies; other values were not met."""

_XPS = (1, 17)
"""What ``DS_GEPROPID_TECHNIQUE`` says of XPS: 1 in exports, 17 in surveys with an X-ray source as well."""

_X_RAYS = 1000.0, 10_000.0
"""eV: a source of such energy is one of X-rays for XPS, whatever the number of the technique."""

_MOST_SPECTRA = 4096
"""Spectra in one file: more are an image of 64 x 64 pixels and larger. Chosen."""

_NUMBERS = {
    "photon_energy": "DS_SOPROPID_ENERGY",
    "pass_energy": "DS_ANPROPID_PASS",
    "work_function": "DS_ANPROPID_WORK_FTN",
    "dwell_time": "DS_ACPROPID_ACQ_TIME",
    "scans": "DS_ACPROPID_PERIODS",
}
_WORDS = {
    "instrument": "DS_GEPROPID_INSTRUMENT",
    "sample": "DS_EXT_SUPROPID_SUBJECT",
    "lens": "DS_ANPROPID_LENS_MODE_NAME",
}


@dataclass(frozen=True)
class Axis:
    """One axis: its kind (``ENERGY``, ``X``, ...), number of points, start and width; whether it is evenly spaced."""

    kind: str
    points: int
    start: float
    width: float
    even: bool


@dataclass(frozen=True)
class DataSpace:
    """What such a file holds; `values` has shape (spectrum, channel)."""

    properties: Mapping[str, str | float]
    axes: Sequence[Axis]
    values: Floats


def energy_axis(axes: Sequence[Axis], path: Path) -> Axis:
    """Return the first axis, which is the energy's, or raise ReadError."""
    if not axes or axes[0].kind != ENERGY or not axes[0].even:
        kinds = ", ".join(axis.kind for axis in axes) or "no axis"
        raise ReadError(
            "holds no spectrum over an even energy axis",
            where=path,
            found=kinds,
            wanted="an energy axis first",
            todo="Give the file of the survey: this one is an image or a table.",
        )
    return axes[0]


def spectra_of(space: DataSpace, form: str, path: Path) -> list[RawSpectrum]:
    """Return every survey of a data space.

    The photon energy is stated where the file says so; the header holds ``format`` (`form`), ``block`` (number of the
    spectrum), ``energy_kind``, and where the file says so ``pass_energy``, ``work_function`` (eV), ``dwell_time`` (s),
    ``scans``, ``instrument``, ``sample``, ``lens``.

    Raises
    ------
    ReadError
        If the energy is on an unknown scale, or there is no survey.
    """
    axis, properties = energy_axis(space.axes, path), space.properties
    scale = properties.get("DS_ACPROPID_EV_SCALE", _KINETIC)
    if scale != _KINETIC:
        raise damaged("is on an unknown energy scale", path, f"DS_ACPROPID_EV_SCALE {scale}", "1, kinetic energy")
    if len(space.values) > _MOST_SPECTRA:
        raise ReadError(
            "holds too many spectra", where=path, found=len(space.values), wanted=f"at most {_MOST_SPECTRA}"
        )
    said, title = _said(properties, form), str(properties.get("DS_EXT_SUPROPID_TITLE", "")) or path.stem
    technique, source = properties.get("DS_GEPROPID_TECHNIQUE", _XPS[0]), said.get("photon_energy")
    known = technique in _XPS or (isinstance(source, float) and _X_RAYS[0] <= source <= _X_RAYS[1])
    reason = None if known else Reason("not XPS", f"technique {technique}, not 1 or 17 (XPS), and no X-ray source")
    energy = axis.start + axis.width * np.arange(axis.points, dtype=np.float64)
    several = len(space.values) > 1
    return picked(
        [
            Scan(
                f"spectrum {n}",
                f"{title} {n}" if several else title,
                raw_spectrum(title, energy, counts, said | {"block": n}),
                reason,
            )
            for n, counts in enumerate(space.values)
        ],
        path,
    )


def _said(properties: Mapping[str, str | float], form: str) -> dict[str, object]:
    """Return what the file says of all its spectra, by our keys."""
    said: dict[str, object] = {"format": form, "energy_kind": "kinetic"}
    for key, name in _NUMBERS.items():
        value = properties.get(name)
        if isinstance(value, float | int) and math.isfinite(value):
            said[key] = float(value)
    words = {key: properties.get(name) for key, name in _WORDS.items()}
    return said | {key: word for key, word in words.items() if isinstance(word, str) and word}
