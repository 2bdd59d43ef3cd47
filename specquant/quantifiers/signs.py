"""Signs of how far an answer can be believed: numbers that methods see as they work, the larger the worse."""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Sign(StrEnum):
    """Signs that are the same for all techniques; the value is the name in files."""

    COUNTS = "counts"
    """Negative decimal logarithm of all counts."""
    MISSING = "missing"
    """Share of the axis that was not measured."""
    DISTANCE = "distance"
    """Squared distance of the network's features from those of its training spectra, in their deviations."""
    WIDTH = "width"
    """Sum of the widths of the network's intervals, atomic fraction."""
    CHANGES = "changes"
    """Mean share of all atoms that the network changes its mind about when the spectrum is changed a little."""
    APART = "apart"
    """Half the sum of differences between a method's fractions and the network's; of a fit, before it is judged."""
    MISFIT = "misfit"
    """Root mean square residual of a fit, in errors of the counts and of the model."""
    LEFT_OVER = "left over"
    """Largest peak that a fit leaves over or has too much, in errors of the counts and of the model."""
    UNEXPLAINED = "unexplained"
    """Counts that a fit leaves over beyond noise, over those in peaks."""
    SURPLUS = "surplus"
    """Largest peak that a fit leaves over, beyond noise, over the largest of the spectrum."""
    LACK = "lack"
    """Largest peak that a fit has too much, beyond noise, over the largest of the spectrum."""
    CONTRADICTED = "contradicted"
    """1 where a fit is so far from what was proposed that it was discarded, else 0."""
    STRANGE = "strange"
    """Largest peak that a fit leaves over far from all of its lines, beyond noise, over the largest of the spectrum."""
    STRANGE_AT = "strange at"
    """Where that peak lies, in the unit of the axis."""
    FACTORS = "factors"
    """Root mean square of how far strengths of lines are from usual ones, in standard deviations of their priors."""
    STRONGEST = "strongest"
    """Largest logarithm of a factor on strengths of lines, in relative deviations of its prior."""
    CONTINUUM = "continuum"
    """Root mean square of the logarithms of factors on what belongs to no element."""
    UNCONFIRMED = "unconfirmed"
    """Share of atoms in elements of which the spectrum shows one group of lines only."""
    FACTORS_AT_BOUND = "factors at bound"
    """Lines of which the strength lies at its bound."""
    CHEMICAL = "chemical"
    """Largest distance of a chemical shift from the usual one, in standard deviations."""
    HIDDEN = "hidden"
    """Sum of what elements may have that a fit does not have, atomic fraction."""
    UNSEEN = "unseen"
    """Probability that elements that are not in the answer, and of which the strongest line was not measured, have more
    than `MOST_UNSEEN`, as the spectrum leaves it open and samples of the recipe have them."""


REGIONS = tuple(f"region {number}" for number in range(1, 9))
"""Signs of the eighths of the axis, in order: the root mean square residual of a fit there."""

PARAMETER = "parameter "
"""Before the name of an instrument parameter: how far a fit moved it from what is stated, in its unit."""

GROUPS = ("region ", PARAMETER)
"""Signs that begin alike belong together: only the worst of them counts."""

IN_ERRORS = frozenset({Sign.MISFIT, Sign.LEFT_OVER, Sign.UNEXPLAINED, Sign.CHEMICAL, *REGIONS})
"""Signs in errors of the counts, which grow without end as counts do wherever a model errs at all."""

MOST_UNSEEN = 0.15
"""Atomic fraction that an answer may lack and still be good: of issue 18."""

UNWEIGHED = frozenset({Sign.CONTRADICTED, Sign.STRANGE, Sign.STRANGE_AT, Sign.UNSEEN})
"""Signs that decide by themselves, or say where: none of them is weighed with the others."""

MOST_STRANGE = 0.2
"""Share of the largest peak from which on one that is of no element found makes an answer doubtful: chosen; good
answers to measured spectra leave less over."""


def decided(signs: "Signs") -> NDArray[np.bool_]:
    """Return which answers (sample,) are doubtful by a sign alone.

    Parameters
    ----------
    signs
        Values (sample,) of signs by name.
    """
    unknown = np.full_like(next(iter(signs.values())), np.nan)
    contradicted, strange = (signs.get(sign, unknown) for sign in (Sign.CONTRADICTED, Sign.STRANGE))
    return np.asarray((contradicted > 0) | (strange > MOST_STRANGE))


Signs = Mapping[str, NDArray[np.float64]]
"""Values of signs of some answers by name, (sample,) each; NaN where not known."""


def group_of(sign: str) -> str:
    """Return the group of a sign, or the sign itself."""
    return next((group for group in GROUPS if sign.startswith(group)), sign)
