"""What a file is, in words: of every kind that people give in place of another."""

import json
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from specquant.filekinds import WEIGHTS, kind_of, kind_of_bytes


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"\r\n  \n", "a file of blanks only"),
        (b"element,weight\nO,1\n", "text that begins with 'element,weight'"),
        ("Größe;Maß\n".encode("cp1252"), "text that begins with 'Größe;Maß'"),
        ("\ufeffa,b\n".encode(), "text that begins with 'a,b'"),
        ("a,b\n".encode("utf-16"), "text that begins with 'a,b'"),
        (b"x" * 500, f"text that begins with {'x' * 60 + ' ...'!r}"),
        (b'{"a": [1,\n 2]}', """JSON that begins with '{"a": [1,'"""),
        (b"[Info]\nNumber=1\n", "text that begins with '[Info]'"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"<?xml version='1.0'?><a/>", "an XML file"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture"),
        (b"CDF\x01\0\0", "a classic netCDF file"),
        (b"CDF,counts\n1,2\n", "text that begins with 'CDF,counts'"),
        (bytes(20), "no text: it begins with the bytes 00 00 00 00 00 00 00 00"),
        (b"\xc2", "no text: it begins with the bytes c2"),
    ],
)
def test_kinds_by_their_first_bytes(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert kind_of(path) == words


def test_kinds_that_libraries_write(tmp_path: Path) -> None:
    path = tmp_path / "a"
    xr.Dataset({"t": ("x", np.arange(3.0))}).to_netcdf(path)
    assert kind_of(path) == "an HDF5 file, such as netCDF-4"
    save_file({"a": np.zeros(3)}, path)
    assert kind_of(path) == WEIGHTS
    path.unlink()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b", "c")
    assert kind_of(path) == "a zip archive, as Office documents are too"
    path.unlink()
    with sqlite3.connect(path) as base:
        base.execute("create table a (b)")
    assert kind_of(path) == "an SQLite database"
    path.write_text(json.dumps({"a": "b" * 10_000}))
    assert kind_of(path).startswith('JSON that begins with \'{"a"')


def test_what_is_no_file(tmp_path: Path) -> None:
    assert kind_of(tmp_path) == "a folder"
    assert kind_of(tmp_path / "none") == "no file"
    assert kind_of(Path("/dev/null")) == "no plain file"
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert kind_of(tmp_path / "one") == "no file"


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind_of_one_line(content: bytes) -> None:
    assert kind_of_bytes(content).isprintable()
