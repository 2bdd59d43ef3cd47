"""Putting raw spectra on one axis."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.errors import SpectrumError
from specquant.readers.checking import check_raw, saturation
from specquant.technique import EnergyAxis, Floats, RawSpectrum

_FEWEST_CHANNELS = 10
_SMALLEST_SHARE = 0.2
_HOLE_STEPS = 5.0
_HEADER_LINES = 50


def place(raws: Iterable[RawSpectrum], axis: EnergyAxis, where: object, number: int | None = None) -> xr.Dataset:
    """Put raw spectra on an axis and return them under the contract SPECTRA.

    Counts stay counts: a spectrum with finer steps than the axis is integrated over the axis's channels; one with
    coarser steps is interpolated linearly, and its counts are shared out among the channels. Channels outside the
    measured range (and inside holes of it) hold 0 and are not observed. Where all spectra have ``y`` and ``x`` in their
    attrs, they are coordinates. A counter that was full is told in ``header``, under ``warning``.

    Parameters
    ----------
    raws
        Spectra on the technique's energy scale; each is let go of before the next is taken.
    axis
        The technique's axis.
    where
        The file, for the message.
    number
        How many there are at most, if they have no length.

    Raises
    ------
    SpectrumError
        If a spectrum cannot be used, or covers less than 10 channels or 20 % of the axis; or there is none.
    """
    if number is None:
        raws = raws if isinstance(raws, Sized) else list(raws)
        number = len(raws)
    counts = np.zeros((number, axis.size), dtype=np.float32)
    observed = np.zeros((number, axis.size), dtype=bool)
    names: list[str] = []
    headers: list[str] = []
    pixels: list[tuple[object, object]] = []
    for row, raw in enumerate(raws):
        checked = check_raw(raw, where)
        counts[row], observed[row] = _placed(checked, axis)
        _check_overlap(checked, observed[row], axis, where)
        names.append(raw.name)
        headers.append(_json(_with_warning(checked)))
        pixels.append((raw.attrs.get("y"), raw.attrs.get("x")))
    if not names:
        raise SpectrumError("all counts are zero", where=where, found="no spectrum with counts on the axis")
    counts, observed = counts[: len(names)], observed[: len(names)]
    dataset = xr.Dataset(
        {"counts": (("sample", "energy"), counts), "observed": (("sample", "energy"), observed)},
        coords={
            "sample": ("sample", np.array(list(_unique(names)), dtype=object)),
            "energy": ("energy", axis.centres, {"units": "eV", "long_name": axis.label}),
            "header": ("sample", np.array(headers, dtype=object)),
            **_pixel_coords(pixels),
        },
    )
    return contracts.check(dataset, "SPECTRA", str(where))


def _pixel_coords(pixels: Sequence[tuple[object, object]]) -> dict[str, tuple[str, NDArray[np.int64]]]:
    """Return ``y`` and ``x`` of every spectrum as coordinates, or nothing if one has none."""
    if not pixels or not all(isinstance(value, int | np.integer) for pixel in pixels for value in pixel):
        return {}
    places = np.array(pixels, dtype=np.int64)
    return {"y": ("sample", places[:, 0]), "x": ("sample", places[:, 1])}


def _with_warning(raw: RawSpectrum) -> Mapping[str, Any]:
    told = saturation(raw.counts)
    return {**raw.attrs, "warning": told} if told else raw.attrs


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
        counts = np.interp(centres, raw.energy, raw.counts) * (axis.step / step)
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
