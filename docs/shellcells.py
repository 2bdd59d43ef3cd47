"""Cells of notebooks that call the shell: the site shows ``specquant ...`` where a cell has ``!specquant ...``.

A command that fails does not stop a notebook, so its output is looked at here: a traceback or an error of specquant is
a warning of Sphinx, by which ``sphinx-build -W`` fails.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

FAILED = re.compile(
    r"^(?:Traceback \(most recent call last\):|specquant: error: .*|Error: .*|.*command not found)$", re.M
)
"""A line that a command prints as it fails."""

logger = logging.getLogger(__name__)


def show_as_commands(app: Sphinx, doctree: nodes.document) -> None:
    """Replace every block of lines with a ``!`` before them by the commands that a reader types into a terminal."""
    del app
    for block in list(doctree.findall(nodes.literal_block)):
        lines = block.astext().splitlines()
        if lines and all(line.startswith("!") for line in lines):
            for failure in failures(block):
                logger.warning("a command of this page fails: %s: %s", lines[0], failure, location=block)
            typed = "\n".join(line.removeprefix("!") for line in lines)
            block.replace_self(nodes.literal_block(typed, typed, language="sh"))


def failures(block: nodes.literal_block) -> list[str]:
    """Return the lines in the output of a cell of commands that say that one of them failed."""
    cell = block.parent.parent if block.parent is not None else None
    return [] if cell is None else list(FAILED.findall(cell.astext()))
