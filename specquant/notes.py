"""Notes on a spectrum or an answer, for people, as typed records."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """What a note is; the value is the word that is printed before it."""

    STATED = "given"
    """The user stated something that wins over the file."""
    CORRECTION = "correction"
    """Something was done against the file's word."""
    ASSUMED = "assumed"
    """Something was needed, and neither file nor user states it."""
    AXIS_OFFSET = "offset"
    """What was taken off the energy axis."""
    LEFT_OUT = "left out"
    """Part of a file was not read."""
    CONTRADICTION = "not this technique"
    """A fact of the file or the spectrum says that the technique's model does not hold."""
    WARNING = "warning"
    """The answer may be wrong."""
    HINT = "hint"
    """What may be wrong with the file, though it can be right: said only where the answer is not good."""
    REMARK = ""
    """Anything else."""


LIMITS = "limits"
"""What the note on elements that could be there unseen is about."""


@dataclass(frozen=True)
class Note:
    """One thing that a person has to know.

    Parameters
    ----------
    kind
        What it is; its value is the word that is printed before the text.
    text
        What to know, one sentence, and what can be done.
    about
        The value it is about: an instrument parameter, ``axis``, ``counts``, ``file``, or a method; "" for none.
    """

    kind: NoteKind
    text: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.kind else self.text


def in_order(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Return notes in the order in which they are printed: by kind, and as they came within a kind."""
    order = list(NoteKind)
    return tuple(sorted(notes, key=lambda note: order.index(note.kind)))


def beside_verdict(notes: Iterable[Note], said: Collection[str] = ()) -> tuple[Note, ...]:
    """Return the notes that stand beside a verdict: not contradictions, and no warning that its reasons `said`."""
    return tuple(
        note
        for note in notes
        if note.kind is not NoteKind.CONTRADICTION and not (note.kind is NoteKind.WARNING and note.text in said)
    )


def in_percent(share: float, digits: int = 0) -> str:
    """Return a share in per cent as texts have it: ``21 %``.

    Parameters
    ----------
    share
        Of one.
    digits
        Decimals.
    """
    return f"{100 * share:.{digits}f} %"


def shortened(texts: Sequence[str], most: int, between: str = ", ") -> str:
    """Return texts in one line, the first of them if there are more than `most`, with how many others there are.

    Parameters
    ----------
    texts
        Words, or clauses.
    most
        How many of them are shown.
    between
        What stands between two: ``", "`` between words, ``"; "`` between clauses.
    """
    shown, others = between.join(texts[:most]), len(texts) - most
    if others <= 0:
        return shown
    return f"{shown}{' ' if between == ', ' else between}and {others} more"


def joined(*remarks: str) -> str:
    """Return remarks as one, without the full stop of those before the last; empty ones say nothing."""
    *before, last = [*filter(None, remarks)] or [""]
    return "; ".join([*(remark.removesuffix(".") for remark in before), last])
