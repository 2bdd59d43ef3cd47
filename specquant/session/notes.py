"""The notes on an answer: on the file, on the fit, and on what a model cannot know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from specquant.contracts import NOT_QUANTIFIED
from specquant.learning import NetworkQuantifier
from specquant.notes import LIMITS, Note, NoteKind, in_order, in_percent
from specquant.quantifiers import AXIS, LAYERS, PRESENT_ABOVE, Z90, Quantifier, values_of
from specquant.quantifiers.featureless import REMARK as FEATURELESS
from specquant.quantifiers.found import Finder, Found
from specquant.spectra import Spectra
from specquant.technique import Facts, Technique, UnstatedQuantities
from specquant.verdict import Verdict

_CERTAIN = 0.9
"""Probability of a kind of instrument from which on it is taken to be there: chosen, for what a reader has to know."""

_SHOWN = 0.05
"""Probability from which on a kind of instrument is named: chosen, one in twenty."""

_NAMED = 4
"""Elements that a note on what would not show names: chosen, the rest is in files and reports."""


def notes_of(
    technique: Technique,
    spectra: Spectra,
    compositions: Mapping[str, xr.Dataset],
    methods: Mapping[str, Quantifier],
    finder: Finder | None = None,
    sensitivity_error: float = 0.0,
) -> tuple[tuple[Note, ...], ...]:
    """Return the notes of every spectrum: what is stated, what was found on reading, remarks, what models cannot know.

    `finder` finds the technique's unstated quantities; `sensitivity_error` is what the user states, per cent.
    """
    instruments = _instruments(technique, spectra, methods, finder)
    explained = ((name, method.explained) for name, method in methods.items())
    networks = [(name, model.card) for name, model in explained if isinstance(model, NetworkQuantifier)]
    models = [(name, card.limits(technique)) for name, card in networks]
    priors = networks[0][1].prior if networks else {}
    return tuple(
        (
            *in_order(
                (
                    *_known(technique, spectra, row, sensitivity_error),
                    *_of_file(spectra, compositions, row),
                )
            ),
            *instruments[row],
            *_layers(technique, compositions, row),
            *_axis(technique, spectra, compositions, row),
            *_remarks(compositions, row),
            *_limits(models),
            *_unseen(technique, compositions, row, priors),
        )
        for row in range(len(spectra))
    )


def as_found(technique: Technique, spectra: Spectra, finder: Finder | None) -> Spectra:
    """Return spectra with warnings where the technique's model does not hold for the instrument that they show.

    `finder` finds the technique's unstated quantities.
    """
    quantities = technique.unstated_quantities
    if quantities is None or finder is None or not quantities.against:
        return spectra
    said = finder(spectra)
    warnings = [
        () if _is_stated(quantities, technique, spectra, row) else tuple(_against(quantities, said, row))
        for row in range(len(spectra))
    ]
    if not any(warnings):
        return spectra  # the same ones, of which the finder knows what it said
    facts = spectra.facts or (Facts(),) * len(spectra)
    noted = (replace(each, notes=(*each.notes, *some)) for each, some in zip(facts, warnings, strict=True))
    return replace(spectra, facts=tuple(noted))


def _of_file(spectra: Spectra, compositions: Mapping[str, xr.Dataset], row: int) -> Iterator[Note]:
    """Yield what was found on reading one spectrum; hints only where the first method's answer is not good."""
    composition = next(iter(compositions.values()))
    good = "verdict" not in composition or composition["verdict"].values[row] == Verdict.GOOD.value
    for note in spectra.facts[row].notes if spectra.facts else ():
        if not (good and note.kind is NoteKind.HINT):
            yield note


def _is_stated(quantities: UnstatedQuantities, technique: Technique, spectra: Spectra, row: int) -> bool:
    """Return whether any parameter that quantities depend on is known of a spectrum."""
    return bool(set(quantities.parameters) & spectra.known(technique, row).keys())


def _known(technique: Technique, spectra: Spectra, row: int, sensitivity_error: float) -> Iterator[Note]:
    """Yield what is known of the elements of one spectrum, and of sensitivity factors, beforehand."""
    if sensitivity_error:
        text = f"sensitivity factors may be off by {sensitivity_error:g} % (one standard deviation); intervals hold it"
        yield Note(NoteKind.STATED, text, "interval")
    if spectra.constraints is not None:
        for text in spectra.constraints.texts(technique.elements, row):
            yield Note(NoteKind.STATED, text, "elements")


def _instruments(
    technique: Technique, spectra: Spectra, methods: Mapping[str, Quantifier], finder: Finder | None
) -> list[list[Note]]:
    """Return what is supposed of the instrument of each spectrum where nobody states it, as a list of notes."""
    quantities = technique.unstated_quantities
    notes: list[list[Note]] = [[] for _ in range(len(spectra))]
    if quantities is None or finder is None:
        return notes
    about = ", ".join(quantities.parameters)
    said = finder(spectra)
    usual = [p for p in technique.parameters if p.name in quantities.parameters and p.default]
    supposed = ", ".join(f"{parameter.name} {parameter.amount(parameter.default)}" for parameter in usual)
    supposing = ", ".join(name for name, method in methods.items() if method.supposes_usual_instrument)
    for row in range(len(spectra)):
        if _is_stated(quantities, technique, spectra, row):
            continue
        notes[row].append(Note(NoteKind.ASSUMED, _found(quantities, said, row), about))
        if supposing:
            notes[row].append(Note(NoteKind.ASSUMED, f"{supposing}: {supposed}, as nobody states it", about))
    return notes


def _against(quantities: UnstatedQuantities, said: Found, row: int) -> Iterator[Note]:
    """Yield why the technique's model does not hold for the kind of instrument that one spectrum shows."""
    for kind, share in zip(quantities.kinds, said.kind[row].tolist(), strict=True):
        if kind in quantities.against and share >= _CERTAIN:
            text = f"{kind} {in_percent(share)}, by the spectrum: {quantities.against[kind]}"
            yield Note(NoteKind.WARNING, text, ", ".join(quantities.parameters))


def _found(quantities: UnstatedQuantities, said: Found, row: int) -> str:
    """Return in words what was found of the instrument of one spectrum."""
    kinds = sorted(zip(said.kind[row].tolist(), quantities.kinds, strict=True), reverse=True)
    shown = ", ".join(f"{kind} {in_percent(share)}" for share, kind in kinds if share >= _SHOWN)
    return (
        f"{quantities.names[0]} {said.mean[row, 0]:.2f} +- {said.deviation[row, 0]:.2f}, found in the spectrum, as "
        f"nobody states {quantities.title} ({shown})"
    )


def _layers(technique: Technique, compositions: Mapping[str, xr.Dataset], row: int) -> Iterator[Note]:
    """Yield which elements methods take to be layers on the surface, and how thick these are."""
    units = {parameter.name: parameter.unit for parameter in technique.parameters}
    for composition in compositions.values():
        if LAYERS[0] not in composition or technique.fit is None:
            continue
        thickness, error = (values_of(composition, name)[row] for name in LAYERS)
        for symbol, parameter in technique.fit.decisions.layers.items():
            index = technique.elements.index(symbol)
            if thickness[index] > Z90 * error[index]:
                amount = f"{thickness[index]:.1f} +- {error[index]:.1f} {units[parameter]}".strip()
                text = f"{symbol} lies on the surface, {parameter} {amount}, and is not in the fractions"
                yield Note(NoteKind.ASSUMED, text, parameter)


def _axis(technique: Technique, spectra: Spectra, compositions: Mapping[str, xr.Dataset], row: int) -> Iterator[Note]:
    """Yield by how much fits moved the axis, where something was taken off it before, or by more than a channel."""
    before = spectra.facts[row].axis_offset if spectra.facts else 0.0
    for name, composition in compositions.items():
        if AXIS[0] not in composition:
            continue
        shift, error = (float(values_of(composition, variable)[row]) for variable in AXIS)
        if (before and np.isfinite(shift)) or abs(shift) > max(technique.axis.step, Z90 * error):
            moved = f"{technique.axis.moved(shift, error)} by the fit of {name}"
            text = f"{moved}, {technique.axis.moved(before + shift)} in all" if before else moved
            yield Note(NoteKind.AXIS_OFFSET, text, "axis")


def _remarks(compositions: Mapping[str, xr.Dataset], row: int) -> Iterator[Note]:
    """Yield what the methods remark on one spectrum, but for what its verdict says."""
    for name, composition in compositions.items():
        remark = str(composition["remark"].values[row]) if "remark" in composition.coords else ""
        remark = remark.removeprefix(FEATURELESS).removeprefix("; ")
        if remark:
            yield Note(NoteKind.WARNING, f"{name}: {remark}", name)


def _limits(models: Sequence[tuple[str, str]]) -> Iterator[Note]:
    """Yield what models cannot know: elements they were not trained to see."""
    for name, limits in models:
        if limits:
            yield Note(NoteKind.REMARK, f"{name}: the model {limits}", name)


def _unseen(
    technique: Technique, compositions: Mapping[str, xr.Dataset], row: int, prior: Mapping[str, float]
) -> Iterator[Note]:
    """Yield which elements would not show, by the detection limits of the first method: the likeliest to be missed.

    `prior` is the weight of each element in the draw of samples; where it is empty, all weigh alike.
    """
    composition = next(iter(compositions.values()))
    refused = "verdict" in composition and composition["verdict"].values[row] == NOT_QUANTIFIED
    if "detection_limit" not in composition or refused:
        return
    limits, fraction = (values_of(composition, name)[row] for name in ("detection_limit", "fraction"))
    weights = np.array([prior.get(symbol, 0.0) if prior else 1.0 for symbol in technique.elements])
    hidden = (fraction < limits) & (fraction < PRESENT_ABOVE) & (limits >= PRESENT_ABOVE)
    order = np.argsort(-np.where(hidden, limits * weights, 0.0), kind="stable")
    named = [
        f"{technique.elements[index]} {100 * limits[index]:.1f}"
        for index in order[:_NAMED]
        if hidden[index] and weights[index] > 0
    ]
    if named:
        yield Note(NoteKind.REMARK, f"not found, but would not show up to these at%: {', '.join(named)}", LIMITS)
