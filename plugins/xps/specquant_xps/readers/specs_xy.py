"""Reading .xy text of SPECS (SpecsLab, Prodigy): regions in groups, a block of two columns for each scan.

Lines that begin with the comment sign are ``# Key: value``. The scans of a region are summed, over all cycles.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from specquant.plugin import COUNTS, RATE, Floats, RawSpectrum, ReadError
from specquant_xps.readers.lines import damaged, leading_number, leading_numbers, lines_of, row_of, table_of
from specquant_xps.readers.surveys import Reason, Scan, another_technique, picked, raw_spectrum, with_left_out

_MARK = re.compile(rb"^# *(?:XY-Serializer|Created by: *SpecsLab)", re.M)
"""Lines that only these files have; versions align what follows the key each in its own way."""

_NUMBERS = {
    "photon_energy": "Excitation Energy",
    "pass_energy": "Pass Energy",
    "work_function": "Eff. Workfunction",
    "dwell_time": "Dwell Time",
}
_SAME_ENERGY = 1e-3
"""eV by which energies of two scans may differ by rounding: files have three decimals or more."""

_KINETIC = {"yes": "kinetic", "no": "binding"}
"""What SpecsLab 2 says of ``Kinetic Energy Axis``."""

_WORDS = {
    "date": "Acquisition Date",
    "instrument": "Analyzer",
    "lens": "Analyzer Lens",
    "source": "Source",
    "comment": "Comment",
}


@dataclass
class _Region:
    """One region: its group, its header, and the blocks of numbers in it with their column titles."""

    group: str
    header: dict[str, str]
    blocks: list[tuple[str, int, list[list[float]]]] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of such a text."""
    return head.lstrip().startswith(b"#") and _MARK.search(head) is not None


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey among the regions, the sum of its scans.

    The photon energy is stated; the header holds ``entry`` (the group), ``block`` (number of the region in the file),
    ``energy_kind``, ``pass_energy``, ``work_function`` (eV), ``dwell_time`` (s), ``scans`` and others.

    Raises
    ------
    ReadError
        If a row does not hold numbers, the energies are missing, or no region is a survey.
    """
    lines = lines_of(path)
    header, regions = _parsed(lines, path)
    if not regions:
        raise ReadError("holds no region", where=path, found=f"{len(lines)} lines", wanted="a line '# Region:'")
    pairs = [_scan(block, region, header, path) for block, region in enumerate(regions)]
    broken_off = "; ".join(text for _, text in pairs if text)
    return with_left_out(picked([scan for scan, _ in pairs], path), broken_off)


def _parsed(lines: list[str], path: Path) -> tuple[dict[str, str], list[_Region]]:
    """Return what the file's header says, and the regions."""
    export: dict[str, str] = {}
    regions: list[_Region] = []
    group, fresh = "", True
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("#"):
            fresh = True
            key, _, value = (part.strip() for part in text.lstrip("#").partition(":"))
            if key == "Group":
                group = value
            elif key == "Region":
                regions.append(_Region(group, {"Region": value}))
            elif key and regions:
                regions[-1].header[key] = value
            elif key:
                export[key] = value
        elif text:
            if not regions:
                raise damaged("numbers before the first region", f"{path}, line {number}", repr(text[:40]), "# Region:")
            if fresh:
                regions[-1].blocks.append((regions[-1].header.get("ColumnLabels", ""), number, []))
                fresh = False
            regions[-1].blocks[-1][2].append(row_of(text, f"{path}, line {number}"))
    return export, regions


def _scan(block: int, region: _Region, export: dict[str, str], path: Path) -> tuple[Scan, str]:
    """Return a region as one scan, and what of it was left out."""
    title = region.header["Region"]
    counted = [entry for entry in region.blocks if "counts" in entry[0].lower() or not entry[0]]
    tables = [table_of(rows, 2, f"{path}, line {line}") for _, line, rows in counted]
    energy, counts, summed = _summed(tables)
    broken_off = len(tables) - summed
    text = f"{broken_off} of {len(tables)} scans of {title} (not over the whole range)" if broken_off else ""
    stated = leading_number(region.header.get("Values/Curve", ""))
    if stated is not None and energy.size < stated:
        cut = f"{stated - energy.size:g} of {stated:g} values of {title} (is the file cut short?)"
        text = "; ".join(filter(None, (text, cut)))
    name = " / ".join(filter(None, (region.group, title)))
    spectrum = raw_spectrum(name, energy, counts, _said(region, export) | {"block": block, "scans": summed})
    return Scan(f"region {block}", title, spectrum, next(_reasons(region, counted), None)), text


def _said(region: _Region, export: dict[str, str]) -> dict[str, object]:
    """Return what the headers of the file and the region say, by our keys."""
    said: dict[str, object] = {"format": "SPECS xy", "entry": region.group}
    rate = export.get("Count Rate", "").lower() == RATE or export.get("Counts Per Second", "").lower() == "yes"
    said["intensity_unit"] = RATE if rate else COUNTS
    kinds = [
        *export.get("Energy Axis", "").lower().split()[:1],
        _KINETIC.get(export.get("Kinetic Energy Axis", ""), ""),
    ]
    if kinds[0] in ("binding", "kinetic"):
        said["energy_kind"] = kinds[0]
    said |= leading_numbers({key: region.header.get(name, "") for key, name in _NUMBERS.items()})
    return said | {key: region.header[name] for key, name in _WORDS.items() if region.header.get(name)}


def _reasons(region: _Region, counted: list[tuple[str, int, list[list[float]]]]) -> Iterator[Reason]:
    """Yield why a region is not a survey whatever its range."""
    method = region.header.get("Analysis Method", "XPS")
    if method.upper() != "XPS":
        yield another_technique(method, "analysis method")
    label = counted[0][0] if counted else "energy"
    if label and not label.lower().startswith("energy"):
        yield Reason("not over energy", f"columns are {label!r}")


def _summed(tables: list[Floats]) -> tuple[Floats, Floats, int]:
    """Return energy (channel,), the sum of the counts (channel,) of all scans over the longest range, and how many."""
    longest = max(tables, key=len, default=np.empty((0, 2)))
    energy = longest[:, 0]
    whole = [
        table for table in tables if len(table) == len(longest) and np.allclose(table[:, 0], energy, atol=_SAME_ENERGY)
    ]
    counts = np.zeros(len(longest))
    for table in whole:
        counts += table[:, 1]
    return energy, counts, len(whole)
