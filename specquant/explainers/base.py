"""Explainer: the interface, and the door through which explainers question a quantifier."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from math import isfinite
from numbers import Real

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import ContractError, SettingError
from specquant.quantifiers import Quantifier
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique


class Explainer(ABC):
    """A quantifier, with or without spectra, to an attribution. Subclasses write `attribute`."""

    name: str

    @abstractmethod
    def attribute(self, quantifier: Quantifier, spectra: Spectra | None) -> xr.Dataset:
        """Return a dataset under the ATTRIBUTION contract, with a coordinate `element`.

        It is of the answers to spectra on the technique's axis, or, where an explainer leaves these unread, of the
        quantifier alone.

        Raises
        ------
        SettingError
            If the explainer needs spectra and gets none.
        """

    def explain(self, quantifier: Quantifier, spectra: Spectra | xr.Dataset | None = None) -> xr.Dataset:
        """Return the ATTRIBUTION of a quantifier, or of its answer to spectra, with where it comes from in the attrs.

        Raises
        ------
        ContractError
            If the spectra, the quantifier's answers or the attribution break their contract.
        SettingError
            If the explainer needs spectra and gets none, or was set up for another axis.
        """
        where = f"explainer {self.name}"
        if isinstance(spectra, xr.Dataset):
            spectra = Spectra.of(spectra, quantifier.technique, where)
        attribution = self.attribute(quantifier, spectra)
        if "element" not in attribution.coords:
            coords = sorted(map(str, attribution.coords))
            raise ContractError("ATTRIBUTION has no element coordinate", where=where, found=coords)
        stamped = contracts.stamp(
            attribution, quantifier.technique.name, "explained", explainer=self.name, method=quantifier.name
        )
        return contracts.check(stamped, "ATTRIBUTION", where)


def predict(quantifier: Quantifier, chunks: Iterable[Spectra]) -> Floats:
    """Return the fractions (sample, element) that a quantifier gives for chunks of spectra, one chunk at a time.

    Raises
    ------
    ContractError
        If an answer is not finite or has another shape than (sample, element).
    """
    answers = [np.zeros((0, len(quantifier.technique.elements)))]
    answers += [np.asarray(quantifier.answer(chunk).fraction, dtype=np.float64) for chunk in chunks]
    return np.concatenate(answers)


def nominal(technique: Technique, counts: Floats) -> Spectra:
    """Return spectra of counts (sample, energy), observed everywhere, with every stated parameter at its default."""
    stated = [parameter.default for parameter in technique.stated]
    return Spectra(
        counts, np.ones(counts.shape, dtype=bool), np.tile(np.array(stated, dtype=np.float64), (len(counts), 1))
    )


def require_number(name: str, value: float, *, above: float | None = None, least: float | None = None) -> float:
    """Return a setting as a float if it is finite, greater than `above` and at least `least`.

    Raises
    ------
    SettingError
        Naming the setting.
    """
    wanted = "a finite number"
    wanted += "" if above is None else f" above {above:g}"
    wanted += "" if least is None else f" of at least {least:g}"
    good = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
    if not good or (above is not None and value <= above) or (least is not None and value < least):
        raise SettingError("cannot be used", where=name, found=repr(value), wanted=wanted)
    return float(value)
