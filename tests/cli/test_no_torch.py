"""Answers need no torch: its import takes longer than all else that a short command does."""

import subprocess
import sys
from pathlib import Path

import pytest

import specquant
from specquant.session.example import write_example

CODE = """
import sys
from specquant.cli import main
sys.argv = ["specquant", "quantify", *sys.argv[1:]]
try:
    main()
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("technique", ["xps", "eds"])
@pytest.mark.parametrize("method", ["hybrid", "cnn"])
def test_quantify_leaves_torch_out(technique: str, method: str, tmp_path: Path) -> None:
    file = write_example(specquant.open(technique), tmp_path / "example.csv").path
    command = [sys.executable, "-c", CODE, "-t", technique, "--method", method, str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "at%" in ran.stdout
    assert ran.stderr.splitlines()[-1] == "False"


@pytest.mark.parametrize("what", ["", ".learning", ".instrument", ".synthesizer", ".session"])
def test_what_is_imported_alone_leaves_torch_out(what: str) -> None:
    code = f"import sys, specquant{what}; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
