"""Inputs that cannot be used, with their reasons: answers to many files lose none of them in silence."""

from dataclasses import dataclass

from specquant.errors import SpecquantError

UNUSED = "unused"
"""What tables have in the column of the verdict, and the key of JSON and the attribute of netCDF."""


@dataclass(frozen=True)
class Unused:
    """An input that cannot be used, and why.

    Parameters
    ----------
    file
        Its name, or what else it is: ``array`` or ``spectra``.
    error
        The reason.
    """

    file: str
    error: SpecquantError

    def __str__(self) -> str:
        text = str(self.error)
        return text if self.file in text else f"{self.file}: {text}"

    def as_dict(self) -> dict[str, str]:
        """Return it as JSON and netCDF have it: the keys ``file`` and ``reason``."""
        return {"file": self.file, "reason": str(self)}
