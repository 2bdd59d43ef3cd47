from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.discovery import load_plugin
from specquant.errors import ContractError, SettingError
from specquant.explainers import LineWindowLime
from specquant.explainers.lime import rank_agreement
from specquant.explainers.segments import BACKGROUND, Segment, flattening, line_segments
from specquant.fits import LeastSquares
from specquant.library import RenderedLibrary
from specquant.quantifiers import Estimate, Quantifier
from specquant.spectra import Spectra
from specquant.synthesizer import RecipeSynthesizer
from specquant.technique import EnergyAxis, Floats, Peak, Technique


class Linear(Quantifier):
    """C gets 0.1 + 1e-3 x the counts around 112 eV, N 2e-3 x those around 146 eV, B the rest."""

    name = "linear"

    def __init__(self, technique: Technique, power: float = 1.0) -> None:
        super().__init__(technique)
        self.power = power
        self.most = 0
        self.lowest = 0.0

    def estimate(self, spectra: Spectra) -> Estimate:
        counts, observed = spectra.counts, spectra.observed
        self.most = max(self.most, len(counts))
        self.lowest = min(self.lowest, float(counts.min()))
        fraction = np.zeros((len(counts), len(self.technique.elements)))
        seen = np.where(observed, counts, 0.0)
        fraction[:, 3] = 0.1 + (1e-3 * seen[:, 102:123].sum(axis=1)) ** self.power
        fraction[:, 4] = 2e-3 * seen[:, 140:155].sum(axis=1)
        fraction[:, 2] = 1 - fraction.sum(axis=1)
        return Estimate.without_interval(fraction)


def spectra_of(counts: Floats, observed: NDArray[np.bool_] | None = None) -> xr.Dataset:
    seen = np.ones(counts.shape, dtype=bool) if observed is None else observed
    return xr.Dataset(
        {"counts": (("sample", "energy"), counts), "observed": (("sample", "energy"), seen)},
        {"sample": [f"s{row}" for row in range(len(counts))], "energy": np.arange(201.0)},
    )


def two_peaks(carbon: float = 200.0, nitrogen: float = 100.0) -> Floats:
    """Return a flat floor of 1 with peaks of that many counts at 111..113 eV and 145..147 eV."""
    counts = np.ones((1, 201))
    counts[0, 111:114] += carbon / 3
    counts[0, 145:148] += nitrogen / 3
    return counts


def window(found: xr.Dataset, energy: float) -> int:
    inside = (found["start"].values <= energy) & (found["stop"].values >= energy)
    return int(np.flatnonzero(inside)[0])


def test_coefficients_of_a_linear_quantifier_are_recovered(toy: Technique) -> None:
    found = LineWindowLime().explain(Linear(toy), spectra_of(two_peaks()))
    carbon, nitrogen = window(found, 112.0), window(found, 146.0)
    assert found["label"].values[carbon] == "C main"
    assert found["label"].values[nitrogen] == "N main"
    weight = found["weight"].sel(sample="s0")
    expected = {"C": {carbon: 0.2}, "N": {nitrogen: 0.2}, "B": {carbon: -0.2, nitrogen: -0.2}}
    for element, parts in expected.items():
        for place in range(found.sizes["segment"]):
            answer = float(weight.sel(element=element)[place])
            assert answer == pytest.approx(parts.get(place, 0.0), rel=0.02, abs=1e-3), (element, place)
    fidelity = found["fidelity"].sel(sample="s0")
    assert float(fidelity.sel(element=["B", "C", "N"]).min()) > 0.999


def test_elements_that_were_not_found_have_no_weight_and_no_fidelity(toy: Technique) -> None:
    found = LineWindowLime().explain(Linear(toy), spectra_of(two_peaks()))
    absent = found.sel(element=["Li", "Be", "O"])
    assert not absent["weight"].any()
    assert absent["fidelity"].isnull().all()
    assert not any("Li" in label or "O" in label for label in found["label"].values)
    np.testing.assert_allclose(found["fraction"].sel(element="C"), 0.1 + 1e-3 * 221)


def test_an_answer_that_is_not_linear_costs_fidelity(toy: Technique) -> None:
    class Both(Linear):
        def estimate(self, spectra: Spectra) -> Estimate:
            both = (spectra.counts[:, 112] > 10) & (spectra.counts[:, 146] > 10)
            fraction = super().estimate(spectra).fraction
            fraction[:, 3] = np.where(both, 0.5, 0.1)
            fraction[:, 2] = 1 - fraction[:, 3:].sum(axis=1)
            return Estimate.without_interval(fraction)

    found = LineWindowLime().explain(Both(toy), spectra_of(two_peaks()))
    fidelity = found["fidelity"].sel(sample="s0")
    assert 0.3 < float(fidelity.sel(element="C")) < 0.95
    assert float(fidelity.sel(element="N")) > 0.999


def test_values_and_order_of_known_coefficients_are_recovered_at_every_repeat(toy: Technique) -> None:
    class Sum(Quantifier):
        """C gets the sum of all counts, each channel with a known coefficient; B the rest of what others leave."""

        name = "sum"

        def estimate(self, spectra: Spectra) -> Estimate:
            fraction = np.full((len(spectra), len(self.technique.elements)), 0.02)
            fraction[:, 3] = spectra.counts @ coefficient
            fraction[:, 2] = 0.92 - fraction[:, 3]
            return Estimate.without_interval(fraction)

    known = {24.0: 0.1, 52.0: 0.2, 112.0: 0.3, 146.0: -0.05, 182.0: 0.05}
    coefficient, counts = np.full(201, 1e-3), np.ones((1, 201))
    for energy, value in known.items():
        counts[0, int(energy)] += 100.0
        coefficient[int(energy)] = value / 100.0
    found = LineWindowLime(samples=200, repeats=10).explain(Sum(toy), spectra_of(counts))
    weight = found["weight"].sel(sample="s0", element="C").values
    places = {energy: window(found, energy) for energy in known}
    assert len(set(places.values())) == len(known)
    for energy, value in known.items():
        assert weight[places[energy]] == pytest.approx(value, rel=0.03, abs=2e-3), energy
    assert np.argsort(-weight)[:4].tolist() == [places[energy] for energy in (112.0, 52.0, 24.0, 182.0)]
    assert int(np.argmin(weight)) == places[146.0]
    for name in ("fidelity", "stability"):
        assert float(found[name].sel(sample="s0", element="C")) > 0.999, name


def test_weights_are_means_over_repeats_and_a_single_repeat_has_no_stability(toy: Technique) -> None:
    quantifier, spectra = Linear(toy, power=2.0), spectra_of(two_peaks())
    both = LineWindowLime(samples=50, seed=3, repeats=2).explain(quantifier, spectra)
    single = [LineWindowLime(samples=50, seed=seed).explain(quantifier, spectra) for seed in (3, 4)]
    for name in ("weight", "fidelity"):
        np.testing.assert_allclose(both[name], (single[0][name] + single[1][name]) / 2, atol=1e-12)
    assert single[0]["stability"].isnull().all()
    assert np.isfinite(both["stability"].sel(element=["B", "C", "N"])).all()
    assert both["stability"].sel(element=["Li", "Be", "O"]).isnull().all()
    assert both.attrs["lime_repeats"] == 2


def test_an_answer_that_chance_decides_is_unstable(toy: Technique) -> None:
    class Random(Linear):
        def estimate(self, spectra: Spectra) -> Estimate:
            counts = spectra.counts
            fraction = super().estimate(spectra).fraction
            fraction[:, 3] = 0.3 + 0.3 * np.sin(
                1e4 * np.arange(counts.size).reshape(counts.shape)[:, 0] + counts[:, 60]
            )
            fraction[:, 2] = 1 - fraction[:, 3:].sum(axis=1)
            return Estimate.without_interval(fraction)

    found = LineWindowLime(samples=100, repeats=10).explain(Random(toy), spectra_of(two_peaks()))
    stability = found["stability"].sel(sample="s0")
    assert float(stability.sel(element="C")) < 0.6
    assert float(stability.sel(element="N")) > 0.999


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([[0.3, 0.2, 0.1], [0.6, 0.5, 0.1]], 1.0),
        ([[0.3, 0.2, 0.1], [0.1, 0.2, 0.3]], -1.0),
        ([[0.3, 0.2, 0.1], [0.3, 0.1, 0.2]], 0.5),
        ([[0.3, 0.2, 0.1], [0.3, 0.1, 0.2], [0.3, 0.2, 0.1]], 2 / 3),
        ([[0.3, 0.009, 0.0], [0.3, 0.0, -0.009]], 1.0),
        ([[0.3, 0.2, 0.1], [0.0, 0.0, 0.009]], 0.0),
        ([[0.009, 0.0], [0.0, 0.0]], np.nan),
        ([[0.3, 0.2]], np.nan),
    ],
)
def test_agreement_of_ranks_is_spearmans_with_what_does_nothing_tied(
    weights: list[list[float]], expected: float
) -> None:
    assert rank_agreement(np.array(weights)) == pytest.approx(expected, nan_ok=True)


def test_the_same_seed_gives_the_same_answer_and_another_another(toy: Technique) -> None:
    quantifier, spectra = Linear(toy, power=2.0), spectra_of(two_peaks())
    first, again, other = (LineWindowLime(samples=200, seed=seed).explain(quantifier, spectra) for seed in (3, 3, 4))
    xr.testing.assert_identical(first, again)
    assert not np.array_equal(first["weight"], other["weight"])
    np.testing.assert_allclose(first["weight"], other["weight"], atol=0.02)


def test_a_spectrum_is_explained_alike_wherever_it_stands(toy: Technique) -> None:
    quantifier = Linear(toy, power=2.0)
    one, two = two_peaks(), two_peaks(100.0, 150.0)
    together = LineWindowLime(samples=100).explain(quantifier, spectra_of(np.concatenate([one, two])))
    alone = LineWindowLime(samples=100).explain(quantifier, spectra_of(two))
    np.testing.assert_allclose(together["weight"].sel(sample="s1"), alone["weight"].sel(sample="s0"), atol=1e-12)
    assert not np.allclose(together["weight"].sel(sample="s0"), together["weight"].sel(sample="s1"))


def test_spectra_are_asked_in_chunks_and_never_negative(toy: Technique) -> None:
    quantifier = Linear(toy)
    LineWindowLime(samples=600).explain(quantifier, spectra_of(np.zeros((1, 201)) + two_peaks() - 1.0))
    assert quantifier.most == 256
    assert quantifier.lowest == 0.0


def test_unobserved_windows_have_no_weight(toy: Technique) -> None:
    observed = np.ones((1, 201), dtype=bool)
    observed[0, 120:] = False
    found = LineWindowLime().explain(Linear(toy), spectra_of(np.where(observed, two_peaks(), 0.0), observed))
    blind = found["start"].values >= 120
    assert blind.any()
    assert not found["weight"].values[:, :, blind].any()
    weight = found["weight"].sel(sample="s0", element="C")[window(found, 112.0)]
    assert float(weight) == pytest.approx(0.2, rel=0.02)
    nothing = spectra_of(np.zeros((1, 201)), np.zeros((1, 201), dtype=bool))
    found = LineWindowLime().explain(Linear(toy), nothing)
    assert not found["weight"].any()
    assert found["fidelity"].isnull().all()


def test_toy_elements_are_read_from_their_own_windows(toy: Technique) -> None:
    library = RenderedLibrary(toy)
    spectra = RecipeSynthesizer(toy, library, toy.recipe("article"), seed=1).spectra(0, 1)
    found = LineWindowLime(samples=300).explain(LeastSquares(toy, library), spectra)
    present = [str(symbol) for symbol in toy.elements if spectra["fraction"].sel(element=symbol)[0] > 0.1]
    assert len(present) > 1
    for symbol in present:
        strongest = int(found["weight"].sel(element=symbol)[0].argmax("segment"))
        assert f"{symbol} main" in found["label"].values[strongest]
        assert float(found["fidelity"].sel(element=symbol)[0]) > 0.5


def test_attribution_keeps_its_contract_and_says_where_it_comes_from(toy: Technique, tmp_path: Path) -> None:
    found = LineWindowLime(samples=50, seed=7, reach=6.0).explain(Linear(toy), spectra_of(two_peaks()))
    assert found["weight"].dims == ("sample", "element", "segment")
    names = ("technique", "explainer", "method", "lime_samples", "seed", "lime_reach_eV")
    assert [found.attrs[name] for name in names] == ["toy", "lime", "linear", 50, 7, 6.0]
    path = contracts.save(found, "ATTRIBUTION", tmp_path / "lime.nc")
    xr.testing.assert_equal(contracts.load(path, "ATTRIBUTION"), found)


@pytest.mark.parametrize("elements", [(), ("C",), ("Li", "Be"), ("Li", "Be", "B", "C", "N", "O")])
@pytest.mark.parametrize("reach", [0.3, 2.0, 8.0, 30.0])
def test_segments_cover_the_axis_once(toy: Technique, elements: tuple[str, ...], reach: float) -> None:
    found = line_segments(toy, elements, reach, 0.05)
    assert found[0].first == 0
    assert found[-1].last == 200
    assert all(left.last + 1 == right.first for left, right in pairwise(found))
    assert all(part.last >= part.first for part in found)
    named = " ".join(part.label for part in found)
    assert all(f"{symbol} main" in named for symbol in elements)
    assert all(part.last - part.first < 101 for part in found if part.label == BACKGROUND)


def lines(*peaks: Peak) -> Technique:
    return Technique("t", "T", EnergyAxis(0.0, 500.0, 1.0), ("C", "K"), {"C": 1.0, "K": 1.0}, peaks, {})


def labelled(technique: Technique) -> list[Segment]:
    return [part for part in line_segments(technique, technique.elements, 8.0, 0.05) if part.label != BACKGROUND]


def test_lines_with_overlapping_windows_share_a_segment_named_after_both() -> None:
    technique = lines(
        Peak("C", "1s", 284.0, 2.0, 1.0),
        Peak("K", "2p3/2", 293.0, 2.0, 0.7),
        Peak("K", "2p1/2", 296.0, 2.0, 0.3),
        Peak("K", "2s", 379.0, 2.0, 0.04),
        Peak("K", "3s", 39.0, 2.0, 0.1),
        Peak("K", "KLL", 510.0, 2.0, 0.1),
    )
    assert labelled(technique) == [Segment("K 3s", 30, 48), Segment("C 1s, K 2p", 275, 305)]


def test_segments_are_named_as_the_field_writes_lines() -> None:
    technique = lines(
        Peak("C", "K-L2", 284.0, 2.0, 0.3, written="K\u03b1"), Peak("C", "K-L3", 284.5, 2.0, 0.7, written="K\u03b1")
    )
    assert [part.label for part in labelled(technique)] == ["C K\u03b1"]


@pytest.mark.parametrize(
    ("first", "second", "label"),
    [("Ka", "Kb", "C Kb"), ("C Ka", "C Kb", "C Kb"), ("C Ka1", "C Ka2", "C Ka"), ("C main", "C main", "C main")],
)
def test_lines_of_one_element_are_named_by_what_they_share_or_the_strongest(
    first: str, second: str, label: str
) -> None:
    technique = lines(Peak("C", first, 284.0, 2.0, 0.3), Peak("C", second, 290.0, 2.0, 0.7))
    assert [part.label for part in labelled(technique)] == [label]


def test_a_long_chain_of_lines_is_parted_at_its_widest_gap() -> None:
    places = (100.0, 110.0, 124.0, 134.0)
    technique = lines(*(Peak("C", f"{name}x", energy, 2.0, 1.0) for name, energy in zip("abcd", places, strict=True)))
    assert labelled(technique) == [Segment("C ax", 91, 116), Segment("C cx", 117, 143)]


def test_a_gap_of_a_few_channels_goes_to_the_window_beside_it() -> None:
    technique = lines(
        Peak("C", "1s", 11.0, 2.0, 1.0), Peak("K", "2p", 32.0, 2.0, 1.0), Peak("K", "3p", 490.0, 2.0, 1.0)
    )
    assert labelled(technique) == [Segment("C 1s", 0, 20), Segment("K 2p", 21, 41), Segment("K 3p", 481, 500)]


def test_switching_off_takes_the_peak_and_leaves_the_slope() -> None:
    slope = np.linspace(10.0, 109.0, 100)
    peak = np.zeros(100)
    peak[45:50] = 30.0
    parts = (Segment("a", 0, 29), Segment("b", 30, 69), Segment("c", 70, 99))
    change = flattening(slope + peak, np.ones(100, dtype=bool), parts)
    np.testing.assert_allclose((slope + peak + change[1])[45:50], slope[45:50], atol=0.5)
    np.testing.assert_allclose(change[[0, 2]], 0.0, atol=1.01)
    assert not change[1, :30].any()
    assert not change[1, 70:].any()


@pytest.mark.parametrize("name", ["samples", "seed", "repeats", "reach", "faintest", "ridge"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, "10", True])
def test_settings_that_cannot_be_used_are_refused(name: str, value: float) -> None:
    with pytest.raises(SettingError, match=f"^{name}: "):
        LineWindowLime(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("samples", 9), ("samples", 20.5), ("repeats", 0), ("reach", 0.0), ("ridge", 0.0)]
)
def test_settings_just_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(SettingError, match=f"^{name}: "):
        LineWindowLime(**{name: value})


def test_lime_needs_spectra(toy: Technique) -> None:
    with pytest.raises(SettingError, match="explainer lime: needs spectra"):
        LineWindowLime().explain(Linear(toy))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_spectra_that_are_not_finite_are_refused(toy: Technique, value: float) -> None:
    counts = two_peaks()
    counts[0, 5] = value
    with pytest.raises(ContractError, match="counts holds values that are not finite"):
        LineWindowLime().explain(Linear(toy), spectra_of(counts))


def test_spectra_on_another_axis_are_refused(toy: Technique) -> None:
    spectra = spectra_of(two_peaks())
    with pytest.raises(ContractError, match="another energy axis"):
        LineWindowLime().explain(Linear(toy), spectra.assign_coords(energy=np.arange(201.0) + 1))


def test_copies_state_what_the_spectrum_states(thirdparty: Path) -> None:  # noqa: ARG001
    bulk = load_plugin("bulk").technique
    seen: list[Floats] = []

    class Watching(Linear):
        def estimate(self, spectra: Spectra) -> Estimate:
            seen.append(spectra.stated)
            return super().estimate(spectra)

    told = np.array([[12.0, np.nan], [17.0, 30.0]])
    spectra = spectra_of(np.concatenate([two_peaks(), two_peaks()])).assign(stated=(("sample", "parameter"), told))
    LineWindowLime(samples=20).explain(Watching(bulk), spectra.assign_coords(parameter=["voltage", "angle"]))
    assert len(seen) == 3
    for asked, expected in zip(seen[1:], told, strict=True):
        np.testing.assert_array_equal(asked, np.tile(expected, (20, 1)))


def test_an_answer_among_candidates_is_explained_among_them(toy: Technique) -> None:
    listed = np.isin(toy.elements, ["B", "N"])
    spectra = Spectra.of(spectra_of(two_peaks()), toy, "test").among(listed)
    found = LineWindowLime(samples=200).explain(Linear(toy), spectra)
    weight = found["weight"].sel(sample="s0")
    assert not weight.sel(element="C").any()
    assert float(weight.sel(element="N")[window(found, 146.0)]) > 0.25
    np.testing.assert_allclose(weight.sel(element="N"), -weight.sel(element="B"), atol=1e-9)
