"""Loading the plug-in that is asked for, installed or registered, and no other.

Every way in which it can fail becomes a PluginError that names the guilty distribution and version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from specquant.discovery import hooks
from specquant.discovery.installed import InstalledTechnique, as_declared, check_needs, declared, find
from specquant.errors import PluginError
from specquant.technique import Reader, Section, Technique
from specquant.validation import guarded, guarded_section, refuse

if TYPE_CHECKING:
    from specquant.explainers import ExplainerFactory
    from specquant.quantifiers import QuantifierFactory


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

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields as they can be sent to another process: read-only mappings cannot."""
        return {**self.__dict__, "quantifiers": dict(self.quantifiers), "explainers": dict(self.explainers)}

    @property
    def origin(self) -> str:
        """Distribution and version, as messages name them: ``toyspec 0.3``."""
        return f"{self.distribution} {self.version}".strip()


_registered: dict[str, Plugin] = {}
"""Plug-ins that were registered in this process, by the technique's name."""


def list_techniques() -> list[InstalledTechnique]:
    """Return the techniques that are installed, by name, without importing any plug-in.

    Two distributions that declare the same name are both listed, each with the other among its `rivals`.
    """
    registered = [InstalledTechnique(name, plugin.distribution, "", "") for name, plugin in _registered.items()]
    return sorted([*(installed for installed, _ in declared()), *registered])


def load_technique(name: str) -> Technique:
    """Import the plug-in of that name and return its technique; see `load_plugin`.

    Parameters
    ----------
    name
        The word after ``--technique``, such as ``xps``.

    Raises
    ------
    PluginError
        If no installed plug-in has that name, or its plug-in fails.
    """
    return load_plugin(name).technique


def load_plugin(name: str) -> Plugin:
    """Import the plug-in of that name, and no other, and return all it hands over; letters may be large or small.

    Raises
    ------
    PluginError
        If there is no such technique, two distributions declare it, or the plug-in breaks a rule of the seam.
    """
    if name in _registered:
        return _registered[name]
    listed = declared()
    name = as_declared(name, listed, _registered)
    if name in _registered:
        return _registered[name]
    installed, entry = find(name, listed, _registered)
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
    with hooks.guard(origin, f"{installed.module} cannot be imported", "Repair or uninstall the distribution."):
        module: object = entry.load()
    hooks.check_module(module, origin)
    manager = hooks.register(module, origin)
    technique = hooks.call_technique(manager, module, name, origin)
    return Plugin(
        technique=guarded(technique, origin),
        readers=hooks.call_readers(manager, technique, origin),
        quantifiers=hooks.call_factories(manager, "specquant_quantifiers", technique, origin, hooks.CORE_METHODS),
        explainers=hooks.call_factories(manager, "specquant_explainers", technique, origin, hooks.CORE_EXPLAINERS),
        sections=hooks.call_sections(manager, technique, origin),
        distribution=installed.distribution,
        version=installed.version,
    )


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
    readers
        What its hook `specquant_readers` would return.
    quantifiers
        What its hook `specquant_quantifiers` would return.
    explainers
        What its hook `specquant_explainers` would return.
    sections
        What its hook `specquant_sections` would return.

    Raises
    ------
    PluginError
        If it breaks a rule of the seam, or an installed distribution declares that name.
    """
    if not isinstance(technique, Technique):
        wanted = "a specquant.plugin.Technique"
        refuse("specquant.register", "this cannot be a technique", type(technique).__name__, wanted)
    origin = f"specquant.register({technique.name})"
    rivals = [installed.origin for installed, _ in declared() if installed.name == technique.name]
    if rivals:
        todo = "Give the technique another name, or uninstall the distribution."
        refuse(origin, "an installed distribution declares this technique", ", ".join(rivals), "a new name", todo)
    hooks.check_technique(technique, origin)
    hooks.check_factories(quantifiers, "quantifiers", origin, hooks.CORE_METHODS)
    hooks.check_factories(explainers, "explainers", origin, hooks.CORE_EXPLAINERS)
    plugin = Plugin(
        technique=guarded(technique, origin),
        readers=hooks.checked_readers(readers, "readers", technique, origin),
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
