"""Reading EMSA/MAS spectral data files (.msa, .emsa): never an empty spectrum, never a scale that is not the file's.

Where the file contradicts itself, and only one reading makes an EDS spectrum, that reading is taken and told in
``attrs['correction']``; where several would, the file is refused.
"""

import re
from pathlib import Path

import numpy as np

from specquant.elements import ATOMIC_NUMBER
from specquant.errors import ReadError
from specquant.technique import Floats, RawSpectrum
from specquant_eds.emsa_layout import Block, blocks
from specquant_eds.headers import instrument, joined_notes, scale_in_ev, unit_in_ev

_SIGN = re.compile(rb"^[ \t]*#+[ \t]*(FORMAT|VERSION|SPECTRUM|NPOINTS|XPERCHAN)\b", re.IGNORECASE | re.MULTILINE)
_OTHER_SIGNALS = {"ELS", "EELS", "WDS", "AES", "PES", "XPS", "CLS", "GAM", "XRF"}
_PART = re.compile(r"\(\s*([A-Z][a-z]?)\s*:\s*([\d.]+(?:[eE][+-]?\d+)?)\s*\)")
_EVENNESS = 0.05


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of an EMSA/MAS file."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")[2:]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"#") and _SIGN.search(start) is not None


def read(path: Path) -> list[RawSpectrum]:
    """Read every spectrum of an EMSA/MAS file, energies in eV.

    `attrs` holds ``format``, ``header`` (its lines), and, where the header says so: ``beam_energy`` (eV),
    ``take_off_angle`` (degrees), ``live_time``, ``real_time`` (s), ``probe_current`` (nA), ``title``, ``detector``,
    ``composition`` ({symbol: weight fraction}); ``correction`` and ``assumed`` say what was read otherwise.

    Raises
    ------
    ReadError
        If the file is damaged, cut short, says nothing of its energy scale, or holds something other than EDS.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    return [_spectrum(block, path) for block in blocks(data)]


def _spectrum(block: Block, path: Path) -> RawSpectrum:
    kind = block.values.get("SIGNALTYPE", "").upper()
    if kind in _OTHER_SIGNALS:
        raise ReadError("holds no EDS spectrum", where=path, found=f"#SIGNALTYPE {kind}", wanted="EDS")
    values, widths = block.numbers(path)
    if not values.size:
        raise ReadError(
            "holds no data",
            where=path,
            found="no number after #SPECTRUM" if block.begun else "no line #SPECTRUM",
            wanted="a line #SPECTRUM with the counts in the lines after it",
            todo="Export the spectrum again.",
        )
    correction: list[str] = []
    assumed: list[str] = []
    paired = _is_paired(block, values, widths, correction)
    if paired and values.size % 2:
        raise ReadError("lacks the last number", where=path, found=f"{values.size} numbers", wanted="pairs of X and Y")
    points = values.size // 2 if paired else values.size
    _check_points(block, points, paired, path, correction)
    if paired:
        energy, counts = _paired_scale(block, values, path, correction, assumed)
    else:
        energy, counts = _scale(block, points, path, correction, assumed), values
    known = _instrument(block, correction)
    counts = _as_counts(block, counts, known.get("live_time"), correction, assumed)
    title = block.values.get("TITLE", "")
    attrs: dict[str, object] = {"format": "EMSA", **known, **joined_notes(correction, assumed)}
    for key, keyword in (("title", "TITLE"), ("detector", "DET_NAME"), ("detector_type", "EDSDET")):
        if block.values.get(keyword):
            attrs[key] = block.values[keyword]
    if composition := _composition(block.values.get("D2STDCMP", "")):
        attrs["composition"] = composition
    return RawSpectrum(title or path.stem, energy, counts, attrs | {"header": block.lines})


def _is_paired(block: Block, values: Floats, widths: set[int], correction: list[str]) -> bool:
    """Say whether the numbers are pairs of energy and counts, by the header unless the numbers refute it."""
    kind, points = block.values.get("DATATYPE", "").upper(), block.number("NPOINTS")
    if kind == "XY":
        if widths == {1} and values.size == points:
            correction.append("data read as counts alone, though #DATATYPE says XY")
            return False
        return True
    if widths != {2} or values.size < 4:
        return False
    if not np.isfinite(values).all():
        return False
    steps = np.diff(values[::2])
    even = steps.min() > 0 and np.ptp(steps) <= _EVENNESS * steps.mean()
    if not even or (kind == "Y" and (points is None or values.size != 2 * points)):
        return False
    if kind == "Y":
        correction.append("data read as pairs of energy and counts, though #DATATYPE says Y")
    return True


def _check_points(block: Block, points: int, paired: bool, path: Path, correction: list[str]) -> None:
    """Refuse a file whose number of channels is not that of its header, but for one or two at the end."""
    stated = block.number("NPOINTS")
    if stated is None or stated == points:
        return
    if points < stated and not block.ended:
        raise ReadError(
            "is cut short",
            where=path,
            found=f"{points} channels and no #ENDOFDATA",
            wanted=f"{stated:g} channels, as #NPOINTS says",
            todo="Copy or export the file again.",
        )
    if not paired and abs(points - stated) > 2:
        raise ReadError(
            "has another number of channels than its header says",
            where=path,
            found=f"{points} channels",
            wanted=f"{stated:g}, as #NPOINTS says",
            todo="Export it again; or, if the counts are right, correct the number after #NPOINTS.",
        )
    correction.append(f"{points} channels are there, though #NPOINTS says {stated:g}")


def _scale(block: Block, points: int, path: Path, correction: list[str], assumed: list[str]) -> Floats:
    """Return the energies of evenly wide channels.

    ``#OFFSET`` is the energy of the first channel. ``#CHOFFSET`` is the channel (the first is 0) at which the energy is
    0: the same said in channels, so it counts only where ``#OFFSET`` is missing.
    """
    width = block.number("XPERCHAN")
    if width is None or width <= 0:
        raise ReadError(
            "does not say how wide a channel is",
            where=path,
            found="no #XPERCHAN" if width is None else f"#XPERCHAN {width:g}",
            wanted="the channel width and its unit",
            todo="Add the lines '#XPERCHAN : 10.0' and '#XUNITS : eV', with the right width, before #SPECTRUM.",
        )
    unit = block.units.get("XPERCHAN") or block.values.get("XUNITS", "")
    factor, wrong, unknown = scale_in_ev(width, unit, path)
    correction.append(wrong)
    assumed.append(unknown)
    offset, zero = block.number("OFFSET"), block.number("CHOFFSET")
    if offset is None and zero is None:
        assumed.append("first channel at 0 eV, as the file gives no #OFFSET")
    own = unit_in_ev(block.units.get("OFFSET", "")) if not wrong else None
    first = -(zero or 0.0) * width * factor if offset is None else offset * (own or factor)
    return np.asarray(first + width * factor * np.arange(points, dtype=np.float64))


def _paired_scale(
    block: Block, values: Floats, path: Path, correction: list[str], assumed: list[str]
) -> tuple[Floats, Floats]:
    energy, counts = values[::2].copy(), values[1::2].copy()
    with np.errstate(invalid="ignore"):  # what is not finite is refused by its channel later
        width = float(np.median(np.abs(np.diff(energy)))) if energy.size > 1 else 0.0
    factor, wrong, unknown = scale_in_ev(width, block.values.get("XUNITS", ""), path)
    correction.append(wrong)
    assumed.append(unknown)
    return energy * factor, counts


def _as_counts(
    block: Block, counts: Floats, live_time: float | None, correction: list[str], assumed: list[str]
) -> Floats:
    """Turn counts per second into counts, where the live time is known."""
    unit = block.values.get("YUNITS", "").lower().replace(" ", "")
    if not ("cps" in unit or "/s" in unit or "persec" in unit) or not np.isfinite(counts).all():
        return counts
    if live_time is None:
        assumed.append("counts as stored: they are per second, and the file gives no #LIVETIME")
        return counts
    correction.append(f"counts per second times {live_time:g} s")
    return np.asarray(counts * live_time)


def _instrument(block: Block, correction: list[str]) -> dict[str, float]:
    beam = block.number("BEAMKV")
    if beam is not None and beam >= 1000:
        correction.append(f"beam energy {beam:g} eV, which #BEAMKV gives in V")
    elif beam is not None:
        beam *= 1000.0
    return instrument(
        beam_energy=beam,
        take_off_angle=block.number("ELEVANGLE"),
        live_time=block.number("LIVETIME"),
        real_time=block.number("REALTIME"),
        probe_current=block.number("PROBECUR"),
    )


def _composition(text: str) -> dict[str, float]:
    """Return weight fractions of ``K411,(O:42.36),(Si:25.38)``: a name, then weight percents."""
    parts = {
        symbol: round(float(percent) / 100.0, 8) for symbol, percent in _PART.findall(text) if percent.count(".") < 2
    }
    known = all(symbol in ATOMIC_NUMBER for symbol in parts)
    return parts if known and sum(parts.values()) > 0 else {}
