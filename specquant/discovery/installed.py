"""Techniques that installed distributions declare, known from metadata alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import Distribution, EntryPoint, entry_points, version
from typing import Any

from specquant.errors import PluginError, did_you_mean

GROUP = "specquant"
"""The entry-point group in which a distribution declares its techniques."""


@dataclass(frozen=True, order=True)
class InstalledTechnique:
    """One technique that an installed distribution declares, known from metadata alone.

    `name` is the word after ``--technique``, `module` what the entry point names, and `rivals` are other distributions
    that declare the same name: while there are any, none of them can be loaded.
    """

    name: str
    distribution: str
    version: str
    module: str
    rivals: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Distribution and version, as messages name them: ``toyspec 0.3``."""
        return f"{self.distribution} {self.version}".strip()


Declared = Sequence[tuple[InstalledTechnique, EntryPoint]]
"""Techniques that distributions declare, each with its entry point."""


def declared() -> Declared:
    """Return every technique that a distribution declares, sorted by name, with its entry point."""
    entries = [(entry, *_metadata(entry)) for entry in entry_points(group=GROUP)]
    listed = []
    for entry, distribution, number in entries:
        rivals = tuple(sorted(f"{d} {v}" for e, d, v in entries if e.name == entry.name and e is not entry))
        listed.append((InstalledTechnique(entry.name, distribution, number, entry.value, rivals), entry))
    return sorted(listed, key=lambda pair: pair[0])


def _metadata(entry: EntryPoint) -> tuple[str, str]:
    """Return name and version of the distribution that declares an entry point."""
    known: Any = {} if entry.dist is None else entry.dist.metadata  # parsed whenever it is asked for
    name, number = (known[key] if key in known else f"(no {key.lower()})" for key in ("Name", "Version"))
    return name, number


def as_declared(name: str, listed: Declared, registered: Iterable[str]) -> str:
    """Return the name of a technique as it is declared, where only large and small letters differ."""
    names = {*(installed.name for installed, _ in listed), *registered}
    alike = [one for one in names if one.lower() == str(name).strip().lower()]
    return alike[0] if name not in names and len(alike) == 1 else name


def find(name: str, listed: Declared, registered: Iterable[str]) -> tuple[InstalledTechnique, EntryPoint]:
    """Return the technique of a name, and its entry point, of those listed; the message names registered ones, too.

    Raises
    ------
    PluginError
        If there is none, or two distributions declare it.
    """
    for installed, entry in listed:
        if installed.name == name:
            if installed.rivals:
                raise PluginError(
                    f"technique {name!r} is declared more than once",
                    found=" and ".join((installed.origin, *installed.rivals)),
                    wanted="one distribution",
                    todo="Uninstall all but one of them.",
                )
            return installed, entry
    for group, entry in misplaced():
        if entry.name == name:
            raise PluginError(
                f"technique {name!r} is declared in a group that nobody looks at",
                where=origin_of(entry),
                found=repr(group),
                wanted=repr(GROUP),
                todo=f"Declare it under [project.entry-points.{GROUP}], and install the distribution again.",
            )
    names = sorted({*(installed.name for installed, _ in listed), *registered})
    raise PluginError(
        "no such technique",
        found=repr(name),
        wanted=f"one of {', '.join(names)}" if names else "an installed technique, and there is none",
        todo=did_you_mean(name, names) or "Install the distribution that declares it.",
    )


def misplaced() -> list[tuple[str, EntryPoint]]:
    """Return entry points in groups that are named like ours, but are not: nobody finds them there."""
    groups = entry_points()
    return [
        (group, entry)
        for group in sorted(groups.groups)
        if group != GROUP and (group.startswith(GROUP) or get_close_matches(group, [GROUP], 1, 0.85))
        for entry in groups.select(group=group)
    ]


def origin_of(entry: EntryPoint) -> str:
    """Return distribution and version that declare an entry point."""
    return " ".join(_metadata(entry))


def check_needs(distribution: Distribution | None, origin: str) -> None:
    """Refuse a plug-in that says it needs another version of specquant.

    Raises
    ------
    PluginError
        Naming both versions.
    """
    needs = [] if distribution is None else distribution.requires or []
    if not any(need.lower().startswith("specquant") for need in needs):
        return
    from packaging.requirements import InvalidRequirement, Requirement

    here = version("specquant")
    for need in needs:
        try:
            requirement = Requirement(need)
        except InvalidRequirement:
            continue
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if requirement.name.lower() == "specquant" and applies and not requirement.specifier.contains(here, True):
            todo = f"Upgrade with: pip install 'specquant{requirement.specifier}'"
            raise PluginError(
                f"needs specquant {requirement.specifier}, this is {here}",
                where=origin,
                todo=f"{todo}; or install a version of the plug-in for this one.",
            )
