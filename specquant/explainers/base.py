"""Explainer: the interface, and the door through which explainers question a quantifier."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from math import isfinite
from numbers import Real

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.errors import ContractError, SettingError
from specquant.quantifiers import Quantifier
from specquant.technique import Floats

Question = tuple[Floats, NDArray[np.bool_], Floats]
"""Counts and observed, both (sample, energy) on the technique's axis, and stated parameters (sample, parameter)."""


class Explainer(ABC):
    """A quantifier, with or without spectra, to an attribution. Subclasses write `attribute`."""

    name: str

    @abstractmethod
    def attribute(self, quantifier: Quantifier, spectra: xr.Dataset | None) -> xr.Dataset:
        """Return a dataset under the ATTRIBUTION contract, with a coordinate `element`.

        Parameters
        ----------
        quantifier
            What is explained.
        spectra
            SPECTRA whose quantification is explained. Explainers that look at the quantifier alone leave them unread.

        Raises
        ------
        SettingError
            If the explainer needs spectra and gets none.
        """

    def explain(self, quantifier: Quantifier, spectra: xr.Dataset | None = None) -> xr.Dataset:
        """Return the ATTRIBUTION of a quantifier, or of its answer to SPECTRA, with where it comes from in the attrs.

        Raises
        ------
        ContractError
            If the spectra, the quantifier's answers or the attribution break their contract.
        SettingError
            If the explainer needs spectra and gets none, or was set up for another axis.
        """
        where = f"explainer {self.name}"
        if spectra is not None:
            contracts.check(spectra, "SPECTRA", where)
        found = self.attribute(quantifier, spectra)
        if "element" not in found.coords:
            coords = sorted(map(str, found.coords))
            raise ContractError("ATTRIBUTION has no element coordinate", where=where, found=coords)
        stamped = contracts.stamp(
            found, quantifier.technique.name, "explained", explainer=self.name, method=quantifier.name
        )
        return contracts.check(stamped, "ATTRIBUTION", where)


def predict(quantifier: Quantifier, questions: Iterable[Question]) -> Floats:
    """Return the fractions (sample, element) that a quantifier gives for chunks of spectra, one chunk at a time.

    Raises
    ------
    ContractError
        If an answer is not finite or has another shape than (sample, element).
    """
    elements = len(quantifier.technique.elements)
    answers = [np.zeros((0, elements))]
    for counts, observed, stated in questions:
        fraction = quantifier.estimate(counts, observed, stated).fraction
        where = f"quantifier {quantifier.name}"
        if fraction.shape != (len(counts), elements):
            raise ContractError(
                "fractions have another shape", where=where, found=fraction.shape, wanted=(len(counts), elements)
            )
        if not np.isfinite(fraction).all():
            raise ContractError("fractions are not finite", where=where)
        answers.append(np.asarray(fraction, dtype=np.float64))
    return np.concatenate(answers)


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
