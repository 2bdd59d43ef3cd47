import pickle

import pytest

from specquant import errors
from specquant.errors import PluginError, ReadError, SpecquantError

ALL = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]


def test_message_says_what_where_found_wanted_and_what_to_do() -> None:
    error = SpecquantError(
        "is not a number", where="a.csv, line 3", found="'x'", wanted="counts", todo="Remove the line."
    )
    assert str(error) == "a.csv, line 3: is not a number; found 'x'; wanted counts. Remove the line."


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "it broke"),
        ({"where": "here"}, "here: it broke"),
        ({"found": 0}, "it broke; found 0"),
        ({"wanted": ""}, "it broke; wanted"),
        ({"todo": "Mend it."}, "it broke. Mend it."),
    ],
)
def test_parts_may_be_left_out(parts: dict[str, str], message: str) -> None:
    assert str(SpecquantError("it broke", **parts)) == message


def test_message_is_one_line() -> None:
    error = ReadError("cannot\nbe read", where="a\tb", found=ValueError("first\n  second"))
    assert str(error) == "a b: cannot be read; found first second"


def test_parts_can_be_read_back() -> None:
    error = PluginError("it broke", where="here", found=1, wanted=2, todo="Mend it.")
    assert (error.what, error.where, error.found, error.wanted, error.todo) == ("it broke", "here", 1, 2, "Mend it.")


def test_all_errors_are_of_one_tree() -> None:
    assert len(ALL) >= 8
    assert all(issubclass(kind, SpecquantError) for kind in ALL)
    assert all(kind.__doc__ for kind in ALL)


@pytest.mark.parametrize("kind", ALL)
def test_errors_survive_the_way_back_from_a_worker_process(kind: type[SpecquantError]) -> None:
    error = kind("it broke", where="here", found=1, wanted=2, todo="Mend it.")
    returned = pickle.loads(pickle.dumps(error))
    assert type(returned) is kind
    assert str(returned) == str(error)
    assert vars(returned) == vars(error)


def test_long_things_are_shown_by_their_beginning() -> None:
    error = ReadError("is strange", found="x" * 5000, wanted=["y"] * 5000)
    assert len(str(error)) < 1500
    assert error.found == "x" * 5000
