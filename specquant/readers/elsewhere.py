"""Files that another installed technique reads: who knows a file by its first bytes, where its own readers do not."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from specquant.discovery import InstalledTechnique, Plugin, list_techniques, load_plugin
from specquant.errors import PluginError, ReadError, SpecquantError
from specquant.readers.opening import head_of
from specquant.readers.stored import OWN_READER
from specquant.technique import Reader

_LISTS = 4
"""Lists of plug-ins that are kept: chosen, a process reads files of one technique or two."""


def installed_plugins() -> list[Plugin]:
    """Return every installed plug-in, but for those that cannot be loaded."""
    return _loaded(list_techniques())


def _loaded(techniques: Iterable[InstalledTechnique]) -> list[Plugin]:
    plugins = []
    for name in dict.fromkeys(installed.name for installed in techniques):
        with suppress(PluginError):
            plugins.append(load_plugin(name))
    return plugins


_once = lru_cache(maxsize=_LISTS)(_loaded)
"""The same, and kept: a batch can hold many files that cannot be used."""


def kinds_of(path: Path, head: bytes, plugins: Iterable[Plugin]) -> dict[str, str]:
    """Return the name of the reader that knows a file, by technique; those that read nothing know none.

    Parameters
    ----------
    path
        The file.
    head
        Its first bytes.
    plugins
        Techniques that are asked.
    """
    kinds = {}
    for plugin in plugins:
        for reader in sorted(plugin.readers, key=lambda reader: path.suffix.lower() not in reader.suffixes):
            with suppress(SpecquantError):
                if not reader.refuses and reader.sniff(head):
                    kinds[plugin.technique.name] = reader.name
                    break
    return kinds


def of_another_technique(path: Path, technique: str, readers: Sequence[Reader]) -> ReadError | None:
    """Return the error of a file that only readers of other techniques know; None of any other file.

    Parameters
    ----------
    path
        The file.
    technique
        Name of the technique that cannot use it.
    readers
        Its readers.
    """
    with suppress(SpecquantError):
        head = head_of(path)
        if OWN_READER.sniff(head) or any(reader.sniff(head) for reader in readers):
            return None
        others = _once(tuple(installed for installed in list_techniques() if installed.name != technique))
        kinds = kinds_of(path, head, others)
        if kinds:
            return ReadError(
                f"is not a file of {technique}",
                where=path,
                found=" or ".join(f"{kind}, a format of {other}" for other, kind in kinds.items()),
                todo=f"Give it to {' or '.join(f'--technique {other}' for other in kinds)}.",
            )
    return None
