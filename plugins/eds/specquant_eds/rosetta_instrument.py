"""What the metadata of RosettaSciIO say of the instrument, in the technique's parameters and our keys.

RosettaSciIO gives nested metadata, the vendor's own beside them, and a mapping from these to those, which is left to
whoever reads.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from specquant.plugin import Note
from specquant_eds.headers import EV_PER_KEV, believed, number

Tree = Mapping[str, Any]
"""A signal as RosettaSciIO gives it: data, axes, nested metadata, the vendor's, and a mapping."""

_BERYLLIUM, _THIN = frozenset({1, 11}), frozenset({2, 3, 12, 13})
"""Numbers of EDAX detectors with a beryllium window, and with an ultra-thin one (docstring of `rsciio.edax`)."""


def at(tree: object, *keys: str) -> Any:
    """Return what is at a path of keys in nested mappings, or None."""
    for key in keys:
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree


def mapped(signal: Tree) -> Tree:
    """Return a signal with the vendor's metadata in their places, where the reader's mapping says which those are."""
    mapping = signal.get("mapping")
    if not isinstance(mapping, Mapping) or not mapping:
        return signal
    metadata = deepcopy(dict(signal.get("metadata") or {}))
    for source, (target, convert) in mapping.items():
        value = at(signal.get("original_metadata"), *source.split("."))
        if value is None:
            continue
        try:
            value = value if convert is None else convert(value)
        except Exception:  # a converter of the library may break on anything a file holds
            continue
        if value is not None:
            _put(metadata, target.split("."), value)
    return {**signal, "metadata": metadata}


def _put(tree: dict[str, Any], keys: list[str], value: object) -> None:
    """Put a value at a path of keys, unless something else stands in its way."""
    for key in keys[:-1]:
        branch = tree.setdefault(key, {})
        if not isinstance(branch, dict):
            return
        tree = branch
    tree[keys[-1]] = value


def instrument_of(signal: Tree, single: bool) -> tuple[dict[str, float], dict[str, object], tuple[Note, ...]]:
    """Return what the metadata state of the instrument, what else they say of the measurement, and notes on both.

    Times are of single spectra only, as those of maps may be a pixel's or the map's.
    """
    microscope = at(signal, "metadata", "Acquisition_instrument")
    part = at(microscope, "SEM") or at(microscope, "TEM") or {}
    detector = at(part, "Detector", "EDS") or {}
    beam = {"beam_energy": at(part, "beam_energy"), "take_off_angle": at(detector, "elevation_angle")}
    stated, notes = believed(beam, beam_energy=EV_PER_KEV)
    times = {name: at(detector, name) for name in ("live_time", "real_time") if single}
    measured, more = believed({"probe_current": at(part, "beam_current"), **times})
    header: dict[str, object] = {**measured}
    general, sample = at(signal, "metadata", "General"), at(signal, "metadata", "Sample")
    texts = {
        "detector": at(detector, "detector_type"),
        "mode": at(part, "acquisition_mode"),
        "signal": at(signal, "metadata", "Signal", "signal_type"),
        "instrument": at(part, "microscope"),
        "title": at(general, "title"),
        "sample": at(sample, "name") or at(sample, "description"),
        "date": " ".join(str(at(general, key)) for key in ("date", "time") if at(general, key)),
        "window": _window(at(signal, "original_metadata", "spc_header", "detectType")),
    }
    return stated, header | {key: str(text) for key, text in texts.items() if text}, (*notes, *more)


def _window(detector: object) -> str:
    """Return the kind of window of an EDAX detector by its number, or nothing."""
    kind = number(detector)
    return "beryllium" if kind in _BERYLLIUM else "thin" if kind in _THIN else ""
