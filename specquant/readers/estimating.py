"""Parameters that a spectrum itself shows: taken where nobody states them, compared where somebody does."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from specquant.errors import SpectrumError
from specquant.notes import Note, NoteKind
from specquant.readers.checking import check_raw
from specquant.readers.stating import not_known, number
from specquant.technique import InstrumentParameter, ParameterEstimate, RawSpectrum, Technique

_FAR = 5.0
"""Standard deviations of an estimate from which on what is stated contradicts it: chosen, no estimate is that wrong by
chance."""


def sum_of_pixels(raws: Sequence[RawSpectrum]) -> RawSpectrum | None:
    """Return the sum of pixels of a map that can be used and have the energies of the first of them; None: no map.

    Parameters
    ----------
    raws
        The spectra of a file.
    """
    usable = [raw for raw in raws if raw.facts.pixel is not None and _is_usable(raw)] if len(raws) > 1 else []
    if not usable:
        return None
    first = usable[0]
    alike = [np.asarray(pixel.counts) for pixel in usable if np.array_equal(pixel.energy, first.energy)]
    return first.on(first.energy, np.sum(alike, axis=0))


def _is_usable(raw: RawSpectrum) -> bool:
    try:
        check_raw(raw, "")
    except SpectrumError:
        return False
    return True


class Estimator:
    """Estimates of what the spectra of one file show; pixels of a map share the estimates of their sum.

    Parameters
    ----------
    technique
        It has the estimates.
    total
        Sum of the pixels of the file; None: it holds no map.
    prepared
        What orients a spectrum of the file, and puts it into counts.
    """

    def __init__(
        self, technique: Technique, total: RawSpectrum | None, prepared: Callable[[RawSpectrum], RawSpectrum]
    ) -> None:
        self._technique, self._total, self._prepared = technique, total, prepared
        self._of_sum: dict[str, ParameterEstimate] = {}

    def __call__(self, raw: RawSpectrum, where: object) -> RawSpectrum:
        """Return an oriented spectrum with what it shows and nobody states, and notes; what is stated stays.

        Raises
        ------
        SpectrumError
            If a required parameter is neither stated nor shown, and nothing contradicts the technique.
        """
        for parameter in self._technique.parameters:
            if parameter.name not in self._technique.estimates:
                continue
            stated = number(raw.stated.get(parameter.name))
            if not np.isfinite(stated):
                raw = self._taken(raw, parameter, f"{where}, spectrum {raw.name!r}")
            elif raw.facts.pixel is None:
                raw = self._compared(raw, parameter, stated)
        return raw

    def _estimate(self, raw: RawSpectrum, name: str) -> ParameterEstimate:
        estimate = self._technique.estimates[name]
        if raw.facts.pixel is None or self._total is None:
            return estimate(raw)
        if name not in self._of_sum:
            self._of_sum[name] = estimate(self._prepared(self._total))
        return self._of_sum[name]

    def _taken(self, raw: RawSpectrum, parameter: InstrumentParameter, where: str) -> RawSpectrum:
        estimate = self._estimate(raw, parameter.name)
        if estimate.known:
            value = float(f"{estimate.value:.4g}")
            why = raw.facts.why_supposed(parameter.name)
            text = f"{parameter.name} {parameter.amount(value)}, {estimate.reason}, {why}"
            stated = replace(raw, stated={**raw.stated, parameter.name: value})
            return stated.noted(Note(NoteKind.ASSUMED, text, parameter.name))
        if not parameter.required or any(note.kind is NoteKind.CONTRADICTION for note in raw.facts.notes):
            return raw
        raise not_known(raw, parameter, where, unseen=estimate.reason)

    def _compared(self, raw: RawSpectrum, parameter: InstrumentParameter, stated: float) -> RawSpectrum:
        estimate = self._estimate(raw, parameter.name)
        if not estimate.known or abs(stated - estimate.value) <= _FAR * estimate.deviation:
            return raw
        text = (
            f"{parameter.name} is stated as {parameter.amount(stated)}, but is "
            f"{parameter.amount(float(f'{estimate.value:.3g}'))} {estimate.reason}"
        )
        return raw.noted(Note(NoteKind.WARNING, text, parameter.name))
