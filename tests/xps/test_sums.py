"""The search over elements and shifts where a recipe sums pure spectra, on the XPS recipe ``article``."""

from dataclasses import dataclass

import numpy as np
import pytest

from specquant.evaluation import article_accuracy
from specquant.fits.sums.search import Expected, SumSearch, search
from specquant.fits.sums.shifted import ShiftedSpectra, sums_shifted_spectra
from specquant.fits.sums.weighed import Sum, Weighed
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.technique import Floats

NEEDED = 12.0
"""Decrease of cost that every element has to bring here: none is likelier than others."""

SLACK = 2.0
"""Decrease of cost that a search may miss."""


@dataclass(frozen=True)
class Drawn:
    """Spectra of the recipe, with what is true of them."""

    session: Session
    shifted: ShiftedSpectra
    spectra: Spectra
    fraction: Floats


def drawn(session: Session, count: int, seed: int) -> Drawn:
    recipe = session.technique.recipe("article")
    dataset = session.synthesizer(recipe, seed, "evaluation").spectra(0, count)
    shifted = ShiftedSpectra.of(session.technique, session.library, recipe)
    spectra = Spectra.of(dataset, session.technique, "test")
    return Drawn(session, shifted, spectra, dataset["fraction"].values.astype(np.float64))


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("xps", model="article")


@pytest.fixture(scope="module")
def few(session: Session) -> Drawn:
    return drawn(session, 6, 5)


def wrongly_begun(truth: Floats) -> Expected:
    """Return a bad start: the smallest of the true elements is missing, and one is there that should not be."""
    start = truth > truth[truth > 0].min()
    start[np.flatnonzero(truth == 0)[3]] = True
    return Expected(start, np.full(truth.size, NEEDED), np.ones(truth.size, dtype=bool))


def searched(each: Drawn, row: int) -> tuple[Sum, Weighed]:
    return search(each.shifted, each.spectra.counts[row], each.spectra.observed[row], wrongly_begun(each.fraction[row]))


def amounts(each: Drawn, best: Sum) -> Floats:
    answer = np.zeros(each.fraction.shape[1])
    answer[each.shifted.element[best.columns]] = best.amounts / best.amounts.sum()
    return answer


def moves(each: Drawn, best: Sum, weighed: Weighed) -> dict[str, float]:
    """Return the least cost of the sums that differ from the best one by one step of each kind."""
    shifted, chosen = each.shifted, each.shifted.element[best.columns]
    every = np.arange(shifted.element.size)
    without = [weighed.sum_of(np.delete(best.columns, index)).cost for index in range(chosen.size)]
    elsewhere = [
        weighed.sum_of(np.append(np.delete(best.columns, index), column)).cost
        for index, element in enumerate(chosen)
        for column in every[shifted.of_element[int(element)]]
    ]
    further = [
        weighed.sum_of(np.append(best.columns, column)).cost
        for element, columns in shifted.of_element.items()
        for column in every[columns][::2]
        if element not in chosen
    ]
    return {"drop": min(without, default=np.inf), "move": min(elsewhere), "add": min(further)}


def test_only_recipes_that_sum_shifted_spectra_are_fitted_by_sums(session: Session) -> None:
    technique, library = session.technique, session.library
    eds = open_session("eds")
    assert sums_shifted_spectra(technique.recipe("article"), technique, library)
    assert not sums_shifted_spectra(technique.recipe("field"), technique, library)
    assert not sums_shifted_spectra(eds.technique.recipe("article"), eds.technique, eds.library)


def test_a_bad_start_ends_at_the_truth(few: Drawn) -> None:
    answers = np.array([amounts(few, searched(few, row)[0]) for row in range(len(few.spectra))])
    assert article_accuracy(answers, few.fraction).mean() > 0.985


def test_no_step_from_the_answer_costs_less(few: Drawn) -> None:
    best, weighed = searched(few, 0)
    for step, cost in moves(few, best, weighed).items():
        assert cost >= best.cost - SLACK, step


@pytest.mark.long
def test_no_step_from_64_answers_costs_less(session: Session) -> None:
    each = drawn(session, 64, 64)
    worse = {}
    for row in range(len(each.spectra)):
        best, weighed = searched(each, row)
        worse |= {(row, step): cost - best.cost for step, cost in moves(each, best, weighed).items()}
    assert {step: gain for step, gain in worse.items() if gain < -SLACK} == {}


def test_overlapping_lines_do_not_hold_each_other(session: Session) -> None:
    each = drawn(session, 238, 11)  # Be 1s under Rb 3d: both stop a channel away when they move one at a time
    row = 237
    expected = Expected(each.fraction[row] > 0, np.zeros(each.fraction.shape[1]), each.fraction[row] > 0, listed=True)
    _, weighed = search(each.shifted, each.spectra.counts[row], each.spectra.observed[row], expected)
    assert weighed.noise < 1.5


def test_a_spectrum_of_another_kind_is_left_to_the_whole_physics(session: Session) -> None:
    recipe = session.technique.recipe("field")
    dataset = session.synthesizer(recipe, 1, "evaluation").spectra(0, 4)
    spectra = Spectra.of(dataset, session.technique, "test")
    sums = SumSearch(session.technique, session.library, session.technique.recipe("article"))
    outcomes = [
        sums.fit(counts, seen, wrongly_begun(truth))
        for counts, seen, truth in zip(spectra.counts, spectra.observed, dataset["fraction"].values, strict=True)
    ]
    assert outcomes.count(None) >= 3


def test_hybrid_of_the_article_answers_by_sums_and_its_intervals_hold(session: Session) -> None:
    each = drawn(session, 32, 9)
    answer = session.methods(["hybrid"])["hybrid"].answer(each.spectra)
    assert article_accuracy(answer.fraction, each.fraction).mean() > 0.99
    present = each.fraction > 0.01
    holds = (answer.lower <= each.fraction + 1e-9) & (each.fraction <= answer.upper + 1e-9)
    assert 0.8 < holds[present].mean() < 0.97
    assert holds[~present].mean() > 0.99


def test_a_list_is_all_that_a_sum_has(session: Session, few: Drawn) -> None:
    listed = few.fraction > 0
    listed[:, few.session.technique.elements.index("O")] = True
    answer = session.methods(["hybrid"])["hybrid"].answer(
        Spectra(few.spectra.counts, few.spectra.observed, few.spectra.stated).among(listed)
    )
    assert (answer.fraction[~listed] == 0).all()
    assert article_accuracy(answer.fraction, few.fraction).mean() > 0.98
