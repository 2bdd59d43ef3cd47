"""What the standards of a technique ask a report to state, as far as no spectrum and no model is needed for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reporting:
    """Sentences of a report, each about one thing that a standard asks for.

    Parameters
    ----------
    standards
        Which standards ask for them.
    instrument
        Stated instrument parameters that every report gives with their values and where these come from.
    transmission
        How the efficiency of analyser or detector is taken account of.
    sensitivity
        Where the sensitivity factors come from, and how intensities become atomic fractions.
    background
        How the background is treated.
    lines
        Which lines are used.
    normalisation
        What fractions sum to.
    unseen
        What the technique cannot see.
    assumptions
        What has to hold of the sample.
    """

    standards: tuple[str, ...]
    instrument: tuple[str, ...]
    transmission: str
    sensitivity: str
    background: str
    lines: str
    normalisation: str
    unseen: str
    assumptions: str
