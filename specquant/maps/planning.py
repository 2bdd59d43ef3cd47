"""What has to be known of a map before its pixels are answered: cells, phases, and what pixels of each are sums of."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from specquant.cluster import Applied
from specquant.constraints import Constraints
from specquant.errors import SpectrumError
from specquant.maps.bands import in_bands, numbers_for
from specquant.maps.blocks import Hit
from specquant.maps.cells import cell_sides
from specquant.maps.channels import channels_of, without_ends
from specquant.maps.directions import Directions, whitened
from specquant.maps.negative import refuse_below_zero
from specquant.maps.phasefits import PhaseFits
from specquant.maps.phases import Phase
from specquant.maps.projecting import all_sums, phase_sums, phases_of
from specquant.maps.record import Block, Channels, Pieces, added_up
from specquant.maps.spoilt import spoilt_pixels
from specquant.maps.survey import Survey, survey
from specquant.progress import Watch, no_watch
from specquant.session import FileResult, Session
from specquant.technique import Floats, RawMap

_GLIMPSE = 8
"""Blocks, spread over the map, by which the axis is oriented: chosen."""

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
    sides
        Side of the cell of every pixel, pixels, (frame, row, column).
    labels
        Phase of every pixel, -1 for none: it has no counts, or is spoilt, (frame, row, column).
    phases
        Without any fit: arrays alone.
    sums
        Counts of each phase, (phase, file's channel).
    total
        Counts of the whole map, (file's channel,).
    highest
        Largest counts of any pixel, (file's channel,).
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

    @cached_property
    def pixels(self) -> NDArray[np.intp]:
        """Number of pixels of every phase, (phase,)."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.phases))


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
    watch
        Gets what is done.
    """

    def __init__(
        self,
        session: Session,
        raw: RawMap,
        constraints: Constraints | None,
        least: float,
        mapped: Applied,
        device: str = "cpu",
        at_hand: bool = False,
        watch: Watch = no_watch,
    ) -> None:
        self._session, self._raw, self._constraints, self._least = session, raw, constraints, least
        self._mapped, self._device, self._watch = mapped, device, watch
        self.pieces = Pieces.of(raw.counts, at_hand)
        self.fits = PhaseFits(session, raw, constraints, watch)

    def plan(self) -> Plan:
        """Return the plan.

        Raises
        ------
        SpectrumError
            If the map cannot be used.
        """
        pixels = self.pieces.grid.size
        report = self._watch("reading the map", pixels)
        glimpse = self._glimpse()
        refuse_below_zero(self._raw, self.pieces, glimpse)
        first = self._channels(glimpse)
        looked = survey(self.pieces, first, self._mapped, report)
        refuse_below_zero(self._raw, self.pieces, looked.total)
        spoilt = spoilt_pixels(self.pieces, first, looked, self._mapped)
        counts = looked.counts
        if spoilt.any():
            looked = survey(self.pieces, first, self._mapped, without=spoilt)
        if looked.counts.sum() <= 0:
            raise SpectrumError("holds no counts", where=self._raw.name, found="no pixel with counts")
        channels, directions = self._directions(first, looked)
        sides = np.where(spoilt, 1, cell_sides(looked.counts, self._least)).astype(np.uint8)
        given = (looked.counts, sides, directions, self._mapped, self._device, self._watch)
        labels = phases_of(self.pieces, channels, *given)
        report = self._watch("adding up phases", pixels)
        sums = all_sums(self.pieces, labels, spoilt, looked, self._mapped, report)
        answers, phases = self.fits.of(sums, channels, looked.total, looked.highest)
        return Plan(channels, counts, sides, labels, phases, sums, looked.total, looked.highest, answers)

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
        new_ones = list(dict.fromkeys(sorted(seen)))
        count = len(plan.phases)
        for block, hit in hits:
            part = labels[block.index].ravel()  # a copy, where the block has not all columns
            part[hit.cells] = count + new_ones.index(hit.element)
            labels[block.index] = part.reshape(block.shape)
        there = np.unique(labels[labels >= count])  # cells with two of them went to the latter
        new_ones = [new_ones[label - count] for label in there]
        labels[labels >= count] = count + np.searchsorted(there, labels[labels >= count])
        new = np.where(labels >= count, labels - count, -1).astype(np.int16)
        sums = phase_sums(self.pieces, new, len(new_ones), self._mapped)
        answers, phases = self.fits.of(np.concatenate([plan.sums, sums]), plan.channels, plan.total, plan.highest)
        confirmed = [
            count + row for row, element in enumerate(new_ones) if element in phases[count + row].basis.elements
        ]
        if not confirmed:
            return None
        kept = [*range(count), *confirmed]
        renumbered = np.full(count + len(new_ones) + 1, -1, dtype=np.int16)
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
        pieces, blocks = self.pieces, list(self.pieces.grid.blocks())
        labels = np.full(pieces.grid.shape, -1, dtype=np.int16)
        for block in blocks[:: max(1, len(blocks) // _GLIMPSE)]:
            labels[block.index] = 0
        return np.asarray(phase_sums(pieces, labels, 1, self._mapped)[0])

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

    def _directions(self, first: Channels, looked: Survey) -> tuple[Channels, Directions]:
        """Return the bands that the map is read in, and the directions in which it varies, in its mean."""
        channels = without_ends(first, looked.total)
        counts = channels.sums(looked.total)
        phase = Phase.of(self.fits.whole(looked.total), channels, counts)
        lines = np.vstack([phase.basis.columns[: phase.basis.count], phase.lines])
        mean = np.maximum(counts, _LEAST * counts.mean())
        bands = in_bands(channels, whitened(lines, mean), mean)
        sample = added_up(looked.sample, replace(bands, used=np.searchsorted(first.used, bands.used)))
        directions = Directions.of(sample, bands.joined(lines), bands.joined(mean))
        kind = numbers_for(bands, looked.highest, looked.lowest, self.pieces.counts.dtype)
        return replace(bands, kind=kind), directions

    @property
    def _listed(self) -> NDArray[np.bool_] | None:
        """All elements that there are, (element,), where they are listed."""
        known = self._constraints
        return known.candidates[0] if known is not None and known.complete[0] else None

    def _possible(self, element: int) -> bool:
        """Say whether an element that nothing is known of can be there."""
        known = self._constraints
        return known is None or bool(known.candidates[0, element] and not known.complete[0])
