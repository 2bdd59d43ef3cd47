import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from edsfiles import write_emsa
from specquant.errors import ReadError
from specquant.notes import NoteKind
from specquant.readers import read_file
from specquant_eds.readers import READERS

COUNTS = np.arange(2001.0)


def packed(folder: Path, **members: bytes) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return path


def test_a_spectrum_packed_by_gzip_or_zip(tmp_path: Path) -> None:
    data = write_emsa(tmp_path / "a.msa", COUNTS, TITLE=None).read_bytes()
    (tmp_path / "a.msa.gz").write_bytes(gzip.compress(data))
    for path in (tmp_path / "a.msa.gz", packed(tmp_path, a_msa=data)):
        (raw,) = read_file(path, READERS)
        np.testing.assert_array_equal(raw.counts, COUNTS)
        assert (raw.name, raw.header["entry"]) == ("a", "a.msa")
        assert raw.stated["beam_energy"] > 0


def test_what_is_not_read_is_noted(tmp_path: Path) -> None:
    data = write_emsa(tmp_path / "a.msa", COUNTS).read_bytes()
    (raw,) = read_file(packed(tmp_path, readme_md=b"Dear colleague", a_msa=data), READERS)
    (note,) = [note for note in raw.facts.notes if note.kind is NoteKind.LEFT_OUT]
    assert note.text.startswith("1 of 2 files ('readme.md': is text, but no spectrum")
    with pytest.raises(ReadError, match=r"holds no spectrum; found 'readme\.md': is text"):
        read_file(packed(tmp_path, readme_md=b"Dear colleague"), READERS)
