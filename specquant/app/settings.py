"""What a user chose for the answer to a spectrum, as the page sends it and as the command line says it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from msgspec import Meta, json, to_builtins

from specquant.errors import SettingError
from specquant.typed import Name, Number, fitted

_Symbol = Annotated[str, Meta(pattern=r"^[A-Z][a-z]?$")]

_Percent = Annotated[float, Meta(ge=0.0, le=100.0)]

_FIELDS = {
    "--technique": "technique",
    "--method": "method",
    "--elements": "only",
    "--exclude": "exclude",
    "--require": "require",
    "--fix": "fix",
    "--reference": "reference",
    "--shift": "shift",
    "--set": "stated",
    "--oxides": "oxides",
}
"""Options of ``specquant quantify``, and the fields that they set."""


@dataclass(frozen=True)
class Settings:
    """How one spectrum is quantified.

    Parameters
    ----------
    technique
        Its name; "" in what the page sends for a file that is to be recognised.
    method
        Name of the method; "": the technique's best.
    exclude
        Symbols of elements that are not there.
    require
        Symbols of elements that are there.
    fix
        Elements of known amount, at%.
    only
        The only elements there can be; empty: all.
    shift
        Offset of the energy axis, eV; None: it is looked for.
    reference
        A line of known energy, such as ``C1s=284.8``; "": there is none.
    stated
        Instrument parameters that win over the file's.
    oxides
        Whether oxides are given, too.
    """

    technique: Name = ""
    method: Name = ""
    exclude: tuple[_Symbol, ...] = ()
    require: tuple[_Symbol, ...] = ()
    fix: Mapping[_Symbol, _Percent] = field(default_factory=dict)
    only: tuple[_Symbol, ...] = ()
    shift: Number | None = None
    reference: Name = ""
    stated: Mapping[Name, Number] = field(default_factory=dict)
    oxides: bool = False

    @staticmethod
    def of(content: Any) -> "Settings":
        """Return the settings that plain content holds.

        Raises
        ------
        SettingError
            If it holds something else.
        """
        try:
            return fitted(content, Settings)
        except ValueError as error:
            raise SettingError("cannot be used", where="settings", found=error) from error

    @staticmethod
    def of_options(words: Sequence[str]) -> "Settings":
        """Return the settings that `options` says.

        Raises
        ------
        SettingError
            If it does not say them.
        """
        content: dict[str, Any] = {}
        words = list(words)
        while words:
            option, _, value = words.pop(0).partition("=")
            name = _FIELDS.get(option)
            if name is None:
                raise SettingError("is not an option of settings", where=option, wanted=", ".join(_FIELDS))
            if name == "oxides":
                content[name] = True
                continue
            text = value or (words.pop(0) if words else "")
            if name in ("exclude", "require", "only"):
                content[name] = text.split(",")
            elif name in ("fix", "stated"):
                symbol, _, amount = text.partition("=")
                content.setdefault(name, {})[symbol] = _number(amount, option)
            else:
                content[name] = _number(text, option) if name == "shift" else text
        return Settings.of(content)

    @property
    def of_map(self) -> "Settings":
        """What of them changes phases and pixels of a map."""
        return replace(self, method="", oxides=False)

    def plain(self) -> dict[str, Any]:
        """Return them as JSON has them."""
        return dict(to_builtins(self))

    @property
    def key(self) -> bytes:
        """The same for settings that say the same, to keep things under."""
        return json.encode(self, order="sorted")

    @property
    def fixed(self) -> tuple[str, ...]:
        """Amounts that are known, as texts like ``O=60``, at%."""
        return tuple(f"{symbol}={amount:g}" for symbol, amount in self.fix.items())

    def options(self) -> list[str]:
        """Return the options of ``specquant quantify`` that say the same."""
        return list(self._options())

    def _options(self) -> Iterator[str]:
        if self.technique:
            yield from ("--technique", self.technique)
        if self.method:
            yield from ("--method", self.method)
        for option, symbols in (("--elements", self.only), ("--exclude", self.exclude), ("--require", self.require)):
            if symbols:
                yield from (option, ",".join(symbols))
        for text in self.fixed:
            yield from ("--fix", text)
        if self.reference:
            yield from ("--reference", self.reference)
        if self.shift is not None:
            yield f"--shift={self.shift:g}"  # a negative number would look like an option
        for name, value in self.stated.items():
            yield from ("--set", f"{name}={value:g}")
        if self.oxides:
            yield "--oxides"


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SettingError("is not a number", where=option, found=text) from error
