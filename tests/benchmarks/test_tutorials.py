"""How long the commands of the first tutorials take: a survey in five minutes, a calibrated EDS result in fifteen.

Run: pytest tests/benchmarks/test_tutorials.py -m benchmark -s
"""

import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from folders import ROOT

pytestmark = pytest.mark.benchmark

MINUTES = {"first-survey.md": 5.0, "first-eds.md": 15.0, "library-and-network.md": 30.0}
"""What each tutorial promises, installation left out."""


@pytest.mark.parametrize("page", MINUTES)
def test_commands_take_less_than_the_tutorial_promises(page: str, tmp_path: Path) -> None:
    lines = re.findall(r"^!(specquant .*)$", (ROOT / "docs/tutorials" / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) >= 4
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    for line in lines:
        ended = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True).returncode
        assert ended in (0, 3), line
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - begin
    computed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"\n{page}: {len(lines)} commands, {seconds:.0f} s, {computed:.0f} s of CPU")
    assert seconds < 60 * MINUTES[page]
