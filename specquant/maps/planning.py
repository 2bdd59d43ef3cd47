"""What has to be known of a map before its pixels are answered: cells, phases, and what pixels of each are sums of."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specquant.constraints import Constraints
from specquant.errors import SettingError, SpectrumError
from specquant.fits import Hybrid
from specquant.fits.fitting import Fit
from specquant.instrument import PooledFinder
from specquant.maps.answering import Hit
from specquant.maps.cells import cell_sides
from specquant.maps.channels import channels_of, without_ends
from specquant.maps.directions import Directions
from specquant.maps.phases import Phase, found_instrument
from specquant.maps.projecting import phase_sums, phases_of
from specquant.maps.record import Block, Channels, Pieces
from specquant.maps.survey import Mapping, survey
from specquant.quantifiers import Estimate, PerInstrument, Quantifier
from specquant.readers import on_axis
from specquant.session import HYBRID, FileResult, Session
from specquant.spectra import Spectra
from specquant.technique import Floats, RawMap

_GLIMPSE = 8
"""Blocks, spread over the map, by which the axis is oriented: chosen."""

_ENOUGH = 1e5
"""Counts of a phase from which on it says something of the instrument's unstated quantities: chosen."""

_LEAST = 1e-2
"""Counts of a channel of the mean spectrum at least, in mean counts of a channel: chosen, as for phases."""


@dataclass(frozen=True)
class Plan:
    """What pixels are answered by.

    Parameters
    ----------
    channels
        Those that are read.
    counts
        Counts of every pixel, (frame, row, column).
    sides, labels
        Side of the cell of every pixel, and its phase, -1 for none, (frame, row, column).
    phases
        Without any fit: arrays alone.
    sums, total, highest
        Counts of each phase (phase, file's channel), of the whole map, and the largest of any pixel (file's channel,).
    answers
        What the method says of each phase, as of a file with one spectrum.
    """

    channels: Channels
    counts: Floats
    sides: NDArray[np.uint8]
    labels: NDArray[np.int16]
    phases: tuple[Phase, ...]
    sums: Floats
    total: Floats
    highest: Floats
    answers: tuple[FileResult, ...]

    @property
    def elements(self) -> NDArray[np.intp]:
        """Indices of the elements that any phase has, ascending."""
        return np.unique(np.concatenate([phase.basis.elements for phase in self.phases]))


_Answer = tuple[Estimate, list[Fit | None]]
"""What the method says of one phase, and its fit."""


class _Answered(Quantifier):
    """The method ``hybrid`` for spectra that it has answered."""

    def __init__(self, method: Hybrid, estimate: Estimate) -> None:
        super().__init__(method.technique, method.library)
        self.name = method.name
        self._method, self._estimate = method, estimate

    def estimate(self, spectra: Spectra) -> Estimate:  # noqa: ARG002
        """Return what it answered."""
        return self._estimate

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether the method does."""
        return self._method.supposes_usual_instrument

    @property
    def explained(self) -> Quantifier:
        """What the method is explained by."""
        return self._method.explained


class Planner:
    """Makes the plan of one map.

    Parameters
    ----------
    session
        The technique.
    raw
        The map.
    constraints
        What is known of the elements of all phases, as of one sample; None: nothing.
    least
        Counts that a cell has at least.
    mapped
        How blocks are worked on.
    device
        Where torch computes.
    at_hand
        Whether a map that is not too large is read once and kept.
    """

    def __init__(
        self,
        session: Session,
        raw: RawMap,
        constraints: Constraints | None,
        least: float,
        mapped: Mapping,
        device: str = "cpu",
        at_hand: bool = False,
    ) -> None:
        self._session, self._raw, self._constraints, self._least = session, raw, constraints, least
        self._mapped, self._device = mapped, device
        self.pieces = Pieces.of(raw.counts, at_hand)

    def plan(self) -> Plan:
        """Return the plan.

        Raises
        ------
        SpectrumError
            If the map cannot be used.
        """
        first = self._channels(self._glimpse())
        looked = survey(self.pieces, first, self._mapped)
        if looked.counts.sum() <= 0:
            raise SpectrumError("holds no counts", where=self._raw.name, found="no pixel with counts")
        channels = without_ends(first, looked.total)
        sample = looked.sample[:, np.searchsorted(first.used, channels.used)]
        directions = self._directions(looked.total, channels, sample)
        sides = cell_sides(looked.counts, self._least)
        labels = phases_of(self.pieces, channels, looked.counts, sides, directions, self._mapped, self._device)
        sums = phase_sums(self.pieces, labels, self._mapped)
        answers, phases = self.phases(sums, channels)
        return Plan(channels, looked.counts, sides, labels, phases, sums, looked.total, looked.highest, answers)

    def revised(self, plan: Plan, hits: Iterable[tuple[Block, Hit]]) -> Plan | None:
        """Return the plan with phases for elements that stood out of it; None if there is nothing new.

        Cells with one of them become a phase of their own. If the method does not confirm the element in their
        spectrum, they stay what they were.
        """
        labels = plan.labels.copy()
        hits = [(block, hit) for block, hit in hits if self._possible(hit.element)]
        seen = [hit.element for _, hit in hits]
        if not seen:
            return None
        found = list(dict.fromkeys(sorted(seen)))
        count = len(plan.phases)
        for block, hit in hits:
            view = labels[block.index]
            view.reshape(-1)[hit.cells] = count + found.index(hit.element)
            labels[block.index] = view
        new = np.where(labels >= count, labels - count, -1).astype(np.int16)
        sums = phase_sums(self.pieces, new, self._mapped)
        answers, phases = self.phases(np.concatenate([plan.sums, sums]), plan.channels)
        confirmed = [count + row for row, element in enumerate(found) if element in phases[count + row].basis.elements]
        if not confirmed:
            return None
        kept = [*range(count), *confirmed]
        renumbered = np.full(count + len(found) + 1, -1, dtype=np.int16)
        renumbered[kept] = np.arange(len(kept))
        moved = renumbered[labels]
        moved[(labels >= 0) & (moved < 0)] = plan.labels[(labels >= 0) & (moved < 0)]
        rows = np.array(kept)
        return replace(
            plan,
            labels=moved,
            phases=tuple(phases[row] for row in kept),
            sums=np.concatenate([plan.sums, sums])[rows],
            answers=tuple(answers[row] for row in kept),
        )

    def _glimpse(self) -> Floats:
        """Return the counts (channel,) of some blocks."""
        blocks = list(self.pieces.grid.blocks())
        some = blocks[:: max(1, len(blocks) // _GLIMPSE)]
        return np.asarray(sum(self.pieces.read(block).sum(axis=0, dtype=np.float64) for block in some))

    def _channels(self, total: Floats) -> Channels:
        session = self._session
        return channels_of(
            self._raw,
            total,
            session.technique,
            self._listed,
            self._raw.name,
            session.stated,
            session.axis_correction,
        )

    def _spectra(self, rows: Floats) -> Spectra:
        """Return counts (spectrum, file's channel) of many pixels each as spectra on the technique's axis.

        What their sum shows of the instrument, and the notes on it, are looked for once.
        """
        session = self._session
        whole = self._raw.spectrum(self._raw.name, rows.sum(axis=0))
        together = on_axis([whole], session.technique, self._raw.name, session.stated, session.axis_correction)
        if len(rows) == 1:
            spectra = together
        else:
            pixels = [self._raw.spectrum(f"phase {number + 1}", row) for number, row in enumerate(rows)]
            pixels = [each.noted(pixel=(0, number)) for number, each in enumerate(pixels)]
            known = {**together.known(session.technique, 0), **session.stated}
            spectra = on_axis(pixels, session.technique, self._raw.name, known, session.axis_correction)
            spectra = replace(spectra, facts=together.facts * len(rows))
        return spectra.under(self._constraints)

    def _directions(self, total: Floats, channels: Channels, sample: NDArray[np.float32]) -> Directions:
        """Return the directions in which the map varies, beside the lines of all elements in its mean."""
        spectra = self._spectra(total[None])
        method = self._method(self._session, spectra)
        fit = method.with_fits(spectra)[1][0]
        if fit is None:
            raise SpectrumError("the sum of the map cannot be fitted", where=self._raw.name, found="no fit")
        counts = total[channels.used] * channels.unit
        phase = Phase.of(fit, channels, counts)
        lines = np.vstack([phase.basis.columns[: phase.basis.count], phase.lines])
        return Directions.of(sample, lines, np.maximum(counts, _LEAST * counts.mean()))

    @property
    def _listed(self) -> NDArray[np.bool_] | None:
        """All elements that there are, (element,), where they are listed."""
        known = self._constraints
        return known.candidates[0] if known is not None and known.complete[0] else None

    def _possible(self, element: int) -> bool:
        """Say whether an element that nothing is known of can be there."""
        known = self._constraints
        return known is None or bool(known.candidates[0, element] and not known.complete[0])

    def phases(self, sums: Floats, channels: Channels) -> tuple[tuple[FileResult, ...], tuple[Phase, ...]]:
        """Return what the method says of phases with these counts (phase, file's channel), the strongest first."""
        spectra = self._spectra(sums)
        session = self._on_one_instrument(spectra)
        method = self._method(session, spectra)
        answered = [method.with_fits(spectra.take([0]))]
        if answered[0][1][0] is not None:
            method = method.on_instrument(*found_instrument(answered[0][1][0]))
        answered += [method.with_fits(spectra.take([row])) for row in range(1, len(spectra))]
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
            listed = Constraints.listing(np.isin(np.arange(sure.size), fit.chosen[sure[fit.chosen]])[None])
            settled.append(method.with_fits(spectra.take([row]).under(listed)))
        return settled

    def _phase(self, fit: Fit | None, channels: Channels, counts: Floats, number: int) -> Phase:
        if fit is None:
            raise SpectrumError(
                "a phase cannot be fitted", where=f"{self._raw.name}, phase {number + 1}", found="no fit"
            )
        return Phase.of(fit, channels, counts[channels.used] * channels.unit)

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
        if isinstance(method, PerInstrument):
            method = method.at(spectra.settings(session.technique, 0))
        if not isinstance(method, Hybrid):
            raise SettingError("maps need the method hybrid", where=session.technique.name, found=method.name)
        return method
