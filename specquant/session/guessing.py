"""The technique of files, by what they hold, where nobody names it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from specquant.discovery import Plugin
from specquant.errors import SettingError, SpecquantError
from specquant.hdf5 import MAGIC, opened
from specquant.readers import CORE_READERS, head_of, installed_plugins, kinds_of, read_file
from specquant.terminal import shown

_SHOWN = 3
"""Files that a message names: chosen, the others are counted."""


@dataclass(frozen=True)
class Guess:
    """The technique of files, and why."""

    technique: str
    title: str
    reason: str

    def __str__(self) -> str:
        return f"read as {self.title}: {self.reason}"


def guess_technique(paths: Sequence[Path], installed: Sequence[Plugin] | None = None) -> Guess:
    """Return the one technique that files are of: that of the reader that knows them, of their attributes, or axis.

    Files that cannot be read say nothing, unless none can. Plug-ins that cannot be loaded are passed over; whoever has
    them loaded hands them over as `installed`.

    Raises
    ------
    ReadError
        If no file can be read.
    SettingError
        If no file says it, some say different ones, or one could be of several techniques.
    """
    plugins = {plugin.technique.name: plugin for plugin in (installed_plugins() if installed is None else installed)}
    if len(plugins) == 1:
        (only,) = plugins
        return Guess(only, only.upper(), "no other technique is installed")
    known: dict[str, Guess] = {}
    unknown: list[Path] = []
    unread: list[SpecquantError] = []
    several: list[tuple[Path, list[Guess]]] = []
    for path in paths:
        try:
            guesses = _guesses(path, plugins)
        except SpecquantError as error:
            unread.append(error)  # it is named when it is read
            continue
        if len(guesses) == 1:
            known.setdefault(guesses[0].technique, guesses[0])
        elif guesses:
            several.append((path, guesses))
        else:
            unknown.append(path)
    if len(known) == 1 and all(set(known) & {guess.technique for guess in guesses} for _, guesses in several):
        return next(iter(known.values()))
    if unread and not (known or unknown or several):
        raise unread[0]
    raise _refusal(known, unknown, several, plugins)


def _guesses(path: Path, plugins: dict[str, Plugin]) -> list[Guess]:
    """Return the techniques that one file can be of; none if it does not say.

    Raises
    ------
    ReadError
        If it cannot be read, as no technique can read it.
    """
    head = head_of(path)
    stated = _stated(path, head)
    if stated in plugins:
        return [Guess(stated, stated.upper(), "the file states its technique")]
    by_reader = [
        Guess(name, name.upper(), f"{kind} file") for name, kind in kinds_of(path, head, plugins.values()).items()
    ]
    if by_reader:
        return by_reader
    if not any(reader.sniff(head) for reader in CORE_READERS):
        read_file(path, [reader for plugin in plugins.values() for reader in plugin.readers])  # says why it cannot
    text = head.decode("utf-8", "replace").lower()
    labels = {name: plugin.technique.axis.label for name, plugin in plugins.items()}
    return [
        Guess(name, name.upper(), f"its axis is called {label}")
        for name, label in labels.items()
        if label.lower() in text and list(labels.values()).count(label) == 1
    ]


def _stated(path: Path, head: bytes) -> str:
    """Return the technique that a file of specquant states, "" if it does not."""
    if not head.startswith(MAGIC):
        return ""
    with suppress(SpecquantError), opened(path) as file:
        stated = file.attrs.get("technique", "") if "contract" in file.attrs else ""
        return stated.decode("utf-8", "replace") if isinstance(stated, bytes) else str(stated)
    return ""


def _refusal(
    known: dict[str, Guess],
    unknown: Sequence[Path],
    several: Sequence[tuple[Path, list[Guess]]],
    plugins: dict[str, Plugin],
) -> SettingError:
    """Return the error of files that do not say one technique."""
    ways = " or ".join(f"-t {name}" for name in plugins) or "an installed technique"
    if len(known) > 1:
        guessed = " and ".join(f"{guess.title} ({guess.reason})" for guess in known.values())
        return SettingError(
            "the files are of several techniques", found=guessed, wanted=ways, todo="Quantify them apart."
        )
    if several:
        path, guesses = several[0]
        guessed = " or ".join(f"{guess.title} ({guess.reason})" for guess in guesses)
        return SettingError("the file can be of several techniques", where=path, found=guessed, wanted=ways)
    named = ", ".join(shown(str(path)) for path in unknown[:_SHOWN])
    silent = f"nothing that says it in {named}" if named else "no file, which could say it"
    return SettingError("the technique is not stated", found=silent, wanted=ways, todo="Name it with --technique.")
