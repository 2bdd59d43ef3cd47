"""Files as they come from the page: under harmless names in a temporary folder, and not without limit."""

import shutil
import tempfile
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

from specquant.errors import ReadError

MOST_FILES = 2000
"""Files of one session, at most: chosen, far more than a day of measuring gives."""

MOST_BYTES = 1 << 28
"""Bytes of one file, at most: 256 MiB, as `specquant quantify` reads."""

MOST_BYTES_TOGETHER = 1 << 32
"""Bytes of all files of one session, at most: 4 GiB. Chosen, so that no disk is filled by mistake."""

_LETTERS = 120
"""Letters of a name on the disk, at most: chosen, below what any file system takes."""

_DEPTH = 8
"""Folders that a name keeps, at most: chosen."""

_BESIDE = (".raw", ".RAW")
"""Suffixes of files that belong to one of the same name."""

_FORBIDDEN = frozenset('<>:"|?*')
"""Signs that some file system does not take in a name."""


class Uploads:
    """The temporary folder of one session of the page; it is removed at the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="specquant-app-"))
        self._bytes = 0
        self._files = 0

    async def save(self, drop: str, name: str, chunks: AsyncIterator[bytes]) -> Path:
        """Write a file as it comes in; files of one drop lie in one folder, so that those that belong together do.

        Parameters
        ----------
        drop
            Which drop it belongs to.
        name
            Its name as the browser gives it, with the folders that were dropped.
        chunks
            Its content.

        Raises
        ------
        ReadError
            If it is too large, or there are too many.
        """
        if self._files >= MOST_FILES:
            raise ReadError("too many files", where=name, found=MOST_FILES, todo="Remove some from the list first.")
        path = self._free(self.folder / safe_part(drop) / safe_path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        self._files += 1
        try:
            with path.open("xb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    self._bytes += len(chunk)
                    if size > MOST_BYTES:
                        raise ReadError("is too large", where=name, wanted=f"at most {MOST_BYTES >> 20} MiB")
                    if self._bytes > MOST_BYTES_TOGETHER:
                        limit = f"at most {MOST_BYTES_TOGETHER >> 30} GiB"
                        raise ReadError("is too much beside the other files", where=name, wanted=limit)
                    file.write(chunk)
        except BaseException:
            self.forget(path)
            raise
        return path

    def forget(self, path: Path) -> None:
        """Remove one file."""
        if path.exists():
            self._bytes -= path.stat().st_size
            self._files -= 1
            path.unlink()

    def remove(self) -> None:
        """Remove the folder and all in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _free(self, path: Path) -> Path:
        """Return a path that is free: of a name that is there, one with a number."""
        number, candidate = 1, path
        while candidate.exists():
            number += 1
            candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
        return candidate


def safe_path(name: str) -> Path:
    """Return a name with its folders as a relative path that leads nowhere else."""
    parts = [part for part in name.replace("\\", "/").split("/") if part.strip(". ")]
    return Path(*[safe_part(part) for part in parts[-_DEPTH:]]) if parts else Path("file")


def safe_part(part: str) -> str:
    """Return a name as any file system takes it, its suffix kept."""
    plain = "".join("_" if _is_hidden(sign) or sign in _FORBIDDEN else sign for sign in part.replace("/", "_"))
    plain = plain.strip(" .") or "file"
    stem, suffix = Path(plain).stem, Path(plain).suffix[:20]
    while len((stem + suffix).encode()) > _LETTERS:
        stem = stem[:-1]
    return stem + suffix


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def beside(path: Path) -> list[Path]:
    """Return the files that belong to one of the same name: the numbers of a map that it describes."""
    others = (path.with_suffix(suffix) for suffix in _BESIDE)
    return [other for other in others if other != path and other.is_file()]
