"""Signs in words: what a sign says against an answer, with its value and what is usual."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from specquant.notes import in_percent
from specquant.quantifiers import PARAMETER, REGIONS, Sign
from specquant.technique import Technique
from specquant.verdict.records import Ground

_MOST_LOG = 300.0
"""Decimal logarithm of counts, at most, so that any number can be shown."""


class _Words(NamedTuple):
    """Ground and text of a sign; the text takes its value and what is usual."""

    ground: Ground
    text: str


_WORDS: Mapping[str, _Words] = {
    Sign.COUNTS: _Words(Ground.COUNTS, "few counts ({counts:.3g}; 95 % of usual spectra have more than {few:.3g})"),
    Sign.MISSING: _Words(Ground.AXIS, "{share} of the axis was not measured (usual: up to {usual_share})"),
    Sign.DISTANCE: _Words(
        Ground.UNLIKE, "unlike what the network was trained on (distance {value:.3g}; usual: up to {usual:.3g})"
    ),
    Sign.WIDTH: _Words(
        Ground.UNLIKE, "the network is unsure (sum of its intervals {value:.2f}; usual: up to {usual:.2f})"
    ),
    Sign.CHANGES: _Words(
        Ground.UNLIKE,
        "small changes of the spectrum change {share} of the network's answer (usual: up to {usual_share})",
    ),
    Sign.APART: _Words(
        Ground.DISAGREEMENT, "the method and the network differ by {share} of all atoms (usual: up to {usual_share})"
    ),
    Sign.MISFIT: _Words(Ground.MISFIT, "the physics explains it badly (misfit {value:.1f}; usual: up to {usual:.1f})"),
    Sign.LEFT_OVER: _Words(
        Ground.MISFIT, "a peak is left over or lacking ({value:.0f} standard errors; usual: up to {usual:.0f})"
    ),
    Sign.UNEXPLAINED: _Words(
        Ground.MISFIT, "{share} of the counts in peaks are not explained (usual: up to {usual_share})"
    ),
    Sign.SURPLUS: _Words(
        Ground.MISFIT, "a peak is not explained, {share} as high as the largest (usual: up to {usual_share})"
    ),
    Sign.LACK: _Words(Ground.MISFIT, "a peak is lacking, {share} as high as the largest (usual: up to {usual_share})"),
    Sign.STRONGEST: _Words(
        Ground.LINES, "a group of lines is {value:.1f} deviations off in strength (usual: up to {usual:.1f})"
    ),
    Sign.CONTINUUM: _Words(
        Ground.LINES, "the continuum is off by a factor of {factor:.2f} (usual: up to {usual_factor:.2f})"
    ),
    Sign.UNCONFIRMED: _Words(
        Ground.LINES, "{share} of the atoms show one group of lines only (usual: up to {usual_share})"
    ),
    Sign.FACTORS: _Words(
        Ground.LINES, "strengths of lines are {value:.1f} deviations from usual ones (usual: up to {usual:.1f})"
    ),
    Sign.FACTORS_AT_BOUND: _Words(Ground.LINES, "lines with a strength at the end of its range: {value:.0f}"),
    Sign.CHEMICAL: _Words(
        Ground.LINES, "lines lie {value:.1f} deviations from where they should (usual: up to {usual:.1f})"
    ),
    Sign.HIDDEN: _Words(
        Ground.HIDDEN,
        "elements that are not found could add up to {value:.2f} times what is found (usual: up to {usual:.2f})",
    ),
}

_REGION_WORDS = _Words(
    Ground.MISFIT, "the physics explains {span} badly (misfit {value:.1f}; usual there: up to {usual:.1f})"
)

_PARAMETER_WORDS = _Words(Ground.BOUND, "the fit moved {span} by {value:.3g}{unit} (usual: up to {usual:.3g}{unit})")


def in_words(sign: str, value: float, usual: float, technique: Technique) -> tuple[Ground, str]:
    """Return the ground of a sign and its text.

    Parameters
    ----------
    sign
        Its name.
    value
        What it is of an answer.
    usual
        What it is at most of 95 % of fresh spectra.
    technique
        It has the axis and the instrument parameters.
    """
    words, span, unit = _WORDS.get(sign, _PARAMETER_WORDS), "", ""
    if sign in REGIONS:
        words, span = _REGION_WORDS, _part(sign, technique)
    elif sign.startswith(PARAMETER):
        span, unit = _parameter(sign.removeprefix(PARAMETER), technique)
    counts, few = (10.0 ** min(-number, _MOST_LOG) - 1.0 for number in (value, usual))
    factor, usual_factor = np.exp(min(value, _MOST_LOG)), np.exp(min(usual, _MOST_LOG))
    share, usual_share = _in_percent(value, usual)
    return words.ground, words.text.format(
        value=value,
        usual=usual,
        share=share,
        usual_share=usual_share,
        counts=counts,
        few=few,
        factor=factor,
        usual_factor=usual_factor,
        span=span,
        unit=unit,
    )


def _in_percent(value: float, usual: float) -> tuple[str, str]:
    """Return two shares in per cent, whole ones unless these are alike: 21.4 beside 20.9 is not 21 beside 21."""
    digits = 1 if in_percent(value) == in_percent(usual) else 0
    return in_percent(value, digits), in_percent(usual, digits)


def _part(sign: str, technique: Technique) -> str:
    """Return in words which part of the axis a sign is about."""
    ends = np.linspace(technique.axis.start, technique.axis.stop, len(REGIONS) + 1)
    part = REGIONS.index(sign)
    return f"{ends[part]:.0f} to {ends[part + 1]:.0f} {technique.axis.unit}"


def _parameter(name: str, technique: Technique) -> tuple[str, str]:
    """Return the name of an instrument parameter with what it is, and its unit, to be put behind a value."""
    known = {parameter.name: parameter for parameter in technique.parameters}
    if name not in known:
        return name, ""
    unit, meaning = known[name].unit, known[name].meaning
    return f"{name} ({meaning})", f" {unit}" if unit else ""
