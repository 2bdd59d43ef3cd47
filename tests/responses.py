"""What every response of a plug-in that ships has to do."""

import numpy as np
import torch

from specquant.technique import Response, Technique


def check_broadcasting(response: Response, technique: Technique) -> None:
    """Assert that one row serves for many values of the parameters, and one value for many rows."""
    rng = np.random.default_rng(3)
    rows = torch.from_numpy(rng.random((4, technique.axis.size)).astype(np.float32) ** 9)
    ranges = {parameter.name: (parameter.low, parameter.high) for parameter in technique.parameters}
    many = {name: torch.from_numpy(rng.uniform(*ends, 4).astype(np.float32)) for name, ends in ranges.items()}
    one = {name: value[:1] for name, value in many.items()}
    full = response(rows, {name: value.expand(4) for name, value in one.items()})
    scale = float(full.abs().max())
    np.testing.assert_allclose(response(rows, one), full, atol=2e-6 * scale)
    full = response(rows[:1].expand(4, -1), many)
    np.testing.assert_allclose(response(rows[:1], many), full, atol=2e-6 * float(full.abs().max()))
