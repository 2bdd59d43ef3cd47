"""What fit and network are worth on fresh surveys under thick overlayers, by how much peaks say.

``pytest -m long -s tests/xps/test_fit_or_network.py`` prints a table of docs/decisions/0058-fit-or-network.md.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from specquant.fits import Hybrid
from specquant.fits.descent.fitting import shares
from specquant.fits.presence.evidence import evidence
from specquant.quantifiers import PerInstrument
from specquant.recipes import Uniform
from specquant.session import Session, open_session
from specquant.verdict import accuracies

pytestmark = pytest.mark.long

SAMPLES, SEED = 48, 9021

OVERLAYER = Uniform(1.8, 4.5)
"""So thick is it in 4.7 % of the surveys of recipe `field`, which are half of those of which peaks say little."""

CLEAR = 6.0
"""Standard errors from which on the fit is the better answer; below, there are too few surveys to tell."""

EDGES = (0.0, CLEAR, 10.0, 30.0, np.inf)
"""Standard errors by which the elements of a fit stand out together."""


def answers(session: Session) -> Iterator[tuple[float, float, float, float]]:
    """Yield by how much all elements stand out, and the accuracies of fit, network and their mean, of fresh surveys."""
    recipe, method = session.recipe("field"), session.methods(["hybrid"])["hybrid"]
    assert isinstance(method, PerInstrument)
    covered = replace(recipe, response={**recipe.response, "overlayer": OVERLAYER})
    batch = session.synthesizer(covered, SEED, "evaluation").batch(0, SAMPLES)
    truth = batch.fraction.cpu().numpy().astype(np.float64)
    for row in range(SAMPLES):
        spectra = batch.spectra().take([row])
        values = {name: float(column[0]) for name, column in spectra.parameters(session.technique).items()}
        hybrid = method.at(values)
        assert isinstance(hybrid, Hybrid)
        fit = hybrid.with_fits(spectra)[1][0]
        if fit is not None:
            by_fit = np.zeros_like(truth[row])
            by_fit[fit.chosen] = shares(fit)[0]
            by_network = session.network.answer(spectra).fraction[0]
            fractions = np.stack([by_fit, by_network, 0.5 * (by_fit + by_network)])
            yield evidence(fit).together, *accuracies(fractions, np.repeat(truth[[row]], 3, axis=0))


def test_the_fit_is_the_better_answer_unless_peaks_say_little() -> None:
    session = open_session("xps")
    table = np.array(list(answers(session)))
    print(f"\n{'stand out':>12}{'surveys':>9}{'fit':>9}{'network':>9}{'mean':>9}   worst against network: fit, mean")
    for low, high in pairwise(EDGES):
        some = table[(table[:, 0] >= low) & (table[:, 0] < high)]
        if len(some):
            fit, network, mean = some[:, 1:].mean(axis=0)
            worst = (some[:, [1, 3]] - some[:, [2]]).min(axis=0)
            said = f"{fit:9.4f}{network:9.4f}{mean:9.4f}   {worst[0]:+.3f}, {worst[1]:+.3f}"
            print(f"{f'{low:g} to {high:g}':>12}{len(some):>9}{said}")
    fit, network, mean = table[table[:, 0] >= CLEAR][:, 1:].mean(axis=0)
    assert fit > mean > network
