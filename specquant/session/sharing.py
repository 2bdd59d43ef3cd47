"""What several spectra share: the instrument, as the fits of all of them find it together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from specquant.fits import Hybrid
from specquant.fits.descent.fitting import Fit
from specquant.fits.presence.aside import standard_errors
from specquant.quantifiers import PerInstrument, Quantifier
from specquant.spectra import Spectra
from specquant.technique import Technique

_NAMED = 3
"""Parameters that a text names, those that are best known: chosen, a line."""


@dataclass(frozen=True)
class SharedInstrument:
    """Parameters of an instrument as fits found them.

    Parameters
    ----------
    values
        Value of each parameter by name, in its unit.
    deviations
        Standard deviation of each by name, in its unit.
    before
        Standard deviation of each before any fit.
    usual
        Value of each before any fit.
    """

    values: Mapping[str, float]
    deviations: Mapping[str, float]
    before: Mapping[str, float]
    usual: Mapping[str, float]

    @staticmethod
    def of(fit: Fit) -> "SharedInstrument":
        """Return what a fit found that is of the instrument, not of the sample."""
        unknowns, model = fit.unknowns, fit.model
        errors = standard_errors(fit)[unknowns.layout.parameters]
        values, deviations, of_sample = {}, {}, model.of_sample
        for parameter, error, deviation in zip(model.parameters, errors, unknowns.deviations, strict=True):
            if parameter.name not in of_sample:
                values[parameter.name] = fit.point.values[parameter.name]
                deviations[parameter.name] = float(error * deviation)
        before = {name: model.priors.parameters[name] for name in values}
        return SharedInstrument(values, deviations, before, {name: fit.target.stated[name] for name in values})

    @staticmethod
    def together(found: Sequence["SharedInstrument"]) -> "SharedInstrument":
        """Return what fits of several spectra of one instrument say together.

        What was thought before any fit counts once. Where the fits scatter by more than they claim, so does the result.
        """
        first = found[0]
        values, deviations = {}, {}
        for name, before in first.before.items():
            usual = first.usual[name]
            each = np.array([one.values[name] for one in found])
            errors = np.maximum([one.deviations[name] for one in found], 1e-9 * before)
            weights = np.maximum(errors**-2.0 - before**-2.0, 0.0)
            total = weights.sum() + before**-2.0
            # a fit's value is a mean of what its spectrum says and of what is usual
            values[name] = float(usual + ((each - usual) * errors**-2.0).sum() / total)
            scatter = (weights * (each - values[name]) ** 2).sum() / max(len(found) - 1, 1)
            deviations[name] = float(min(np.sqrt(max(scatter, 1.0) / total), before))
        return SharedInstrument(values, deviations, first.before, first.usual)

    def text(self, technique: Technique) -> str:
        """Return in words which parameters the spectra say most of."""
        known = sorted(self.values, key=lambda name: self.deviations[name] / self.before[name])[:_NAMED]
        units = {parameter.name: parameter.unit for parameter in technique.parameters}
        parts = (
            f"{name} {self.values[name]:.3g} +- {self.deviations[name]:.2g} {units[name]}".strip() for name in known
        )
        return ", ".join(parts)


def hybrid_for(method: Quantifier, technique: Technique, spectra: Spectra) -> Hybrid | None:
    """Return the fit that a method is for the instrument of some spectra, that of the first; None if it is another."""
    alone = method.at(spectra.settings(technique, 0)) if isinstance(method, PerInstrument) else method
    return alone if isinstance(alone, Hybrid) else None


def instruments_in(method: Hybrid, spectra: Spectra) -> list[SharedInstrument]:
    """Return what the fit of each spectrum finds of the instrument; nothing of those that cannot be fitted."""
    fits = (method.with_fits(spectra.take([row]))[1][0] for row in range(len(spectra)))
    return [SharedInstrument.of(fit) for fit in fits if fit is not None]
