"""What the tests of the readers share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from specquant.readers import read_file
from specquant.technique import RawSpectrum
from specquant_xps.readers import READERS

Reading = Callable[..., list[RawSpectrum]]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Write bytes to a file and read it with every reader of the plug-in; its name says nothing."""

    def read(data: bytes, name: str = "a.dat") -> list[RawSpectrum]:
        path = tmp_path / name
        path.write_bytes(data)
        return read_file(path, READERS)

    return read
