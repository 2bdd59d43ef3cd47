"""The reader: SPE files of multichannel analysers, blocks of lines below words such as ``$DATA:``."""

from pathlib import Path

import numpy as np

from specquant.plugin import RawSpectrum, Reader, ReadError, lines_in
from xrfspec.instrument import PARAMETERS

MARK = b"$SPEC_ID:"
"""How a file of this format begins."""

STATED = {parameter.name.replace("_", " "): parameter for parameter in PARAMETERS if parameter.stated}
"""What a remark can state, by the words before its colon, as in ``photon energy: 16 keV``."""


def sniff(head: bytes) -> bool:
    """Say whether the first bytes of a file are of this format."""
    return head.startswith(MARK)


def read(path: Path) -> list[RawSpectrum]:
    """Return the spectrum of a file; what is wrong with it is a ReadError that says where."""
    blocks: dict[str, list[str]] = {}
    name = ""
    for line in lines_in(path.read_bytes()):
        if line.startswith("$"):
            name = line.strip().strip("$:")
            blocks[name] = []
        elif line.strip() and name:
            blocks[name].append(line)
    counts = of_data(blocks, path)
    offset, gain = calibration(blocks, path)
    remarks = dict(remark for line in blocks.get("SPEC_REM", []) if (remark := remark_of(line)))
    title = " ".join(map(str.strip, blocks["SPEC_ID"])) or path.stem
    energy = offset + gain * np.arange(counts.size)
    others = {name: value for name, value in remarks.items() if name not in STATED}
    return [RawSpectrum(title, energy, counts, stated=stated(remarks, path), header=others)]


def of_data(blocks: dict[str, list[str]], path: Path) -> np.ndarray:
    """Return the counts of the block DATA, in which the first line says which channels there are."""
    where = f"{path}, $DATA:"
    if not blocks.get("DATA"):
        raise ReadError("holds no spectrum", where=path, wanted="a block $DATA:")
    first, *rows = blocks["DATA"]
    (low, high), counts = numbers(first, where, 2), np.concatenate([numbers(row, where) for row in rows or [""]])
    if counts.size != high - low + 1 or low != 0:
        raise ReadError(
            "has another number of channels than it says", where=where, found=counts.size, wanted=first.strip()
        )
    return counts


def calibration(blocks: dict[str, list[str]], path: Path) -> tuple[float, float]:
    """Return energy of channel 0 and keV per channel, of the block ENER_FIT or MCA_CAL."""
    fit, full = blocks.get("ENER_FIT"), blocks.get("MCA_CAL")
    if fit:
        offset, gain = numbers(fit[0], f"{path}, $ENER_FIT:")[:2]
    elif full and len(full) > 1:
        offset, gain = numbers(full[1].replace("keV", ""), f"{path}, $MCA_CAL:")[:2]
    else:
        raise ReadError("states no energies", where=path, wanted="a block $MCA_CAL: or $ENER_FIT:, in keV")
    if not gain > 0:
        raise ReadError(
            "states energies that do not ascend", where=path, found=f"{gain:g} keV a channel", wanted="above 0"
        )
    return float(offset), float(gain)


def numbers(line: str, where: str, least: int = 0) -> np.ndarray:
    """Return the numbers of a line."""
    try:
        listed = np.array([float(word) for word in line.split()])
    except ValueError as error:
        raise ReadError("holds something that is not a number", where=where, found=repr(line.strip())) from error
    if listed.size < least:
        raise ReadError("holds too few numbers", where=where, found=repr(line.strip()), wanted=f"{least} of them")
    return listed


def remark_of(line: str) -> tuple[str, str] | None:
    """Return name and value of a remark such as ``photon energy: 16 keV``; None for any other."""
    name, colon, value = line.partition(":")
    return (name.strip(), value.strip()) if colon else None


def stated(remarks: dict[str, str], path: Path) -> dict[str, float]:
    """Return the instrument parameters that remarks state, each in its unit."""
    listed = {}
    for name in remarks.keys() & STATED.keys():
        parameter = STATED[name]
        value, _, unit = remarks[name].partition(" ")
        if unit != parameter.unit:
            wanted = f"a number, a blank, and {parameter.unit}"
            raise ReadError(f"states {name} in another unit", where=path, found=repr(remarks[name]), wanted=wanted)
        listed[parameter.name] = float(numbers(value, f"{path}, {name}", 1)[0])
    return listed


READER = Reader("SPE", (".spe",), sniff, read)
