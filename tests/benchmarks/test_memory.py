"""Memory of the two jobs that may be large; prints the peak of a process of its own.

Run: pytest tests/benchmarks -m benchmark -s. The number of synthetic spectra is SPECQUANT_BENCHMARK_SPECTRA
(default 20 000; the memory does not depend on it).
"""

import os
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.benchmark

GIBIBYTE = 2**30
SPECQUANT = "import sys; from specquant.cli import main; sys.argv[0] = 'specquant'; main()"


def peak_of(*arguments: str) -> int:
    """Return the peak resident memory, in bytes, of one specquant command."""
    code = (
        f"import subprocess, sys, resource; subprocess.run([sys.executable, '-c', {SPECQUANT!r}, *sys.argv[1:]], "
        "check=True, stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) * (1 if sys.platform == "darwin" else 1024)


def test_synthesis_of_any_number_stays_under_a_gibibyte(tmp_path):
    samples = os.environ.get("SPECQUANT_BENCHMARK_SPECTRA", "20000")
    out = tmp_path / "spectra.nc"
    peak = peak_of("synthesize", "-t", "xps", "--recipe", "field", "--samples", samples, "--out", str(out))
    print(f"\nsynthesize {samples} spectra: peak {peak / 2**20:.0f} MiB, file {out.stat().st_size / 1e6:.0f} MB")
    assert peak < GIBIBYTE


def test_quantifying_ten_thousand_spectra_stays_under_a_gibibyte(tmp_path):
    spectra = tmp_path / "spectra.nc"
    peak_of("synthesize", "-t", "xps", "--recipe", "field", "--samples", "10000", "--out", str(spectra))
    out = tmp_path / "composition.csv"
    peak = peak_of("quantify", "-t", "xps", str(spectra), "--out", str(out))
    print(f"\nquantify 10 000 spectra of one file: peak {peak / 2**20:.0f} MiB")
    assert peak < GIBIBYTE
    assert sum(1 for _ in out.open()) == 10_000 * 79 + 1


def test_quantifying_a_thousand_files_does_not_pile_up(tmp_path):
    energy = np.arange(0, 1300.5)
    rng = np.random.default_rng(1)
    for number in range(1000):
        counts = rng.poisson(1000 + 5000 * np.exp(-(((energy - 285) / 2) ** 2)) + energy)
        np.savetxt(tmp_path / f"{number}.csv", np.c_[energy, counts], delimiter=",", fmt="%g")
    files = [str(path) for path in sorted(tmp_path.glob("*.csv"))]
    few = peak_of("quantify", "-t", "xps", *files[:50], "--out", str(tmp_path / "few" / "few.csv"))
    many = peak_of("quantify", "-t", "xps", *files, "--out", str(tmp_path / "many" / "many.csv"))
    print(f"\nquantify 50 files: peak {few / 2**20:.0f} MiB; 1000 files: {many / 2**20:.0f} MiB")
    assert many < few * 1.2
