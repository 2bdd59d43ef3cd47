"""A recipe: everything random about a synthetic spectrum, as one frozen record with all its ranges."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256

from specquant.markup import card
from specquant.recipes.distributions import Constant, Distribution


@dataclass(frozen=True)
class Addition:
    """Matter that lies on many samples, e.g. a contamination layer: elements with the share each takes.

    Parameters
    ----------
    probability
        Probability that a sample has it.
    shares
        Element to the distribution of the atomic fraction that it takes.
    """

    probability: float
    shares: Mapping[str, Distribution]


@dataclass(frozen=True)
class InstrumentKind:
    """A kind of instrument, and how many spectra come from it.

    Parameters
    ----------
    weight
        Share of the spectra that come from it, relative to the weights of the other kinds.
    values
        Instrument parameters that differ from their defaults, and that pure spectra are rendered for anew, by name in
        their units; none, if the kinds differ in `response` only.
    response
        Distributions of instrument parameters, by name, in place of those of the recipe.
    """

    weight: float
    values: Mapping[str, float]
    response: Mapping[str, Distribution] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """Everything random about a synthetic spectrum, each with its range.

    Parameters
    ----------
    name
        The word after ``--recipe``.
    title
        What it draws, in one line for people.
    element_count
        Probability of 1, 2, 3, ... elements in a material.
    prior
        Weight of elements in the draw, by symbol.
    prior_default
        Weight of all others.
    concentration
        Dirichlet parameter of the amounts, drawn per spectrum (1 is uniform on the simplex, below it few dominate).
    additions
        Contamination mixed into the composition, and labelled.
    instruments
        Kinds of instrument, drawn per spectrum; empty: that of the technique's defaults alone.
    global_shift
        Shift of the whole energy axis, eV.
    offset
        The same as spectra come from the instrument, charging and a wrong work function included: what the network
        learns from that finds it, so that it is taken off before the spectrum is quantified. None: no network
        learns to find it.
    element_shift
        Shift per element, eV.
    element_shift_range
        Where in the element's own chemical-shift range (0 low end, 1 high end) the element sits.
    sensitivity_scatter
        Factor per element on its intensity: the error of the sensitivity factor.
    group_scatter
        Factor on the intensity, by group of lines (keys are the plug-in's names of groups).
    group_shift
        Further shift of the lines, eV, by group of lines.
    second_state
        Probability that an element shows a second chemical state, with share and further shift (eV) of it.
    response
        Instrument parameters that vary; those not named keep their defaults. Empty: nominal pure spectra are summed.
    unstated
        Per stated instrument parameter the probability that nobody states it of a spectrum; else its true value is
        known.
    linear_mixing
        Use the article's linear law even where the technique has a better one, to measure what that costs.
    background_level
        Height of a straight background below all lines, relative to the strongest channel.
    background_slope
        Its slope, -1 to 1: at 1 it is twice the level at the upper end of the axis and zero at the lower end.
    counts
        Expected counts in the strongest channel: the signal-to-noise ratio is its square root.
    noise_factor
        Variance over mean of the counts: 1 is Poisson, below one averaged, above one a noisy detector.
    smoothing
        Probability that a spectrum was smoothed by its owner (3 channels).
    low_end
        First measured energy, eV; channels below are not observed. None: the whole axis.
    high_end
        Last measured energy, eV; channels above are not observed. None: the whole axis.
    """

    name: str
    title: str
    element_count: tuple[float, ...]
    prior: Mapping[str, float] = field(default_factory=dict)
    prior_default: float = 1.0
    concentration: Distribution = Constant(1.0)
    additions: tuple[Addition, ...] = ()
    instruments: tuple[InstrumentKind, ...] = ()
    global_shift: Distribution = Constant(0.0)
    offset: Distribution | None = None
    element_shift: Distribution = Constant(0.0)
    element_shift_range: Distribution | None = None
    sensitivity_scatter: Distribution = Constant(1.0)
    group_scatter: Mapping[str, Distribution] = field(default_factory=dict)
    group_shift: Mapping[str, Distribution] = field(default_factory=dict)
    second_state: tuple[float, Distribution, Distribution] | None = None
    response: Mapping[str, Distribution] = field(default_factory=dict)
    unstated: Mapping[str, float] = field(default_factory=dict)
    linear_mixing: bool = False
    background_level: Distribution = Constant(0.0)
    background_slope: Distribution = Constant(0.0)
    counts: Distribution = Constant(1e5)
    noise_factor: Distribution = Constant(1.0)
    smoothing: float = 0.0
    low_end: Distribution | None = None
    high_end: Distribution | None = None

    def _repr_html_(self) -> str:
        usual = Recipe("", "", ())
        named = [(one.name, getattr(self, one.name)) for one in fields(self) if one.name not in ("name", "title")]
        return card(f"Recipe {self.name}: {self.title}", [pair for pair in named if pair[1] != getattr(usual, pair[0])])

    @property
    def rendered_kinds(self) -> bool:
        """Whether its kinds of instrument have pure spectra of their own."""
        return any(kind.values for kind in self.instruments)

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that change with anything but the title."""
        return sha256(repr(replace(self, title="")).encode()).hexdigest()[:8]
