"""What was quantified, as a result that shows itself: in a terminal, in a notebook, as a table, as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from specquant.errors import SettingError, SpecquantError
from specquant.library import LibraryShelf
from specquant.notes import Note, NoteKind
from specquant.oxides import OXYGEN
from specquant.quantifiers import PRESENT_ABOVE, Quantifier
from specquant.spectra import Spectra
from specquant.technique import NarrowAnswer, Section, Technique
from specquant.terminal import shown
from specquant.verdict import Judgement, Verdict, judgements_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from specquant.report import SampleResult

_DRAWN = 3
"""Spectra that a notebook draws of one result; the others are tables, so that a cell stays short."""


class Row(NamedTuple):
    """One element of one spectrum; all numbers are fractions of one, NaN where not known or nothing is quantified.

    Oxides are given where they are asked for. `verdict` and `reasons` are those on the spectrum.
    """

    file: str
    sample: str
    element: str
    fraction: float
    lower: float
    upper: float
    weight_fraction: float
    detection_limit: float
    oxide_weight_fraction: float
    oxide: str
    verdict: str
    reasons: str


NUMBERS = ("fraction", "lower", "upper", "weight_fraction", "detection_limit", "oxide_weight_fraction")
"""Fields of a row that are numbers, in their order."""


@dataclass(frozen=True)
class FileResult:
    """What became of one file: its spectra and one COMPOSITION per method.

    Notes and answers by narrow scans are per sample.
    """

    file: str
    spectra: Spectra
    compositions: Mapping[str, xr.Dataset]
    notes: tuple[tuple[Note, ...], ...]
    narrow: tuple[NarrowAnswer | None, ...] = ()

    def judgements(self, method: str) -> tuple[Judgement, ...]:
        """Return the judgement on every answer of one method."""
        return judgements_of(self.compositions[method])

    def rows(self, method: str, force: bool = False) -> Iterator[Row]:
        """Yield a row for every spectrum and element, by one method; `force` shows what is not quantified too."""
        composition, judgements = answers_of(self.compositions[method], force), self.judgements(method)
        elements = [str(symbol) for symbol in composition["element"].values]
        names = composition["oxide"].values.tolist() if "oxide" in composition else [""] * len(elements)
        unknown = np.full(composition["fraction"].shape, np.nan)
        values = np.stack([composition[name].values if name in composition else unknown for name in NUMBERS])
        for index, sample in enumerate(self.spectra.labels()):
            one = judgements[index]
            for element, oxide, numbers in zip(elements, names, values[:, index].T.tolist(), strict=True):
                yield Row._make([self.file, sample, element, *numbers, oxide, one.verdict.value, one.text])

    def tables(self, method: str, force: bool = False) -> Iterator[str]:
        """Yield the lines of a table per spectrum: elements of at least 1 at%, largest first, then verdict and notes.

        A spectrum that is not quantified has no table, unless by `force`.
        """
        rows, judgements = list(self.rows(method, force)), self.judgements(method)
        size = len(rows) // max(len(self.spectra), 1)
        for index, sample in enumerate(self.spectra.labels()):
            part = rows[index * size : (index + 1) * size]
            yield f"{self.file}  [{sample}]"
            if judgements[index].is_answer or force:
                yield from _table(part)
                yield from self._oxides(method, index, part)
            yield from self._narrow(index)
            yield from _judged(judgements[index])
            for note in self.notes[index]:
                if note.kind is not NoteKind.CONTRADICTION:  # it is among the reasons
                    yield f"  {note}"

    def _narrow(self, index: int) -> Iterator[str]:
        """Yield the lines of the table of the narrow scans of one spectrum, if there are any."""
        answer = self.narrow[index] if self.narrow else None
        if answer is not None:
            elements = next(iter(self.compositions.values()))["element"].values.tolist()
            yield from _narrow_table(answer, elements)

    def _oxides(self, method: str, index: int, rows: list[Row]) -> Iterator[str]:
        """Yield the lines of the table of oxides of one spectrum, if there is one."""
        composition = self.compositions[method]
        if "oxide" not in composition:
            return
        yield "  oxide      wt%"
        for row in sorted(rows, key=lambda row: -row.oxide_weight_fraction):
            if row.oxide_weight_fraction >= PRESENT_ABOVE:
                yield f"  {row.oxide:<8}{100 * row.oxide_weight_fraction:6.1f}"
        measured = next((row.fraction for row in rows if row.element == OXYGEN), 0.0)
        bound = float(composition["stoichiometric_oxygen"].values[index])
        yield f"  oxygen by stoichiometry {100 * bound:.1f} at%, measured {100 * measured:.1f} at%"


def _narrow_table(answer: NarrowAnswer, elements: list[str]) -> Iterator[str]:
    """Yield the lines of the table of one spectrum's narrow scans: elements, largest first, then scans not used."""
    order = answer.largest_first()
    if order:
        yield "  narrow scans"
        yield "          at%          90 % interval, at%"
    used = {line.element: f"{line.element} {line.line}" for line in answer.lines if not line.unused}
    for row in order:
        part, lower, upper = (100 * values[row] for values in (answer.fraction, answer.lower, answer.upper))
        yield f"  {elements[row]:<3}{part:8.2f}  {used.get(elements[row], ''):<6}  {lower:.2f} to {upper:.2f}"
    unused: dict[str, list[str]] = {}
    for line in answer.lines:
        if line.unused:
            unused.setdefault(line.unused, []).append(line.scan.rsplit(" / ", 1)[-1])
    if unused:
        yield "  narrow scans not used: " + "; ".join(f"{', '.join(names)} ({why})" for why, names in unused.items())
    yield from (f"  {note}" for note in answer.notes)


def answers_of(composition: xr.Dataset, force: bool) -> xr.Dataset:
    """Return a COMPOSITION without the figures of what is not quantified, unless by `force`."""
    if force or "verdict" not in composition:
        return composition
    answered = composition["verdict"] != Verdict.NOT_QUANTIFIED.value
    names = [name for name in NUMBERS if name in composition]
    cleared = {name: composition[name].where(answered) for name in names}
    return composition.assign(cleared | {"presence": composition["presence"] & answered})


def _table(rows: list[Row]) -> Iterator[str]:
    """Yield the lines of the table of one spectrum."""
    known = any(row.lower == row.lower for row in rows)
    yield "          at%     wt%" + ("  90 % interval, at%" if known else "")
    for row in _present(rows):
        interval = f"  {100 * row.lower:.1f} to {100 * row.upper:.1f}" if row.lower == row.lower else ""
        yield f"  {row.element:<3}{100 * row.fraction:8.1f}{100 * row.weight_fraction:8.1f}{interval}"


def _judged(judgement: Judgement) -> Iterator[str]:
    """Yield verdict and the reasons that lead to it, one a line; nothing of a good answer."""
    if judgement.verdict is not Verdict.GOOD:
        yield f"  {judgement.verdict}:"
        for reason in judgement.reasons:
            if reason.verdict is judgement.verdict:
                yield f"    {reason.text}"


@dataclass(frozen=True)
class Result:
    """What a method says of some spectra.

    Parameters
    ----------
    methods
        The methods by name; the first is the one that answers.
    files
        One record per file that could be used.
    force
        Whether compositions of spectra that are not quantified are shown.
    sections
        Parts that the technique's plug-in adds to a report.
    """

    technique: Technique
    shelf: LibraryShelf
    methods: Mapping[str, Quantifier]
    files: tuple[FileResult, ...]
    errors: tuple[SpecquantError, ...] = ()
    command: str = ""
    force: bool = False
    sections: tuple[Section, ...] = ()

    @property
    def method(self) -> str:
        """The method that answers."""
        return next(iter(self.methods))

    @property
    def table(self) -> tuple[Row, ...]:
        """Elements of at least 1 at%, spectrum by spectrum, largest first."""
        rows = [row for file in self.files for row in file.rows(self.method, self.force)]
        size = len(self.technique.elements)
        parts = [_present(rows[start : start + size]) for start in range(0, len(rows), size)]
        return tuple(row for part in parts for row in part)

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """The judgement on every spectrum: verdict and reasons."""
        return tuple(one for file in self.files for one in file.judgements(self.method))

    @property
    def notes(self) -> tuple[tuple[Note, ...], ...]:
        """The notes on every spectrum, in their order."""
        return tuple(notes for file in self.files for notes in file.notes)

    def __repr__(self) -> str:
        lines = [line for file in self.files for line in file.tables(self.method, self.force)]
        return "\n".join(shown(line) for line in [*lines, *(f"error: {error}" for error in self.errors)])

    def _repr_html_(self) -> str:
        from specquant.report import notebook_html

        return notebook_html(self.technique, list(islice(self._samples(explained=False), _DRAWN)), repr(self))

    def to_pandas(self) -> "pd.DataFrame":
        """Return all elements of all spectra as a table with the columns of `Row`."""
        import pandas as pd

        return pd.DataFrame(
            [row for file in self.files for row in file.rows(self.method, self.force)], columns=list(Row._fields)
        )

    def to_dataset(self) -> xr.Dataset:
        """Return the answers under the COMPOSITION contract, with a coordinate `file`."""
        from specquant.session.writing import composition_of

        return composition_of(self.files, self.method, self.technique, self.command, self.force)

    def samples(self, explained: bool = True) -> "list[SampleResult]":
        """Return the spectra as a report shows them: rebuilt from pure spectra, and `explained` if asked for."""
        return list(self._samples(explained))

    def _samples(self, explained: bool) -> "Iterator[SampleResult]":
        """Yield them; each takes a while to be rebuilt."""
        from specquant.session.samples import sample_results

        for file in self.files:
            yield from sample_results(
                file, self.technique, self.shelf, self.methods, explained=explained, force=self.force
            )

    def plot(self, sample: int = 0) -> "Figure":
        """Return a picture of one spectrum with its lines, by its number among all.

        Raises
        ------
        SettingError
            If there is no such spectrum.
        """
        from specquant.report import spectrum_figure
        from specquant.report.answers import found_elements

        count = sum(len(file.spectra) for file in self.files)
        if not 0 <= sample < count:
            raise SettingError("no such spectrum", where="plot", found=sample, wanted=f"0 to {count - 1}")
        drawn = next(islice(self._samples(explained=False), sample, None))
        return spectrum_figure(drawn, self.technique, found_elements(drawn))

    def save(self, path: str | Path) -> Path:
        """Write the result as ``.csv``, ``.json``, ``.nc`` or ``.html``, and return the path.

        Raises
        ------
        OutputError
            If the suffix is unknown or the file cannot be written.
        """
        from specquant.session.writing import write_result

        return write_result(self, Path(path))


def _present(rows: list[Row]) -> list[Row]:
    """Return the rows of elements of at least 1 at%, largest first."""
    return sorted((row for row in rows if row.fraction >= PRESENT_ABOVE), key=lambda row: -row.fraction)
