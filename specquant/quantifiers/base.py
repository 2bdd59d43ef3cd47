"""Quantifier: the interface of every method, and what each promises about its answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

import xarray as xr

from specquant.library import PureLibrary
from specquant.quantifiers.checking import check_estimate
from specquant.quantifiers.datasets import composition_of
from specquant.quantifiers.estimates import Estimate
from specquant.quantifiers.featureless import with_warning
from specquant.quantifiers.modelled import Modelled
from specquant.spectra import Spectra
from specquant.technique import Technique
from specquant.threads import few_threads
from specquant.validation import blamed


class Quantifier(ABC):
    """Spectra to compositions. Subclasses write `estimate`.

    Parameters
    ----------
    technique
        The technique of the spectra.
    library
        Its pure spectra; None: the method needs none.
    """

    name = "method"
    """The word after ``--method``; whoever opens the quantifier sets it to the key it stands under."""

    origin = ""
    """Distribution and version of the plug-in that brings it, set by whoever opens it; "" for methods of the core."""

    def __init__(self, technique: Technique, library: PureLibrary | None = None) -> None:
        self.technique, self.library = technique, library

    def __repr__(self) -> str:
        return f"<method {self.name} of {self.technique.name}>"

    @abstractmethod
    def estimate(self, spectra: Spectra) -> Estimate:
        """Return the estimate of spectra on the technique's axis.

        Where they have constraints, what is given to elements that cannot be there is left out of the answer, and
        fractions are brought to what is fixed; quantifiers that can make better use of constraints do.

        Parameters
        ----------
        spectra
            Spectra on the technique's axis: counts (sample, energy).
        """

    def answer(self, spectra: Spectra) -> Estimate:
        """Return the estimate, checked, under the constraints where there are any, its bounds `agreeing`.

        Parameters
        ----------
        spectra
            Spectra on the technique's axis: counts (sample, energy).

        Raises
        ------
        ContractError
            If it gives something else: of another shape than (sample, element), not finite, negative, or with another
            sum than 1.
        PluginError
            The same of a method that a plug-in brings, and if it fails.
        """
        return self._finished(self._estimated(spectra), spectra)

    def _finished(self, estimate: Estimate, spectra: Spectra) -> Estimate:
        """Return an estimate of spectra as `answer` gives it."""
        shape = len(spectra), len(self.technique.elements)
        checked = check_estimate(estimate, f"quantifier {self.name}", self.origin, shape)
        if spectra.constraints is not None:
            checked = checked.under(spectra.constraints, self.technique.elements, self.fits_fractions)
        return checked.agreeing()

    def _estimated(self, spectra: Spectra) -> Estimate:
        if not self.origin:
            return self.estimate(spectra)
        with blamed(self.origin, f"quantifier {self.name}", "estimate(spectra) -> Estimate"):
            return self.estimate(spectra.locked())

    def quantify(self, spectra: Spectra | xr.Dataset) -> xr.Dataset:
        """Return the COMPOSITION of spectra, or of a dataset under the SPECTRA contract.

        Of a spectrum in which nothing stands out of the noise, bounds and remark say that nothing is known.

        Parameters
        ----------
        spectra
            Spectra on the technique's axis, counts (sample, energy), or a dataset under the SPECTRA
            contract.

        Raises
        ------
        ContractError
            If the spectra break their contract, or lie on another axis than the technique's.
        """
        if isinstance(spectra, xr.Dataset):
            spectra = Spectra.of(spectra, self.technique, f"quantifier {self.name}")
        with few_threads():
            return self._quantified(spectra)[0]

    def quantify_modelled(self, spectra: Spectra) -> tuple[xr.Dataset, tuple[Modelled | None, ...]]:
        """Return the COMPOSITION of spectra, and each as the method models it; None where it has no such thing.

        Parameters
        ----------
        spectra
            Spectra on the technique's axis: counts (sample, energy).

        Raises
        ------
        ContractError, PluginError
            As `answer`.
        """
        with few_threads():
            composition, estimate = self._quantified(spectra)
            modelled = tuple(None if taken_apart is None else taken_apart() for taken_apart in estimate.modelled)
        return composition, modelled or (None,) * len(spectra)

    def _quantified(self, spectra: Spectra) -> tuple[xr.Dataset, Estimate]:
        """Return the COMPOSITION of spectra, and the estimate that it comes from."""
        estimate = with_warning(self.answer(spectra), spectra)
        return composition_of(estimate, spectra, self.technique, self.name), estimate

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that it can find: all of the technique's, unless it has not learnt some."""
        return self.technique.elements

    @property
    def fits_fractions(self) -> bool:
        """Whether it weighs what is fixed against the spectrum by itself, so that nothing is to be done afterwards."""
        return False

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether it takes an instrument that nobody states to be the usual one."""
        return True

    @property
    def explained(self) -> "Quantifier":
        """The quantifier that explainers question in place of this one: itself, unless that takes too long."""
        return self


def load_all(methods: Iterable[Quantifier]) -> None:
    """Let methods load what they work with for the usual instrument, so that processes share it."""
    for method in methods:
        _ = method.explained


QuantifierFactory = Callable[[Technique, PureLibrary], Quantifier]
"""How a plug-in offers a further quantifier: its class, or any function of the same arguments."""
