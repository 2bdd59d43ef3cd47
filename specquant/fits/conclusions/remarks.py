"""What a reader has to know of a fit, in words."""

from collections.abc import Iterator

import numpy as np

from specquant.fits.descent.fitting import Fit
from specquant.fits.model.forward import ForwardModel
from specquant.notes import in_percent, joined
from specquant.technique import InstrumentParameter

_FAR = 5.0
"""Standard deviations from which on a parameter is worth a remark: chosen, no prior is that wrong by chance."""

_FAR_FIXED = 0.01
"""Atomic fraction by which lines may differ from what is fixed without a remark: chosen, 1 at%."""

_SHARE = 0.01
"""Share of a sample with lines elsewhere below which a reader need not know: chosen, no sample is so even."""

_DISPLACED = 2.0
"""Distance of the lines of the main element from where they usually are, eV, from which on a reader has to know:
chosen, as far as offsets of axes are left as they are (docs/decisions/0009-offset.md)."""


def remark_on(fit: Fit, model: ForwardModel, deviations: float) -> str:
    """Return what is unusual about a fit: its misfit, or an instrument far from what is stated.

    Parameters
    ----------
    fit
        A fit, by a model in which further parameters may be free.
    model
        The model in which only those parameters are free of which the technique says so.
    deviations
        Standard errors of a fit on either side in an interval.
    """
    remarks = []
    if fit.misfit > model.decisions.poor:
        remarks.append(
            f"the model explains the spectrum badly (misfit {fit.misfit:.1f}, usual is about 1): is it calibrated, "
            "of the stated instrument, and of the kind of sample that the technique is for?"
        )
    remarks += _against_fixed(fit, deviations)
    for parameter in _far_off(fit, model):
        end = ", the end of its range" if _at_an_end(fit, parameter) else ""
        remarks.append(f"{parameter.name} is {fit.point.values[parameter.name]:.3g} {parameter.unit}".strip() + end)
    return joined(*remarks, _doubled(fit), _displaced(fit))


def stopped(fit: Fit, model: ForwardModel) -> bool:
    """Return whether a parameter of the instrument, far from what is stated, stopped a fit at the end of its range."""
    return any(_at_an_end(fit, parameter) for parameter in _far_off(fit, model))


def _far_off(fit: Fit, model: ForwardModel) -> Iterator[InstrumentParameter]:
    """Yield the parameters of the instrument that are far from what is stated, or from what is usual."""
    for parameter in model.parameters:
        if parameter.stated or parameter.name in model.decisions.layers.values():
            continue
        away = fit.point.values[parameter.name] - fit.target.stated[parameter.name]
        if abs(away) > _FAR * model.priors.parameters[parameter.name]:
            yield parameter


def _at_an_end(fit: Fit, parameter: InstrumentParameter) -> bool:
    return fit.point.values[parameter.name] in (parameter.low, parameter.high)


def _doubled(fit: Fit) -> str:
    """Return in words that a share of the sample has its lines elsewhere; "" if the fit has no such share."""
    lines = fit.model.priors.doubled
    if lines is None or lines.share not in fit.model.priors.parameters:
        return ""
    share, further = fit.point.values[lines.share], fit.point.values[lines.further]
    if share < _SHARE:
        return ""
    away, side = fit.model.technique.axis.at(abs(further)), "above" if further > 0 else "below"
    return f"{in_percent(share)} of the sample show all their lines {away} {side} those of the rest"


def _displaced(fit: Fit) -> str:
    """Return in words that the lines of the main element lie far from where they usually do; "" if they do not."""
    if not fit.model.chemical.size:
        return ""
    main = int(fit.chosen[np.argmax(fit.atoms)])
    away = fit.point.chemical[main] - fit.model.chemical[main, 0] + fit.point.shift
    if abs(away) <= _DISPLACED:
        return ""
    technique, side = fit.model.technique, "above" if away > 0 else "below"
    return (
        f"the lines of {technique.elements[main]} lie {abs(away):.1f} {technique.axis.unit} {side} where they usually "
        "do, by its chemistry, or because the axis is off"
    )


def _against_fixed(fit: Fit, deviations: float) -> Iterator[str]:
    """Yield in words what lines of elements that are fixed say, where that is something else."""
    if fit.point.fixed is None:
        return
    actual = fit.point.actual
    error = deviations * np.sqrt(np.maximum(np.diag(fit.covariance), 0.0))
    for index, element in enumerate(fit.chosen):
        away = abs(fit.atoms[index] - actual[element])
        if element in fit.point.fixed.elements and away > max(error[index], _FAR_FIXED * actual.sum()):
            others = actual.sum() - actual[element]
            share = fit.atoms[index] / (others + fit.atoms[index])
            yield f"by its lines, {fit.model.technique.elements[element]} would be {100 * share:.1f} at%"
