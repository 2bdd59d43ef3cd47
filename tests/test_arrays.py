"""Physics that is written once: by numpy where arrays are of numpy, by torch where they are of torch."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch

from specquant.arrays import (
    Array,
    ArrayKind,
    Constants,
    asked,
    at_least,
    columns_of,
    doubles,
    fft_of,
    in_torch,
    indices,
    like,
    module_of,
)
from specquant.technique.bridging import bridged_law, bridged_response

ARRAY = np.array([[1.5, -2.0, 3.0]], dtype=np.float32)

PAIRS: dict[str, Callable[[Array], Array]] = {
    "at_least": lambda array: at_least(array, 0.0),
    "like": lambda array: like(np.ones(3), array),
    "doubles": doubles,
    "indices": indices,
    "columns_of": lambda array: columns_of({"gain": array[0]}, array)["gain"],
    "fft_of": lambda array: fft_of(array).rfft(array, n=8),
    "module_of": lambda array: module_of(array).exp(array),
    "constants": lambda array: Constants(table=np.arange(3.0)).beside(array)["table"],
}


@pytest.mark.parametrize("name", PAIRS)
def test_both_kinds_answer_alike_and_in_kind(name: str) -> None:
    of_numpy, of_torch = PAIRS[name](ARRAY), PAIRS[name](torch.from_numpy(ARRAY))
    assert isinstance(of_numpy, np.ndarray)
    assert isinstance(of_torch, torch.Tensor)
    assert of_torch.numpy().dtype == of_numpy.dtype
    np.testing.assert_allclose(of_torch.numpy(), of_numpy, rtol=1e-6)


def test_what_cannot_be_written_to_is_copied() -> None:
    """torch writes to memory that numpy was promised to be constant."""
    fixed = np.broadcast_to(np.float32(2.0), (2, 3))
    assert in_torch(fixed).mul_(2.0).tolist() == [[4.0] * 3] * 2
    assert (fixed == 2.0).all()


def of_kind(kind: str) -> Any:
    """Return a response, and a law, that say which arrays they got."""

    class Physics:
        arrays = kind
        seen: list[type]

        def __init__(self) -> None:
            self.seen = []

        def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
            self.seen.append(type(primary))
            assert all(type(value) is type(primary) for value in values.values())
            return primary * values["gain"][:, None]

        def yields(self, fraction: Array, values: Mapping[str, Array]) -> Array:
            return self(fraction, values)

        def narrowed(self, components: np.ndarray) -> "Physics":  # noqa: ARG002
            return self

    if kind == "unsaid":
        del Physics.arrays
    return Physics()


@pytest.mark.parametrize("turned", [np.asarray, torch.as_tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("kind", ["unsaid", *ArrayKind])
def test_physics_of_any_kind_takes_either(kind: str, turned: Callable[[Any], Any]) -> None:
    physics = of_kind(kind)
    given, gain = turned(ARRAY), turned(np.array([2.0], dtype=np.float32))
    wanted = {"unsaid": torch.Tensor, "torch": torch.Tensor, "numpy": np.ndarray, "both": type(given)}[kind]
    law = bridged_law(physics)
    answers = [
        bridged_response(physics)(given, {"gain": gain}),
        law.yields(given, {"gain": gain}),
        law.narrowed(np.array([0])).yields(given, {"gain": gain}),  # type: ignore[attr-defined]
    ]
    for answer in answers:
        assert type(answer) is type(given)
        np.testing.assert_array_equal(np.asarray(answer), 2.0 * ARRAY)
    assert physics.seen == [wanted] * 3


def test_physics_of_both_kinds_is_not_wrapped() -> None:
    physics = of_kind("both")
    assert bridged_response(physics) is physics
    assert bridged_law(physics) is physics


def test_gradients_pass_where_nothing_is_turned() -> None:
    primary = torch.ones((1, 3), requires_grad=True)
    result = asked("torch", lambda first, values: first * values["gain"], primary, {"gain": torch.ones(1)})
    assert result.requires_grad


def test_numpy_alone_takes_no_torch() -> None:
    code = (
        "import sys, numpy as np; from specquant.arrays import module_of, at_least\n"
        "from specquant.mixing import LinearMixing\n"
        "x = np.ones((2, 3)); LinearMixing([1.0, 2.0, 3.0]).yields(at_least(x, 0.0), {}); module_of(x)\n"
        "print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
