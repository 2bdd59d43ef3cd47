"""What the columns of a table are: by their titles, else by their numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.errors import ReadError, SpectrumError
from specquant.notes import NoteKind
from specquant.readers import on_axis, read_file
from specquant.technique import EnergyAxis, RawSpectrum

ENERGY = np.arange(0.0, 30.0, 0.5)
FIRST = np.random.default_rng(1).poisson(50 + ENERGY).astype(float)
SECOND = np.random.default_rng(2).poisson(90 - ENERGY).astype(float)


def reading(folder: Path, titles: str, *columns: np.ndarray) -> list[RawSpectrum]:
    path = folder / "a.csv"
    rows = [",".join(f"{value:.10g}" for value in row) for row in zip(*columns, strict=True)]
    path.write_text("\n".join([*filter(None, [titles]), *rows]))
    return read_file(path)


def check(raw: RawSpectrum, counts: np.ndarray, name: str, energy: np.ndarray = ENERGY) -> None:
    np.testing.assert_allclose(raw.energy, energy)
    np.testing.assert_allclose(raw.counts, counts)
    assert raw.name == name


@pytest.mark.parametrize("titles", ["", "Energy (eV),Counts", "BE,CPS", "Bindungsenergie,Impulse"])
def test_two_columns_are_one_spectrum(tmp_path: Path, titles: str) -> None:
    (raw,) = reading(tmp_path, titles, ENERGY, FIRST)
    check(raw, FIRST, "a")


@pytest.mark.parametrize("titles", ["", "counts,BE", "Intensity (a.u.),Binding Energy (eV)"])
def test_counts_may_come_first(tmp_path: Path, titles: str) -> None:
    (raw,) = reading(tmp_path, titles, FIRST, ENERGY)
    check(raw, FIRST, "a")


@pytest.mark.parametrize(
    ("titles", "names"), [("", ("a [column 2]", "a [column 3]")), ("eV,Cu area,Al area", ("Cu area", "Al area"))]
)
def test_several_intensities_are_several_spectra(tmp_path: Path, titles: str, names: tuple[str, str]) -> None:
    first, second = reading(tmp_path, titles, ENERGY, FIRST, SECOND)
    check(first, FIRST, names[0])
    check(second, SECOND, names[1])


@pytest.mark.parametrize(
    ("titles", "names"), [("", ("a [column 2]", "a [column 4]")), ("BE A,counts A,BE B,counts B", ("A", "B"))]
)
def test_pairs_side_by_side_are_several_spectra(tmp_path: Path, titles: str, names: tuple[str, str]) -> None:
    first, second = reading(tmp_path, titles, ENERGY, FIRST, ENERGY + 5, SECOND)
    check(first, FIRST, names[0])
    check(second, SECOND, names[1], ENERGY + 5)


@pytest.mark.parametrize(
    ("titles", "column", "reason"),
    [
        ("Energy,Counts,Background", SECOND, "no intensities"),
        ("Energy,Counts,sigma", SECOND, "no intensities"),
        ("Energy,Counts,Smoothed counts", SECOND, "no intensities"),
        ("B.E.,CPS,Envelope CPS", SECOND, "no intensities"),
        ("Energie,Impulse,Untergrund (Impulse)", SECOND, "no intensities"),
        ("Energy,Counts,Fit counts", SECOND, "no intensities"),
        ("Energy,Counts,CPS", FIRST / 7, "column 2 times 0.1429"),
        ("", np.sqrt(FIRST), "errors of column 2"),
        ("Energy,Counts,log(Counts)", np.log10(FIRST), "not linear in counts"),
        ("", np.full(60, 7.25), "one number in all rows"),
    ],
)
def test_what_is_no_spectrum_is_passed_over_and_noted(
    tmp_path: Path, titles: str, column: np.ndarray, reason: str
) -> None:
    (raw,) = reading(tmp_path, titles, ENERGY, FIRST, column)
    check(raw, FIRST, "a")
    (note,) = raw.facts.notes
    assert note.kind is NoteKind.LEFT_OUT
    assert reason in note.text


@pytest.mark.parametrize(
    "title", ["Counts (background subtracted)", "Smoothed", "Counts per channel", "Point 1 counts"]
)
def test_the_only_column_beside_the_energies_is_the_spectrum_whatever_it_is_called(tmp_path: Path, title: str) -> None:
    (raw,) = reading(tmp_path, f"Energy (keV),{title}", ENERGY, FIRST)
    check(replace(raw, energy=np.asarray(raw.energy) / 1000), FIRST, "a")
    assert not raw.facts.notes


@pytest.mark.parametrize("titles", ["Kinetic Energy,Binding Energy,Counts", "K.E.,B.E.,Counts", "KE,BE (eV),cps"])
def test_binding_energies_are_taken_where_kinetic_ones_stand_beside_them(tmp_path: Path, titles: str) -> None:
    (raw,) = reading(tmp_path, titles, 100 - ENERGY, ENERGY, FIRST)
    check(raw, FIRST, "a")
    assert raw.header["columns"] == titles.split(",")[1:]


def test_the_same_energies_on_another_scale_are_passed_over(tmp_path: Path) -> None:
    (raw,) = reading(tmp_path, "", 100 - ENERGY, ENERGY, FIRST)
    check(raw, FIRST, "a", 100 - ENERGY)


def test_numbers_of_rows_are_passed_over(tmp_path: Path) -> None:
    (raw,) = reading(tmp_path, "No,Energy,Counts", np.arange(60.0), ENERGY, FIRST)
    check(raw, FIRST, "a")


@pytest.mark.parametrize("energy", [ENERGY, ENERGY[::-1], np.arange(60.0)[::-1], 0.01 * np.arange(60.0)])
@pytest.mark.parametrize("titles", ["#,Energy,Counts", ",Energy,Counts", ""])
@pytest.mark.parametrize("first", [0, 1])
def test_numbers_of_rows_without_a_title_are_passed_over(
    tmp_path: Path, energy: np.ndarray, titles: str, first: int
) -> None:
    (raw,) = reading(tmp_path, titles, first + np.arange(60.0), energy, FIRST)
    check(raw, FIRST, "a", energy)
    assert [note.text for note in raw.facts.notes] == ["column 1 '' (numbers of rows)"]


def test_energies_that_begin_at_0_are_no_numbers_of_rows(tmp_path: Path) -> None:
    for raw, counts, name in zip(
        reading(tmp_path, "", np.arange(60.0), FIRST, SECOND), (FIRST, SECOND), "23", strict=True
    ):
        check(raw, counts, f"a [column {name}]", np.arange(60.0))


@pytest.mark.parametrize(
    "moment",
    [
        "2024-05-17T13:45:{:02d}Z",
        "17.05.2024 13:45:{:02d}",
        "13:45:{:02d}.5",
        "5/7/2024",
        "30/11/26 9:45:{:02d}.5",
        "9:45:{:02d} AM",
    ],
)
def test_moments_beside_the_numbers_hinder_nothing(tmp_path: Path, moment: str) -> None:
    rows = [f"{moment.format(k % 60)},{a:g},{b:g}" for k, (a, b) in enumerate(zip(ENERGY, FIRST, strict=True))]
    (tmp_path / "a.csv").write_text("\n".join(["time,BE,counts", *rows]))
    (raw,) = read_file(tmp_path / "a.csv")
    check(raw, FIRST, "a")
    assert raw.header["columns"] == ["BE", "counts"]
    assert [str(note) for note in raw.facts.notes] == ["left out: column 1 'time' (dates or times)"]


@pytest.mark.parametrize("word", ["ok", "TRUE", "30-Nov-2026", "point {}", "300 K"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_words_beside_the_numbers_are_passed_over_and_told(tmp_path: Path, word: str, separator: str) -> None:
    for titles in ([], ["BE", "state", "counts"]):
        cells = [[f"{a:g}", word.format(k), f"{b:g}"] for k, (a, b) in enumerate(zip(ENERGY, FIRST, strict=True))]
        (tmp_path / "a.csv").write_text("\n".join(map(separator.join, filter(None, [titles, *cells]))))
        (raw,) = read_file(tmp_path / "a.csv")
        check(raw, FIRST, "a")
        (note,) = raw.facts.notes
        assert (note.kind, note.text) == (NoteKind.LEFT_OUT, f"column 2 {'state' if titles else ''!r} (words)")


def test_a_word_amid_the_numbers_is_no_column_of_words(tmp_path: Path) -> None:
    rows = [f"{a:g},{b:g},ok" for a, b in zip(ENERGY, FIRST, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join([*rows[:30], "70,n/a,ok", *rows[31:]]))
    with pytest.raises(ReadError, match=r"a\.csv, line 31: a line amid the numbers is not a row"):
        read_file(tmp_path / "a.csv")


def test_what_cannot_be_read_shows_a_line_with_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "\n".join(["BE,I", *(f"{a:g} eV,{b:g} cts" for a, b in zip(ENERGY, FIRST, strict=True))])
    )
    with pytest.raises(ReadError, match=r"no line of two numbers alone; line 2 is '[0-9.]+ eV,[0-9.]+ cts'"):
        read_file(tmp_path / "a.csv")


def test_names_above_the_energies_are_those_of_their_samples(tmp_path: Path) -> None:
    rows = [f"{a:g},{b:g},,{a:g},{c:g}" for a, b, c in zip(ENERGY, FIRST, SECOND, strict=True)]
    for titles, names in (
        (["clean,,,sputtered,", "BE (eV),Counts,,BE (eV),Counts"], ("clean", "sputtered")),
        (["BE (eV),Counts,,BE (eV),Counts"], ("Counts [column 2]", "Counts [column 5]")),
    ):
        (tmp_path / "a.csv").write_text("\n".join([*titles, *rows]))
        for raw, counts, name in zip(read_file(tmp_path / "a.csv"), (FIRST, SECOND), names, strict=True):
            check(raw, counts, name)


@pytest.mark.parametrize("title", ["Temperature (K)", "Pressure / mbar", "Drain current (nA)", "Druck (mbar)"])
def test_conditions_are_no_spectra(tmp_path: Path, title: str) -> None:
    (raw,) = reading(tmp_path, f"BE,Counts,{title}", ENERGY, FIRST, 300 + SECOND / 7)
    check(raw, FIRST, "a")
    assert [note.text for note in raw.facts.notes] == [f"column 3 {title!r} (no intensities)"]


def test_counts_and_their_rate_over_energies_on_two_scales_are_one_spectrum(tmp_path: Path) -> None:
    (raw,) = reading(tmp_path, "K.E.,Counts,B.E.,CPS", 1486.6 - ENERGY, FIRST, ENERGY, 5 * FIRST)
    assert [note.text for note in raw.facts.notes] == ["column 4 'CPS' (column 2 times 5)"]


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("Wavelength (nm)", "nm"),
        ("Raman shift (cm-1)", "1/cm"),
        ("2Theta", "degrees"),
        ("m/z", "m/z"),
        ("Time / s", "s"),
        ("Energy loss (eV)", "energy loss"),
    ],
)
def test_an_axis_of_another_quantity_is_refused_where_the_technique_has_energies(
    tmp_path: Path,
    thirdparty: Path,  # noqa: ARG001
    title: str,
    unit: str,
) -> None:
    (raw,) = reading(tmp_path, f"{title},Counts", ENERGY, FIRST)
    assert raw.header["axis_unit"] == unit
    toy = load_plugin("toy").technique
    technique = replace(toy, axis=EnergyAxis(0.0, 29.5, 0.5), orient=None, peaks=())
    with pytest.raises(SpectrumError, match=f"has an axis of another quantity; found {unit}; wanted eV or keV"):
        on_axis([raw], technique, tmp_path / "a.csv")
    same, unknown = (replace(technique, axis=replace(technique.axis, unit=each)) for each in (unit, "ticks"))
    for taken in (same, unknown):
        assert len(on_axis([raw], taken, tmp_path / "a.csv")) == 1


def test_numbers_name_the_samples_beside_a_title_of_energies(tmp_path: Path) -> None:
    raws = reading(tmp_path, "Energy (keV),7,8", ENERGY / 1000, FIRST, SECOND)
    for raw, counts, name in zip(raws, (FIRST, SECOND), "78", strict=True):
        check(raw, counts, name)


def test_counts_without_energies_are_said_to_be_that(tmp_path: Path) -> None:
    alone = "\n".join(f"{value:g}" for value in FIRST)
    for text in (alone, f"$MEAS_TIM:\n60 70\n$DATA:\n0 59\n{alone}\n$ENER_FIT:\n0.0 0.01\n"):
        (tmp_path / "a.spe").write_text(text)
        with pytest.raises(ReadError, match=r"has no energies; found 60 lines with one number each"):
            read_file(tmp_path / "a.spe")


def test_a_table_on_its_side_is_said_to_be_that(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join(",".join(map(str, row)) for row in (ENERGY, FIRST)))
    with pytest.raises(ReadError, match=r"is a table on its side; found 2 rows of 60 numbers"):
        read_file(tmp_path / "a.csv")


@pytest.mark.parametrize("title", ["Energy (keV)", "keV", "E [keV]", "Photon energy / keV"])
def test_kev_is_a_unit(tmp_path: Path, title: str) -> None:
    (raw,) = reading(tmp_path, f"{title},Counts", ENERGY / 1000, FIRST)
    check(raw, FIRST, "a")
    assert raw.header["axis_unit"] == "eV"


@pytest.mark.parametrize(
    ("title", "factor", "unit"),
    [
        *(("Energy (eV)", 1e3, "keV"), ("Energy (keV)", 1.0, "keV"), ("Energy (MeV)", 1e-3, "keV")),
        *(("Energy (keV)", 1e-3, "eV"), ("Energy (meV)", 1e3, "eV"), ("Energy", 1.0, "keV")),
        *(("Wavelength (nm)", 1.0, "nm"), ("Wavelength (\u00c5)", 10.0, "nm"), ("Wavelength / \u00b5m", 1e-3, "nm")),
        *(("Wavelength (Angstrom)", 1.0, "\u00c5"), ("lambda [nm]", 0.1, "angstrom"), ("Wavelength", 1.0, "nm")),
    ],
)
def test_a_title_with_a_unit_brings_the_axis_into_that_of_the_technique(
    tmp_path: Path,
    thirdparty: Path,  # noqa: ARG001
    title: str,
    factor: float,
    unit: str,
) -> None:
    (raw,) = reading(tmp_path, f"{title},Counts", ENERGY * factor, FIRST)
    toy = load_plugin("toy").technique
    axis = EnergyAxis(float(ENERGY[0]), float(ENERGY[-1]), float(ENERGY[1] - ENERGY[0]), unit=unit)
    technique = replace(toy, axis=axis, orient=None, peaks=())
    assert np.allclose(on_axis([raw], technique, tmp_path / "a.csv").counts, FIRST)


@pytest.mark.parametrize("title", ["Channel", "channels", "Ch", "Kanal"])
def test_channels_are_said(tmp_path: Path, title: str) -> None:
    (raw,) = reading(tmp_path, f"{title},Counts", ENERGY, FIRST)
    assert raw.header["axis_unit"] == "channel"


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("CPS", "counts per second"),
        ("counts/s", "counts per second"),
        ("Intensity (counts per second)", "counts per second"),
        ("Z\u00e4hlrate", "counts per second"),
        ("normalized intensity", "normalised"),
        ("Intensity (a.u.)", "normalised"),
        ("Counts", "counts"),
        ("Intensity", None),
    ],
)
def test_units_of_intensities(tmp_path: Path, title: str, unit: str | None) -> None:
    (raw,) = reading(tmp_path, f"Energy,{title}", ENERGY, FIRST)
    assert raw.header.get("intensity_unit") == unit


def test_an_empty_cell_amid_a_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{n},{n + 1},{'' if n == 5 else n + 2}" for n in range(20)]
    path.write_text("\n".join(rows))
    with pytest.raises(ReadError, match="row 6 of the table that begins in line 1: a cell amid the numbers is empty"):
        read_file(path)


def test_a_table_of_energies_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="has no column of intensities"):
        reading(tmp_path, "Energy,Channel", ENERGY, np.arange(60.0))


@pytest.mark.parametrize("title", ["log10(counts)", "Log Intensity", "ln(I)", "sqrt(cps)", "dN/dE"])
def test_what_is_not_linear_in_counts_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(ReadError, match="has no column of counts"):
        reading(tmp_path, f"Energy,{title}", ENERGY, np.log10(FIRST))
