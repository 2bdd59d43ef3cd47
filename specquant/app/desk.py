"""What lies on the page: files, the spectra in them, the answers to each, and what is still to be worked out."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specquant.app.settings import Settings
from specquant.terminal import shown

WAITING, WORKING, READY, FAILED, CANCELLED = "waiting", "working", "ready", "failed", "cancelled"
"""What a file can be."""

_UNDONE = 30
"""Earlier answers that are kept for undo: chosen."""


@dataclass
class Spot:
    """One spectrum of a file: the answers to it, the last one first to be shown.

    Parameters
    ----------
    identity
        Its name in requests.
    file
        Which file it is of.
    sample
        Its name in the file.
    answers
        As `specquant.app.answers.answer_of` gives them, oldest first.
    error
        Why the last settings gave no answer, "" if they did.
    """

    identity: str
    file: str
    sample: str
    answers: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""


@dataclass
class File:
    """One file: where it lies, what it is called, and what became of it."""

    identity: str
    path: Path
    name: str
    status: str = WAITING
    message: str = ""
    technique: str = ""
    reason: str = ""
    shape: tuple[int, int] | None = None
    spots: list[Spot] = field(default_factory=list)


class Desk:
    """All files, in the order in which they came; says what changed since it was last asked."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._spots: dict[str, Spot] = {}
        self._count = self._regions = 0
        self._changed: set[str] = set()
        self._removed: set[str] = set()

    def add(self, path: Path, name: str) -> File:
        """Put a file on the desk."""
        self._count += 1
        file = File(f"f{self._count}", path, shown(name))
        self._files[file.identity] = file
        self._changed.add(file.identity)
        return file

    def file(self, identity: str) -> File | None:
        """Return a file; None once it was removed."""
        return self._files.get(identity)

    def spot(self, identity: str) -> Spot | None:
        """Return a spectrum; None once its file was removed."""
        return self._spots.get(identity)

    @property
    def files(self) -> tuple[File, ...]:
        """All files in their order."""
        return tuple(self._files.values())

    def remove(self, identity: str) -> File | None:
        """Take a file off the desk, with its spectra."""
        file = self._files.pop(identity, None)
        if file is not None:
            for spot in file.spots:
                del self._spots[spot.identity]
            self._removed.add(identity)
        return file

    def region(self, file: File, sample: str) -> Spot:
        """Put a part of a map on the desk as a spectrum of its own, unless it is there."""
        for spot in file.spots:
            if spot.sample == sample:
                return spot
        self._regions += 1
        spot = Spot(f"{file.identity}-r{self._regions}", file.identity, sample)
        file.spots = [*file.spots, spot]
        self._spots[spot.identity] = spot
        self._changed.add(file.identity)
        return spot

    def status(self, file: File, status: str, message: str = "") -> None:
        """Say what became of a file."""
        file.status, file.message = status, message
        self._changed.add(file.identity)

    def opened(self, file: File, content: dict[str, Any]) -> None:
        """Take in what is known of a file once it was read: technique, and the names of its spectra."""
        file.technique, file.reason, file.shape = content["technique"], content["reason"], content["shape"]
        for spot in file.spots:
            del self._spots[spot.identity]
        file.spots = [Spot(f"{file.identity}-{n}", file.identity, name) for n, name in enumerate(content["samples"])]
        self._spots |= {spot.identity: spot for spot in file.spots}
        self._changed.add(file.identity)

    def answered(self, spot: Spot, answer: dict[str, Any]) -> None:
        """Take in an answer; the one before it stays for comparison and undo."""
        spot.answers = [*spot.answers, answer][-_UNDONE:]
        spot.error = ""
        self._changed.add(spot.file)

    def noted(self, spot: Spot, kind: str, text: str) -> None:
        """Put a note before those of the last answer."""
        answer = spot.answers[-1]
        spot.answers[-1] = answer | {"notes": [{"kind": kind, "text": text}, *answer["notes"]]}
        self._changed.add(spot.file)

    def refused(self, spot: Spot, message: str) -> None:
        """Say that settings gave no answer."""
        spot.error = message
        self._changed.add(spot.file)

    def undo(self, spot: Spot) -> bool:
        """Take the last answer back, if there is one before it."""
        spot.error = ""
        self._changed.add(spot.file)
        if len(spot.answers) < 2:
            return False
        spot.answers = spot.answers[:-1]
        return True

    def target(self, spot: Spot, settings: Settings | None = None) -> dict[str, Any]:
        """Return what the process that computes has to know of a spectrum; with its last settings, or other ones."""
        file = self._files[spot.file]
        chosen = spot.answers[-1]["settings"] if settings is None else settings.plain()
        return {"path": str(file.path), "name": file.name, "sample": spot.sample, "settings": chosen}

    def changes(self) -> dict[str, Any]:
        """Return what changed since it was last asked."""
        changed, removed = self._changed, self._removed
        self._changed, self._removed = set(), set()
        return {"files": [_plain(file) for file in self.files if file.identity in changed], "removed": sorted(removed)}

    def everything(self) -> dict[str, Any]:
        """Return all that there is."""
        return {"files": [_plain(file) for file in self.files]}


def _plain(file: File) -> dict[str, Any]:
    return {
        "id": file.identity,
        "name": file.name,
        "status": file.status,
        "message": file.message,
        "technique": file.technique,
        "reason": file.reason,
        "shape": file.shape,
        "spots": list(map(_plain_spot, file.spots)),
    }


def _plain_spot(spot: Spot) -> dict[str, Any]:
    return {
        "id": spot.identity,
        "sample": shown(spot.sample),
        "error": spot.error,
        "answer": spot.answers[-1] if spot.answers else None,
        "earlier": spot.answers[-2] if len(spot.answers) > 1 else None,
        "undo": len(spot.answers) > 1,
    }
