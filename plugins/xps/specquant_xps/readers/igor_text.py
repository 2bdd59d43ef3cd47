"""Reading Igor text (.itx), as SPECS Prodigy and others export spectra: waves with their scale."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from specquant.plugin import Floats, RawSpectrum, ReadError
from specquant_xps.header_hints import EV_PER_KEV
from specquant_xps.readers.lines import (
    damaged,
    header_text,
    leading_number,
    leading_numbers,
    lines_of,
    row_of,
    table_of,
)
from specquant_xps.readers.surveys import Reason, Scan, picked, raw_spectrum

_WAVES = re.compile(r"WAVES(?P<flags>(?:\s*/\w+(?:\s*=\s*\([\d,\s]*\))?)*)[\s,]+(?P<names>.+)", re.IGNORECASE)
_SCALE = re.compile(r"SetScale\s*/(P|I)\s*x\s*,?\s*([^,]+),\s*([^,]+),\s*\"([^\"]*)\"\s*,\s*(.+)", re.IGNORECASE)
_COMMENT = re.compile(r"X?\s*//\s*([^=:]+?)\s*[=:]\s*(.*)")
_NUMBERS = {
    "photon_energy": "Excitation Energy",
    "pass_energy": "Pass Energy",
    "work_function": "WorkFunction",
    "dwell_time": "Dwell Time",
}
_ENERGY_NAMES = re.compile(r"(binding|_?be$|^be_?)|(kinetic|_?ke$|^ke_?)|energy", re.IGNORECASE)


@dataclass
class _Waves:
    """Waves side by side: their names, the comments before them, their rows, and the scale (way, start, step, unit)."""

    names: list[str]
    header: dict[str, str]
    rows: list[list[float]] = field(default_factory=list)
    scale: tuple[str, float, float, str] | None = None


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of Igor text."""
    return re.match(rb"\s*IGOR[ \t]*[\r\n]", head) is not None


def read(path: Path) -> list[RawSpectrum]:
    """Read every survey among the waves: over its scale, or over the wave of energies beside it.

    The photon energy is stated where the comments say so; the header holds ``block`` (number of the wave),
    ``energy_kind``, and where the comments say so ``pass_energy``, ``work_function`` (eV), ``dwell_time`` (s).

    Raises
    ------
    ReadError
        If a row does not hold numbers, or no wave is a survey.
    """
    waves = list(_parsed(lines_of(path), path))
    scans = [scan for block, item in enumerate(waves) for scan in _scans(block, item, path)]
    if not scans:
        raise ReadError("holds no wave", where=path, found="no WAVES with BEGIN and END", wanted="a spectrum")
    return picked(scans, path)


def _parsed(lines: Sequence[str], path: Path) -> Iterator[_Waves]:
    header: dict[str, str] = {}
    waves: list[_Waves] = []
    inside = False
    for number, line in enumerate(lines, start=1):
        text = header_text(line)
        where = f"{path}, line {number}"
        if inside:
            inside = text.upper() != "END"
            if inside and text:
                waves[-1].rows.append(row_of(line, where))
        elif match := _WAVES.fullmatch(text):
            names = [name.strip("'\" ") for name in re.findall(r"'[^']*'|[^\s,]+", match["names"])]
            waves.append(_Waves(names, dict(header)))
        elif text.upper() == "BEGIN" and waves:
            inside = True
        elif (match := _SCALE.search(text)) and waves:
            _set_scale(waves[-1], match, where)
        elif match := _COMMENT.match(text):
            header[match[1].strip()] = match[2].strip()
    if inside:
        raise damaged("file ends within a wave", path, f"{len(lines)} lines", "END")
    yield from waves


def _set_scale(waves: _Waves, match: re.Match[str], where: str) -> None:
    start, step = leading_number(match[2]), leading_number(match[3])
    if start is None or step is None:
        raise damaged("a scale has no start and step", where, repr(match[0][:60]), "two numbers")
    waves.scale = (match[1].upper(), start, step, match[4])


def _scans(block: int, waves: _Waves, path: Path) -> Iterator[Scan]:
    values = table_of(waves.rows, 1, f"{path}, wave {waves.names[0] if waves.names else block}")
    said: dict[str, object] = {"format": "Igor text", "block": block}
    said |= leading_numbers({key: waves.header.get(label, "") for key, label in _NUMBERS.items()})
    title = waves.header.get("Spectrum Name", "") or waves.names[-1]
    words = " ".join([waves.scale[3] if waves.scale else "", waves.names[0], waves.header.get("Energy Axis", "")])
    kinds = [kind for kind in ("binding", "kinetic") if kind in words.lower()]
    said |= {"energy_kind": kinds[0]} if len(kinds) == 1 else {}
    beside = len(waves.names) > 1 and values.shape[1] == len(waves.names) and _ENERGY_NAMES.search(waves.names[0])
    if beside:
        yield Scan(f"wave {block}", title, raw_spectrum(title, values[:, 0], values[:, 1], said))
        return
    energy = _scaled(waves, len(values))
    reason = None if energy.size else Reason("not over energy", "no scale of energies")
    yield Scan(f"wave {block}", title, raw_spectrum(title, energy, values.sum(axis=1), said), reason)


def _scaled(waves: _Waves, points: int) -> Floats:
    """Return the energies (channel,) that the scale gives, eV; empty if it gives none."""
    if waves.scale is None or points < 2:
        return np.empty(0)
    way, start, step, unit = waves.scale
    if unit and "ev" not in unit.lower() and "energy" not in unit.lower():
        return np.empty(0)
    width = step if way == "P" else (step - start) / (points - 1)
    factor = EV_PER_KEV if "kev" in unit.lower() else 1.0
    return np.asarray(factor * (start + width * np.arange(points, dtype=np.float64)))
