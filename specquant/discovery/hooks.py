"""Calling the hooks of a plug-in's module, and checking what they hand over."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import pluggy

from specquant import hookspecs
from specquant.errors import PluginError, did_you_mean
from specquant.technique import Fact, Reader, Section, Technique
from specquant.validation import CURE, InstalledReader, guarded_section, refuse, validate_technique

CORE_METHODS = ("hybrid", "cnn", "nnls", "poisson")
"""Methods of the core, of which no plug-in may take the name."""

CORE_EXPLAINERS = ("probe", "lime")
"""Explainers of the core, of which no plug-in may take the name."""

_WORD = re.compile(r"[\w.+-]+")
"""What can be typed as one word."""

_HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("specquant_"))
"""Names of the hooks of the seam."""


@contextmanager
def guard(origin: str, what: str, todo: str) -> Iterator[None]:
    """Turn whatever a plug-in raises, SystemExit included, into a PluginError that names its distribution."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        shown = f"{type(error).__name__}: {error}".rstrip(".")
        raise PluginError(what, where=origin, found=shown, todo=todo) from error


def check_module(module: object, origin: str) -> None:
    """Refuse a mere folder that is called like the plug-in's package and that Python came upon first."""
    if getattr(module, "__file__", None) is None and hasattr(module, "__path__"):
        folders = ", ".join(map(str, module.__path__))
        todo = "Start Python in another folder, or rename that one."
        refuse(origin, "a folder of the package's name hides the package", folders, "the package's own folder", todo)


def register(module: object, origin: str) -> pluggy.PluginManager:
    """Return a manager of the hooks that a plug-in's module implements; raises PluginError if they break the seam."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    with guard(origin, "breaks the signature of a hook", "Compare it with specquant.hookspecs."):
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
            todo=did_you_mean(unknown[0], _HOOKS),
        ) from error
    implemented = {hook.name for hook in manager.get_hookcallers(module) or ()}
    for name in _HOOKS:
        if name not in implemented and callable(getattr(module, name, None)):
            raise PluginError(
                f"{name} is not marked as a hook", where=origin, todo="Decorate it with specquant.plugin.hookimpl."
            )
        inside = [key for key, value in vars(module).items() if isinstance(value, type) and hasattr(value, name)]
        if name not in implemented and inside:
            wanted, todo = "a function of the module", "Write it outside of the class."
            refuse(origin, f"{name} stands where nobody calls it", f"class {inside[0]}", wanted, todo)
    return manager


def _call(manager: pluggy.PluginManager, hook: str, origin: str, nothing: object = None, **arguments: object) -> Any:
    """Return what a hook gives, or `nothing` of a plug-in that does not implement it."""
    if not getattr(manager.hook, hook).get_hookimpls():
        return nothing
    with guard(origin, f"{hook} failed", CURE):
        return getattr(manager.hook, hook)(**arguments)


def _wrong_return(hook: str, origin: str, returned: object, wanted: str) -> PluginError:
    kind = type(returned).__name__
    return PluginError(f"{hook} returned the wrong type", where=origin, found=kind, wanted=wanted, todo=CURE)


def call_technique(manager: pluggy.PluginManager, module: object, name: str, origin: str) -> Technique:
    """Return the technique of that name, checked; raises PluginError."""
    if not manager.hook.specquant_technique.get_hookimpls():
        raise PluginError(
            "lacks the required hook specquant_technique",
            where=origin,
            found=", ".join(hook for hook in dir(module) if hook.startswith("specquant_")) or "no hook",
            todo="Implement it with specquant.plugin.hookimpl.",
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
            todo=f"Name both alike: the word before = under [project.entry-points.specquant], or name={name!r}.",
        )
    check_technique(technique, origin)
    return technique


def check_technique(technique: Technique, origin: str) -> None:
    """Refuse a record that breaks a rule; raises PluginError."""
    try:
        validate_technique(technique, origin)
    except (AttributeError, TypeError, ValueError) as error:
        shown = f"{type(error).__name__}: {error}"
        raise PluginError("the technique cannot be checked", where=origin, found=shown, todo=CURE) from error


def call_readers(manager: pluggy.PluginManager, technique: Technique, origin: str) -> tuple[Reader, ...]:
    """Return the plug-in's readers, which know their plug-in; raises PluginError."""
    hook = "specquant_readers"
    return checked_readers(_call(manager, hook, origin, ()), hook, technique, origin)


def checked_readers(readers: Any, hook: str, technique: Technique, origin: str) -> tuple[Reader, ...]:
    """Return readers that a hook gave, if they are such; raises PluginError."""
    if not isinstance(readers, Sequence) or isinstance(readers, str | bytes):
        raise _wrong_return(hook, origin, readers, "a sequence of Reader")
    for reader in readers:
        if not isinstance(reader, Reader):
            raise _wrong_return(hook, origin, reader, "Reader in the sequence")
        check_reader(reader, hook, origin)
    return tuple(InstalledReader.of(reader, origin, technique.parameters) for reader in readers)


def check_reader(reader: Reader, hook: str, origin: str) -> None:
    """Refuse a reader that cannot be used: without a name, suffixes or functions; raises PluginError."""
    suffixes, what = reader.suffixes, f"{hook} gave a reader that cannot be used"
    if not (isinstance(reader.name, str) and reader.name.strip()):
        refuse(origin, what, f"name {reader.name!r}", "a name, by which messages call the format")
    if not (isinstance(suffixes, tuple) and all(isinstance(suffix, str) for suffix in suffixes)):
        refuse(origin, what, f"{reader.name}: suffixes {suffixes!r}", "a tuple of texts, such as ('.csv',)")
    for name in ("sniff", "read"):
        if not callable(getattr(reader, name)):
            refuse(origin, what, f"{reader.name}: {name} {getattr(reader, name)!r}", "a function")
    if reader.open_map is not None and not callable(reader.open_map):
        refuse(origin, what, f"{reader.name}: open_map {reader.open_map!r}", "a function or None")
    for name in ("foreign", "holds_maps", "refuses"):
        if not isinstance(getattr(reader, name), bool):
            refuse(origin, what, f"{reader.name}: {name} {getattr(reader, name)!r}", "True or False")
    if not (isinstance(reader.takes, Set) and all(isinstance(fact, Fact) for fact in reader.takes)):
        refuse(origin, what, f"{reader.name}: takes {reader.takes!r}", "a set of Fact, such as frozenset({Fact.TIME})")
    if reader.foreign:
        try:
            reader.address()
        except PluginError as error:
            refuse(origin, f"reader {reader.name}: {error.what}", error.found, error.wanted)


def call_factories(
    manager: pluggy.PluginManager, hook: str, technique: Technique, origin: str, taken: Sequence[str]
) -> Mapping[str, Callable[..., Any]]:
    """Return what a hook gives by name, none of them called like one of the core (`taken`)."""
    factories = _call(manager, hook, origin, {}, technique=technique)
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
    if not isinstance(factories, Mapping):
        raise _wrong_return(hook, origin, factories, "a mapping of name to factory")
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


def call_sections(manager: pluggy.PluginManager, technique: Technique, origin: str) -> tuple[Section, ...]:
    """Return the parts that the plug-in adds to a report; raises PluginError."""
    hook = "specquant_sections"
    sections = _call(manager, hook, origin, (), technique=technique)
    if not isinstance(sections, Sequence) or isinstance(sections, str | bytes):
        raise _wrong_return(hook, origin, sections, "a sequence of Section")
    return tuple(guarded_section(section, origin) for section in sections)
