"""Folders that tests read from and start programs in."""

from pathlib import Path

SUPPORT = Path(__file__).parent
"""What tests share: made-up files, toy techniques, programs that they start."""

TESTS = SUPPORT.parent

ROOT = TESTS.parent
"""The repository."""

THIRDPARTY = SUPPORT / "thirdparty"
"""A plug-in of somebody else, to be put on the path."""

BROKEN = SUPPORT / "thirdparty_broken"
"""Plug-ins that cannot be loaded, a folder each."""
