"""What a method's answers to the spectra of one shift were, and what their verdicts were worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.learning.doubt import GOOD_ACCURACY
from specquant.study.trust.shares import Share
from specquant.technique import Floats
from specquant.verdict import Verdict, accuracies, in_intervals, judgements_of


@dataclass(frozen=True)
class Tally:
    """A method on the spectra of one shift.

    Parameters
    ----------
    shift
        Which shift.
    title
        The same in words.
    method
        Name of the method.
    accuracy
        Accuracy of each answer, (sample,).
    verdicts
        The number of each verdict in `Verdict`, (sample,).
    bounded
        Elements of at least 1 at% with a 90 % interval, (sample,).
    covered
        Those of them within it, (sample,).
    """

    shift: str
    title: str
    method: str
    accuracy: Floats
    verdicts: NDArray[np.int64]
    bounded: NDArray[np.int64]
    covered: NDArray[np.int64]

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which answers are doubtful or not quantified, (sample,)."""
        return np.asarray(self.verdicts > 0)

    @property
    def poor(self) -> NDArray[np.bool_]:
        """Which answers are not good, (sample,)."""
        return np.asarray(self.accuracy < GOOD_ACCURACY)

    def share(self, verdict: Verdict) -> float:
        """Return the share of answers with a verdict."""
        return float(np.mean(self.verdicts == list(Verdict).index(verdict)))

    @property
    def poor_flagged(self) -> Share:
        """The share of answers that are not good that is flagged."""
        return Share.of(self.poor & self.flagged, self.poor)

    @property
    def false_alarms(self) -> Share:
        """The share of good answers that is flagged."""
        return Share.of(~self.poor & self.flagged, ~self.poor)

    @property
    def coverage(self) -> Share:
        """The share of elements that lie within their interval."""
        return Share.of(self.covered, self.bounded)

    @property
    def held(self) -> Share:
        """The share of elements that lie within their interval, or in an answer that is flagged."""
        return Share.of(np.where(self.flagged, self.bounded, self.covered), self.bounded)

    @staticmethod
    def joined(tallies: Sequence["Tally"]) -> "Tally":
        """Return tallies of one shift and method as one."""
        first = tallies[0]
        columns = [np.concatenate([getattr(tally, name) for tally in tallies]) for name in ARRAYS]
        return Tally(first.shift, first.title, first.method, *columns)


ARRAYS = ("accuracy", "verdicts", "bounded", "covered")
"""What a tally has of every answer."""


@dataclass(frozen=True)
class TrustResults:
    """All tallies of a study of one technique, and what they were made with."""

    technique: str
    title: str
    model: str
    samples: int
    command: str
    tallies: tuple[Tally, ...]


def tally(shift: str, title: str, method: str, truth: Floats, composition: xr.Dataset) -> Tally:
    """Return the tally of judged answers to spectra of which `truth` is the composition, (sample, element)."""
    order = list(Verdict)
    return Tally(
        shift,
        title,
        method,
        accuracies(composition["fraction"].values, truth),
        np.array([order.index(one.verdict) for one in judgements_of(composition)], dtype=np.int64),
        *in_intervals(composition, truth),
    )


def totals(tallies: Sequence[Tally], without: str) -> list[Tally]:
    """Return per method all shifts as one tally, but for the spectra that are not shifted; nothing without any."""
    shifted = [one for one in tallies if one.shift != without]
    methods = dict.fromkeys(one.method for one in shifted)
    joined = (Tally.joined([one for one in shifted if one.method == name]) for name in methods)
    return [replace(one, shift="all shifts", title="") for one in joined]
