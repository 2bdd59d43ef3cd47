"""Putting a spectrum on the photon-energy scale: what lies below the first usable channel is left out."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from specquant.errors import SpectrumError
from specquant.technique import RawSpectrum
from specquant_eds.instrument import NITRIDE_WINDOW, POLYMER_WINDOW

LOWEST = 150.0
"""Channels below this energy (eV) hold the noise peak of the electronics, or lie under its threshold."""

_WINDOWS = (
    (re.compile(r"edax|octane", re.IGNORECASE), "silicon nitride", NITRIDE_WINDOW),
    (
        re.compile(r"xflash|bruker|oxford|x-?max|aztec|inca|thermo|noran|ultradry|jeol|jed-|pulsetor", re.IGNORECASE),
        "polymer",
        POLYMER_WINDOW,
    ),
)
"""Windows of detectors by words of a header: the usual ones of these makers."""

_LOW, _HIGH = 150.0, 1_000_000.0


def orient(raw: RawSpectrum) -> RawSpectrum:
    """Return the spectrum above LOWEST; where the header names the detector but not its window, with the usual one.

    Raises
    ------
    SpectrumError
        If the energies can only be keV, channel numbers or the like.
    """
    top = float(np.max(raw.energy))
    if not _LOW < top < _HIGH:
        raise SpectrumError(
            "energies are no photon energies in eV",
            where=f"spectrum {raw.name!r}",
            found=f"up to {top:g}",
            wanted="up to 5 keV at least",
            todo="Give the energy axis in eV (keV x 1000).",
        )
    kept = np.asarray(raw.energy) >= LOWEST
    attrs = {**raw.attrs, **_window(raw.attrs)}
    return replace(raw, energy=np.asarray(raw.energy)[kept], counts=np.asarray(raw.counts)[kept], attrs=attrs)


def _window(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the window that the detector of a header usually has, and that this is assumed; else nothing."""
    if any(name in attrs for name in NITRIDE_WINDOW):
        return {}
    detector = " ".join(str(attrs.get(key, "")) for key in ("detector", "detector_type", "format"))
    for words, name, window in _WINDOWS:
        if words.search(detector):
            told = f"{name} window, as such detectors usually have (--instrument or --set say it better)"
            stated = {key: value for key, value in window.items() if key != "window_grid"}
            return {**stated, "assumed": "; ".join(filter(None, (str(attrs.get("assumed", "")), told)))}
    return {}
