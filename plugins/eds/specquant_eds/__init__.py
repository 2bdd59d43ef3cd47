"""The EDS plug-in of specquant: what an energy-dispersive X-ray spectrum of a bulk sample is made of."""

from collections.abc import Sequence

from specquant.plugin import Reader, Technique, hookimpl


@hookimpl
def specquant_technique() -> Technique:
    """Return the EDS technique."""
    from specquant_eds.technique import technique

    return technique()


@hookimpl
def specquant_readers() -> Sequence[Reader]:
    """Return the readers of EDS file formats."""
    from specquant_eds.readers import READERS

    return READERS
