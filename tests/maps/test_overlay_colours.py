"""Colours of the picture of three elements, as the colour-blind see them."""

from itertools import product

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from specquant.maps.pictures import THREE

SIGHT = {
    "all cones": np.eye(3),
    "no long ones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no middle ones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no short ones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""Linear red, green and blue as eyes without a kind of cones see them: Machado, Oliveira and Fernandes, IEEE Trans.
Vis. Comput. Graph. 15 (2009) 1291, severity 1."""

LIGHT = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
"""CIE XYZ of linear sRGB."""


def lab_of(linear: np.ndarray) -> np.ndarray:
    """Return CIELAB (n, 3) of linear red, green and blue (n, 3) under D65."""
    ratio = linear @ LIGHT.T / [0.95047, 1.0, 1.08883]
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def nearest(colours: tuple[str, ...], sight: str) -> float:
    """Return the distance of the two of the eight mixtures of three colours that are the most alike to eyes."""
    shares = np.array(list(product((0.0, 1.0), repeat=3)))
    mixed = np.clip(shares @ np.array([to_rgb(colour) for colour in colours]), 0.0, 1.0)
    linear = np.where(mixed <= 0.04045, mixed / 12.92, ((mixed + 0.055) / 1.055) ** 2.4)
    seen = lab_of((linear @ np.array(SIGHT[sight]).T).clip(0.0, 1.0))
    return float(np.linalg.norm(seen[:, None] - seen, axis=-1)[np.triu_indices(len(seen), 1)].min())


@pytest.mark.parametrize("sight", SIGHT)
def test_mixtures_of_three_elements_can_be_told_apart_by_everybody(sight: str) -> None:
    assert nearest(THREE, sight) > 20


def test_those_of_red_green_and_blue_could_not() -> None:
    assert nearest(("red", "lime", "blue"), "no long ones") < 10
