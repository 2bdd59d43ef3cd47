"""Spectra of standards: read from a folder, each with its composition from the header or the file's name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.plugin import (
    EnergyAxis,
    Floats,
    RawSpectrum,
    Reader,
    ReadError,
    SettingError,
    atomic_weight,
    parse_formula,
    place,
    read_file,
)
from specquant_eds.elements import INDEX
from specquant_eds.instrument import defaults
from specquant_eds.orient import orient


@dataclass(frozen=True)
class Standard:
    """One spectrum of known composition.

    `counts` has shape (energy,); `fraction` holds atomic fractions; `values` every instrument parameter, the default
    where the file states none; live time in s and probe current in nA are NaN where the header has none.
    """

    sample: str
    counts: Floats
    fraction: Mapping[str, float]
    values: Mapping[str, float]
    live_time: float
    probe_current: float


def read_standards(folder: Path, axis: EnergyAxis, readers: Sequence[Reader]) -> Iterator[Standard]:
    """Yield the standards of a folder, in the order of the files' names; hidden files and tables are passed over.

    Raises
    ------
    ReadError
        If the folder is missing or empty, or a file names no composition.
    SpecquantError
        If a spectrum cannot be read.
    """
    if not folder.is_dir():
        raise ReadError("no such folder", where=folder, todo="Give the folder that holds the standards.")
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    paths = [path for path in files if path.suffix != ".csv"]
    if not paths:
        raise ReadError("folder holds no spectra", where=folder, wanted="one spectrum per standard")
    for path in paths:
        for raw in read_file(path, readers):
            yield _standard(raw, path, axis)


def _standard(raw: RawSpectrum, path: Path, axis: EnergyAxis) -> Standard:
    name = path.stem.removesuffix("_std").replace("_", " ")
    fraction = composition(raw.facts.composition, name, path)
    counts, _ = place(orient(raw), axis, path)
    live, current = (float(raw.header.get(key, np.nan)) for key in ("live_time", "probe_current"))
    return Standard(name, counts, fraction, defaults() | dict(raw.stated), live, current)


def composition(weights: Mapping[str, float], name: str, where: object) -> dict[str, float]:
    """Return atomic fractions from a header's weight fractions, or else from a name that is a formula (``CaF2``).

    Raises
    ------
    ReadError
        If there is neither, or an element is unknown.
    """
    if weights:
        amounts = {symbol: share / atomic_weight(symbol) for symbol, share in weights.items()}
    else:
        amounts = _formula(name, where)
    known = {symbol: amount for symbol, amount in amounts.items() if symbol in INDEX and amount > 0}
    if not known:
        raise ReadError("standard holds no element that EDS can show", where=where, found=", ".join(amounts))
    total = sum(known.values())
    return {symbol: amount / total for symbol, amount in known.items()}


def _formula(name: str, where: object) -> dict[str, float]:
    """Return the atoms of a name that begins with a formula."""
    try:
        return parse_formula(name.split(" ")[0])
    except SettingError as error:
        raise ReadError(
            "composition of the standard is not known",
            where=where,
            found=f"no composition in the header, and the name {name!r} is not a formula",
            todo="Name the file after the formula, such as CaF2.msa.",
        ) from error
