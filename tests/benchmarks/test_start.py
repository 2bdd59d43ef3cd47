"""What a start costs in CPU time, what torch brings to it, and what an install weighs.

Prints the figures of docs/reference/install.md, and those of docs/decisions/0029-start.md and 0036-without-torch.md.
Run: pytest tests/benchmarks/test_start.py -m benchmark -s
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import files, packages_distributions
from pathlib import Path

import numpy as np
import pytest
import scipy.fft
import torch
from numpy.lib.stride_tricks import sliding_window_view

import specquant
from specquant.session.example import write_example

pytestmark = pytest.mark.benchmark


OFTEN = "import specquant.cli; specquant.cli.collect_less_often = lambda: None\n"
"""Code after which Python looks for garbage as often as by default."""


def command(*arguments: str) -> str:
    """Return code that runs ``specquant`` with arguments."""
    return f"import sys; from specquant.cli import main; sys.argv = {['specquant', *arguments]!r}; main()"


def cpu_seconds(code: str, cache: Path, repeats: int = 3) -> float:
    """Return the CPU time of a process that runs code, the least of several; rendered libraries are kept in a cache."""
    timings, environment = [], {**os.environ, "SPECQUANT_CACHE": str(cache)}
    for _ in range(repeats):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        timings.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(timings)


def test_what_a_start_costs(tmp_path: Path) -> None:
    survey = write_example(specquant.open("xps"), tmp_path / "survey.csv").path
    spectrum = write_example(specquant.open("eds"), tmp_path / "spectrum.csv").path
    measured = {
        "an empty process": "pass",
        "import numpy": "import numpy",
        "import scipy.optimize": "import scipy.optimize",
        "import scipy.ndimage": "import scipy.ndimage",
        "import xarray": "import xarray",
        "import torch": "import torch",
        "specquant --help": command("--help"),
        "specquant quantify, hybrid": command("quantify", "-t", "xps", str(survey)),
        "specquant quantify, cnn": command("quantify", "-t", "xps", "--method", "cnn", str(survey)),
        "the same, EDS, hybrid": command("quantify", "-t", "eds", str(spectrum)),
        "XPS, garbage as usual": OFTEN + command("quantify", "-t", "xps", str(survey)),
    }
    print()
    for name, code in measured.items():
        print(f"{name:<28}{cpu_seconds(code, tmp_path):6.2f} s")


def microseconds(work: Callable[[], object], calls: int = 50) -> float:
    """Return the CPU time of one call, the least of several means."""
    means = []
    for _ in range(7):
        before = time.process_time()
        for _ in range(calls):
            work()
        means.append((time.process_time() - before) / calls)
    return 1e6 * min(means)


def test_what_torch_brings_to_one_spectrum() -> None:
    rng = np.random.default_rng(1)
    rows = rng.random((16, 1350), dtype=np.float32)
    phase = np.ones((16, 1), np.float32) * np.linspace(0, 5, 676, dtype=np.float32)
    weights, features = rng.random((128, 64, 5), dtype=np.float32), rng.random((1, 64, 660), dtype=np.float32)
    flat, windows = weights.reshape(128, -1), sliding_window_view(features[0], 5, axis=1)
    in_torch, phases, kernels, inputs = map(torch.from_numpy, (rows, phase, weights, features))
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "16 rows transformed, and back": (
            lambda: torch.fft.irfft(torch.fft.rfft(in_torch), n=1350),
            lambda: scipy.fft.irfft(scipy.fft.rfft(rows), n=1350),
        ),
        "their transfer functions": (
            lambda: torch.polar(torch.exp(-phases), phases),
            lambda: np.exp(-phase) * (np.cos(phase) + 1j * np.sin(phase)),
        ),
        "a convolution, 64 to 128": (
            lambda: torch.nn.functional.conv1d(inputs, kernels),
            lambda: flat @ windows.transpose(0, 2, 1).reshape(320, -1),
        ),
    }
    print()
    with torch.inference_mode():
        for name, (by_torch, by_numpy) in pairs.items():
            print(f"{name:<32}torch {microseconds(by_torch):6.0f} us   numpy {microseconds(by_numpy):6.0f} us")


def test_what_an_install_weighs() -> None:
    sizes: dict[str, int] = {}
    for names in packages_distributions().values():
        for name in names:
            sizes[name] = sum(each.locate().stat().st_size for each in files(name) or [] if each.locate().is_file())
    print(f"\nall {sum(sizes.values()) / 1e6:.0f} MB")
    for name in sorted(sizes, key=lambda name: -sizes[name])[:8]:
        print(f"{name:<20}{sizes[name] / 1e6:6.0f} MB")
