"""What a terminal shows while a command works: never nothing for long, and nothing of it where it is not a terminal."""

import io
import os
import pty
import re
import select
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from commandline import Shell
from folders import ROOT, THIRDPARTY
from specquant.cli import status
from specquant.cli.status import Status


class Terminal(io.StringIO):
    """A terminal that remembers what it is sent."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def terminal_rewrites_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


class TestStatus:
    def test_a_line_replaces_the_last_and_goes_without_a_trace(self) -> None:
        terminal = Terminal()
        shown = Status(terminal)
        shown.doing("loading")
        shown.doing("reading a\x1b[31m.csv")
        shown.clear()
        shown.clear()
        erase = "\r\x1b[2K"
        assert terminal.getvalue() == f"{erase}loading ...{erase}reading a\\x1b[31m.csv ...{erase}"

    def test_it_gives_a_sign_of_life_and_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(status, "_PULSE", 0.01)
        now = [0.0]
        monkeypatch.setattr(status.time, "monotonic", lambda: now[0])
        terminal = Terminal()
        shown = Status(terminal)
        shown.doing("working")
        now[0] = 3.2
        deadline = time.time() + 10
        while "working ... 3 s" not in terminal.getvalue() and time.time() < deadline:
            time.sleep(0.01)
        assert "working ... 3 s" in terminal.getvalue()
        shown.clear()
        time.sleep(0.1)
        left = terminal.getvalue()
        time.sleep(0.1)
        assert terminal.getvalue() == left

    def test_long_lines_are_cut_to_the_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "30")
        terminal = Terminal()
        Status(terminal).doing("x" * 100)
        assert terminal.getvalue() == f"\r\x1b[2K{'x' * 28}~"

    def test_a_dumb_terminal_gets_no_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TERM", "dumb")
        terminal = Terminal()
        Status(terminal).doing("loading")
        assert terminal.getvalue() == ""

    def test_elsewhere_it_is_silent_or_writes_lines_if_that_is_asked_for(self) -> None:
        for lines, expected in ((False, ""), (True, "loading ...\nworking ...\n")):
            stream = io.StringIO()
            shown = Status(stream, lines)
            for text in ("loading", "loading", "working"):
                shown.doing(text)
            shown.clear()
            assert stream.getvalue() == expected


@pytest.fixture
def measured(thirdparty: Path, tmp_path: Path) -> Path:  # noqa: ARG001
    rows = "\n".join(f"{energy},{50 + 900 * (100 < energy < 120)}" for energy in range(201))
    (tmp_path / "a.csv").write_text(rows)
    return tmp_path / "a.csv"


def on_a_terminal(*arguments: object) -> list[tuple[float, str]]:
    """Run a command on a terminal of its own; return what it showed and when, s."""
    path = os.pathsep.join([str(THIRDPARTY), str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", "from specquant.cli import main; main()", *map(str, arguments)]
    ours, theirs = pty.openpty()
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**os.environ, "PYTHONPATH": path})
    os.close(theirs)
    seen: list[tuple[float, str]] = []
    while select.select([ours], [], [], 120.0)[0]:
        try:
            content = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if not content:
            break
        seen.append((time.monotonic() - started, content.decode()))
    os.close(ours)
    assert process.wait(30) == 0
    return seen


def test_on_a_terminal_there_is_no_silence_and_only_the_answer_stays(measured: Path) -> None:
    seen = on_a_terminal("quantify", "-t", "toy", "--method", "nnls", measured)
    text = "".join(part for _, part in seen)
    assert text.index("loading ...") < text.index("quantifying 1 of 1") < text.index("at%")
    left = "\n".join(re.split(r"\r\x1b\[2K", line)[-1].rstrip("\r") for line in text.split("\n"))
    assert "..." not in left
    assert left.startswith(str(measured))
    end = seen[-1][0]
    times = [when for when, _ in seen]
    gaps = [after - before for before, after in pairwise(times)]
    assert max(gaps, default=0.0) < max(2.5, 0.3 * end)  # a pulse is a second; a busy machine is late


@pytest.mark.parametrize(
    "words", [("techniques",), ("library", "-t", "toy"), ("explain", "-t", "toy"), ("check", "toy", "--list")]
)
def test_every_command_says_that_it_loads(thirdparty: Path, words: tuple[str, ...]) -> None:  # noqa: ARG001
    assert "loading ..." in "".join(part for _, part in on_a_terminal(*words))


def test_elsewhere_nothing_is_said_unless_asked_for(shell: Shell, measured: Path) -> None:
    quiet = shell("quantify", "-t", "toy", "--method", "nnls", measured)
    assert "..." not in quiet.err
    told = shell("--progress", "quantify", "-t", "toy", "--method", "nnls", measured)
    assert told.out == quiet.out
    assert [line for line in told.err.splitlines() if line.endswith(" ...")] == [
        "loading ...",
        "loading toy ...",
        "working ...",
        f"quantifying 1 of 1: {measured} ...",
    ]


def test_help_and_wrong_words_leave_no_trace(shell: Shell) -> None:
    assert "loading" not in shell("--progress", "quantify", "--help").err
    assert "loading" not in shell("--progress", "quantify", "--nonsense").err
