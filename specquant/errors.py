"""The one tree of errors a user can meet; each says what, where, found, wanted and what to do."""

from collections.abc import Iterable

_LONGEST = 600
"""Letters of what was found or wanted that a message shows: a file can hold anything. Chosen: eighty elements fit."""


class SpecquantError(Exception):
    """Base of every error that specquant raises on purpose.

    Parameters
    ----------
    what
        What went wrong, a short clause.
    where
        The file, argument, plug-in or array in which it went wrong.
    found
        What was there.
    wanted
        What should have been there.
    todo
        What the reader can do about it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object | None = None,
        found: object | None = None,
        wanted: object | None = None,
        todo: str | None = None,
    ) -> None:
        self.what, self.where, self.found, self.wanted, self.todo = what, where, found, wanted, todo
        message = what if where is None else f"{where}: {what}"
        if found is not None:
            message += f"; found {_shown(found)}"
        if wanted is not None:
            message += f"; wanted {_shown(wanted)}"
        if todo is not None:
            message += f". {todo}"
        super().__init__(" ".join(message.split()))

    @property
    def in_short(self) -> str:
        """What went wrong and what was found, without where, for a list of several."""
        return self.what if self.found is None else f"{self.what}, {self.found}"


def _shown(thing: object) -> str:
    text = str(thing)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return a question about the nearest known word, if one is near; letters may be large or small."""
    from difflib import get_close_matches

    small = {one.lower(): one for one in known}
    close = get_close_matches(str(word).strip().lower(), small, n=1)
    return f"Did you mean {small[close[0]]!r}?" if close else None


class ContractError(SpecquantError):
    """A dataset does not keep the contract it was handed over under."""


class PluginError(SpecquantError):
    """A plug-in is missing, broken or breaks the rules of the seam."""


class ReadError(SpecquantError):
    """A file cannot be read as what it was given for."""


class SpectrumError(SpecquantError):
    """A spectrum was read but cannot be used as it is."""


class ModelError(SpecquantError):
    """A model file is damaged, or made for something else."""


class OutputError(SpecquantError):
    """A result cannot be written where it was asked for."""


class SettingError(SpecquantError):
    """An argument, recipe or preset has a value that cannot be used."""
