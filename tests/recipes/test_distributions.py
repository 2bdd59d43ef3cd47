import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specquant.recipes.distributions import (
    Constant,
    Distribution,
    HalfNormal,
    LogNormal,
    LogUniform,
    Mixture,
    Normal,
    Power,
    Uniform,
)

EXAMPLES: list[Distribution] = [
    Constant(2.0),
    Uniform(-1.0, 3.0),
    LogUniform(1e2, 1e6),
    Normal(1.0, 0.5),
    LogNormal(2.0, 0.3),
    HalfNormal(0.7),
    Power(3.0, 2.0),
    Mixture(((0.3, Constant(1.0)), (0.7, Uniform(5.0, 6.0)))),
]
SHAPES = [(), (5,), (0, 3), (4, 3), (2, 3, 4)]
SMALL = st.floats(-1e6, 1e6)
POSITIVE = st.floats(1e-6, 1e6)
SEED = st.integers(0, 2**32 - 1)
DRAWS = 40_000


def name(distribution: object) -> str:
    return type(distribution).__name__


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def many(distribution: Distribution) -> np.ndarray:
    return distribution.draw(rng(), (DRAWS,))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("distribution", EXAMPLES, ids=name)
def test_draws_have_the_shape_asked_for(distribution: Distribution, shape: tuple[int, ...]) -> None:
    drawn = distribution.draw(rng(), shape)
    assert np.shape(drawn) == shape
    assert np.asarray(drawn).dtype == np.float64
    assert np.isfinite(drawn).all()


@pytest.mark.parametrize("distribution", EXAMPLES, ids=name)
def test_draws_come_from_the_generator_alone(distribution: Distribution) -> None:
    assert np.array_equal(distribution.draw(rng(1), (6, 2)), distribution.draw(rng(1), (6, 2)))


@pytest.mark.parametrize("distribution", EXAMPLES[1:], ids=name)
def test_another_seed_gives_other_draws(distribution: Distribution) -> None:
    assert not np.array_equal(distribution.draw(rng(1), (20,)), distribution.draw(rng(2), (20,)))


@pytest.mark.parametrize("distribution", EXAMPLES, ids=name)
def test_records_can_be_compared_kept_and_printed(distribution: Distribution) -> None:
    again = dataclasses.replace(distribution)
    assert again == distribution
    assert hash(again) == hash(distribution)
    assert eval(repr(distribution)) == distribution
    assert isinstance(distribution, Distribution)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(distribution, dataclasses.fields(distribution)[0].name, 0.0)


def test_a_number_is_no_distribution() -> None:
    assert not isinstance(1.0, Distribution)


@given(SMALL, SEED)
def test_constant(value: float, seed: int) -> None:
    assert (Constant(value).draw(rng(seed), (3,)) == value).all()


@given(SMALL, POSITIVE, SEED)
def test_uniform_keeps_its_ends(low: float, width: float, seed: int) -> None:
    drawn = Uniform(low, low + width).draw(rng(seed), (50,))
    assert ((drawn >= low) & (drawn <= low + width)).all()


@given(POSITIVE, st.floats(1.0, 1e6), SEED)
def test_loguniform_keeps_its_ends(low: float, ratio: float, seed: int) -> None:
    drawn = LogUniform(low, low * ratio).draw(rng(seed), (50,))
    assert ((drawn >= low * (1 - 1e-12)) & (drawn <= low * ratio * (1 + 1e-12))).all()


@given(POSITIVE, st.floats(0.1, 10.0), SEED)
def test_power_keeps_its_ends(high: float, exponent: float, seed: int) -> None:
    drawn = Power(high, exponent).draw(rng(seed), (50,))
    assert ((drawn >= 0) & (drawn <= high)).all()


@given(POSITIVE, SEED)
def test_halfnormal_is_not_negative(sd: float, seed: int) -> None:
    assert (HalfNormal(sd).draw(rng(seed), (50,)) >= 0).all()


@pytest.mark.parametrize(
    ("distribution", "mean", "sd"),
    [
        (Uniform(-1.0, 3.0), 1.0, 4 / 12**0.5),
        (Normal(1.0, 0.5), 1.0, 0.5),
        (HalfNormal(0.7), 0.7 * (2 / np.pi) ** 0.5, 0.7 * (1 - 2 / np.pi) ** 0.5),
        (Power(3.0, 2.0), 1.0, 3 * (1 / 5 - 1 / 9) ** 0.5),
        (Mixture(((1.0, Constant(0.0)), (3.0, Constant(4.0)))), 3.0, 3**0.5),
    ],
    ids=lambda value: name(value) if isinstance(value, Distribution) else "",
)
def test_mean_and_standard_deviation(distribution: Distribution, mean: float, sd: float) -> None:
    drawn = many(distribution)
    assert drawn.mean() == pytest.approx(mean, abs=5 * sd / DRAWS**0.5)
    assert drawn.std() == pytest.approx(sd, rel=0.03)


def test_loguniform_is_flat_in_the_logarithm() -> None:
    shares = np.histogram(np.log10(many(LogUniform(1e2, 1e6))), bins=4, range=(2, 6))[0] / DRAWS
    assert shares == pytest.approx([0.25] * 4, abs=0.01)


def test_lognormal_has_its_median_and_spread() -> None:
    logarithm = np.log(many(LogNormal(2.0, 0.3)))
    assert np.median(logarithm) == pytest.approx(np.log(2.0), abs=0.01)
    assert logarithm.std() == pytest.approx(0.3, rel=0.03)


def test_mixture_takes_each_value_from_one_part() -> None:
    drawn = many(Mixture(((0.3, Constant(1.0)), (0.7, Uniform(5.0, 6.0)))))
    first = drawn == 1.0
    assert first.mean() == pytest.approx(0.3, abs=0.01)
    assert ((drawn[~first] >= 5.0) & (drawn[~first] <= 6.0)).all()


def test_mixture_within_a_mixture() -> None:
    inner = Mixture(((1.0, Constant(1.0)), (1.0, Constant(2.0))))
    drawn = many(Mixture(((1.0, inner), (1.0, Constant(3.0)))))
    assert [(drawn == value).mean() for value in (1, 2, 3)] == pytest.approx([0.25, 0.25, 0.5], abs=0.01)
