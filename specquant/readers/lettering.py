"""Telling users where the letters of a text could only be guessed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from specquant.notes import Note, NoteKind
from specquant.readers.decoding import decoded_with_guess
from specquant.technique import RawSpectrum


def guessed_letters(raws: Sequence[RawSpectrum], path: Path) -> Note | None:
    """Return a note if letters of names or header of the spectra of a file were read by a guess, else None.

    Parameters
    ----------
    raws
        What was read.
    path
        The file.

    Raises
    ------
    OSError
        If it cannot be read again.
    """
    words = {word for raw in raws for text in _texts(raw) for word in text.split() if not word.isascii()}
    text, name = decoded_with_guess(path.read_bytes()) if words else ("", "")
    if not name or not any(word in text for word in words):  # the reader knew it, or the words are of the file's name
        return None
    said = f"letters are read as {name}, the likeliest, as the file states no encoding; saved as UTF-8 they are certain"
    return Note(NoteKind.ASSUMED, said, "file")


def _texts(raw: RawSpectrum) -> Iterator[str]:
    yield raw.name
    for value in raw.header.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from (one for one in value if isinstance(one, str))
