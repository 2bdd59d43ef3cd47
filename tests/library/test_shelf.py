"""Libraries of several instruments, rendered when they are needed."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.library import LibraryShelf, PureLibrary, RenderedLibrary, shelf
from specquant.technique import Role, Technique
from tunable import FIRST, SECOND, tunable

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture(scope="module")
def technique(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return tunable()


def values(photons: float, gain: float = 1.0) -> dict[str, float]:
    return {"photons": photons, "gain": gain}


def boron(library: PureLibrary, technique: Technique) -> np.ndarray:
    """Return the moving line of boron, which lies at 83 eV + photons - 60 eV."""
    components = library.components
    names = list(zip(components.elements, components.labels, strict=True))
    return library.on(technique.axis)[names.index(("B", "moving"))]


def test_each_instrument_has_its_library_and_its_defaults(technique: Technique) -> None:
    libraries = LibraryShelf(technique, RenderedLibrary(technique))
    for photons in (FIRST, SECOND):
        there, library = libraries.at(values(photons))
        assert there.defaults() == values(photons)
        assert technique.axis.centres[boron(library, technique).argmax()] == pytest.approx(23.0 + photons)


def test_the_library_of_the_defaults_is_the_one_given(technique: Technique) -> None:
    given = RenderedLibrary(technique)
    libraries = LibraryShelf(technique, given)
    assert libraries.at(values(FIRST))[1] is given
    assert libraries.default == (technique, given)


def test_a_library_is_rendered_once(technique: Technique, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []

    def rendering(there: Technique) -> PureLibrary:
        rendered.append(there.defaults()["photons"])
        return RenderedLibrary(there)

    libraries = LibraryShelf(technique, RenderedLibrary(technique))
    monkeypatch.setattr(shelf, "RenderedLibrary", rendering)
    one, other, alike = (libraries.at(values(photons))[1] for photons in (SECOND, SECOND, SECOND * 1.000001))
    assert one is other is alike
    assert rendered == [SECOND]
    libraries.at(values(SECOND * 1.01))
    assert rendered == [SECOND, SECOND * 1.01]
    libraries.at(values(FIRST * 1.001))
    assert rendered == [SECOND, SECOND * 1.01]


def test_which_library_serves_does_not_depend_on_those_seen_before(technique: Technique) -> None:
    near = [SECOND, SECOND * 1.001, SECOND * 0.999]
    shelves = [LibraryShelf(technique, RenderedLibrary(technique)) for _ in range(2)]
    forwards, backwards = (
        [libraries.at(values(photons))[0].defaults() for photons in order]
        for libraries, order in zip(shelves, (near, near[::-1]), strict=True)
    )
    assert forwards == backwards[::-1]


def test_parameters_that_are_not_rendered_need_no_library(technique: Technique) -> None:
    libraries = LibraryShelf(technique, RenderedLibrary(technique))
    assert libraries.key(values(FIRST, 1.0)) == libraries.key(values(FIRST, 9.0))
    assert libraries.key(values(FIRST)) != libraries.key(values(SECOND))
    assert libraries.varies


def test_a_technique_without_such_parameters_has_one_library(technique: Technique) -> None:
    plain = replace(technique, parameters=tuple(replace(p, role=Role.STATED) for p in technique.parameters))
    libraries = LibraryShelf(plain, RenderedLibrary(plain))
    assert not libraries.varies
    assert libraries.at(values(SECOND))[1] is libraries.at(values(FIRST))[1]


class Measured(PureLibrary):
    """A library that cannot be made anew."""

    def __init__(self, technique: Technique) -> None:
        self._built = RenderedLibrary(technique).dataset.assign_attrs(origin="measured")

    def build(self):  # type: ignore[no-untyped-def]
        return self._built


def test_a_measured_library_serves_for_all(technique: Technique) -> None:
    library = Measured(technique)
    libraries = LibraryShelf(technique, library)
    assert not libraries.varies
    assert libraries.at(values(SECOND))[1] is library
