"""What a start costs in CPU time, and what an install weighs; prints the figures of docs/reference/install.md.

Run: pytest tests/benchmarks/test_start.py -m benchmark -s
"""

import resource
import subprocess
import sys
from importlib.metadata import files, packages_distributions
from pathlib import Path

import pytest

import specquant
from specquant.session.example import write_example

pytestmark = pytest.mark.benchmark


def command(*arguments: str) -> str:
    """Return code that runs ``specquant`` with arguments."""
    return f"import sys; from specquant.cli import main; sys.argv = {['specquant', *arguments]!r}; main()"


def cpu_seconds(code: str, repeats: int = 3) -> float:
    """Return the CPU time of a process that runs code, the least of several."""
    timings = []
    for _ in range(repeats):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        timings.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(timings)


def test_what_a_start_costs(tmp_path: Path) -> None:
    survey = write_example(specquant.open("xps"), tmp_path / "survey.csv").path
    measured = {
        "an empty process": "pass",
        "import numpy": "import numpy",
        "import scipy.optimize": "import scipy.optimize",
        "import xarray": "import xarray",
        "import torch": "import torch",
        "specquant --help": command("--help"),
        "specquant quantify, hybrid": command("quantify", "-t", "xps", str(survey)),
    }
    print()
    for name, code in measured.items():
        print(f"{name:<28}{cpu_seconds(code):6.2f} s")


def test_what_an_install_weighs() -> None:
    sizes: dict[str, int] = {}
    for names in packages_distributions().values():
        for name in names:
            sizes[name] = sum(each.locate().stat().st_size for each in files(name) or [] if each.locate().is_file())
    print(f"\nall {sum(sizes.values()) / 1e6:.0f} MB")
    for name in sorted(sizes, key=lambda name: -sizes[name])[:8]:
        print(f"{name:<20}{sizes[name] / 1e6:6.0f} MB")
