import csv
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specquant.errors import ReadError, SpecquantError
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant.technique import RawSpectrum
from specquant_eds import emsa
from specquant_eds.readers import READERS

COUNTS = [float((7 * i * i) % 1000) for i in range(40)]
HEADER = {
    "FORMAT      ": "EMSA/MAS Spectral Data File",
    "VERSION     ": "1.0",
    "TITLE       ": "a glass",
    "NPOINTS     ": "40",
    "NCOLUMNS    ": "1",
    "XUNITS      ": "eV",
    "YUNITS      ": "counts",
    "DATATYPE    ": "Y",
    "XPERCHAN    ": "10",
    "OFFSET      ": "-20",
    "BEAMKV      ": "15",
    "ELEVANGLE   ": "35",
    "LIVETIME    ": "60.5",
    "REALTIME    ": "70",
    "PROBECUR    ": "1.25",
    "SIGNALTYPE  ": "EDS",
}
STATED = {"beam_energy": 15000.0, "take_off_angle": 35.0}
TIMES = {"live_time": 60.5, "real_time": 70.0, "probe_current": 1.25}


def text(
    data: str = "", *, end: str = "#ENDOFDATA   :\n", spectrum: str = "#SPECTRUM    : \n", **changes: str | None
) -> str:
    """Return a file; `changes` give keywords another value (None: leave the line out)."""
    fields = {key: changes.get(key.strip(), value) for key, value in HEADER.items()}
    fields |= {key: value for key, value in changes.items() if key not in {name.strip() for name in HEADER}}
    lines = [f"#{key}: {value}\n" for key, value in fields.items() if value is not None]
    return "".join(lines) + spectrum + (data or "".join(f"{x:g},\n" for x in COUNTS)) + end


def pairs(scale: float = 1.0) -> str:
    return "".join(f"{scale * (10 * i - 20):.4f}, {x:g}\n" for i, x in enumerate(COUNTS))


def read(folder: Path, content: str | bytes, name: str = "a.msa") -> RawSpectrum:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (raw,) = read_file(path, READERS)
    return raw


def rows(width: int, separator: str) -> str:
    return "".join(separator.join(f"{x:g}" for x in COUNTS[i : i + width]) + "\n" for i in range(0, 40, width))


SAME: dict[str, str | bytes] = {
    "by the book": text(),
    "no blank after #SPECTRUM": text(spectrum="#SPECTRUM    :\n"),
    "no colon after #SPECTRUM": text(spectrum="#SPECTRUM\n"),
    "words after #SPECTRUM": text(spectrum="#SPECTRUM    : Spectral Data Starts Here\n"),
    "units in the keywords": re.sub(
        r"#(\w+) +:(?= -?[\d.]+\n)",
        lambda m: {
            "XPERCHAN": "#XPERCHAN -eV:",
            "OFFSET": "#OFFSET   -eV:",
            "BEAMKV": "#BEAMKV   -kV:",
            "LIVETIME": "#LIVETIME  -s:",
            "PROBECUR": "#PROBECUR -nA:",
        }.get(m[1], m[0]),
        text(),
    ),
    "unit in the keyword only": text(XUNITS=None).replace("#XPERCHAN    ", "#XPERCHAN -eV"),
    "lower case": text().replace("#XPERCHAN", "#xperchan").replace("#SPECTRUM", "#Spectrum"),
    "keV": text(XUNITS="keV", XPERCHAN="0.010", OFFSET="-0.020"),
    "keV in words": text(XUNITS="Energy (KEV)", XPERCHAN="1.0E-02", OFFSET="-2.0E-02"),
    "offset in eV, channels in keV": text(XUNITS="keV", XPERCHAN="0.010", OFFSET=None).replace(
        "#BEAMKV", "#OFFSET -eV: -20\n#BEAMKV"
    ),
    "decimal comma": text(XUNITS="keV", XPERCHAN="0,010", OFFSET="-0,020", LIVETIME="60,5", PROBECUR="1,25"),
    "four columns": text(rows(4, ", "), NCOLUMNS="4"),
    "columns of blanks": text(rows(8, "   "), NCOLUMNS="8"),
    "tabs": text(rows(5, "\t"), NCOLUMNS="5"),
    "no comma": text(rows(1, "")),
    "exponents": text("".join(f"{x:.6E},\n" for x in COUNTS)),
    "fortran exponents": text("".join(f"{x:.6E}\n".replace("E", "D") for x in COUNTS)),
    "pairs": text(pairs(), DATATYPE="XY"),
    "pairs in keV": text(pairs(1e-3), DATATYPE="XY", XUNITS="keV", XPERCHAN=None, OFFSET=None),
    "pairs, two a line": text(pairs().replace("\n", ", ", 1).replace("\n", "", 0), DATATYPE="XY", NCOLUMNS="2"),
    "crlf": text().replace("\n", "\r\n"),
    "cr": text().replace("\n", "\r"),
    "latin-1": text(OWNER="Universit\xe4t, 5 \xb5m").encode("latin-1"),
    "utf-8 mark": text().encode("utf-8-sig"),
    "utf-16": text().encode("utf-16"),
    "no end": text(end=""),
    "checksum after the end": text() + "#CHECKSUM    : 65535\n\n\x1a",
    "blank lines and comments": text(rows(4, ",").replace("\n", "\n\n", 3) + "# a remark\n"),
    "no NPOINTS": text(NPOINTS=None),
    "TQ/2.0": text(VERSION="TC202v2.0", **{"##OXINSTPROCESS": "4"}),
    "zero channel for offset": text(OFFSET=None, CHOFFSET="2"),
    "both offsets": text(CHOFFSET="2"),
    "zero CHOFFSET": text(CHOFFSET="0.0"),
}


@pytest.mark.parametrize("variant", SAME)
def test_the_same_spectrum_however_it_is_written(tmp_path: Path, variant: str) -> None:
    raw = read(tmp_path, SAME[variant])
    np.testing.assert_allclose(raw.energy, 10.0 * np.arange(40) - 20.0, atol=1e-9)
    np.testing.assert_allclose(raw.counts, COUNTS)
    assert raw.name == "a glass"
    assert raw.stated == STATED
    assert {key: raw.header.get(key) for key in TIMES} == TIMES
    assert raw.facts.notes == ()


@pytest.mark.parametrize(
    ("content", "kind", "about", "says"),
    [
        (text(XUNITS="keV"), NoteKind.CORRECTION, "axis", "read as eV: channels of 10 keV cannot be"),
        (
            text(XPERCHAN="0.01", OFFSET="-0.02"),
            NoteKind.CORRECTION,
            "axis",
            "read as keV: channels of 0.01 eV cannot be",
        ),
        (text(XUNITS=None), NoteKind.ASSUMED, "axis", "energies in eV, as the file names no unit"),
        (text(XUNITS=None, XPERCHAN="0.01", OFFSET="-0.02"), NoteKind.ASSUMED, "axis", "energies in keV"),
        (text(pairs()), NoteKind.CORRECTION, "file", "though #DATATYPE says Y"),
        (text(DATATYPE="XY"), NoteKind.CORRECTION, "file", "though #DATATYPE says XY"),
        (text(NPOINTS="41"), NoteKind.CORRECTION, "file", "40 channels are there, though #NPOINTS says 41"),
        (text(NPOINTS="39", end=""), NoteKind.CORRECTION, "file", "40 channels are there, though #NPOINTS says 39"),
        (text(pairs(), DATATYPE="XY", NPOINTS="4096"), NoteKind.CORRECTION, "file", "though #NPOINTS says 4096"),
        (text(BEAMKV="15000"), NoteKind.CORRECTION, "beam_energy", "beam energy 15000 eV"),
    ],
)
def test_contradictions_with_one_way_out_are_told(
    tmp_path: Path, content: str, kind: NoteKind, about: str, says: str
) -> None:
    raw = read(tmp_path, content)
    np.testing.assert_allclose(raw.energy, 10.0 * np.arange(40) - 20.0, atol=1e-9)
    np.testing.assert_allclose(raw.counts, COUNTS)
    assert raw.stated["beam_energy"] == 15000.0
    (note,) = raw.facts.notes
    assert (note.kind, note.about) == (kind, about)
    assert says in note.text


def test_a_file_without_offset_begins_at_zero_and_says_so(tmp_path: Path) -> None:
    raw = read(tmp_path, text(OFFSET=None))
    assert raw.energy[0] == 0.0
    (note,) = raw.facts.notes
    assert (note.kind, note.about) == (NoteKind.ASSUMED, "axis")
    assert "no #OFFSET" in note.text


def test_counts_per_second_become_counts(tmp_path: Path) -> None:
    raw = read(tmp_path, text(YUNITS="counts/s", LIVETIME="2", REALTIME="3"))
    np.testing.assert_allclose(raw.counts, 2 * np.array(COUNTS))
    (note,) = raw.facts.notes
    assert (note.kind, note.about) == (NoteKind.CORRECTION, "counts")
    assert "times 2 s" in note.text
    raw = read(tmp_path, text(YUNITS="cps", LIVETIME="0"))
    assert (raw.header["intensity_unit"], raw.facts.notes) == ("counts per second", ())


def test_a_spectrum_that_cannot_be_read_costs_only_itself(tmp_path: Path) -> None:
    raw = read(tmp_path, text() + text(XPERCHAN=None) + text(NPOINTS="80"))
    (note,) = raw.facts.notes
    assert (note.kind, note.text) == (
        NoteKind.LEFT_OUT,
        "2 of 3 spectra ('a glass': does not say how wide a channel is, no #XPERCHAN; "
        "'a glass': has another number of channels than its header says, 40 channels)",
    )


@pytest.mark.parametrize(
    ("header", "found"), [({"XUNITS": "nm"}, "#XUNITS nm"), ({"YUNITS": "log counts"}, "logcounts")]
)
def test_units_that_are_no_spectrum_are_refused(tmp_path: Path, header: dict[str, str], found: str) -> None:
    with pytest.raises(ReadError, match=found):
        read(tmp_path, text(**header))


def test_an_unknown_unit_of_intensity_is_said(tmp_path: Path) -> None:
    (note,) = read(tmp_path, text(YUNITS="furlongs")).facts.notes
    assert (note.kind, note.about) == (NoteKind.ASSUMED, "counts")
    assert "furlongs" in note.text


@pytest.mark.parametrize("unit", ["channel", "Channels", "CHAN"])
def test_an_axis_of_channels_keeps_its_numbers(tmp_path: Path, unit: str) -> None:
    raw = read(tmp_path, text(XUNITS=unit))
    assert raw.header["axis_unit"] == "channel"
    np.testing.assert_array_equal(raw.energy, np.arange(len(COUNTS)))


def test_every_contradiction_has_its_note_in_the_order_of_reading(tmp_path: Path) -> None:
    raw = read(tmp_path, text(XUNITS="keV", NPOINTS="41", OFFSET=None, YUNITS="cps", BEAMKV="15000"))
    assert [(note.kind.name, note.about) for note in raw.facts.notes] == [
        ("CORRECTION", "file"),
        ("CORRECTION", "axis"),
        ("ASSUMED", "axis"),
        ("CORRECTION", "beam_energy"),
        ("CORRECTION", "counts"),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (text(XPERCHAN=None), "no #XPERCHAN"),
        (text(XPERCHAN="unknown"), "Add the lines '#XPERCHAN : 10.0'"),
        (text(XPERCHAN="0"), "#XPERCHAN 0"),
        (text(XPERCHAN="-10"), "#XPERCHAN -10"),
        (text(XPERCHAN="5000"), "0.5 to 200 eV"),
        (text(data="\n"), "no number after #SPECTRUM"),
        (text(spectrum=""), "no line #SPECTRUM"),
        (text(NPOINTS="4096", end=""), "is cut short; found 40 channels"),
        (text(NPOINTS="1e12", end=""), "is cut short"),
        (text(NPOINTS="4096"), "another number of channels.*found 40 channels; wanted 4096"),
        (text(NPOINTS="20"), "another number of channels"),
        (text("1\n2\nthree\n" + "4\n" * 37), "line 20: a line amid the data"),
        (text("1_0\n" * 40), "line 18"),
        (text("1\n" * 41, DATATYPE="XY"), "lacks the last number"),
        (text(SIGNALTYPE="ELS"), "holds no EDS spectrum; found #SIGNALTYPE ELS"),
    ],
)
def test_what_cannot_be_trusted_is_refused(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(ReadError, match=says) as caught:
        read(tmp_path, content)
    assert str(tmp_path / "a.msa") in str(caught.value)


@pytest.mark.parametrize(
    ("keyword", "value", "key"),
    [
        ("BEAMKV", "0", "beam_energy"),
        ("BEAMKV", "-1", "beam_energy"),
        ("BEAMKV", "", "beam_energy"),
        ("BEAMKV", None, "beam_energy"),
        ("BEAMKV", "nan", "beam_energy"),
        ("ELEVANGLE", "0.0", "take_off_angle"),
        ("ELEVANGLE", "400", "take_off_angle"),
        ("LIVETIME", "-1.0", "live_time"),
        ("PROBECUR", "0.000", "probe_current"),
    ],
)
def test_what_the_header_does_not_know_is_left_out(tmp_path: Path, keyword: str, value: str | None, key: str) -> None:
    raw = read(tmp_path, text(**{keyword: value}))
    assert key not in raw.stated
    assert key not in raw.header


@pytest.mark.parametrize(
    ("line", "composition"),
    [
        ("K411,(O:42.36),(Si:25.38)", {"O": 0.4236, "Si": 0.2538}),
        ("Fe,(Fe:100.0000)", {"Fe": 1.0}),
        ("no parts", {}),
        ("odd,(Xx:50),(Fe:50)", {}),
        ("odd,(Fe:0)", {}),
    ],
)
def test_the_composition_is_taken_over_as_weight_fractions(
    tmp_path: Path, line: str, composition: dict[str, float]
) -> None:
    assert read(tmp_path, text(**{"#D2STDCMP   ": line})).facts.composition == composition


def test_several_spectra_in_one_file(tmp_path: Path) -> None:
    path = tmp_path / "two.msa"
    path.write_text(text() + text(TITLE="another", BEAMKV="20"))
    first, second = read_file(path, READERS)
    assert (first.name, second.name) == ("a glass", "another")
    assert (first.stated["beam_energy"], second.stated["beam_energy"]) == (15000.0, 20000.0)
    assert first.counts.tolist() == second.counts.tolist() == COUNTS


def test_other_files_are_left_to_others() -> None:
    for head in (b"# energy counts\n0 1\n", b"energy,counts\n#FORMAT\n", b"VAMAS", b""):
        assert not emsa.sniff(head)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_damage_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    content = bytearray(text(pairs() if data.draw(st.booleans()) else "").encode())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content)))
        stop = min(len(content), start + data.draw(st.integers(0, 30)))
        content[start:stop] = data.draw(
            st.binary(max_size=12) | st.text("0123456789.,-#:\n eEnaif", max_size=12).map(str.encode)
        )
    path = tmp_path_factory.getbasetemp() / "any.msa"
    path.write_bytes(bytes(content))
    try:
        spectra = emsa.read(path)
    except SpecquantError:
        return
    assert all(raw.energy.shape == raw.counts.shape and raw.counts.size for raw in spectra)


def test_every_measured_file_reads_as_its_label_says(real_data: Path) -> None:
    with (real_data / "eds" / "labels.csv").open(newline="", encoding="utf-8") as file:
        labels = [row for row in csv.DictReader(file) if row["file"].endswith(".msa")]
    assert len(labels) == 193
    for row in labels:
        (raw,) = read_file(real_data / "eds" / row["file"], READERS)
        assert raw.energy.size == 4096
        assert np.diff(raw.energy).mean() == pytest.approx(float(row["channel_eV"]), rel=1e-4)
        assert raw.energy[0] == pytest.approx(1.69135)
        assert raw.counts.sum() == pytest.approx(float(row["total_counts"]), rel=1e-3)
        assert raw.stated["beam_energy"] == 1000 * float(row["beam_keV"])
        assert raw.stated["take_off_angle"] == float(row["takeoff_deg"])
        assert raw.header["live_time"] == pytest.approx(float(row["live_s"]), rel=1e-3)
        assert raw.header["probe_current"] == pytest.approx(float(row["probe_nA"]), rel=1e-3)
        assert {note.kind for note in raw.facts.notes} <= {NoteKind.REMARK}


@pytest.mark.parametrize(
    ("changes", "first", "kind", "says"),
    [
        ({"OFFSET": "-0.48"}, -0.48, NoteKind.HINT, "if it is in keV, that channel lies at -480 eV"),
        ({"OFFSET": "0.2"}, 0.2, NoteKind.HINT, "if it is in keV, that channel lies at 200 eV"),
        (
            {"XUNITS": "keV", "XPERCHAN": "0.01", "OFFSET": "1.69"},
            1690.0,
            NoteKind.HINT,
            "if it is in eV, that channel lies at 1.69 eV",
        ),
        (
            {"XUNITS": "keV", "XPERCHAN": "0.01", "OFFSET": "-480"},
            -480.0,
            NoteKind.CORRECTION,
            "first channel at -480 eV: -480 keV, as the file says, cannot be",
        ),
        (
            {"XPERCHAN": "0.01", "OFFSET": "-480"},
            -480.0,
            NoteKind.CORRECTION,
            "first channel at -480 eV: -480 keV, as the file says, cannot be",
        ),
    ],
)
def test_an_offset_in_another_unit_than_the_header_names(
    tmp_path: Path, changes: dict[str, str], first: float, kind: NoteKind, says: str
) -> None:
    raw = read(tmp_path, text(**changes))
    np.testing.assert_allclose(raw.energy, first + 10.0 * np.arange(40))
    assert [note for note in raw.facts.notes if note.kind is kind and says in note.text]


@pytest.mark.parametrize("offset", ["0", "-20", "-200", "9000"])
def test_an_offset_that_has_one_meaning_needs_no_word(tmp_path: Path, offset: str) -> None:
    assert not read(tmp_path, text(OFFSET=offset)).facts.notes


def test_a_column_in_kev_under_a_header_in_ev_contradicts_nothing(tmp_path: Path) -> None:
    raw = read(tmp_path, text(pairs(1e-3), DATATYPE="XY"))
    assert [note.kind for note in raw.facts.notes] == [NoteKind.CORRECTION]
    np.testing.assert_allclose(raw.energy, 10.0 * np.arange(40) - 20)


@pytest.mark.parametrize("key", ["OFFSET", "BEAMKV", "LIVETIME"])
def test_a_decimal_comma_anywhere_in_the_header_is_one_in_the_data(tmp_path: Path, key: str) -> None:
    raw = read(tmp_path, text("".join(f"{x:.1f}\n".replace(".", ",") for x in COUNTS), **{key: "15,0"}))
    np.testing.assert_array_equal(raw.counts, COUNTS)


def test_spectra_that_are_left_out_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.msa"
    path.write_text(text(TITLE="one") + text("\n", TITLE="two") + text(TITLE="three"))
    first, second = read_file(path, READERS)
    assert (first.name, second.name) == ("one", "three")
    assert [note.text for note in first.facts.notes] == [
        "1 of 3 spectra ('two': holds no data, no number after #SPECTRUM)"
    ]
