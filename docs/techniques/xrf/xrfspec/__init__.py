"""X-ray fluorescence of thick metals for specquant. Importing this module does nothing but name the hooks."""

from collections.abc import Sequence

from specquant.plugin import Reader, Technique, hookimpl


@hookimpl
def specquant_technique() -> Technique:
    """Return the technique ``xrf``."""
    from xrfspec.technique import technique

    return technique()


@hookimpl
def specquant_readers() -> Sequence[Reader]:
    """Return the reader of its files."""
    from xrfspec.reader import READER

    return [READER]
