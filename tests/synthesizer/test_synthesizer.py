from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from torch import Tensor

from specquant import contracts
from specquant.discovery import load_plugin
from specquant.errors import SettingError
from specquant.library import MixedLibrary, RenderedLibrary, StoredLibrary, pure_spectra
from specquant.library.rendered import components_from_peaks
from specquant.recipes import Addition, Constant, LogNormal, Normal, Recipe, Uniform
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, Batch, RecipeSynthesizer
from specquant.technique import EnergyAxis, Floats, InstrumentParameter, Technique

QUIET = Constant(1e12)
"""Counts of which noise is a millionth."""

PLAIN = Recipe("plain", "nothing random but the composition", element_count=(0.2, 0.4, 0.4), counts=QUIET)
EVERYTHING = replace(
    PLAIN,
    additions=(Addition(0.5, {"C": Uniform(0.1, 0.3)}),),
    global_shift=Normal(0.0, 1.0),
    element_shift=Normal(0.0, 1.0),
    sensitivity_scatter=LogNormal(1.0, 0.1),
    group_scatter={"second": Uniform(0.0, 2.0)},
    group_shift={"main": Uniform(-2.0, 2.0)},
    second_state=(0.5, Uniform(0.0, 0.5), Uniform(1.0, 3.0)),
    response={"gain": Uniform(-0.5, 0.5)},
    background_level=Uniform(0.0, 0.3),
    background_slope=Uniform(-1.0, 1.0),
    low_end=Uniform(0.0, 10.0),
    high_end=Uniform(150.0, 200.0),
    smoothing=0.3,
)


class Tilt:
    """A made-up response: intensity grows along the axis with the parameter `gain`."""

    def __init__(self, axis: EnergyAxis) -> None:
        self.along = torch.from_numpy((axis.centres / 200.0).astype(np.float32))

    def __call__(self, primary: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        return primary * (1.0 + values["gain"][:, None] * self.along)


@pytest.fixture
def tilted(toy: Technique) -> Technique:
    gain = InstrumentParameter("gain", 0.1, -1.0, 1.0, "", "tilt")
    return replace(toy, parameters=(gain,), response=Tilt)


@pytest.fixture
def threads() -> Callable[[int], None]:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def synthesizer(
    technique: Technique, recipe: Recipe = PLAIN, seed: int = 1, stream: str = "train"
) -> RecipeSynthesizer:
    return RecipeSynthesizer(technique, RenderedLibrary(technique), recipe, seed, stream=stream)


def single(technique: Technique, element: str, **changes: object) -> RecipeSynthesizer:
    """Return a synthesizer of one element, without noise."""
    recipe = replace(PLAIN, element_count=(1.0,), prior={element: 1.0}, prior_default=0.0, **changes)
    return synthesizer(technique, recipe)


def shape_of(batch: Batch, row: int = 0) -> Floats:
    counts = batch.counts[row].double().numpy()
    return counts / counts.max()


class TestSeeds:
    def test_same_seed_same_spectra(self, tilted: Technique) -> None:
        one, two = (synthesizer(tilted, EVERYTHING, seed=3).spectra(0, 50) for _ in range(2))
        xr.testing.assert_identical(one, two)

    def test_other_seed_other_spectra(self, toy: Technique) -> None:
        one, two = (synthesizer(toy, seed=seed).spectra(0, 50) for seed in (3, 4))
        assert not (one["counts"].values == two["counts"].values).all(axis=1).any()

    def test_batches_do_not_matter(self, tilted: Technique) -> None:
        made = synthesizer(tilted, EVERYTHING)
        whole = made.spectra(0, 2 * BLOCK + 10)
        for start, count in ((100, 300), (0, 1), (BLOCK - 1, 2), (BLOCK, BLOCK), (2 * BLOCK + 3, 7)):
            xr.testing.assert_identical(made.spectra(start, count), whole.isel(sample=slice(start, start + count)))

    def test_threads_do_not_matter(self, tilted: Technique, threads: Callable[[int], None]) -> None:
        threads(1)
        one = synthesizer(tilted, EVERYTHING).spectra(0, BLOCK)
        threads(3)
        xr.testing.assert_identical(synthesizer(tilted, EVERYTHING).spectra(0, BLOCK), one)

    def test_workers_do_not_matter(self, tilted: Technique) -> None:
        made = synthesizer(tilted, EVERYTHING)
        in_turn = [made.block(index) for index in range(4)]
        with ThreadPoolExecutor(max_workers=3) as pool:
            at_once = list(pool.map(made.block, range(4)))
        for one, two in zip(in_turn, at_once, strict=True):
            assert torch.equal(one.counts, two.counts)
            assert torch.equal(one.fraction, two.fraction)

    def test_streams_share_no_spectrum(self, toy: Technique) -> None:
        streams = [synthesizer(toy, stream=name).block(0).fraction for name in ("train", "validation", "evaluation")]
        for one, two in ((0, 1), (0, 2), (1, 2)):
            mixed = (streams[one] < 0.999).all(dim=1) & (streams[two] < 0.999).all(dim=1)
            assert mixed.sum() > 100
            assert not (streams[one] == streams[two]).all(dim=1)[mixed].any()

    def test_blocks_differ(self, toy: Technique) -> None:
        made = synthesizer(toy)
        assert not torch.equal(made.block(0).fraction, made.block(1).fraction)

    def test_unknown_stream(self, toy: Technique) -> None:
        with pytest.raises(SettingError, match="no such stream; found test; wanted one of train, validation"):
            synthesizer(toy, stream="test")


class TestTruth:
    def test_rows_sum_to_one(self, tilted: Technique) -> None:
        fraction = synthesizer(tilted, EVERYTHING).block(0).fraction
        np.testing.assert_allclose(fraction.sum(dim=1).numpy(), 1.0, atol=1e-6)

    def test_additions_are_labelled(self, toy: Technique) -> None:
        recipe = replace(PLAIN, prior={"C": 0.0}, additions=(Addition(1.0, {"C": Constant(0.25)}),))
        np.testing.assert_allclose(synthesizer(toy, recipe).block(0).fraction[:, toy.elements.index("C")].numpy(), 0.25)

    def test_prior_of_the_recipe_is_respected(self, toy: Technique) -> None:
        recipe = replace(PLAIN, element_count=(1.0,), prior={"O": 5.0}, prior_default=1.0)
        often = (synthesizer(toy, recipe).batch(0, 16 * BLOCK).fraction > 0).double().mean(dim=0).numpy()
        np.testing.assert_allclose(often, [0.1] * 5 + [0.5], atol=0.03)

    def test_what_the_library_lacks_is_neither_drawn_nor_added(self, toy: Technique) -> None:
        poorer = RenderedLibrary(replace(toy, peaks=tuple(peak for peak in toy.peaks if peak.element != "C")))
        recipe = replace(PLAIN, additions=(Addition(1.0, {"C": Constant(0.3), "O": Constant(0.2)}),))
        fraction = RecipeSynthesizer(toy, poorer, recipe, 1).block(0).fraction
        assert not fraction[:, toy.elements.index("C")].any()
        assert (fraction[:, toy.elements.index("O")] >= 0.2 - 1e-6).all()
        np.testing.assert_allclose(fraction.sum(dim=1).numpy(), 1.0, atol=1e-6)

    def test_spectra_keep_their_contract_and_carry_every_nuisance(self, tilted: Technique) -> None:
        spectra = contracts.check(synthesizer(tilted, EVERYTHING).spectra(0, 10), "SPECTRA", "test")
        assert spectra["instrument_parameter"].values.tolist() == ["gain"]
        assert np.ptp(spectra["parameter_value"].sel(instrument_parameter="gain").values) > 0.5
        assert {
            "global_shift",
            "background_level",
            "background_slope",
            "peak_counts",
            "noise_factor",
            "smoothed",
            "low_end",
            "high_end",
            "element_shift",
            "sensitivity_factor",
            "second_share",
            "second_shift",
            "component_factor",
            "component_shift",
        } <= set(spectra.variables)

    @pytest.mark.parametrize("name", ["counts", "global_shift", "sample", "technique"])
    def test_a_parameter_may_be_named_as_anything_else_in_a_file(self, toy: Technique, name: str) -> None:
        named = replace(toy, parameters=(InstrumentParameter(name, 0.1, -1.0, 1.0, "", "tilt"),))
        plain, spectra = synthesizer(toy, EVERYTHING).spectra(0, 10), synthesizer(named, EVERYTHING).spectra(0, 10)
        assert spectra["parameter_value"].sel(instrument_parameter=name).values == pytest.approx(0.1)
        for variable in ("counts", "global_shift", "sample"):
            np.testing.assert_array_equal(spectra[variable], plain[variable])


class TestLinearSum:
    def test_a_spectrum_is_the_sum_of_fraction_times_sensitivity_times_density(self, toy: Technique) -> None:
        batch = synthesizer(toy).block(0)
        expected = batch.fraction.double().numpy() @ pure_spectra(toy, RenderedLibrary(toy))
        expected /= expected.max(axis=1, keepdims=True)
        np.testing.assert_allclose(batch.counts.double().numpy() / 1e12, expected, atol=1e-5)

    def test_strongest_channel_has_the_counts_of_the_recipe(self, toy: Technique) -> None:
        batch = synthesizer(toy, replace(PLAIN, counts=Uniform(1e10, 2e10))).block(0)
        drawn = batch.nuisance["peak_counts"][1]
        assert np.ptp(drawn) > 5e9
        np.testing.assert_allclose(batch.counts.amax(dim=1).numpy(), drawn, rtol=1e-4)

    def test_components_apart_give_the_same_sum_as_tied(self, toy: Technique) -> None:
        apart = synthesizer(toy, replace(PLAIN, group_scatter={"second": Constant(1.0)})).block(0)
        tied = synthesizer(toy).block(0)
        assert torch.equal(apart.fraction, tied.fraction)
        torch.testing.assert_close(apart.counts, tied.counts, rtol=1e-4, atol=1e8)


class TestShift:
    @pytest.mark.parametrize("shift", [-3.5, -0.25, 0.25, 0.75, 4.0])
    def test_global_shift_moves_the_line(self, toy: Technique, shift: float) -> None:
        batch = single(toy, "Be", global_shift=Constant(shift)).block(0)
        shape = shape_of(batch)
        assert (shape * toy.axis.centres).sum() / shape.sum() == pytest.approx(52.0 + shift, abs=0.01)

    def test_shift_brings_in_what_lies_beyond_the_axis(self, toy: Technique) -> None:
        outside = replace(toy, peaks=(replace(toy.peaks[0], energy=-5.0),))
        made = single(outside, "Li", global_shift=Constant(8.0))
        assert toy.axis.centres[shape_of(made.block(0)).argmax()] == 3.0

    def test_group_shift_moves_its_group_alone(self, toy: Technique) -> None:
        shape = shape_of(single(toy, "C", group_shift={"second": Constant(5.0)}).block(0))
        energy = toy.axis.centres
        assert energy[shape.argmax()] == 112.0
        assert energy[np.where(energy < 80, shape, 0).argmax()] == 65.0

    def test_group_scatter_scales_its_group_alone(self, toy: Technique) -> None:
        plain = shape_of(single(toy, "C").block(0))
        scaled = shape_of(single(toy, "C", group_scatter={"second": Constant(2.0)}).block(0))
        assert scaled[60] == pytest.approx(2 * plain[60], rel=1e-3)
        assert scaled[112] == pytest.approx(plain[112], rel=1e-3)

    def test_second_state_takes_its_share(self, toy: Technique) -> None:
        made = single(toy, "Be", second_state=(1.0, Constant(0.4), Constant(8.0)))
        shape = shape_of(made.block(0))
        assert shape[60] / shape[52] == pytest.approx(0.4 / 0.6, rel=1e-3)

    def test_chemical_range_is_the_elements_own(self, toy: Technique) -> None:
        ranged = replace(toy, chemical_shift={"Be": (1.0, 5.0)})
        shape = shape_of(single(ranged, "Be", element_shift_range=Constant(0.5)).block(0))
        assert toy.axis.centres[shape.argmax()] == 55.0


class TestMeasurement:
    @pytest.mark.parametrize("slope", [0.0, 1.0, -0.5])
    def test_background_has_its_level_and_slope(self, toy: Technique, slope: float) -> None:
        made = single(toy, "N", background_level=Constant(0.2), background_slope=Constant(slope))
        counts = made.block(0).counts[0].double().numpy() / 1e12
        np.testing.assert_allclose(counts[[0, 100]], [0.2 * (1 - slope), 0.2], atol=1e-4)
        assert counts[-1] == pytest.approx(0.2 * (1 + slope), abs=1e-4)

    def test_channels_beyond_the_ends_are_not_observed_and_empty(self, toy: Technique) -> None:
        recipe = replace(PLAIN, low_end=Uniform(0.0, 30.0), high_end=Constant(150.4), background_level=Constant(0.1))
        batch = synthesizer(toy, recipe).block(0)
        low, energy = batch.nuisance["low_end"][1], toy.axis.centres
        expected = (energy >= low[:, None]) & (energy <= 150.4)
        np.testing.assert_array_equal(batch.observed.numpy(), expected)
        assert not batch.counts[~batch.observed].any()
        assert batch.counts[batch.observed].min() > 0

    def test_the_strongest_channel_is_one_that_was_observed(self, toy: Technique) -> None:
        made = single(toy, "O", high_end=Constant(150.0))
        batch = made.block(0)
        assert batch.counts[0].argmax() == 96
        assert batch.counts[0].max().item() == pytest.approx(1e12, rel=1e-4)

    def test_noise_is_that_of_the_counts(self, toy: Technique) -> None:
        made = single(toy, "Be", counts=Constant(400.0), noise_factor=Constant(2.0))
        counts = made.batch(0, 8 * BLOCK).counts[:, 52].double()
        assert counts.mean().item() == pytest.approx(400.0, abs=3.0)
        assert counts.var().item() == pytest.approx(800.0, rel=0.15)

    def test_response_is_applied_with_the_drawn_values(self, tilted: Technique) -> None:
        recipe = replace(PLAIN, response={"gain": Uniform(-0.5, 0.5)})
        varied, plain = synthesizer(tilted, recipe).block(0), synthesizer(replace(tilted, response=None)).block(0)
        gain = varied.parameters["gain"]
        bare = replace(tilted, response=None)
        lines = varied.fraction.double().numpy() @ pure_spectra(bare, RenderedLibrary(bare))
        expected = lines * (1.0 + gain[:, None] * tilted.axis.centres / 200.0)
        expected /= expected.max(axis=1, keepdims=True)
        np.testing.assert_allclose(varied.counts.double().numpy() / 1e12, expected, atol=1e-5)
        assert np.ptp(gain) > 0.9
        assert plain.parameters["gain"].tolist() == [0.1] * BLOCK

    def test_without_response_in_the_recipe_the_nominal_spectra_are_summed(self, tilted: Technique) -> None:
        batch = synthesizer(tilted).block(0)
        expected = batch.fraction.double().numpy() @ pure_spectra(tilted, RenderedLibrary(tilted))
        expected /= expected.max(axis=1, keepdims=True)
        np.testing.assert_allclose(batch.counts.double().numpy() / 1e12, expected, atol=1e-5)

    def test_recipe_with_response_needs_bare_lines(self, tilted: Technique, tmp_path: Path) -> None:
        library = RenderedLibrary(tilted)
        library.dataset = library.dataset.drop_vars("primary")
        measured = StoredLibrary(library.save(tmp_path / "measured.nc"), tilted)
        recipe = replace(PLAIN, name="losses", response={"gain": Constant(0.1)})
        with pytest.raises(SettingError, match=r"losses: recipe varies the response.*without response"):
            RecipeSynthesizer(tilted, measured, recipe, 1)
        RecipeSynthesizer(tilted, measured, PLAIN, 1).block(0)


def test_what_is_recorded_reproduces_the_spectra(tilted: Technique) -> None:
    wide = replace(tilted, peaks=tuple(replace(peak, width=2 * peak.width) for peak in tilted.peaks))
    batch = synthesizer(wide, EVERYTHING).block(0)
    for row in range(0, BLOCK, 16):
        expected = reproduced(wide, batch, row)
        np.testing.assert_allclose(batch.counts[row].double().numpy() / 1e12, expected, atol=5e-4)


def reproduced(technique: Technique, batch: Batch, row: int) -> Floats:
    """Return a spectrum made from its record alone, lines as Gaussians at their shifted energies."""
    drawn = {name: values[row] for name, (_, values) in batch.nuisance.items()}
    gain = batch.parameters["gain"][row]
    axis, lines = technique.axis, np.zeros(technique.axis.size)
    labels = RenderedLibrary(technique).dataset
    for component, (symbol, group) in enumerate(zip(labels["element"].values, labels["group"].values, strict=True)):
        element = technique.elements.index(symbol)
        fraction = float(batch.fraction[row, element])
        if not fraction:
            continue
        weight = fraction * technique.sensitivity[symbol]
        weight *= drawn["sensitivity_factor"][element] * drawn["component_factor"][component]
        at = drawn["global_shift"] + drawn["element_shift"][element] + drawn["component_shift"][component]
        share = drawn["second_share"][element]
        for part, shift in ((1 - share, at), (share, at + drawn["second_shift"][element])):
            to = round(4 * shift) / 4
            chosen = [peak for peak in technique.peaks if (peak.element, peak.group) == (symbol, group)]
            moved = [replace(peak, energy=peak.energy + to) for peak in chosen]
            lines += weight * part * components_from_peaks(axis, moved)[0].density
    along = axis.centres / 200.0
    spectrum = lines * (1.0 + gain * along)
    observed = (axis.centres >= drawn["low_end"]) & (axis.centres <= drawn["high_end"])
    spectrum = spectrum / spectrum[observed].max()
    spectrum += drawn["background_level"] * (1.0 + drawn["background_slope"] * (2.0 * along - 1.0))
    if drawn["smoothed"]:
        rows = np.pad(spectrum, 1, mode="edge")
        spectrum = 0.25 * rows[:-2] + 0.5 * rows[1:-1] + 0.25 * rows[2:]
    return spectrum * observed * drawn["peak_counts"] / 1e12


@pytest.fixture
def bulk(thirdparty: Path) -> Technique:  # noqa: ARG001
    return load_plugin("bulk").technique


def voltages(spectra: xr.Dataset) -> Floats:
    return np.asarray(spectra["parameter_value"].sel(instrument_parameter="voltage").values)


def by_the_law(technique: Technique, spectra: xr.Dataset) -> Floats:
    """Return exact spectra (sample, energy) of recorded compositions and voltages, each sample by itself."""
    mixed = MixedLibrary(technique, RenderedLibrary(technique))
    return np.array(
        [
            mixed.spectrum(fraction, technique.defaults() | {"voltage": float(voltage)})
            for fraction, voltage in zip(spectra["fraction"].values, voltages(spectra), strict=True)
        ]
    )


class TestMixingLaw:
    def quiet(self, bulk: Technique, name: str) -> Recipe:
        return replace(bulk.recipes[name], counts=QUIET, group_scatter={})

    def test_spectra_follow_the_techniques_law_at_the_drawn_voltage(self, bulk: Technique) -> None:
        spectra = synthesizer(bulk, self.quiet(bulk, "bulk")).spectra(0, 30)
        expected = by_the_law(bulk, spectra)
        expected /= expected.max(axis=1, keepdims=True)
        np.testing.assert_allclose(spectra["counts"].values / 1e12, expected, atol=1e-4)

    def test_one_product_gives_what_the_table_of_shifts_gives(self, bulk: Technique) -> None:
        recipe = self.quiet(bulk, "bulk")
        never = Normal(0.0, 0.0)  # takes the way of shifts, and its draws change no other
        at_once = synthesizer(bulk, recipe).spectra(0, 30)
        by_table = synthesizer(bulk, replace(recipe, second_state=(0.0, never, never)))
        assert by_table._sum._table is not None
        expected = by_the_law(bulk, by_table.spectra(0, 30))
        expected /= expected.max(axis=1, keepdims=True)
        np.testing.assert_allclose(by_table.spectra(0, 30)["counts"].values / 1e12, expected, atol=1e-4)
        assert at_once.sizes == by_table.spectra(0, 30).drop_vars(["second_share", "second_shift"]).sizes

    def test_the_continuum_moves_with_the_axis_and_scatters_as_a_group(self, bulk: Technique) -> None:
        scaled = replace(
            bulk.recipes["drift"], counts=QUIET, global_shift=Constant(5.0), group_scatter={"continuum": Constant(3.0)}
        )
        spectra = synthesizer(bulk, scaled).spectra(0, 5)
        mixed = MixedLibrary(bulk, RenderedLibrary(bulk))
        for row in range(5):
            one = spectra.isel(sample=row)
            fraction, values = one["fraction"].values, bulk.defaults() | {"voltage": float(voltages(spectra)[row])}
            (yields,) = mixed.yields(fraction[None], {name: np.array([value]) for name, value in values.items()})
            expected = mixed.spectrum(fraction, values) + 2 * mixed.of_no_element(yields)
            shape = one["counts"].values[10:] / one["counts"].values.max()
            np.testing.assert_allclose(shape, (expected / expected.max())[5:-5], atol=2e-3)

    def test_a_recipe_may_ask_for_the_linear_sum(self, bulk: Technique) -> None:
        spectra = synthesizer(bulk, self.quiet(bulk, "linear")).spectra(0, 30)
        linear = replace(bulk, mixing=None)
        expected = spectra["fraction"].values @ pure_spectra(linear, RenderedLibrary(linear))
        expected /= expected.max(axis=1, keepdims=True)
        np.testing.assert_allclose(spectra["counts"].values / 1e12, expected, atol=1e-4)


class TestStated:
    def test_what_is_stated_is_what_was_drawn(self, bulk: Technique) -> None:
        spectra = synthesizer(bulk, bulk.recipes["bulk"]).spectra(0, BLOCK)
        assert spectra["parameter"].values.tolist() == ["voltage", "angle"]
        voltage = spectra["stated"].sel(parameter="voltage").values
        known = np.isfinite(voltage)
        np.testing.assert_array_equal(voltage[known], voltages(spectra)[known])
        np.testing.assert_array_equal(spectra["stated"].sel(parameter="angle").values, 40.0)

    def test_unstated_is_the_share_that_is_not_known(self, bulk: Technique) -> None:
        stated = synthesizer(bulk, bulk.recipes["bulk"]).batch(0, 8 * BLOCK).stated
        assert stated.isnan().double().mean(dim=0).numpy() == pytest.approx([0.25, 0.0], abs=0.03)

    def test_a_technique_that_states_nothing_writes_nothing(self, toy: Technique) -> None:
        made = synthesizer(toy)
        assert made.block(0).stated.shape == (BLOCK, 0)
        assert "stated" not in made.spectra(0, 3)


def test_kept_spectra_are_the_same_and_made_once(bulk: Technique, monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = synthesizer(bulk, bulk.recipes["bulk"]), []
    expected = made.spectra(200, 100)
    block = made.block
    monkeypatch.setattr(made, "block", lambda index: asked.append(index) or block(index))
    kept = made.kept()
    for _ in range(2):
        xr.testing.assert_identical(kept.spectra(200, 100), expected)
    assert asked == [0, 1]


class TestBatch:
    def test_spectra_of_a_batch_are_what_a_dataset_of_them_holds(self, bulk: Technique) -> None:
        made = synthesizer(bulk, bulk.recipes["bulk"])
        spectra, stored = made.batch(200, 100).spectra(), Spectra.of(made.spectra(200, 100), bulk, "test")
        for name in ("counts", "observed", "stated"):
            np.testing.assert_array_equal(getattr(spectra, name), getattr(stored, name))
        assert (spectra.candidates, spectra.names, spectra.facts) == (None, (), ())

    def test_parameters_are_apart_from_the_rest_and_go_with_their_spectra(self, tilted: Technique) -> None:
        made = synthesizer(tilted, EVERYTHING)
        batch, first, second = made.batch(200, 100), made.block(0), made.block(1)
        assert not set(batch.parameters) & set(batch.nuisance)
        expected = np.concatenate([first.parameters["gain"][200:], second.parameters["gain"][:44]])
        np.testing.assert_array_equal(batch.parameters["gain"], expected)
