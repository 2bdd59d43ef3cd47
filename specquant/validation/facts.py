"""The door for what is known of a spectrum beside its counts: header, notes, composition, narrow scans."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

from specquant.notes import Note
from specquant.technique import Coordinate, Facts, NarrowScan, RawMap, RawSpectrum
from specquant.validation.blame import refuse

_TUPLES = (("notes", Note), ("narrow", NarrowScan))
"""Fields that are tuples of records, and the records."""


def check_facts(raw: RawSpectrum | RawMap, origin: str, function: str) -> None:
    """Refuse facts of a spectrum that are none, by the function that gave them.

    Raises
    ------
    PluginError
        Naming plug-in and function.
    """
    facts: Any = raw.facts
    if not isinstance(facts, Facts):
        refuse(origin, f"{function} gave facts of the wrong type", type(facts).__name__, "Facts(header={...})")
    if not isinstance(raw.on_scale, bool):
        refuse(origin, f"{function} gave on_scale of the wrong type", repr(raw.on_scale), "True or False")
    if not isinstance(facts.header, Mapping) or not all(isinstance(key, str) for key in facts.header):
        shown = type(facts.header).__name__ if not isinstance(facts.header, Mapping) else f"keys {[*facts.header][:3]}"
        refuse(
            origin, f"{function} gave a header that does not map text to values", shown, "a mapping of text to values"
        )
    for name, kind in _TUPLES:
        check_tuple(getattr(facts, name), kind, origin, f"{function} gave {name}")
    composition = facts.composition
    if not isinstance(composition, Mapping) or not all(isinstance(part, Real) for part in composition.values()):
        wanted = "a mapping of symbol to weight fraction"
        refuse(origin, f"{function} gave a composition that cannot be", repr(composition)[:60], wanted)
    if facts.coordinate is not None and not isinstance(facts.coordinate, Coordinate):
        shown = type(facts.coordinate).__name__
        refuse(origin, f"{function} gave a coordinate of the wrong type", shown, "a Coordinate or None")


def check_tuple(listed: object, kind: type, origin: str, given: str) -> None:
    """Refuse what is not a tuple of records; `given` says which function gave what.

    Raises
    ------
    PluginError
        Naming plug-in and function.
    """
    if not isinstance(listed, tuple) or not all(isinstance(one, kind) for one in listed):
        refuse(origin, f"{given} of the wrong type", repr(listed)[:60], f"a tuple of {kind.__name__}")


def check_mapping(stated: object, origin: str, function: str) -> None:
    """Refuse stated parameters that are not a mapping, by the function that gave them.

    Raises
    ------
    PluginError
        Naming plug-in and function.
    """
    if not isinstance(stated, Mapping):
        wanted = "a mapping of parameter to number"
        refuse(origin, f"{function} stated nothing that can be read", type(stated).__name__, wanted)
