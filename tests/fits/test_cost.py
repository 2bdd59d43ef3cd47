"""What a fit makes small, and how its unknowns are scaled: derivatives are those of the functions."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.discovery import load_technique
from specquant.fits.descent.cost import Cost, Proposal, Target
from specquant.fits.descent.fitting import nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.point import Point
from specquant.fits.model.reach import bounds
from specquant.fits.model.unknowns import Unknowns
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.technique import FitDecisions, FitPriors, FitSettings

pytestmark = pytest.mark.usefixtures("toy_is_installed")

PRIORS = FitPriors(
    parameters={"voltage": 0.5, "leak": 0.1}, groups={"second": 0.2}, axis_shift=1.0, chemical_shifts=True
)
LIQUID = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
CHOSEN = np.flatnonzero(LIQUID)
NUDGE = 1e-4


@pytest.fixture(scope="module")
def model(toy_is_installed: None) -> ForwardModel:  # noqa: ARG001
    bulk = load_technique("bulk")
    bulk = replace(bulk, fit=FitSettings(PRIORS), chemical_shift=dict.fromkeys(bulk.elements, (-1.0, 3.0)))
    return ForwardModel(bulk, RenderedLibrary(bulk))


@pytest.fixture(scope="module")
def target(model: ForwardModel) -> Target:
    values = model.technique.defaults()
    counts = 1e4 * MixedLibrary(model.technique, RenderedLibrary(model.technique)).spectrum(LIQUID, values)
    weighs = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 1.0])
    proposal = Proposal(np.array([0.0, 0.0, 0.3, 0.3, 0.0, 0.4]), np.full(6, 0.05), weighs, tails=4.0)
    return Target(counts, np.arange(201) >= 20, values, proposal)


def somewhere(model: ForwardModel, target: Target) -> Point:
    """Return a point away from all that is expected."""
    point = nominal_point(model, target, LIQUID)
    values = {**point.values, "voltage": 10.4, "leak": 0.1}
    return replace(point, factors=1.3 * point.factors, values=values, shift=0.3, chemical=point.chemical + 0.4)


def test_the_gradient_of_the_priors_is_that_of_the_cost(model: ForwardModel, target: Target) -> None:
    unknowns = Unknowns(model, CHOSEN, target.top)
    cost, point = Cost(target, unknowns), somewhere(model, target)
    spectrum, (matrix, gradient) = model.spectrum(point, unknowns.families), cost.priors(point)
    even = np.ones(target.seen.size)
    for index in range(unknowns.layout.shift.start):  # the shift of the axis costs nothing
        step = NUDGE * np.eye(unknowns.layout.size)[index]
        up, down = (cost.value(unknowns.after(point, sign * step), spectrum, even) for sign in (1, -1))
        assert (up - down) / (2 * NUDGE) == pytest.approx(-2 * gradient[index], rel=1e-3, abs=1e-3)
    assert gradient[unknowns.layout.shift] == pytest.approx(-0.3)
    np.testing.assert_allclose(matrix, matrix.T)
    assert (np.linalg.eigvalsh(matrix) > -1e-9).all()


def test_a_second_state_costs_squares_of_how_far_its_share_and_its_place_are_from_the_usual(
    model: ForwardModel, target: Target
) -> None:
    """A share of 0.4 is two deviations from 0.2, and a place of 5.5 eV half of one from 4."""
    priors = replace(PRIORS, second_state=(0.3, (0.2, 0.1), (4.0, 3.0)))
    model = ForwardModel(replace(model.technique, fit=FitSettings(priors)), RenderedLibrary(model.technique))
    unknowns = Unknowns(model, CHOSEN, target.top, np.arange(CHOSEN.size) == 1)
    cost, point, even = Cost(target, unknowns), nominal_point(model, target, LIQUID), np.ones(target.seen.size)
    spectrum = model.spectrum(point, unknowns.families)

    def at(*state: float) -> Point:
        return replace(point, second=np.where(np.arange(6)[:, None] == CHOSEN[1], state, 0.0))

    usual, other = (cost.value(at(*state), spectrum, even) for state in ((0.2, 4.0), (0.4, 5.5)))
    assert other - usual == pytest.approx(2.0**2 + 0.5**2, rel=1e-6)
    np.testing.assert_allclose(cost.priors(at(0.4, 5.5))[1][unknowns.layout.second], [-2.0, -0.5])


def test_columns_are_the_derivatives_of_the_counts_by_a_step(model: ForwardModel, target: Target) -> None:
    unknowns, point = Unknowns(model, CHOSEN, target.top), somewhere(model, target)
    linear = model.at(point, unknowns.families)
    columns = unknowns.columns(point, linear, target.seen)
    assert columns.shape == (unknowns.layout.size, target.seen.size)
    columns[unknowns.layout.amounts] += linear.mixing[:, target.seen]
    for index in range(unknowns.layout.shift.stop):
        size = 0.05 if index < unknowns.layout.parameters.stop else 0.5  # lines move by no less than about a channel
        step = size * np.eye(unknowns.layout.size)[index]
        up, down = (model.spectrum(unknowns.after(point, sign * step), unknowns.families) for sign in (1, -1))
        slope = ((up - down) / (2 * size))[target.seen]
        np.testing.assert_allclose(columns[index], slope, atol=0.15 * np.abs(slope).max() + 1e-3)


def test_steps_stay_in_the_range_of_a_parameter(model: ForwardModel, target: Target) -> None:
    unknowns, point = Unknowns(model, CHOSEN, target.top), somewhere(model, target)
    low, high = bounds(unknowns, replace(point, values={**point.values, "leak": 0.05}))
    leak = unknowns.layout.parameters.start + [p.name for p in model.parameters].index("leak")
    assert low[leak] == pytest.approx(-0.5)  # in standard deviations; it cannot be negative
    assert high[leak] == 3.0
    assert unknowns.after(point, 3.0 * low).values["leak"] >= 0.0


def test_the_thickness_of_a_layer_is_not_free_while_its_element_is_fitted(model: ForwardModel) -> None:
    layers = FitSettings(PRIORS, FitDecisions(layers={"C": "leak", "Li": "voltage"}))
    coated = ForwardModel(replace(model.technique, fit=layers), RenderedLibrary(model.technique))
    unknowns = Unknowns(coated, CHOSEN, 1.0)
    assert unknowns.frozen == {"leak"}
    deviations = dict(zip([parameter.name for parameter in coated.parameters], unknowns.deviations, strict=True))
    assert deviations["voltage"] == 0.5
    assert deviations["leak"] < 1e-6


# --- small right values


def exact(model: ForwardModel, observed: np.ndarray, away: float) -> tuple[Target, np.ndarray]:
    """Return a target that lies some standard deviations of its counts above a spectrum of 400 counts a channel."""
    spectrum = np.full(model.technique.axis.size, 400.0)
    counts = (spectrum + away * np.sqrt(spectrum)) * observed
    return Target(counts, observed, model.technique.defaults()), spectrum


@pytest.mark.parametrize(("away", "doubt"), [(0.0, 1.0), (0.5, 1.0), (3.0, 9.0)])
def test_doubt_is_the_mean_square_residual_and_at_least_one(away: float, doubt: float) -> None:
    """Also where the measured part of the axis ends: what was not measured is no evidence for the model."""
    technique = replace(load_technique("bulk"), fit=FitSettings(FitPriors(model_error=0.0)))
    model = ForwardModel(technique, RenderedLibrary(technique))
    observed = np.arange(201) >= 90
    target, spectrum = exact(model, observed, away)
    doubted = target.doubted(model, spectrum, np.zeros(201))
    assert doubted.doubt_seen == pytest.approx(doubt)
    assert doubted.variance is not None
    assert doubted.variance[observed] == pytest.approx(400.0 * doubt)


def test_a_pedestal_of_half_its_deviation_costs_a_quarter() -> None:
    """The deviation is 1 % of the highest channel: of 10 000 counts 50 are half of it."""
    technique = replace(load_technique("bulk"), fit=FitSettings(FitPriors(pedestal=0.01)))
    model = ForwardModel(technique, RenderedLibrary(technique))
    counts = np.full(201, 10_000.0)
    target = Target(counts, np.ones(201, dtype=bool), technique.defaults())
    cost = Cost(target, Unknowns(model, CHOSEN, target.top))
    point = replace(nominal_point(model, target, LIQUID), background=np.zeros(len(model.hats)))
    raised = replace(point, background=np.array([50.0, 0.0]))
    even = np.ones(201)
    assert cost.value(raised, counts, even) - cost.value(point, counts, even) == pytest.approx(0.25)
    assert cost.value(point, counts - 3.0, even / 4.0) - cost.value(point, counts, even) == pytest.approx(201 * 9 / 4)
    matrix, gradient = cost.priors(raised)
    background = cost._unknowns.layout.background
    assert gradient[background] == pytest.approx([-0.5 / 0.01, 0.0])  # by a part of the highest channel
    assert np.diag(matrix)[background] == pytest.approx([1e4, 1e4])


def test_a_channel_weighs_the_inverse_of_counts_model_and_shape() -> None:
    """Of 100 counts: 100 of Poisson's law, 10 squared of a model with 10 %, 10 squared of a line of 50 with 20 %."""
    priors = FitPriors(model_error=0.1, shape_errors={"main": 0.2})
    technique = replace(load_technique("bulk"), fit=FitSettings(priors))
    model = ForwardModel(technique, RenderedLibrary(technique))
    target = Target(np.full(201, 100.0), np.ones(201, dtype=bool), technique.defaults())
    unknowns = Unknowns(model, CHOSEN, target.top)
    families = np.zeros((len(unknowns.families), 201))
    families[[family.group for family in unknowns.families].index("main")] = 50.0
    at_point = model.at(nominal_point(model, target, LIQUID), unknowns.families)
    linear = replace(at_point, spectrum=np.full(201, 100.0), families=families)
    assert 1.0 / Cost(target, unknowns).weight(linear) == pytest.approx(300.0)
    doubted = replace(target, doubt=np.full(201, 4.0))
    assert 1.0 / Cost(doubted, unknowns).weight(linear) == pytest.approx(1200.0)


def test_a_factor_is_held_by_its_prior(model: ForwardModel, target: Target) -> None:
    """A factor of 1.5 with a deviation of 0.2 is 2.5 deviations away; one unit of its logarithm moves it by 7.5."""
    unknowns = Unknowns(model, CHOSEN, target.top)
    point = nominal_point(model, target, LIQUID)
    second = [family.group for family in unknowns.families].index("second")
    point = replace(point, factors=np.where(np.arange(len(point.factors)) == second, 1.5, 1.0))
    matrix, gradient = Cost(target, unknowns).priors(point)
    index = unknowns.layout.factors.start + list(unknowns.scaled).index(second)
    assert matrix[index, index] == pytest.approx(7.5**2)
    assert gradient[index] == pytest.approx(-2.5 * 7.5)


@pytest.mark.parametrize(("square", "variance"), [(0.0, 400.0), (800.0, 1600.0)])
def test_errors_of_shapes_count_as_far_as_the_spectrum_shows_them(square: float, variance: float) -> None:
    """Of 400 counts with a shape that errs by 20: none of it where nothing is left over; 400 + 400, doubted twice as
    far as counts alone explain what is left, where residuals are that large."""
    technique = replace(load_technique("bulk"), fit=FitSettings(FitPriors(model_error=0.0)))
    model = ForwardModel(technique, RenderedLibrary(technique))
    spectrum, everywhere = np.full(201, 400.0), np.ones(201, dtype=bool)
    target = Target(spectrum + np.sqrt(square), everywhere, technique.defaults())
    doubted = target.doubted(model, spectrum, np.full(201, 400.0))
    assert doubted.variance is not None
    assert doubted.variance == pytest.approx(variance, rel=0.02)


def test_what_is_far_from_a_proposal_costs_less_than_its_square() -> None:
    """By Student's t of four degrees: 4 ln(1 + 100 / 4) ten deviations away, as good as the square near by."""
    proposal = Proposal(np.zeros(2), np.ones(2), np.ones(2), tails=4.0)
    assert proposal.price(np.array([0.01, 10.0])) == pytest.approx([1e-4, 4.0 * np.log(26.0)], rel=1e-3)
    assert replace(proposal, tails=np.inf).price(np.array([-10.0])) == pytest.approx([100.0])
    assert replace(proposal, tails=np.inf).pull(np.array([-10.0])) == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("tails_stated", "left_over", "tails"), [(4.0, 0.0, 4.0), (4.0, 1.0, 4.0), (4.0, 3.0, 36.0), (0.0, 1.0, np.inf)]
)
def test_a_proposal_may_err_by_far_unless_the_model_explains_the_spectrum_badly(
    tails_stated: float, left_over: float, tails: float
) -> None:
    """Of 400 counts one, or three, standard errors are left over everywhere."""
    settings = FitSettings(FitPriors(model_error=0.0), FitDecisions(tails=tails_stated))
    technique = replace(load_technique("bulk"), fit=settings)
    model = ForwardModel(technique, RenderedLibrary(technique))
    spectrum, everywhere = np.full(201, 400.0), np.ones(201, dtype=bool)
    proposal = Proposal(np.ones(6) / 6, np.ones(6), np.ones(6))
    target = Target(spectrum + 20.0 * left_over, everywhere, technique.defaults(), proposal)
    doubted = target.doubted(model, spectrum, np.zeros(201)).proposal
    assert doubted is not None
    assert doubted.tails == pytest.approx(tails)


def test_a_proposal_is_about_shares_among_its_elements() -> None:
    """0.2 and 0.3 are shares of 0.4 and 0.6, each a deviation of 0.1 away from a half; one more of the first element
    raises its share by (1 - 0.4) / 0.5 and lowers that of the second by 0.6 / 0.5, in deviations ten times that."""
    proposal = Proposal(np.array([0.25, 0.25, 0.5]), np.full(3, 0.1), np.array([1.0, 1.0, 0.0]))
    fraction, chosen = np.array([0.2, 0.3, 0.5]), np.arange(3)
    away, slopes = proposal.away(fraction, chosen), proposal.slopes(fraction, np.eye(3), chosen)
    assert away == pytest.approx([-1.0, 1.0, 0.0])
    assert slopes[:2, :2] == pytest.approx(np.array([[12.0, -8.0], [-12.0, 8.0]]))


def test_a_proposal_is_about_shares_however_little_there_is_of_its_elements() -> None:
    """0.02 and 0.03 of all are 0.4 and 0.6 among themselves; proposed were 0.01 and 0.01, a half each."""
    proposal = Proposal(np.array([0.01, 0.01, 0.98]), np.full(3, 0.1), np.array([1.0, 1.0, 0.0]))
    away = proposal.away(np.array([0.02, 0.03, 0.95]), np.arange(3))
    assert away == pytest.approx([-1.0, 1.0, 0.0])


def test_observed_channels_are_a_slice_unless_one_between_them_is_missing() -> None:
    """A slice over a gap would take in what was not measured."""
    observed = np.array([False, True, True, True, False])
    assert Target(np.zeros(5), observed, {}).span == slice(1, 4)
    observed = np.array([True, False, True, True, False])
    assert Target(np.zeros(5), observed, {}).span.tolist() == [0, 2, 3]  # type: ignore[union-attr]


def test_a_target_is_weighed_by_what_is_expected_and_by_line_shapes() -> None:
    """400 counts with 100 of line shapes are 500; fewer counts than one count as one."""
    technique = replace(load_technique("bulk"), fit=FitSettings(FitPriors(model_error=0.0)))
    model = ForwardModel(technique, RenderedLibrary(technique))
    target = Target(np.zeros(201), np.ones(201, dtype=bool), technique.defaults())
    expected = np.where(np.arange(201) < 100, 400.0, 0.25)
    variance = target.weighed(model, expected, np.full(201, 100.0)).variance
    assert variance is not None
    assert variance == pytest.approx(np.where(np.arange(201) < 100, 500.0, 101.0))


def test_a_model_with_an_error_explains_more_before_a_proposal_may_err_less() -> None:
    """Of 400 counts 60 are left over. Counts alone err by 20, the model by 5 %, so by 20 too: 3600 of 800 is 4.5."""
    settings = FitSettings(FitPriors(model_error=0.05), FitDecisions(tails=4.0))
    technique = replace(load_technique("bulk"), fit=settings)
    model = ForwardModel(technique, RenderedLibrary(technique))
    spectrum = np.full(201, 400.0)
    proposal = Proposal(np.ones(6) / 6, np.ones(6), np.ones(6))
    target = Target(spectrum + 60.0, np.ones(201, dtype=bool), technique.defaults(), proposal)
    doubted = target.doubted(model, spectrum, np.zeros(201)).proposal
    assert doubted is not None
    assert doubted.tails == pytest.approx(4.0 * 4.5)
