"""The fit that an answer comes from is the best there is: no element too many or too few, and no line elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit, ended, fit_from
from specquant.fits.presence.beforehand import Beforehand
from specquant.fits.presence.evidence import needed_evidence
from specquant.fits.presence.exchange import only_with, with_element
from specquant.fits.presence.search import ElementSearch
from specquant.session import open_session
from specquant.spectra import Spectra
from specquant.technique import Floats

SLACK = 2.0
"""Decrease of cost that a fit may miss."""

FEW = 0.02
"""Share of tries that may yet find a better answer."""

ADDED = 0.01
"""Atomic fraction at which an element is added."""

Answer = tuple[Fit, Beforehand]
"""A fit, and what was thought before it."""


def answers_of(technique: str, count: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """Return the fits that the answers to fresh spectra of recipe ``field`` come from."""
    session = open_session(technique)
    drawn = session.synthesizer(session.technique.recipe("field"), seed, "evaluation").spectra(0, count)
    answers: list[Answer] = []
    searched = ElementSearch.fit

    def kept(search: ElementSearch, target: Target, beforehand: Beforehand) -> Fit:
        answers.append((searched(search, target, beforehand), beforehand))
        return answers[-1][0]

    monkeypatch.setattr(ElementSearch, "fit", kept)
    session.methods(["hybrid"])["hybrid"].answer(Spectra.of(drawn, session.technique, "test"))
    return answers


def price(answer: Answer) -> Floats:
    """Return what each element has to lower the cost by, see `specquant.fits.presence.search`."""
    fit, beforehand = answer
    needed = np.maximum(needed_evidence(beforehand.odds, fit.model.decisions.false_alarms), 0.0)
    return np.asarray(needed)


def without_one(answer: Answer) -> list[float]:
    """Return by how much the best fits without each of the elements cost less, what it has to bring counted."""
    fit = answer[0]
    if fit.chosen.size == 1:
        return []
    kept = [np.arange(fit.chosen.size) != index for index in range(fit.chosen.size)]
    return [fit.cost - ended(only_with(fit, one)).cost for one in kept]


def with_one_more(answer: Answer) -> list[float]:
    """Return by how much the best fits with each further element cost less, beyond what it has to bring.

    Elements are left out of which less comes out than is looked for, and those that are fitted only if they are listed
    or that may be a layer.
    """
    fit, decisions, gains = answer[0], answer[0].model.decisions, []
    symbols = fit.model.technique.elements
    for element in np.setdiff1d(fit.model.elements, fit.chosen):
        if symbols[element] in (*decisions.only_if_listed, *decisions.layers):
            continue
        other = ended(with_element(fit, int(element), ADDED))
        enough = other.point.fraction[element] >= decisions.least
        fall = (fit.cost - other.cost) / max(other.misfit, 1.0) ** 2
        gains.append(fall - float(price(answer)[element]) if enough else 0.0)
    return gains


def moved(answer: Answer) -> list[float]:
    """Return by how much fits cost less that begin with one element's lines elsewhere in their range, 1 eV apart."""
    fit, gains = answer[0], []
    for element in fit.chosen if fit.model.chemical.size else ():
        lowest, highest = fit.model.technique.shift_ranges[element]
        for shift in np.arange(lowest, highest + 1e-9, 1.0):
            chemical = fit.point.chemical.copy()
            chemical[element] = shift
            other = ended(fit_from(fit.model, fit.target, replace(fit.point, chemical=chemical), fit.chosen))
            gains.append(fit.cost - other.cost)
    return gains


TRIES: Mapping[str, Callable[[Answer], list[float]]] = {
    "leaving out": without_one,
    "adding": with_one_more,
    "moving": moved,
}
CASES = [*(("xps", tried) for tried in TRIES), ("eds", "leaving out"), ("eds", "adding")]  # in EDS no line shifts


def test_a_fit_stands_where_no_step_gains(monkeypatch: pytest.MonkeyPatch) -> None:
    for technique in ("xps", "eds"):
        for fit, _ in answers_of(technique, 3, 64, monkeypatch):
            assert ended(fit).cost >= fit.cost - SLACK


@pytest.mark.long
@pytest.mark.parametrize(("technique", "tried"), CASES)
def test_no_change_of_elements_or_places_is_better(technique: str, tried: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gains = np.concatenate([TRIES[tried](answer) for answer in answers_of(technique, 8, 64, monkeypatch)])
    better = gains > SLACK
    print(f"\n{technique}, {tried}: better in {better.sum()} of {better.size}, by at most {gains.max():.2f}")
    assert better.mean() <= FEW, f"{better.sum()} of {better.size}"
