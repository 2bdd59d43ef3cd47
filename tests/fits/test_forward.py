from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d, shift

from specquant.discovery import load_technique
from specquant.errors import SettingError
from specquant.fits.model.families import mean_energy
from specquant.fits.model.forward import ForwardModel, Linearised
from specquant.fits.model.moving import Splines, moved
from specquant.fits.model.point import Point
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.technique import Component, EnergyAxis, FitDecisions, FitPriors, FitSettings, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

FREE = FitPriors(parameters={"voltage": 0.5}, groups={"second": 0.2}, other_groups=0.1, axis_shift=1.0)
LIQUID = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
"""A made-up compound of B, C and O."""


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return replace(load_technique("bulk"), fit=FitSettings(FREE))


@pytest.fixture(scope="module")
def model(bulk: Technique) -> ForwardModel:
    return ForwardModel(bulk, RenderedLibrary(bulk))


def point(model: ForwardModel, bulk: Technique, **changes: object) -> Point:
    factors = np.ones(len(model.families(np.flatnonzero(LIQUID))))
    nominal = Point(1e4 * LIQUID, factors, bulk.defaults(), 0.0, np.zeros(len(model.hats)))
    return replace(nominal, **changes)  # type: ignore[arg-type]


def at(model: ForwardModel, bulk: Technique, **changes: object) -> Linearised:
    return model.at(point(model, bulk, **changes), model.families(np.flatnonzero(LIQUID)))


def test_a_technique_without_fit_settings_has_no_model(bulk: Technique) -> None:
    with pytest.raises(SettingError, match="no settings of a fit"):
        ForwardModel(replace(bulk, fit=None), RenderedLibrary(bulk))


def test_families_are_groups_of_the_chosen_elements_and_what_belongs_to_none(
    model: ForwardModel, bulk: Technique
) -> None:
    names = [(bulk.elements[f.element] if f.element >= 0 else "", f.group) for f in model.families(np.array([1, 2]))]
    assert names == [("Be", "main"), ("B", "main"), ("B", "second"), ("", "continuum")]


def test_priors_are_those_of_the_groups(model: ForwardModel) -> None:
    by_group = {family.group: model.prior(family) for family in model.families(np.array([2]))}
    assert by_group == {"main": 0.1, "second": 0.2, "continuum": 0.1}


def test_spectrum_at_the_nominal_point_is_that_of_the_mixing_law(model: ForwardModel, bulk: Technique) -> None:
    expected = 1e4 * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(LIQUID, bulk.defaults()) * bulk.axis.step
    np.testing.assert_allclose(at(model, bulk).spectrum, expected, rtol=1e-4, atol=1e-3)


def test_families_add_up_to_the_spectrum(model: ForwardModel, bulk: Technique) -> None:
    found = at(model, bulk)
    np.testing.assert_allclose(found.families.sum(axis=0), found.spectrum, rtol=1e-4, atol=1e-2)


def test_a_factor_scales_its_family_alone(model: ForwardModel, bulk: Technique) -> None:
    count = len(model.families(np.flatnonzero(LIQUID)))
    factors = np.ones(count)
    factors[1] = 1.5
    plain, scaled = at(model, bulk), at(model, bulk, factors=factors)
    np.testing.assert_allclose(scaled.spectrum - plain.spectrum, 0.5 * plain.families[1], rtol=1e-3, atol=1e-2)


def test_slope_by_a_parameter_is_the_difference_it_makes(model: ForwardModel, bulk: Technique) -> None:
    low, high = (at(model, bulk, values=bulk.defaults() | {"voltage": 10.0 + step}) for step in (-0.05, 0.05))
    slope = at(model, bulk).parameters[[p.name for p in model.parameters].index("voltage")]
    expected = (high.spectrum - low.spectrum) / 0.1
    np.testing.assert_allclose(slope, expected, rtol=0.03, atol=0.01 * np.abs(expected).max())


def test_slope_by_the_shift_is_the_difference_it_makes(model: ForwardModel, bulk: Technique) -> None:
    low, high = (at(model, bulk, shift=step) for step in (-0.5, 0.5))
    expected = high.spectrum - low.spectrum
    np.testing.assert_allclose(at(model, bulk).shift[2:-2], expected[2:-2], atol=0.15 * np.abs(expected).max())


def test_a_shift_moves_lines_up_in_energy(model: ForwardModel, bulk: Technique) -> None:
    energy = bulk.axis.centres
    line = np.abs(energy - 178) < 15
    before, after = (at(model, bulk, shift=shift).spectrum[line] for shift in (0.0, 2.0))
    moved = after @ energy[line] / after.sum() - before @ energy[line] / before.sum()
    assert moved == pytest.approx(2.0, abs=0.2)


def test_the_spectrum_alone_is_that_of_the_linearised_model(model: ForwardModel, bulk: Technique) -> None:
    changed = point(model, bulk, shift=1.5)
    alone = model.spectrum(changed, model.families(np.flatnonzero(LIQUID)))
    np.testing.assert_allclose(alone, at(model, bulk, shift=1.5).spectrum, rtol=1e-5, atol=1e-4)


def test_lines_of_an_element_are_what_a_little_of_it_adds(model: ForwardModel, bulk: Technique) -> None:
    absent = np.flatnonzero(LIQUID == 0)[:1]
    lines = model.lines(point(model, bulk), absent)[0]
    little = LIQUID.copy()
    little[absent] = 1e-4
    families = model.families(np.flatnonzero(little))
    mixed = point(model, bulk, atoms=1e4 * little, factors=np.ones(len(families)))
    own = [index for index, family in enumerate(families) if family.element == absent[0]]
    added = model.at(mixed, families).families[own].sum(axis=0)
    np.testing.assert_allclose(added / 1e-4, lines, rtol=0.01, atol=1e-3 * lines.max())


def test_dose_is_the_sum_of_atoms(model: ForwardModel, bulk: Technique) -> None:
    np.testing.assert_allclose(at(model, bulk, atoms=3e4 * LIQUID).spectrum, 3 * at(model, bulk).spectrum, rtol=1e-4)


# --- chemical shifts, and components with factors of their own

CARBON = 3


def chemical(bulk: Technique, **changes: object) -> ForwardModel:
    """Return the model of a technique whose carbon has chemical shifts, with each element's shift free."""
    ranges = {"C": (-1.0, 3.0), "O": (0.0, 0.5)}
    settings = FitSettings(replace(FREE, chemical_shifts=True, **changes))  # type: ignore[arg-type]
    return ForwardModel(replace(bulk, fit=settings, chemical_shift=ranges), RenderedLibrary(bulk))


def test_usual_chemical_shifts_lie_low_in_their_range(bulk: Technique) -> None:
    usual, spread = chemical(bulk).chemical.T
    assert usual.tolist() == pytest.approx([0.0, 0.0, 0.0, -1.0 + 0.3 * 4.0, 0.0, 0.15])
    assert spread.tolist() == pytest.approx([0.5, 0.5, 0.5, 0.35 * 4.0, 0.5, 0.5])


def test_without_chemical_shifts_there_are_none(model: ForwardModel) -> None:
    assert model.chemical.shape == (0, 2)


def test_a_chemical_shift_moves_the_lines_of_its_element_alone(bulk: Technique) -> None:
    free = chemical(bulk)
    still, away = np.zeros(6), np.zeros(6)
    away[CARBON] = 2.0
    before, after = (at(free, bulk, chemical=shifts).families for shifts in (still, away))
    energy = bulk.axis.centres
    for index, family in enumerate(free.families(np.flatnonzero(LIQUID))):
        if family.element == CARBON:
            centres = [(rows[index] @ energy) / rows[index].sum() for rows in (before, after)]
            assert centres[1] - centres[0] == pytest.approx(2.0, abs=0.05)
        else:
            np.testing.assert_allclose(after[index], before[index], rtol=1e-3, atol=1e-3)


def test_the_spectrum_with_chemical_shifts_is_that_of_the_linearised_model(bulk: Technique) -> None:
    free = chemical(bulk)
    changed = point(free, bulk, chemical=np.array([0.0, 0.0, -1.0, 2.3, 0.0, 0.4]))
    families = free.families(np.flatnonzero(LIQUID))
    np.testing.assert_allclose(free.spectrum(changed, families), free.at(changed, families).spectrum, rtol=1e-4, atol=1)


def test_components_of_a_separate_group_have_factors_of_their_own(bulk: Technique) -> None:
    def render(axis: EnergyAxis, values: dict[str, float]) -> list[Component]:
        assert bulk.render is not None
        twice = [one for one in bulk.render(axis, values) if (one.element, one.group) == ("B", "second")]
        return [*bulk.render(axis, values), *(replace(one, label=f"{one.label} again") for one in twice)]

    doubled = replace(bulk, render=render)
    for separate, count in (((), 1), (("second",), 2), (("main",), 1)):
        settings = FitSettings(replace(FREE, separate=separate))
        doubled_model = ForwardModel(replace(doubled, fit=settings), RenderedLibrary(doubled))
        families = [family for family in doubled_model.families(np.array([2])) if family.group == "second"]
        assert len(families) == count
        assert sum(family.weights.sum() for family in families) == 2
        assert all(doubled_model.prior(family) == 0.2 for family in families)
        all_families = doubled_model.families(np.flatnonzero(LIQUID))
        whole = doubled_model.spectrum(point(doubled_model, doubled), all_families)
        np.testing.assert_allclose(at(doubled_model, doubled).spectrum, whole, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("channels", [-7.0, -0.3, 0.25, 3.0, 400.0, -400.0])
def test_rows_move_by_linear_interpolation(channels: float) -> None:
    rows = np.random.default_rng(1).random((3, 60))
    position = np.clip(np.arange(60) - channels, 0, 59)
    expected = [np.interp(position, np.arange(60), row) for row in rows]
    np.testing.assert_allclose(moved(rows, channels), expected, atol=1e-12)


@pytest.mark.parametrize("channels", [0.0, 0.3, -2.75, 6.0])
def test_lines_move_as_scipy_moves_them(channels: float) -> None:
    rows = gaussian_filter1d(np.random.default_rng(2).random((2, 80)) ** 8, 1.5, axis=1)
    expected = np.clip([shift(row, channels, order=3, mode="nearest") for row in rows], 0.0, None)
    got = Splines(rows, 10).moved(np.full(2, channels))
    np.testing.assert_allclose(got, expected, atol=1e-6)


# --- small right values


def test_variance_is_poissons_and_a_relative_error_of_the_model(bulk: Technique) -> None:
    """3 % of 10 000 counts are 300 counts: a variance of 90 000 beside Poisson's 10 000."""
    erring = ForwardModel(replace(bulk, fit=FitSettings(FitPriors(model_error=0.03))), RenderedLibrary(bulk))
    assert erring.variance(np.array([0.0, 100.0, 10_000.0])) == pytest.approx([0.0, 109.0, 100_000.0])


@pytest.fixture(scope="module")
def coarse(bulk: Technique) -> tuple[ForwardModel, Technique]:
    """The same on channels of 2 eV: counts are per channel, shifts in eV."""
    technique = replace(bulk, axis=EnergyAxis(0.0, 200.0, 2.0))
    return ForwardModel(technique, RenderedLibrary(technique)), technique


def test_a_channel_of_two_ev_has_the_counts_of_two_ev(
    model: ForwardModel, bulk: Technique, coarse: tuple[ForwardModel, Technique]
) -> None:
    elements = np.flatnonzero(LIQUID)
    assert at(*coarse).spectrum.sum() == pytest.approx(at(model, bulk).spectrum.sum(), rel=0.01)
    fine, wide = (one.lines(point(one, technique), elements) for one, technique in ((model, bulk), coarse))
    np.testing.assert_allclose(wide.sum(axis=1), fine.sum(axis=1), rtol=0.01)


def test_a_shift_is_in_ev_and_not_in_channels(coarse: tuple[ForwardModel, Technique]) -> None:
    model, technique = coarse
    energy, elements = technique.axis.centres, np.flatnonzero(LIQUID)
    line = np.abs(energy - 178) < 16

    def centres(shift: float) -> list[float]:
        """Return where the line of oxygen is in the linearised model, in the spectrum alone, as it is looked for."""
        there = point(*coarse, shift=shift)
        alone = model.spectrum(there, model.families(elements))
        rows = (at(*coarse, shift=shift).spectrum, alone, model.lines(there, elements)[-1])
        return [float(row[line] @ energy[line] / row[line].sum()) for row in rows]

    assert np.subtract(centres(4.0), centres(0.0)) == pytest.approx([4.0] * 3, abs=0.4)


def test_families_are_those_of_the_point_however_far_parameters_are_tried(bulk: Technique) -> None:
    loose = ForwardModel(
        replace(bulk, fit=FitSettings(replace(FREE, parameters={"voltage": 50.0}))), RenderedLibrary(bulk)
    )
    there = at(loose, bulk)
    np.testing.assert_allclose(there.families.sum(axis=0), there.spectrum, rtol=1e-4, atol=1e-2)


def test_channels_below_what_only_a_listed_element_shows_are_read_with_it_alone(bulk: Technique) -> None:
    settings = FitSettings(FREE, FitDecisions(only_if_listed={"Li": 50.0, "Be": 70.0}))
    model = ForwardModel(replace(bulk, fit=settings), RenderedLibrary(bulk))
    lithium, beryllium = 0, 1
    for chosen, first in (([3], 70), ([lithium, 3], 70), ([beryllium, 3], 50), ([lithium, beryllium], 0)):
        assert np.flatnonzero(model.readable(np.array(chosen))).tolist() == list(range(first, 201))


def test_the_background_adds_to_the_spectrum_of_the_linearised_model(bulk: Technique) -> None:
    raised = ForwardModel(replace(bulk, fit=FitSettings(replace(FREE, pedestal=0.1))), RenderedLibrary(bulk))
    without, with_it = (at(raised, bulk, background=np.array(height)) for height in ([0.0, 0.0], [30.0, 70.0]))
    np.testing.assert_allclose(with_it.spectrum - without.spectrum, np.array([30.0, 70.0]) @ raised.hats, atol=1e-3)


def test_the_slope_by_the_shift_is_by_ev_where_lines_move_one_by_one(coarse: tuple[ForwardModel, Technique]) -> None:
    """On channels of 2 eV a slope by channels would be off by four."""
    _, technique = coarse
    free = chemical(technique)
    there = {"chemical": np.zeros(6)}
    low, high = (at(free, technique, shift=step, **there).spectrum for step in (-0.5, 0.5))
    slope = at(free, technique, **there).shift
    np.testing.assert_allclose(slope[2:-2], (high - low)[2:-2], atol=0.15 * np.abs(slope).max())


def test_small_parameters_that_cannot_be_nothing_are_moved_by_a_share_of_themselves(bulk: Technique) -> None:
    """A deviation of 0.5 beside a value of 0.1: a thousandth of the value where the range ends above 0, else of 0.5."""
    leaks = [replace(one, low=low) for one in bulk.parameters for low in (0.0, 0.05) if one.name == "leak"]
    for leak, moved_to in zip(leaks, (0.1 + 0.5e-3, 0.1 + 0.1e-3), strict=True):
        parameters = tuple(leak if one.name == "leak" else one for one in bulk.parameters)
        priors = replace(FREE, parameters={"leak": 0.5})
        changed = replace(bulk, parameters=parameters, fit=FitSettings(priors))
        nudged = ForwardModel(changed, RenderedLibrary(bulk))._nudges({**bulk.defaults(), "leak": 0.1})
        assert nudged["leak"] == pytest.approx(moved_to, rel=1e-12)


def test_the_mean_energy_of_weak_lines_is_theirs() -> None:
    """A row that adds up to 0.04, three quarters of it at 2 eV; one of nothing has none."""
    rows = np.array([[0.01, 0.03], [0.0, 0.0]])
    assert mean_energy(rows, np.array([1.0, 2.0])) == pytest.approx([1.75, 0.0])
