"""Parts of the page's program that need neither a browser nor what computes."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from specquant.app.commands import command_lines
from specquant.app.desk import Desk
from specquant.app.guard import Guard, new_token
from specquant.app.jobs import LATER, NOW, CancelledJobError, JobError, Jobs
from specquant.app.keeping import Archive, packed
from specquant.app.regions import PhasePart, Rectangle, part_of_name
from specquant.app.settings import Settings
from specquant.app.uploads import MOST_BYTES, Uploads, safe_part, safe_path
from specquant.app.worker import ENDED
from specquant.app.working import _Loop
from specquant.errors import ReadError, SettingError

EVIL = "<script>alert(1)</script>\u202egnp.exe"


def answer(**changes: Any) -> dict[str, Any]:
    row = {"element": "Fe", "at": 0.5, "shown": True}
    content = {"sample": "a", "settings": Settings("xps").plain(), "notes": [], "elements": [row], "answered": True}
    return content | changes


def opened(desk: Desk, path: Path, name: str = "a.vms", samples: tuple[str, ...] = ("a",)) -> Any:
    file = desk.add(path, name)
    desk.opened(file, {"technique": "xps", "reason": "", "shape": None, "samples": samples})
    return file


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


# Settings


def test_settings_say_what_the_command_line_says() -> None:
    settings = Settings.of(
        {
            "technique": "xps",
            "method": "cnn",
            "exclude": ["Co"],
            "require": ["N"],
            "fix": {"O": 60},
            "shift": -1.5,
            "stated": {"photon_energy": 1253.6},
            "oxides": True,
        }
    )
    assert settings.options() == [
        *("--technique", "xps", "--method", "cnn", "--exclude", "Co", "--require", "N", "--fix", "O=60"),
        *("--shift=-1.5", "--set", "photon_energy=1253.6", "--oxides"),
    ]
    assert Settings.of(settings.plain()) == settings
    assert Settings.of_options(settings.options()) == settings


@pytest.mark.parametrize("words", [("--shell", "rm"), ("--shift",), ("--fix", "O=many"), ("--exclude", "<b>"), ("O",)])
def test_options_of_anything_else_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SettingError):
        Settings.of_options(words)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (Rectangle((0, 0), (3, 3)), "row 1, column 4"),
        (Rectangle((0, 2), (3, 4)), "rows 1-3, columns 4-5"),
        (PhasePart(2, Settings("eds")), "phase 2"),
        (PhasePart(1, Settings("eds", exclude=("Cs", "Na"), fix={"O": 60})), "phase 1 (--exclude Cs,Na --fix O=60)"),
        (PhasePart(1, Settings("eds", stated={"beam_energy": 2e4})), "phase 1 (--set beam_energy=20000)"),
    ],
)
def test_parts_of_a_map_are_found_again_by_their_names(part: Rectangle | PhasePart, name: str) -> None:
    assert part.name == name
    assert part_of_name(name, "eds") == part


@pytest.mark.parametrize("name", ["", "row", "phase", "phase 1 (--shell rm)", "phase 1 ('", "phase 1 () x"])
def test_other_names_are_those_of_no_part(name: str) -> None:
    assert part_of_name(name, "eds") is None


@pytest.mark.parametrize(
    "content", [{"exclude": "Co"}, {"fix": {"O": 200}}, {"exclude": ["<b>"]}, {"shift": "1"}, {"shell": "rm"}, [], 3]
)
def test_settings_of_anything_else_are_refused(content: Any) -> None:
    with pytest.raises(SettingError, match="settings"):
        Settings.of(content)


# Uploads


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b.msa", "a/b.msa"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\data\\a.spc", "C_/data/a.spc"),
        ("a\x00b\x1b[31m.vms", "a_b_[31m.vms"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("..", "file"),
        ("", "file"),
    ],
)
def test_names_lead_nowhere_else(name: str, path: str) -> None:
    assert safe_path(name).as_posix() == path


def test_long_names_keep_their_suffix() -> None:
    part = safe_part("\u00e4" * 500 + ".msa")
    assert part.endswith(".msa")
    assert len(part.encode()) <= 120


def test_files_of_one_drop_lie_together_and_never_over_each_other() -> None:
    uploads = Uploads()
    try:
        first = asyncio.run(uploads.save("1", "map/a.rpl", chunks(b"1")))
        second = asyncio.run(uploads.save("1", "map/a.raw", chunks(b"2")))
        third = asyncio.run(uploads.save("1", "map/a.raw", chunks(b"3")))
        assert first.parent == second.parent == third.parent
        assert (first.read_bytes(), second.read_bytes(), third.read_bytes()) == (b"1", b"2", b"3")
    finally:
        uploads.remove()
    assert not uploads.folder.exists()


def test_too_large_a_file_is_refused_and_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BYTES >= 1 << 20
    monkeypatch.setattr("specquant.app.uploads.MOST_BYTES", 5)
    uploads = Uploads()
    try:
        with pytest.raises(ReadError, match=r"a\.msa: is too large"):
            asyncio.run(uploads.save("1", "a.msa", chunks(b"123", b"456")))
        assert not [path for path in uploads.folder.rglob("*") if path.is_file()]
        asyncio.run(uploads.save("1", "a.msa", chunks(b"123")))
    finally:
        uploads.remove()


# Guard


def status(path: str, **headers: str) -> int:
    """The status that a request gets, 200 where it is let through."""
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Any:
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    named = {"host": "127.0.0.1:80", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    asyncio.run(Guard(app, "token", 80)({"type": "http", "path": path, "headers": raw}, receive, send))
    assert any(name == b"content-security-policy" for name, _ in sent[0]["headers"])
    return int(sent[0]["status"])


def test_only_the_page_itself_is_let_through() -> None:
    assert status("/token/") == 200
    assert status("/token/", origin="http://127.0.0.1:80", sec_fetch_site="same-origin") == 200
    assert status("/") == status("/other/") == status("/tokens/") == 403
    assert status("/token/", host="evil.example:80") == 403
    assert status("/token/", origin="http://evil.example") == 403
    assert status("/token/", origin="null") == 403
    assert status("/token/", sec_fetch_site="cross-site") == 403


def test_tokens_are_long_and_new() -> None:
    assert len(new_token()) >= 32
    assert new_token() != new_token()


# Desk


def test_an_answer_can_be_undone_but_not_the_first(tmp_path: Path) -> None:
    desk = Desk()
    file = opened(desk, tmp_path / "a")
    spot = file.spots[0]
    desk.answered(spot, answer(sample="1"))
    desk.answered(spot, answer(sample="2"))
    plain = desk.everything()["files"][0]["spots"][0]
    assert (plain["answer"]["sample"], plain["earlier"]["sample"], plain["undo"]) == ("2", "1", True)
    assert desk.undo(spot)
    assert not desk.undo(spot)
    assert desk.everything()["files"][0]["spots"][0]["answer"]["sample"] == "1"


def test_only_what_changed_is_sent(tmp_path: Path) -> None:
    desk = Desk()
    first, second = opened(desk, tmp_path / "a"), opened(desk, tmp_path / "b")
    assert [file["id"] for file in desk.changes()["files"]] == [first.identity, second.identity]
    assert desk.changes() == {"files": [], "removed": []}
    desk.answered(second.spots[0], answer())
    desk.remove(first.identity)
    changes = desk.changes()
    assert [file["id"] for file in changes["files"]] == [second.identity]
    assert changes["removed"] == [first.identity]


def test_what_steers_a_reader_is_shown(tmp_path: Path) -> None:
    desk = Desk()
    opened(desk, tmp_path / "a", EVIL, ("\x1b[31m=cmd",))
    content = desk.everything()["files"][0]
    assert "\u202e" not in content["name"]
    assert "\x1b" not in content["spots"][0]["sample"]


def test_commands_name_files_of_the_same_settings_together(tmp_path: Path) -> None:
    desk = Desk()
    for name in ("in/a b.vms", "c.vms", "$(rm).vms"):
        desk.answered(opened(desk, tmp_path / "x", name).spots[0], answer())
    desk.answered(desk.files[1].spots[0], answer(settings=Settings("xps", exclude=("Co",)).plain()))
    assert command_lines(desk.files) == [
        "specquant quantify --technique xps -- 'a b.vms' '$(rm).vms'",
        "specquant quantify --technique xps --exclude Co -- c.vms",
    ]


# Jobs


class Slow:
    """In place of the process that computes: it takes requests, and answers when it is said to."""

    def __init__(self, answered: Any) -> None:
        self.answered, self.asked, self.cancelled, self.starts = answered, [], [], 0

    def start(self) -> None:
        self.starts += 1

    def ask(self, number: int, kind: str, content: Any) -> None:
        self.asked.append((number, kind, content))

    def cancel(self, number: int) -> None:
        self.cancelled.append(number)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    monkeypatch.setattr("specquant.app.jobs.Worker", Slow)
    return Jobs()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_somebody_waits_for_comes_first(slow: Jobs) -> None:
    async def work() -> None:
        slow.attach()
        worker: Any = slow._worker
        tasks = [
            asyncio.create_task(slow.ask(kind, {}, urgency))
            for kind, urgency in (("a", LATER), ("b", LATER), ("c", NOW))
        ]
        await settle()
        assert [kind for _, kind, _ in worker.asked] == ["a", "c"], "the first is for later: it makes room"
        for index in (1, 0, 2):
            worker.answered((worker.asked[index][0], "done", worker.asked[index][1]))
            await settle()
        assert [kind for _, kind, _ in worker.asked] == ["a", "c", "b"]
        assert await asyncio.gather(*tasks) == ["a", "b", "c"]

    asyncio.run(work())


def test_cancel_ends_what_nobody_waits_for(slow: Jobs) -> None:
    async def work() -> None:
        slow.attach()
        worker: Any = slow._worker
        tasks = [asyncio.create_task(slow.ask("a", {}, urgency)) for urgency in (LATER, LATER, NOW)]
        await settle()
        slow.cancel()
        assert worker.cancelled == [worker.asked[0][0]]
        worker.answered((worker.asked[0][0], "cancelled", None))
        await settle()
        worker.answered((worker.asked[-1][0], "done", 3))
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in results] == [CancelledJobError, CancelledJobError, int]

    asyncio.run(work())


@pytest.mark.parametrize("number", [0, 1])
def test_work_that_nobody_waits_for_any_more_ends(slow: Jobs, number: int) -> None:
    async def work() -> None:
        slow.attach()
        worker: Any = slow._worker
        tasks = [asyncio.create_task(slow.ask(kind, {}, NOW)) for kind in ("a", "b")]
        await settle()
        tasks[number].cancel()
        await settle()
        assert worker.cancelled == ([worker.asked[0][0]] if number == 0 else [])
        worker.answered((worker.asked[0][0], "cancelled" if number == 0 else "done", 1))
        await settle()
        assert [kind for _, kind, _ in worker.asked] == (["a", "b"] if number == 0 else ["a"])
        if number == 0:
            worker.answered((worker.asked[1][0], "done", 1))
        assert await tasks[1 - number] == 1

    asyncio.run(work())


class Parts:
    """In place of what works out answers: what comes in parts says one, the others are called."""

    def __init__(self, amid: Callable[[], Any]) -> None:
        self.amid = amid

    def answer(self, kind: str, _content: Any, say: Callable[[Any], None]) -> Any:
        if kind == "map":
            say("half")
            return "images"
        return self.amid()


class Sent:
    """A pipe that keeps what is sent."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def send(self, message: Any) -> None:
        self.messages.append(message)


def between_parts(amid: Callable[[_Loop], Any]) -> list[Any]:
    """Return what a process says that is asked for a figure while it works on a map."""
    pipe: Any = Sent()
    loop = _Loop(pipe)
    bench: Any = Parts(lambda: amid(loop))
    loop._waiting.put((2, "figure", {}))
    before = signal.getsignal(signal.SIGINT)
    try:
        loop._answer(bench, 1, "map", {})
    finally:
        signal.signal(signal.SIGINT, before)
    assert loop._current == 0
    return pipe.messages  # type: ignore[no-any-return]


def test_what_somebody_waits_for_is_answered_between_the_parts_of_a_map() -> None:
    said = between_parts(lambda _: "drawn")
    assert said == [(1, "part", "half"), (2, "done", "drawn"), (1, "done", "images")]


def test_a_map_that_was_cancelled_meanwhile_ends_at_its_next_part() -> None:
    said = between_parts(lambda loop: loop._cancelled.add(1))
    assert said == [(1, "part", "half"), (2, "done", None), (1, "cancelled", None)]


def test_a_process_that_ends_is_started_again(slow: Jobs) -> None:
    async def work() -> None:
        slow.attach()
        worker: Any = slow._worker
        first, second = asyncio.create_task(slow.ask("a", {})), asyncio.create_task(slow.ask("b", {}))
        await settle()
        worker.answered((0, ENDED, None))
        await settle()
        assert worker.starts == 2
        worker.answered((worker.asked[-1][0], "done", 1))
        assert await second == 1
        with pytest.raises(JobError, match="ended unexpectedly"):
            await first

    asyncio.run(work())


# Sessions in a file


def test_a_session_keeps_files_and_settings(tmp_path: Path) -> None:
    desk, folder = Desk(), tmp_path / "uploads"
    path = folder / "drop" / "a.vms"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"content")
    spot = opened(desk, path, EVIL).spots[0]
    desk.answered(spot, answer(settings=Settings("xps", exclude=("Co",)).plain()))
    kept = tmp_path / "session"
    kept.write_bytes(packed(desk, folder))
    archive = Archive(kept, "session")
    file = archive.kept.files[0]
    assert archive.whereabouts(file.member) == ("drop", "a.vms")
    assert file.spectra[0].settings == Settings("xps", exclude=("Co",))
    assert file.spectra[0].fractions == {"Fe": 0.5}

    async def content() -> bytes:
        return b"".join([part async for part in archive.chunks(file.member, file.name)])

    assert asyncio.run(content()) == b"content"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_session_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=r"a\.specquant: is not a session"):
        Archive(path, "a.specquant")


def test_a_session_of_strange_content_is_refused(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "a"
    for text in ("{}", '{"format": 9, "specquant": "", "files": []}', "[" * 5000):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("session.json", text)
        with pytest.raises(ReadError, match="is not a session"):
            Archive(path, "a")
