"""What was quantified, as a result that shows itself: in a terminal, in a notebook, as a table, as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from specquant.errors import SettingError
from specquant.library import LibraryShelf
from specquant.notes import Note
from specquant.quantifiers import PRESENT_ABOVE, Quantifier, counting_errors
from specquant.series import Profile, profile_of
from specquant.session.fileresults import FileResult, Row
from specquant.session.replicates import Replicates
from specquant.session.screen import lines_of
from specquant.session.unused import Unused
from specquant.technique import Facts, Section, Technique
from specquant.terminal import shown
from specquant.verdict import Judgement

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from specquant.report import SampleResult

_DRAWN = 3
"""Spectra that a notebook draws of one result; the others are tables, so that a cell stays short."""


@dataclass(frozen=True)
class Result:
    """What a method says of some spectra.

    Parameters
    ----------
    technique
        The technique.
    shelf
        Its pure spectra for every instrument.
    methods
        The methods by name; the first is the one that answers.
    files
        One record per file that could be used.
    errors
        The others, each with the reason why it could not be used.
    command
        What was typed; empty in Python.
    force
        Whether compositions of spectra that are not quantified are shown.
    sections
        Parts that the technique's plug-in adds to a report.
    """

    technique: Technique
    shelf: LibraryShelf
    methods: Mapping[str, Quantifier]
    files: tuple[FileResult, ...]
    errors: tuple[Unused, ...] = ()
    command: str = ""
    force: bool = False
    sections: tuple[Section, ...] = ()

    @property
    def method(self) -> str:
        """The method that answers."""
        return next(iter(self.methods))

    @property
    def table(self) -> tuple[Row, ...]:
        """Elements that are shown, see `specquant.quantifiers.is_shown`, spectrum by spectrum, largest first."""
        parts = (rows for file in self.files for rows, _ in file.parted_rows(self.method, self.force))
        return tuple(row for rows in parts for row in rows)

    @property
    def replicates(self) -> Replicates:
        """All spectra as replicates: their mean, and how far they scatter.

        Raises
        ------
        SettingError
            If fewer than two are quantified.
        """
        return Replicates.of(self.files, self.method, self.force).checked()

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """The judgement on every spectrum: verdict and reasons."""
        return tuple(one for file in self.files for one in file.judgements(self.method))

    @property
    def notes(self) -> tuple[tuple[Note, ...], ...]:
        """The notes on every spectrum, in their order."""
        return tuple(notes for file in self.files for notes in file.notes)

    def __repr__(self) -> str:
        lines = [line for file in self.files for line in lines_of(file, self.method, self.force)]
        return "\n".join(shown(line) for line in [*lines, *(f"error: {error}" for error in self.errors)])

    def _repr_html_(self) -> str:
        from specquant.report import notebook_html

        return notebook_html(self.technique, list(islice(self._samples(explained=False), _DRAWN)), repr(self))

    def profile(self, smooth: bool = False) -> Profile:
        """Return the composition along the series that the spectra are, elements of at least 1 at% somewhere.

        With `smooth` neighbours are taken into account, see `specquant.series.Profile.smoothed`.
        """
        answers = [file.answers(self.method, self.force) for file in self.files]
        names = [name for file in self.files for name in file.spectra.labels()]
        facts = [each for file in self.files for each in file.spectra.facts or (Facts(),) * len(file.spectra)]
        fraction, lower, upper = (
            np.concatenate([answer[name].values for answer in answers]) for name in ("fraction", "lower", "upper")
        )
        elements = self.technique.elements
        modelled = (file.modelled.get(self.method) or (None,) * len(file.spectra) for file in self.files)
        scatter = counting_errors(list(chain.from_iterable(modelled)), elements)
        profile = profile_of(facts, names, elements, fraction, lower, upper, scatter, PRESENT_ABOVE)
        return profile.smoothed() if smooth else profile

    def to_pandas(self) -> "pd.DataFrame":
        """Return all elements of all spectra as a table with the columns of `Row`, then method and model."""
        import pandas as pd

        from specquant.session.identity import IDENTITY, card_of, identity_cells

        rows = (row for file in self.files for row in file.rows(self.method, self.force))
        identity = dict(zip(IDENTITY, identity_cells(self.method, card_of(self.methods)), strict=True))
        return pd.DataFrame(rows, columns=list(Row._fields)).assign(**identity)

    def to_dataset(self) -> xr.Dataset:
        """Return the answers under the COMPOSITION contract, with a coordinate `file`."""
        from specquant.session.identity import card_of
        from specquant.session.writing import composition_of

        card = card_of(self.methods)
        return composition_of([*self.files, *self.errors], self.method, self.technique, self.command, self.force, card)

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

        Parameters
        ----------
        sample
            Number of the spectrum among all of the result, from 0.

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

    def save(self, path: str | Path, long: bool = False, mean: bool = False, heading: str | Path | None = None) -> Path:
        """Write the result as ``.csv``, ``.xlsx``, ``.json``, ``.nc`` or ``.html``, and return the path.

        Parameters
        ----------
        path
            File to write; its suffix says the format.
        long
            Whether tables have a row per spectrum and element; if not, they have one per spectrum.
        mean
            Whether the mean of all spectra as replicates is added, with standard deviation and standard error.
        heading
            File with what stands above a report, see `specquant.report.read_heading`; None: nothing.

        Raises
        ------
        OutputError
            If the suffix is unknown, holds no mean, or the file cannot be written.
        ReadError
            If the heading cannot be read.
        SettingError
            If a mean is wanted of fewer than two spectra.
        """
        from specquant.report import read_heading
        from specquant.session.writing import Layout, write_result

        above = None if heading is None else read_heading(Path(heading))
        return write_result(self, Path(path), Layout(long, mean, above))
