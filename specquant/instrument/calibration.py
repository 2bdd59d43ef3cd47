"""The calibration stage: spectra of known composition in, one instrument out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.compositions import fractions_of, parse_amounts, parse_formula
from specquant.discovery import Plugin
from specquant.errors import ReadError, SettingError
from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit, fit_from, nominal_point, shares
from specquant.fits.model.forward import ForwardModel
from specquant.instrument.files import Instrument
from specquant.library import RenderedLibrary
from specquant.readers import load_spectra
from specquant.spectra import Spectra
from specquant.technique import FitSettings, Floats, Technique

_AS_CLOSE = 0.005
"""Errors of composition, as atomic fractions, that differ by less than this do not decide about the kind of instrument:
chosen, half a per cent."""

_TRIALS = 14
"""Values of the tuned parameter that are tried at most: chosen."""

_PRECISION = 2.0
"""Difference of two tuned values, in the parameter's unit, that ends the search: chosen, for nm of a dead layer."""


@dataclass(frozen=True)
class Standard:
    """A spectrum of known composition: spectra of one, and its atomic fractions (element,)."""

    spectra: Spectra
    fraction: Floats


def calibrate(
    plugin: Plugin,
    files: Sequence[Path],
    compositions: Sequence[str],
    given: Mapping[str, float] | None = None,
    command: str = "",
) -> Instrument:
    """Return the instrument that measured spectra of known composition.

    For every kind of instrument of the technique, its tuned parameter is turned until the known compositions come out
    best; of the kinds that do equally well, the one that has to depart least from what is usual is kept (or, where
    nothing is tuned, the one with the least misfit), with the mean of what the spectra give for the other parameters.

    Parameters
    ----------
    plugin
        The technique and its readers.
    files
        Spectra of known composition, one a file.
    compositions
        One per file, as `parse_composition` reads them; none, if the files' headers state theirs.
    given
        Instrument parameters that win over the headers, by name in their units.
    command
        The command as typed, for the record.

    Raises
    ------
    SettingError
        If the technique cannot be calibrated, or compositions and files differ in number.
    ReadError
        If a file holds more than one spectrum, or no composition is known.
    """
    technique, settings = plugin.technique, _settings(plugin.technique)
    kind, tuned = _best(technique, settings, _standards(plugin, files, compositions, given))
    values, errors = _fitted_parameters(tuned.fits, settings)
    misfit = round(float(np.sqrt(np.mean([fit.misfit**2 for fit in tuned.fits]))), 4)
    names = tuple(path.name for path in files)
    return Instrument(technique.name, kind, {**tuned.values, **values}, errors, misfit, names, command)


def parse_composition(text: str, technique: Technique) -> Floats:
    """Return atomic fractions (element,) of a text: a formula (``CaF2``), or weight percent (``O42.8 Si21.2 Mg11.7``).

    Elements that the technique does not know, such as hydrogen in EDS, are left out.

    Raises
    ------
    SettingError
        If it is neither, names something that is not an element, or not one of the technique.
    """
    by_weight = re.search(r"[\s,:=]", text.strip()) is not None
    amounts = parse_amounts(text) if by_weight else parse_formula(text)
    fraction = fractions_of(amounts, technique.elements, by_weight)
    if not fraction.any():
        raise SettingError(
            "is not a composition",
            where=repr(text),
            found="no element of the technique",
            wanted="a formula such as CaF2, or weight percent such as 'O42.8 Si21.2 Mg11.7'",
        )
    return fraction


def _settings(technique: Technique) -> FitSettings:
    if technique.fit is None or not technique.fit.calibration.parameters:
        raise SettingError(
            "the technique has no instrument parameters to calibrate",
            where=technique.name,
            wanted="a technique such as EDS (in the plug-in: FitSettings.calibration)",
        )
    return technique.fit


def _standards(
    plugin: Plugin, files: Sequence[Path], compositions: Sequence[str], given: Mapping[str, float] | None
) -> list[Standard]:
    if compositions and len(compositions) != len(files):
        raise SettingError(
            "compositions and files differ in number",
            found=f"{len(compositions)} and {len(files)}",
            wanted="--composition once per file, in their order",
        )
    texts: Sequence[str | None] = compositions or [None] * len(files)
    return [_standard(path, plugin, text, given) for path, text in zip(files, texts, strict=True)]


def _standard(path: Path, plugin: Plugin, text: str | None, given: Mapping[str, float] | None) -> Standard:
    """Return the spectrum of a file with the composition of the text, or else of its header."""
    spectra = load_spectra(path, plugin.technique, plugin.readers, given)
    if len(spectra) != 1:
        raise ReadError("holds several spectra", where=path, found=len(spectra), wanted="one standard")
    if text is not None:
        return Standard(spectra, parse_composition(text, plugin.technique))
    weights = spectra.facts[0].composition
    fraction = fractions_of(weights, plugin.technique.elements, by_weight=True)
    if not fraction.any():
        raise ReadError(
            "composition of the standard is not known",
            where=path,
            found=f"only {', '.join(weights)} in the header" if weights else "none in the header",
            todo="Give it with --composition, e.g. --composition 'O42.8 Si21.2 Mg11.7'.",
        )
    return Standard(spectra, fraction)


@dataclass(frozen=True)
class _Tuned:
    """One kind of instrument, tuned.

    `departure` is how far the tuned value is from the kind's usual one, `error` that of the compositions that it gives.
    """

    values: Mapping[str, float]
    departure: float
    error: float
    fits: tuple[Fit, ...]


def _best(technique: Technique, settings: FitSettings, standards: Sequence[Standard]) -> tuple[str, _Tuned]:
    """Return the kind of instrument that is kept, with its name."""
    kinds = settings.calibration.kinds or {"default": {}}
    model = _model(technique, settings)
    tuned = {kind: _tuned(model, values, settings.calibration.tuned, standards) for kind, values in kinds.items()}
    least = min(each.error for each in tuned.values())
    close = [kind for kind, each in tuned.items() if each.error <= least + _AS_CLOSE]
    best = min(close, key=lambda kind: (abs(tuned[kind].departure), sum(fit.misfit**2 for fit in tuned[kind].fits)))
    return best, tuned[best]


def _tuned(model: ForwardModel, kind: Mapping[str, float], name: str, standards: Sequence[Standard]) -> _Tuned:
    """Return a kind of instrument with the tuned parameter where the known compositions come out best.

    Standards of one element each tell nothing about it; it stays where the kind has it.
    """

    def at(value: float | None) -> _Tuned:
        values = dict(kind) if value is None else dict(kind) | {name: round(float(value), 3)}
        fits = tuple(_fit(model, values, standard) for standard in standards)
        pairs = zip(fits, standards, strict=True)
        errors = [0.5 * np.abs(shares(fit)[0] - standard.fraction[fit.chosen]).sum() for fit, standard in pairs]
        departure = values.get(name, 0.0) - kind.get(name, 0.0)
        return _Tuned(values, departure, float(np.mean(errors)), fits)

    if not name or all(np.count_nonzero(standard.fraction) < 2 for standard in standards):
        return at(None)
    limits = next((p.low, p.high) for p in model.technique.parameters if p.name == name)
    from scipy.optimize import minimize_scalar  # its import takes long

    best = minimize_scalar(
        lambda value: at(value).error,
        bounds=limits,
        method="bounded",
        options={"xatol": _PRECISION, "maxiter": _TRIALS},
    )
    return at(float(best.x))


def _fitted_parameters(fits: Sequence[Fit], settings: FitSettings) -> tuple[dict[str, float], dict[str, float]]:
    """Return the mean over fits of every calibrated parameter, and its standard error where there are several fits."""
    names = tuple(settings.calibration.parameters)
    fitted = np.array([[fit.point.values[name] for name in names] for fit in fits])
    means = {name: round(float(value), 6) for name, value in zip(names, fitted.mean(axis=0), strict=True)}
    if len(fits) < 2:
        return means, {}
    spread = fitted.std(axis=0, ddof=1) / np.sqrt(len(fits))
    return means, {name: round(float(error), 6) for name, error in zip(names, spread, strict=True)}


def _model(technique: Technique, settings: FitSettings) -> ForwardModel:
    """Return the physics with everything free that a spectrum of known elements tells of."""
    return ForwardModel(technique.with_free(settings.calibration.parameters), RenderedLibrary(technique))


def _fit(model: ForwardModel, kind: Mapping[str, float], standard: Standard) -> Fit:
    """Fit one standard, with its elements given, on one kind of instrument."""
    chosen = np.intersect1d(np.flatnonzero(standard.fraction), model.elements)
    spectra = standard.spectra
    readable = spectra.observed[0] & model.readable(chosen)
    target = Target(spectra.counts[0], readable, {**spectra.settings(model.technique, 0), **kind})
    return fit_from(model, target, nominal_point(model, target, standard.fraction), chosen)
