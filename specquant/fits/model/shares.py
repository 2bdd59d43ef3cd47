"""Atomic fractions of amounts, and their standard errors."""

import numpy as np

from specquant.technique import Floats


def shares_of(amounts: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Return atomic fractions of amounts (chosen,) with a covariance (chosen, chosen), and their standard errors."""
    total = amounts.sum()
    fraction = amounts / total
    jacobian = (np.eye(fraction.size) - fraction[:, None]) / total
    error = np.sqrt(np.maximum(np.diag(jacobian @ covariance @ jacobian.T), 0.0))
    return fraction, error
