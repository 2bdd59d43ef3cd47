import csv
import re
import tracemalloc
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant_xps.orient import orient
from specquant_xps.readers import READERS, vamas
from xpsfiles import noted

MODES = ("NORM", "MAP", "MAPDP", "MAPSV", "MAPSVDP", "NOEXP", "SDP", "SDPSV", "SEM")
SIZE = 251


@dataclass(frozen=True)
class Spec:
    """One block to write."""

    name: str = "Survey"
    sample: str = "foil"
    start: float = 286.6
    step: float = 2.0
    counts: tuple[float, ...] = tuple(float(100 + i) for i in range(SIZE))
    label: str = "kinetic energy"
    unit: str = "eV"
    technique: str = "XPS"
    photon: str = "1486.6"
    transmission: bool = False
    ordinate: str = "d"
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """How to write the file."""

    mode: str = "NORM"
    scan: str = "REGULAR"
    variables: int = 0
    listed: tuple[int, ...] = ()
    excluded: bool = False
    upgrades: tuple[str, ...] = ()
    block_upgrades: int = 0
    end: str = "\n"
    head: str = ""
    comments: tuple[str, ...] = field(default=("made by a test",))


def lines_of(spec: Spec, way: Way, first: bool) -> list[str]:
    mode, tech = way.mode, spec.technique
    depth = mode in {"MAPDP", "MAPSVDP", "SDP", "SDPSV"}
    ions = tech in {"ISS", "SIMS"}
    image = mode in {"MAPSV", "MAPSVDP", "SEM"}
    ordinates = ["counts", spec.ordinate] + (["Transmission", "d"] if spec.transmission else [])
    if way.scan == "IRREGULAR":
        ordinates = [spec.label, spec.unit, *ordinates]
    parts: dict[int, list[str]] = {number: ["1"] for number in range(1, 41)}
    parts[8] = [str(len(spec.comments)), *spec.comments]
    parts[9] = [tech]
    parts[10] = ["1", "1"] if mode in {"MAP", "MAPDP"} else []
    parts[11] = ["0.5"] * way.variables
    parts[12] = ["Al"]
    parts[13] = ["18", "1", "1"] if depth or ions else []
    parts[14] = [spec.photon]
    parts[16] = ["0", "0"]
    parts[17] = ["100", "100"] if image or mode in {"MAP", "MAPDP"} else []
    parts[18] = ["1"] * 6 if image else []
    parts[21] = ["FAT"]
    parts[22] = ["160"]
    parts[23] = ["2"] if tech == "AES diff" else []
    parts[25] = ["4.5"]
    parts[26] = ["1E37"]
    parts[27] = parts[28] = ["0", "0"]
    parts[29] = ["wide"]
    parts[30] = ["1s", "-1"]
    parts[31] = [spec.label, spec.unit, str(spec.start), str(spec.step)] if way.scan == "REGULAR" else []
    parts[32] = [str(len(ordinates) // 2), *ordinates]
    parts[33] = ["pulse counting"]
    parts[37] = ["2000", "1", "1", "1", "0", "0", "sputter"] if depth and tech == "XPS" else []
    parts[38] = ["0", "0"]
    parts[40] = ["2", "MFP", "d", "0.75", "x", "d", "1"]
    listed = set(way.listed)
    kept = set(range(1, 41)) if first or not listed else set(range(1, 41)) - listed if way.excluded else listed
    rows = []
    for index, count in enumerate(spec.counts):
        rows += [repr(spec.start + index * spec.step)] if way.scan == "IRREGULAR" else []
        rows += [repr(count)] + (["1.5"] if spec.transmission else [])
    header = [line for number in range(1, 41) if number in kept for line in parts[number]]
    upgrades = ["future"] * way.block_upgrades
    return [spec.name, spec.sample, *header, *upgrades, str(len(rows)), *["0", "9"] * (len(ordinates) // 2), *rows]


def written(specs: list[Spec], way: Way | None = None) -> bytes:
    way = way or Way()
    lines = ["VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"]
    lines += [
        "Institute",
        "Machine",
        "Somebody",
        "Experiment",
        str(len(way.comments)),
        *way.comments,
        way.mode,
        way.scan,
    ]
    lines += ["1"] if way.mode in {"MAP", "MAPDP", "NORM", "SDP"} else []
    lines += ["1", "1", "1"] if way.mode in {"MAP", "MAPDP"} else []
    lines += [str(way.variables), *["time", "s"] * way.variables]
    lines += [str(-len(way.listed) if way.excluded else len(way.listed)), *map(str, way.listed)]
    lines += ["1", "7", str(len(way.upgrades)), str(way.block_upgrades), *way.upgrades, str(len(specs))]
    for index, spec in enumerate(specs):
        lines += lines_of(spec, way, index == 0)
    return (way.head + way.end.join([*lines, "end of experiment", ""])).encode()


def reading(tmp_path: Path, data: bytes, name: str = "a.vms") -> list:
    path = tmp_path / name
    path.write_bytes(data)
    return read_file(path, READERS)


def check(raw: object, spec: Spec) -> None:
    np.testing.assert_allclose(raw.energy, spec.start + spec.step * np.arange(len(spec.counts)))
    np.testing.assert_array_equal(raw.counts, spec.counts)


def test_a_plain_survey_is_read_with_what_its_header_says(tmp_path: Path) -> None:
    (raw,) = reading(tmp_path, written([Spec()]))
    check(raw, Spec())
    assert raw.name == "foil / Survey"
    assert raw.stated == {"photon_energy": 1486.6}
    assert raw.header == {
        "format": "VAMAS",
        "block": 0,
        "instrument": "Machine",
        "energy_kind": "kinetic",
        "technique": "XPS",
        "source": "Al",
        "sample": "foil",
        "species": "wide",
        "transition": "1s",
        "analyser_mode": "FAT",
        "signal_mode": "pulse counting",
        "pass_energy": 160.0,
        "work_function": 4.5,
        "collection_time": 1.0,
        "scans": 1.0,
        "date": "0001-01-01 01:01:01",
        "comments": ["made by a test"],
        "intensity_unit": "counts",
        "ordinates": ["counts"],
    }


def test_counts_per_second_by_their_unit(tmp_path: Path) -> None:
    rates = reading(tmp_path, written([Spec(ordinate="c/s"), Spec("Survey 2")], Way()))
    assert [raw.header["intensity_unit"] for raw in rates] == ["counts per second", "counts"]


@pytest.mark.parametrize("scan", ["REGULAR", "IRREGULAR"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("transmission", [False, True])
def test_every_mode_is_read(tmp_path: Path, mode: str, scan: str, transmission: bool) -> None:
    specs = [Spec(transmission=transmission), Spec("Survey 2", start=200.0, transmission=transmission)]
    way = Way(mode, scan, variables=2, upgrades=("later",), block_upgrades=2)
    for raw, spec in zip(reading(tmp_path, written(specs, way)), specs, strict=True):
        check(raw, spec)
        assert raw.stated["photon_energy"] == 1486.6
        assert raw.header["energy_kind"] == "kinetic"


WAYS = {
    "crlf": Way(end="\r\n"),
    "cr": Way(end="\r"),
    "cr cr lf in comments": Way(end="\r\n", comments=("one\r", "two\r", "\r", "four")),
    "blank lines before": Way(head="\n \r\n\n"),
    "utf-8 mark": Way(head="\ufeff"),
    "no comments": Way(comments=()),
    "upgrade entries": Way(upgrades=("a", "b"), block_upgrades=3),
    "included": Way(listed=(1, 9, 32)),
    "included abscissa": Way(listed=(8, 31)),
    "excluded": Way(listed=(8, 9, 14, 31, 40), excluded=True),
}


@pytest.mark.parametrize("name", WAYS)
def test_every_way_of_writing_is_read(tmp_path: Path, name: str) -> None:
    specs = [Spec(), Spec("second"), Spec("third")]
    raws = reading(tmp_path, written(specs, WAYS[name]), "a.npl")
    assert [raw.name for raw in raws] == ["foil / Survey", "foil / second", "foil / third"]
    for raw in raws:
        check(raw, Spec())
        assert raw.stated["photon_energy"] == 1486.6


@pytest.mark.parametrize(("unit", "per_ev"), [("keV", 1e-3), ("meV", 1e3)])
def test_energies_in_another_unit_are_converted(tmp_path: Path, unit: str, per_ev: float) -> None:
    spec = Spec()
    plain = written([spec])
    lines = plain.decode().replace("\r\n", "\n").split("\n")
    at = next(index for index, line in enumerate(lines) if line == spec.label) + 1
    lines[at : at + 3] = [unit, *(f"{float(line) * per_ev:.10g}" for line in lines[at + 1 : at + 3])]
    check(reading(tmp_path, "\n".join(lines).encode())[0], spec)


def test_decimal_commas_are_read(tmp_path: Path) -> None:
    spec = Spec()
    data = re.sub(rb"(?<=\d)\.(?=\d)", b",", written([spec]))
    assert b"1486,6" in data
    (raw,) = reading(tmp_path, data)
    check(raw, spec)
    assert raw.stated["photon_energy"] == 1486.6


def test_upgrade_entries_in_the_other_order_are_read(tmp_path: Path) -> None:
    data = written([Spec()], Way(upgrades=("a", "b"), block_upgrades=0)).replace(b"\n2\n0\na\nb\n", b"\n2\na\nb\n0\n")
    check(reading(tmp_path, data)[0], Spec())


def test_binding_energy_descending_and_missing_photon_energy(tmp_path: Path) -> None:
    spec = Spec(start=1000.0, step=-2.0, label="Binding Energy", photon="1E37")
    (raw,) = reading(tmp_path, written([spec]))
    check(raw, spec)
    assert raw.header["energy_kind"] == "binding"
    assert not raw.stated


def test_the_surveys_are_picked_and_named_uniquely(tmp_path: Path) -> None:
    narrow = Spec("C 1s", step=0.1)
    specs = [narrow, Spec(), Spec("O 1s", step=0.1), Spec(), Spec("valence", technique="UPS"), Spec("wide")]
    raws = reading(tmp_path, written(specs))
    assert [raw.name for raw in raws] == ["foil / Survey [block 1]", "foil / Survey [block 3]", "foil / wide"]
    assert [raw.header["block"] for raw in raws] == [1, 3, 5]


def test_without_a_survey_every_block_is_told_with_the_reason(tmp_path: Path) -> None:
    specs = [
        Spec("C 1s", step=0.1),
        Spec("coarse", step=5.0),
        Spec("He I", technique="UPS"),
        Spec("time", label="time", unit="s"),
    ]
    with pytest.raises(ReadError, match="holds no survey") as caught:
        reading(tmp_path, written(specs))
    for reason in (
        r"block 0 'C 1s': spans 25 eV",
        r"block 1 'coarse': steps of 5 eV",
        r"block 2 'He I': technique is UPS",
        r"block 3 'time': abscissa is 'time'",
    ):
        assert reason in str(caught.value)
    with pytest.raises(ReadError, match="a map or image"):
        reading(tmp_path, written([Spec()], Way("MAP", "MAPPING")))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"\n120.0\n", b"\n12O.0\n", r"line \d+ \(block 0 of 1\): ordinate value is not a number; found '12O.0'"),
        (b"\n251\n", b"\n2510000000\n", "claims 2510000000 ordinate values; found 25[0-9] lines"),
        (b"\n251\n", b"\n-251\n", "is negative; found -251"),
        (b"\n251\n", b"\nmany\n", "is not a whole number; found 'many'"),
        (b"\n251\n", b"\n" + b"9" * 5000 + b"\n", "is not a whole number"),
        (b"\n0\n1\nSurvey\n", b"\n0\n999999999\nSurvey\n", "claims 999999999 blocks"),
        (b"\n0\n1\nSurvey\n", b"\n0\n2\nSurvey\n", r"file ends too early|claims|is no"),
        (b"\n0\n1\nSurvey\n", b"\n0\n0\nSurvey\n", "holds no blocks"),
        (b"\nNORM\n", b"\nNORMAL\n", "unknown experiment mode; found 'NORMAL'; wanted one of MAP"),
        (b"\nREGULAR\n", b"\nREGULAIR\n", "unknown scan mode"),
        (b"\n286.6\n2.0\n", b"\n286.6\n0\n", "increment is zero"),
        (b"\n286.6\n2.0\n", b"\nnan\n2.0\n", "abscissa start is not a number; found 'nan'"),
        (b"Experiment\n1\n", b"Experiment\n-1\n", "number of comment lines is negative"),
        (b"Experiment\n1\n", b"Experiment\n100000\n", "claims 100000 comment lines"),
    ],
)
def test_damage_is_told_with_the_line(tmp_path: Path, old: bytes, new: bytes, says: str) -> None:
    data = written([Spec()])
    assert data.count(old) == 1
    with pytest.raises(ReadError, match=says) as caught:
        reading(tmp_path, data.replace(old, new))
    assert re.search(r"a\.vms, line \d+ \(", str(caught.value))


def test_a_bad_number_is_told_with_its_own_line(tmp_path: Path) -> None:
    data = written([Spec()]).replace(b"\n120.0\n", b"\n12.O\n")
    line = data.split(b"\n").index(b"12.O") + 1
    with pytest.raises(ReadError, match=rf"line {line} "):
        reading(tmp_path, data)


def test_ordinates_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    data = written([Spec(transmission=True)]).replace(b"\n502\n", b"\n501\n")
    with pytest.raises(ReadError, match="found 501; wanted a multiple of the 2 ordinates"):
        reading(tmp_path, data)


def test_absurd_claims_allocate_nothing(tmp_path: Path) -> None:
    data = written([Spec()]).replace(b"\n251\n", b"\n999999999999\n")
    path = tmp_path / "a.vms"
    path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(ReadError):
        vamas.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * len(data)


WHOLE = written(
    [Spec(counts=tuple(range(1000, 1000 + SIZE)), transmission=True), Spec("two")], Way(end="\r\n", variables=1)
)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE)))
def test_cut_anywhere_it_is_refused_or_read_right(tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.vms"
    path.write_bytes(WHOLE[:size])
    try:
        raws = read_file(path, READERS)
    except ReadError:
        assert size < len(WHOLE)
        return
    assert size >= len(WHOLE) - len("end of experiment\r\n") - 1
    check(raws[0], Spec(counts=tuple(range(1000, 1000 + SIZE))))
    check(raws[1], Spec("two"))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_file_cut_within_its_last_number_is_refused(tmp_path: Path, size: int) -> None:
    data = WHOLE.removesuffix(b"end of experiment\r\n")
    check(reading(tmp_path, data)[1], Spec("two"))
    with pytest.raises(ReadError, match="file ends in its last line"):
        reading(tmp_path, data.removesuffix(b"50.0\r\n") + b"50.0"[: size - 1])


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 1200), junk=st.binary(min_size=1, max_size=6))
def test_damaged_anywhere_it_is_refused_or_read(tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.vms"
    path.write_bytes(WHOLE[:at] + junk + WHOLE[at + len(junk) :])
    try:
        raws = vamas.read(path)
    except ReadError:
        return
    assert all(raw.energy.shape == raw.counts.shape for raw in raws)


def test_a_missing_file_is_a_read_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be read"):
        vamas.read(tmp_path / "none.vms")


def test_reading_does_not_depend_on_other_blocks(tmp_path: Path) -> None:
    odd = replace(Spec("C 1s", step=0.1), comments=("CASA", "\r", "3"))
    raws = reading(tmp_path, written([odd, Spec(), odd, Spec("b", start=100.0)], Way(end="\r\n")))
    check(raws[0], Spec())
    check(raws[1], Spec("b", start=100.0))


def test_real_files_agree_with_a_correct_reader(real_data: Path) -> None:
    folder = real_data / "xps"
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["format"] == "vms"]
    assert rows
    for row in rows:
        raws = {raw.header["block"]: raw for raw in read_file(folder / row["file"], READERS)}
        done = orient(raws[int(row["block"])])
        expected = np.loadtxt(folder / row["parsed"], delimiter=",", skiprows=1)
        np.testing.assert_allclose(done.energy, expected[:, 0], atol=2e-3, err_msg=row["id"])
        np.testing.assert_allclose(done.counts, expected[:, 1], rtol=1e-5, err_msg=row["id"])
        assert done.stated["photon_energy"] == float(row["photon_energy_eV"])
        assert bool(noted(done, NoteKind.CORRECTION)) == ("REVERSED" in row["sample"]), row["id"]


@pytest.mark.parametrize("order", [("Transmission", "counts", "Error"), ("Error", "Transmission", "counts")])
def test_ordinates_may_come_in_any_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    spec = Spec()
    head, tail = written([spec]).decode().split("1\ncounts\nd\npulse counting\n")
    labels = "".join(f"{label}\nd\n" for label in order)
    before, numbers = tail.split(f"{SIZE}\n0\n9\n")
    values, after = numbers.split("\n")[:SIZE], numbers.split("\n")[SIZE:]
    columns = {"counts": values, "Transmission": ["0.5"] * SIZE, "Error": [f"{float(x) ** 0.5}" for x in values]}
    rows = "\n".join(columns[label][row] for row in range(SIZE) for label in order)
    data = f"{head}3\n{labels}pulse counting\n{before}{3 * SIZE}\n" + "0\n9\n" * 3 + "\n".join([rows, *after])
    (raw,) = reading(tmp_path, data.encode())
    check(raw, spec)
    assert raw.header["transmission"] == [0.5] * SIZE
    assert [str(note) for note in raw.facts.notes] == ["left out: further ordinates of block 0 (Error)"]


def test_an_ordinate_that_no_other_can_stand_for_is_taken(tmp_path: Path) -> None:
    (raw,) = reading(tmp_path, written([Spec()]).replace(b"\ncounts\n", b"\nSample current\n"))
    check(raw, Spec())


def test_every_experiment_of_a_file_is_read(tmp_path: Path) -> None:
    first, second = Spec(), Spec("Second", counts=tuple(float(900 - i) for i in range(SIZE)))
    data = written([first], Way(variables=1)) + b"\n" + written([second])
    raws = reading(tmp_path, data)
    assert [raw.name for raw in raws] == ["foil / Survey", "foil / Second"]
    check(raws[0], first)
    check(raws[1], second)
    with pytest.raises(ReadError, match=r"line \d+ \(block 0 of 1\)"):
        reading(tmp_path, data[:-900])


@pytest.mark.parametrize(("after", "lines"), [(b"", 0), (b"\n\n\x1a", 0), (b"checked by me\nin May\n", 2)])
def test_what_follows_the_experiments_is_told(tmp_path: Path, after: bytes, lines: int) -> None:
    (raw,) = reading(tmp_path, written([Spec()]) + after)
    expected = [f"left out: {lines} lines after the end of the experiment"] if lines else []
    assert [str(note) for note in raw.facts.notes] == expected
