"""Quantified spectra with all that a report shows of them: reconstruction and explanation."""

from collections.abc import Iterator, Mapping

import xarray as xr

from specquant.discovery import Plugin
from specquant.errors import SettingError
from specquant.explainers import LineWindowLime
from specquant.explainers.reconstruction import Reconstruction, unexplained
from specquant.library import LibraryShelf, PureLibrary
from specquant.pipeline.quantification import FileResult
from specquant.quantifiers import Quantifier, parameter_values, stated_of
from specquant.report import SampleResult
from specquant.technique import Floats

MOST_SAMPLES = 100
"""More spectra than this do not go into one report."""

_LIME_SEED = 1
_LIME_REPEATS = 10
_LIME_SAMPLES = 300
"""Copies per repeat: several times the windows of a spectrum."""


def sample_results(
    result: FileResult,
    plugin: Plugin,
    library: PureLibrary,
    methods: Mapping[str, Quantifier],
    truth: Floats | None = None,
) -> Iterator[SampleResult]:
    """Yield the report's record of every spectrum of a file; the first method is explained.

    Raises
    ------
    SettingError
        If the file holds more than MOST_SAMPLES spectra.
    """
    assert result.spectra is not None
    count = result.spectra.sizes["sample"]
    if count > MOST_SAMPLES:
        raise SettingError(
            "too many spectra for a report",
            where=result.file,
            found=count,
            wanted=f"at most {MOST_SAMPLES}",
            todo="Write .csv, .json or .nc instead.",
        )
    shelf = LibraryShelf(plugin.technique, library)
    reconstructions: dict[tuple[float, ...], Reconstruction] = {}
    first = next(iter(methods))
    for row in range(count):
        spectra = result.spectra.isel(sample=[row])
        compositions = {name: found.isel(sample=[row]) for name, found in result.compositions.items()}
        counts, observed = spectra["counts"].values[0], spectra["observed"].values[0]
        stated = stated_of(spectra, plugin.technique)[0]
        values = {name: float(value) for name, (value,) in parameter_values(plugin.technique, stated[None]).items()}
        key = shelf.key(values)
        if key not in reconstructions:
            reconstructions[key] = Reconstruction(*shelf.at(values))
        rebuilt, shift = reconstructions[key].of(compositions[first]["fraction"].values[0], counts, observed, stated)
        misfit = unexplained(rebuilt, counts, observed)
        fit = f"nominal pure spectra explain {100 * max(1 - misfit, 0):.0f} % of the signal, shifted by {shift:+.0f} eV"
        yield SampleResult(
            file=result.file,
            name=str(spectra["sample"].values[0]),
            notes=(*result.notes[row], fit),
            spectra=spectra,
            compositions=compositions,
            reconstruction=rebuilt,
            truth=truth,
            lime=_explained(methods[first], spectra),
        )


def _explained(quantifier: Quantifier, spectra: xr.Dataset) -> xr.Dataset:
    lime = LineWindowLime(samples=_LIME_SAMPLES, seed=_LIME_SEED, repeats=_LIME_REPEATS)
    return lime.explain(quantifier.explained, spectra)
