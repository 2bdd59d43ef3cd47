"""Checks of the methods: those of the core on this technique, and the quantifiers that the plug-in brings."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from specquant import contracts
from specquant.fits import LeastSquares
from specquant.library import MixedLibrary
from specquant.quantifiers import Estimate, Quantifier, open_quantifier
from specquant.spectra import Spectra
from specquant.testing.registry import Failed, Inapplicable, check, require
from specquant.testing.subject import COUNTS, Subject

_PURE = 0.9
"""Fraction of its own element that a noiseless pure spectrum has to be read as; chosen: neighbours may share a line."""

_HALF = 0.02
"""By how much equal atoms of two elements may be read unequal without noise; chosen."""

_ALONE = 1e-4
"""Fraction by which an answer may depend on what is asked at the same time: single precision. Chosen."""


@check("elements_look_different", "mixing_takes_the_values_of_each_row")
def nnls_finds_a_pure_element(subject: Subject) -> None:
    """A noiseless pure spectrum is read by least squares as its own element."""
    technique = subject.plugin.technique
    composition = LeastSquares(technique, subject.library).quantify(subject.spectra(subject.pure))
    contracts.check(composition, "COMPOSITION", "nnls")
    purity = np.diag(composition["fraction"].values)
    worst = technique.elements[int(purity.argmin())]
    require(purity.min() > _PURE, f"pure {worst} is read as {100 * purity.min():.0f} at% {worst}")


@check("nnls_finds_a_pure_element", "mixing_gives_yields")
def nnls_weighs_a_mixture_by_the_mixing_law(subject: Subject) -> None:
    """Equal atoms of two elements, mixed by the technique's law, are read as equal atoms."""
    technique = subject.plugin.technique
    if len(technique.elements) < 2:
        raise Inapplicable("there is one element only")
    middle = (len(technique.elements) - 1) // 2
    half = np.zeros(len(technique.elements))
    half[middle : middle + 2] = 0.5
    mixture = MixedLibrary(technique, subject.library).spectrum(half, technique.defaults())
    spectra = subject.spectra(COUNTS * mixture[None] / mixture.max())
    (fraction,) = LeastSquares(technique, subject.library).answer(spectra).fraction
    pair = fraction[middle : middle + 2]
    require(np.abs(pair - 0.5).max() < _HALF, f"half and half is read as {pair.round(3)}")


@check("every_element_can_be_seen")
def quantifiers_keep_the_contract(subject: Subject) -> None:
    """Quantifiers of the plug-in give COMPOSITION."""
    for name, quantifier in _quantifiers(subject):
        composition = quantifier.quantify(subject.spectra(subject.pure[:2]))
        contracts.check(composition, "COMPOSITION", f"quantifier {name}")


@check("quantifiers_keep_the_contract")
def quantifiers_take_any_number_of_spectra(subject: Subject) -> None:
    """No spectrum gives an empty answer, one the answer it has among many."""
    for name, quantifier in _quantifiers(subject):
        many = subject.spectra(_mixtures(subject))
        none = _answer(quantifier, many.take(slice(0)), "no spectrum")
        shape = 0, len(subject.plugin.technique.elements)
        require(none.fraction.shape == shape, f"{name}: of no spectrum {none.fraction.shape}")
        together = _answer(quantifier, many, f"{len(many)} spectra")
        alone = _answer(quantifier, many.take([1]), "one spectrum")
        apart = float(np.abs(together.fraction[1] - alone.fraction[0]).max())
        require(apart < _ALONE, f"{name}: an answer changes by {apart:.3g} with what else is asked")


@check("quantifiers_keep_the_contract")
def quantifiers_take_unmeasured_channels(subject: Subject) -> None:
    """A spectrum of which an end was not measured has a sound answer."""
    for _, quantifier in _quantifiers(subject):
        whole = subject.spectra(_mixtures(subject)[:2])
        observed = whole.observed.copy()
        observed[:, observed.shape[1] // 2 :] = False
        _answer(quantifier, replace(whole, observed=observed, counts=whole.counts * observed), "half a spectrum")


@check("quantifiers_keep_the_contract")
def quantifiers_take_empty_spectra(subject: Subject) -> None:
    """Spectra without a count have a sound answer, whatever it is."""
    for _, quantifier in _quantifiers(subject):
        _answer(quantifier, subject.spectra(np.zeros((2, subject.columns.shape[1]))), "a spectrum without counts")


@check("quantifiers_keep_the_contract")
def quantifiers_take_unstated_parameters(subject: Subject) -> None:
    """Spectra of which nothing is stated have a sound answer: NaN means that nobody knows."""
    if not subject.plugin.technique.stated:
        raise Inapplicable("the technique has no stated parameters")
    for _, quantifier in _quantifiers(subject):
        known = subject.spectra(_mixtures(subject)[:2])
        _answer(quantifier, replace(known, stated=np.full_like(known.stated, np.nan)), "unstated parameters")


def _quantifiers(subject: Subject) -> Iterator[tuple[str, Quantifier]]:
    plugin = subject.plugin
    if not plugin.quantifiers:
        raise Inapplicable("the plug-in brings no quantifiers")
    for name, factory in plugin.quantifiers.items():
        yield name, open_quantifier(factory, name, plugin.origin, plugin.technique, subject.library)


def _answer(quantifier: Quantifier, spectra: Spectra, what: str) -> Estimate:
    """Return the answer; whatever is wrong with it is an error that says with which spectra."""
    try:
        return quantifier.answer(spectra)
    except Exception as error:
        raise Failed(f"{quantifier.name}, asked about {what}: {error}") from error


def _mixtures(subject: Subject) -> np.ndarray:
    """Return a few sums of pure spectra with a background, (sample, energy)."""
    pure = subject.pure
    return np.stack([pure[row % len(pure)] + 0.5 * pure[(row + 1) % len(pure)] + 10.0 for row in range(4)])
