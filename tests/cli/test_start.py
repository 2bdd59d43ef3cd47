"""What the command line loads, and with how many threads it computes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from folders import ROOT

CODE = """
from specquant.threads import use_one_thread
use_one_thread()
import numpy, torch
print(torch.get_num_threads())
"""


def run(code: str, **environment: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_ctrl_c_while_the_command_line_loads_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt")
    path = os.pathsep.join([str(tmp_path), str(ROOT), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-m", "specquant", "--help"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "specquant: interrupted before anything began.\n"


def test_one_thread_unless_the_user_says_so() -> None:
    assert run(CODE) == ["1"]


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor")
def test_a_user_has_the_threads_that_were_asked_for() -> None:
    assert run(CODE, OMP_NUM_THREADS="2") == ["2"]


def test_quantifying_loads_no_pictures_databases_or_compilers() -> None:
    heavy = "matplotlib", "sqlalchemy", "scipy.signal", "scipy.stats", "torch._dynamo"
    code = (
        "import sys; import specquant.session; import specquant; xps = specquant.open('xps')\n"
        "xps.methods(['hybrid']); assert xps.network.known\n"
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )
    plugins = os.pathsep.join(str(ROOT / "plugins" / name) for name in ("xps", "eds"))
    assert run(code, PYTHONPATH=os.pathsep.join([str(ROOT), plugins])) == ["[]"]
