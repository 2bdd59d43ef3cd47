"""Maps of EDS that are read piece by piece: ripple, HyperSpy and Oxford h5oina. Their headers alone are read here."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from specquant.plugin import COUNTS, Facts, FileCounts, Hdf5Counts, MapAxis, RawMap, opened
from specquant_eds import hdf5, rosetta
from specquant_eds.claims import ripple_excess
from specquant_eds.headers import beam_and_angle, number
from specquant_eds.rosetta_instrument import instrument_of

_KINDS = {"signed": "i", "unsigned": "u", "float": "f"}
"""Types of numbers of a ripple file, as numpy calls them."""

_ORDERS = {"big-endian": ">", "little-endian": "<", "dont-care": "|"}
"""Orders of bytes of a ripple file, as numpy calls them."""


def open_ripple(path: Path) -> RawMap | None:
    """Return the map of a ripple file, a header with the numbers in a file beside it.

    Raises
    ------
    ReadError
        If the header is damaged, claims more than there is, or does not say how wide a channel is.
    """
    excess = ripple_excess(path)
    lines = path.read_text(encoding="latin-1").lower().splitlines()
    pairs = [line.split(";")[0].replace("\t", " ").split(maxsplit=1) for line in lines]
    header = {pair[0]: pair[1].strip() for pair in pairs if len(pair) > 1}
    width, height, depth, offset = (int(header[key]) for key in ("width", "height", "depth", "offset"))
    kind, order = _KINDS.get(header.get("data-type", "")), _ORDERS.get(header.get("byte-order", ""), "<")
    length = int(header["data-length"])
    if kind is None or header.get("record-by") not in ("vector", "image"):
        return None
    raw = next(named for suffix in (".raw", ".RAW") if (named := path.with_suffix(suffix)).is_file())
    counts = FileCounts(
        raw.resolve(),
        f"{'|' if length == 1 else order}{kind}{length}",
        (height, width, depth),
        offset,
        channels_first=header["record-by"] == "image",
    )
    energy, notes = rosetta.energies(_ripple_axis_of_energy(header, path), depth, path)
    stated, beam_notes = beam_and_angle(header.get("beam-energy"), "beam-energy", header.get("elevation-angle"))
    axes = tuple(_ripple_axis(header, name, key) for name, key in (("y", "height"), ("x", "width")))
    known = {
        "format": "Ripple",
        "signal": header.get("signal", "").upper(),
        "axis_unit": "eV",
        "intensity_unit": COUNTS,
    }
    facts = Facts({key: value for key, value in known.items() if value}, (*notes, *beam_notes, *excess))
    return RawMap(path.stem, energy, counts, axes, stated, facts)


def _ripple_axis_of_energy(header: Mapping[str, str], path: Path) -> dict[str, object]:
    """Return the axis of the channels as RosettaSciIO gives it."""
    width = number(header.get("depth-scale", header.get("ev-per-chan")))
    unit = header.get("depth-units", "") or ("ev" if "ev-per-chan" in header else "")
    if width is None or not unit:
        raise rosetta.no_channel_width(path)
    return {"scale": width, "offset": number(header.get("depth-origin")) or 0.0, "units": unit}


def _ripple_axis(header: Mapping[str, str], name: str, key: str) -> MapAxis:
    step, unit = number(header.get(f"{key}-scale")), header.get(f"{key}-units", "")
    return MapAxis(name) if not step or not unit else MapAxis(name, step, unit)


def open_hdf5(path: Path) -> RawMap | None:
    """Return the map of a HyperSpy or h5oina file; None of other layouts, and where there is none.

    Raises
    ------
    ReadError
        As `specquant_eds.hdf5.read`.
    """
    with opened(path) as file:
        layout = hdf5.layout_of(file)
        maps: Iterable[RawMap | None] = ()
        if layout == "HyperSpy":
            groups = file["Experiments"].values() if "Experiments" in file else ()
            maps = (_hyperspy(group, path) for group in groups)
        elif layout == "h5oina":
            maps = (hdf5.map_of(name, group, path) for name, group in hdf5.acquisitions(file))
        return next((each for each in maps if each is not None), None)


def _hyperspy(group: Any, path: Path) -> RawMap | None:
    """Return the map of one signal of a HyperSpy file; None where that is not of EDS."""
    if "data" not in group or group["data"].ndim < 2:
        return None
    data = group["data"]
    axes = [_attributes(group[f"axis-{index}"]) for index in range(data.ndim) if f"axis-{index}" in group]
    if len(axes) < data.ndim or data.dtype.kind not in "iuf":
        return None
    signal = {"axes": axes, "metadata": _tree(group.get("metadata")), "original_metadata": {}}
    index = rosetta.energy_axis(axes)
    if not rosetta.is_eds(signal) or index is None:
        return None
    shape = (*(size for number, size in enumerate(data.shape) if number != index), data.shape[index])
    energy, notes = rosetta.energies(axes[index], shape[-1], path)
    stated, header, more = instrument_of(signal, single=False)
    known = {"format": "HyperSpy hspy", **header, "axis_unit": "eV", "intensity_unit": COUNTS}
    facts = Facts(known, (*notes, *more))
    counts = Hdf5Counts(path.resolve(), data.name, data.dtype.str, shape, index)
    before = [axis for number, axis in enumerate(axes) if number != index]
    names = (
        ("y", "x") if len(before) == 2 else tuple(str(axis.get("name") or f"axis{i}") for i, axis in enumerate(before))
    )
    named = tuple(
        MapAxis(name, float(axis.get("scale", 1.0)), str(axis.get("units") or "").replace("<undefined>", ""))
        for name, axis in zip(names, before, strict=True)
    )
    return RawMap(str(header.get("sample") or header.get("title") or path.stem), energy, counts, named, stated, facts)


def _attributes(group: Any) -> dict[str, Any]:
    """Return the attributes of a group as plain values."""
    return {str(key): value.item() if hasattr(value, "item") else value for key, value in group.attrs.items()}


def _tree(group: Any) -> dict[str, Any]:
    """Return nested metadata, which HyperSpy keeps as attributes of nested groups."""
    if group is None:
        return {}
    inner = {str(name): _tree(item) for name, item in group.items() if hasattr(item, "items")}
    return {**_attributes(group), **inner}
