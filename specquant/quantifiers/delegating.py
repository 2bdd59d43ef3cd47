"""A method that does something to the answers of another."""

from specquant.quantifiers.base import Quantifier
from specquant.quantifiers.estimates import Estimate
from specquant.spectra import Spectra


class Delegate(Quantifier):
    """A method that is another one in all but its `answer`, which subclasses write.

    Parameters
    ----------
    quantifier
        The other method.
    """

    def __init__(self, quantifier: Quantifier) -> None:
        super().__init__(quantifier.technique, quantifier.library)
        self.name, self.origin = quantifier.name, quantifier.origin
        self.quantifier = quantifier

    def estimate(self, spectra: Spectra) -> Estimate:
        """Return what the method answers, counts being (sample, energy)."""
        return self.answer(spectra)

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that the method can find."""
        return self.quantifier.known

    @property
    def explained(self) -> Quantifier:
        """What the method is explained by."""
        return self.quantifier.explained

    @property
    def supposes_usual_instrument(self) -> bool:
        """Whether the method does."""
        return self.quantifier.supposes_usual_instrument

    @property
    def fits_fractions(self) -> bool:
        """Whether the method does."""
        return self.quantifier.fits_fractions
