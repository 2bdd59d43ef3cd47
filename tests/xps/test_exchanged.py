"""An element in excess gives way to one that was proposed and dropped."""

import numpy as np

from specquant.session import open_session

SEED, ROW = 9001, 499
"""A fresh survey of recipe `field`: Ni 60, Cl 29, C 9, O 2 at%, of which the fit alone makes Ni with 17 at% of Co."""


def test_an_element_in_excess_gives_way_to_those_that_were_proposed_and_dropped() -> None:
    session = open_session("xps")
    batch = session.synthesizer(session.recipe("field"), SEED, "evaluation").batch(ROW, 1)
    truth = batch.fraction.cpu().numpy()[0]
    answer = session.methods(["hybrid"])["hybrid"].answer(batch.spectra())
    cobalt = session.technique.elements.index("Co")
    assert truth[cobalt] == 0.0
    assert answer.fraction[0, cobalt] < 0.02
    assert 1 - np.abs(answer.fraction[0] - truth).sum() / 2 > 0.8
