"""What ISO 22309 asks a report of EDS to state."""

from specquant.plugin import Reporting

REPORTING = Reporting(
    standards=("ISO 22309:2011 (quantitative analysis using EDS for elements of Z = 11 and above)",),
    instrument=("beam_energy", "take_off_angle", "nitride_window", "polymer_window", "aluminium", "dead_layer"),
    transmission="Absorption in window, electrode and dead layer of the detector, and its thickness, are computed from "
    "their parameters. Where nobody states any of these, a network finds the transmission of soft X-rays in the "
    "spectrum, the method hybrid holds it, and its error is in the intervals; else what is not stated is free in the "
    "fit.",
    sensitivity="No standards: intensities are computed from ionisation cross sections and fluorescence yields, with "
    "correction for atomic number, absorption and fluorescence (specquant library prints the lines).",
    background="No background is subtracted: the continuum is computed and fitted with the lines.",
    lines="All K, L and M lines of every element within the axis, together.",
    normalisation="Atomic and weight fractions sum to 100 % over the elements that the model knows; the total is "
    "not measured.",
    unseen="Hydrogen to beryllium are not seen, boron only where a list of elements names it; fractions leave them "
    "out. ISO 22309 covers elements from sodium on; lighter ones are less certain.",
    assumptions="Homogeneous over the volume of interaction (about 1 \u00b5m), flat, polished, thick, and "
    "perpendicular to the beam; a conductive coat is taken to be carbon.",
)
"""Sentences of the report; sources are in docs/explanation/physics-eds.md."""
