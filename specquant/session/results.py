"""What was quantified, as a result that shows itself: in a terminal, in a notebook, as a table, as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.errors import SettingError
from specquant.library import LibraryShelf
from specquant.notes import Note
from specquant.quantifiers import PRESENT_ABOVE, Modelled, Quantifier, counting_errors, shown_of, values_of
from specquant.series import Profile, profile_of
from specquant.session.replicates import Replicates
from specquant.session.screen import lines_of
from specquant.session.unused import Unused
from specquant.spectra import Spectra
from specquant.technique import Facts, NarrowAnswer, Section, Technique
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

    `layer_thickness`, of an element that is taken to be a layer on the surface, is in the unit of the technique's
    parameter. Oxides are given where they are asked for. `verdict` and `reasons` are those on the spectrum.
    """

    file: str
    sample: str
    element: str
    fraction: float
    lower: float
    upper: float
    weight_fraction: float
    detection_limit: float
    layer_thickness: float
    oxide_weight_fraction: float
    oxide: str
    verdict: str
    reasons: str


NUMBERS = (
    "fraction",
    "lower",
    "upper",
    "weight_fraction",
    "detection_limit",
    "layer_thickness",
    "oxide_weight_fraction",
)
"""Fields of a row that are numbers, in their order."""


@dataclass(frozen=True)
class FileResult:
    """What became of one file: its spectra and one COMPOSITION per method.

    Notes and answers by narrow scans are per sample. `modelled` are, by method, the spectra as it models them,
    (sample,) each; None where it has no such thing.
    """

    file: str
    spectra: Spectra
    compositions: Mapping[str, xr.Dataset]
    notes: tuple[tuple[Note, ...], ...]
    narrow: tuple[NarrowAnswer | None, ...] = ()
    modelled: Mapping[str, tuple[Modelled | None, ...]] = field(default_factory=dict)

    def judgements(self, method: str) -> tuple[Judgement, ...]:
        """Return the judgement on every answer of one method."""
        return judgements_of(self.compositions[method])

    def rows(self, method: str, force: bool = False) -> Iterator[Row]:
        """Yield a row for every spectrum and element, by one method; `force` shows what is not quantified too."""
        composition, judgements = self.answers(method, force), self.judgements(method)
        elements = [str(symbol) for symbol in composition.variables["element"].values]
        names = composition["oxide"].values.tolist() if "oxide" in composition else [""] * len(elements)
        values = np.stack([values_of(composition, name) for name in NUMBERS])
        for index, sample in enumerate(self.spectra.labels()):
            verdict, text = judgements[index].verdict.value, judgements[index].text
            for element, oxide, numbers in zip(elements, names, values[:, index].T.tolist(), strict=True):
                yield Row._make([self.file, sample, element, *numbers, oxide, verdict, text])

    def parted_rows(self, method: str, force: bool = False) -> Iterator[tuple[list[Row], list[Row]]]:
        """Yield the rows of every spectrum: of the elements that are shown, largest first, and of all others."""
        rows = self.rows(method, force)
        for of_one in self.shown(method, force).tolist():
            pairs = list(zip(islice(rows, len(of_one)), of_one, strict=True))
            there = sorted((row for row, is_there in pairs if is_there), key=lambda row: -row.fraction)
            yield there, [row for row, is_there in pairs if not is_there]

    def answers(self, method: str, force: bool = False) -> xr.Dataset:
        """Return the COMPOSITION of one method, without figures of what is not quantified, unless by `force`."""
        composition = self.compositions[method]
        refused = "verdict" in composition and (composition.variables["verdict"].values == Verdict.NOT_QUANTIFIED).any()
        if force or not refused:
            return composition
        answered = composition["verdict"] != Verdict.NOT_QUANTIFIED.value
        names = [name for name in NUMBERS if name in composition]
        cleared = {name: composition[name].where(answered) for name in names}
        return composition.assign(cleared | {"presence": composition["presence"] & answered})

    def shown(self, method: str, force: bool = False) -> NDArray[np.bool_]:
        """Return which elements are shown of every spectrum, (sample, element): by `specquant.quantifiers.is_shown`."""
        return shown_of(self.answers(method, force), self.spectra.constraints)


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
