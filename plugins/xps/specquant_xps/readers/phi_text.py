"""Reading text that PHI's PC ACCESS and MultiPak write beside a .spe: regions under each other, each with a line.

``Element C 1s; Region 6 of 6; Depth Cycle 1 of 1; ...; Anode Mg; Photon Energy 1253.6; XPS;`` and rows of energy and
counts.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from specquant.plugin import RawSpectrum, shortened
from specquant_xps.readers.lines import header_text, leading_number, lines_of, row_of, table_of
from specquant_xps.readers.surveys import Reason, Scan, picked, raw_spectrum, with_left_out

_REGION = re.compile(r"(Element\b[^;]*);\s*Region\s+(\d{1,4})\s+of\s+(\d{1,4})\s*;(.*)")
_NUMBERS = {"photon_energy": ("Photon Energy", 1.0), "scans": ("Sweeps", 1.0), "dwell_time": ("Time Per Step", 1e-3)}
"""Key to what the line of a region calls it, and the factor to our unit: eV, none, and s (the text has ms)."""

_NAMED = 6
"""Regions that a note names, so that it stays one line."""

_TECHNIQUES = frozenset({"XPS", "ESCA", "AES", "SIMS", "UPS", "ISS"})


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of such a text."""
    return _REGION.search(head.decode("latin-1")) is not None


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey among the regions.

    The photon energy is stated; the header holds ``block`` (number of the region in the file), ``energy_kind``,
    ``source``, ``scans`` and ``dwell_time`` (s), where the line of the region says so.

    Raises
    ------
    ReadError
        If a row does not hold numbers, or no region is a survey.
    """
    regions: list[tuple[re.Match[str], list[list[float]]]] = []
    for number, line in enumerate(lines_of(path), start=1):
        match = _REGION.match(header_text(line))
        if match:
            regions.append((match, []))
        elif regions and line.strip():
            regions[-1][1].append(row_of(line, f"{path}, line {number}"))
    spectra = picked([_scan(block, match, rows, path) for block, (match, rows) in enumerate(regions)], path)
    return with_left_out(spectra, _missing([match for match, _ in regions]))


def _missing(matches: Sequence[re.Match[str]]) -> str:
    """Return in words which regions lines of others speak of, and the file does not have; "" for none."""
    there = {int(match[2]) for match in matches}
    missing = [str(number) for number in range(1, max(int(match[3]) for match in matches) + 1) if number not in there]
    text = f"regions that others speak of and the file does not have ({shortened(missing, _NAMED)}): is it cut short?"
    return text if missing else ""


def _scan(block: int, match: re.Match[str], rows: list[list[float]], path: Path) -> Scan:
    part, title = f"region {match[2]}", match[1].removeprefix("Element").strip()
    values = table_of(rows, 2, f"{path}, {part}")
    words = [word.strip() for word in match[4].split(";") if word.strip()]
    said: dict[str, object] = {"format": "PHI text", "block": block, "energy_kind": "binding"}
    for key, (label, factor) in _NUMBERS.items():
        numbers = [leading_number(word.removeprefix(label)) for word in words if word.startswith(label)]
        if numbers and numbers[0] is not None:
            said[key] = numbers[0] * factor
    anodes = [word.removeprefix("Anode").strip() for word in words if word.startswith("Anode")]
    said |= {"source": anodes[0]} if anodes else {}
    technique = next((word for word in words if word in _TECHNIQUES), "XPS")
    reason = None if technique in {"XPS", "ESCA"} else Reason(technique, f"technique is {technique}")
    return Scan(part, title, raw_spectrum(title, values[:, 0], values[:, 1], said), reason)
