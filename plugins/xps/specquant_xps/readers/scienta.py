"""Reading text that Scienta's SES writes: sections ``[Region 1]``, ``[Info 1]`` and ``[Data 1]`` for each region."""

from collections.abc import Sequence
from pathlib import Path

from specquant.plugin import RawSpectrum, ReadError
from specquant_xps.readers.lines import damaged, leading_number, leading_numbers, lines_of, row_of, table_of
from specquant_xps.readers.surveys import Scan, picked, raw_spectrum

_DIGITS = "0123456789"
_NUMBERS = {
    "photon_energy": "Excitation Energy",
    "pass_energy": "Pass Energy",
    "scans": "Number of Sweeps",
    "dwell_time": "Step Time",
}
_WORDS = {"instrument": "Instrument", "sample": "Sample", "lens": "Lens Mode"}
_MILLISECONDS = 1e-3
"""s in the unit of ``Step Time``."""

_MOST_DIGITS = 6
"""Digits of a region's number that are read: no file holds a million regions."""

_Sections = dict[tuple[str, str], list[tuple[int, str]]]


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of such a text."""
    return head.lstrip().startswith(b"[Info]") and b"Number of Regions" in head


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey among the regions; where there are several columns of intensity, their sum.

    The photon energy is stated where the file says so; the header holds ``block`` (number of the region),
    ``energy_kind``, and where the file says so ``pass_energy`` (eV), ``scans``, ``dwell_time`` (s), ``instrument``,
    ``sample``, ``lens``.

    Raises
    ------
    ReadError
        If a region has fewer rows than it states, a row does not hold numbers, or no region is a survey.
    """
    sections = _sections(lines_of(path))
    regions = [number for name, number in sections if name == "Region"]
    if not regions:
        raise ReadError("holds no region", where=path, found="no section [Region 1]", wanted="a region with its data")
    return picked([_scan(number, sections, path) for number in regions], path)


def _sections(lines: Sequence[str]) -> _Sections:
    """Return the lines of every section with their numbers, by the section's name and number."""
    sections: _Sections = {}
    inside: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            name = text[1:-1].rstrip(_DIGITS)
            inside = sections.setdefault((name.strip(), text[1 + len(name) : -1]), [])
        elif text:
            inside.append((number, text))
    return sections


def _scan(number: str, sections: _Sections, path: Path) -> Scan:
    keys: dict[str, str] = {}
    for name in ("Region", "Info"):
        pairs = [line.partition("=") for _, line in sections.get((name, number), ())]
        keys |= {key.strip(): value.strip() for key, _, value in pairs}
    where = f"{path}, region {number}"
    rows = [row_of(text, f"{path}, line {line}") for line, text in sections.get(("Data", number), ())]
    values = table_of(rows, 2, where)
    size = leading_number(keys.get("Dimension 1 size", ""))
    if size is not None and size != len(values):
        raise damaged("rows and size do not agree", where, f"{len(values)} rows", f"{size:g} as Dimension 1 size says")
    title, sample = keys.get("Region Name", ""), keys.get("Sample", "")
    name, said = " / ".join(filter(None, (sample, title))), _said(number, keys)
    return Scan(f"region {number}", title, raw_spectrum(name, values[:, 0], values[:, 1:].sum(axis=1), said))


def _said(number: str, keys: dict[str, str]) -> dict[str, object]:
    """Return what the sections of a region say, by our keys."""
    said: dict[str, object] = {"format": "Scienta text", "block": int(number[:_MOST_DIGITS] or 0)}
    axis = f"{keys.get('Dimension 1 name', '')} {keys.get('Energy Scale', '')}".lower()
    kinds = [kind for kind in ("binding", "kinetic") if kind in axis.split()]
    if kinds:
        of_axis = [kind for kind in kinds if kind in keys.get("Dimension 1 name", "").lower()]
        said["energy_kind"] = [*of_axis, *kinds][0]
    numbers = leading_numbers({key: keys.get(label, "") for key, label in _NUMBERS.items()})
    said |= {key: value * _MILLISECONDS if key == "dwell_time" else value for key, value in numbers.items()}
    return said | {key: keys[label] for key, label in _WORDS.items() if keys.get(label)}
