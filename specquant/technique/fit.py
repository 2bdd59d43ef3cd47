"""What a fit of the whole spectrum takes for granted, decides by, and tells about an instrument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from specquant.recipes import Recipe, draws, moments

SCALES: Mapping[str, tuple[float, float]] = {
    "logarithm": (1e-12, float("inf")),
    "exponential": (-20.0, 20.0),
    "repeated": (0.0, 1.0),
}
"""Kinds of `FitPriors.scales`, with the values for which each is finite and steep."""


@dataclass(frozen=True)
class DoubledLines:
    """What is thought of samples of which a share has all its lines elsewhere, as one that is charged in parts.

    Parameters
    ----------
    share
        Instrument parameter that is the share.
    further
        Instrument parameter by which the lines of that share are moved up.
    probability
        Probability that a sample is so.
    shares
        Mean and standard deviation of the share of such a sample.
    places
        Mean and standard deviation of how far its lines are moved, for every direction there is.
    """

    share: str
    further: str
    probability: float
    shares: tuple[float, float]
    places: tuple[tuple[float, float], ...]

    @property
    def names(self) -> tuple[str, str]:
        """Names of the two parameters."""
        return self.share, self.further

    @staticmethod
    def as_drawn(recipe: Recipe, share: str, further: str) -> "DoubledLines":
        """Return what a recipe draws of the two parameters: a share of nothing is of a sample that is not so.

        Parameters
        ----------
        recipe
            It draws both.
        share
            Name of the parameter that is the share.
        further
            Name of the one by which the lines of that share are moved up.
        """
        drawn, moved = (draws(recipe.response[name]) for name in (share, further))
        there = drawn[drawn > 0.0]
        sides = [side for side in (moved[moved > 0.0], moved[moved < 0.0]) if side.size]
        places = tuple((float(side.mean()), float(side.std())) for side in sides)
        shares = float(there.mean()), float(there.std())
        return DoubledLines(share, further, there.size / drawn.size, shares, places)


@dataclass(frozen=True)
class FitPriors:
    """What a fit leaves free, and how far: the model's errors as standard deviations.

    Parameters
    ----------
    parameters
        Instrument parameter to standard deviation around what is stated, or what is usual, in its unit.
    groups
        Group of components to relative standard deviation of their strength, per element.
    other_groups
        The same for groups that are not named.
    separate
        Groups of which every component has a factor of its own, in place of one for the group.
    sensitivity_error
        Relative error of an element's sensitivity factor, common to all its lines: no fit can tell it, so it goes into
        the intervals.
    model_error
        Relative error of the modelled spectrum in any channel, beside counting noise.
    shape_errors
        Group of components to the relative error of their shape, which adds to the model's error where they lie.
    pedestal
        Standard deviation of either end of a straight background below all components, over the highest channel; 0:
        there is none. A library without any component of no element gets a smooth background in its place.
    axis_shift
        Standard deviation of the shift of the whole axis, eV; 0 where parameters of the response do that.
    axis_parameter
        The instrument parameter that shifts the axis, if one does, in eV.
    chemical_shifts
        Whether the lines of each element may move together, about the shifts that `Technique.chemical_shift` says are
        usual.
    unstated
        Stated instrument parameter to its standard deviation about its default, in its unit: where nobody states it, it
        is free.
    usual
        Instrument parameter to the value that is usual where nobody states one, in its unit; those that are not named
        are usually at their default.
    strengths
        Group of components to its usual strength over that of the library; 1 for groups that are not named.
    places
        Group of components to mean and standard deviation, eV, of how far its lines lie above where the library has
        them, beside the shift of the element as a whole. Where lines do not move (`chemical_shifts`), the mean counts
        alone.
    second_state
        Probability that an element shows a second chemical state, with mean and standard deviation of its share of the
        lines, and of how far above the first it lies, eV; None: none does.
    scales
        Instrument parameter to the kind of scale on which spectra change evenly with it: ``"logarithm"``,
        ``"exponential"``, or ``"repeated"``, which is 1 / (1 - value) of what happens again and again. Those that are
        not named change spectra evenly as they are. A fit is the same, and takes fewer steps.
    doubled
        What is thought of samples of which a share has all its lines elsewhere; None: there are none, or the two
        parameters are free in every fit.
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, float] = field(default_factory=dict)
    other_groups: float = 0.1
    separate: tuple[str, ...] = ()
    sensitivity_error: float = 0.0
    model_error: float = 0.02
    shape_errors: Mapping[str, float] = field(default_factory=dict)
    axis_shift: float = 0.0
    axis_parameter: str = ""
    chemical_shifts: bool = False
    unstated: Mapping[str, float] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)
    pedestal: float = 0.0
    strengths: Mapping[str, float] = field(default_factory=dict)
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    second_state: tuple[float, tuple[float, float], tuple[float, float]] | None = None
    scales: Mapping[str, str] = field(default_factory=dict)
    doubled: DoubledLines | None = None

    @staticmethod
    def as_drawn(
        recipe: Recipe,
        free: Sequence[str],
        lines: bool = False,
        doubled: tuple[str, str] | None = None,
        **others: Any,
    ) -> "FitPriors":
        """Return priors under which instrument parameters are free as a recipe draws them: by mean and deviation.

        Parameters
        ----------
        recipe
            It draws all that is `free`, the shift of the axis, the pedestal, and the errors of sensitivity factors.
        free
            Names of instrument parameters.
        lines
            Whether it draws strengths and places of groups of lines too.
        doubled
            Names of the parameters of `DoubledLines`, share and then place, which it draws; None: it draws none.
        others
            All else that a fit leaves free.
        """
        if lines:
            scatter = {group: moments(drawn) for group, drawn in recipe.group_scatter.items()}
            others = {
                "groups": {group: deviation / mean for group, (mean, deviation) in scatter.items()},
                "strengths": {group: mean for group, (mean, _) in scatter.items()},
                "places": {group: moments(drawn) for group, drawn in recipe.group_shift.items()},
                "other_groups": 0.0,
                "second_state": _state(recipe),
                **others,
            }
        drawn = {name: moments(recipe.response[name]) for name in free}
        level, slope = (np.hypot(*moments(each)) for each in (recipe.background_level, recipe.background_slope))
        return FitPriors(
            parameters={name: deviation for name, (_, deviation) in drawn.items()},
            usual={name: mean for name, (mean, _) in drawn.items()},
            sensitivity_error=moments(recipe.sensitivity_scatter)[1],
            doubled=DoubledLines.as_drawn(recipe, *doubled) if doubled else None,
            **{"axis_shift": moments(recipe.global_shift)[1], "pedestal": float(level * np.hypot(1, slope)), **others},
        )


@dataclass(frozen=True)
class FitDecisions:
    """By what a fit decides which elements there are, and what it answers.

    Parameters
    ----------
    proposal
        How much the fit holds to the proposed composition: 1 takes the proposer's intervals as they are, less is
        closer, more is looser; 0: not at all. The worse the model explains a spectrum, the more the proposal counts.
    tails
        Degrees of freedom of Student's t, by which the proposer errs; 0: by a Gaussian. The fewer there are, the less
        holds a fit where the spectrum says that the proposal is wrong; in a spectrum that the model does not explain
        (misfit above 1) there are more, by the square of the misfit.
    least
        Atomic fraction below which an element is not looked for.
    false_alarms
        Probability that an element that is not there is kept: evidence and the proposer's odds together have to be
        1 / `false_alarms` to one for it.
    significance
        Standard errors, scale errors included, by which an amount lies above zero that needs no further evidence.
    correction
        Half the sum of differences of atomic fractions up to which a fit may correct a proposal that has intervals;
        beyond it the proposal is the answer, with a warning.
    poor
        Misfit from which on the proposal is the answer, with a warning; 1 is as good as the model can be.
    widening
        Factor on all standard errors, by which intervals were too narrow on spectra of known composition.
    only_if_listed
        Element to the energy, eV, below which a spectrum is mostly electronics: the element is fitted, and the channels
        below that energy are used, only where a given list of elements names it.
    layers
        Element to the instrument parameter that is its thickness on the surface. The layer is fitted as long as the
        element is not taken to be in the bulk, and it is taken to be there only where the layer cannot explain it.
    faint
        Further factor on the intervals of spectra in which the peaks of all elements together stand out by less than
        ten standard errors, by which they were too narrow on such spectra; 1: none.
    """

    proposal: float = 0.0
    tails: float = 0.0
    least: float = 0.001
    false_alarms: float = 0.02
    significance: float = 3.0
    correction: float = 0.2
    poor: float = 3.0
    widening: float = 1.0
    only_if_listed: Mapping[str, float] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)
    faint: float = 1.0


@dataclass(frozen=True)
class CalibrationSettings:
    """What a spectrum of known composition tells about an instrument, for ``specquant calibrate``.

    Parameters
    ----------
    parameters
        Instrument parameter that is fitted to standard deviation around its default, in its unit; empty: the technique
        cannot be calibrated.
    tuned
        The instrument parameter that is turned until known compositions come out; "" for none.
    kinds
        Kinds of instrument between which a calibration decides, by name: values of parameters.
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    tuned: str = ""
    kinds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class FitSettings:
    """All that the method ``hybrid`` and a calibration need beside the technique's physics.

    Parameters
    ----------
    priors
        What the fit leaves free, and how far.
    decisions
        How the fit decides which elements there are.
    calibration
        What a spectrum of known composition tells about an instrument.
    """

    priors: FitPriors = field(default_factory=FitPriors)
    decisions: FitDecisions = field(default_factory=FitDecisions)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)


def _state(recipe: Recipe) -> tuple[float, tuple[float, float], tuple[float, float]] | None:
    """Return what a recipe draws of second chemical states, as `FitPriors.second_state` has it."""
    if recipe.second_state is None:
        return None
    probability, share, further = recipe.second_state
    return probability, moments(share), moments(further)
