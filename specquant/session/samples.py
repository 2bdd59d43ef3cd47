"""Quantified spectra with all that a report shows of them: reconstruction and explanation."""

from collections.abc import Iterator, Mapping

import xarray as xr

from specquant.errors import SettingError
from specquant.explainers import LineWindowLime
from specquant.explainers.reconstruction import Reconstruction, unexplained
from specquant.library import LibraryShelf
from specquant.notes import Note, NoteKind
from specquant.quantifiers import Quantifier
from specquant.report import SampleResult
from specquant.session.results import FileResult
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
) -> Iterator[SampleResult]:
    """Yield the report's record of every spectrum of a file; the first method is rebuilt and explained.

    `truth` is the known composition (element,) of all its spectra. To explain an answer by LIME takes seconds.

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
    reconstructions: dict[tuple[float, ...], Reconstruction] = {}
    first = next(iter(methods))
    for row, name in enumerate(result.spectra.labels()):
        spectra = result.spectra.take([row])
        values = spectra.settings(technique, 0)
        key = shelf.key(values)
        if key not in reconstructions:
            reconstructions[key] = Reconstruction(*shelf.at(values))
        fraction = result.compositions[first]["fraction"].values[row]
        rebuilt, shift = reconstructions[key].of(fraction, spectra)
        share = 100 * max(1 - unexplained(rebuilt, spectra.counts[0], spectra.observed[0]), 0.0)
        fit = f"nominal pure spectra explain {share:.0f} % of the signal, shifted by {shift:+.0f} {technique.axis.unit}"
        yield SampleResult(
            file=result.file,
            name=name,
            notes=(*result.notes[row], Note(NoteKind.REMARK, fit)),
            spectra=spectra,
            compositions={method: answer.isel(sample=[row]) for method, answer in result.compositions.items()},
            reconstruction=rebuilt,
            truth=truth,
            lime=_explained(methods[first], spectra) if explained else None,
        )


def _explained(quantifier: Quantifier, spectra: Spectra) -> xr.Dataset:
    lime = LineWindowLime(samples=_LIME_SAMPLES, seed=_LIME_SEED, repeats=_LIME_REPEATS)
    return lime.explain(quantifier.explained, spectra)
