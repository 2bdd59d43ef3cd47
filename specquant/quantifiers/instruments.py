"""A method that needs the pure spectra of the instrument at hand, for spectra of several instruments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from specquant.library import LibraryShelf, PureLibrary
from specquant.notes import joined
from specquant.quantifiers.base import Quantifier
from specquant.quantifiers.estimates import Estimate
from specquant.quantifiers.modelled import TakenApart
from specquant.quantifiers.signs import Sign, Signs
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

_EXPLAINED = 1.0
"""Misfit up to which an instrument explains a spectrum, so that no other is tried: residuals as large as errors."""

_PLAINLY = 0.5
"""Share of the usual instrument's misfit that another's has at most, where it answers in its place: chosen. On fresh
XPS spectra of the other source it is below 0.5, and on those of the usual one above 1; measured surveys of gold, which
has few Auger lines, have 0.8 with the wrong source."""


class PerInstrument(Quantifier):
    """One quantifier per kind of instrument, each made when it is first needed.

    Parameters
    ----------
    shelf
        Libraries of the instruments.
    make
        Makes the quantifier of one.
    kinds
        Parameters of the kinds of instrument that spectra come from. Where a spectrum states none of them, and the
        usual instrument does not explain it, that kind answers which explains it best, if it is plainly better; empty:
        the usual one answers.
    """

    def __init__(
        self,
        shelf: LibraryShelf,
        make: Callable[[Technique, PureLibrary], Quantifier],
        kinds: Sequence[Mapping[str, float]] = (),
    ) -> None:
        technique, library = shelf.default
        super().__init__(technique, library)
        self._shelf, self._make, self._kinds = shelf, make, kinds
        self._quantifiers: dict[tuple[float, ...], Quantifier] = {}

    def estimate(self, spectra: Spectra) -> Estimate:
        """Let every spectrum be estimated by the quantifier of its instrument."""
        values = spectra.parameters(self.technique)
        settings = [{name: float(column[row]) for name, column in values.items()} for row in range(len(spectra))]
        groups: dict[tuple[float, ...], list[int]] = {}
        for row, setting in enumerate(settings):
            groups.setdefault(self._shelf.key(setting), []).append(row)
        collected = _Collected(len(spectra), len(self.technique.elements))
        for rows in groups.values():
            collected.write(rows, self.at(settings[rows[0]]).answer(spectra.take(rows)))
        for row in np.flatnonzero(collected.misfits > _EXPLAINED).tolist():
            other = self._by_another_kind(spectra.take([row]), settings[row], collected.misfits[row])
            if other is not None:
                collected.write([row], other)
        return collected.estimate()

    def _by_another_kind(self, spectrum: Spectra, settings: Mapping[str, float], misfit: float) -> Estimate | None:
        """Return the estimate of the kind of instrument that has the least misfit, plainly below that of the usual one.

        None: there is none, or the spectrum states what kind it comes from.
        """
        best, known, misfit = None, spectrum.known(self.technique, 0), _PLAINLY * misfit
        for kind in self._kinds:
            there = {**settings, **kind}
            if kind.keys() & known.keys() or self._shelf.key(there) == self._shelf.key(settings):
                continue
            estimate = self.at(there).answer(spectrum)
            (seen,) = _misfits(estimate.signs, 1)
            if seen < misfit:
                best, misfit = self._saying(estimate, kind), seen
        return best

    def _saying(self, estimate: Estimate, kind: Mapping[str, float]) -> Estimate:
        """Return the estimate of one spectrum with the remark which kind of instrument it supposes."""
        parameters = {parameter.name: parameter for parameter in self.technique.parameters}
        supposed = ", ".join(f"{name} {parameters[name].amount(value)}" for name, value in kind.items())
        text = f"{supposed}, by the lines of the spectrum, as nobody states it"
        return replace(estimate, remarks=(joined(text, *estimate.each_remark),))

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether the quantifier of the default instrument does."""
        return self.at(self.technique.defaults()).supposes_usual_instrument

    @property
    def fits_fractions(self) -> bool:
        """Whether the quantifier of the default instrument does."""
        return self.at(self.technique.defaults()).fits_fractions

    @property
    def explained(self) -> Quantifier:
        """What the quantifier of the default instrument is explained by."""
        default = self.at(self.technique.defaults())
        return default.explained if default.explained is not default else self

    def at(self, values: dict[str, float]) -> Quantifier:
        """Return the quantifier of an instrument with these values of all parameters."""
        key = self._shelf.key(values)
        if key not in self._quantifiers:
            self._quantifiers[key] = self._make(*self._shelf.at(values))
        return self._quantifiers[key]


class _Collected:
    """Estimates of some of many spectra, written one after the other.

    Parameters
    ----------
    samples
        Number of spectra.
    elements
        Number of elements.
    """

    def __init__(self, samples: int, elements: int) -> None:
        shape = samples, elements
        self._fraction, self._lower, self._upper = np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
        self._limits: Floats = np.full(shape, np.nan)
        self._layers, self._axis = np.full((*shape, 2), np.nan), np.full((samples, 2), np.nan)
        self._signs: dict[str, Floats] = {}
        self._remarks = [""] * samples
        self._modelled: list[TakenApart | None] = [None] * samples

    def write(self, rows: list[int], estimate: Estimate) -> None:
        """Write the estimate of the spectra `rows`."""
        self._fraction[rows], self._lower[rows], self._upper[rows] = estimate.fraction, estimate.lower, estimate.upper
        self._limits[rows] = np.nan if estimate.limits is None else estimate.limits
        self._layers[rows] = np.nan if estimate.layers is None else estimate.layers
        self._axis[rows] = np.nan if estimate.axis is None else estimate.axis
        for sign, seen in estimate.signs.items():
            self._signs.setdefault(sign, np.full(len(self._fraction), np.nan))[rows] = seen
        for row, remark in zip(rows, estimate.each_remark, strict=True):
            self._remarks[row] = remark
        for row, one in zip(rows, estimate.modelled, strict=False):  # there may be none
            self._modelled[row] = one

    @property
    def misfits(self) -> Floats:
        """Misfits (sample,), NaN where there are none."""
        return _misfits(self._signs, len(self._fraction))

    def estimate(self) -> Estimate:
        """Return the estimate of all spectra."""
        return Estimate(
            self._fraction,
            self._lower,
            self._upper,
            tuple(self._remarks),
            limits=self._limits,
            signs=self._signs,
            modelled=tuple(self._modelled),
            layers=self._layers,
            axis=self._axis,
        )


def _misfits(signs: Signs, samples: int) -> Floats:
    """Return the misfits (sample,) among signs, NaN where there are none."""
    return signs.get(Sign.MISFIT, np.full(samples, np.nan))
