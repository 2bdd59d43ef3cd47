"""Reading Bruker spectra (.spx): XML, one or more ``TRTSpectrum``, energies in keV, times in ms."""

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from specquant.plugin import COUNTS, Facts, Floats, RawSpectrum, ReadError
from specquant_eds.headers import (
    NARROWEST,
    NM_PER_UM,
    S_PER_MS,
    WIDEST,
    beam_and_angle,
    believed,
    nominal_layer,
    number,
    scaled,
)

_SHOWN = 40
"""Characters of a wrong number that a message shows."""


def sniff(head: bytes) -> bool:
    """Say whether the first bytes are those of a Bruker spectrum."""
    return b"<TRTSpectrum" in head


def read(path: Path) -> list[RawSpectrum]:
    """Read every spectrum of the file; the header as that of the EMSA reader, and ``dead_time`` (percent).

    Raises
    ------
    ReadError
        If the file is damaged, declares entities, or lacks counts or calibration.
    """
    root = _parsed(path)
    items = [item for item in root.iter("ClassInstance") if item.get("Type") == "TRTSpectrum"]
    if not items:
        raise ReadError("holds no spectrum", where=path, found="no ClassInstance of type TRTSpectrum")
    return [_spectrum(item, path) for item in items]


class _NoDeclarations(ElementTree.TreeBuilder):
    """Refuses document type declarations, in which entities that swell to gigabytes would be declared."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        del pubid, system
        raise ReadError("declares a document type", found=f"<!DOCTYPE {name}>", wanted="XML without declarations")


def _parsed(path: Path) -> Element:
    parser = ElementTree.XMLParser(target=_NoDeclarations())
    try:
        parser.feed(path.read_bytes())
        root: Element = parser.close()
    except ReadError as error:
        raise ReadError(error.what, where=path, found=error.found, wanted=error.wanted) from error
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        line = f", line {error.position[0]}" if isinstance(error, ElementTree.ParseError) else ""
        raise ReadError(
            "is damaged", where=f"{path}{line}", found="no XML", todo="Copy or export the file again."
        ) from error
    return root


def _spectrum(item: Element, path: Path) -> RawSpectrum:
    parts = {str(part.get("Type")): part for part in item.iter("ClassInstance")}
    name = (item.get("Name") or "").strip() or path.stem
    scale, counts = parts.get("TRTSpectrumHeader"), _counts(item, path)
    energy = _energy(scale, counts.size, path, name)
    beam, hardware = parts.get("TRTESMAHeader"), parts.get("TRTSpectrumHardwareHeader")
    stated, beam_notes = beam_and_angle(_text(beam, "PrimaryEnergy"), "PrimaryEnergy", _text(beam, "ElevationAngle"))
    times, time_notes = believed(
        {"live_time": _text(hardware, "LifeTime"), "real_time": _text(hardware, "RealTime")},
        live_time=S_PER_MS,
        real_time=S_PER_MS,
    )
    header: dict[str, object] = {"format": "Bruker spx", "title": name, **times}
    dead, part = _number(hardware, "DeadTime"), parts.get("TRTDetectorHeader")
    header |= {} if dead is None else {"dead_time": dead}
    date = " ".join(filter(None, (_text(scale, "Date"), _text(scale, "Time"))))
    texts = {"detector": _text(part, "Type"), "window": _text(part, "WindowType"), "date": date}
    by_x_rays = beam is None and "TRTXrfHeader" in parts
    texts["signal"] = "XRF" if by_x_rays else ""
    header |= {key: text for key, text in texts.items() if text}
    header |= {"axis_unit": "eV", "intensity_unit": COUNTS, "header": _header_lines(beam, hardware, scale)}
    layer = nominal_layer(scaled(_number(part, "SiDeadLayerThickness"), NM_PER_UM))
    notes = (*beam_notes, *time_notes, *layer)
    return RawSpectrum(name, energy, counts, stated, Facts(header, notes))


def _energy(scale: Element | None, size: int, path: Path, name: str) -> Floats:
    """Return the channel centres in eV, shape (channel,)."""
    width, first = _number(scale, "CalibLin"), _number(scale, "CalibAbs")
    if width is None or first is None:
        raise ReadError(
            "lacks its energy scale",
            where=f"{path}, spectrum {name!r}",
            wanted="CalibAbs and CalibLin",
            todo="Export it again.",
        )
    if not NARROWEST <= 1000.0 * width <= WIDEST:
        raise ReadError(
            "channel width cannot be that of an EDS spectrum",
            where=f"{path}, spectrum {name!r}",
            found=f"CalibLin {width:g} keV",
            wanted=f"{NARROWEST:g} to {WIDEST:g} eV",
        )
    stated = _number(scale, "ChannelCount")
    if stated is not None and stated != size:
        raise ReadError("is damaged", where=path, found=f"{size} channels", wanted=f"{stated:g}")
    return np.asarray((first + width * np.arange(size, dtype=np.float64)) * 1000.0)


def _counts(item: Element, path: Path) -> Floats:
    tokens = (item.findtext("Channels") or "").replace(",", " ").split()
    numbers = [_count(token) for token in tokens]
    if None in numbers:
        wrong = tokens[numbers.index(None)]
        raise ReadError("is damaged", where=path, found=f"{wrong[:_SHOWN]!r} in Channels", wanted="numbers")
    counts = np.array(numbers, dtype=np.float64)
    if not counts.size:
        raise ReadError("holds no counts", where=path, found="no numbers in Channels")
    return counts


def _count(token: str) -> float | None:
    try:
        return float(token)
    except ValueError:
        return None


def _text(part: Element | None, tag: str) -> str:
    if part is None:
        return ""
    return next(((child.text or "").strip() for child in part if child.tag == tag), "")


def _number(part: Element | None, tag: str) -> float | None:
    return number(_text(part, tag))


def _header_lines(*parts: Element | None) -> list[str]:
    """Return the numbers and words of headers as lines ``tag: text``."""
    return [
        f"{child.tag}: {child.text.strip()}"
        for part in parts
        if part is not None
        for child in part
        if child.text and child.text.strip()
    ]
