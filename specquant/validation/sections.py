"""The door for the parts of a report that a plug-in writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from specquant.technique import Section, Technique
from specquant.validation.blame import blamed, refuse


def guarded_section(section: Any, origin: str) -> Section:
    """Return a part of a report with a `write` that is checked.

    Raises
    ------
    PluginError
        If it is not a `Section` with a title.
    """
    if not isinstance(section, Section):
        refuse(origin, "specquant_sections gave the wrong type", type(section).__name__, "a Section in the sequence")
    if not isinstance(section.title, str) or not section.title.strip() or not callable(section.write):
        refuse(origin, "a section of the report is not complete", repr(section), "a title, and a function write")
    return Section(section.title, _Write(section.write, origin, f"section {section.title!r}"))


@dataclass(frozen=True)
class _Write:
    function: Callable[..., Any]
    origin: str
    named: str

    def __call__(self, technique: Technique, samples: Sequence[Any]) -> Sequence[Any]:
        from matplotlib.figure import Figure

        with blamed(self.origin, self.named, "write(technique, samples) -> texts and figures"):
            parts = self.function(technique, samples)
        wanted = "a sequence of texts and matplotlib figures"
        if not isinstance(parts, Sequence) or isinstance(parts, str):
            refuse(self.origin, f"{self.named} gave the wrong type", type(parts).__name__, wanted)
        for part in parts:
            if not isinstance(part, str | Figure):
                refuse(self.origin, f"{self.named} gave the wrong type", type(part).__name__, wanted)
        return parts
