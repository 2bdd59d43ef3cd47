"""Reports to disk, never half."""

import json
from collections.abc import Mapping
from pathlib import Path

from specquant.files import atomic_path


def write_html(text: str, path: Path) -> Path:
    """Write a page and return its path.

    Raises
    ------
    OutputError
        If it cannot be written there.
    """
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def write_json(content: Mapping[str, object], path: Path) -> Path:
    """Write strict JSON and return its path.

    Raises
    ------
    OutputError
        If it cannot be written there.
    ValueError
        If a number is not finite; see `json_report.plain`.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")
    return path
