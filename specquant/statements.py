"""What is stated of an answer as the standards of its technique ask for it: one content for pages and JSON."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from specquant.fits import Hybrid
from specquant.fits.presence.evidence import CLEAR
from specquant.learning.card import ModelCard
from specquant.learning.networks import NETWORKS
from specquant.notes import Note, in_percent
from specquant.quantifiers import PRESENT_ABOVE
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Floats, InstrumentParameter, Technique

Statements = dict[str, str]
"""Statements by what they are about, in order."""

TRACE_ABOVE = 0.001
"""Atomic fraction below which an element is nowhere written down: 0.1 at%, the last figure that is printed."""

AXIS_CORRECTION = "Axis correction"
"""Title of the statement on what was done to the energy axis."""

FACTOR_ERRORS = "Errors of sensitivity factors"
"""Title of the statement on what intervals hold of sensitivity factors."""

_NAMED = 12
"""Detection limits that are named of one spectrum; CSV and JSON have all."""

_LIMITS = (
    "Currie's: found with a probability of 95 % where 5 % of spectra without the element seem to have it, for each "
    "element and spectrum, interferences included."
)


def common_statements(technique: Technique, card: ModelCard | None) -> Statements:
    """Return what holds for all spectra; nothing where the technique names no standards."""
    reporting = technique.reporting
    if reporting is None:
        return {}
    return {
        "Standards": "; ".join(reporting.standards),
        "Transmission or efficiency": reporting.transmission,
        "Sensitivity factors": reporting.sensitivity,
        "Background": reporting.background,
        "Lines used": reporting.lines,
        "Normalisation": reporting.normalisation,
        "What cannot be seen": reporting.unseen,
        "Assumptions on the sample": reporting.assumptions,
        "Detection limits": _LIMITS,
        "Intervals": _coverage(card),
        **_factor_errors(technique),
        **dict(_model(card)),
    }


def spectrum_statements(
    technique: Technique, spectra: Spectra, notes: Sequence[Note], method: str, composition: xr.Dataset
) -> Statements:
    """Return what holds for one spectrum: its instrument and whence it is known, axis correction, limits, intervals.

    Parameters
    ----------
    technique
        The technique of the spectrum.
    spectra
        The one spectrum.
    notes
        All that is noted on it.
    method
        Name of the method.
    composition
        Its answer to the one spectrum, a COMPOSITION (sample, element) of one sample.
    """
    reporting = technique.reporting
    if reporting is None:
        return {}
    known = spectra.known(technique, 0)
    stated = {
        parameter_title(parameter): _whence(parameter, known, notes)
        for parameter in technique.parameters
        if parameter.name in reporting.instrument
    }
    limits = ", ".join(f"{symbol} {100 * most:.1f}" for symbol, most in hidden_elements(composition)[:_NAMED])
    return {
        **stated,
        AXIS_CORRECTION: _axis(spectra, notes, technique.axis),
        "Would not show up to, at%": limits or "nothing above 1 at%",
        "Interval": interval_statement(method, composition),
    }


def parameter_title(parameter: InstrumentParameter) -> str:
    """Return the title of the statement on an instrument parameter."""
    return f"{parameter.name.replace('_', ' ').capitalize()} ({parameter.meaning})"


def hidden_elements(composition: xr.Dataset) -> list[tuple[str, float]]:
    """Return the elements of one answer that are not found and would not show, with `limits_of` them, largest first."""
    fraction, limits = composition["fraction"].values[0], limits_of(composition)[0]
    hidden = np.flatnonzero((fraction < TRACE_ABOVE) & (limits >= PRESENT_ABOVE))
    symbols = composition["element"].values
    pairs = [(str(symbols[index]), float(limits[index])) for index in hidden]
    return sorted(pairs, key=lambda pair: -pair[1])


def limits_of(composition: xr.Dataset) -> Floats:
    """Return detection limits (sample, element); of a method without any, the upper ends of its 90 % intervals."""
    return np.asarray(composition["detection_limit" if "detection_limit" in composition else "upper"].values)


def interval_statement(title: str, composition: xr.Dataset) -> str:
    """Return how the intervals of a method, here called `title`, come about, in a sentence or two."""
    method = str(composition.attrs.get("method", title))
    if not np.isfinite(composition["upper"].values).any():
        return f"The method {title} gives no interval."
    if method == Hybrid.name:
        return (
            f"The 90 % interval of {title} comes from the fit of each spectrum: from its counting noise, from the "
            "errors that are allowed for in the model, and from instrument parameters that nobody states. Where a note "
            "says that the network stands in for the fit, the interval is the network's too."
        )
    if method in NETWORKS:
        return (
            f"The 90 % interval of {title} holds the errors that the network made on validation spectra, which are "
            "like those that it was trained on; it does not depend on the noise of this spectrum."
        )
    return f"The 90 % interval is as the method {title} gives it."


def _model(card: ModelCard | None) -> Iterator[tuple[str, str]]:
    """Yield the model and its training range."""
    if card is None:
        yield "Model", "none: no network was asked"
        return
    ranges = "; ".join(f"{name} {_span(values)}" for name, values in card.ranges.items())
    yield "Model", f"{card.title}; SHA-256 {card.fingerprint}; elements {' '.join(card.known)}"
    yield "Training range", ranges or "not recorded"


def _coverage(card: ModelCard | None) -> str:
    """Return the level of intervals, and how often they were found to hold."""
    tables = {} if card is None else {name: table for name, table in card.doubt.items() if table.held > 0}
    measured = "; ".join(
        f"{name}: {in_percent(table.held)} of elements in spectra like the training; in disturbed ones "
        f"{in_percent(table.held_or_flagged)} lie within, or the answer is flagged"
        for name, table in tables.items()
    )
    return f"Level 90 %. Found to hold: {measured or 'not recorded'}."


def _factor_errors(technique: Technique) -> Statements:
    """Return which errors of sensitivity factors are in the intervals of a fit, and what others would do."""
    if technique.fit is None:
        return {}
    priors, decisions = technique.fit.priors, technique.fit.decisions
    groups = ", ".join(f"{name} {in_percent(error)}" for name, error in priors.groups.items())
    widened = f", times {decisions.widening:g}" if decisions.widening != 1.0 else ""
    faint = (
        f" Where the peaks of all elements together stand out by less than {CLEAR:g} standard errors, intervals are "
        f"{decisions.faint:g} times as wide, and a note says so."
        if decisions.faint != 1.0
        else ""
    )
    text = (
        f"In the intervals of hybrid: {in_percent(priors.sensitivity_error)} for all lines of an element together, and "
        f"for groups of lines {groups or f'{in_percent(priors.other_groups)}'} (standard deviations"
        f"{widened}). An error beyond these shows in no spectrum: where the factor of one element is "
        "off by 10 %, its fraction x is by 10 % of x (1 - x). An instrument that is known to be off has "
        f"--sensitivity-error.{faint}"
    )
    return {FACTOR_ERRORS: text}


def _span(values: Sequence[float]) -> str:
    return f"{values[0]:.4g}" if len(values) == 1 else f"{values[0]:.4g} to {values[-1]:.4g}"


def _whence(parameter: InstrumentParameter, known: Mapping[str, float], notes: Sequence[Note]) -> str:
    """Return the value of a parameter with whence it is known, or what is known in its place."""
    listed = "; ".join(_said(note, parameter) for note in notes if parameter.name in note.about.split(", "))
    if parameter.name in known:
        return f"{parameter.amount(known[parameter.name])} ({listed or 'stated by file or user'})"
    usual = f"about {parameter.amount(parameter.default)} is supposed, and what the fit finds"
    return f"not stated ({listed or usual})"


def _said(note: Note, parameter: InstrumentParameter) -> str:
    """Return a note on a parameter without the value that stands before it: ``assumed, by where the lines lie``."""
    value, _, reason = note.text.partition(", ")
    return f"{note.kind}, {reason}" if reason and value.startswith(f"{parameter.name} ") else str(note)


def _axis(spectra: Spectra, notes: Sequence[Note], axis: EnergyAxis) -> str:
    """Return what was taken off the axis, in its unit, and what was supposed of it."""
    offset = spectra.facts[0].axis_offset if spectra.facts else 0.0
    return "; ".join(
        [
            f"{offset:+.{axis.decimals + 1}f} {axis.unit} taken off" if offset else "none",
            *(str(n) for n in notes if n.about == "axis"),
        ]
    )
