"""Reading XPS spectra in NeXus files (NXxps, NXmpes): in each NXentry the signal of its NXdata over the energy."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from specquant.plugin import LARGEST_RATIO, MAGIC, RATE, Floats, RawSpectrum, ReadError, opened
from specquant_xps.readers.surveys import Reason, Scan, another_technique, picked, raw_spectrum

_MOST_VALUES = 1 << 24
"""Numbers read from one file; a survey of a hundred scans has a quarter of a million."""
_MOST_ITEMS = 5000
"""Members of a group, and members of an entry in all, that are looked at; entries of published files have up to 210."""

_DEEPEST = 6
"""Levels of groups below an entry that are looked through; what is read lies under two or three in published files."""

_LONGEST_TEXT = 200
"""Characters of a text that are kept: enough for a title, and no more than fits into a report."""

_NUMBERS = {
    "photon_energy": ("incident_energy",),
    "pass_energy": ("pass_energy",),
    "work_function": ("work_function",),
    "dwell_time": ("count_time", "dwell_time"),
}
_UNITS = {"ev": 1.0, "": 1.0, "kev": 1000.0, "mev": 1e-3}
"""eV in the units of energy that files name, in small letters: nobody gives energies of photoelectrons in MeV."""

_KINDS = {"binding_energy": "binding", "be": "binding", "kinetic_energy": "kinetic", "ke": "kinetic"}
"""Kinds of energies by the name of their axis, in small letters."""


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of HDF5; specquant's own netCDF files are kept from here by the core."""
    return head.startswith(MAGIC)


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey among the entries; a signal over scans and energy is summed over the scans.

    The photon energy is stated where the file says so; the header holds ``entry`` (the name of the NXentry), ``block``
    (its number), ``energy_kind``, and where the file says so ``pass_energy``, ``work_function`` (eV), ``dwell_time``
    (s), ``sample``, ``technique``.

    Raises
    ------
    ReadError
        If the file is damaged, is not a NeXus file, reaches for other files, claims more data than it can hold, or
        holds no survey.
    """
    return picked(scans(path), path)


def scans(path: Path) -> list[Scan]:
    """Return the measurement of every entry, surveys and others alike; raises as `read` does."""
    with opened(path) as file:
        entries, values = list(_of_class(file, "NXentry")), _Values(path)
        top = sorted(map(str, file))[:8]
        read_scans = [_scan(index, name, entry, values) for index, (name, entry) in enumerate(entries)]
    if not read_scans:
        raise ReadError(
            "is HDF5 of a layout that is not known",
            where=path,
            found=f"groups {', '.join(top) or 'none'}",
            wanted="NeXus with an NXentry (NXxps, NXmpes), or netCDF by specquant",
            todo="Export the survey as VAMAS or as two-column text.",
        )
    return read_scans


def _members(group: Any) -> Iterator[tuple[str, Any]]:
    """Yield the groups and data sets that lie in a group."""
    for number, name in enumerate(group):
        if number >= _MOST_ITEMS:
            return
        item = group.get(name)
        if _is_group(item) or _is_dataset(item):
            yield str(name), item


def _of_class(group: Any, wanted: str) -> Iterator[tuple[str, Any]]:
    for name, item in _members(group):
        if _is_group(item) and _text(item.attrs.get("NX_class")) == wanted:
            yield name, item


def _text(value: object) -> str:
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value or "")


def _scan(index: int, name: str, entry: Any, values: "_Values") -> Scan:
    part, title = f"entry {index}", _text(name)
    said: dict[str, object] = {"format": "NeXus", "entry": title, "block": index}
    plots = dict(_of_class(entry, "NXdata"))
    default = _text(entry.attrs.get("default"))
    plot = plots.get(default) or plots.get("data") or next(iter(plots.values()), None)
    nothing = raw_spectrum(title, np.empty(0), np.empty(0), said)
    if plot is None:
        return Scan(part, title, nothing, Reason("without NXdata", "holds no NXdata"))
    signal, axis = _signal(plot), _axis(plot)
    if signal is None or axis is None:
        names = f"signal {signal and signal.name}, energy {axis and axis.name}"
        return Scan(part, title, nothing, Reason("not over energy", names))
    energy = values.of(axis) * _UNITS.get(_text(axis.attrs.get("units")).lower(), 1.0)
    counts = _over_energy(values.of(signal), energy.size)
    kind = _text(axis.attrs.get("type")).lower() or _KINDS.get(axis.name.rpartition("/")[2].lower(), "")
    said |= {"energy_kind": kind} if kind in ("binding", "kinetic") else {}
    said |= {"intensity_unit": RATE} if _text(signal.attrs.get("units")) == "counts_per_second" else {}
    said |= _metadata(entry, values)
    method = str(said.get("technique", "XPS"))
    reason = None if "XPS" in method.upper() or "MPES" in method.upper() else another_technique(method, "method")
    if counts is None:
        return Scan(part, title, nothing, Reason("not over energy", f"shape {signal.shape}"))
    return Scan(part, title, raw_spectrum(title, energy.ravel(), counts, said), reason)


def _signal(plot: Any) -> Any:
    """Return the data set that is plotted: named by ``signal``, or marked so in the older way."""
    members = {name: item for name, item in _members(plot) if _is_dataset(item)}
    named = members.get(_text(plot.attrs.get("signal")))
    marked = [item for item in members.values() if "signal" in item.attrs]
    return named if named is not None else next(iter(marked), members.get("data"))


def _axis(plot: Any) -> Any:
    """Return the data set of energies: among the axes, by its name or unit, or else by its name."""
    members = {name: item for name, item in _members(plot) if _is_dataset(item)}
    axes = [_text(name) for name in np.atleast_1d(plot.attrs.get("axes", []))]
    for name in (*axes, "energy", "binding_energy", "kinetic_energy"):
        if name in members and ("energy" in name.lower() or name.lower() in _KINDS):
            return members[name]
    units = {name: _text(members[name].attrs.get("units")).lower() for name in axes if name in members}
    return next((members[name] for name, unit in units.items() if unit and unit in _UNITS), None)


class _Values:
    """Reads the data sets of a file as long as it can hold what they claim, and they are not too many in all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size
        self._left = _MOST_VALUES

    def of(self, dataset: Any) -> Floats:
        """Return the numbers of a data set, or raise ReadError."""
        where = f"{self._path}, {dataset.name}"
        if dataset.dtype.kind not in "iuf":
            raise ReadError("holds no numbers", where=where, found=f"type {dataset.dtype}", wanted="numbers")
        if dataset.size is None or dataset.size > self._left or dataset.nbytes > LARGEST_RATIO * self._size:
            claim = f"shape {dataset.shape} in a file of {self._size} bytes"
            raise ReadError(
                "claims more data than it can hold", where=where, found=claim, wanted=f"at most {self._left} numbers"
            )
        self._left -= dataset.size
        return np.asarray(dataset[()], dtype=np.float64)


def _over_energy(values: Floats, channels: int) -> Floats | None:
    """Return the signal summed over all axes but the energy's; None if none has its length."""
    axes = [index for index, size in enumerate(values.shape) if size == channels]
    if not axes:
        return None
    return np.asarray(np.moveaxis(values, axes[-1], -1).reshape(-1, channels).sum(axis=0))


def _metadata(entry: Any, values: "_Values") -> dict[str, object]:
    said: dict[str, object] = {}
    for name, item in _walk(entry, 0, [0]):
        for key, names in _NUMBERS.items():
            if name in names and key not in said and item.size == 1 and item.dtype.kind in "iuf":
                value = float(values.of(item).ravel()[0]) * _UNITS.get(_text(item.attrs.get("units")).lower(), 1.0)
                said |= {key: value} if math.isfinite(value) else {}
    top = dict(_members(entry))
    sample = top.get("sample")
    named = dict(_members(sample)) if _is_group(sample) else {}
    texts: dict[str, Any] = {"sample": named.get("name"), "technique": top.get("method")}
    for key, item in texts.items():
        if _is_dataset(item) and item.shape == () and item.dtype.kind in "OS":
            said[key] = _text(item[()])[:_LONGEST_TEXT]
    return said


def _walk(group: Any, depth: int, seen: list[int]) -> Iterator[tuple[str, Any]]:
    """Yield the data sets below a group, to a limited depth and number."""
    for name, item in _members(group):
        seen[0] += 1
        if seen[0] > _MOST_ITEMS:
            return
        if _is_dataset(item):
            yield name, item
        elif depth < _DEEPEST:
            yield from _walk(item, depth + 1, seen)


def _is_group(item: Any) -> bool:
    return isinstance(item, Mapping)


def _is_dataset(item: Any) -> bool:
    return hasattr(item, "shape")
