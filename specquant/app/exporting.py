"""Answers as files to save."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from specquant.app.bench import Answered, Content
from specquant.errors import ReadError, SettingError
from specquant.report import SampleResult
from specquant.session.samples import sample_results
from specquant.session.unused import Unused
from specquant.session.writing import Layout, write_result

_LONG = "long."
"""Before the suffix of tables with a row for each element."""


def sample_of(answered: Answered, explained: bool = False) -> SampleResult:
    """Return an answer as a report shows it; `explained` by LIME, which takes seconds."""
    session, methods = answered.session, answered.methods
    samples = sample_results(answered.result, session.technique, session.shelf, methods, explained=explained)
    return next(samples)


def titled(answered: Sequence[Answered], content: Content) -> list[SampleResult]:
    """Return answers as a report shows them, each under the title that a request gives to it."""
    titles = [target["title"] for target in content["targets"]]
    return [replace(sample_of(one), name=title) for one, title in zip(answered, titles, strict=True)]


def exported(
    answered: Sequence[Answered], kind: str, folder: Path, command: str, unused: Sequence[Mapping[str, str]] = ()
) -> Iterator[Path]:
    """Write answers to a folder and yield the paths: one file per technique.

    Parameters
    ----------
    answered
        The answers.
    kind
        The format: a suffix without its dot, ``long.`` before it for a row for each element.
    folder
        Where to write.
    command
        The command line that does the same.
    unused
        Files that could not be used: ``file``, ``reason`` and ``technique``; without one they are named beside the
        answers of the first.

    Raises
    ------
    SettingError
        If the format is unknown, or nothing was answered.
    OutputError
        If it cannot be written.
    """
    if not answered:
        raise SettingError("there is no answer to save", where="export")
    techniques = dict.fromkeys(one.session.technique.name for one in answered)
    first_technique = next(iter(techniques))
    for technique in techniques:
        part = [one for one in answered if one.session.technique.name == technique]
        first = part[0]
        session = replace(first.session, command=command)
        beside = [
            Unused(one["file"], ReadError(one["reason"]))
            for one in unused
            if technique == (one["technique"] if one["technique"] in techniques else first_technique)
        ]
        result = session.result(first.methods, [*(one.result for one in part), *beside])
        long = kind.startswith(_LONG)
        path = folder / f"specquant-{technique}{'-long' if long else ''}.{kind.removeprefix(_LONG)}"
        yield write_result(result, path, Layout(long=long))
