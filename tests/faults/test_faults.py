"""Commands that are killed, meet a full disk, or run twice at once end as if nothing had been."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import faults
from folders import SUPPORT, THIRDPARTY


@pytest.mark.fault
@pytest.mark.parametrize("name", list(faults.COMMANDS))
def test_a_killed_command_ends_as_an_unbroken_one(name: str) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    words = ["--kills", "3", "--two", "1", "--full", "2", "--command", name]
    done = subprocess.run(
        [sys.executable, str(SUPPORT / "faults.py"), *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.fault
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_a_small_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], check=False)
    if made.returncode:
        pytest.skip("no small disk can be made here")
    code = "import sys; from specquant.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(THIRDPARTY), os.environ["PYTHONPATH"]])}
    try:
        (disk / "out.nc").write_text("old")
        words = ["synthesize", "-t", "toy", "--samples", "9000", "--out", str(disk / "out.nc")]
        done = subprocess.run(
            [sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "found No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        assert (disk / "out.nc").read_text() == "old"
        assert {path.name for path in disk.iterdir()} <= {"out.nc", "out.nc.checkpoint"}
    finally:
        subprocess.run(["umount", str(disk)], check=True)
