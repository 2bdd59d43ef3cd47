"""Checking raw spectra and putting them on one axis."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.errors import SpectrumError
from specquant.technique import EnergyAxis, Floats, RawSpectrum

_FEWEST_POINTS = 10
_FEWEST_CHANNELS = 10
_SMALLEST_SHARE = 0.2
_LARGEST_COUNT = 1e30
_HOLE_STEPS = 5.0
_HEADER_LINES = 50


def check_raw(raw: RawSpectrum, where: object) -> RawSpectrum:
    """Return the spectrum with ascending energy, if it can be used.

    Raises
    ------
    SpectrumError
        Naming the channel (counted from 0, in the file's order) and the value.
    """
    place_of = f"{where}, spectrum {raw.name!r}"
    energy = np.asarray(raw.energy, dtype=np.float64)
    counts = np.asarray(raw.counts, dtype=np.float64)
    if energy.ndim != 1 or energy.shape != counts.shape:
        raise SpectrumError(
            "energy and counts differ in shape", where=place_of, found=f"{energy.shape}, {counts.shape}"
        )
    if energy.size < _FEWEST_POINTS:
        raise SpectrumError(
            "too few points",
            where=place_of,
            found=energy.size,
            wanted=f"at least {_FEWEST_POINTS}",
            todo="Give a survey.",
        )
    _refuse(~np.isfinite(energy), energy, "energy is not a number", "a finite energy", place_of)
    _refuse(~np.isfinite(counts), counts, "intensity is not a number", "a finite count", place_of)
    _refuse(counts < 0, counts, "intensity is negative", "counts >= 0", place_of)
    _refuse(counts > _LARGEST_COUNT, counts, "intensity is absurd", f"counts below {_LARGEST_COUNT:g}", place_of)
    if not counts.any():
        raise SpectrumError("all counts are zero", where=place_of, todo="Check which column holds the intensity.")
    steps = np.diff(energy)
    forward = energy[-1] > energy[0]
    repeated = np.flatnonzero(steps == 0)
    if repeated.size:
        raise SpectrumError(
            "an energy occurs twice",
            where=place_of,
            found=f"{energy[repeated[0]]:g} eV in channels {repeated[0]} and {repeated[0] + 1}",
            wanted="every energy once",
        )
    _refuse(np.append(False, (steps > 0) != forward), energy, "energy turns back", "one direction", place_of)
    order = slice(None) if forward else slice(None, None, -1)
    return RawSpectrum(raw.name, energy[order], counts[order], raw.attrs)


def _refuse(bad: NDArray[np.bool_], values: Floats, what: str, wanted: str, where: str) -> None:
    channels = np.flatnonzero(bad)
    if channels.size:
        more = f" and {channels.size - 1} more" if channels.size > 1 else ""
        raise SpectrumError(
            what,
            where=where,
            found=f"{values[channels[0]]:g} in channel {channels[0]}{more}",
            wanted=wanted,
            todo="Mend or cut out these channels.",
        )


def place(raws: Sequence[RawSpectrum], axis: EnergyAxis, where: object) -> xr.Dataset:
    """Put raw spectra on an axis and return them under the contract SPECTRA.

    A spectrum with finer steps than the axis is integrated over the axis's channels, so that counts stay counts; one
    with coarser steps is interpolated linearly. Channels outside the measured range (and inside holes of it) hold 0 and
    are not observed. Many spectra may be placed in chunks.

    Parameters
    ----------
    raws
        Spectra on the technique's energy scale.
    axis
        The technique's axis.
    where
        The file, for the message.

    Raises
    ------
    SpectrumError
        If a spectrum cannot be used, or covers less than 10 channels or 20 % of the axis.
    """
    counts = np.zeros((len(raws), axis.size), dtype=np.float32)
    observed = np.zeros((len(raws), axis.size), dtype=bool)
    for row, raw in enumerate(raws):
        checked = check_raw(raw, where)
        counts[row], observed[row] = _placed(checked, axis)
        _check_overlap(checked, observed[row], axis, where)
    dataset = xr.Dataset(
        {"counts": (("sample", "energy"), counts), "observed": (("sample", "energy"), observed)},
        coords={
            "sample": ("sample", np.array(list(_unique(raw.name for raw in raws)), dtype=object)),
            "energy": ("energy", axis.centres, {"units": "eV", "long_name": axis.label}),
            "header": ("sample", np.array([_json(raw.attrs) for raw in raws], dtype=object)),
        },
    )
    return contracts.check(dataset, "SPECTRA", str(where))


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
        counts = np.interp(centres, raw.energy, raw.counts)
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
    if seen < max(_FEWEST_CHANNELS, _SMALLEST_SHARE * axis.size):
        raise SpectrumError(
            "covers too little of the energy axis",
            where=f"{where}, spectrum {raw.name!r}",
            found=f"{raw.energy[0]:g} to {raw.energy[-1]:g} eV, {seen} of {axis.size} channels",
            wanted=f"at least {_SMALLEST_SHARE:.0%} of {axis.start:g} to {axis.stop:g} eV",
            todo="Give a survey, with its energy in eV.",
        )


def _unique(names: Iterable[str]) -> Iterator[str]:
    last: dict[str, int] = {}
    for name in names:
        candidate, number = name, last.get(name, 1)
        while candidate in last:
            number += 1
            candidate = f"{name} ({number})"
        last[name] = number
        last.setdefault(candidate, 1)
        yield candidate


def _json(attrs: Mapping[str, Any]) -> str:
    kept = {
        str(key): list(value)[:_HEADER_LINES] if isinstance(value, list | tuple) else value
        for key, value in attrs.items()
    }
    return json.dumps(kept, default=_plain, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    return value.tolist() if isinstance(value, np.ndarray) else str(value)
