"""Fits of a spectrum by the physics of its technique: library fits, and the search and fit of the whole spectrum."""

from specquant.fits.hybrid import Hybrid
from specquant.fits.unmixing import LeastSquares, PoissonLikelihood

__all__ = ["Hybrid", "LeastSquares", "PoissonLikelihood"]
