"""What holds for the readers of all formats alike."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import xpsfiles
from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant.technique import RawSpectrum
from specquant_xps.orient import orient
from specquant_xps.readers import READERS

MANY = [name for name in xpsfiles.WRITERS if name not in ("thermo.avg", "thermo.vgd", "waves.itx", "columns.csv")]
FACTORS = {"under.txt": 2, "specs.xy": 2, "scienta.txt": 2}
"""In these files the made-up counts are there as a rate, or twice to be summed."""


def check(raw: RawSpectrum, item: xpsfiles.Region, factor: float = 1.0) -> None:
    done = orient(raw)
    np.testing.assert_allclose(done.energy, item.energy[::-1], atol=1e-3)
    np.testing.assert_allclose(done.counts, factor * item.counts[::-1], rtol=1e-6)
    assert not xpsfiles.noted(done, NoteKind.CORRECTION)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    xpsfiles.written(folder)
    return folder


@pytest.mark.parametrize("name", [*MANY, "nexus.nxs"])
def test_the_surveys_are_read_and_the_narrow_scan_is_kept_or_left_out(files: Path, name: str) -> None:
    raws = read_file(files / name, READERS)
    factor = FACTORS.get(name, 1)
    assert len(raws) == 2
    check(raws[0], xpsfiles.SURVEY, factor)
    check(raws[1], xpsfiles.SECOND, factor)
    kept = [scan for raw in raws for scan in raw.facts.narrow]
    left_out = xpsfiles.noted(raws[0], NoteKind.LEFT_OUT)
    assert len(kept) + len(left_out) == 1
    assert all(text.startswith("1 of 3 scans (narrow: C") for text in left_out)


@pytest.mark.parametrize("name", ["thermo.avg", "thermo.vgd", "waves.itx", "columns.csv"])
def test_a_single_survey_is_read(files: Path, name: str) -> None:
    (raw,) = read_file(files / name, READERS)
    check(raw, xpsfiles.SURVEY)
    assert not raw.facts.notes


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", [name for name in xpsfiles.WRITERS if name not in ("phi.spe", "thermo.vgd")])
def test_a_text_is_read_alike_in_any_encoding(files: Path, tmp_path: Path, name: str, encoding: str) -> None:
    expected = read_file(files / name, READERS)
    other = tmp_path / name
    other.write_bytes(((files / name).read_bytes().decode() + "\x1a").encode(encoding))
    raws = read_file(other, READERS)
    assert [raw.name for raw in raws] == [raw.name for raw in expected]
    for raw, same in zip(raws, expected, strict=True):
        np.testing.assert_array_equal(raw.counts, same.counts)
        assert (raw.stated, raw.facts.notes) == (same.stated, same.facts.notes)


@pytest.mark.parametrize("name", [*xpsfiles.WRITERS, "nexus.nxs", "packed.zip"])
def test_the_content_decides_whatever_the_name(files: Path, tmp_path: Path, name: str) -> None:
    other = tmp_path / "file.bin"
    other.write_bytes((files / name).read_bytes())
    assert [raw.energy.size for raw in read_file(other, READERS)] == [
        raw.energy.size for raw in read_file(files / name, READERS)
    ]


@pytest.mark.parametrize("name", MANY)
def test_without_a_survey_the_reason_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(xpsfiles.WRITERS[name]([xpsfiles.NARROW]))
    with pytest.raises(ReadError, match=r"holds no survey; found .*: spans 20 eV, less than 400; wanted"):
        read_file(path, READERS)


@pytest.mark.parametrize("name", [*xpsfiles.WRITERS, "nexus.nxs", "packed.zip"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_cut_short_it_is_refused_or_says_less(files: Path, tmp_path: Path, name: str, share: float) -> None:
    data, path = (files / name).read_bytes(), tmp_path / name
    path.write_bytes(data[: int(share * len(data))])
    try:
        raws = read_file(path, READERS)
    except ReadError as error:
        if "reader failed" in error.what:  # the net under the readers, in which none should land
            raise
        return
    assert sum(raw.energy.size for raw in raws) < xpsfiles.SURVEY.energy.size + xpsfiles.SECOND.energy.size


@pytest.mark.parametrize("name", [*xpsfiles.WRITERS, "nexus.nxs", "packed.zip"])
def test_memory_goes_with_the_size_of_the_file(files: Path, name: str) -> None:
    read_file(files / name, READERS)
    tracemalloc.start()
    read_file(files / name, READERS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * (files / name).stat().st_size + (1 << 21)


def test_what_no_reader_knows_is_told_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"\x01\x03\x7f" + bytes(300))
    with pytest.raises(ReadError, match=r"of no known format; .*wanted one of VAMAS, CasaXPS text, PHI spe.*zip.*text"):
        read_file(path, READERS)


@pytest.mark.parametrize(
    ("begin", "says"),
    [
        (b"SQLite format 3\0", "SPECS sle, which is not read. Export the survey from Prodigy"),
        (b"\x05\0\0\0", "Igor binary, which is not read. Save the wave"),
        (b"%PDF-1.4", "PDF, which is not read"),
    ],
)
def test_known_formats_that_are_not_read_say_what_to_do(tmp_path: Path, begin: bytes, says: str) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(begin + bytes(100))
    with pytest.raises(ReadError, match=says):
        read_file(path, READERS)
