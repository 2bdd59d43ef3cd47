"""What ISO 16243 and ISO 18118 ask a report of XPS to state."""

from specquant.plugin import Reporting

REPORTING = Reporting(
    standards=("ISO 16243:2011 (recording and reporting data in XPS)", "ISO 18118:2024 (relative sensitivity factors)"),
    instrument=("photon_energy",),
    transmission="Transmission of the analyser and mean free path together go as a power of the kinetic energy; the "
    "method hybrid fits its exponent to each spectrum, a network averages over those of its training.",
    sensitivity="Average-matrix sensitivity factors from calculated photoionisation cross sections and asymmetries, "
    "relative to C 1s = 1 (specquant library prints them); no matrix correction beyond the mean free path.",
    background="No background is subtracted: inelastic losses of every line are part of the model (Tougaard kernel "
    "with a loss peak).",
    lines="All photoelectron and Auger lines of every element within the axis, together.",
    normalisation="Atomic fractions sum to 100 at% over the elements that the model knows.",
    unseen="Hydrogen and helium are not seen, and fractions leave them out.",
    assumptions="Homogeneous over the information depth (about 10 nm), flat, and large against the analysed area; "
    "a layer on top is named as composition, not as depth.",
)
"""Sentences of the report; sources are in docs/explanation/physics-xps.md."""
