"""Spectra to drop on the page, and the program that serves it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

from edsfiles import counts_of, write_emsa
from specquant.discovery import load_plugin
from specquant.technique import Floats

GLASS = {"O": 60.0, "Si": 20.0, "Ca": 12.0, "Al": 8.0}
STEEL = {"Fe": 70.0, "Cr": 20.0, "Ni": 10.0}


def eds_file(path: Path, atoms: dict[str, float] = GLASS, seed: int = 1) -> Path:
    """Write an EDS spectrum of known composition as EMSA."""
    return write_emsa(path, counts_of(atoms, {}, seed=seed))


@cache
def _oxide() -> tuple[Floats, Floats]:
    from specquant.library import pure_spectra
    from specquant.session import open_session

    session = open_session("xps")
    pure = pure_spectra(session.technique, session.library)
    index = session.technique.elements.index
    counts = 0.5 * pure[index("Co")] + 0.5 * pure[index("O")]
    return session.technique.axis.centres, np.asarray(200.0 + 2e4 * counts / counts.max())


def xps_file(path: Path, seed: int = 1) -> Path:
    """Write an XPS survey of cobalt oxide as two columns."""
    energy, expected = _oxide()
    counts = np.random.default_rng(seed).poisson(expected)
    path.write_text(
        "binding energy eV,counts\n" + "".join(f"{e:.2f},{n}\n" for e, n in zip(energy, counts, strict=True))
    )
    return path


def map_file(path: Path, rows: int = 6, columns: int = 10) -> Path:
    """Write a map of glass at the left and steel at the right as ripple, with its numbers beside it."""
    pixels = [
        [
            counts_of(GLASS if column < columns // 2 else STEEL, {}, total=4e4, seed=row * columns + column)
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    counts = np.array(pixels, dtype="<u2")
    counts.tofile(path.with_suffix(".raw"))
    axis = load_plugin("eds").technique.axis
    lines = ["key\tvalue", f"width\t{columns}", f"height\t{rows}", f"depth\t{counts.shape[-1]}", "offset\t0"]
    lines += ["data-length\t2", "data-type\tunsigned", "byte-order\tlittle-endian", "record-by\tvector"]
    lines += ["beam-energy\t15.0", "signal\tEDS_SEM", "depth-units\teV", "depth-name\tEnergy"]
    lines += [f"depth-scale\t{axis.step}", f"depth-origin\t{axis.start}", f"ev-per-chan\t{axis.step}"]
    path.write_text("\n".join(lines) + "\n")
    return path


@contextmanager
def running(*arguments: object) -> Iterator[str]:
    """Run ``specquant app`` and give its address."""
    code = "from specquant.cli import main; main()"
    command = [sys.executable, "-c", code, "app", "--no-browser", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        match = re.search(r"http://127\.0\.0\.1:\d+/\S+/", process.stdout.readline())
        assert match is not None
        yield match[0]
    finally:
        process.terminate()
        process.communicate(timeout=20)
