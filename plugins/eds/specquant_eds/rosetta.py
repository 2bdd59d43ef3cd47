"""Reading vendors' formats through RosettaSciIO, which is optional: ``pip install "specquant[formats]"``.

It is licensed under the GPL, so it is imported only when a file of one of its formats is read. Damaged files hang or
crash it, so its readers are foreign: they run in a process of their own.
"""

import bz2
import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import numpy as np

from specquant.plugin import COUNTS, Fact, Facts, Floats, Note, RawSpectrum, Reader, ReadError
from specquant_eds.claims import CLAIMS, ripple_excess
from specquant_eds.headers import NARROWEST, WIDEST, scale_in_ev, unit_in_ev
from specquant_eds.maps import pixel_spectra
from specquant_eds.rosetta_instrument import Tree, at, instrument_of, mapped

INSTALL = 'Install it: pip install "specquant[formats]"; or export the spectrum as .msa.'
"""What a person can do who lacks the extra."""

_EDAX = "rsciio.edax"
"""The module for files of EDAX."""

_RIPPLE = "Ripple"
"""What the format of maps in two files is called."""

_JEOL_DAYS = 30_000.0, 60_000.0
"""Days since 1899 between which a JEOL spectrum can have been measured: 1982 to 2064."""

_EDAX_VERSIONS = 0.61, 0.70
"""Versions of EDAX spc files that RosettaSciIO reads; a file begins with its version."""


def optional(module: str, kind: str, where: object) -> ModuleType:
    """Import a module of the extra ``formats``, or raise ReadError that says how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ReadError(
            f"is {kind}, which specquant reads only with the extra 'formats'",
            where=where,
            found=f"module {error.name or module} is not installed",
            todo=INSTALL,
        ) from error


def read_signals(path: Path, module: str, kind: str, suffix: str, **options: object) -> list[RawSpectrum]:
    """Read every EDS signal of a file with the RosettaSciIO reader of that module.

    Parameters
    ----------
    path
        The file.
    module
        Where its ``file_reader`` is, e.g. ``rsciio.bruker``.
    kind
        What the format is called, for messages.
    suffix
        What RosettaSciIO wants the name to end with; the content has decided what the file is.
    options
        For ``file_reader``.

    Raises
    ------
    ReadError
        If RosettaSciIO is not installed or fails, or the file holds no EDS spectrum.
    """
    signals = [
        _calibrated(mapped(signal)) for signal in _signals(path, optional(module, kind, path), kind, suffix, options)
    ]
    spectra = [raw for signal in signals if is_eds(signal) for raw in _spectra(signal, kind, path)]
    if not spectra and kind == _RIPPLE and signals:
        raise no_channel_width(path)
    if not spectra:
        kinds = ", ".join(sorted({_signal_type(signal) or "unnamed" for signal in signals})) or "nothing"
        raise ReadError("holds no EDS spectrum", where=path, found=f"{kind} with signals: {kinds}", wanted="EDS")
    return spectra


def read_counted(path: Path, module: str, kind: str, suffix: str, claims: str, **options: object) -> list[RawSpectrum]:
    """Read as `read_signals` does, once the file is known to hold the numbers that it claims.

    `claims` names the function of `specquant_eds.claims` that holds its header against the bytes there are.
    """
    optional(module, kind, path)
    CLAIMS[claims](path)
    return read_signals(path, module, kind, suffix, **options)


def _signals(path: Path, reader: ModuleType, kind: str, suffix: str, options: Mapping[str, object]) -> list[Tree]:
    """Return all signals of a file as a module of RosettaSciIO reads them."""
    try:
        with TemporaryDirectory() as folder:
            named = path.resolve()
            if path.suffix.lower() != suffix and suffix != ".rpl":  # a .rpl has its numbers in a neighbour
                named = Path(folder) / f"{path.stem}{suffix}"
                named.symlink_to(path.resolve())
            return list(reader.file_reader(str(named), lazy=False, **options) or ())
    except ImportError as error:
        raise ReadError(
            f"is {kind} that needs one more module", where=path, found=f"no module {error.name}", todo=INSTALL
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # RosettaSciIO raises all kinds on damaged files
        raise ReadError(
            f"is {kind} that cannot be read",
            where=path,
            found="a file that is damaged, or a variant that RosettaSciIO does not know",
            todo="Copy the file again, or export the spectrum as .msa.",
        ) from error


def no_channel_width(path: Path) -> ReadError:
    """Return the error that a ripple file does not say how wide a channel is."""
    return ReadError(
        "does not say how wide a channel is",
        where=path,
        found="neither ev-per-chan nor depth-scale with depth-units",
        todo="Add a line 'ev-per-chan<tab>10' with the right width in eV.",
    )


def _calibrated(signal: Tree) -> Tree:
    """Return a signal of a ripple map with the unit of its channels, where ``ev-per-chan`` says it."""
    index = energy_axis(signal["axes"])
    if index is None or not at(signal, "original_metadata", "ev-per-chan") or signal["axes"][index].get("units"):
        return signal
    axes = [{**axis, "units": "eV"} if number == index else axis for number, axis in enumerate(signal["axes"])]
    return {**signal, "axes": axes}


def _signal_type(signal: Tree) -> str:
    return str(at(signal, "metadata", "Signal", "signal_type") or "")


def is_eds(signal: Tree) -> bool:
    """Say whether a signal is called EDS; or, where it is called nothing, has one energy axis of an EDS spectrum."""
    kind = _signal_type(signal)
    if kind:
        return kind.upper().startswith("EDS")
    index = energy_axis(signal["axes"])
    if index is None:
        return False
    axis = signal["axes"][index]
    unit = unit_in_ev(str(axis.get("units") or ""))
    return unit is not None and NARROWEST <= abs(float(axis.get("scale", math.nan))) * unit <= WIDEST


def energy_axis(axes: Sequence[Tree]) -> int | None:
    """Return which axis is that of energy: by its name, by its unit, or as the only one along a signal."""
    named = ["energy" in str(axis.get("name") or "").lower() for axis in axes]
    measured = [unit_in_ev(str(axis.get("units") or "")) is not None for axis in axes]
    along_signal = [axis.get("navigate") is False for axis in axes]
    for fits in (named, measured, along_signal):
        if sum(fits) == 1:
            return fits.index(True)
    return 0 if len(axes) == 1 else None


def _spectra(signal: Tree, kind: str, path: Path) -> list[RawSpectrum]:
    index = energy_axis(signal["axes"])
    if index is None:
        raise ReadError("has no energy axis", where=path, found=[str(axis.get("name")) for axis in signal["axes"]])
    counts = np.moveaxis(np.asarray(signal["data"]), index, -1)
    energy, notes = energies(signal["axes"][index], counts.shape[-1], path)
    stated, header, more = instrument_of(signal, single=counts.ndim == 1)
    notes += (*more, *(ripple_excess(path) if kind == _RIPPLE else ()))
    facts = Facts({"format": kind, **header, "axis_unit": "eV", "intensity_unit": COUNTS}, notes)
    name = str(header.get("sample") or header.get("title") or path.stem)
    return pixel_spectra(name, energy, counts, stated, facts, path)


def energies(axis: Tree, size: int, path: Path) -> tuple[Floats, tuple[Note, ...]]:
    """Return the energies of the channels of an axis, eV, and notes on their unit."""
    unit = str(axis.get("units") or "")
    stored = axis.get("axis")
    if stored is None:
        values = float(axis.get("offset", 0.0)) + float(axis.get("scale", math.nan)) * np.arange(size, dtype=np.float64)
    else:
        values = np.asarray(stored, dtype=np.float64)
    width = float(np.median(np.abs(np.diff(values)))) if size > 1 else math.nan
    factor, notes = scale_in_ev(width, "" if unit.startswith("<") else unit, path)
    return values * factor, notes


def _begins(magic: tuple[bytes, ...], head: bytes) -> bool:
    return head.startswith(magic)


def _starts(*magic: bytes) -> Callable[[bytes], bool]:
    """Return a function that says whether first bytes are one of these; it can be sent to another process."""
    return partial(_begins, magic)


def _is_dm(head: bytes) -> bool:
    """Say whether it is Digital Micrograph: version 3 or 4, the length, then byte order, all big-endian."""
    if head[:4] == b"\0\0\0\3":
        return head[8:12] in (b"\0\0\0\0", b"\0\0\0\1")
    return head[:4] == b"\0\0\0\4" and head[12:16] in (b"\0\0\0\0", b"\0\0\0\1")


def _is_ripple(head: bytes) -> bool:
    lowered = head.lower()
    return all(re.search(rb"^" + key + rb"\s+\S", lowered, re.MULTILINE) for key in (b"record-by", b"data-length"))


def _is_jeol_spectrum(head: bytes) -> bool:
    """Say whether it is a JEOL spectrum, which has no magic number: a date, then two texts filled up with zeros."""
    if len(head) < 130 or head[:1] == b"#":
        return False
    (days,) = struct.unpack_from("<d", head, 10)
    texts = [head[18:98], head[98:130]]
    filled = all(text.rstrip(b"\0").count(b"\0") == 0 and text[-1:] == b"\0" for text in texts)
    return bool(_JEOL_DAYS[0] < days < _JEOL_DAYS[1]) and filled


def _is_elid(head: bytes) -> bool:
    if not head.startswith(b"BZh"):
        return False
    try:
        start = bz2.BZ2Decompressor().decompress(head, 4)
    except OSError:
        return False
    return start == b"EID2" or not start  # the first block may be longer than the head


def _is_edax_spectrum(head: bytes) -> bool:
    if len(head) < 8:
        return False
    (version,) = struct.unpack_from("<f", head)
    return any(abs(version - known) < 1e-4 for known in _EDAX_VERSIONS)


_TAKEN = frozenset(Fact) - {Fact.DEAD_LAYER, Fact.WINDOW}
"""Facts that metadata of RosettaSciIO hold, if the format has them; those of EDAX detectors also have the window."""


_MAPS = (".bcf", ".dm3", ".pts", ".elid", ".spd")
"""Formats that hold maps, which RosettaSciIO reads whole."""


def _reader(kind: str, suffix: str, sniff: Callable[[bytes], bool], module: str, **options: object) -> Reader:
    read: Callable[..., list[RawSpectrum]] = read_counted if "claims" in options else read_signals
    window = {Fact.WINDOW} if module == _EDAX else set()
    reading = partial(read, module=module, kind=kind, suffix=suffix, **options)
    takes = _TAKEN | window
    return Reader(kind, (suffix,), sniff, reading, foreign=True, takes=takes, holds_maps=suffix in _MAPS)


ROSETTA_READERS: tuple[Reader, ...] = (
    _reader("Bruker bcf", ".bcf", _starts(b"AAMVHFSS"), "rsciio.bruker", select_type="spectrum_image", claims="bruker"),
    _reader("Digital Micrograph", ".dm3", _is_dm, "rsciio.digitalmicrograph"),
    _reader(_RIPPLE, ".rpl", _is_ripple, "rsciio.ripple", claims="ripple"),
    _reader("JEOL pts", ".pts", _starts(struct.pack("<I", 304)), "rsciio.jeol", SI_dtype="uint16"),
    _reader("JEOL eds", ".eds", _is_jeol_spectrum, "rsciio.jeol"),
    _reader("Phenom elid", ".elid", _is_elid, "rsciio.phenom", claims="phenom"),
    _reader("EDAX spd", ".spd", _starts(b"MAPSPECTRA_DATA"), _EDAX, claims="edax map"),
    _reader("EDAX spc", ".spc", _is_edax_spectrum, _EDAX, claims="edax spectrum"),
)
"""Formats with a sign of their own in the first bytes."""
