"""Cells of notebooks that call the shell: the site shows ``specquant ...`` where a cell has ``!specquant ...``."""

from docutils import nodes
from sphinx.application import Sphinx


def show_as_commands(app: Sphinx, doctree: nodes.document) -> None:
    """Replace every block of lines with a ``!`` before them by the commands that a reader types into a terminal."""
    del app
    for block in list(doctree.findall(nodes.literal_block)):
        lines = block.astext().splitlines()
        if lines and all(line.startswith("!") for line in lines):
            typed = "\n".join(line.removeprefix("!") for line in lines)
            block.replace_self(nodes.literal_block(typed, typed, language="sh"))
