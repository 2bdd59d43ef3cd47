"""Finding technique plug-ins by their entry points, and loading the one asked for.

Listing reads metadata and imports no plug-in. Loading imports one plug-in, so that a broken neighbour does no harm, and
turns every way in which it can fail into a PluginError that names the guilty distribution and version.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import Distribution, EntryPoint, entry_points
from importlib.metadata import version as installed_version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pluggy

from specquant import hookspecs
from specquant.errors import PluginError
from specquant.technique import Reader, Section, Technique
from specquant.validation import CURE, InstalledReader, guarded, guarded_section, refuse, validate_technique

if TYPE_CHECKING:
    from specquant.explainers import ExplainerFactory
    from specquant.quantifiers import QuantifierFactory

GROUP = "specquant"
"""The entry-point group in which a distribution declares its techniques."""

CORE_METHODS = ("hybrid", "cnn", "nnls", "poisson")
"""Methods of the core, of which no plug-in may take the name."""

CORE_EXPLAINERS = ("probe", "lime")
"""Explainers of the core, of which no plug-in may take the name."""

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
        return f"{self.distribution} {self.version}".strip()


@dataclass(frozen=True)
class Plugin:
    """What one plug-in hands over, checked, and which version of which distribution it comes from."""

    technique: Technique
    readers: tuple[Reader, ...]
    quantifiers: Mapping[str, "QuantifierFactory"]
    distribution: str
    version: str
    explainers: Mapping[str, "ExplainerFactory"] = field(default_factory=dict)
    sections: tuple[Section, ...] = ()

    @property
    def origin(self) -> str:
        """Distribution and version, as messages name them: ``toyspec 0.3``."""
        return f"{self.distribution} {self.version}".strip()


def list_techniques() -> list[InstalledTechnique]:
    """Return the techniques that are installed, by name, without importing any plug-in.

    Two distributions that declare the same name are both listed, each with the other among its `rivals`.
    """
    registered = [InstalledTechnique(name, plugin.distribution, "", "") for name, plugin in _registered.items()]
    return sorted([*(installed for installed, _ in _declared()), *registered])


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
    if name in _registered:
        return _registered[name]
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
        quantifiers=_call_factories(manager, "specquant_quantifiers", technique, origin, CORE_METHODS),
        explainers=_call_factories(manager, "specquant_explainers", technique, origin, CORE_EXPLAINERS),
        sections=_call_sections(manager, technique, origin),
        distribution=installed.distribution,
        version=installed.version,
    )


_registered: dict[str, Plugin] = {}
"""Plug-ins that were registered in this process, by the technique's name."""


def register(
    technique: Technique,
    *,
    readers: Sequence[Reader] = (),
    quantifiers: Mapping[str, "QuantifierFactory"] = MappingProxyType({}),
    explainers: Mapping[str, "ExplainerFactory"] = MappingProxyType({}),
    sections: Sequence[Section] = (),
) -> Plugin:
    """Use a plug-in in this process without installing it, for notebooks and tests; the checks are the same.

    Registered again under the same name, it takes the place of what was registered before. Importable as
    ``specquant.register``.

    Parameters
    ----------
    technique
        What `specquant_technique` of an installed plug-in would return.
    readers, quantifiers, explainers, sections
        What its other hooks would return.

    Raises
    ------
    PluginError
        If it breaks a rule of the seam, or an installed distribution declares that name.
    """
    if not isinstance(technique, Technique):
        wanted = "a specquant.plugin.Technique"
        refuse("specquant.register", "this cannot be a technique", type(technique).__name__, wanted)
    origin = f"specquant.register({technique.name})"
    rivals = [installed.origin for installed, _ in _declared() if installed.name == technique.name]
    if rivals:
        todo = "Give the technique another name, or uninstall the distribution."
        refuse(origin, "an installed distribution declares this technique", ", ".join(rivals), "a new name", todo)
    _check_technique(technique, origin)
    check_factories(quantifiers, "quantifiers", origin, CORE_METHODS)
    check_factories(explainers, "explainers", origin, CORE_EXPLAINERS)
    plugin = Plugin(
        technique=guarded(technique, origin),
        readers=_checked_readers(readers, "readers", technique, origin),
        quantifiers=MappingProxyType(dict(quantifiers)),
        explainers=MappingProxyType(dict(explainers)),
        sections=tuple(guarded_section(section, origin) for section in sections),
        distribution=origin,
        version="",
    )
    _registered[technique.name] = plugin
    return plugin


def unregister(name: str) -> None:
    """Forget a plug-in that was registered; of one that was not, nothing is said."""
    _registered.pop(name, None)


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
                where=origin_of(entry),
                found=repr(group),
                wanted=repr(GROUP),
                todo=f"Declare it under [project.entry-points.{GROUP}], and install the distribution again.",
            )
    names = list(dict.fromkeys(installed.name for installed in list_techniques()))
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


def origin_of(entry: EntryPoint) -> str:
    """Return distribution and version that declare an entry point."""
    return f"{_metadata(entry, 'Name')} {_metadata(entry, 'Version')}"


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
    kind = type(returned).__name__
    return PluginError(f"{hook} returned the wrong type", where=origin, found=kind, wanted=wanted, todo=CURE)


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
    _check_technique(technique, origin)
    return technique


def _check_technique(technique: Technique, origin: str) -> None:
    try:
        validate_technique(technique, origin)
    except (AttributeError, TypeError, ValueError) as error:
        raise PluginError("the technique cannot be checked", where=origin, found=error) from error


def _call_readers(manager: pluggy.PluginManager, technique: Technique, origin: str) -> tuple[Reader, ...]:
    hook = "specquant_readers"
    if not manager.hook.specquant_readers.get_hookimpls():
        return ()
    return _checked_readers(_call(manager, hook, origin), hook, technique, origin)


def _checked_readers(readers: Any, hook: str, technique: Technique, origin: str) -> tuple[Reader, ...]:
    if not isinstance(readers, Sequence) or isinstance(readers, str | bytes):
        raise _wrong_return(hook, origin, readers, "a sequence of Reader")
    for reader in readers:
        if not isinstance(reader, Reader):
            raise _wrong_return(hook, origin, reader, "Reader in the sequence")
        if reader.foreign:
            reader.address()
    return tuple(InstalledReader.of(reader, origin, technique.parameters) for reader in readers)


def _call_factories(
    manager: pluggy.PluginManager, hook: str, technique: Technique, origin: str, taken: Sequence[str]
) -> Mapping[str, Callable[..., Any]]:
    """Return what a hook gives by name, none of them called like one of the core (`taken`)."""
    if not getattr(manager.hook, hook).get_hookimpls():
        return MappingProxyType({})
    factories = _call(manager, hook, origin, technique=technique)
    if not isinstance(factories, Mapping):
        raise _wrong_return(hook, origin, factories, "a mapping of name to factory")
    check_factories(factories, hook, origin, taken)
    return MappingProxyType(dict(factories))


def check_factories(factories: Mapping[str, object], hook: str, origin: str, taken: Sequence[str]) -> None:
    """Refuse names that cannot be typed or are taken, and factories that cannot be called.

    Raises
    ------
    PluginError
        Naming the plug-in and the hook.
    """
    for name, factory in factories.items():
        if not isinstance(name, str):
            raise _wrong_return(hook, origin, name, "text as name")
        if not callable(factory):
            raise _wrong_return(hook, origin, factory, f"a factory for {name!r}")
        if not _WORD.fullmatch(name):
            wanted = "letters, digits, - and _"
            refuse(origin, f"{hook} gave something without a name that can be typed", repr(name), wanted)
        if name in taken:
            wanted = f"another name than {', '.join(taken)}"
            refuse(origin, f"{hook} took a name of specquant's own", repr(name), wanted)


def _call_sections(manager: pluggy.PluginManager, technique: Technique, origin: str) -> tuple[Section, ...]:
    hook = "specquant_sections"
    if not manager.hook.specquant_sections.get_hookimpls():
        return ()
    sections = _call(manager, hook, origin, technique=technique)
    if not isinstance(sections, Sequence) or isinstance(sections, str | bytes):
        raise _wrong_return(hook, origin, sections, "a sequence of Section")
    return tuple(guarded_section(section, origin) for section in sections)


def _did_you_mean(word: str, known: Sequence[str]) -> str | None:
    close = get_close_matches(word, known, n=1)
    return f"Did you mean {close[0]!r}?" if close else None
