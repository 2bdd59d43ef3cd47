"""Do two versions of specquant give the same answers? For changes that must not change any.

    python tests/support/same_answers.py write FOLDER            answers of the installed specquant, into FOLDER
    python tests/support/same_answers.py compare FOLDER OTHER     exit code 1 if an answer differs by more than 1e-6

Everything goes through the command line, so that versions with different insides can be compared. Answers are those of
every method on every measured spectrum of SPECQUANT_REAL_DATA, and on 256 fresh spectra of every recipe, which are
compared too. Takes about 15 minutes of one core.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

METHODS = ("hybrid", "cnn", "nnls", "poisson")
RECIPES = {"xps": ("article", "field"), "eds": ("article", "field", "linear")}
SAMPLES, SEED = 256, 11
TOLERANCE = 1e-6
"""Largest difference of two fractions that counts as none."""

_MEASURED = {"xps": ("xps/parsed/*.csv", "xps/raw/*"), "eds": ("eds/unknowns/*.msa", "eds/standards/*.msa")}
_VARIABLES = ("fraction", "lower", "upper", "counts", "observed", "stated")


def specquant(*arguments: object) -> float:
    """Run a command and return how long it took, s; some measured files are refused by design (exit code 1)."""
    started = time.monotonic()
    run = [sys.executable, "-c", "from specquant.cli import main; main()", *map(str, arguments)]
    ended = subprocess.run(run, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1) or "Traceback" in ended.stderr:
        raise SystemExit(f"{' '.join(run)}\n{ended.stderr}")
    return time.monotonic() - started


def write(folder: Path) -> None:
    """Write spectra and answers of the installed version."""
    folder.mkdir(parents=True, exist_ok=True)
    data = Path(os.environ["SPECQUANT_REAL_DATA"])
    for technique, recipes in RECIPES.items():
        measured = [path for pattern in _MEASURED[technique] for path in sorted(data.glob(pattern))]
        inputs = {"measured": measured}
        for recipe in recipes:
            path = folder / f"{technique}-{recipe}.nc"
            specquant(
                "synthesize", "-t", technique, "--recipe", recipe, "--samples", SAMPLES, "--seed", SEED, "--out", path
            )
            inputs[recipe] = [path]
        for name, files in inputs.items():
            for method in METHODS:
                out = folder / f"{technique}-{name}-{method}.nc"
                seconds = specquant("quantify", "-t", technique, "--method", method, *files, "--out", out)
                print(f"{out.name:<32}{seconds:8.1f} s", flush=True)


def differences(folder: Path, other: Path) -> Iterator[str]:
    """Yield what differs between two folders."""
    names = sorted(path.name for path in folder.glob("*.nc"))
    if names != sorted(path.name for path in other.glob("*.nc")) or not names:
        yield f"the folders hold other files: {folder}, {other}"
        return
    for name in names:
        with xr.open_dataset(folder / name) as one, xr.open_dataset(other / name) as two:
            for variable in (v for v in _VARIABLES if v in one or v in two):
                first, second = (np.asarray(found[variable].values, dtype=np.float64) for found in (one, two))
                if first.shape != second.shape:
                    yield f"{name}: {variable} has shapes {first.shape} and {second.shape}"
                    continue
                apart = np.abs(first - second) / np.maximum(np.abs(first), 1.0)
                apart[np.isnan(first) & np.isnan(second)] = 0.0
                most = float(np.nan_to_num(apart, nan=np.inf).max(initial=0.0))
                if most > TOLERANCE:
                    rows = np.flatnonzero((~(apart <= TOLERANCE)).reshape(len(apart), -1).any(axis=1))
                    yield f"{name}: {variable} differs by up to {most:.2g} in {rows.size} spectra, first {rows[0]}"


def main() -> None:
    """Write answers, or compare them."""
    match sys.argv[1:]:
        case ["write", folder]:
            write(Path(folder))
        case ["compare", folder, other]:
            found = list(differences(Path(folder), Path(other)))
            print("\n".join(found) or "the same answers")
            sys.exit(bool(found))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
