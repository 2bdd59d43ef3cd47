"""What the page knows of a technique."""

import pytest

from specquant.app.techniques import technique_facts
from specquant.instrument import parse_reference
from specquant.session import open_session


@pytest.mark.parametrize(
    ("technique", "line", "energy"),
    [("xps", "Au4f7/2", 84.0), ("xps", "C1s", 284.2), ("xps", "Mg2s", 88.6), ("eds", "SiK-L3", 1740.0)],
)
def test_references_are_lines_by_which_people_correct_an_axis(technique: str, line: str, energy: float) -> None:
    session = open_session(technique)
    offered = {one["line"]: one["energy"] for one in technique_facts(session)["references"]}
    assert offered[line] == pytest.approx(energy, abs=0.15)
    assert parse_reference(f"{line}={energy}", session.technique).peak.energy == pytest.approx(energy, abs=0.15)
