"""When does it matter that part of the axis was not measured (0053)? Fresh surveys, cut at random.

Printed with ``pytest -m long -s tests/xps/test_cut_surveys.py``.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from specquant.learning.doubt import GOOD_ACCURACY
from specquant.quantifiers import Sign
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.technique import Floats
from specquant.verdict import Verdict, accuracies, in_intervals, judgements_of
from specquant.verdict.unmeasured import LIKELY

pytestmark = pytest.mark.long

SAMPLES, SEED = 80, 8802

KEPT = (0.15, 0.95)
"""Share of the axis that is left."""

EDGES = (0.0, 0.02, 0.1, 0.2, 0.35, 0.5, 0.75, 1.01)


@dataclass(frozen=True)
class Answers:
    """What answers are worth, (sample,) each."""

    poor: np.ndarray
    flagged: np.ndarray
    unseen: Floats
    missing: Floats
    bounded: np.ndarray
    covered: np.ndarray

    @staticmethod
    def to(session: Session, spectra: Spectra, truth: Floats) -> "Answers":
        composition = session.judged("hybrid", session.methods(["hybrid"])["hybrid"].quantify(spectra), spectra)
        names = composition["sign"].values.tolist()
        return Answers(
            accuracies(composition["fraction"].values, truth) < GOOD_ACCURACY,
            np.array([one.verdict is not Verdict.GOOD for one in judgements_of(composition)]),
            composition["signs"].values[:, names.index(Sign.UNSEEN)],
            1.0 - spectra.observed.mean(axis=1),
            *in_intervals(composition, truth),
        )

    def by(self, values: Floats, edges: tuple[float, ...]) -> None:
        """Print what answers are worth by a quantity."""
        for low, high in pairwise(edges):
            here = (values >= low) & (values < high)
            if here.any():
                held = self.covered[here].sum() / max(self.bounded[here].sum(), 1)
                poor = self.poor[here].mean()
                print(f"  {low:.2f} to {high:.2f}: {here.sum():3d}, poor {poor:.2f}, in 90 % {held:.2f}")

    @property
    def shares(self) -> tuple[float, float]:
        """Shares of the poor and of the good answers that are flagged."""
        return float(self.flagged[self.poor].mean()), float(self.flagged[~self.poor].mean())


def cut(spectra: Spectra, rng: np.random.Generator) -> Spectra:
    """Return spectra of which one part is left, at a random place."""
    observed, size = spectra.observed.copy(), spectra.observed.shape[1]
    for row in observed:
        seen = np.flatnonzero(row)
        kept = min(int(rng.uniform(*KEPT) * size), seen.size)
        first = seen[0] + rng.integers(0, seen.size - kept + 1)
        row[:first] = row[first + kept :] = False
    return replace(spectra, counts=np.where(observed, spectra.counts, 0.0), observed=observed)


def test_an_answer_is_as_likely_poor_as_what_it_may_lack_says() -> None:
    session = open_session("xps")
    batch = session.synthesizer(session.recipe("field"), SEED, "evaluation").batch(0, SAMPLES)
    spectra, truth = batch.spectra(), batch.fraction.numpy().astype(np.float64)
    whole = Answers.to(session, spectra, truth)
    part = Answers.to(session, cut(spectra, np.random.default_rng(SEED)), truth)
    for name, answers in (("whole", whole), ("cut", part)):
        print(f"\n{name}: of the poor, of the good ones flagged {answers.shares[0]:.2f}, {answers.shares[1]:.2f}")
        print(" by the probability that more than 15 at% is unseen")
        answers.by(answers.unseen, EDGES)
        print(" by the share of the axis that was not measured")
        answers.by(answers.missing, (0.0, 0.1, 0.3, 0.45, 0.6, 0.75, 1.0))
    likely, unlikely = part.unseen > LIKELY, part.unseen < 0.1
    assert part.poor[likely].mean() > 0.6
    assert part.poor[unlikely].mean() < 0.15
    assert part.shares[0] >= 0.95
    assert np.mean(whole.unseen > LIKELY) < 0.05
