"""The door for response and mixing law."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from specquant.validation.laws import checked_mixing, checked_response


class Law:
    arrays = "numpy"

    def yields(self, fraction: Any, values: Mapping[str, Any]) -> Any:
        return np.ones_like(fraction, dtype=np.float64) * values["gain"].astype(np.float64)[:, None]


def widened(primary: Any, values: Mapping[str, Any]) -> Any:
    return primary * np.ones(primary.shape[1]) * values["gain"].astype(np.float64)[:, None]


widened.arrays = "numpy"  # type: ignore[attr-defined]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy])
def test_doubles_of_a_plug_in_become_the_singles_that_were_given(make: Any, rows: int) -> None:
    single = make(np.ones((rows, 5), dtype=np.float32))
    values = {"gain": make(np.full(rows, 2.0, dtype=np.float32))}
    names: Sequence[str] = ("gain",)
    response, law = checked_response(widened, "here", "response", names), checked_mixing(Law(), "here", 5, names)
    for _ in range(2):
        for answer in (response(single, values), law.yields(single, values)):
            assert answer.dtype == single.dtype
            assert float(answer.sum()) == 10.0 * rows
