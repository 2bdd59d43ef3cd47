"""The browser of the tests sees what it should: errors, ways out of the machine, and what a blind reader misses."""

from pathlib import Path
from typing import Any


def test_errors_ways_out_and_serious_findings_are_seen(watched: Any, serious_findings: Any, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text("<img src='https://example.invalid/a.png'><script>throw new Error('broken')</script>")
    watched.page.goto(page.as_uri())
    assert any("broken" in error for error in watched.errors)
    assert watched.elsewhere == ["https://example.invalid/a.png"]
    assert any(line.startswith("image-alt") for line in serious_findings(watched.page))
