"""A plug-in that misspells the required hook."""

from specquant.hookspecs import hookimpl
from specquant.technique import Technique


@hookimpl
def specquant_tecnique() -> Technique:
    """Never called."""
    raise NotImplementedError
