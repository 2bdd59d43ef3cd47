"""Narrow scans: which survey each lies beside, which line it shows, the line's area, and what all of them add up to."""

from specquant_xps.narrow.answer import narrow_answer

__all__ = ["narrow_answer"]
