"""The XPS plug-in of specquant: what a survey spectrum of X-ray photoelectron spectroscopy is made of."""

from collections.abc import Sequence

from specquant.plugin import Reader, Technique, hookimpl


@hookimpl
def specquant_technique() -> Technique:
    """Return the XPS technique."""
    from specquant_xps.technique import technique

    return technique()


@hookimpl
def specquant_readers() -> Sequence[Reader]:
    """Return the readers of XPS file formats."""
    from specquant_xps.readers import READERS

    return READERS
