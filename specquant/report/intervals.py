"""What the 90 % intervals of a method hold, in words."""

import numpy as np

from specquant.fits import Hybrid
from specquant.learning.networks import NETWORKS
from specquant.report.answers import main_method
from specquant.report.results import SampleResult


def interval_statement(sample: SampleResult) -> str:
    """Return how the intervals of the first method come about, in a sentence or two."""
    title = main_method(sample)
    composition = sample.compositions[title]
    method = str(composition.attrs.get("method", title))
    if not np.isfinite(composition["upper"].values).any():
        return f"The method {title} gives no interval."
    if method == Hybrid.name:
        return (
            f"The 90 % interval of {title} comes from the fit of each spectrum: from its counting noise, from the "
            "errors that are allowed for in the model, and from instrument parameters that nobody states. Where a note "
            "says that the figures are the network's, the interval is the network's too."
        )
    if method in NETWORKS:
        return (
            f"The 90 % interval of {title} holds the errors that the network made on validation spectra, which are "
            "like those that it was trained on; it does not depend on the noise of this spectrum."
        )
    return f"The 90 % interval is as the method {title} gives it."
