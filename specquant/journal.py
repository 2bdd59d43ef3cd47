"""Checkpoints that grow: what is done is appended piece by piece, so that a killed process loses only what it was at.

A journal is a file of records, each a line of JSON and its bytes. The first holds the terms of the work; a journal
of other terms is refused. Behind the last whole record there may be part of one; it is cut off.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from specquant.errors import ReadError, SettingError
from specquant.files import CHECKPOINT, cannot_write, check_plain
from specquant.interrupts import interrupts_wait
from specquant.locks import only_process

_MAGIC = "specquant journal 1"
"""Key of the first record, which tells journals from other files."""

_LONGEST_HEADER = 1 << 20
"""Bytes that the line of a record has at most."""

_LONGEST_TERM = 60
"""Letters of a term that a message shows."""


def checkpoint_beside(path: Path) -> Path:
    """Return where the journal of a file lies until the file is done."""
    return path.with_name(path.name + CHECKPOINT)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's content, hexadecimal.

    Raises
    ------
    ReadError
        If it cannot be read.
    """
    digest = sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
    except OSError as error:
        raise ReadError("cannot be read", where=path, found=error.strerror or error) from error
    return digest.hexdigest()


def check_terms(stored: Mapping[str, Any], wanted: Mapping[str, Any], path: Path) -> None:
    """Refuse to go on with work that was begun with other terms, naming those that changed.

    Raises
    ------
    SettingError
        With the options that changed.
    """
    changed = [name for name in {**wanted, **stored} if stored.get(name) != wanted.get(name)]
    if not changed:
        return

    pairs = {
        name[:_LONGEST_TERM]: _apart(stored.get(name, "not given"), wanted.get(name, "not given"))
        for name in changed[:3]
    }
    raise SettingError(
        f"was begun with another {', '.join(pairs)}",
        where=path,
        found="; ".join(f"{name} {old}" for name, (old, _) in pairs.items()),
        wanted="; ".join(f"{name} {new}" for name, (_, new) in pairs.items()),
        todo="Use what it was begun with, or delete it.",
    )


def _apart(old: object, new: object) -> tuple[str, str]:
    """Return two terms as a message shows them: short, from where they begin to differ."""
    texts = str(old), str(new)
    same = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    begin = 0 if max(map(len, texts)) <= _LONGEST_TERM else max(same - _LONGEST_TERM // 3, 0)
    parts = [("..." if begin else "") + text[begin:] for text in texts]
    short = [part if len(part) <= _LONGEST_TERM else f"{part[:_LONGEST_TERM]}..." for part in parts]
    return short[0], short[1]


@dataclass(frozen=True)
class _Record:
    facts: Mapping[str, Any]
    offset: int
    size: int
    digest: str


@dataclass
class Journal:
    """A checkpoint that grows; use it by `open_journal`.

    Parameters
    ----------
    path
        The file; it is made with the first record.
    terms
        What the records depend on, in words, by the option that says it.
    """

    path: Path
    terms: Mapping[str, str]
    _records: dict[str, _Record] = field(default_factory=dict)
    _file: BinaryIO | None = None
    _end: int = 0

    def __len__(self) -> int:
        return len(self._records)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "path": self.path.absolute(), "_file": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Become what another process may read, as far as it was written then."""
        self.__dict__.update(state)
        if self._records:
            self._file = self.path.open("rb", buffering=0)

    def __contains__(self, key: str) -> bool:
        return key in self._records

    def get(self, key: str) -> tuple[Mapping[str, Any], bytes] | None:
        """Return facts and bytes of a record; None if there is none, or what there is is damaged."""
        record = self._records.get(key)
        if record is None or self._file is None:
            return None
        content = os.pread(self._file.fileno(), record.size, record.offset)  # whatever other processes do with the file
        return (record.facts, content) if sha256(content).hexdigest() == record.digest else None

    def put(self, key: str, content: bytes, facts: Mapping[str, Any] | None = None) -> None:
        """Append a record.

        Raises
        ------
        OutputError
            If it cannot be written; what was there stays.
        """
        with interrupts_wait():
            if self._file is None:
                self._begin()
            self._append(key, content, facts or {})

    def _begin(self) -> None:
        try:
            self._file = self.path.open("x+b", buffering=0)
        except OSError as error:
            raise cannot_write(self.path, error, "checkpoint cannot be written") from error
        self._append(_MAGIC, json.dumps(dict(self.terms)).encode(), {})
        del self._records[_MAGIC]

    def _append(self, key: str, content: bytes, facts: Mapping[str, Any]) -> None:
        assert self._file is not None
        digest = sha256(content).hexdigest()
        head = json.dumps({"key": key, "bytes": len(content), "sha256": digest, "facts": dict(facts)}).encode() + b"\n"
        try:
            self._file.seek(self._end)
            for part in (head, content):
                view = memoryview(part)
                while view:
                    view = view[self._file.write(view) :]
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._end)
            raise cannot_write(self.path, error, "checkpoint cannot be written") from error
        self._records[key] = _Record(facts, self._end + len(head), len(content), digest)
        self._end += len(head) + len(content)

    def resume(self) -> None:
        """Read what an earlier process left.

        Raises
        ------
        SettingError
            If that was begun with other terms.
        ReadError
            If it is not a journal.
        """
        check_plain(self.path)
        if not self.path.exists():
            return
        try:
            self._file = self.path.open("r+b", buffering=0)
            records = dict(_read_records(self._file))
        except OSError as error:
            raise ReadError("checkpoint cannot be read", where=self.path, found=error.strerror or error) from error
        first = records.pop(_MAGIC, None)
        if first is None:
            if os.fstat(self._file.fileno()).st_size > 0 and not self._is_begun():
                raise ReadError("is not a checkpoint of such work", where=self.path, todo="Delete it to begin anew.")
            self._file.truncate(0)
            self._file.close()
            self.path.unlink(missing_ok=True)
            self._file = None
            return
        self._file.seek(first.offset)
        try:
            stored = json.loads(self._file.read(first.size))
            check_terms({str(name): str(value) for name, value in stored.items()}, self.terms, self.path)
        except (ValueError, AttributeError, RecursionError) as error:
            raise ReadError("damaged checkpoint", where=self.path, todo="Delete it to begin anew.") from error
        self._records = records
        self._end = max(record.offset + record.size for record in (first, *records.values()))
        self._file.truncate(self._end)

    def _is_begun(self) -> bool:
        """Return whether the file is the beginning of a journal that was killed as it was begun."""
        assert self._file is not None
        self._file.seek(0)
        begun = f'{{"key": "{_MAGIC}"'.encode()
        head = self._file.read(len(begun))
        return begun.startswith(head)

    def close(self, done: bool) -> None:
        """Close the file; work that is done needs it no longer."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if done:
            self.path.unlink(missing_ok=True)


def _read_records(file: BinaryIO) -> Iterator[tuple[str, _Record]]:
    """Yield the whole records of a file."""
    size = os.fstat(file.fileno()).st_size
    position = 0
    with os.fdopen(os.dup(file.fileno()), "rb") as lines:
        while position < size:
            lines.seek(position)
            head = lines.readline(_LONGEST_HEADER)
            try:
                content = json.loads(head)
                key, length, digest, facts = (content[name] for name in ("key", "bytes", "sha256", "facts"))
            except (ValueError, KeyError, TypeError, RecursionError):
                return
            fits = isinstance(length, int) and 0 <= length <= size - position - len(head)
            if not (head.endswith(b"\n") and fits and isinstance(facts, dict)):
                return
            yield str(key), _Record(facts, position + len(head), length, str(digest))
            position += len(head) + length


@contextmanager
def open_journal(path: Path, terms: Mapping[str, str]) -> Iterator[Journal]:
    """Give the journal of a file that is being made; it is kept if the block fails, and removed at its end.

    Parameters
    ----------
    path
        The file that the work is for; no other process can make it meanwhile.
    terms
        What the work depends on, in words, by the option that says it.

    Raises
    ------
    OutputError
        If another process makes the file.
    SettingError, ReadError
        If there is a journal that was begun with other terms, or is none.
    """
    journal, done = Journal(checkpoint_beside(path), terms), False
    with only_process(path):
        try:
            journal.resume()
            yield journal
            done = True
        finally:
            with interrupts_wait():
                journal.close(done)
