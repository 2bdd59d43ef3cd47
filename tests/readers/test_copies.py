"""Columns that are others again: the look at a few rows passes over none that all rows call the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specquant.readers.copies import Comparison

ROWS = 120


def everywhere(values: np.ndarray, column: int, others: list[int]) -> list[tuple[int, str]]:
    """Return what `reasons` would yield if all rows of all columns were compared."""
    found = ((other, Comparison._reason(values[:, column], values[:, other], other)) for other in others)
    return [(other, reason) for other, reason in found if reason]


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.5, 0.9e-4, 1.1e-4, 1e-3]), st.booleans())
def test_the_look_at_a_few_rows_changes_nothing(seed: int, away: float, empty: bool) -> None:
    rng = np.random.default_rng(seed)
    base = rng.poisson(rng.choice([0.05, 5.0, 500.0]), ROWS).astype(float)
    again = base * rng.choice([-2.0, 1e-3, 1.0, 50.0])
    columns = [base, again + away * np.abs(again).max() * rng.uniform(-1, 1, ROWS), np.sqrt(base).round(2), -base]
    columns += [rng.poisson(5.0, ROWS), np.zeros(ROWS), np.full(ROWS, np.nan)]
    values = np.stack(columns, axis=1)
    if empty:
        values[rng.integers(0, ROWS, 5), rng.integers(0, len(columns), 5)] = np.nan
        values[-20:, 1] = np.nan
    comparison = Comparison(values, range(len(columns)))
    for column in range(1, len(columns)):
        others = [other for other in range(len(columns)) if other != column]
        assert list(comparison.reasons(column, others)) == everywhere(values, column, others)


def test_copies_are_named() -> None:
    counts = np.random.default_rng(1).poisson(400.0, ROWS).astype(float)
    comparison = Comparison(np.stack([counts, 2.5 * counts, np.sqrt(counts), counts[::-1]], axis=1), (2, 3, 4, 5))
    assert list(comparison.reasons(1, [0])) == [(0, "column 2 times 2.5")]
    assert list(comparison.reasons(2, [0])) == [(0, "errors of column 2")]
    assert not list(comparison.reasons(3, [0, 1, 2]))


def test_columns_that_differ_are_not_compared_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(Comparison, "_reason", staticmethod(lambda *given: calls.append(given) or ""))
    values = np.random.default_rng(1).poisson(400.0, (ROWS, 300)).astype(float)
    comparison = Comparison(values, range(300))
    for column in range(1, 300):
        list(comparison.reasons(column, range(column)))
    assert not calls
