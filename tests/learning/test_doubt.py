"""The table that weighs signs: what it learns, and what it refuses."""

import numpy as np
import pytest

from specquant.learning.doubt import FALSE_ALARMS, GOOD_ACCURACY, LEVELS, DoubtTable, can_learn, learn_doubt
from specquant.quantifiers import REGIONS, Sign

COUNT = 400


def learned() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, DoubtTable]:
    """Answers that are bad where the misfit is large; the counts say nothing."""
    rng = np.random.default_rng(3)
    fresh = np.arange(COUNT) < COUNT // 2
    misfit = np.where(fresh, rng.normal(1.0, 0.1, COUNT), rng.normal(2.0, 0.5, COUNT))
    signs = {Sign.MISFIT.value: misfit, Sign.COUNTS.value: rng.normal(-5.0, 1.0, COUNT)}
    accuracy = np.where(misfit > 1.4, 0.3, 0.95)
    return signs, accuracy, fresh, learn_doubt(signs, accuracy, fresh, np.zeros(COUNT, dtype=bool))


def test_it_finds_the_sign_that_tells() -> None:
    signs, accuracy, fresh, table = learned()
    weights = dict(zip(table.signs, table.weights, strict=True))
    assert weights["misfit"] > 5 * weights["counts"] >= 0.0
    flagged = table.shares(signs).sum(axis=1) >= table.doubtful
    assert flagged[accuracy < GOOD_ACCURACY].mean() > 0.9
    assert 0.0 < flagged[fresh].mean() <= FALSE_ALARMS


def test_nothing_is_refused_that_is_like_good_fresh_spectra() -> None:
    signs, accuracy, fresh, table = learned()
    scores = table.shares(signs).sum(axis=1)
    assert table.refused > scores[fresh & (accuracy >= GOOD_ACCURACY)].max()
    assert accuracy[scores >= table.refused].mean() < 0.5


def test_a_sign_that_is_not_known_says_nothing() -> None:
    signs, *_, table = learned()
    unknown = {name: np.full(COUNT, np.nan) for name in signs}
    assert (table.deviations(unknown) == 0).all()


def test_a_misfit_however_large_does_not_decide_alone_and_an_instrument_does() -> None:
    usual = tuple(np.linspace(1.0, 2.0, len(LEVELS)).tolist())
    table = DoubtTable(("misfit", "parameter width"), (usual, usual), (1.0, 1.0), 1.0, 2.0)
    (row,) = table.deviations({"misfit": np.array([1e9]), "parameter width": np.array([1e9])})
    assert row[0] < 3.5
    assert row[1] > 9


def test_signs_that_nothing_moved_in_training_have_a_weight_but_misfits() -> None:
    signs, accuracy, fresh, _ = learned()
    signs["left over"] = signs["distance"] = np.random.default_rng(4).normal(size=COUNT)
    table = learn_doubt(signs, accuracy, fresh, np.zeros(COUNT, dtype=bool))
    weights = dict(zip(table.signs, table.weights, strict=True))
    assert weights["distance"] >= 0.25 > weights["left over"] >= 0.0


def test_a_discarded_fit_is_not_weighed() -> None:
    signs, accuracy, fresh, _ = learned()
    signs[Sign.CONTRADICTED.value] = (accuracy < GOOD_ACCURACY).astype(float)
    assert Sign.CONTRADICTED.value not in learn_doubt(signs, accuracy, fresh, np.zeros(COUNT, dtype=bool)).signs


def test_of_a_group_only_the_worst_counts() -> None:
    usual = tuple(np.linspace(1.0, 2.0, len(LEVELS)).tolist())
    table = DoubtTable(REGIONS[:2], (usual, usual), (1.0, 1.0), 1.0, 2.0)
    values = {REGIONS[0]: np.array([1.9, 1.2]), REGIONS[1]: np.array([1.5, 1.8])}
    assert (table.deviations(values) != 0).tolist() == [[True, False], [False, True]]


def learned_from(accuracy: np.ndarray) -> DoubtTable:
    """Answers to spectra of 1e1 to 1e6 counts, all fresh, with these accuracies by ascending counts."""
    signs = {Sign.COUNTS.value: -np.linspace(1.0, 6.0, COUNT)}
    return learn_doubt(signs, accuracy, np.ones(COUNT, dtype=bool), np.zeros(COUNT, dtype=bool))


def test_counts_are_too_few_below_the_first_at_which_half_of_the_answers_are_good() -> None:
    accuracy = np.where(np.linspace(1.0, 6.0, COUNT) > 3.0, 0.95, 0.3)
    assert np.log10(learned_from(accuracy).least_counts) == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_counts_are_not_to_blame_where_answers_are_poor_whatever_they_are(share: float) -> None:
    accuracy = np.where(np.random.default_rng(1).uniform(size=COUNT) < share, 0.95, 0.3)
    accuracy[200:230] = 0.95  # a window of good ones by chance
    assert learned_from(accuracy).least_counts == 0


def test_nothing_is_learned_from_few_good_answers() -> None:
    accuracy, fresh = np.full(COUNT, 0.3), np.ones(COUNT, dtype=bool)
    assert not can_learn(accuracy, fresh)
    accuracy[:30] = 0.95
    assert can_learn(accuracy, fresh)
    assert not can_learn(accuracy, ~fresh)


@pytest.mark.parametrize(
    "entries",
    [
        (("misfit",), ((1.0,) * len(LEVELS),), (-1.0,)),
        (("misfit",), ((1.0, 2.0),), (1.0,)),
        (("misfit",), (tuple(range(len(LEVELS), 0, -1)),), (1.0,)),
        (("misfit", "counts"), ((1.0,) * len(LEVELS),), (1.0,)),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(entries: tuple) -> None:
    with pytest.raises(ValueError, match="doubt table"):
        DoubtTable(*entries, 1.0, 2.0)
