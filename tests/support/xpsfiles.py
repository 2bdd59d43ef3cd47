"""Made-up XPS surveys and narrow scans, and files of every format that hold them."""

import gzip
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.notes import NoteKind
from specquant.technique import Floats, RawSpectrum

PHOTON = 1486.6
LINES = {930.0: 9000.0, 531.0: 4000.0, 285.0: 2500.0, 75.0: 1500.0}
"""Made-up lines: binding energy, eV, to counts; each with a step of losses behind it."""
SMALL = 4096


@dataclass(frozen=True)
class Region:
    """A scan to write: binding energy (channel,) descending, whole counts (channel,)."""

    title: str
    energy: Floats
    counts: Floats

    @property
    def step(self) -> float:
        return float(self.energy[0] - self.energy[1])


def region(title: str = "Survey", low: float = 0.0, high: float = 1200.0, step: float = 1.0, seed: int = 1) -> Region:
    energy = high - step * np.arange(round((high - low) / step) + 1)
    expected = 200.0 + 0.1 * energy
    for line, height in LINES.items():
        expected = expected + height * np.exp(-0.5 * ((energy - line) / 1.5) ** 2) + 0.15 * height * (energy > line)
    return Region(title, energy, np.random.default_rng(seed).poisson(expected).astype(np.float64))


def noted(raw: RawSpectrum, kind: NoteKind) -> list[str]:
    """The texts of a spectrum's notes of one kind."""
    return [note.text for note in raw.facts.notes if note.kind is kind]


SURVEY = region()
NARROW = region("C 1s", 278.0, 298.0, 0.1, seed=2)
SECOND = region("Survey 2", -5.0, 1100.0, 0.5, seed=3)
ALL = (NARROW, SURVEY, SECOND)


def vamas(regions: Sequence[Region] = ALL) -> bytes:
    head = ["VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"]
    head += ["institute", "instrument", "operator", "experiment", "1", "made up", "NORM", "REGULAR", "1", "0", "0", "0"]
    lines = [*head, "0", "0", str(len(regions))]
    for item in regions:
        lines += [item.title, "foil", "2020", "1", "1", "0", "0", "0", "0", "1", "a comment", "XPS", "Al", str(PHOTON)]
        lines += ["300", "1", "1", "45", "0", "FAT", "160", "1", "4.5", "0", "1", "1", "90", "0", item.title, "none"]
        lines += ["-1", "binding energy", "eV", f"{item.energy[0]:g}", f"{-item.step:.6g}", "2", "counts", "d"]
        lines += ["Transmission", "d", "pulse counting", "0.1", "1", "0", "0", "0", "0", "0"]
        rows = [text for value in item.counts for text in (f"{value:g}", "1.5")]
        lines += [str(len(rows)), "0", f"{item.counts.max():g}", "1.5", "1.5", *rows]
    return "\r\n".join([*lines, "end of experiment", ""]).encode()


def casa_under(regions: Sequence[Region] = ALL) -> bytes:
    """Tables under each other, with the titles ``KE_name`` and so on."""
    lines = ["c:\\data\\made up.vms"]
    for item in regions:
        name = item.title
        lines += [name, f"\tCharacteristic Energy eV\t{PHOTON}\tAcquisition Time s\t0.5"]
        lines += [f"KE_{name}\tBE_{name}\tCPS_{name}\tBackground_{name}"]
        lines += [
            f"{PHOTON - e:.6g}\t{e:.6g}\t{2 * c:.8g}\t{c:.8g}" for e, c in zip(item.energy, item.counts, strict=True)
        ]
    return "\n".join([*lines, ""]).encode()


def casa_columns(regions: Sequence[Region] = ALL) -> bytes:
    """Tables under each other with counts at the left and counts per second at the right, and a fit in each."""
    lines = []
    for item in regions:
        lines += [f"Cycle 0:foil:{item.title}", f"Characteristic Energy eV\t{PHOTON}\tAcquisition Time s\t0.5"]
        lines += ["Name\tone", "Position\t285", "K.E.\tCounts\tBackground\tone\t\tB.E.\tCPS\tBackground CPS\tone"]
        lines += [
            f"{PHOTON - e:.6g}\t{c:g}\t1\t2\t\t{e:.6g}\t{2 * c:g}\t1\t2"
            for e, c in zip(item.energy, item.counts, strict=True)
        ]
        lines += [""]
    return "\r\n".join(lines).encode()


def casa_beside(regions: Sequence[Region] = ALL) -> bytes:
    """Tables side by side, which end at different lines."""
    lines = ["\t\t".join(f"Characteristic Energy eV\t{PHOTON}\tAcquisition Time s\t0.5" for _ in regions)]
    lines += ["\t\t".join(f"B.E.\tCycle 0:foil:{item.title}:CPS" for item in regions)]
    for row in range(max(len(item.energy) for item in regions)):
        cells = [
            f"{item.energy[row]:.6g}\t{item.counts[row]:g}" if row < len(item.energy) else "\t" for item in regions
        ]
        lines.append("\t\t".join(cells))
    return "\n".join([*lines, ""]).encode()


def phi_spe(regions: Sequence[Region] = ALL, tag: str = "f4", endian: str = "<", **header: str) -> bytes:
    stated = {"Technique": "XPS", "FileType": "SPECTRUM", "XraySource": "Al 1486.6 mono", "AnalyserWorkFcn": "4.25 eV"}
    lines = ["SOFH", "Platform: PC", *(f"{key}: {value}" for key, value in (stated | header).items())]
    lines += [f"NoSpectralReg: {len(regions)}"]
    for number, item in enumerate(regions, start=1):
        first, last, points = item.energy[0], item.energy[-1], len(item.energy)
        title = item.title.replace(" ", "")
        lines += [f"SpectralRegDefFull: {number} 0 other 6 3 -1.0 9 0 9 0 0.0 55.00 AREA"]
        lines += [f"SpectralRegDef: {number} 1 {title} 6 {points} {-item.step:.4f} {first} {last} 0 0 0.2 140.00 AREA"]
    width = int(tag[1])
    start, entries, numbers = 16 + 96 * len(regions), b"", b""
    for number, item in enumerate(regions, start=1):
        size = width * len(item.counts)
        fields = [number, 1, 1, number, 1, len(item.counts), 1, 1]
        texts = struct.pack(f"{endian}8I", *fields) + b"pnt\0\0\0\0\0sar\0" + bytes(12) + b"c/s\0" + bytes(12)
        entries += texts + tag.encode().ljust(4, b"\0") + struct.pack(f"{endian}5I", size, start, 0, 0, 0)
        numbers += item.counts.astype(f"{endian}f{width}").tobytes()
        start += size
    table = struct.pack(f"{endian}4I", 1, len(regions), 96 * len(regions), 16)
    return "\r\n".join([*lines, "EOFH", ""]).encode() + table + entries + numbers


def phi_text(regions: Sequence[Region] = ALL) -> bytes:
    lines = [f"Cycles 8; Regions {len(regions)}; Anode Mg; Photon Energy 1253.6; XPS;"]
    for number, item in enumerate(regions, start=1):
        lines += [f"Element {item.title}; Region {number} of {len(regions)}; Depth Cycle 1 of 1; Time Per Step 50; "]
        lines[-1] += "Sweeps 5; Anode Mg; Photon Energy 1253.6; XPS;"
        lines += [f"{e:.6g}\t{c:g}" for e, c in zip(item.energy, item.counts, strict=True)] + [""]
    return "\r\n".join(lines).encode()


def specs_xy(regions: Sequence[Region] = ALL, scans: int = 2, short: int = 0) -> bytes:
    """Each region twice measured; the last scan of each is `short` rows short."""
    lines = ["# Created by:        SpecsLab Prodigy, Version 4.1", "#", "# XY-Serializer Export Settings:"]
    lines += ["#   Energy Axis:              Binding Energy", "#   Count Rate:               Counts per Second", "#"]
    lines += ["# Group:                        first group", "#"]
    for item in regions:
        lines += [f"# Region:                       {item.title}", "# Analysis Method:              XPS"]
        lines += [f"# Excitation Energy:            {PHOTON}", "# Pass Energy:                  100", ""]
        for scan in range(scans):
            lines += [
                f"# Cycle: 0, Curve: 0, Scan: {scan}",
                "#",
                "# ColumnLabels:                 energy counts/s",
                "#",
            ]
            rows = [f"{e:.6g}  {c:g}" for e, c in zip(item.energy, item.counts, strict=True)]
            lines += [*(rows[: len(rows) - short] if scan == scans - 1 else rows), ""]
    return "\r\n".join(lines).encode()


def scienta(regions: Sequence[Region] = ALL, slices: int = 2) -> bytes:
    lines = ["[Info]", f"Number of Regions={len(regions)}", "Version=1.3", ""]
    for number, item in enumerate(regions, start=1):
        lines += [f"[Region {number}]", f"Region Name={item.title}", "Dimension 1 name=Binding Energy [eV]"]
        lines += [f"Dimension 1 size={len(item.energy)}", "", f"[Info {number}]", "Pass Energy=200"]
        lines += [f"Excitation Energy={PHOTON}", "Energy Scale=Binding", "Step Time=100", "Sample=foil", ""]
        lines += [f"[Data {number}]"]
        lines += [f" {e:.6E}" + slices * f"  {c:.6E}" for e, c in zip(item.energy, item.counts, strict=True)] + [""]
    return "\n".join(lines).encode()


def omicron(regions: Sequence[Region] = ALL, layers: Sequence[str] = ("True",)) -> bytes:
    """Regions under each other, of layers that count or do not; the second has twice the counts of the first."""
    lines: list[str] = []
    for number, item in enumerate(regions, start=1):
        lines += ["Region\tEnabled\tName\tStart\tEnd\tStep\tSweeps\tDwell Time\tPass Energy\tExcitation Energy"]
        ends = f"{item.energy[0]:g}\t{item.energy[-1]:g}\t{-item.step:g}"
        lines += [f"{number}\ttrue\t{item.title}\t{ends}\t1\t0.1\t50\t{PHOTON}"]
        for layer, enabled in enumerate(layers, start=1):
            lines += ["Layer\tEnabled\tDataFlag", f"{layer}\t{enabled}\t", "Binding Energy (eV)\tCounts"]
            lines += [f"{e:.6g}\t{layer * c:g}" for e, c in zip(item.energy, item.counts, strict=True)]
    return "\r\n".join([*lines, ""]).encode()


def avg(spectra: Sequence[Region] = (SURVEY,), **stated: str) -> bytes:
    """One energy axis, and a spectrum for each point."""
    first = spectra[0]
    start, points = PHOTON - first.energy[0], len(first.energy)
    lines = [";Dump of DataSpace 'made up.VGD'", "$FORMAT=4", "$PROPERTIES=SUM"]
    texts = {"DS_EXT_SUPROPID_TITLE": f"VT_BSTR = '{first.title}'", "DS_GEPROPID_INSTRUMENT": "VT_BSTR = 'made up'"}
    texts |= {"DS_SOPROPID_ENERGY": f"VT_R4   = {PHOTON}", "DS_ANPROPID_PASS": "VT_R4   = 150.000000"}
    lines += [f"{key:40} : {value}" for key, value in (texts | stated).items()]
    several = len(spectra) > 1
    lines += [f"$DATAAXES={1 + several},#empty#", f"    0=  0, {points - 1}, 1", f"$SPACEAXES={1 + several}"]
    lines += [f"    0= {start:.6f}, {first.step:.6f}, {points}, ENERGY, LINEAR, 'E', 'eV', 'Energy'"]
    lines += [f"    1= 1.0, 1.0, {len(spectra)}, POSITION, LINEAR, 'Pos', '', 'Position'"] if several else []
    for item in spectra:
        lines.append("$DATA=*")
        for channel in range(0, points, 4):
            four = item.counts[channel : channel + 4]
            lines.append(f"LIST@ {channel:3d}= " + ", ".join(f"{value:.6f}" for value in four))
    return "\r\n".join([*lines, ""]).encode()


def vgd(spectra: Sequence[Region] = (SURVEY,), scale: int = 1, points: int = 0, technique: int = 1) -> bytes:
    first = spectra[0]
    tags = struct.pack("<IHIHIH", 2, 0, 2, 0, 2, 0)
    axes = struct.pack("<2I", 0x20000, 1 + (len(spectra) > 1))
    count = points or len(first.energy)
    axes += tags + struct.pack("<i2dBi", count, PHOTON - first.energy[0], first.step, 1, 1)
    if len(spectra) > 1:
        axes += tags + struct.pack("<i2dBi", len(spectra), 1.0, 1.0, 1, 10)
    values = {0x69: struct.pack("<If", 4, PHOTON), 0x194: struct.pack("<If", 4, 150.0)}
    values |= {0x13C: struct.pack("<Ii", 3, scale), 0x06: struct.pack("<II", 8, 8) + b"made up\0"}
    values |= {0x04: struct.pack("<Ii", 3, technique)}
    streams = {
        "VGData": b"".join(item.counts.astype("<f8").tobytes() for item in spectra),
        "VGSpaceAxes": axes,
        "\x05Properties": _property_set(values),
        "\x05SummaryInformation": _property_set({2: struct.pack("<II", 30, len(first.title)) + first.title.encode()}),
    }
    return compound(streams)


def _property_set(values: Mapping[int, bytes]) -> bytes:
    start, index, body = 8 + 8 * len(values), b"", b""
    for key, value in values.items():
        index += struct.pack("<2I", key, start + len(body))
        body += value + bytes(-len(value) % 4)
    section = struct.pack("<2I", start + len(body), len(values)) + index + body
    return struct.pack("<2HI16sI16sI", 0xFFFE, 0, 0, bytes(16), 1, bytes(16), 48) + section


def compound(streams: Mapping[str, bytes]) -> bytes:
    """An OLE2 compound document of version 3: streams of less than 4096 bytes lie in the small one."""
    sectors: list[bytes] = []
    chain: list[int] = []

    def add(data: bytes) -> int:
        number = max(1, -(-len(data) // 512))
        first = len(sectors)
        padded = data.ljust(512 * number, b"\0")
        sectors.extend(padded[512 * sector : 512 * sector + 512] for sector in range(number))
        chain.extend([*range(first + 1, first + number), 0xFFFFFFFE])
        return first

    small, small_chain, starts = b"", [], {}
    for name, data in streams.items():
        if not data:
            starts[name] = 0xFFFFFFFE
            continue
        if len(data) >= SMALL:
            starts[name] = add(data)
            continue
        number = -(-len(data) // 64)
        starts[name] = len(small_chain)
        small_chain += [*range(len(small_chain) + 1, len(small_chain) + number), 0xFFFFFFFE]
        small += data.ljust(64 * number, b"\0")
    small_first = add(small)
    small_fat = add(struct.pack(f"<{len(small_chain)}I", *small_chain).ljust(512, b"\xff"))
    entries = [_entry("Root Entry", 5, small_first, len(small), child=1)]
    for number, name in enumerate(streams, start=1):
        right = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(_entry(name, 2, starts[name], len(streams[name]), right=right))
    directory = add(b"".join(entries))
    number = -(-(len(chain) + 1) // 127)
    fat_first = len(sectors)
    chain += [0xFFFFFFFD] * number
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512 * number, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, number, directory, 0, SMALL, small_fat, 1, 0xFFFFFFFE, 0)
    head += struct.pack(f"<{number}I", *range(fat_first, fat_first + number)).ljust(436, b"\xff")
    return head + b"".join(sectors) + fat


def _entry(name: str, kind: int, first: int, size: int, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    raw = name.encode("utf-16-le").ljust(64, b"\0")
    ids = struct.pack("<H2B3I", 2 * len(name) + 2, kind, 1, 0xFFFFFFFF, right, child)
    return raw + ids + bytes(36) + struct.pack("<IQ", first, size)


def itx(regions: Sequence[Region] = ALL, way: str = "I") -> bytes:
    lines = ["IGOR", "X //Created by:           SpecsLab Prodigy"]
    for number, item in enumerate(regions):
        start, end = PHOTON - item.energy[0], PHOTON - item.energy[-1]
        lines += [f"X //Spectrum Name     = {item.title}", f"X //Excitation Energy = {PHOTON}", "X //Pass Energy = 50"]
        lines += [f"WAVES/S/N=({len(item.counts)}) 'wave{number}'", "BEGIN", *(f"{value:g}" for value in item.counts)]
        second = end if way == "I" else item.step
        lines += ["END", f"X SetScale/{way} x, {start:.8g}, {second:.8g}, \"eV (Kinetic Energy)\", 'wave{number}'"]
    return "\r\n".join([*lines, ""]).encode()


def itx_beside(item: Region = SURVEY) -> bytes:
    lines = ["IGOR", "WAVES/D binding_energy\tcounts", "BEGIN"]
    lines += [f"\t{e:.6g}\t{c:g}" for e, c in zip(item.energy, item.counts, strict=True)]
    return "\r".join([*lines, "END", 'X SetScale/P x 0,1,"", counts; SetScale y 0,0,"", counts', ""]).encode()


def nexus(path: Path, regions: Sequence[Region] = ALL, *, scans: int = 0, claimed: int = 0) -> Path:
    """One entry per region; with several `scans` the signal has an axis of them; `claimed` points are never written."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["NX_class"] = "NXroot"
        for item in regions:
            entry = file.create_group(item.title)
            entry.attrs.update({"NX_class": "NXentry", "default": "data"})
            entry["method"] = "XPS"
            entry.create_group("sample")["name"] = "foil"
            beam = entry.create_group("instrument/beam_probe")
            beam["incident_energy"] = PHOTON / 1000
            beam["incident_energy"].attrs["units"] = "keV"
            plot = entry.create_group("data")
            axes = ["scan", "energy"] if scans else ["energy"]
            plot.attrs.update({"NX_class": "NXdata", "signal": "data", "axes": axes})
            plot["energy"] = item.energy
            plot["energy"].attrs.update({"units": "eV", "type": "binding"})
            plot["data"] = np.tile(item.counts / scans, (scans, 1)) if scans else item.counts
            if claimed:
                del plot["data"]
                plot.create_dataset("data", shape=(claimed,), dtype="f8", chunks=(1 << 16,), compression="gzip")
    return path


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def two_columns(item: Region = SURVEY) -> bytes:
    rows = [f"{e:.6g},{c:g}" for e, c in zip(item.energy, item.counts, strict=True)]
    return "\n".join(["Binding energy (eV),Counts", *rows, ""]).encode()


WRITERS = {
    "vamas.vms": vamas,
    "under.txt": casa_under,
    "columns.txt": casa_columns,
    "beside.txt": casa_beside,
    "phi.spe": phi_spe,
    "phi.txt": phi_text,
    "specs.xy": specs_xy,
    "scienta.txt": scienta,
    "omicron.txt": omicron,
    "thermo.avg": avg,
    "thermo.vgd": vgd,
    "igor.itx": itx,
    "waves.itx": itx_beside,
    "columns.csv": two_columns,
}
"""A file of each kind but NeXus and zip, which are written to a path."""


def written(folder: Path) -> list[Path]:
    """Write a file of every kind to a folder."""
    paths = [folder / name for name in WRITERS]
    for path in paths:
        path.write_bytes(WRITERS[path.name]())
    nxs = nexus(folder / "nexus.nxs")
    packed = zipped(folder / "packed.zip", {"a/survey.csv": two_columns(), "a/phi.spe": phi_spe(tag="f8")})
    (folder / "packed.csv.gz").write_bytes(gzip.compress(two_columns()))
    (folder / "quoted.csv").write_bytes(quoted())
    (folder / "many.csv").write_bytes(many_columns())
    return [*paths, nxs, packed, *(folder / name for name in ("packed.csv.gz", "quoted.csv", "many.csv"))]


def quoted(item: Region = SURVEY) -> bytes:
    """Every cell in quotes, thousands grouped by commas."""
    rows = [f'"{e:.1f}","{c:,.0f}"' for e, c in zip(item.energy, item.counts, strict=True)]
    return "\n".join(['"Binding energy, eV","Counts"', *rows, ""]).encode()


def many_columns(items: Sequence[Region] = (SURVEY, SECOND)) -> bytes:
    """Rates of several samples side by side, of different length, with decimal commas."""
    lines = [";".join(f"BE {item.title};CPS {item.title}" for item in items)]
    for row in range(max(len(item.energy) for item in items)):
        pairs = [
            f"{item.energy[row]:.2f};{item.counts[row] / 40:.4f}" if row < len(item.energy) else ";" for item in items
        ]
        lines.append(";".join(pairs).replace(".", ","))
    return "\r\n".join([*lines, ""]).encode()
