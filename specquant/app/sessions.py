"""Techniques that are open for work, and how each is opened as a user's settings say."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from specquant.app.caching import Cache
from specquant.app.settings import Settings
from specquant.discovery import list_techniques
from specquant.errors import SpecquantError
from specquant.instrument import parse_reference
from specquant.library import pure_spectra
from specquant.quantifiers import Quantifier
from specquant.readers import check_given
from specquant.session import Session, open_session
from specquant.spectra import Spectra

_VARIANTS = 24
"""Sessions of other settings that are kept: each holds a network of some MB. Chosen."""

_LEVEL, _HEIGHT = 100.0, 1e4
"""Counts of the background and of the highest line of the spectrum that is tried first: chosen, like a survey's."""


class Sessions:
    """One session per technique, and those that settings make of it."""

    def __init__(self) -> None:
        self.names = tuple(technique.name for technique in list_techniques())
        self._bases: dict[str, Session] = {}
        self._methods: dict[tuple[str, str], Quantifier] = {}
        self._variants: Cache[Session] = Cache(_VARIANTS, lambda _: 1)

    def base(self, technique: str) -> Session:
        """Return the session of a technique, as nobody set anything.

        Raises
        ------
        PluginError
            If the technique is not known, or cannot be loaded.
        """
        if technique not in self._bases:
            self._bases[technique] = open_session(technique)
        return self._bases[technique]

    def of(self, settings: Settings) -> Session:
        """Return the session that settings ask for.

        Raises
        ------
        SpecquantError
            If they cannot be used with the technique.
        """
        return self._variants.get(settings.key, partial(self._variant, settings))

    def method(self, settings: Settings) -> dict[str, Quantifier]:
        """Return the method that settings ask for, by its name; it is opened once, whatever else is set."""
        base = self.base(settings.technique)
        name = settings.method or base.method_names[0]
        key = (settings.technique, name)
        if key not in self._methods:
            self._methods[key] = base.methods([name])[name]
        return {name: self._methods[key]}

    def warming(self) -> Iterator[Callable[[], None]]:
        """Yield steps after which every technique answers at once."""
        for name in self.names:
            yield partial(self._open, name)
        for name in sorted(self.names, reverse=True):
            yield partial(self._try, name)

    def _open(self, technique: str) -> None:
        try:
            _ = self.base(technique)
        except SpecquantError:
            self.names = tuple(name for name in self.names if name != technique)

    def _try(self, technique: str) -> None:
        """Quantify a pure spectrum, so that all that an answer needs is loaded."""
        if technique not in self._bases:
            return
        settings = Settings(technique)
        session = self.of(settings)
        pure = pure_spectra(session.technique, session.library)[:1]
        counts = np.asarray(_LEVEL + _HEIGHT * pure / max(pure.max(), 1e-30), np.float32)
        stated = [[parameter.default for parameter in session.technique.stated]]
        spectra = Spectra(counts, np.ones(counts.shape, bool), np.asarray(stated, np.float64).reshape(1, -1))
        _ = session.axis_correction
        try:
            session.quantified("warming", spectra, self.method(settings))
        except SpecquantError:
            return  # whoever asks for an answer hears of it

    def _variant(self, settings: Settings) -> Session:
        base = self.base(settings.technique)
        technique = base.technique
        session = replace(
            base,
            stated=check_given(settings.stated, technique),
            shift=settings.shift,
            reference=parse_reference(settings.reference, technique) if settings.reference else None,
        )
        return session.with_oxides() if settings.oxides else session
