"""Finding technique plug-ins by their entry points, and loading the one asked for.

Listing reads metadata and imports no plug-in. Loading imports one plug-in, so that a broken neighbour does no harm, and
turns every way in which it can fail into a PluginError that names the guilty distribution and version.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import Distribution, EntryPoint, entry_points
from importlib.metadata import version as installed_version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pluggy

from specquant import hookspecs
from specquant.errors import PluginError
from specquant.technique import Reader, Technique
from specquant.validation import CURE, InstalledReader, guarded, refuse, validate_technique

if TYPE_CHECKING:
    from specquant.quantifiers import QuantifierFactory

GROUP = "specquant"
"""The entry-point group in which a distribution declares its techniques."""

CORE_METHODS = ("hybrid", "cnn", "nnls", "poisson")
"""Methods of the core, of which no plug-in may take the name."""

_WORD = re.compile(r"[\w.+-]+")
"""What can be typed as one word."""

_HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("specquant_"))
"""Names of the hooks of the seam."""


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
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True)
class Plugin:
    """What one plug-in hands over, checked, and which version of which distribution it comes from."""

    technique: Technique
    readers: tuple[Reader, ...]
    quantifiers: Mapping[str, "QuantifierFactory"]
    distribution: str
    version: str

    @property
    def origin(self) -> str:
        """Distribution and version, as messages name them: ``toyspec 0.3``."""
        return f"{self.distribution} {self.version}".strip()


def list_techniques() -> list[InstalledTechnique]:
    """Return the techniques that are installed, by name, without importing any plug-in.

    Two distributions that declare the same name are both listed, each with the other among its `rivals`.
    """
    return [installed for installed, _ in _declared()]


def load_technique(name: str) -> Technique:
    """Import the plug-in of that name and return its technique; see `load_plugin`."""
    return load_plugin(name).technique


def load_plugin(name: str) -> Plugin:
    """Import the plug-in of that name, and no other, and return all it hands over.

    Raises
    ------
    PluginError
        If there is no such technique, two distributions declare it, or the plug-in breaks a rule of the seam.
    """
    installed, entry = _find(name)
    origin = installed.origin
    check_needs(entry.dist, origin)
    if entry.attr:
        raise PluginError(
            "the entry point names a thing in a module",
            where=origin,
            found=repr(entry.value),
            wanted=repr(entry.module),
            todo=f"Name the module alone, {name} = {entry.module!r}, and let it implement the hooks.",
        )
    with _guard(origin, f"{installed.module} cannot be imported", "Repair or uninstall the distribution."):
        module: object = entry.load()
    manager = _register(module, origin)
    technique = _call_technique(manager, module, name, origin)
    return Plugin(
        technique=guarded(technique, origin),
        readers=_call_readers(manager, technique, origin),
        quantifiers=_call_quantifiers(manager, technique, origin),
        distribution=installed.distribution,
        version=installed.version,
    )


def _declared() -> list[tuple[InstalledTechnique, EntryPoint]]:
    declared = [(entry, _metadata(entry, "Name"), _metadata(entry, "Version")) for entry in entry_points(group=GROUP)]
    listed = []
    for entry, distribution, version in declared:
        rivals = tuple(sorted(f"{d} {v}" for e, d, v in declared if e.name == entry.name and e is not entry))
        listed.append((InstalledTechnique(entry.name, distribution, version, entry.value, rivals), entry))
    return sorted(listed, key=lambda pair: pair[0])


def _metadata(entry: EntryPoint, key: str) -> str:
    if entry.dist is None or key not in entry.dist.metadata:
        return f"(no {key.lower()})"
    return entry.dist.metadata[key]


def _find(name: str) -> tuple[InstalledTechnique, EntryPoint]:
    declared = _declared()
    for installed, entry in declared:
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
                where=f"{_metadata(entry, 'Name')} {_metadata(entry, 'Version')}",
                found=repr(group),
                wanted=repr(GROUP),
                todo=f"Declare it under [project.entry-points.{GROUP}], and install the distribution again.",
            )
    names = list(dict.fromkeys(installed.name for installed, _ in declared))
    raise PluginError(
        "no such technique",
        found=repr(name),
        wanted=f"one of {', '.join(names)}" if names else "an installed technique, and there is none",
        todo=_did_you_mean(name, names) or "Install the distribution that declares it.",
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

    here = installed_version("specquant")
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


@contextmanager
def _guard(origin: str, what: str, todo: str) -> Iterator[None]:
    """Turn whatever a plug-in raises, SystemExit included, into a PluginError that names its distribution."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(what, where=origin, found=f"{type(error).__name__}: {error}", todo=todo) from error


def _register(module: object, origin: str) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    with _guard(origin, "breaks the signature of a hook", "Compare it with specquant.hookspecs."):
        manager.register(module, origin)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        unknown = [hook.name for hook in manager.get_hookcallers(module) or () if not hook.has_spec()]
        raise PluginError(
            "implements a hook that does not exist",
            where=origin,
            found=", ".join(unknown),
            wanted=f"one of {', '.join(_HOOKS)}",
            todo=_did_you_mean(unknown[0], _HOOKS),
        ) from error
    implemented = {hook.name for hook in manager.get_hookcallers(module) or ()}
    for name in _HOOKS:
        if name not in implemented and callable(getattr(module, name, None)):
            raise PluginError(
                f"{name} is not marked as a hook", where=origin, todo="Decorate it with specquant.hookspecs.hookimpl."
            )
    return manager


def _call(manager: pluggy.PluginManager, hook: str, origin: str, **arguments: object) -> Any:
    with _guard(origin, f"{hook} failed", "Report it to the plug-in's authors."):
        return getattr(manager.hook, hook)(**arguments)


def _wrong_return(hook: str, origin: str, returned: object, wanted: str) -> PluginError:
    found = type(returned).__name__
    return PluginError(f"{hook} returned the wrong type", where=origin, found=found, wanted=wanted, todo=CURE)


def _call_technique(manager: pluggy.PluginManager, module: object, name: str, origin: str) -> Technique:
    if not manager.hook.specquant_technique.get_hookimpls():
        raise PluginError(
            "lacks the required hook specquant_technique",
            where=origin,
            found=", ".join(hook for hook in dir(module) if hook.startswith("specquant_")) or "no hook",
            todo="Implement it with specquant.hookspecs.hookimpl.",
        )
    technique = _call(manager, "specquant_technique", origin)
    if not isinstance(technique, Technique):
        raise _wrong_return("specquant_technique", origin, technique, "Technique")
    if technique.name != name:
        raise PluginError(
            "technique.name differs from the entry point's name",
            where=origin,
            found=repr(technique.name),
            wanted=repr(name),
        )
    try:
        validate_technique(technique, origin)
    except (AttributeError, TypeError, ValueError) as error:
        raise PluginError("the technique cannot be checked", where=origin, found=error) from error
    return technique


def _call_readers(manager: pluggy.PluginManager, technique: Technique, origin: str) -> tuple[Reader, ...]:
    hook = "specquant_readers"
    if not manager.hook.specquant_readers.get_hookimpls():
        return ()
    readers = _call(manager, hook, origin)
    if not isinstance(readers, Sequence) or isinstance(readers, str | bytes):
        raise _wrong_return(hook, origin, readers, "a sequence of Reader")
    for reader in readers:
        if not isinstance(reader, Reader):
            raise _wrong_return(hook, origin, reader, "Reader in the sequence")
        if reader.foreign:
            reader.address()
    return tuple(InstalledReader.of(reader, origin, technique.parameters) for reader in readers)


def _call_quantifiers(
    manager: pluggy.PluginManager, technique: Technique, origin: str
) -> Mapping[str, "QuantifierFactory"]:
    hook = "specquant_quantifiers"
    if not manager.hook.specquant_quantifiers.get_hookimpls():
        return MappingProxyType({})
    quantifiers = _call(manager, hook, origin, technique=technique)
    if not isinstance(quantifiers, Mapping):
        raise _wrong_return(hook, origin, quantifiers, "a mapping of name to factory")
    for name, factory in quantifiers.items():
        if not isinstance(name, str):
            raise _wrong_return(hook, origin, name, "text as name of a quantifier")
        if not callable(factory):
            raise _wrong_return(hook, origin, factory, f"a factory for {name!r}")
        if not _WORD.fullmatch(name):
            wanted = "letters, digits, - and _, to be typed after --method"
            refuse(origin, f"{hook} gave a quantifier without a name that can be typed", repr(name), wanted)
        if name in CORE_METHODS:
            wanted = f"another name than {', '.join(CORE_METHODS)}"
            refuse(origin, f"{hook} gave a quantifier a name of specquant's own", repr(name), wanted)
    return MappingProxyType(dict(quantifiers))


def _did_you_mean(word: str, known: Sequence[str]) -> str | None:
    close = get_close_matches(word, known, n=1)
    return f"Did you mean {close[0]!r}?" if close else None
