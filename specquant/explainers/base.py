"""Explainer: the interface, and the door through which explainers question a quantifier."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from math import isfinite
from numbers import Real

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.errors import ContractError, PluginError, SettingError
from specquant.quantifiers import Quantifier
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique
from specquant.validation import CURE, blamed, refuse


class Explainer(ABC):
    """A quantifier, with or without spectra, to an attribution. Subclasses write `attribute`."""

    name: str

    origin = ""
    """Distribution and version of the plug-in that brings it, set by whoever opens it; "" for those of the core."""

    @abstractmethod
    def attribute(self, quantifier: Quantifier, spectra: Spectra | None) -> xr.Dataset:
        """Return a dataset under the ATTRIBUTION contract, with a coordinate `element`.

        It is of the answers to spectra on the technique's axis, or, where an explainer leaves these unread, of the
        quantifier alone.

        Parameters
        ----------
        quantifier
            The method that is explained.
        spectra
            Spectra on the technique's axis: counts (sample, energy). None: the explainer reads none.

        Raises
        ------
        SettingError
            If the explainer needs spectra and gets none.
        """

    def explain(self, quantifier: Quantifier, spectra: Spectra | xr.Dataset | None = None) -> xr.Dataset:
        """Return the ATTRIBUTION of a quantifier, or of its answer to spectra, with where it comes from in the attrs.

        Parameters
        ----------
        quantifier
            The method that is explained.
        spectra
            Spectra on the technique's axis, counts (sample, energy), or a dataset under the SPECTRA
            contract; None: the explainer reads none.

        Raises
        ------
        ContractError
            If the spectra, the quantifier's answers or the attribution break their contract.
        SettingError
            If the explainer needs spectra and gets none, or was set up for another axis.
        PluginError
            If an explainer that a plug-in brings fails, or gives something else.
        """
        where = f"explainer {self.name}"
        if isinstance(spectra, xr.Dataset):
            spectra = Spectra.of(spectra, quantifier.technique, where)
        if not self.origin:
            return self._checked(self.attribute(quantifier, spectra), quantifier, where)
        with blamed(self.origin, where, "attribute(quantifier, spectra) -> xarray.Dataset"):
            attribution = self.attribute(quantifier, spectra)
        if not isinstance(attribution, xr.Dataset):
            refuse(self.origin, f"{where} gave the wrong type", type(attribution).__name__, "an xarray.Dataset")
        try:
            return self._checked(attribution, quantifier, where)
        except ContractError as error:
            raise PluginError(
                f"{where}: {error.what}", where=self.origin, found=error.found, wanted=error.wanted, todo=CURE
            ) from error

    def _checked(self, attribution: xr.Dataset, quantifier: Quantifier, where: str) -> xr.Dataset:
        if "element" not in attribution.coords:
            coords = sorted(map(str, attribution.coords))
            raise ContractError("ATTRIBUTION has no element coordinate", where=where, found=coords)
        known = quantifier.technique.elements
        strangers = [str(symbol) for symbol in attribution["element"].values.ravel() if symbol not in known]
        if strangers:
            raise ContractError(
                "ATTRIBUTION is of other elements", where=where, found=strangers[:6], wanted="those of the technique"
            )
        stamped = contracts.stamp(
            attribution, quantifier.technique.name, "explained", explainer=self.name, method=quantifier.name
        )
        return contracts.check(stamped, "ATTRIBUTION", where)


ExplainerFactory = Callable[[], Explainer]
"""How a plug-in offers a further explainer: its class, or any function without arguments."""


def open_explainer(factory: ExplainerFactory, name: str, origin: str) -> Explainer:
    """Return the explainer that a plug-in's factory makes, which then knows its name and its plug-in.

    Raises
    ------
    PluginError
        If the factory fails, or makes something else.
    """
    with blamed(origin, f"explainer {name}", "factory() -> Explainer"):
        explainer = factory()
    if not isinstance(explainer, Explainer):
        wanted = "a specquant.plugin.Explainer"
        refuse(origin, f"explainer {name} has the wrong type", type(explainer).__name__, wanted)
    explainer.name, explainer.origin = name, origin
    return explainer


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
