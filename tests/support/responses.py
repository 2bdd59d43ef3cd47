"""What every response of a plug-in that ships has to do."""

import numpy as np
import torch

from specquant.technique import Response, Technique


def check_broadcasting(response: Response, technique: Technique) -> None:
    """Assert that one row serves for many values of the parameters, and one value for many rows, by numpy and torch."""
    rng = np.random.default_rng(3)
    bare = rng.random((4, technique.axis.size)).astype(np.float32) ** 9
    ranges = {parameter.name: (parameter.low, parameter.high) for parameter in technique.parameters}
    drawn = {name: rng.uniform(*ends, 4).astype(np.float32) for name, ends in ranges.items()}
    for turned in (np.asarray, torch.from_numpy):
        rows, many = turned(bare), {name: turned(value) for name, value in drawn.items()}
        one = {name: value[:1] for name, value in many.items()}
        four = {name: turned(np.repeat(value[:1], 4)) for name, value in drawn.items()}
        full = response(rows, four)
        np.testing.assert_allclose(response(rows, one), full, atol=2e-6 * float(full.max()))
        full = response(turned(np.repeat(bare[:1], 4, axis=0)), many)
        np.testing.assert_allclose(response(rows[:1], many), full, atol=2e-6 * float(full.max()))
