"""Text of others on a terminal, in a table and in a file's name."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported

from commandline import Shell
from folders import ROOT, THIRDPARTY
from specquant.terminal import cell, shown, storable

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain ü α", "plain ü α"),
        ("\x1b[31mred\x1b]0;owned\x07", r"\x1b[31mred\x1b]0;owned\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("\u2066a\u2069\u200b", r"\u2066a\u2069\u200b"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_steers_a_terminal_is_shown(text: str, escaped: str) -> None:
    assert shown(text) == escaped


def test_what_the_encoding_lacks_is_shown() -> None:
    assert shown("α ü", "cp1252") == r"\u03b1 ü"
    assert shown("ü", "ascii") == r"\xfc"
    assert shown("ü", "no such encoding") == r"\xfc"


@pytest.mark.parametrize("sign", "=+-@\t\r")
def test_a_formula_is_no_formula(sign: str) -> None:
    assert cell(f"{sign}cmd|' /C calc'!A0").startswith("'")
    assert cell("plain") == "plain"
    assert cell("a=b") == "a=b"
    assert cell("-0.5") == "-0.5"


def test_a_name_that_is_no_text_can_be_stored() -> None:
    assert storable("caf\udce9 α\x1b") == "caf\\xe9 α\x1b"


def write(path: Path | bytes) -> None:
    energy = np.arange(0.0, 201.0)
    counts = 20.0 + 1e3 * np.exp(-0.5 * ((energy - 83.0) / 2.0) ** 2)
    rows = "".join(f"{e},{c:.4f}\n" for e, c in zip(energy, counts, strict=True))
    with open(path, "w") as file:  # noqa: PTH123 - bytes
        file.write(rows)


def test_odd_names_cost_one_file_each(shell: Shell, tmp_path: Path) -> None:
    write(tmp_path / "good.csv")
    write(os.fsencode(tmp_path) + b"/caf\xe9.csv")
    write(tmp_path / "=cmd.csv")
    write(tmp_path / "\x1b[31mred.csv")
    odd = [os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv"), tmp_path / "=cmd.csv", tmp_path / "\x1b[31mred.csv"]
    bad = [tmp_path / ("x" * 300), tmp_path / "good.csv" / "inside.csv"]
    out = tmp_path / "found.csv"
    outcome = shell("quantify", "-t", "toy", "--method", "nnls", *odd, *bad, tmp_path / "good.csv", "--out", out)
    assert outcome.code == 1
    assert [line.startswith("specquant: error: ") for line in outcome.err.splitlines()].count(True) == 2
    assert "Traceback" not in outcome.err
    assert "\x1b" not in outcome.out
    assert r"\x1b[31mred.csv" in outcome.out
    with out.open(newline="", encoding="utf-8") as file:
        files = dict.fromkeys(Path(row["file"]).name for row in csv.DictReader(file))
    unused = ["x" * 300, "inside.csv"]
    assert list(files) == [r"caf\xe9.csv", "=cmd.csv", r"\x1b[31mred.csv", *unused, "good.csv"]


@pytest.mark.parametrize("suffix", ["json", "nc", "html"])
def test_a_name_that_is_no_text_reaches_every_kind_of_file(shell: Shell, tmp_path: Path, suffix: str) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.csv"
    write(name)
    outcome = shell(
        "quantify", "-t", "toy", "--method", "nnls", os.fsdecode(name), "--out", tmp_path / f"found.{suffix}"
    )
    assert outcome.code == 0, outcome.err
    assert rb"caf\xe9" in (tmp_path / f"found.{suffix}").read_bytes().replace(rb"\\", b"\\")


def test_a_folder_that_nobody_may_enter_costs_one_file(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.is_dir

    def locked(self: Path) -> bool:
        if "locked" in self.parts:
            raise PermissionError(13, "Permission denied")
        return real(self)

    monkeypatch.setattr(Path, "is_dir", locked)
    write(tmp_path / "good.csv")
    outcome = shell("quantify", "-t", "toy", "--method", "nnls", tmp_path / "locked" / "a.csv", tmp_path / "good.csv")
    assert [line for line in outcome.err.splitlines() if "error" in line] == [
        f"specquant: error: {tmp_path / 'locked' / 'a.csv'}: cannot be read; found Permission denied"
    ]
    assert "good.csv" in outcome.out


def test_formulas_in_titles_reach_no_table(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "=cmd.csv")
    assert shell("quantify", "-t", "toy", "--method", "nnls", "=cmd.csv", "--out", "found.csv").code == 0
    with (tmp_path / "found.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["file"], row["sample"]) for row in rows} == {("'=cmd.csv", "'=cmd")}


def test_a_title_outside_the_code_page_is_shown(tmp_path: Path) -> None:
    write(tmp_path / "α.csv")
    code = "from specquant.cli import main; main()"
    folder = THIRDPARTY
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-c", code, "quantify", "-t", "toy", "--method", "nnls", str(tmp_path / "α.csv")],
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONPATH": path},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert rb"\u03b1.csv" in ended.stdout


def test_everything_is_printed_by_one_function() -> None:
    package = ROOT / "specquant"
    printing = [path for path in package.rglob("*.py") if "click.echo(" in path.read_text(encoding="utf-8")]
    assert [path.name for path in printing] == ["printing.py"]


def test_no_command_opens_a_connection(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets of this process are closed to it; the process of foreign readers refuses them by itself."""
    import socket

    def closed(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, closed)
    write(tmp_path / "good.csv")
    toy = ("-t", "toy")
    made, out = tmp_path / "made.nc", tmp_path / "found.html"
    assert shell("synthesize", *toy, "--samples", 5, "--out", made).code == 0
    assert shell("quantify", *toy, "--method", "nnls", tmp_path / "good.csv", made, "--out", out).code == 0
    assert shell("library", *toy, "--plot", tmp_path / "library.png").code == 0
    assert shell("techniques").code == 0
    assert " src=" not in out.read_text(encoding="utf-8").replace(' src="data:', "")


def test_the_working_folder_steers_no_picture(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"font.size: 33\nlines.linewidth: 9\n\xff\n")
    code = "import specquant.report.page, matplotlib; print(matplotlib.rcParams['font.size'])"
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "10.0"
