"""Telling users where the letters of a text could only be guessed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from specquant.notes import Note, NoteKind
from specquant.readers.decoding import decoded, guessed_encoding
from specquant.technique import RawSpectrum


def letters_noted(raws: Sequence[RawSpectrum], path: Path) -> list[RawSpectrum]:
    """Return the spectra of a file; the first has a note if letters of names or header were read by a guess.

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
    if not words:
        return list(raws)
    data = path.read_bytes()
    name = guessed_encoding(data)
    text = decoded(data) if name else ""
    if not any(word in text for word in words):  # the reader knew the encoding, or the words are of the file's name
        return list(raws)
    said = f"letters are read as {name}, the likeliest, as the file states no encoding; saved as UTF-8 they are certain"
    return [raws[0].noted(Note(NoteKind.ASSUMED, said, "file")), *raws[1:]]


def _texts(raw: RawSpectrum) -> Iterator[str]:
    yield raw.name
    for value in raw.header.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from (one for one in value if isinstance(one, str))
