import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from specquant.errors import ModelError, ReadError
from specquant.typed import MOST_BYTES, Count, Name, Number, Share, fitted, parse_json, read_json


@dataclass(frozen=True)
class Part:
    low: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        if len(self.low) > 2:
            raise ValueError("too many")


@dataclass(frozen=True)
class Whole:
    count: Count
    share: Share
    names: Mapping[Name, tuple[Number, ...]]
    part: Part = field(default_factory=Part)
    more: Mapping[str, Any] = field(default_factory=dict)


GOOD: dict[str, Any] = {"count": 3, "share": 1, "names": {"a": [1, 2.5]}, "part": {"low": [0.5]}, "more": {"x": [1]}}


def test_what_fits_is_what_was_written() -> None:
    whole = parse_json(json.dumps(GOOD), Whole)
    assert whole == Whole(3, 1.0, {"a": (1.0, 2.5)}, Part((0.5,)), {"x": [1]})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"count": -1}, ">= 0"),
        ({"count": 1.5}, "^count is a number in place of a whole number$"),
        ({"count": True}, "^count is true or false in place of a whole number$"),
        ({"count": 10**30}, "<="),
        ({"share": 1.01}, "<= 1.0"),
        ({"share": float("nan")}, "not JSON from line 1, letter 23 on"),
        ({"share": "0.5"}, "share is text in place of a number"),
        ({"names": {"a": [1e305]}}, "<= 1e"),
        ({"names": {"a" * 300: []}}, "length"),
        ({"names": []}, "names is a list in place of names with values"),
        ({"part": {"low": [1, 2, 3]}}, "too many"),
        ({"part": {"lwo": [1]}}, "unknown: lwo"),
        ({"surprise": 1}, "unknown: surprise"),
    ],
)
def test_what_does_not_fit_is_one_short_line(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        parse_json(json.dumps(GOOD | change), Whole)
    assert len(str(error.value)) < 250
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", [Whole, dict[str, Any]])
@pytest.mark.parametrize(
    "text", ["", "{", "null", "[1]", "[" * 100_000, '{"more":' * 100_000, '{"count": 1e999}', "\ufeff{}"]
)
def test_what_is_no_such_json(text: str, kind: type) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_json(text, kind)


def test_what_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.write(b"{")
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(ReadError, match=r"a\.json: damaged; found \d+ bytes, which is too long\. Delete it"):
        read_json(path, Whole, "damaged", "Delete it.")
    with pytest.raises(ValueError, match="too long"):
        parse_json(bytes(MOST_BYTES + 1), Whole)


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", Path("/dev/zero")):
        with pytest.raises(ModelError, match="no plain file"):
            read_json(path, Whole, "damaged", "Delete it.", ModelError)


def test_plain_content_is_fitted_too() -> None:
    assert fitted({"low": (1, 2)}, Part) == Part((1.0, 2.0))
    with pytest.raises(ValueError, match="unknown: high"):
        fitted({"high": 1}, Part)
