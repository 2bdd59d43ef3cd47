"""Maps on another device than the processor: every step is done there, and says the same."""

import numpy as np
import pytest
import torch

from mapmaking import GLASS, OTHER, RARE, drawn, quarters, raw_map, spectrum
from otherdevice import DEVICE, other_device
from specquant.maps.answering import Answerer
from specquant.maps.blocks import NUMBERS, BlockAnswer, BlockTask
from specquant.maps.planning import Plan, Planner
from specquant.session import Session, open_session


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("eds")


def answered(session: Session, counts: np.ndarray, device: str) -> tuple[Plan, BlockAnswer]:
    planner = Planner(session, raw_map(session, counts), None, 100.0, map, device)
    plan = planner.plan()
    answerer = Answerer(planner.pieces, plan.channels, plan.phases, plan.elements, planner.pieces.grid.size, device)
    (block,) = planner.pieces.grid.blocks()
    return plan, answerer(BlockTask.of(block, plan.sides, plan.labels))


def test_every_step_is_done_on_the_device_and_says_the_same(session: Session) -> None:
    labels = quarters(32, 40)
    labels[20, 30] = labels[5, 7] = 2
    level = np.full(labels.shape, 600.0)
    level[:16, :16] = 30.0
    shapes = [spectrum(session, fraction) for fraction in (GLASS, OTHER, RARE)]
    counts = drawn(shapes, labels, level, 1)
    plan, here = answered(session, counts, "cpu")
    with other_device() as device:
        other_plan, there = answered(session, counts, DEVICE)
    assert device.operations > 50
    np.testing.assert_array_equal(plan.labels, other_plan.labels)
    for name in NUMBERS:
        np.testing.assert_allclose(there.numbers[name], here.numbers[name], atol=1e-5)
    np.testing.assert_allclose(there.chi_squared, here.chi_squared, rtol=1e-4)
    assert [hit.element for hit in there.hits] == [hit.element for hit in here.hits]
    assert here.hits, "no element stands out: the case is too easy"


def test_tensors_of_two_devices_do_not_mix() -> None:
    with other_device():
        there = torch.as_tensor(np.ones((2, 3)), device=DEVICE)
        assert (there * 2).sum().item() == 12
        with pytest.raises(AssertionError, match="both devices"):
            there @ torch.ones(3, 1, dtype=torch.float64)
        with pytest.raises(RuntimeError, match="numpy"):
            there.numpy()
