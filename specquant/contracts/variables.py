"""The variables of the named datasets that pass between the stages, with their dimensions and ranges.

====================  =====================================================  =========================================
contract              variables (dims)                                       units and ranges
====================  =====================================================  =========================================
LIBRARY               density(component, energy), primary(component,         1/eV; element, label, group (component)
                      energy) optional, parameter_value(parameter) optional  element "" for what belongs to none
SPECTRA               counts(sample, energy), observed(sample, energy),      counts >= 0, finite; fraction 0..1 when
                      fraction(sample, element) optional,                    synthetic, with every nuisance drawn;
                      stated(sample, parameter) optional,                    stated: NaN where it is not known
                      parameter_value(sample, instrument_parameter)          parameter_value: as drawn
                      optional, facts(sample) optional                       facts: JSON, see specquant.storedfacts
COMPOSITION           fraction, lower, upper, presence(sample, element),     atomic fraction 0..1, rows sum to 1, or
                      detection_limit(sample, element) optional,             are NaN where nothing is quantified;
                      layer_thickness and layer_thickness_error(sample,      lower, upper, detection_limit, signs,
                      element), axis_shift and axis_shift_error(sample),     layers and shifts may be NaN (not known);
                      signs(sample, sign), verdict(sample),                  layers: unit of the parameter; shifts:
                      reasons(sample), oxide_weight_fraction(sample,         eV; reasons: JSON; oxides: weight
                      element), oxide(element),                              fraction
                      stoichiometric_oxygen(sample) optional
MAP                   counts(..., energy) with any dimensions before the     counts >= 0; read piece by piece, so that
                      channels, such as y and x, stated(parameter) optional  only their type is checked
MAP_COMPOSITION       fraction, error, lower, upper, detection_limit,        atomic fraction 0..1, NaN where nothing
                      weight_fraction(element, ...), verdict, phase,         is quantified; phase: its number, -1 for
                      cell, counts, chi_squared(...),                        none; cell: pixels along the side of the
                      phase_fraction(phase, element) and more                square that was pooled; verdict: flags
ATTRIBUTION           response(probe_energy, element), baseline(element),    atomic fraction 0..1; weight: signed change
                      or weight(sample, element, segment),                   of it; fidelity: weighted R2 of the
                      fidelity, stability(sample, element)                   surrogate, stability: rank correlation of
                                                                             repeats; NaN where there is none
COMPARISON            accuracy(technique, beginning, size, seed),            0..1; NaN where there is none, such as
                      element_accuracy(technique, element, seed),            an element that a technique does not
                      measured(technique, seed), compared(technique,         have; rule: class 1 to 4, 0 for none;
                      compared_with), rule(technique, element)               size: training spectra
====================  =====================================================  =========================================

Energy is in the unit of the technique's axis, mostly eV: channel centres, ascending.
"""

CONTRACTS: dict[str, dict[str, tuple[tuple[str, ...], bool]]] = {
    "LIBRARY": {
        "density": (("component", "energy"), True),
        "primary": (("component", "energy"), False),
        "element": (("component",), True),
        "label": (("component",), True),
        "group": (("component",), True),
        "parameter_value": (("parameter",), False),
    },
    "SPECTRA": {
        "counts": (("sample", "energy"), True),
        "observed": (("sample", "energy"), True),
        "fraction": (("sample", "element"), False),
        "candidates": (("sample", "element"), False),
        "required": (("sample", "element"), False),
        "fixed_fraction": (("sample", "element"), False),
        "fixed_weight_fraction": (("sample", "element"), False),
        "fixed_deviation": (("sample", "element"), False),
        "stated": (("sample", "parameter"), False),
        "parameter": (("parameter",), False),
        "parameter_value": (("sample", "instrument_parameter"), False),
        "facts": (("sample",), False),
    },
    "COMPOSITION": {
        "fraction": (("sample", "element"), True),
        "lower": (("sample", "element"), True),
        "upper": (("sample", "element"), True),
        "presence": (("sample", "element"), True),
        "detection_limit": (("sample", "element"), False),
        "layer_thickness": (("sample", "element"), False),
        "layer_thickness_error": (("sample", "element"), False),
        "axis_shift": (("sample",), False),
        "axis_shift_error": (("sample",), False),
        "signs": (("sample", "sign"), False),
        "oxide_weight_fraction": (("sample", "element"), False),
        "oxide": (("element",), False),
        "stoichiometric_oxygen": (("sample",), False),
        "verdict": (("sample",), False),
        "reasons": (("sample",), False),
    },
    "ATTRIBUTION": {
        "response": (("probe_energy", "element"), False),
        "baseline": (("element",), False),
        "weight": (("sample", "element", "segment"), False),
        "fidelity": (("sample", "element"), False),
        "stability": (("sample", "element"), False),
        "fraction": (("sample", "element"), False),
    },
    "COMPARISON": {
        "accuracy": (("technique", "beginning", "size", "seed"), True),
        "element_accuracy": (("technique", "element", "seed"), True),
        "measured": (("technique", "seed"), True),
        "compared": (("technique", "compared_with"), True),
        "rule": (("technique", "element"), True),
    },
}
"""Contract, then variable: its dimensions, and whether it is required."""

FIXED = {"fixed_fraction", "fixed_weight_fraction", "fixed_deviation"}
"""Variables of fractions that are fixed; NaN where they are free."""

NAMED = {"stated", "parameter_value", "candidates", "required", "signs", *FIXED}
"""Variables with a last dimension that needs a coordinate: the names of what they hold."""

TEXTS = {"element", "label", "group", "parameter", "facts", "oxide", "verdict", "reasons"}
"""Variables that hold texts; all others hold numbers."""

FLAGS = {"observed", "candidates", "required", "presence"}
"""Variables that say yes or no."""

NON_NEGATIVE = {"density", "primary", "counts", "fraction"}
"""Variables of 0 or more."""

ATOMIC_FRACTION = {"fraction", "lower", "upper", "detection_limit", "response", "baseline"}
"""Variables of 0 to 1."""

ACCURACY = {"accuracy", "element_accuracy", "measured", "compared"}
"""Variables of 0 to 1 that are accuracies."""

NOT_FINITE = {
    "lower",
    "upper",
    "detection_limit",
    "layer_thickness",
    "layer_thickness_error",
    "axis_shift",
    "axis_shift_error",
    "signs",
    "oxide_weight_fraction",
    "stoichiometric_oxygen",
    "fidelity",
    "stability",
    "stated",
    *FIXED,
    *ACCURACY,
}
"""Variables that may be NaN: not known."""
