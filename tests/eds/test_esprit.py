from pathlib import Path

import numpy as np
import pytest

from edsformats import esprit_text
from specquant.errors import ReadError
from specquant.readers import read_file
from specquant_eds.readers import READERS


def test_a_text_of_esprit(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(esprit_text())
    (raw,) = read_file(path, READERS)
    assert raw.stated == pytest.approx({"beam_energy": 15000.0, "take_off_angle": 35.0})
    np.testing.assert_allclose(raw.energy, 10.0 * np.arange(1024) - 480.0, atol=1e-6)
    assert raw.counts.sum() > 1000
    assert (raw.header["live_time"], raw.header["real_time"]) == (60.0, 65.0)
    assert (raw.header["detector"], raw.header["window"]) == ("XFlash 6|30", "slew AP3.3")
    (note,) = raw.facts.notes
    assert note.text.startswith("dead layer 29 nm by the file: not used")


def test_a_text_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\n".join(esprit_text().splitlines()[:-9]))
    with pytest.raises(ReadError, match="is cut short; found 1015 channels; wanted 1024"):
        read_file(path, READERS)
