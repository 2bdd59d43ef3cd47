"""Answers as tables: on the screen, wide, long, as workbooks, the mean of replicates, and what names cannot do."""

import csv
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr

from commandline import Shell
from specquant.discovery import load_plugin
from specquant.errors import OutputError, SettingError, SpectrumError
from specquant.notes import Note, NoteKind
from specquant.quantifiers import LAYERS, is_shown
from specquant.session import FileResult, Session, open_session
from specquant.session.fileresults import Row
from specquant.session.identity import IDENTITY
from specquant.session.replicates import Replicates
from specquant.session.screen import MOST_TABLES, lines_of, mean_lines
from specquant.session.unused import Unused
from specquant.session.widelines import Line, Lines, about_titles
from specquant.session.writing import Layout, write_answers
from specquant.spectra import Spectra
from specquant.tables import write_workbook
from specquant.technique import EnergyAxis, Facts, NarrowAnswer, Technique
from specquant.verdict import Judgement, with_judgements
from specquant.verdict.records import Ground, Reason, Verdict

ELEMENTS = ("Li", "Be", "B", "C", "N", "O")
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ZERO = Judgement((Reason(Ground.COUNTS, "few counts", Verdict.NOT_QUANTIFIED),))


@pytest.fixture
def session(thirdparty: Path) -> Session:  # noqa: ARG001
    return open_session("toy")


def result(
    fraction: list[list[float]],
    limits: float | None = None,
    name: str = "a.csv",
    judgements: tuple[Judgement, ...] = (),
    pixels: int = 0,
) -> FileResult:
    """Return what a method would say of some spectra, at weight fractions like the atomic ones."""
    rows = np.array(fraction)
    rows = rows / rows.sum(axis=1, keepdims=True)
    dims = ("sample", "element")
    made = {key: (dims, values) for key, values in {"fraction": rows, "lower": rows / 2, "upper": rows}.items()}
    made |= {"weight_fraction": (dims, rows), "presence": (dims, rows > 0.01)}
    if limits is not None:
        made["detection_limit"] = (dims, np.full(rows.shape, limits))
    facts = tuple(Facts(axis_offset=1.5, pixel=divmod(row, pixels) if pixels else None) for row in range(len(rows)))
    spectra = Spectra(
        np.ones((len(rows), 3)), np.ones((len(rows), 3), dtype=bool), np.zeros((len(rows), 0)), facts=facts
    )
    dataset = xr.Dataset(made, {"sample": list(spectra.labels()), "element": list(ELEMENTS)})
    dataset = with_judgements(dataset, judgements or (Judgement(),) * len(rows))
    notes = ((Note(NoteKind.WARNING, "dead time"),),) * len(rows)
    return FileResult(name, spectra, {"nnls": dataset}, notes)


def text(file: FileResult) -> list[str]:
    return list(lines_of(file, "nnls"))


class TestScreen:
    def test_elements_are_shown_from_their_own_limit_on(self) -> None:
        assert text(result([[0.0, 0.002, 0.004, 0.006, 0.0, 0.988]], limits=0.003))[1:] == [
            "          at%     wt%  90 % interval, at%",
            "  O      98.8    98.8  49.4 to 98.8",
            "  C      0.60    0.60  0.30 to 0.60",
            "  B      0.40    0.40  0.20 to 0.40",
            "  rest   0.20    0.20  too little to be shown: Be 0.20",
            "  warning: dead time",
        ]

    def test_without_limits_from_one_at_percent_on(self) -> None:
        lines = text(result([[0.003, 0.004, 0.005, 0.006, 0.007, 0.975]]))
        assert lines[2:4] == [
            "  O      97.5    97.5  48.8 to 97.5",
            "  rest    2.5     2.5  too little to be shown: N 0.70, C 0.60, B 0.50, Be 0.40 and 1 more",
        ]

    def test_limits_above_one_at_percent_hide_nothing_above_it(self) -> None:
        shown = is_shown(np.array([0.02, 0.009, 0.0]), np.array([0.5, 0.5, np.nan]))
        assert shown.tolist() == [True, False, False]
        assert is_shown(np.array([0.0, np.nan]), np.full(2, np.nan), np.array([True, True])).tolist() == [True, False]

    def test_what_rounds_to_nothing_is_not_named(self) -> None:
        assert not any("rest" in line for line in text(result([[0.0, 0.0, 0.0, 0.0004, 0.0, 0.9996]], limits=0.003)))

    @pytest.mark.usefixtures("session")
    def test_what_is_required_is_shown(self, session: Session, measured: Callable[[str], Path]) -> None:
        found = session.quantify(measured("a.csv"), "nnls", require="Li", exclude="Be")
        assert re.search(r"^  Li {6,}0\.0", repr(found), re.M)
        assert "Li" in {row.element for row in found.table}
        assert "Li" not in {row.element for row in session.quantify(measured("a.csv"), "nnls").table}

    def test_a_map_is_summarised(self) -> None:
        rows = [[0.0, 0.0, 0.0, 0.1 + 0.1 * (pixel % 5), 0.0, 0.9 - 0.1 * (pixel % 5)] for pixel in range(20)]
        lines = text(result(rows, judgements=(Judgement(),) * 19 + (ZERO,), pixels=5))
        assert lines[0] == "a.csv  [map of 5 x 4 pixels, 19 of 20 quantified]"
        assert lines[2].split() == ["O", "71.1", "71.1", "50.0", "70.0", "90.0", "100.0", "%"]
        assert lines[3].split() == ["C", "28.9", "28.9", "10.0", "30.0", "50.0", "100.0", "%"]
        assert lines[4:] == [
            "  verdicts: 19 good, 1 not quantified",
            "    most often: few counts (1)",
            "  warning: dead time",
        ]

    def test_very_many_spectra_are_summarised_too(self) -> None:
        few, many = (text(result([[0, 0, 0, 0, 0, 1.0]] * count)) for count in (MOST_TABLES, MOST_TABLES + 1))
        assert len(few) == 4 * MOST_TABLES
        assert many[0] == f"a.csv  [{MOST_TABLES + 1} spectra, {MOST_TABLES + 1} of {MOST_TABLES + 1} quantified]"
        assert len(many) < 10


class TestMean:
    def test_it_is_of_what_is_quantified(self) -> None:
        rows = [[0, 0, 0, 0.2, 0, 0.8], [0, 0, 0, 0.4, 0, 0.6], [0, 0, 1.0, 0, 0, 0]]
        several = Replicates.of([result(rows, judgements=(Judgement(), Judgement(), ZERO))], "nnls")
        assert list(mean_lines(several.checked(), ELEMENTS)) == [
            "mean of 2 spectra; 1 not quantified and left out",
            "          at%     wt%  std dev  std err, at%",
            "  O      70.0    70.0     14.1     10.0",
            "  C      30.0    30.0     14.1     10.0",
        ]

    def test_one_is_no_replicate(self) -> None:
        with pytest.raises(SettingError, match="--mean: a mean needs replicates; found 1 quantified spectra"):
            Replicates.of([result([[0, 0, 0, 0.2, 0, 0.8]])], "nnls").checked()


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_sheet(path: Path, number: int = 1) -> list[list[str]]:
    """Return the cells of a sheet as text; no cell has a formula, and no text is anything else."""
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        assert not [name for name in names if "external" in name.lower() or "vba" in name.lower()]
        texts = b"".join(book.read(name) for name in names if "sharedStrings" in name)
        sheet = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    shared = [] if not texts else ["".join(t.itertext()) for t in ElementTree.fromstring(texts).iter(f"{SHEET}si")]
    assert not list(sheet.iter(f"{SHEET}f"))
    assert not list(sheet.iter(f"{SHEET}hyperlink"))
    rows = []
    for row in sheet.iter(f"{SHEET}row"):
        cells = []
        for cell in row.iter(f"{SHEET}c"):
            content = "".join(cell.itertext())
            assert cell.get("t") in (None, "n", "s", "inlineStr")
            cells.append(shared[int(content)] if cell.get("t") == "s" else content)
        rows.append(cells)
    return rows


class TestFiles:
    ROWS = ((0.0, 0.0, 0.0, 0.2, 0.004, 0.796), (0.0, 0.0, 0.0, 0.4, 0.0, 0.6))

    def write(self, session: Session, path: Path, layout: Layout | None = None, **more: object) -> Path:
        files = [result([list(self.ROWS[0])], name="a.csv", **more), result([list(self.ROWS[1])], name="b.csv", **more)]  # type: ignore[arg-type]
        return write_answers(files, "nnls", session.technique, "typed 'so'", path, layout=layout)

    def test_wide_is_a_row_per_spectrum(self, session: Session, tmp_path: Path) -> None:
        first, second = read_csv(self.write(session, tmp_path / "a.csv", limits=0.002))
        assert list(first)[:10] == ["file", "sample", "verdict", "reasons", "notes", "axis offset eV", *IDENTITY]
        assert [first[name] for name in list(first)[:7]] == [
            "a.csv",
            "0",
            "good",
            "",
            "warning: dead time",
            "1.5",
            "nnls",
        ]
        assert list(first)[10::5] == ["O at%", "C at%", "N at%", "rest at%"]
        quantities = ("at%", "lower at%", "upper at%", "wt%", "limit at%")
        assert [first[f"O {quantity}"] for quantity in quantities] == ["79.6", "39.8", "79.6", "79.6", "0.2"]
        assert (first["N at%"], second["N at%"], first["rest at%"]) == ("0.4", "0.0", "0.0")

    def test_what_has_no_column_is_in_the_rest(self, session: Session, tmp_path: Path) -> None:
        first, _ = read_csv(self.write(session, tmp_path / "a.csv"))
        assert "N at%" not in first
        assert first["rest at%"] == "0.4"

    def test_what_is_not_quantified_has_a_verdict_alone(self, session: Session, tmp_path: Path) -> None:
        (row,) = read_csv(
            write_answers(
                [result([list(self.ROWS[0])], judgements=(ZERO,))], "nnls", session.technique, "", tmp_path / "a.csv"
            )
        )
        assert (row["verdict"], row["reasons"], row["rest at%"]) == ("not quantified", "few counts", "")
        assert "O at%" not in row

    def with_unused(self, session: Session, path: Path, layout: Layout | None = None) -> Path:
        outcomes = [
            Unused("bad.csv", SpectrumError("all counts are zero", where="spectrum 'one'")),
            result([list(self.ROWS[0])], name="a.csv"),
            result([list(self.ROWS[1])], name="b.csv"),
        ]
        return write_answers(outcomes, "nnls", session.technique, "", path, layout=layout)

    def test_inputs_that_cannot_be_used_have_a_row_with_their_reason(self, session: Session, tmp_path: Path) -> None:
        expected = ("bad.csv", "", "unused", "bad.csv: spectrum 'one': all counts are zero")
        wide, long = (
            read_csv(self.with_unused(session, tmp_path / "a.csv", Layout(long, mean=True))) for long in (False, True)
        )
        for table in (wide, long):
            first = table[0]
            assert tuple(first[name] for name in ("file", "sample", "verdict", "reasons")) == expected
            assert not any(first[name] for name in first if "at%" in name or "fraction" in name)
        alone = read_csv(self.write(session, tmp_path / "b.csv", Layout(mean=True)))
        assert wide[1:] == alone, "neither the answers nor their mean depend on it"
        sheet = read_sheet(self.with_unused(session, tmp_path / "a.xlsx"))
        assert sheet[1][:3] == ["bad.csv", "unused", expected[3]]

    def test_inputs_that_cannot_be_used_are_in_json_and_netcdf(self, session: Session, tmp_path: Path) -> None:
        expected = [{"file": "bad.csv", "reason": "bad.csv: spectrum 'one': all counts are zero"}]
        content = json.loads(self.with_unused(session, tmp_path / "a.json").read_text())
        assert content["unused"] == expected
        assert len(content["spectra"]) == 2
        assert json.loads(self.write(session, tmp_path / "b.json").read_text())["unused"] == []
        with xr.open_dataset(self.with_unused(session, tmp_path / "a.nc")) as dataset:
            assert json.loads(dataset.attrs["unused"]) == expected

    def test_narrow_scans_and_layers_have_columns_of_their_own(self, tmp_path: Path) -> None:
        technique = load_plugin("eds").technique
        carbon, oxygen = (technique.elements.index(symbol) for symbol in ("C", "O"))
        files = [self.measured(technique, name, 12.0 + number) for number, name in enumerate(("a.csv", "b.csv"))]
        unknown = np.full(len(technique.elements), np.nan)
        part, deviation = unknown.copy(), unknown.copy()
        part[oxygen], deviation[oxygen] = 0.25, 0.01
        files[0] = replace(files[0], narrow=(NarrowAnswer(part, deviation, ()),))
        path = write_answers(files, "nnls", technique, "", tmp_path / "a.csv", layout=Layout(mean=True))
        first, second, mean, scatter, _ = read_csv(path)
        assert (first["O narrow at%"], second["O narrow at%"], mean["O narrow at%"]) == ("25.0", "", "")
        assert float(first["O narrow lower at%"]) == pytest.approx(25.0 - 1.645, abs=0.01)
        assert f"{technique.elements[carbon]} narrow at%" not in first
        assert (first["carbon_coat nm"], first["carbon_coat standard error nm"]) == ("12.0", "1.5")
        assert (mean["carbon_coat nm"], mean["carbon_coat standard error nm"]) == ("12.5", "")
        assert scatter["carbon_coat nm"] == "0.707"
        assert not [name for name in first if name.startswith("oxide_skin")], "no spectrum shows it plainly"

    @staticmethod
    def measured(technique: Technique, name: str, coat: float) -> FileResult:
        """An answer of oxygen alone under a coat of carbon, and a skin of oxide that may be none."""
        size = len(technique.elements)
        carbon, oxygen = (technique.elements.index(symbol) for symbol in ("C", "O"))
        parts, layers = np.zeros((1, size)), np.full((2, 1, size), np.nan)
        parts[0, oxygen] = 1.0
        layers[:, 0, carbon], layers[:, 0, oxygen] = (coat, 1.5), (1.0, 3.0)
        dims = ("sample", "element")
        names = ("fraction", "lower", "upper", "weight_fraction")
        values = dict.fromkeys(names, (dims, parts)) | {"presence": (dims, parts > 0.01)}
        values |= {key: (dims, each) for key, each in zip(LAYERS, layers, strict=True)}
        spectra = Spectra(np.ones((1, 3)), np.ones((1, 3), dtype=bool), np.zeros((1, 0)), facts=(Facts(),))
        dataset = xr.Dataset(values, {"sample": ["s"], "element": list(technique.elements)})
        return FileResult(name, spectra, {"nnls": with_judgements(dataset, (Judgement(),))}, ((),))

    def test_long_is_a_row_per_element(self, session: Session, tmp_path: Path) -> None:
        rows = read_csv(self.write(session, tmp_path / "a.csv", Layout(long=True)))
        assert list(rows[0]) == [*Row._fields, *IDENTITY]
        assert {row["method"] for row in rows} == {"nnls"}
        assert len(rows) == 12
        assert [row["fraction"] for row in rows[3:6]] == ["0.2", "0.004", "0.796"]

    def test_mean_is_three_more_rows(self, session: Session, tmp_path: Path) -> None:
        rows = read_csv(self.write(session, tmp_path / "a.csv", Layout(mean=True)))[2:]
        assert [(row["file"], row["sample"], row["C at%"]) for row in rows] == [
            ("mean of 2 spectra", "mean", "30.0"),
            ("mean of 2 spectra", "standard deviation", "14.1421"),
            ("mean of 2 spectra", "standard error", "10.0"),
        ]
        assert [row["rest at%"] for row in rows] == ["0.2", "0.2828", "0.2"]
        long = read_csv(self.write(session, tmp_path / "b.csv", Layout(long=True, mean=True)))[12:]
        assert [(row["sample"], row["fraction"]) for row in long if row["element"] == "C"] == [
            ("mean", "0.3"),
            ("standard deviation", "0.141421"),
            ("standard error", "0.1"),
        ]
        content = json.loads(self.write(session, tmp_path / "a.json", Layout(mean=True)).read_text())
        assert content["mean"]["spectra"] == 2
        assert content["mean"]["standard_error"][1] == {"element": "C", "fraction": 0.1, "weight_fraction": 0.1}

    def test_a_workbook_says_the_same_as_csv_and_where_it_comes_from(self, session: Session, tmp_path: Path) -> None:
        self.write(session, tmp_path / "a.csv", Layout(mean=True))
        cells = read_sheet(self.write(session, tmp_path / "a.xlsx", Layout(mean=True)))
        table = [list(row.values()) for row in read_csv(tmp_path / "a.csv")]
        assert cells[0] == list(read_csv(tmp_path / "a.csv")[0])
        for row, expected in zip(cells[1:], table, strict=True):
            assert [_plain(cell) for cell in row] == [_plain(cell) for cell in expected if cell]
        about = dict(row for row in read_sheet(tmp_path / "a.xlsx", 2) if len(row) == 2)
        assert about["command"] == "typed 'so'"
        assert about["method"] == "nnls"

    @pytest.mark.parametrize(
        ("name", "layout", "message"),
        [
            ("a.nc", Layout(mean=True), "a.nc: cannot hold a mean; found .nc; wanted .csv, .xlsx, .json"),
            ("a.html", Layout(mean=True), "a.html: cannot hold a mean"),
            ("a.json", Layout(long=True), "a.json: cannot be a long table; found .json; wanted .csv or .xlsx"),
            ("a.xls", None, "unknown output format; found '.xls'; wanted .csv, .xlsx, .json, .nc, .html"),
        ],
    )
    def test_what_a_format_cannot_hold_is_refused(
        self, session: Session, tmp_path: Path, name: str, layout: Layout | None, message: str
    ) -> None:
        with pytest.raises(OutputError, match=re.escape(message)):
            self.write(session, tmp_path / name, layout)
        assert list(tmp_path.iterdir()) == []


def _plain(cell: str) -> str | float:
    return float(cell) if re.fullmatch(r"[\d.]+", cell) else cell


EVIL = ("=cmd|' C'!A0", "@SUM(1)", "-1+1", "<script>alert(1)<script>", "a\x1b[31mred", "\u202egnp.exe", "\ufeff=1+1")


class TestMaliciousNames:
    def test_of_files_and_samples_are_inert_in_every_table(self, session: Session, tmp_path: Path) -> None:
        for number, name in enumerate(EVIL):
            file = result([[0, 0, 0, 0.2, 0, 0.8]], name=name)
            for suffix in ("csv", "xlsx"):
                path = tmp_path / f"{number}.{suffix}"
                write_answers([file], "nnls", session.technique, name, path)
                first = read_csv(path)[0]["file"] if suffix == "csv" else read_sheet(path)[1][0]
                assert first.isprintable()
                assert not first.startswith(("=", "+", "-", "@", "\t")) or suffix == "xlsx"  # where texts are texts
                assert first.removeprefix("'")[-5:] == name.encode("ascii", "backslashreplace").decode()[-5:]

    def test_texts_of_a_workbook_are_texts(self, tmp_path: Path) -> None:
        texts = ["=1+1", "http://x.y", "{=1}", "0012", "mailto:a@b.c", "x" * 40_000]
        sheet = read_sheet(write_workbook({"s": (("=a",), [[text] for text in texts])}, tmp_path / "a.xlsx"))
        assert [cell for row in sheet for cell in row] == ["=a", *texts[:-1], "x" * 32_767]

    def test_on_the_terminal(self, shell: Shell, measured: Callable[[str], Path]) -> None:
        path = measured("a\x1b[31m\u202e.csv")
        done = shell("quantify", "-t", "toy", "--method", "nnls", path)
        assert done.code == 0
        assert "\x1b" not in done.out
        assert "\u202e" not in done.out
        assert "a\\x1b[31m\\u202e.csv" in done.out


@pytest.fixture
def measured(session: Session, tmp_path: Path) -> Callable[[str], Path]:
    """Write a spectrum of carbon and oxygen under a name."""

    def write(name: str) -> Path:
        lines = session.library.on(session.technique.axis)
        counts = 20 + 1e5 * (lines[3] + lines[5])
        centres = session.technique.axis.centres
        (tmp_path / name).write_text("\n".join(f"{x:g},{y:.0f}" for x, y in zip(centres, counts, strict=True)))
        return tmp_path / name

    return write


class TestCommand:
    def test_tables_and_mean(self, shell: Shell, measured: Callable[[str], Path], tmp_path: Path) -> None:
        ask = ("quantify", "-t", "toy", "--method", "nnls", measured("a.csv"), measured("b.csv"))
        done = shell(*ask, "--mean", "--out", tmp_path / "all.xlsx")
        assert done.code == 0
        assert f"specquant: written: {tmp_path / 'all.xlsx'}\n" in done.err
        assert done.out.splitlines().count("mean of 2 spectra") == 1
        assert [row[0] for row in read_sheet(tmp_path / "all.xlsx")[3:]] == ["mean of 2 spectra"] * 3
        assert shell(*ask, "--long", "--out", tmp_path / "all.csv").code == 0
        assert len(read_csv(tmp_path / "all.csv")) == 12

    def test_a_spectrum_is_no_replicate_of_itself(self, shell: Shell, measured: Callable[[str], Path]) -> None:
        file, other = measured("a.csv"), measured("b.csv")
        ask = ("quantify", "-t", "toy", "--method", "nnls", "--mean", file)
        done = shell(*ask, file.parent / "." / file.name, other, file)
        assert "specquant: 2 files given more than once: each is taken once\n" in done.err
        assert done.out.splitlines().count("mean of 2 spectra") == 1
        assert shell(*ask, file).code == 1

    def test_what_cannot_be_written_is_refused_before_anything_is_read(self, shell: Shell, tmp_path: Path) -> None:
        done = shell("quantify", "-t", "toy", tmp_path / "absent.csv", "--mean", "--out", tmp_path / "a.nc")
        assert (done.code, done.out) == (1, "")
        assert "cannot hold a mean" in done.err


def test_a_table_that_no_disk_has_room_for_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            pass

    lines = Lines()
    monkeypatch.setattr(lines, "_file", Full())
    unknown = np.zeros((5, 2))
    line = Line((), unknown, np.ones(2, dtype=bool), unknown[0], 0.0, unknown[:3], np.zeros((2, 2)))
    with pytest.raises(OutputError, match=r"temporary files cannot be written; found No space left.*TMPDIR"):
        lines.add(line)


def test_the_axis_offset_has_the_unit_of_the_axis() -> None:
    assert "axis offset nm" in about_titles(EnergyAxis(0.0, 200.0, 1.0, unit="nm"))
