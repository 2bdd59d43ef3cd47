"""Pixels that were not measured as the others."""

import numpy as np
import pytest

from mapmaking import GLASS, OTHER, drawn, quarters, raw_map, spectrum
from specquant.maps import quantify_map, summary_lines
from specquant.maps.pictures import pictures
from specquant.session import Session, open_session


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("eds")


@pytest.fixture(scope="module")
def counts(session: Session) -> np.ndarray:
    shapes = [spectrum(session, fraction) for fraction in (GLASS, OTHER)]
    return drawn(shapes, quarters(32, 32), 800.0, 1)


def spiked(counts: np.ndarray) -> np.ndarray:
    counts[7, 9, 180] = 60_000
    return counts


def cut_off(counts: np.ndarray) -> np.ndarray:
    counts = np.minimum(counts, 254).astype(np.uint8)
    counts[7, 9, 50:1500] = 255
    return counts


@pytest.mark.parametrize("spoil", [spiked, cut_off])
def test_a_spoilt_pixel_changes_no_other_and_is_said(session: Session, counts: np.ndarray, spoil) -> None:
    raw = raw_map(session, spoil(counts.copy()))
    result = quantify_map(session, raw)
    assert set(result.symbols) == {*GLASS, *OTHER}
    assert len(result.plan.phases) == 2
    answered = np.isfinite(result.dataset["fraction"].values).all(axis=0)
    assert [tuple(pixel) for pixel in np.argwhere(~answered).tolist()] == [(7, 9)]
    assert any("spoilt (cut off" in line and "1 pixels" in line for line in summary_lines(result))
    (overlay,) = (figure for name, figure in pictures(result) if name.endswith("overlay"))
    (image,) = overlay.axes[0].images
    np.testing.assert_allclose(image.get_array()[7, 9], 0.8)


def test_bright_grains_on_a_dark_ground_are_no_spoilt_pixels(session: Session) -> None:
    level = np.full((32, 32), 8.0)
    level[10:12, 20:23] = 4000.0
    shapes = [spectrum(session, fraction) for fraction in (GLASS, OTHER)]
    labels = (level > 100).astype(int)
    result = quantify_map(session, raw_map(session, drawn(shapes, labels, level, 1)))
    assert not any("spoilt" in line for line in summary_lines(result))
    assert np.isfinite(result.dataset["fraction"].values[:, labels == 1]).all()
