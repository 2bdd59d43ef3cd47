from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from proposers import Saying
from specquant import contracts
from specquant.constraints import Constraints
from specquant.discovery import load_technique
from specquant.errors import SettingError
from specquant.fits import Hybrid, LeastSquares
from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import Fit, shares
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.hidden import Hidden
from specquant.fits.model.shares import shares_of
from specquant.fits.presence.beforehand import Beforehand
from specquant.fits.presence.search import ElementSearch
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.quantifiers import Z90, Estimate
from specquant.spectra import Spectra
from specquant.technique import FitDecisions, FitPriors, FitSettings, Floats, Role, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

PRIORS = FitPriors(
    parameters={"voltage": 0.3}, groups={"main": 0.01, "second": 0.02, "continuum": 0.1}, model_error=0.005
)
SETTINGS = FitSettings(PRIORS, FitDecisions(least=0.005, significance=3.0))
TRUTH = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
OBSERVED = np.ones(201, dtype=bool)


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return replace(load_technique("bulk"), fit=SETTINGS)


def hybrid(bulk: Technique, proposed: Floats, within: float | None = None) -> Hybrid:
    return Hybrid(bulk, RenderedLibrary(bulk), Saying(bulk, proposed / proposed.sum(), within))


def deciding(settings: FitSettings = SETTINGS, **changes: object) -> FitSettings:
    """Return settings with other decisions."""
    return replace(settings, decisions=replace(settings.decisions, **changes))  # type: ignore[arg-type]


def counts(bulk: Technique, dose: float = 5e4, seed: int | None = 1, **values: float) -> Floats:
    exact = dose * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(TRUTH, bulk.defaults() | values)
    return exact if seed is None else np.random.default_rng(seed).poisson(exact).astype(float)


def as_spectra(rows: Floats) -> Spectra:
    """Return counts (sample, energy), all observed, as spectra whose voltage and angle are stated as by default."""
    return Spectra(rows, np.ones(rows.shape, dtype=bool), np.tile([10.0, 40.0], (len(rows), 1)))


def test_a_technique_without_fit_settings_has_no_hybrid(bulk: Technique) -> None:
    with pytest.raises(SettingError, match="no settings of a fit"):
        Hybrid(replace(bulk, fit=None), RenderedLibrary(bulk), Saying(bulk, TRUTH))


@pytest.mark.parametrize("begin", [[0, 0, 0.4, 0.4, 0, 0.2], [0, 0, 0.1, 0.1, 0, 0.8], [0.1, 0.1, 0.2, 0.3, 0.1, 0.2]])
def test_a_rough_proposal_ends_at_the_truth(bulk: Technique, begin: list[float]) -> None:
    found = hybrid(bulk, np.array(begin)).quantify(as_spectra(counts(bulk, seed=None)[None]))
    np.testing.assert_allclose(found["fraction"].values[0], TRUTH, atol=0.01)


def test_answers_keep_the_contract_and_bracket_themselves(bulk: Technique) -> None:
    rows = np.stack([counts(bulk, seed=seed) for seed in range(3)])
    found = contracts.check(hybrid(bulk, TRUTH).quantify(as_spectra(rows)), "COMPOSITION", "hybrid")
    fraction, lower, upper = (found[name].values for name in ("fraction", "lower", "upper"))
    np.testing.assert_allclose(fraction.sum(axis=1), 1.0, atol=1e-6)
    present = fraction > 0
    assert (lower[present] < fraction[present]).all()
    assert (fraction[present] < upper[present]).all()


def test_nine_of_ten_intervals_hold_the_truth(bulk: Technique) -> None:
    sure = replace(bulk, fit=replace(SETTINGS, priors=FitPriors(other_groups=1e-3, model_error=0.0)))
    rows = np.stack([counts(sure, dose=5e3, seed=seed) for seed in range(80)])
    found = hybrid(sure, TRUTH).quantify(as_spectra(rows)).isel(element=np.flatnonzero(TRUTH))
    inside = (found["lower"] <= TRUTH[TRUTH > 0]) & (TRUTH[TRUTH > 0] <= found["upper"])
    assert 0.82 < float(inside.mean()) < 0.97


def fit(bulk: Technique, proposed: Floats, listed: NDArray[np.bool_] | None = None, **values: float) -> Fit:
    search = ElementSearch(ForwardModel(bulk, RenderedLibrary(bulk)))
    target = Target(counts(bulk, **values), OBSERVED, bulk.defaults() | values)
    unknown = np.full(proposed.size, np.nan)
    return search.fit(
        target, Beforehand(proposed / proposed.sum(), unknown, unknown, candidates=listed, required=listed)
    )


def test_an_element_without_evidence_is_dropped(bulk: Technique) -> None:
    found = fit(bulk, np.array([0.05, 0.05, 0.2, 0.2, 0.05, 0.45]))
    assert found.chosen.tolist() == [2, 3, 5]


def test_an_element_that_is_there_is_not_dropped(bulk: Technique) -> None:
    assert set(fit(bulk, np.full(6, 1 / 6)).chosen.tolist()) >= {2, 3, 5}


def test_an_element_that_is_plainly_lacking_is_taken_up(bulk: Technique) -> None:
    found = fit(bulk, np.array([0, 0, 0.4, 0, 0, 0.6]))
    assert 3 in found.chosen
    np.testing.assert_allclose(shares(found)[0], TRUTH[found.chosen], atol=0.03)


def test_what_nobody_proposed_and_nothing_calls_for_is_not_found(bulk: Technique) -> None:
    assert set(fit(bulk, TRUTH).chosen) <= set(np.flatnonzero(TRUTH))


def test_a_given_list_is_kept_and_nothing_else_is_fitted(bulk: Technique) -> None:
    listed = np.array([True, False, True, True, False, True])
    found = fit(bulk, np.array([0.0, 0.3, 0.2, 0.0, 0.0, 0.5]), listed)
    assert found.chosen.tolist() == [0, 2, 3, 5]
    fraction, error = shares(found)
    assert fraction[0] < 0.005 + 3 * error[0]  # no Li is there
    np.testing.assert_allclose(fraction[1:], TRUTH[[2, 3, 5]], atol=0.03)


def test_what_is_stated_is_used(bulk: Technique) -> None:
    found = fit(bulk, TRUTH, voltage=17.0)
    np.testing.assert_allclose(shares(found)[0], TRUTH[found.chosen], atol=0.015)


def test_the_network_may_be_any_quantifier(bulk: Technique) -> None:
    method = Hybrid(bulk, RenderedLibrary(bulk), LeastSquares(bulk, RenderedLibrary(bulk)))
    found = method.quantify(as_spectra(counts(bulk, seed=2)[None]))
    np.testing.assert_allclose(found["fraction"].values[0], TRUTH, atol=0.02)


def test_nothing_above_the_threshold_still_gives_an_answer(bulk: Technique) -> None:
    low = replace(bulk, fit=deciding(least=0.9))
    found = hybrid(low, TRUTH).quantify(as_spectra(counts(low)[None]))
    np.testing.assert_allclose(found["fraction"].values.sum(), 1.0, atol=1e-6)


def test_shares_sum_to_one_and_a_common_scale_is_no_error_of_them() -> None:
    atoms = np.array([10.0, 30.0])
    fraction, error = shares_of(atoms, 0.04 * np.outer(atoms, atoms))
    assert fraction.tolist() == [0.25, 0.75]
    np.testing.assert_allclose(error, 0.0, atol=1e-6)


def test_errors_of_shares_follow_from_those_of_amounts() -> None:
    # df = (a2 da1 - a1 da2) / (a1 + a2)^2
    _, error = shares_of(np.array([10.0, 30.0]), np.diag([1.0, 4.0]))
    np.testing.assert_allclose(error, np.sqrt(30.0**2 * 1.0 + 10.0**2 * 4.0) / 40.0**2)


# --- holding to what was proposed

WRONG = np.array([0.0, 0.0, 0.3, 0.3, 0.0, 0.4])
HELD = deciding(proposal=1.0)
WITH_TRACE = np.array([0.05, 0.0, 0.2, 0.3, 0.0, 0.45])


def held(bulk: Technique, within: float | None, settings: FitSettings = HELD, proposed: Floats = WRONG) -> Estimate:
    """Return the answer to a spectrum whose continuum rises as no model has it."""
    rows = counts(bulk, dose=5e3, seed=None)[None] * np.linspace(0.6, 1.5, 201)
    return hybrid(replace(bulk, fit=settings), proposed, within).answer(as_spectra(rows))


def test_a_sure_proposal_is_held_to_and_an_unsure_one_is_not(bulk: Technique) -> None:
    sure, unsure, free = (held(bulk, within).fraction[0, 2] for within in (0.001, 0.9, None))
    assert abs(sure - 0.3) < 0.5 * abs(free - 0.3)
    assert unsure == pytest.approx(free, abs=0.05)


def test_a_proposal_with_long_tails_gives_way_where_it_is_far_off(bulk: Technique) -> None:
    sure, tailed, free = (
        held(bulk, 0.001, deciding(proposal=1.0, tails=tails)).fraction[0, 2] for tails in (0, 4, 0.1)
    )
    assert abs(sure - 0.3) < abs(tailed - 0.3) < abs(free - 0.3)


def test_a_technique_that_does_not_say_so_holds_to_nothing(bulk: Technique) -> None:
    np.testing.assert_allclose(held(bulk, 0.001, SETTINGS).fraction, held(bulk, None, SETTINGS).fraction, atol=1e-9)


def test_a_looser_proposal_is_held_to_less(bulk: Technique) -> None:
    tight, loose = (held(bulk, 0.02, deciding(proposal=value)).fraction[0, 2] for value in (0.3, 10.0))
    assert abs(tight - 0.3) < abs(loose - 0.3)


@pytest.mark.parametrize(("log_odds", "kept"), [(20.0, True), (0.0, False)])
def test_odds_of_the_proposer_and_evidence_add_up(bulk: Technique, log_odds: float, kept: bool) -> None:
    faint = 2e3 * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(WITH_TRACE, bulk.defaults())
    settings = deciding(significance=1e9, false_alarms=1e-3)  # no amount is so precise that it stays by itself
    proposer = Saying(bulk, WITH_TRACE, 0.02, log_odds)
    technique = replace(bulk, fit=settings)
    found = Hybrid(technique, RenderedLibrary(technique), proposer).answer(as_spectra(faint[None]))
    assert (found.fraction[0, 0] > 0) == kept


def test_a_bad_fit_that_contradicts_a_proposer_that_knows_its_error_is_not_believed(bulk: Technique) -> None:
    far, rows = np.array([0.0, 0.0, 0.5, 0.3, 0.0, 0.2]), counts(bulk)[None]
    bent = as_spectra(rows * np.linspace(0.85, 1.2, 201))
    contradicted = hybrid(bulk, far, 0.02).answer(bent)
    np.testing.assert_array_equal(contradicted.fraction[0], far)
    assert contradicted.remarks[0].startswith("saying stands in for the fit: the fit contradicts it (")
    free = hybrid(bulk, far).answer(bent)
    assert 0.5 * np.abs(free.fraction[0] - far).sum() > 0.2


def test_a_fit_that_explains_the_spectrum_may_contradict_a_proposer(bulk: Technique) -> None:
    far, spectra = np.array([0.0, 0.0, 0.5, 0.3, 0.0, 0.2]), as_spectra(counts(bulk)[None])
    for within in (0.02, None):
        np.testing.assert_allclose(hybrid(bulk, far, within).answer(spectra).fraction[0], TRUTH, atol=0.02)
    np.testing.assert_allclose(
        hybrid(bulk, far, 0.02).answer(spectra.among(TRUTH[None] > 0)).fraction[0], TRUTH, atol=0.02
    )


def test_a_spectrum_that_the_model_cannot_explain_keeps_what_was_proposed(bulk: Technique) -> None:
    found = held(bulk, 0.1, deciding(HELD, poor=1e-3))
    np.testing.assert_array_equal(found.fraction[0], WRONG)
    np.testing.assert_allclose(found.upper[0], WRONG + 0.1)
    assert found.remarks[0].startswith("saying stands in for the fit: the model explains the spectrum badly")


@pytest.mark.parametrize(("high", "believed"), [(11.6, False), (30.0, True)])
def test_a_fit_that_an_instrument_parameter_stops_is_not_believed(bulk: Technique, high: float, believed: bool) -> None:
    voltage, *others = bulk.parameters
    short = replace(bulk, parameters=(replace(voltage, high=high, role=Role.INTERNAL), *others))
    spectra = replace(
        as_spectra(counts(bulk, voltage=20.0)[None] * np.linspace(0.85, 1.2, 201)), stated=np.array([[40.0]])
    )
    found = hybrid(short, WRONG).answer(spectra)
    assert np.array_equal(found.fraction[0], WRONG) != believed
    assert ("fit: voltage is 11.6 kV, the end of its range" in found.remarks[0]) != believed


@pytest.mark.parametrize(("dose", "channels"), [(5e4, 40), (0.0, 201)])
def test_a_spectrum_without_anything_to_read_keeps_what_was_proposed(
    bulk: Technique, dose: float, channels: int
) -> None:
    method = hybrid(replace(bulk, fit=deciding(only_if_listed={"Li": 50.0})), TRUTH, 0.1)
    spectra = replace(as_spectra(counts(bulk, dose)[None]), observed=(np.arange(201) < channels)[None])
    found = method.answer(spectra)
    np.testing.assert_array_equal(found.fraction[0], TRUTH)
    assert found.remarks == ("saying stands in for the fit: the fit failed",)


def test_remarks_name_the_proposer_by_the_name_it_stands_under(bulk: Technique) -> None:
    proposer = LeastSquares(bulk, RenderedLibrary(bulk))
    proposer.name = "library fit"
    spectra = as_spectra(counts(bulk, 0.0)[None])
    found = Hybrid(bulk, RenderedLibrary(bulk), proposer).answer(spectra)
    assert found.remarks[0].startswith("library fit stands in for the fit: the fit failed; no line")


# --- what is not in the answer


TRACE = np.array([0.05, 0.0, 0.0, 0.0, 0.0, 0.0])
"""Of Li, which is not there."""


def answered(bulk: Technique, proposed: Floats, within: float | None, settings: FitSettings = SETTINGS) -> Estimate:
    return hybrid(replace(bulk, fit=settings), proposed, within).answer(as_spectra(counts(bulk)[None]))


def test_an_element_that_is_not_found_has_its_detection_limit_as_upper_end(bulk: Technique) -> None:
    found = answered(bulk, TRUTH, None)
    absent = TRUTH == 0
    assert (found.fraction[0, absent] == 0).all()
    assert (found.lower[0, absent] == 0).all()
    assert ((found.upper[0, absent] > 0) & (found.upper[0, absent] < 0.05)).all()


@pytest.mark.parametrize("within", [0.01, 0.2])
def test_an_upper_end_is_no_less_than_the_proposers_if_others_leave_room(bulk: Technique, within: float) -> None:
    found = answered(bulk, TRUTH, within)
    room = 1.0 - found.lower[0].sum()
    assert (found.upper[0, TRUTH == 0] >= min(within, room) - 1e-6).all()
    assert (found.upper[0, TRUTH == 0] <= room + 1e-6).all()


def test_a_list_of_elements_leaves_nothing_to_be_missed(bulk: Technique) -> None:
    found = hybrid(bulk, TRUTH).answer(as_spectra(counts(bulk)[None]).among(TRUTH > 0))
    assert (found.upper[0, TRUTH == 0] == 0).all()


def test_an_element_that_cannot_be_there_has_no_detection_limit(bulk: Technique) -> None:
    known = Constraints.of(bulk.elements, excluded=bulk.elements[:1])
    found = hybrid(bulk, TRUTH).answer(as_spectra(counts(bulk)[None]).under(known))
    assert found.limits is not None
    assert np.isnan(found.limits[0]).tolist() == [True, *[False] * (TRUTH.size - 1)]


def test_what_was_proposed_and_dropped_makes_the_others_less_sure_downwards(bulk: Technique) -> None:
    silent, dropped = answered(bulk, TRUTH, None), answered(bulk, TRUTH + TRACE, None)
    present = TRUTH > 0
    np.testing.assert_allclose(dropped.fraction, silent.fraction, atol=2e-3)
    np.testing.assert_allclose(dropped.upper[0, present], silent.upper[0, present], atol=5e-3)
    limit, share = dropped.upper[0, 0], dropped.fraction[0, present]
    below, plain = share - dropped.lower[0, present], silent.fraction[0, present] - silent.lower[0, present]
    hidden = Hidden.seldom_more(limit).reaches(plain / (Z90 * share))
    np.testing.assert_allclose(below, share * hidden, rtol=0.05)
    assert (below > plain).all()


def test_a_dropped_element_that_is_usually_a_layer_does_not(bulk: Technique) -> None:
    bare, coated = (answered(bulk, TRUTH + TRACE, None, deciding(layers=layers)) for layers in ({}, {"Li": "voltage"}))
    assert (coated.lower[0, TRUTH > 0] > bare.lower[0, TRUTH > 0]).all()
