"""How much one file may cost: time, memory, bytes and spectra, by its size."""

from dataclasses import dataclass, replace

_SECONDS = 8.0
"""s of computing for any file; a map of 7500 pixels takes three. Chosen, so that nobody waits longer for a bad file."""

_SECONDS_PER_MIB = 3.0
"""s for every MiB of a file beside: slow readers in Python take one. Chosen."""

_WAITING = 4.0
"""Time on the clock per s of computing: a busy machine, or a slow disk. Chosen."""

_MEMORY = 1 << 30
"""Bytes that reading any file may take: 1 GiB. Chosen, as any machine that runs specquant has it."""

_MEMORY_PER_BYTE = 64
"""Bytes for every byte of a file beside: a packed map of single counts grows by forty (P45_12bit_packed_8bit)."""

_ANSWER = 1 << 28
"""Bytes of spectra that any file may give: 256 MiB. Chosen."""

_ANSWER_PER_BYTE = 256
"""Bytes of spectra for every byte of a file beside: four times what the most packed map at hand gives."""

_SPECTRA = 10_000
"""Spectra that any file may give: a map of 100 by 100. Chosen; on an axis of 2000 channels they take 100 MB."""

_BYTES_PER_SPECTRUM = 16
"""Bytes of a file that each further spectrum needs: pixels of a packed map have a hundred and more."""


@dataclass(frozen=True)
class Limits:
    """What reading one file may cost.

    Parameters
    ----------
    seconds
        Time of computing, s.
    waiting
        Time by the clock, s.
    memory
        Bytes of memory beside what the process has before.
    answer
        Bytes of spectra that come back.
    spectra
        How many.
    """

    seconds: float
    waiting: float
    memory: int
    answer: int
    spectra: int

    def after(self, seconds: float) -> "Limits":
        """Return what is left of them after so much time."""
        left = max(0.0, self.seconds - seconds)
        return replace(self, seconds=left, waiting=_WAITING * left)


def limits_for(size: int) -> Limits:
    """Return the limits for a file of that many bytes."""
    seconds = _SECONDS + _SECONDS_PER_MIB * size / 2**20
    return Limits(
        seconds,
        _WAITING * seconds,
        _MEMORY + _MEMORY_PER_BYTE * size,
        _ANSWER + _ANSWER_PER_BYTE * size,
        _SPECTRA + size // _BYTES_PER_SPECTRUM,
    )
