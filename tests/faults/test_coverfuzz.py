"""The run of ``coverfuzz``: inputs led by the code that they reach, for SPECQUANT_FUZZ_MINUTES."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fuzz
from folders import SUPPORT

SECONDS = round(60 * float(os.environ.get("SPECQUANT_FUZZ_MINUTES", "4")))


@pytest.mark.fuzz
@pytest.mark.parametrize("technique", fuzz.TECHNIQUES)
def test_parsers_end_in_spectra_or_in_an_error_of_ours(technique: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    words = [str(SUPPORT / "coverfuzz.py"), technique, "--seconds", str(SECONDS), "--findings", str(tmp_path)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if line.startswith(("stat::", "Done", "SUMMARY", " ==="))]
    print("", technique, *told, sep="\n")
    assert list(tmp_path.iterdir()) == [], done.stderr[-3000:]
    assert done.returncode == 0, done.stderr[-3000:]
