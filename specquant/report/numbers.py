"""Numbers as people read them; what is not known is a dash."""

import math

UNKNOWN = "\u2013"
"""What is written for a number that is not known."""

_MINUTES_FROM = 120.0
"""Time span, s, from which on minutes are written."""


_LITTLE = 0.00995
"""Fraction below which per cent have two decimals: that which one decimal rounds to 1.0."""


def percent(fraction: float, digits: int = 1) -> str:
    """Return a fraction in percent, without the sign: ``12.3``, with two decimals at least below 1 %: ``0.45``."""
    least = 2 if 0 < fraction < _LITTLE else 0
    return f"{100 * fraction:.{max(digits, least)}f}" if math.isfinite(fraction) else UNKNOWN


def signed_percent(fraction: float) -> str:
    """Return a change in percent with its sign: ``+12.3``."""
    return f"{100 * fraction:+.1f}".replace("-", "\u2212") if math.isfinite(fraction) else UNKNOWN


def interval(lower: float, upper: float) -> str:
    """Return an interval in percent: ``11.0 to 13.5``, or a dash if an end is not known."""
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return UNKNOWN
    return f"{percent(lower)} to {percent(upper)}"


def duration(seconds: float) -> str:
    """Return a time span: ``0.4 s``, ``3 min 20 s``."""
    if not math.isfinite(seconds):
        return UNKNOWN
    if seconds < _MINUTES_FROM:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
