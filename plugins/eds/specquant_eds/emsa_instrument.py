"""What an EMSA/MAS header says of the instrument: beam, geometry, detector, its window and layers, mode and sample.

Keywords as in ISO 22029; layers of the detector are in cm there, the thickness of the sample in nm.
"""

import re
from collections.abc import Iterator, Mapping

from specquant.plugin import Note, NoteKind
from specquant_eds.emsa_layout import Block
from specquant_eds.headers import beam_and_angle, believed, nominal_layer

_NM = {"cm": 1e7, "mm": 1e6, "um": 1e3, "µm": 1e3, "nm": 1.0}
"""nm in the units of length that keywords name."""

_THICKEST = 400.0
"""nm: a thicker layer before a detector of EDS is a slip of the pen, or of a unit, as the technique's ranges end here;
beryllium windows are thicker."""

_LAYERS = {"aluminium": "TALWIND", "polymer_window": "THCWIND"}
"""Instrument parameters, nm, that keywords state: aluminium, hydrocarbon of the window."""

_MEASURED = {"live_time": "LIVETIME", "real_time": "REALTIME", "probe_current": "PROBECUR"}
"""Keywords of times, s, and of the current, nA."""

_NOT_MODELLED = {"gold contact": "TAUWIND", "diamond window": "TDIWIND", "boron nitride window": "TBNWIND"}
"""Layers that the model does not have, by their keywords."""

_SILICON = re.compile(r"SI|SD|^PX|^EDS$")
"""Signs of silicon in #EDSDET: SIBEW and the like, SDD."""

_NOT_SILICON = re.compile(r"^GE|CD|CZT|GAAS|HGI")
"""Signs of germanium, cadmium telluride and the like in it."""

_TILTED = 1.0
"""Degrees of #XTILTSTGE or #YTILTSTGE from which on a sample is tilted: less changes no intensity by 1 %."""

_TILTED_FAR = 5.0
"""Degrees of tilt from which on an answer is in doubt: what leaves at 40 in place of 35 degrees has a path through the
sample that is shorter by 11 % (1 / sin)."""

_BUSY = 0.6
"""Share of the time in which a detector is dead from which on that has to be said: chosen; makers advise less."""

_WINDOWS = (
    (re.compile(r"BEW"), "beryllium"),
    (re.compile(r"UTW|SUTW|ATW"), "thin"),
    (re.compile(r"WLS|NOW"), "none"),
)
"""Ends of #EDSDET: beryllium window, ultra-thin window (of which material, it does not say), windowless."""

_TEXTS = {
    "title": "TITLE",
    "detector": "DET_NAME",
    "detector_type": "EDSDET",
    "signal": "SIGNALTYPE",
    "sample": "SPECIMEN",
    "instrument": "INSTRUMENT",
}
"""Keywords that are kept as they are, by the name they get."""

Notes = tuple[Note, ...]


def instrument_of(block: Block) -> tuple[dict[str, float], dict[str, object], Notes]:
    """Return what a header states in the technique's parameters, what else it says, and notes on both.

    The header has ``live_time``, ``real_time`` (s), ``probe_current`` (nA), ``thickness`` (nm), ``mode``, ``date``,
    ``window`` (``beryllium``, ``thin`` or ``none``), and the texts of the keywords above, each where it is stated.
    """
    stated, beam_notes = beam_and_angle(block.values.get("BEAMKV"), "#BEAMKV", block.values.get("ELEVANGLE"))
    measured, more_notes = believed({name: block.values.get(keyword) for name, keyword in _MEASURED.items()})
    layers, window, notes = _detector(block)
    header: dict[str, object] = {**measured}
    header |= {key: block.values[keyword] for key, keyword in _TEXTS.items() if block.values.get(keyword)}
    mode = " ".join(block.values[key] for key in ("EMODE", "OPERMODE") if block.values.get(key))
    date = " ".join(block.values[key] for key in ("DATE", "TIME") if block.values.get(key))
    thickness = _length(block, "THICKNESS", "nm")
    texts = {"mode": mode, "date": date, "window": window, "thickness": thickness}
    header |= {key: value for key, value in texts.items() if value}
    more = (*nominal_layer(_length(block, "TDEADLYR", "cm")), *_conditions(block, header))
    return stated | layers, header, (*beam_notes, *more_notes, *notes, *more)


def _conditions(block: Block, header: Mapping[str, object]) -> Iterator[Note]:
    """Yield what a header says of a measurement that the model does not have: a tilted sample, a busy detector."""
    tilts = [block.number(key) or 0.0 for key in ("XTILTSTGE", "YTILTSTGE")]
    tilt = max(tilts, key=abs)
    if abs(tilt) >= _TILTED:
        text = f"sample tilted by {tilt:g} deg: the model has the beam perpendicular to the surface"
        kind = NoteKind.WARNING if abs(tilt) >= _TILTED_FAR else NoteKind.REMARK
        yield Note(kind, text, "take_off_angle")
    live, real, dead = header.get("live_time"), header.get("real_time"), block.number("DEADTIME")
    measured = 1.0 - live / real if isinstance(live, float) and isinstance(real, float) else 0.0
    share = max(measured, (dead or 0.0) / 100.0)
    if _BUSY <= share <= 1.0:
        text = f"detector busy for {100 * share:.0f} % of the time: pulses pile up beyond what the model knows"
        yield Note(NoteKind.WARNING, text, "counts")


def _detector(block: Block) -> tuple[dict[str, float], str, Notes]:
    """Return the layers that are stated, nm, the kind of window, and what has to be said of the detector."""
    code = block.values.get("EDSDET", "").upper()
    window = next((kind for pattern, kind in _WINDOWS if pattern.search(code)), "")
    window = "beryllium" if _length(block, "TBEWIND", "cm") > 0 else window
    lengths = {name: _length(block, keyword, "cm") for name, keyword in _LAYERS.items()}
    layers = {name: length for name, length in lengths.items() if 0 < length <= _THICKEST}
    notes = [
        Note(NoteKind.REMARK, f"#{_LAYERS[name]} would be {length:g} nm: not used, as it cannot be", name)
        for name, length in lengths.items()
        if length > _THICKEST
    ]
    layers |= {"nitride_window": 0.0} if "polymer_window" in layers else {}
    if window == "none":
        layers |= {"nitride_window": 0.0, "polymer_window": 0.0}
    return layers, window, (*notes, *_remarks(block, code, window))


def _remarks(block: Block, code: str, window: str) -> Iterator[Note]:
    """Yield what has to be said of the code of a detector, and of layers that the model does not have."""
    by_code = {
        "none": f"no window, by #EDSDET {code}",
        "thin": f"thin window, by #EDSDET {code}: not beryllium; its material is not stated",
    }
    if window in by_code:
        yield Note(NoteKind.REMARK, by_code[window], "nitride_window, polymer_window")
    if _NOT_SILICON.search(code):
        yield Note(NoteKind.WARNING, f"detector {code}, by #EDSDET, is not of silicon: modelled as silicon", "detector")
    elif code and not window and not _SILICON.search(code):
        yield Note(NoteKind.ASSUMED, f"detector {code}, by #EDSDET, is not known: modelled as silicon", "detector")
    lengths = {name: _length(block, keyword, "cm") for name, keyword in _NOT_MODELLED.items()}
    extra = [f"{name} ({length:g} nm)" for name, length in lengths.items() if length > 0]
    if extra:
        yield Note(NoteKind.WARNING, f"the model has no {', no '.join(extra)}", "detector")


def _length(block: Block, keyword: str, unit: str) -> float:
    """Return a length in nm; 0 where it is not stated, as writers put 0 where they do not know."""
    number = block.number(keyword)
    words = f"{block.units.get(keyword, '')} {block.values.get(keyword, '')}".lower()
    named = next((name for name in _NM if re.search(rf"(?<![a-zµ]){name}(?![a-z])", words)), unit)
    return 0.0 if number is None or number <= 0 else number * _NM[named]
