"""What the session's fit says of the phases of a map: elements, instrument and background, on one instrument."""

from dataclasses import replace

import numpy as np

from specquant.constraints import Constraints
from specquant.errors import SettingError, SpectrumError
from specquant.fits import Hybrid
from specquant.fits.descent.fitting import Fit
from specquant.fits.model.hidden import Hidden
from specquant.instrument import PooledFinder
from specquant.maps.phases import Phase
from specquant.maps.record import Channels
from specquant.notes import Note, NoteKind
from specquant.progress import Watch, no_watch
from specquant.quantifiers import Z90, Delegate, Estimate
from specquant.readers import on_axis
from specquant.session import HYBRID, FileResult, Session
from specquant.session.sharing import SharedInstrument, hybrid_for
from specquant.spectra import Spectra
from specquant.technique import Floats, RawMap

_ENOUGH = 1e5
"""Counts of a phase from which on it says something of the instrument's unstated quantities: chosen."""

FITTING = "quantifying phases"
"""Title of the stage that fits phases, and reports how many are done."""

_Answer = tuple[Estimate, list[Fit | None]]
"""What the method says of one phase, and its fit."""


class _Answered(Delegate):
    """The method ``hybrid`` for spectra that it has answered."""

    def __init__(self, method: Hybrid, estimate: Estimate) -> None:
        super().__init__(method)
        self._estimate = estimate

    def answer(self, spectra: Spectra) -> Estimate:
        """Return what it answered, as it gives it."""
        return self._finished(self._estimate, spectra)


class PhaseFits:
    """Fits the phases of one map.

    Parameters
    ----------
    session
        The technique, with what is known of the instrument.
    raw
        The map.
    constraints
        What is known of the elements of all phases, as of one sample; None: nothing.
    watch
        Gets what is done.
    """

    def __init__(self, session: Session, raw: RawMap, constraints: Constraints | None, watch: Watch = no_watch) -> None:
        self._session, self._raw, self._constraints, self._watch = session, raw, constraints, watch
        self._whole: Spectra | None = None

    def whole(self, total: Floats) -> Fit:
        """Return the fit of the sum of a map (file's channel,).

        Raises
        ------
        SpectrumError
            If there is none.
        """
        spectra = self._of_whole(total)
        fit = self._method(self._session, spectra).with_fits(spectra)[1][0]
        if fit is None:
            raise SpectrumError("the sum of the map cannot be fitted", where=self._raw.name, found="no fit")
        return fit

    def of(
        self, sums: Floats, channels: Channels, total: Floats, highest: Floats
    ) -> tuple[tuple[FileResult, ...], tuple[Phase, ...]]:
        """Return what the method says of phases, the strongest first.

        Parameters
        ----------
        sums
            Counts of each phase, (phase, file's channel).
        channels
            Those that pixels are read in.
        total
            Counts of the whole map, (file's channel,): they show the instrument.
        highest
            Largest counts of any pixel, (file's channel,): by them it is said if the file's numbers cannot hold more.
        """
        spectra = self._spectra(sums, total, self._notes(highest))
        session = self._on_one_instrument(spectra)
        method = self._method(session, spectra)
        report = self._watch(FITTING, len(spectra))
        answered = [method.with_fits(spectra.take([0]))]
        report(1, "")
        if answered[0][1][0] is not None:
            shared = SharedInstrument.of(answered[0][1][0])
            method = method.on_instrument(shared.values, shared.deviations)
        for row in range(1, len(spectra)):
            answered.append(method.with_fits(spectra.take([row])))
            report(row + 1, "")
        answered = self._without_unsure(method, spectra, answered)
        answers = tuple(
            session.quantified(self._raw.name, spectra.take([row]), {HYBRID: _Answered(method, estimate)})
            for row, (estimate, _) in enumerate(answered)
        )
        phases = tuple(self._phase(fit, channels, sums[row], row) for row, (_, (fit,)) in enumerate(answered))
        return answers, phases

    def _without_unsure(self, method: Hybrid, spectra: Spectra, answered: list[_Answer]) -> list[_Answer]:
        """Return the answers without elements that no phase has above its detection limit: phases are many chances."""
        sure = np.zeros(len(self._session.technique.elements), dtype=bool)
        if self._constraints is not None:
            sure |= self._constraints.required[0]
        for estimate, _ in answered:
            if estimate.limits is not None:
                sure |= np.nan_to_num(estimate.fraction[0] - estimate.limits[0], nan=-1.0) >= 0.0
        settled = []
        for row, (estimate, (fit,)) in enumerate(answered):
            if fit is None or sure[fit.chosen].all() or not sure[fit.chosen].any():
                settled.append((estimate, [fit]))
                continue
            alone, listed = spectra.take([row]), np.isin(np.arange(sure.size), fit.chosen[sure[fit.chosen]])[None]
            known = Constraints.listing(listed) if alone.constraints is None else alone.constraints.among(listed)
            settled.append(_as_hidden(*method.with_fits(alone.under(known)), fit.hidden))
        return settled

    def _phase(self, fit: Fit | None, channels: Channels, counts: Floats, number: int) -> Phase:
        if fit is None:
            raise SpectrumError(
                "a phase cannot be fitted", where=f"{self._raw.name}, phase {number + 1}", found="no fit"
            )
        return Phase.of(fit, channels, channels.sums(counts))

    def _on_one_instrument(self, spectra: Spectra) -> Session:
        """Return the session in which what nobody states of the instrument is what all phases say."""
        session, quantities = self._session, self._session.technique.unstated_quantities
        strong = np.flatnonzero(spectra.counts.sum(axis=1) >= _ENOUGH)
        if session.pooled is not None or session.finder is None or quantities is None or strong.size < 2:
            return session
        return replace(session, pooled=PooledFinder.of(session.finder, [spectra.take(strong)], quantities.floor))

    def _method(self, session: Session, spectra: Spectra) -> Hybrid:
        """Return the method for the instrument of the map.

        Raises
        ------
        SettingError
            If the technique has none.
        """
        method = session.methods([HYBRID])[HYBRID]
        fit = hybrid_for(method, session.technique, spectra)
        if fit is None:
            raise SettingError("maps need the method hybrid", where=session.technique.name, found=method.name)
        return fit

    def _notes(self, highest: Floats) -> tuple[Note, ...]:
        """Return what has to be said of pixels with these largest counts (file's channel,)."""
        kind = np.dtype(self._raw.counts.dtype)
        if kind.kind not in "iu" or highest.max() < np.iinfo(kind).max:
            return ()
        full = int((highest >= np.iinfo(kind).max).sum())
        most = f"{highest.max():.0f} counts, the most that numbers of {8 * kind.itemsize} bits can"
        text = f"{full} channels of some pixels hold {most}: more are cut off, or begin again at 0; save more bits"
        return (Note(NoteKind.WARNING, text, "counts"),)

    def _of_whole(self, total: Floats) -> Spectra:
        """Return the sum of the map (file's channel,) on the technique's axis; what it shows is looked for once."""
        if self._whole is None:
            session, whole = self._session, self._raw.spectrum(self._raw.name, total)
            spectra = on_axis([whole], session.technique, self._raw.name, session.stated, session.axis_correction)
            self._whole = spectra.under(self._constraints)
        return self._whole

    def _spectra(self, sums: Floats, total: Floats, notes: tuple[Note, ...]) -> Spectra:
        """Return the counts of phases as spectra on the technique's axis, with what their total shows, and notes."""
        session, whole = self._session, self._of_whole(total)
        pixels = [self._raw.spectrum(f"phase {number + 1}", row) for number, row in enumerate(sums)]
        pixels = [each.noted(pixel=(0, number)) for number, each in enumerate(pixels)]
        known = {**whole.known(session.technique, 0), **session.stated}
        spectra = on_axis(pixels, session.technique, self._raw.name, known, session.axis_correction)
        facts = replace(whole.facts[0], notes=(*whole.facts[0].notes, *notes))
        return replace(spectra, facts=(facts,) * len(sums)).under(self._constraints)


def _as_hidden(estimate: Estimate, fits: list[Fit | None], hidden: Hidden) -> _Answer:
    """Return an answer of one spectrum, of which the elements were listed, with what may be hidden nevertheless."""
    fraction = estimate.fraction
    errors = (estimate.upper - fraction) / (Z90 * np.maximum(fraction, 1e-300))
    lower = np.minimum(estimate.lower, fraction * np.maximum(1.0 - hidden.reaches(errors), 0.0))
    return replace(estimate, lower=lower), [None if fit is None else replace(fit, hidden=hidden) for fit in fits]
