"""Instrument parameters: numbers that describe the instrument or the sample's bulk."""

import math
from dataclasses import dataclass
from enum import Flag


class Role(Flag):
    """How a parameter's value comes to be known, and what it changes; roles can be joined with ``|``."""

    INTERNAL = 0
    """Nobody states it: recipes may vary it, and fits may leave it free."""
    STATED = 1
    """A file's header, an instrument file or the user states it for each spectrum; it is an input of every method."""
    REQUIRED = 2 | STATED
    """Stated, and without it a spectrum cannot be quantified."""
    RENDERED = 4 | STATED
    """Stated, and another value needs other pure spectra, by `Technique.render`."""
    SAMPLE = 8
    """It is of the sample, not of the instrument: fits of several samples on one instrument do not share it."""


@dataclass(frozen=True)
class InstrumentParameter:
    """One number that describes the instrument or the sample's bulk.

    Parameters
    ----------
    name
        How it is called in settings, files and recipes.
    default
        Value where nobody states it, in `unit`.
    low
        Lowest valid value, in `unit`.
    high
        Highest valid value, in `unit`.
    unit
        Unit of the value; "" for a pure number.
    meaning
        What it is, for people.
    role
        How its value comes to be known.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    meaning: str
    role: Role = Role.INTERNAL

    @property
    def stated(self) -> bool:
        """Whether it is stated for each spectrum."""
        return Role.STATED in self.role

    @property
    def required(self) -> bool:
        """Whether a spectrum cannot be quantified without it."""
        return Role.REQUIRED in self.role

    @property
    def rendered(self) -> bool:
        """Whether another value needs other pure spectra."""
        return Role.RENDERED in self.role

    def holds(self, value: float) -> bool:
        """Return whether a value lies in the valid range.

        Parameters
        ----------
        value
            Value, in the unit of the parameter.
        """
        return self.low <= value <= self.high

    def amount(self, value: float) -> str:
        """Return a value with its unit: ``15000 eV``.

        Parameters
        ----------
        value
            Value, in the unit of the parameter.
        """
        return f"{value:g} {self.unit}".strip()

    @property
    def span(self) -> str:
        """The valid range with its unit: ``5000 to 30000 eV``."""
        return f"{self.low:g} to {self.high:g} {self.unit}".strip()


@dataclass(frozen=True)
class ParameterEstimate:
    """What a spectrum itself says of a parameter.

    Parameters
    ----------
    value
        Its value, in the parameter's unit; NaN where the spectrum does not say.
    deviation
        Its standard deviation, in the parameter's unit; NaN where the spectrum does not say.
    reason
        How it is known, such as "by the end of the continuum", or why it is not.
    """

    value: float
    deviation: float
    reason: str

    @staticmethod
    def unknown(reason: str) -> "ParameterEstimate":
        """Return that a spectrum does not say, and why.

        Parameters
        ----------
        reason
            Why the spectrum does not say, for a note.
        """
        return ParameterEstimate(math.nan, math.nan, reason)

    @property
    def known(self) -> bool:
        """Whether the spectrum says anything."""
        return math.isfinite(self.value)
