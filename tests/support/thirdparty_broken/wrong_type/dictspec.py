"""A plug-in that returns a dictionary where a Technique is due."""

from specquant.hookspecs import hookimpl


@hookimpl
def specquant_technique() -> dict[str, str]:
    """Return the wrong type."""
    return {"name": "dict"}
