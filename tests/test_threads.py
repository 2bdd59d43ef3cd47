"""Answers in a notebook compute with one thread of linear algebra, and give numpy its threads back."""

import os
from collections.abc import Callable

import numpy as np
import pytest
import threadpoolctl

import specquant
from specquant.errors import SettingError
from specquant.quantifiers import Estimate, Quantifier
from specquant.spectra import Spectra
from specquant.threads import THREADS, few_threads

PAIR = np.linspace(0.0, 1200.0, 1201), np.full(1201, 50.0)

pytestmark = pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor")


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads(monkeypatch: pytest.MonkeyPatch) -> object:
    """Let nobody say how many threads there are; numpy has two."""
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        yield


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """Return the threads that a method has whenever it is asked."""
    counts: list[set[int]] = []

    def answer(self: Quantifier, spectra: Spectra) -> Estimate:
        counts.append(threads())
        elements = len(self.technique.elements)
        return Estimate.without_interval(np.full((len(spectra), elements), 1.0 / elements))

    monkeypatch.setattr(Quantifier, "answer", answer)
    return counts


def ask_session(**options: int) -> None:
    specquant.open("xps", **options).quantify(PAIR, method="nnls")


def ask_method() -> None:
    session = specquant.open("xps")
    session.methods(["nnls"])["nnls"].quantify(session.read(PAIR))


@pytest.mark.parametrize("ask", [ask_session, ask_method])
def test_a_method_has_one_thread(seen: list[set[int]], ask: Callable[[], None]) -> None:
    ask()
    assert seen == [{1}]
    assert threads() == {2}


def test_a_user_says_otherwise(seen: list[set[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    ask_session(threads=2)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    ask_session()
    assert seen == [{2}, {2}]


def test_the_outermost_decides_and_the_last_gives_back() -> None:
    first, second = few_threads(), few_threads(2)
    with first, second:
        assert threads() == {1}
    first, second = few_threads(), few_threads()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == {1}
    second.__exit__(None, None, None)
    assert threads() == {2}


@pytest.mark.parametrize("count", [0, 1.5, "2", True])
def test_what_is_no_number_of_threads_is_refused(count: object) -> None:
    with pytest.raises(SettingError, match=r"threads: is not a number of threads; found .*; wanted 1, 2"):
        specquant.open("xps", threads=count)
