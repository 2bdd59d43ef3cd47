"""Cells: pixels that are pooled for lack of counts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from specquant.maps.cells import cell_sides, cells_of, first_pixels
from specquant.maps.record import Grid, Pieces


def test_bright_pixels_stay_alone_and_dark_ones_are_pooled_as_far_as_needed():
    totals = np.full((1, 32, 32), 200.0)
    totals[0, :16, :16] = 9.0
    totals[0, 3, 3] = 500.0
    sides = cell_sides(totals, 100.0)
    assert sides[0, 3, 3] == 1
    assert (sides[0, 16:] == 1).all()
    assert (sides[0, :16, 4:16] == 4).all()  # sixteen pixels of nine counts have more than a hundred


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31))
def test_every_pixel_is_in_one_cell_which_has_enough_unless_it_is_of_the_largest(rows, columns, seed):
    rng = np.random.default_rng(seed)
    totals = rng.poisson(rng.choice([0.2, 20.0, 90.0]), (2, rows, columns)).astype(float)
    sides = cell_sides(totals, 100.0)
    seen = 0
    for block in Grid(2, rows, columns).blocks():
        cell, count = cells_of(block, sides)
        seen += cell.size
        level = np.bincount(cell, totals[block.index].ravel(), count)
        side = sides[block.index].ravel()[first_pixels(cell, count)]
        assert (level[side < 16] >= 100).all()
        assert (np.bincount(cell, minlength=count) >= 1).all()
        for number in range(count):
            assert np.ptp(sides[block.index].ravel()[cell == number]) == 0
    assert seen == totals.size


def test_blocks_are_the_whole_map_whatever_its_dimensions():
    rng = np.random.default_rng(1)
    for shape in [(70, 5), (3, 40, 700, 4), (2, 2, 33, 20, 3), (50, 2)]:
        counts = rng.integers(0, 9, shape).astype(np.uint8)
        pieces = Pieces.of(counts)
        again = np.zeros((*pieces.grid.shape, shape[-1]), np.uint8)
        for block in pieces.grid.blocks():
            again[block.index] = pieces.read(block).reshape(*block.shape, -1)
        np.testing.assert_array_equal(again.reshape(shape), counts)
