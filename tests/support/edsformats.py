"""Made-up EDS files of every format that can be written down in a few lines, for ``fuzz`` to spoil."""

import bz2
import struct
from pathlib import Path

import numpy as np

from edsfiles import write_emsa

CHANNELS = 1024
SPECTRUM = np.random.default_rng(0).poisson(
    20.0
    + 800.0 * np.exp(-0.5 * ((10.0 * np.arange(CHANNELS) - 1740.0) / 35.0) ** 2)
    + 500.0 * np.exp(-0.5 * ((10.0 * np.arange(CHANNELS) - 525.0) / 30.0) ** 2)
)
MAP = np.random.default_rng(1).poisson(np.tile(SPECTRUM / 400.0, (3, 4, 1))).astype(np.uint16)


def spx() -> bytes:
    counts = ",".join(str(count) for count in SPECTRUM)
    parts = {
        "TRTSpectrumHeader": {"CalibAbs": 0.0, "CalibLin": 0.01, "ChannelCount": CHANNELS},
        "TRTESMAHeader": {"PrimaryEnergy": 15.0, "ElevationAngle": 35.0},
        "TRTSpectrumHardwareHeader": {"LifeTime": 1000, "RealTime": 1100, "DeadTime": 9},
    }
    inside = "".join(
        f'<ClassInstance Type="{kind}">{"".join(f"<{tag}>{value}</{tag}>" for tag, value in values.items())}'
        "</ClassInstance>"
        for kind, values in parts.items()
    )
    return (
        '<?xml version="1.0" encoding="WINDOWS-1252"?><TRTSpectrum><ClassInstance Type="TRTSpectrum" Name="glass">'
        f"{inside}<Channels>{counts}</Channels></ClassInstance></TRTSpectrum>"
    ).encode()


def esprit_text() -> bytes:
    """A text as Esprit exports it, with decimal points and energies in keV."""
    lines = ["Bruker Nano GmbH Berlin, Germany", "Esprit 1.9", "", "Date: 16.04.2013 13:03:55", "Real time: 65000"]
    lines += ["Life time: 60000", "Pulse density: 3000", "", "Primary energy: 15.0", "Take off angle: 35.0", ""]
    lines += ["Detector type: XFlash 6|30", "Window type: slew AP3.3", "Detector thickness: 0.45"]
    lines += ["Si dead layer: 0.029", "", "Calibration, lin.: 10.0", "Calibration, abs.: -480.0", "Mn FWHM: 125.0"]
    lines += ["Fano factor: 0.116", f"Channels: {CHANNELS}", "", "Energy Counts"]
    lines += [f"{0.01 * channel - 0.48:.4f} {count}" for channel, count in enumerate(SPECTRUM)]
    return "\r\n".join([*lines, ""]).encode()


def ripple() -> tuple[bytes, bytes]:
    """Return header and numbers."""
    lines = ["key\tvalue", "width\t4", "height\t3", f"depth\t{CHANNELS}", "offset\t0", "data-length\t2"]
    lines += ["data-type\tunsigned", "byte-order\tlittle-endian", "record-by\tvector", "signal\tEDS_SEM"]
    lines += ["ev-per-chan\t10", "beam-energy\t15", "depth-origin\t0", "depth-scale\t0.01", "depth-units\tkeV"]
    lines += ["depth-name\tEnergy", "elevation-angle\t35", ""]
    return "\n".join(lines).encode(), MAP.astype("<u2").tobytes()


def edax_spectrum() -> bytes:
    data = bytearray(20_740)
    struct.pack_into("<f", data, 0, 0.61)
    struct.pack_into("<ih", data, 28, 3840, CHANNELS)
    struct.pack_into("<i", data, 384, 10)
    for place, value in {448: 0.0, 452: 10.24, 456: 60.0, 472: 130.0, 512: 35.0, 532: 15.0}.items():
        struct.pack_into("<f", data, place, value)
    data[3840 : 3840 + 4 * CHANNELS] = SPECTRUM.astype("<u4").tobytes()
    return bytes(data)


def edax_map() -> bytes:
    head = struct.pack("<16s3i5I", b"MAPSPECTRA_DATA", 0x70, 12, 4, 3, CHANNELS, 2, 1024, 1)
    return head.ljust(1024, b"\0") + MAP.astype("<u2").tobytes()


def jeol_spectrum() -> bytes:
    return bytes(10) + struct.pack("<d", 43000.5) + b"Probe".ljust(80, b"\0") + b"me".ljust(32, b"\0") + bytes(9000)


def micrograph() -> bytes:
    tag = b"\x15\0\x04Data%%%%\0\0\0\1\0\0\0\3\0\0\0\1"
    return struct.pack(">iii", 3, 500, 1) + b"\1\0\0\0\0\3" + 3 * tag + SPECTRUM.astype("<u4").tobytes()


def phenom() -> bytes:
    """A project of one image of 2 x 2 pixels and one spectrum, as version 4 has it."""
    image = _tiff(np.zeros((2, 2), np.uint8))
    text, none = lambda word: struct.pack("<I", len(word)) + word.encode(), struct.pack("<I", 0)
    counts = b"".join(_packed(int(count)) for count in SPECTRUM)
    spectrum = struct.pack("<2dI", 0.0, 10.0, CHANNELS) + counts
    settings = struct.pack("<8d", 15000.0, np.radians(35.0), 0.0, 60.0, 65.0, 1e-6, 1e-7, 125.0) + text("id")
    settings += struct.pack("<5d", 0.01, 0.01, 25e-6, 0.03, 0.0) + struct.pack("<d2B", 0.0, 1, 2)
    chosen = 4 * none + b"\1" + struct.pack("<i", 1) + none + b"\2" + none
    analysis = b"\1" + none + spectrum + settings + chosen
    picture = struct.pack("<I", len(image)) + image + text("image")
    project = struct.pack("<I", 1) + picture + struct.pack("<I", 1) + analysis + 2 * none
    return bz2.compress(b"EID2" + struct.pack("<i", 4) + project)


def _tiff(pixels: np.ndarray) -> bytes:
    """A grey picture as TIFF: width, length, bits, no compression, black is zero, and one strip."""
    length, width = pixels.shape
    values = {256: width, 257: length, 258: 8, 259: 1, 262: 1, 273: 8, 278: length, 279: pixels.size}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    directory = struct.pack("<H", len(values)) + entries + struct.pack("<I", 0)
    return b"II*\0" + struct.pack("<I", 8 + pixels.size) + pixels.tobytes() + directory


def _packed(number: int) -> bytes:
    """A number in groups of seven bits, the lowest first."""
    head = b""
    while number > 127:
        head, number = head + bytes([128 | number & 127]), number >> 7
    return head + bytes([number])


def h5oina(path: Path) -> Path:
    import h5py

    with h5py.File(path, "w") as file:
        file["Format Version"], file["Index"] = ["7.0"], ["1"]
        numbers = {"Channel Width": 10.0, "Start Channel": 0.0, "Beam Voltage": 15.0, "X Cells": 4, "Y Cells": 3}
        for key, value in (numbers | {"Detector Elevation": 0.6, "Specimen Label": "glass"}).items():
            file[f"1/EDS/Header/{key}"] = [value]
        file["1/EDS/Data/Spectrum"] = MAP.reshape(12, CHANNELS).astype(np.int32)
    return path


def hspy(path: Path) -> Path:
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs.update({"file_format": "HyperSpy", "file_format_version": "3.1"})
        group = file.create_group("Experiments/map")
        group.create_dataset("data", data=MAP, chunks=(1, 4, CHANNELS), compression="gzip")
        names = (("y", 3, 1.0, 0.0, True), ("x", 4, 1.0, 0.0, True), ("Energy", CHANNELS, 0.01, 0.0, False))
        for number, (name, size, scale, offset, navigate) in enumerate(names):
            axis = group.create_group(f"axis-{number}")
            units = "um" if navigate else "keV"
            axis.attrs.update({"name": name, "size": size, "scale": scale, "offset": offset, "units": units})
            axis.attrs.update({"navigate": navigate, "_type": "UniformDataAxis", "is_binned": False})
        metadata = group.create_group("metadata")
        metadata.create_group("General").attrs["title"] = "glass"
        metadata.create_group("Signal").attrs["signal_type"] = "EDS_SEM"
        metadata.create_group("Acquisition_instrument/SEM").attrs["beam_energy"] = 15.0
        group.create_group("original_metadata")
        group.create_group("learning_results")
    return path


def spectra(path: Path, technique: str) -> Path:
    from specquant import contracts
    from specquant.discovery import load_plugin
    from specquant.readers import on_axis
    from specquant.technique import RawSpectrum

    made_for = load_plugin(technique).technique
    energy = made_for.axis.centres
    counts = 100.0 + 900.0 * np.exp(-0.5 * ((energy - energy.mean()) / 20.0) ** 2)
    stated = {parameter.name: parameter.default for parameter in made_for.parameters}
    raws = [RawSpectrum(f"sample {row}", energy, counts + row, stated, on_scale=True) for row in range(3)]
    return contracts.save(on_axis(raws, made_for, "made up").to_dataset(made_for), "SPECTRA", path)


def written(folder: Path) -> list[Path]:
    """Write a file of every kind to a folder, with its neighbour where it has one."""
    axis = np.interp(np.arange(2048) * 5.0, np.arange(CHANNELS) * 10.0, SPECTRUM)
    write_emsa(folder / "glass.msa", np.round(axis), NPOINTS=2048, XPERCHAN=5.0, OFFSET=0.0)
    header, numbers = ripple()
    contents = {
        "glass.spx": spx(),
        "map.rpl": header,
        "map.raw": numbers,
        "one.spc": edax_spectrum(),
        "edax.spd": edax_map(),
        "edax.spc": edax_spectrum(),
        "probe.eds": jeol_spectrum(),
        "old.dm3": micrograph(),
        "phenom.elid": phenom(),
        "esprit.txt": esprit_text(),
        "bruker.bcf": b"AAMVHFSS" + bytes(0x118 - 8) + struct.pack("<5I", 1, 1, 512, 1, 0) + bytes(8192),
        "map.pts": struct.pack("<I", 304) + bytes(8) + struct.pack("<3I", 0, 512, 1024) + bytes(4096),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    made = [h5oina(folder / "map.h5oina"), hspy(folder / "map.hspy"), spectra(folder / "eds.nc", "eds")]
    return [folder / "glass.msa", *made, *(folder / name for name in contents if name not in ("map.raw", "edax.spc"))]


NEIGHBOURS = {".rpl": ".raw", ".spd": ".spc"}
"""Files that are read with one of another suffix beside it."""
