"""How often good answers to measured spectra of known composition are flagged; printed with -s."""

import os
from pathlib import Path

import pytest

from specquant.evaluation.scoring import score
from specquant.learning.doubt import GOOD_ACCURACY
from specquant.session import open_session
from specquant.verdict import Verdict, judgements_of

DATA = Path(os.environ.get("SPECQUANT_REAL_DATA", "absent"))

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="set SPECQUANT_REAL_DATA to the folder of measured spectra")

MOST = 0.05
"""Share of good answers that is flagged, at most (docs/explanation/trust.md)."""


@pytest.mark.parametrize(("name", "classes"), [("xps", ("A", "A-")), ("eds", ("glass", "mineral"))])
def test_good_answers_are_seldom_flagged(name: str, classes: tuple[str, ...]) -> None:
    session = open_session(name)
    technique, method = session.technique, session.methods(["hybrid"])["hybrid"]
    flagged = []
    for item in session.labelled(DATA / name, classes):
        composition = session.judged("hybrid", method.quantify(item.spectra), item.spectra)
        (judgement,) = judgements_of(composition)
        fraction = composition["fraction"].values[0]
        result = score("hybrid", item, fraction, technique.elements, technique.compared)
        if result.accuracy >= GOOD_ACCURACY:
            flagged.append(judgement.verdict is not Verdict.GOOD)
            if flagged[-1]:
                print(f"\n{item.sample} ({result.accuracy:.2f}): {judgement.verdict}: {judgement.text}")
    print(f"\n{name}: {sum(flagged)} of {len(flagged)} good answers flagged")
    assert sum(flagged) <= MOST * len(flagged)
