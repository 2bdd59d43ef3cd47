"""What became of one file: its spectra, the answers of every method on them, and these as rows of a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.notes import Note
from specquant.quantifiers import Modelled, shown_of, values_of
from specquant.spectra import Spectra
from specquant.technique import NarrowAnswer
from specquant.verdict import Judgement, Verdict, judgements_of


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
