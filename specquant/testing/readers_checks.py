"""Checks of readers: they take what is theirs, say clearly what is wrong with it, and leave everything else alone."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from specquant.errors import PluginError, SpecquantError
from specquant.readers import load_spectra, read_file
from specquant.technique import RawSpectrum, Reader
from specquant.testing.registry import Failed, Inapplicable, check, require
from specquant.testing.subject import SEED, Sample, Subject

_KEPT = 0.98
"""Share of the channels that `orient` has to keep: the rest may lie below the first true count."""

_LARGEST_SPOILT = 200_000
"""Bytes of a sample file up to which it is spoilt in many ways; of a larger one only the first half is read. Chosen."""

_NUMBER = re.compile(rb"\d+(?:\.\d+)?")


@check()
def readers_know_their_suffixes(subject: Subject) -> None:
    """Suffixes are lower case and begin with a dot."""
    for reader in _readers(subject):
        for suffix in reader.suffixes:
            good = suffix.startswith(".") and suffix == suffix.lower()
            require(good, f"suffix {suffix!r} of {reader.name} is not lower case with a dot")


@check()
def readers_leave_other_files_alone(subject: Subject) -> None:
    """Readers say no to plain text, to noise and to nothing."""
    for reader in _readers(subject):
        for head in (b"", b"\x00\x01\x02\x03" * 100, b"energy,counts\n1.0,2.0\n3.0,4.0\n"):
            require(not reader.sniff(head), f"{reader.name} takes {head[:20]!r} for its own")


@check("strongest_component_lies_at_a_line", "readers_leave_other_files_alone")
def two_column_text_is_read_as_it_is(subject: Subject) -> None:
    """A spectrum exported as energy and counts comes back on the axis unchanged, `orient` included."""
    technique = subject.plugin.technique
    given = {parameter.name: parameter.default for parameter in technique.parameters if parameter.required}
    counts = subject.pure[[0, len(technique.elements) // 2, -1]].sum(axis=0) + 10.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mixture.csv"
        np.savetxt(path, np.column_stack([technique.axis.centres, counts]), delimiter=",", fmt="%.6f")
        spectra = load_spectra(path, technique, subject.plugin.readers, given)
    observed = spectra.observed[0]
    _only_ends_are_lost(observed)
    same = np.allclose(spectra.counts[0][observed], counts[observed], rtol=1e-4)
    require(same, "counts were changed or mirrored")


@check("every_element_can_be_seen")
def orient_leaves_our_own_files_alone(subject: Subject) -> None:
    """A spectrum that specquant stored is on the right scale already."""
    technique = subject.plugin.technique
    if technique.orient is None:
        raise Inapplicable("the technique has no orient")
    header = {"technique": technique.name}
    raw = RawSpectrum("stored", technique.axis.centres, subject.pure[0], on_scale=True, header=header)
    oriented = technique.orient(raw)
    kept = np.isin(raw.energy, oriented.energy)
    _only_ends_are_lost(kept)
    require(np.array_equal(oriented.energy, raw.energy[kept]), "energies were changed")
    require(np.array_equal(oriented.counts, raw.counts[kept]), "counts were changed")


@check("technique_is_valid")
def every_reader_has_a_sample(subject: Subject) -> None:
    """Sample files are given, so that readers are tried at all."""
    _readers(subject)
    if not subject.samples:
        raise Inapplicable("no sample file is given: specquant check NAME FILE..., or samples=[...]")
    heads = [sample.path.read_bytes()[:8192] for sample in subject.samples]
    untried = [each.name for each in _readers(subject) if not any(each.sniff(head) for head in heads)]
    require(not untried, f"no sample file is read by {', '.join(untried)}")


@check("technique_is_valid")
def samples_are_as_expected(subject: Subject) -> None:
    """Sample files hold what is known of them."""
    for sample in _samples(subject):
        raws = read_file(sample.path, subject.plugin.readers)
        raw, name = raws[0], sample.path.name
        there = {
            "spectra": len(raws),
            "points": len(raw.counts),
            "first": float(raw.energy[0]),
            "last": float(raw.energy[-1]),
            "total": float(np.sum(raw.counts)),
        }
        for key, value in there.items():
            wanted = getattr(sample, key)
            require(wanted is None or np.isclose(value, wanted, rtol=1e-6), f"{name}: {key} {value:g}, not {wanted}")
        for key, value in sample.stated.items():
            stated = raw.stated.get(key, np.nan)
            require(np.isclose(stated, value, rtol=1e-6), f"{name}: {key} is read as {stated}, not {value}")


@check("samples_are_as_expected")
def samples_can_be_quantified(subject: Subject) -> None:
    """Spectra of sample files come onto the technique's axis."""
    technique = subject.plugin.technique
    for sample in _samples(subject):
        known = read_file(sample.path, subject.plugin.readers)[0].stated
        given = {each.name: each.default for each in technique.parameters if each.required and each.name not in known}
        spectra = load_spectra(sample.path, technique, subject.plugin.readers, given)
        require(spectra.counts.any(), f"{sample.path.name} has no counts on the axis")


@check("samples_are_as_expected", advice=True)
def samples_state_what_can_be(subject: Subject) -> None:
    """Instrument parameters that sample files state lie in their ranges."""
    parameters = {parameter.name: parameter for parameter in subject.plugin.technique.parameters}
    for sample in _samples(subject):
        for name, value in read_file(sample.path, subject.plugin.readers)[0].stated.items():
            known = parameters[name]
            text = f"{sample.path.name} states {name} {known.amount(value)}"
            wanted = f"the range is {known.low:g} to {known.amount(known.high)}: does the reader convert units?"
            require(np.isnan(value) or known.low <= value <= known.high, f"{text}, {wanted}")


@check("samples_are_as_expected")
def samples_are_read_alike_again(subject: Subject) -> None:
    """A file that is read again gives the same spectra: nothing is drawn, and nothing is remembered."""
    for sample in _samples(subject):
        one, other = (read_file(sample.path, subject.plugin.readers) for _ in range(2))
        same = len(one) == len(other) and all(
            np.array_equal(first.energy, second.energy) and np.array_equal(first.counts, second.counts)
            for first, second in zip(one, other, strict=True)
        )
        require(same, f"{sample.path.name} is read otherwise when it is read again")


@check("samples_are_as_expected")
def spoilt_samples_are_refused(subject: Subject) -> None:
    """Of a damaged file a reader reads what is there, or raises ReadError with what is wrong: nothing else."""
    for sample in _samples(subject):
        with tempfile.TemporaryDirectory() as folder:
            for what, data in _spoilt(sample.path.read_bytes()):
                path = Path(folder) / f"spoilt{sample.path.suffix}"
                path.write_bytes(data)
                _try(path, subject, f"{sample.path.name} {what}")


def _try(path: Path, subject: Subject, what: str) -> None:
    try:
        read_file(path, subject.plugin.readers)
    except PluginError as error:
        advice = "raise ReadError with what is wrong with the file"
        raise Failed(f"{what}: {error.what}, found {error.found}; {advice}") from error
    except SpecquantError:
        pass


def _spoilt(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file in many spoilt forms: cut off, with text for numbers, with lines left out, with other bytes."""
    for share in (0.05, 0.3, 0.6, 0.97):
        yield f"cut off after {share:.0%}", data[: int(share * len(data))]
    if len(data) > _LARGEST_SPOILT:
        return
    rng = np.random.default_rng(SEED)
    numbers = [match.span() for match in _NUMBER.finditer(data)]
    for word in (b"n/a", b"", b"-", b"1e999", b"12,5 um"):
        for index in rng.permutation(len(numbers))[:4]:
            start, stop = numbers[index]
            yield f"with {word.decode()!r} for {data[start:stop].decode()}", data[:start] + word + data[stop:]
    lines = data.splitlines(keepends=True)
    for index in {0, 1, len(lines) // 2, len(lines) - 1} & set(range(len(lines))):
        yield f"without line {index + 1}", b"".join(lines[:index] + lines[index + 1 :])
    for at in rng.integers(0, max(len(data), 1), 8):
        yield f"with another byte at {at}", data[:at] + b"\xff" + data[at + 1 :]


def _readers(subject: Subject) -> tuple[Reader, ...]:
    if not subject.plugin.readers:
        raise Inapplicable("the plug-in brings no readers")
    return subject.plugin.readers


def _samples(subject: Subject) -> tuple[Sample, ...]:
    if not subject.samples:
        raise Inapplicable("no sample file is given")
    return subject.samples


def _only_ends_are_lost(kept: NDArray[np.bool_]) -> None:
    channels = np.flatnonzero(kept)
    require(channels.size >= _KEPT * kept.size, f"{kept.size - channels.size} channels were lost")
    require(channels.size == channels[-1] - channels[0] + 1, "channels were lost in between")
