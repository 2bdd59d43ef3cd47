"""Reading the spectra among the files of a zip archive or in a gzip file, each by the reader that knows it."""

from pathlib import Path

from specquant.plugin import Note, NoteKind, RawSpectrum, ReadError, members_of, shortened

_NAMED = 6
"""Files that a note or message names, so that it stays one line."""


def read(path: Path) -> list[RawSpectrum]:
    """Read every spectrum of the archive; the header's ``entry`` is the file's name in it.

    The limits of time and memory of one file are those of the whole archive. A note says which files were not read.

    Raises
    ------
    ReadError
        If the archive is damaged, is an Office document, holds too much, or holds no spectrum.
    """
    from specquant_eds.readers import FILES

    members = members_of(path, FILES)
    spectra = [raw for member in members for raw in member.spectra]
    out = [member for member in members if not member.spectra]
    text = shortened([f"{member.title!r}: {member.detail[:100]}" for member in out], _NAMED, "; ")
    if not spectra:
        raise ReadError("holds no spectrum", where=path, found=text or "no file", todo="Give the spectra themselves.")
    if not out:
        return spectra
    note = Note(NoteKind.LEFT_OUT, f"{len(out)} of {len(members)} files ({text})", "file")
    return [spectra[0].noted(note), *spectra[1:]]
