"""Making the quantifiers that a plug-in brings."""

from specquant.library import PureLibrary
from specquant.quantifiers.base import Quantifier, QuantifierFactory
from specquant.technique import Technique
from specquant.validation import blamed, refuse


def open_quantifier(
    factory: QuantifierFactory, name: str, origin: str, technique: Technique, library: PureLibrary
) -> Quantifier:
    """Return the quantifier that a plug-in's factory makes, which then knows its name and its plug-in.

    Parameters
    ----------
    factory
        What makes the quantifier, as the plug-in hands it over.
    name
        Its name, as the plug-in hands it over.
    origin
        Distribution and version of the plug-in.
    technique
        The technique that it is to work with.
    library
        The pure spectra that it is to work with.

    Raises
    ------
    PluginError
        If the factory fails, or makes something else.
    """
    with blamed(origin, f"quantifier {name}", "factory(technique, library) -> Quantifier"):
        quantifier = factory(technique, library)
    if not isinstance(quantifier, Quantifier):
        wanted = "a specquant.plugin.Quantifier"
        refuse(origin, f"quantifier {name} has the wrong type", type(quantifier).__name__, wanted)
    if not isinstance(getattr(quantifier, "technique", None), Technique):
        todo = "Call super().__init__(technique, library) in its __init__."
        refuse(origin, f"quantifier {name} has no technique", "no attribute technique", "a Technique", todo)
    quantifier.name, quantifier.origin = name, origin
    return quantifier
