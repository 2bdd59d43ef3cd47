"""What the page shows, as pictures to save: a spectrum, a comparison, a profile, a map."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from specquant.app.bench import Answered, Bench, Content
from specquant.app.exporting import sample_of, titled
from specquant.app.settings import Settings
from specquant.errors import SettingError
from specquant.report import save_figure, spectrum_figure
from specquant.report.answers import drawn_elements
from specquant.report.figures.overlay import overlay_figure
from specquant.report.figures.profile import profile_figure
from specquant.technique import Coordinate, Facts

_SERIES = 2
"""Spectra of a comparison or a profile at least."""


def pictured(bench: Bench, content: Content, kind: str) -> Iterator[Path]:
    """Write what a view of the page shows as pictures of a kind, ``svg`` or ``png``, and yield the paths.

    Raises
    ------
    SettingError
        If there is nothing to draw.
    OutputError
        If it cannot be written.
    """
    folder, view = Path(content["folder"]), content.get("view", "")
    if view == "map":
        yield from _map(bench, content, kind)
        return
    answered = [bench.answered(target) for target in content["targets"]]
    if view in ("compare", "profile"):
        _check_series(answered)
        draw = _comparison if view == "compare" else _profile
        yield save_figure(draw(answered, content), folder / f"{view}.{kind}")
        return
    for number, one in enumerate(answered, start=1):
        sample = sample_of(one)
        figure = spectrum_figure(sample, one.session.technique, drawn_elements(sample))
        yield save_figure(figure, folder / f"spectrum-{number}.{kind}")


def _check_series(answered: Sequence[Answered]) -> None:
    names = {one.session.technique.name for one in answered}
    if len(answered) < _SERIES or len(names) != 1:
        said = f"{len(answered)} spectra of {', '.join(sorted(names)) or 'no technique'}"
        raise SettingError("cannot be drawn", where="figure", found=said, wanted="two spectra of one technique or more")


def _comparison(answered: Sequence[Answered], content: Content) -> Any:
    samples = titled(answered, content)
    difference, alike = bool(content.get("difference")), bool(content.get("alike"))
    return overlay_figure(samples, answered[0].session.technique, difference, alike)


def _profile(answered: Sequence[Answered], content: Content) -> Any:
    """Return the profile of spectra against what the page draws it against: "" is their order in the list."""
    along = content.get("along")
    files = []
    for number, one in enumerate(answered, start=1):
        spectra = one.result.spectra
        facts = spectra.facts[0] if spectra.facts else Facts()
        if along is not None:
            value = float(facts.header[along]) if along else float(number)
            facts = replace(facts, coordinate=Coordinate(along or "Number in the list", value))
        files.append(replace(one.result, spectra=replace(spectra, facts=(facts,))))
    first = answered[0]
    return profile_figure(first.session.result(first.methods, files).profile())


def _map(bench: Bench, content: Content, kind: str) -> list[Path]:
    from specquant.maps.pictures import write_pictures

    target = content["targets"][0]
    result = bench.mapped(Path(target["path"]), Settings.of(target["settings"]))
    return write_pictures(result, Path(content["folder"]), kind)
