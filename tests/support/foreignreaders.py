"""Readers of somebody else, as badly behaved as a library in C on a damaged file can be; run by ``test_worker``."""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from specquant.errors import ReadError, SpectrumError
from specquant.notes import Note, NoteKind
from specquant.readers import part
from specquant.technique import Facts, RawSpectrum

ENERGY = np.arange(20.0)


def reads(path: Path, title: str = "") -> list[RawSpectrum]:
    where = {"folder": str(Path.cwd()), "path": sys.path, "environment": dict(os.environ), "pid": os.getpid()}
    header = {"title": title, "number": np.float32(0.5), "list": (1, 2), "argv": path.name, **where}
    facts = Facts(header, (Note(NoteKind.WARNING, "odd", "counts"),), {"Fe": 0.5}, 1.5, (3, 4))
    counts = np.arange(40, dtype=np.uint8).reshape(2, 20)
    stated = {"beam_energy": 15e3, "unknown": float("nan")}
    return [RawSpectrum(f"{path.stem} {row}", ENERGY, counts[row], stated, facts, row > 0) for row in range(2)]


def crashes(path: Path) -> list[RawSpectrum]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return []


def leaves(path: Path) -> list[RawSpectrum]:
    os._exit(3)


def hangs(path: Path) -> list[RawSpectrum]:
    time.sleep(60)
    return []


def naps(path: Path) -> list[RawSpectrum]:
    time.sleep(1)
    return reads(path)


def computes(path: Path) -> list[RawSpectrum]:
    while True:
        pass


def fills(path: Path) -> list[RawSpectrum]:
    return [RawSpectrum("much", ENERGY, np.ones(1 << 31))]


def floods(path: Path) -> list[RawSpectrum]:
    return [RawSpectrum("many", ENERGY, np.ones((1 << 28) + 10_000, np.uint8))]


def swarms(path: Path) -> list[RawSpectrum]:
    return [RawSpectrum("one", ENERGY, ENERGY)] * 20_000


def breaks(path: Path) -> list[RawSpectrum]:
    raise KeyError("broken")


def states(path: Path) -> list[RawSpectrum]:
    return [RawSpectrum("a", np.arange(20.0), np.ones(20), stated={"gain": "50 um"})]  # type: ignore[dict-item]


def refuses(path: Path) -> list[RawSpectrum]:
    raise SpectrumError("holds nothing", where=f"{path}, line 3", found=3, todo="Look.")


def dates(path: Path) -> list[RawSpectrum]:
    return [RawSpectrum("dates", ENERGY, np.arange(20).astype("M8[D]"))]


def connects(path: Path) -> list[RawSpectrum]:
    socket.socket().close()
    return []


def starts(path: Path) -> list[RawSpectrum]:
    subprocess.run(["true"], check=False)
    return []


def unpickles(path: Path) -> list[RawSpectrum]:
    pickle.loads(b"cposix\nsystem\n(S'true'\ntR.")
    return []


def writes(path: Path) -> list[RawSpectrum]:
    path.with_suffix(".written").write_text("spoilt")
    return []


def prints(path: Path) -> list[RawSpectrum]:
    print("noise" * 1000)
    os.write(1, b"\xff" * 1000)
    os.write(2, b"\x1b[31m")
    return [raw for raw in reads(path) if not refuse_nothing()]


def refuse_nothing() -> None:
    if not Path.cwd().is_dir():
        raise ReadError("no folder")


def packs(path: Path, ends: dict[str, str]) -> list[RawSpectrum]:
    """An archive of four spectra; `ends` says how reading a part ends."""
    spectra = []
    for number in range(4):
        try:
            with part(number):
                {"crashes": crashes, "computes": computes}.get(ends.get(str(number), ""), reads)(path)
                spectra.append(RawSpectrum(f"{number}", ENERGY, ENERGY))
        except ReadError as error:
            spectra.append(RawSpectrum(f"{number}: {error}", ENERGY, ENERGY))
    return spectra
