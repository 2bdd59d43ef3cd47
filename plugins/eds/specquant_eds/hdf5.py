"""Reading EDS data in HDF5: HyperSpy, EMD (Velox and NCEM) and NeXus through RosettaSciIO, Oxford h5oina directly.

h5oina is described at https://github.com/oinanoanalysis/h5oina, versions 7 and later hold spectra.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from specquant.plugin import (
    COUNTS,
    MAGIC,
    Facts,
    Floats,
    Hdf5Counts,
    MapAxis,
    RawMap,
    RawSpectrum,
    ReadError,
    opened,
)
from specquant_eds.headers import beam_and_angle, believed, number
from specquant_eds.maps import pixel_spectra
from specquant_eds.rosetta import read_signals


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of HDF5; specquant's own netCDF files are kept from here by the core."""
    return head.startswith(MAGIC)


def read(path: Path) -> list[RawSpectrum]:
    """Read every EDS spectrum of the file, one per pixel of a map.

    Raises
    ------
    ReadError
        If RosettaSciIO is needed and not installed, the file is damaged or of a layout that is not known, reaches for
        other files, claims more data than it can hold, or holds no EDS spectrum.
    """
    with opened(path) as file:
        layout = layout_of(file)
        if layout == "h5oina":
            return [raw for name, part in acquisitions(file) for raw in _h5oina(name, part, path)]
        top = sorted(map(str, file))
    if layout == "HyperSpy":
        return read_signals(path, "rsciio.hspy", "HyperSpy hspy", ".hspy")
    if layout == "EMD":
        return read_signals(path, "rsciio.emd", "EMD", ".emd")
    if layout == "NeXus":
        return read_signals(path, "rsciio.nexus", "NeXus", ".nxs")
    raise ReadError(
        "is HDF5 of a layout that is not known",
        where=path,
        found=f"groups {', '.join(top[:8]) or 'none'}",
        wanted="HyperSpy, EMD, NeXus, Oxford h5oina, or netCDF by specquant",
        todo="Export the spectrum as .msa.",
    )


def layout_of(file: Any) -> str:
    """Return what the layout of an HDF5 file is called, "" for one that is not known."""
    if str(file.attrs.get("file_format", "")).lower() == "hyperspy" or "Experiments" in file:
        return "HyperSpy"
    if "Format Version" in file and "Index" in file:
        return "h5oina"
    if "version_major" in file.attrs or ("Data" in file and "Version" in file):
        return "EMD"
    if "NX_class" in file.attrs or any("NX_class" in file[name].attrs for name in file):
        return "NeXus"
    return ""


def acquisitions(file: Any) -> Iterator[tuple[str, Any]]:
    """Yield the EDS groups of every slice: ``EDS``, or ``EDS1``, ``EDS2`` of several detectors."""
    for index, part in file.items():
        for name, group in part.items() if hasattr(part, "items") else ():
            if name.startswith("EDS"):
                yield f"{index}/{name}", group


def _h5oina(name: str, group: Any, path: Path) -> list[RawSpectrum]:
    header, counts = _header(group), _spectra(name, group, path)
    across, down = (int(number(header.get(key)) or 0) for key in ("X Cells", "Y Cells"))
    pixels, channels = counts.shape
    values = counts[()]
    if pixels == 1:
        values = values[0]
    elif across * down == pixels:
        values = values.reshape(down, across, channels)
    title, stated, facts = _said(group, header, single=pixels == 1)
    return pixel_spectra(title or path.stem, _energies(name, header, channels, path), values, stated, facts, path)


def map_of(name: str, group: Any, path: Path) -> RawMap | None:
    """Return the map of an EDS group of an h5oina file, of which no counts are read; None if it is none.

    Raises
    ------
    ReadError
        As `read`.
    """
    header, counts = _header(group), _spectra(name, group, path)
    across, down = (int(number(header.get(key)) or 0) for key in ("X Cells", "Y Cells"))
    pixels, channels = counts.shape
    if across * down != pixels:
        return None
    title, stated, facts = _said(group, header, single=False)
    steps = [number(header.get(key)) for key in ("Y Step", "X Step")]
    axes = tuple(MapAxis(dim, step or 1.0, "um" if step else "") for dim, step in zip("yx", steps, strict=True))
    stored = Hdf5Counts(path.resolve(), counts.name, counts.dtype.str, (down, across, channels))
    return RawMap(title or path.stem, _energies(name, header, channels, path), stored, axes, stated, facts)


def _header(group: Any) -> dict[str, Any]:
    return {key: _first(item) for key, item in group["Header"].items() if hasattr(item, "shape")}


def _spectra(name: str, group: Any, path: Path) -> Any:
    """Return the data set of spectra, (pixel, channel)."""
    if "Spectrum" not in group["Data"]:
        raise ReadError(
            "holds no spectra",
            where=f"{path}, {name}",
            found=f"processed data only: {', '.join(group['Data'])}",
            todo="Export it from AZtec 6.2 or later with the spectrum data, or as .msa.",
        )
    counts = group["Data"]["Spectrum"]
    if counts.dtype.kind not in "iuf":
        raise ReadError(
            "holds no counts", where=f"{path}, {name}", found=f"spectra of {counts.dtype}", wanted="numbers"
        )
    if counts.ndim != 2:
        raise ReadError("has spectra of another shape", where=f"{path}, {name}", found=counts.shape)
    return counts


def _energies(name: str, header: Mapping[str, Any], channels: int, path: Path) -> Floats:
    width, start = (number(header.get(key)) for key in ("Channel Width", "Start Channel"))
    if width is None or start is None:
        raise ReadError(
            "lacks its energy scale",
            where=f"{path}, {name}",
            found=f"Channel Width {width}, Start Channel {start}",
        )
    return start + width * np.arange(channels, dtype=np.float64)


def _said(group: Any, header: Mapping[str, Any], single: bool) -> tuple[str, dict[str, float], Facts]:
    """Return the title, what the file states of the instrument, and what else it says."""
    elevation = number(header.get("Detector Elevation"))
    angle = None if elevation is None else math.degrees(elevation)
    stated, beam_notes = beam_and_angle(header.get("Beam Voltage"), "Beam Voltage", angle)
    live = group["Data"].get("Live Time")
    known: dict[str, object] = {"format": "Oxford h5oina"}
    times, time_notes = believed({"live_time": _first(live) if live is not None and single else None})
    known |= times
    title = " ".join(str(header[key]) for key in ("Specimen Label", "Site Label", "Analysis Label") if header.get(key))
    texts = {"title": title, "detector": header.get("Detector Type Id"), "window": header.get("Window Type")}
    texts["date"] = header.get("Acquisition Date")
    known |= {key: str(text) for key, text in texts.items() if text}
    known |= {"axis_unit": "eV", "intensity_unit": COUNTS}
    return title, stated, Facts(known, (*beam_notes, *time_notes))


def _first(item: Any) -> Any:
    """Return the first value of a dataset, text decoded."""
    value = np.asarray(item[()]).ravel()[:1].tolist()
    return value[0].decode("utf-8", errors="replace") if value and isinstance(value[0], bytes) else (value or [None])[0]
