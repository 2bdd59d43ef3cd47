"""Libraries of several instruments, rendered when they are needed."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.library import LibraryShelf, PureLibrary, RenderedLibrary, shelf
from specquant.technique import Technique
from tunable import FIRST, SECOND, tunable

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture(scope="module")
def technique(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return tunable()


def values(source: float, gain: float = 1.0) -> dict[str, float]:
    return {"photons": source, "gain": gain}


def boron(library: PureLibrary, technique: Technique) -> np.ndarray:
    """Return the moving line of boron, which lies at 83 eV + source - 60 eV."""
    rows = [place for place, label in enumerate(library.dataset["label"].values) if label == "moving"]
    row = next(place for place in rows if library.dataset["element"].values[place] == "B")
    return library.on(technique.axis)[row]


def test_each_source_has_its_library_and_its_defaults(technique: Technique) -> None:
    held = LibraryShelf(technique, RenderedLibrary(technique))
    for source in (FIRST, SECOND):
        there, library = held.at(values(source))
        assert there.defaults() == values(source)
        assert technique.axis.centres[boron(library, technique).argmax()] == pytest.approx(23.0 + source)


def test_the_library_of_the_defaults_is_the_one_given(technique: Technique) -> None:
    given = RenderedLibrary(technique)
    assert LibraryShelf(technique, given).at(values(FIRST))[1] is given


def test_a_library_is_rendered_once(technique: Technique, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []

    def rendering(there: Technique) -> PureLibrary:
        rendered.append(there.defaults()["photons"])
        return RenderedLibrary(there)

    held = LibraryShelf(technique, RenderedLibrary(technique))
    monkeypatch.setattr(shelf, "RenderedLibrary", rendering)
    one, other, alike = (held.at(values(source))[1] for source in (SECOND, SECOND, SECOND * 1.001))
    assert one is other is alike
    assert rendered == [SECOND]
    held.at(values(SECOND * 1.01))
    assert rendered == [SECOND, SECOND * 1.01]


def test_parameters_that_are_not_rendered_need_no_library(technique: Technique) -> None:
    held = LibraryShelf(technique, RenderedLibrary(technique))
    assert held.key(values(FIRST, 1.0)) == held.key(values(FIRST, 9.0))
    assert held.key(values(FIRST)) != held.key(values(SECOND))
    assert held.varies


def test_a_technique_without_such_parameters_has_one_library(technique: Technique) -> None:
    plain = replace(technique, parameters=tuple(replace(p, rendered=False) for p in technique.parameters))
    held = LibraryShelf(plain, RenderedLibrary(plain))
    assert not held.varies
    assert held.at(values(SECOND))[1] is held.at(values(FIRST))[1]


class Measured(PureLibrary):
    """A library that cannot be made anew."""

    def __init__(self, technique: Technique) -> None:
        self._built = RenderedLibrary(technique).dataset.assign_attrs(source="measured")

    def build(self):  # type: ignore[no-untyped-def]
        return self._built


def test_a_measured_library_serves_for_all(technique: Technique) -> None:
    library = Measured(technique)
    held = LibraryShelf(technique, library)
    assert not held.varies
    assert held.at(values(SECOND))[1] is library
