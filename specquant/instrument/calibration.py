"""The calibration stage: spectra of known composition in, one instrument out."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from specquant.discovery import Plugin
from specquant.elements import ATOMIC_NUMBER, atomic_fractions
from specquant.errors import ReadError, SettingError
from specquant.fits.fitting import Fit, SpectrumFit
from specquant.fits.forward import ForwardModel
from specquant.fits.hybrid import shares
from specquant.instrument.files import Instrument
from specquant.library import RenderedLibrary
from specquant.quantifiers.base import parameter_values, stated_of
from specquant.readers import load_spectra
from specquant.technique import Floats, Technique

_PART = re.compile(r"([A-Z][a-z]?)[:= ]?\s*(\d*\.?\d+)")
_ATOM = re.compile(r"([A-Z][a-z]?)(\d*\.?\d*)")

_AS_CLOSE = 0.005
"""Errors of composition that differ by less than this do not decide about the kind of instrument."""

_TRIALS = 14

Sample = tuple[Floats, np.ndarray, dict[str, float], Floats]


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
        Whose technique and readers.
    files, compositions
        One composition per file, as `parse_composition` reads them; none, if the files' headers state theirs.
    given, command
        Instrument parameters that win over the headers, and what was typed.

    Raises
    ------
    SettingError
        If the technique cannot be calibrated, or compositions and files differ in number.
    ReadError
        If a file holds more than one spectrum, or no composition is known.
    """
    technique = plugin.technique
    if technique.fit is None or not technique.fit.calibrated:
        raise SettingError(
            "technique states nothing to calibrate", where=technique.name, wanted="FitSettings.calibrated"
        )
    if compositions and len(compositions) != len(files):
        raise SettingError(
            "compositions and files differ in number",
            found=f"{len(compositions)} and {len(files)}",
            wanted="--composition once per file, in their order",
        )
    samples = [
        _sample(path, plugin, compositions[place] if compositions else None, given) for place, path in enumerate(files)
    ]
    kinds = technique.fit.alternatives or {"default": {}}
    model = _model(technique)
    tried = {kind: _tuned(model, values, samples) for kind, values in kinds.items()}
    closest = min(found.error for found in tried.values())
    close = [kind for kind, found in tried.items() if found.error <= closest + _AS_CLOSE]
    best = min(close, key=lambda kind: (abs(tried[kind].departure), sum(fit.misfit**2 for fit in tried[kind].fits)))
    fits = tried[best].fits
    names = tuple(technique.fit.calibrated)
    found = np.array([[fit.point.values[name] for name in names] for fit in fits])
    spread = found.std(axis=0, ddof=1) / np.sqrt(len(fits)) if len(fits) > 1 else np.full(len(names), np.nan)
    means = {name: round(float(value), 6) for name, value in zip(names, found.mean(axis=0), strict=True)}
    return Instrument(
        technique=technique.name,
        kind=best,
        values=dict(tried[best].values) | means,
        errors={name: round(float(x), 6) for name, x in zip(names, spread, strict=True) if np.isfinite(x)},
        misfit=round(float(np.sqrt(np.mean([fit.misfit**2 for fit in fits]))), 4),
        source=tuple(path.name for path in files),
        command=command,
    )


def parse_composition(text: str, technique: Technique) -> Floats:
    """Return atomic fractions (element,) of a text: a formula (``CaF2``), or weight percent (``O42.8 Si21.2 Mg11.7``).

    Elements that the technique does not know, such as hydrogen in EDS, are left out.

    Raises
    ------
    SettingError
        If it is neither, names something that is no element, or no element of the technique.
    """
    parts = _PART.findall(text) if re.search(r"[\s,:=]", text.strip()) else []
    weights = bool(parts)
    parts = parts or [(symbol, number or "1") for symbol, number in _ATOM.findall(text)]
    rest = re.sub(r"[\s,;]", "", (_PART if weights else _ATOM).sub("", text))
    unknown = ", ".join(dict.fromkeys(symbol for symbol, _ in parts if symbol not in ATOMIC_NUMBER))
    amounts = np.zeros(len(technique.elements))
    for symbol, number in parts:
        if symbol in technique.elements:
            amounts[technique.elements.index(symbol)] += float(number)
    if rest or unknown or amounts.sum() <= 0:
        left = f"{rest!r} left over" if rest else f"no such element: {unknown}"
        raise SettingError(
            "is no composition",
            where=repr(text),
            found=left if rest or unknown else "no element of the technique",
            wanted="a formula such as CaF2, or weight percent such as 'O42.8 Si21.2 Mg11.7'",
        )
    return atomic_fractions(amounts, technique.elements) if weights else np.asarray(amounts / amounts.sum())


def _sample(path: Path, plugin: Plugin, text: str | None, given: Mapping[str, float] | None) -> Sample:
    """Return counts, observed, every parameter's value and atomic fractions of one file."""
    technique = plugin.technique
    spectra = load_spectra(path, technique, plugin.readers, given)
    if spectra.sizes["sample"] != 1:
        raise ReadError("holds several spectra", where=path, found=spectra.sizes["sample"], wanted="one reference")
    stated = parameter_values(technique, stated_of(spectra, technique))
    values = {name: float(value[0]) for name, value in stated.items()}
    fraction = (
        parse_composition(text, technique)
        if text is not None
        else _from_header(str(spectra["header"].values[0]), technique, path)
    )
    return spectra["counts"].values[0], spectra["observed"].values[0].astype(bool), values, fraction


def _from_header(header: str, technique: Technique, path: Path) -> Floats:
    """Return the atomic fractions of the weight fractions that a spectrum's header states."""
    stated = json.loads(header).get("composition")
    weights = stated if isinstance(stated, Mapping) else {}
    if not set(weights) & set(technique.elements):
        raise ReadError(
            "composition of the reference is not known",
            where=path,
            found=f"only {', '.join(map(str, weights))} in the header" if weights else "none in the header",
            todo="Give it with --composition, e.g. --composition 'O42.8 Si21.2 Mg11.7'.",
        )
    amounts = np.array([float(weights.get(symbol, 0.0)) for symbol in technique.elements])
    return atomic_fractions(amounts, technique.elements)


@dataclass(frozen=True)
class _Tuned:
    """One kind of instrument, tuned.

    `departure` is how far the tuned value is from the kind's usual one, `error` that of the compositions that it gives.
    """

    values: Mapping[str, float]
    departure: float
    error: float
    fits: tuple[Fit, ...]


def _tuned(model: ForwardModel, kind: Mapping[str, float], samples: Sequence[Sample]) -> _Tuned:
    """Return a kind of instrument with the technique's tuned parameter where the known compositions come out best.

    References of one element each tell nothing about it; it stays where the kind has it.
    """
    name = model.settings.tuned

    def at(value: float | None) -> _Tuned:
        values = dict(kind) if value is None else dict(kind) | {name: round(float(value), 3)}
        fits = tuple(_fit(model, values, *sample) for sample in samples)
        pairs = zip(fits, samples, strict=True)
        errors = [0.5 * np.abs(shares(fit)[0] - sample[3][fit.chosen]).sum() for fit, sample in pairs]
        departure = values.get(name, 0.0) - kind.get(name, 0.0)
        return _Tuned(values, departure, float(np.mean(errors)), fits)

    if not name or all(np.count_nonzero(sample[3]) < 2 for sample in samples):
        return at(None)
    limits = next((p.low, p.high) for p in model.technique.parameters if p.name == name)
    best = minimize_scalar(
        lambda value: at(value).error, bounds=limits, method="bounded", options={"xatol": 2.0, "maxiter": _TRIALS}
    )
    return at(float(best.x))


def _model(technique: Technique) -> ForwardModel:
    """Return the physics with everything free that a spectrum of known elements tells of."""
    assert technique.fit is not None
    free = dict(technique.fit.parameters) | dict(technique.fit.calibrated)
    widened = replace(technique, fit=replace(technique.fit, parameters=free))
    return ForwardModel(widened, RenderedLibrary(technique))


def _fit(
    model: ForwardModel,
    kind: Mapping[str, float],
    counts: Floats,
    observed: np.ndarray,
    values: dict[str, float],
    fraction: Floats,
) -> Fit:
    """Fit one reference, with its elements given, on one kind of instrument."""
    chosen = np.intersect1d(np.flatnonzero(fraction), model.held)
    problem = SpectrumFit(model, counts, observed & model.readable(chosen), values | dict(kind))
    return problem.run(problem.start(fraction), chosen)
