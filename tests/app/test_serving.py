"""``specquant app`` as a program, asked without a browser."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appfiles import eds_file, running
from commandline import Shell

pytest.importorskip("starlette", reason='starlette is missing: pip install ".[app]"')

PATIENCE = 120.0
"""s that a machine with other work to do may take."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as one:
        yield one


def ask(address: str, path: str = "", data: Any = None, method: str | None = None, **headers: str) -> Any:
    body = data if data is None or isinstance(data, bytes) else json.dumps(data).encode()
    request = urllib.request.Request(address + path, data=body, headers=headers, method=method)
    return urllib.request.urlopen(request, timeout=PATIENCE)


def events(address: str) -> Iterator[dict[str, Any]]:
    """Yield what the page hears of."""
    with ask(address, "api/events") as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def status(*arguments: Any, **others: Any) -> int:
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(*arguments, **others)
    return error.value.code


def test_nothing_is_loaded_from_elsewhere(address: str) -> None:
    with ask(address) as page:
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        text = page.read().decode()
    assert "http://" not in text
    assert "https://" not in text


def test_others_are_refused(address: str) -> None:
    root = address.split("/", 3)[:3]
    assert status("/".join(root) + "/") == 403
    assert status(address, Host="evil.example") == 403
    assert status(address, "api/cancel", {}, Origin="http://evil.example") == 403
    assert status(address + "../../pyproject.toml") in (403, 404)
    assert status(address, "figures/record.py/../../../../pyproject.toml") in (403, 404)


def test_what_cannot_be_asked_is_refused_in_words(address: str) -> None:
    assert status(address, "api/refit", b"{") == 400
    assert status(address, "api/refit", b'{"settings":' + b"[" * 100_000) == 400
    with ask(address, "api/remove", {"files": None}) as reply:
        assert reply.status == 200
    assert status(address, "api/refit", {"settings": {"technique": 3}, "spots": []}) == 400
    assert status(address, "api/why/magic", {"spots": []}) == 400
    assert status(address, "api/export/exe", {"spots": []}) == 400
    assert status(address, "api/session", b"no session", method="PUT") == 400


def test_a_file_comes_in_and_its_answer_is_heard_of(address: str, tmp_path: Path) -> None:
    path = eds_file(tmp_path / "a.msa")
    with ask(address, "api/files?name=../../a.msa&drop=1", path.read_bytes(), method="PUT") as reply:
        identity = json.load(reply)["id"]
    for event in events(address):
        one = next((file for file in event["files"] if file["id"] == identity), None)
        if one and one["status"] == "ready":
            break
    assert one is not None
    assert one["technique"] == "eds"
    assert one["spots"][0]["answer"]["answered"]
    ask(address, "api/remove", {"files": [identity]}).close()


def test_the_end_leaves_nothing(tmp_path: Path) -> None:
    code = f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}; from specquant.cli import main; main()"
    command = [sys.executable, "-c", code, "app", "--no-browser", str(eds_file(tmp_path / "a.msa"))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "http://127.0.0.1:" in process.stdout.readline()
    assert list(tmp_path.glob("specquant-app-*"))
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert complaints == ""
    time.sleep(0.2)
    assert not list(tmp_path.glob("specquant-app-*"))


def test_a_port_that_is_taken_is_said(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        outcome = shell("app", "--no-browser", "--port", taken.getsockname()[1])
    assert outcome.code == 1
    assert "port cannot be had" in outcome.err


def test_without_the_extra_it_says_what_to_install(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "specquant.app.serving", raising=False)
    outcome = shell("app", "--no-browser")
    assert outcome.code == 1
    assert 'pip install "specquant[app]"' in outcome.err
