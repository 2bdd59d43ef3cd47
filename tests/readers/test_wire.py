"""Spectra between processes: all of them arrive as they were, and nothing that a broken process writes is believed."""

import io
import json
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import fuzz
from specquant.notes import Note, NoteKind
from specquant.readers.limits import limits_for
from specquant.readers.wire import BrokenMessageError, read_message, read_spectra, write_spectra
from specquant.technique import Facts, RawSpectrum

LIMITS = limits_for(1000)
ENERGY = np.arange(20.0)


def sent(spectra: Sequence[RawSpectrum]) -> bytes:
    stream = io.BytesIO()
    write_spectra(stream, spectra, LIMITS)
    return stream.getvalue()


def received(data: bytes) -> list[RawSpectrum]:
    stream = io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]
    return read_spectra(stream, read_message(stream), LIMITS)


def made() -> list[RawSpectrum]:
    """A map of two pixels, and spectra of other types and lengths."""
    counts = np.arange(40, dtype=np.uint16).reshape(2, 20)
    shared = Facts({"format": "map"}, (Note(NoteKind.LEFT_OUT, "one pixel", "file"),), {"Fe": 1.0})
    pixels = [RawSpectrum(f"y {y}", ENERGY, counts[y], {"a": 1.5}, replace(shared, pixel=(y, 7))) for y in range(2)]
    other = RawSpectrum("b", ENERGY[::-1], np.arange(20, dtype=">i2"), {"a": np.nan}, on_scale=True)
    short = RawSpectrum("c", ENERGY[:5], ENERGY[:5], facts=Facts(axis_offset=1.5))
    return [*pixels, other, short]


def test_spectra_arrive_as_they_were() -> None:
    for before, after in zip(made(), received(sent(made())), strict=True):
        np.testing.assert_array_equal(after.energy, before.energy)
        np.testing.assert_array_equal(after.counts, before.counts)
        assert after.counts.dtype == before.counts.dtype
        assert (after.name, after.facts, after.on_scale) == (before.name, before.facts, before.on_scale)
        np.testing.assert_equal(dict(after.stated), dict(before.stated))


def test_what_spectra_share_is_sent_once() -> None:
    one, other, *_ = received(sent(made()))
    assert one.energy is other.energy
    assert one.facts.header is other.facts.header
    assert one.stated is not other.stated


def test_no_spectra_arrive_as_none() -> None:
    assert received(sent([])) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("arrays", [["<f8", 10**12, 0]]),
        ("arrays", [["<f8", 10, 10**12]]),
        ("arrays", [["O8", 1, 20]]),
        ("arrays", []),
        ("names", ["a"] * (LIMITS.spectra + 1)),
        ("names", ["a"] * 500),
        ("header", []),
        ("notes", [[["STRANGE", "a", "b"]]]),
    ],
)
def test_claims_are_not_believed(key: str, value: object) -> None:
    data = sent(made())
    size = int.from_bytes(data[:8], "little")
    text = json.dumps({**json.loads(data[8 : 8 + size]), key: value}).encode()
    with pytest.raises(BrokenMessageError):
        received(len(text).to_bytes(8, "little") + text + data[8 + size :])


@pytest.mark.parametrize("index", [-1, 4, 1 << 62])
def test_spectra_are_made_of_what_was_sent(index: int) -> None:
    data = bytearray(sent(made()))
    start = 8 + int.from_bytes(data[:8], "little")
    data[start : start + 8] = index.to_bytes(8, "little", signed=True)
    with pytest.raises(BrokenMessageError, match="index"):
        received(bytes(data))


def test_a_spoilt_message_is_broken_or_holds_spectra() -> None:
    data = sent(made())
    outcomes = set()
    for seed in range(3000):
        try:
            for raw in received(fuzz.spoilt(data, random.Random(seed))):
                assert isinstance(raw.name, str)
                assert all(part.ndim == 1 and part.dtype.kind in "iuf" for part in (raw.energy, raw.counts))
            outcomes.add("read")
        except BrokenMessageError:
            outcomes.add("broken")
    assert outcomes == {"read", "broken"}
