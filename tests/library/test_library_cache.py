"""Rendered libraries on disk: found again, told apart, and never trusted when damaged."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.library import RenderedLibrary, cache
from specquant.technique import Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return load_technique("bulk")


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_what_was_rendered_is_found_again(bulk: Technique, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = RenderedLibrary(bulk).dataset
    assert len(files(folder)) == 1
    monkeypatch.setattr(RenderedLibrary, "_rendered", None)
    assert RenderedLibrary(bulk).dataset.identical(first)


def test_other_values_and_other_axes_are_other_files(bulk: Technique, folder: Path) -> None:
    for technique in (bulk, replace(bulk, margin=bulk.margin + 10 * bulk.axis.step)):
        _ = RenderedLibrary(technique).dataset
    name = bulk.parameters[0].name
    _ = RenderedLibrary(bulk, {name: bulk.parameters[0].high}).dataset
    assert len(files(folder)) == 3


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nothing", b"\x80\x04pickle"])
def test_a_damaged_file_is_rendered_anew(bulk: Technique, folder: Path, damage: bytes) -> None:
    first = RenderedLibrary(bulk).dataset
    (path,) = files(folder)
    path.write_bytes(damage)
    assert RenderedLibrary(bulk).dataset.identical(first)
    assert path.read_bytes() != damage


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("density", lambda array: array * np.nan),
        ("density", lambda array: -array),
        ("density", lambda array: array[..., None]),
        ("element", lambda array: array[:, None]),
        ("element", lambda array: np.full(array.shape, "Xx")),
        ("label", lambda array: np.zeros(array.shape)),
    ],
)
def test_a_file_of_other_arrays_is_rendered_anew(
    bulk: Technique, folder: Path, name: str, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    first = RenderedLibrary(bulk).dataset
    (path,) = files(folder)
    with np.load(path) as stored:
        arrays = {key: stored[key] for key in stored.files}
    np.savez(path, **{**arrays, name: change(arrays[name])})
    assert RenderedLibrary(bulk).dataset.identical(first)


def test_objects_are_not_unpickled(bulk: Technique, folder: Path) -> None:
    first = RenderedLibrary(bulk).dataset
    (path,) = files(folder)
    np.savez(path, density=np.array([{"a": 1}], dtype=object))
    assert RenderedLibrary(bulk).dataset.identical(first)
    np.savez(path, density=np.zeros((2, 3)), element=["B"])
    assert RenderedLibrary(bulk).dataset.identical(first)


def test_what_is_made_on_the_spot_is_not_kept(bulk: Technique, folder: Path) -> None:
    render = bulk.render
    assert render is not None

    def made(axis, values):  # type: ignore[no-untyped-def]
        return render(axis, values)

    made.__module__ = render.__module__
    _ = RenderedLibrary(replace(bulk, render=made)).dataset
    assert not files(folder)


@pytest.mark.parametrize("word", ["off", "OFF", "0", ""])
def test_off_keeps_nothing(bulk: Technique, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(cache.VARIABLE, word)
    assert cache._folder() is None
    _ = RenderedLibrary(bulk).dataset


def test_a_folder_that_cannot_be_written_does_not_matter(
    bulk: Technique, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file"))
    assert RenderedLibrary(bulk).elements


def test_old_files_go(bulk: Technique, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 2)
    for steps in range(4):
        _ = RenderedLibrary(replace(bulk, margin=bulk.margin + steps * bulk.axis.step)).dataset
    assert len(files(folder)) == 2
