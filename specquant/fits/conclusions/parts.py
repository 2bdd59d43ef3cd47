"""A fit taken apart: what each element contributes, and which channels speak for it."""

import numpy as np

from specquant.fits.descent.cost import LEAST_COUNTS
from specquant.fits.descent.fitting import Fit, counting_errors
from specquant.fits.model.peaks import peaks
from specquant.fits.presence.evidence import beside_others, peak_weight
from specquant.quantifiers import Modelled
from specquant.technique import Floats


def modelled(fit: Fit) -> Modelled:
    """Return the spectrum of a fit by element, with the evidence of every channel."""
    parts = fit.lines
    return Modelled(
        elements=tuple(fit.model.technique.elements[index] for index in fit.chosen),
        parts=parts,
        background=fit.spectrum - parts.sum(axis=0),
        deviation=np.sqrt(fit.model.variance(np.maximum(fit.spectrum, LEAST_COUNTS))),
        moved=_moved(fit),
        is_fit=True,
        chemical=fit.point.chemical[fit.chosen] if fit.point.chemical.size else None,
        evidence=evidence_by_channel(fit),
        second=fit.point.second[fit.chosen] if fit.point.second.size else None,
        counting_error=counting_errors(fit),
    )


def _moved(fit: Fit) -> Floats:
    """Return by how far the lines of every chosen element are off their nominal energies, (chosen,)."""
    chemical = fit.point.chemical[fit.chosen] if fit.point.chemical.size else np.zeros(fit.chosen.size)
    return np.asarray(chemical + fit.point.shift)


def evidence_by_channel(fit: Fit) -> Floats:
    """Return what every channel adds to the evidence of every chosen element, standard errors, (chosen, energy).

    Over all channels they sum to `specquant.fits.presence.evidence.Evidence.scores`.
    """
    columns, rest = fit.peaks, peaks(fit.left_over)
    weight = peak_weight(fit, rest)
    shared = (columns * weight) @ columns.T
    by_channel: Floats = np.zeros((fit.chosen.size, fit.spectrum.size))
    for index, (others, given, information) in enumerate(beside_others(fit, shared)):
        made_up = np.zeros(len(columns))
        made_up[others] = given
        alone = columns[index] - made_up @ columns
        by_channel[index, fit.target.seen] = weight * alone * (rest + columns[index]) / np.sqrt(information)
    return by_channel
