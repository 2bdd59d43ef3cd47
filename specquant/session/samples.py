"""Quantified spectra with all that a report shows of them: reconstruction and explanation."""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from specquant.errors import SettingError
from specquant.explainers.reconstruction import Reconstruction, unexplained
from specquant.library import LibraryShelf
from specquant.notes import Note, NoteKind, beside_verdict
from specquant.quantifiers import Modelled, Quantifier
from specquant.report import SampleResult
from specquant.session.fileresults import FileResult
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

MOST_SAMPLES = 100
"""More spectra than this do not go into one report: the page would not open any more."""

_LIME_SEED = 1
_LIME_REPEATS = 10
"""Choices of windows that weights are the mean of, and stability is judged by."""

_LIME_SAMPLES = 300
"""Copies per repeat: several times the windows of a spectrum."""


def sample_results(
    result: FileResult,
    technique: Technique,
    shelf: LibraryShelf,
    methods: Mapping[str, Quantifier],
    truth: Floats | None = None,
    explained: bool = True,
    force: bool = False,
) -> Iterator[SampleResult]:
    """Yield the report's record of every spectrum of a file; the first method is rebuilt and explained.

    What is not quantified is not rebuilt or explained, unless by `force`. `truth` is the known composition (element,)
    of all its spectra. To explain an answer by LIME takes seconds.

    Raises
    ------
    SettingError
        If the file holds more than MOST_SAMPLES spectra.
    """
    if len(result.spectra) > MOST_SAMPLES:
        raise SettingError(
            "too many spectra for a report",
            where=result.file,
            found=len(result.spectra),
            wanted=f"at most {MOST_SAMPLES}",
            todo="Write .csv, .json or .nc instead.",
        )
    rebuilding = _Rebuilding(shelf, technique)
    compositions = {method: result.answers(method, force) for method in result.compositions}
    first = next(iter(methods))
    fitted = result.modelled.get(first) or (None,) * len(result.spectra)
    for row, name in enumerate(result.spectra.labels()):
        spectra = result.spectra.take([row])
        fraction = compositions[first]["fraction"].values[row]
        answered = bool(np.isfinite(fraction).all())
        modelled, notes = rebuilding.of(fraction, spectra, fitted[row]) if answered else (None, ())
        yield SampleResult(
            file=result.file,
            name=name,
            notes=(*beside_verdict(result.notes[row]), *notes),
            spectra=spectra,
            compositions={method: answer.isel(sample=[row]) for method, answer in compositions.items()},
            modelled=modelled,
            truth=truth,
            lime=_explained(methods[first], spectra) if explained and answered else None,
            narrow=result.narrow[row] if result.narrow else None,
        )


class _Rebuilding:
    """Rebuilds spectra from pure ones of their instrument."""

    def __init__(self, shelf: LibraryShelf, technique: Technique) -> None:
        self._shelf, self._technique = shelf, technique
        self._reconstructions: dict[tuple[float, ...], Reconstruction] = {}

    def of(self, fraction: Floats, spectra: Spectra, fitted: Modelled | None) -> tuple[Modelled, tuple[Note, ...]]:
        """Return a composition's spectrum, the fit where there is one, and how much of the one spectrum it explains."""
        if fitted is not None:
            return fitted, (
                Note(NoteKind.REMARK, f"the fit explains {_explained_share(fitted, spectra):.0f} % of the signal"),
            )
        values = spectra.settings(self._technique, 0)
        key = self._shelf.key(values)
        if key not in self._reconstructions:
            self._reconstructions[key] = Reconstruction(*self._shelf.at(values))
        rebuilt, shift = self._reconstructions[key].of(fraction, spectra)
        share = _explained_share(rebuilt, spectra)
        moved = f"{shift:+.3g} {self._technique.axis.unit}"
        text = f"nominal pure spectra explain {share:.0f} % of the signal, shifted by {moved}"
        return rebuilt, (Note(NoteKind.REMARK, text),)


def _explained_share(modelled: Modelled, spectra: Spectra) -> float:
    """Return how much of the signal of one spectrum is explained, per cent."""
    return 100 * max(1 - unexplained(modelled.total, spectra.counts[0], spectra.observed[0]), 0.0)


def _explained(quantifier: Quantifier, spectra: Spectra) -> xr.Dataset:
    from specquant.explainers import LineWindowLime

    lime = LineWindowLime(samples=_LIME_SAMPLES, seed=_LIME_SEED, repeats=_LIME_REPEATS)
    return lime.explain(quantifier.explained, spectra)
