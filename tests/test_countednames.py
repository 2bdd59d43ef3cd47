"""Names with numbers, in the order of these."""

from pathlib import Path

import pytest

import xpsfiles
from specquant.countednames import counted
from specquant.readers import read_file
from specquant_xps.readers import READERS


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("e 1.x,e 10.x,e 11.x,e 2.x", "e 1.x,e 2.x,e 10.x,e 11.x"),
        ("e 10.x,e 11.x,e 1.x,e 2.x", "e 1.x,e 2.x,e 10.x,e 11.x"),
        ("d/a9-1,d/a9-12,d/a9-3", "d/a9-1,d/a9-3,d/a9-12"),
        ("e12,e2,e10", "e12,e2,e10"),
        ("b,a,c", "b,a,c"),
        ("a,b,c", "a,b,c"),
        ("1,10,a,2", "1,10,a,2"),
        ("1,10,2,a", "1,2,10,a"),
        ("s01,s02,s10", "s01,s02,s10"),
        (f"1{'0' * 9000},1{'0' * 8999}1,2", f"2,1{'0' * 9000},1{'0' * 8999}1"),
    ],
)
def test_files_of_a_pattern_are_in_the_order_of_their_numbers(given: str, expected: str) -> None:
    assert counted([Path(name) for name in given.split(",")]) == [Path(name) for name in expected.split(",")]


def test_files_of_an_archive_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    contents = {number: xpsfiles.two_columns(xpsfiles.region(seed=number)) for number in (1, 10, 2)}
    path = xpsfiles.zipped(tmp_path / "a.zip", {f"etch {number}.csv": each for number, each in contents.items()})
    assert [raw.name for raw in read_file(path, READERS)] == ["etch 1", "etch 2", "etch 10"]
