"""Spoil texts and files that our own parsers read, led by what of their code each reaches (atheris, libFuzzer).

It needs the extra ``fuzz``, which is for Linux and some versions of Python only::

    python tests/support/coverfuzz.py xps --seconds 300
    SPECQUANT_FUZZ_MINUTES=5 pytest -m fuzz -s tests/faults/test_coverfuzz.py

What ends in neither spectra nor one clear line within 10 s and 2 GiB ends the run, and its input is kept.
"""

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["specquant", "specquant_xps", "specquant_eds"]):
    import fuzz
    from specquant.readers import opening

    for _technique in fuzz.TECHNIQUES:
        fuzz.plugin(_technique)

SECONDS = 10
"""For one input."""
MEBIBYTES = 2048
LONGEST = 20_000
"""Bytes of an input."""


class Parsers:
    """The readers of a technique that are not foreign ones, and the files that they begin with."""

    def __init__(self, technique: str, folder: Path, findings: Path) -> None:
        self.technique, self._folder, self._findings = technique, folder, findings
        whole = fuzz.plugin(technique)
        ours = replace(whole, readers=tuple(reader for reader in whole.readers if not reader.foreign))
        fuzz.plugin = lambda _: ours  # type: ignore[assignment]

    def begin(self, corpus: Path) -> None:
        """Write the files to begin with."""
        work = self._folder / "originals"
        work.mkdir()
        for original in fuzz.seeds([], work):
            if original.technique == self.technique and not self._is_foreign(original.data):
                (corpus / original.name).write_bytes(original.data[:LONGEST])

    def __call__(self, data: bytes) -> None:
        """Read an input; what is raised is a finding."""
        if not self._is_foreign(data):
            path = self._folder / "input"
            path.write_bytes(data)
            try:
                fuzz.outcome(path, self.technique)
            except Exception:
                (self._findings / f"{sha256(data).hexdigest()[:12]}.finding").write_bytes(data)
                raise

    @staticmethod
    def _is_foreign(data: bytes) -> bool:
        return data.startswith(opening._CONTAINERS)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("technique", choices=fuzz.TECHNIQUES)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path(), help="where inputs that end the run are kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="coverfuzz-") as name:
        folder, corpus = Path(name), Path(name) / "corpus"
        corpus.mkdir()
        parsers = Parsers(given.technique, folder, given.findings)
        parsers.begin(corpus)
        options = {"max_total_time": given.seconds, "timeout": SECONDS, "rss_limit_mb": MEBIBYTES, "seed": given.seed}
        options |= {"max_len": LONGEST, "print_final_stats": 1, "artifact_prefix": f"{given.findings}/"}
        child = os.fork()
        if not child:  # it never returns, and cleans nothing up
            atheris.Setup([sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), str(corpus)], parsers)
            atheris.Fuzz()
        status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
