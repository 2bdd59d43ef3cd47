from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from folders import THIRDPARTY
from specquant.constraints import Constraints
from specquant.discovery import load_plugin
from specquant.errors import ContractError, ModelError
from specquant.learning import NetworkQuantifier, TrainingPlan, TrainingRun, TrainingSet, train_network
from specquant.learning.modelfile import load_model, save_model
from specquant.library import RenderedLibrary
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, RecipeSynthesizer
from specquant.technique import EnergyAxis, FitDecisions, FitPriors, FitSettings, Technique

SPECTRA = 24 * BLOCK


@pytest.fixture(scope="module")
def toy() -> Iterator[Technique]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(THIRDPARTY)
        yield load_plugin("toy").technique


def stream(toy: Technique, name: str) -> RecipeSynthesizer:
    return RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["article"], 1, stream=name)


def training_set(technique: Technique, recipe: str, blocks: int = 1) -> TrainingSet:
    return TrainingSet.of_recipe(
        technique, RenderedLibrary(technique), technique.recipes[recipe], 1, "cpu", validation_blocks=blocks
    )


@pytest.fixture(scope="module")
def model(toy: Technique) -> NetworkQuantifier:
    plan = TrainingPlan(SPECTRA, learning_rate=6e-3)
    return train_network(toy, training_set(toy, "article", blocks=8), plan, run=TrainingRun(command="specquant train"))


@pytest.fixture(scope="module")
def fresh(toy: Technique) -> xr.Dataset:
    return stream(toy, "evaluation").spectra(0, 4 * BLOCK)


def accuracy(found: np.ndarray, spectra: xr.Dataset) -> float:
    return float((1 - 0.5 * np.abs(found - spectra["fraction"].values).sum(axis=1)).mean())


def test_it_learns_far_more_than_the_constant_answer(model: NetworkQuantifier, fresh: xr.Dataset) -> None:
    constant = np.tile(fresh["fraction"].values.mean(axis=0), (fresh.sizes["sample"], 1))
    found = model.quantify(fresh)["fraction"].values
    assert accuracy(constant, fresh) < 0.5
    assert accuracy(found, fresh) > 0.85


def test_validation_accuracy_holds_on_fresh_spectra(model: NetworkQuantifier, fresh: xr.Dataset) -> None:
    found = model.quantify(fresh)["fraction"].values
    assert model.card.validation_accuracy == pytest.approx(accuracy(found, fresh), abs=0.02)


def test_bounds_enclose_the_fraction(model: NetworkQuantifier, fresh: xr.Dataset) -> None:
    composition = model.quantify(fresh)
    fraction, lower, upper = (composition[name].values for name in ("fraction", "lower", "upper"))
    assert (lower <= fraction).all()
    assert (fraction <= upper).all()
    assert lower.min() >= 0
    assert upper.max() <= 1
    assert (upper > lower).mean() > 0.5


def test_intervals_cover_nine_in_ten(model: NetworkQuantifier, fresh: xr.Dataset) -> None:
    composition, truth = model.quantify(fresh), fresh["fraction"].values
    covered = (composition["lower"].values <= truth + 1e-9) & (truth <= composition["upper"].values + 1e-9)
    sizeable = composition["fraction"].values >= 0.02
    assert covered[sizeable].mean() == pytest.approx(0.9, abs=0.03)


def test_answers_do_not_depend_on_how_many_are_asked(model: NetworkQuantifier, fresh: xr.Dataset) -> None:
    one = model.quantify(fresh.isel(sample=[700]))["fraction"].values
    np.testing.assert_allclose(one, model.quantify(fresh)["fraction"].values[[700]], atol=1e-5)


def test_no_spectra_no_answers(model: NetworkQuantifier, fresh: xr.Dataset) -> None:
    assert model.quantify(fresh.isel(sample=[]))["fraction"].shape == (0, 6)


def test_scale_changes_nothing(model: NetworkQuantifier, fresh: xr.Dataset) -> None:
    scaled = fresh.assign(counts=fresh["counts"] * 1e-3)
    np.testing.assert_allclose(model.quantify(scaled)["fraction"], model.quantify(fresh)["fraction"], atol=1e-4)


def test_card_says_what_the_model_is(model: NetworkQuantifier, toy: Technique) -> None:
    card = model.card
    assert (card.technique, card.recipe, card.spectra, card.seed) == ("toy", "article", SPECTRA, 1)
    assert (card.elements, card.axis) == (toy.elements, (0.0, 200.0, 1.0))
    assert card.command == "specquant train"
    assert card.specquant_version
    expected = training_set(toy, "article")
    assert (card.origin, card.seen, card.prior) == (expected.origin, toy.elements, expected.prior)


def test_model_file_gives_the_same_answers(
    model: NetworkQuantifier, toy: Technique, fresh: xr.Dataset, tmp_path: Path
) -> None:
    read = NetworkQuantifier.load(model.save(tmp_path / "model.safetensors"), toy)
    assert replace(read.card, sha256="") == replace(model.card, sha256="")
    np.testing.assert_allclose(read.quantify(fresh)["fraction"], model.quantify(fresh)["fraction"], atol=2e-3)


def test_a_model_of_before_the_library_grew_answers_for_the_elements_that_it_knows(
    model: NetworkQuantifier, toy: Technique, fresh: xr.Dataset, tmp_path: Path
) -> None:
    path, larger = model.save(tmp_path / "model.safetensors"), replace(toy, elements=("H", *toy.elements))
    before, found = (NetworkQuantifier.load(path, technique).quantify(fresh) for technique in (toy, larger))
    known, new = found.sel(element=list(toy.elements)), found.sel(element="H")
    for name in ("fraction", "upper"):
        np.testing.assert_array_equal(known[name], before[name])
    assert (known["lower"] <= before["lower"]).all()  # there may be the new one instead
    assert (new["fraction"].max(), new["lower"].max()) == (0.0, 0.0)
    np.testing.assert_allclose(new["upper"], 1.0 - known["lower"].sum("element"), atol=1e-12)


def test_saving_what_was_read_gives_the_same_model(model: NetworkQuantifier, toy: Technique, tmp_path: Path) -> None:
    first = model.save(tmp_path / "first.safetensors")
    second = NetworkQuantifier.load(first, toy).save(tmp_path / "second.safetensors")
    (first_card, first_weights), (second_card, second_weights) = load_model(first), load_model(second)
    assert first_card == second_card
    assert all(torch.equal(first_weights[name], second_weights[name]) for name in first_weights | second_weights)


def test_same_seed_gives_the_same_first_weights(toy: Technique) -> None:
    plan, learned = TrainingPlan(BLOCK, learning_rate=0.0, seed=3), training_set(toy, "article")
    one, two = (train_network(toy, learned, plan) for _ in range(2))
    other = train_network(toy, learned, replace(plan, seed=4))
    assert one.card.validation_accuracy == two.card.validation_accuracy != other.card.validation_accuracy


def test_spectra_on_another_axis(model: NetworkQuantifier, fresh: xr.Dataset) -> None:
    with pytest.raises(ContractError, match=r"quantifier cnn: spectra lie on another energy axis"):
        model.quantify(fresh.isel(energy=slice(0, 100)))


class TestLoad:
    def test_missing_file(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="no such model file"):
            NetworkQuantifier.load(tmp_path / "no.safetensors", toy)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"name": "xyz"}, "model for another technique; found toy; wanted xyz"),
            ({"axis": EnergyAxis(0.0, 100.0, 0.5)}, "model for another energy axis"),
            ({"elements": ("Li", "Be", "B", "C", "O")}, "model for other elements; found N; wanted elements of toy"),
        ],
    )
    def test_model_for_something_else(
        self, model: NetworkQuantifier, toy: Technique, tmp_path: Path, change: dict[str, object], message: str
    ) -> None:
        path = model.save(tmp_path / "model.safetensors")
        with pytest.raises(ModelError, match=rf"model\.safetensors: {message}"):
            NetworkQuantifier.load(path, replace(toy, **change))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"network": "Transformer"},
                "unknown network; found Transformer; wanted one of VanillaCnn, Dnn, GoogLeNet, ResNet",
            ),
            ({"settings": {}}, "weights do not fit the network"),
            ({"settings": {"energies": 201, "elements": 6, "strides": (2, 0, 2)}}, "weights do not fit the network"),
            ({"settings": {"energies": 400, "elements": 6}}, "weights do not fit the network"),
            ({"settings": {"energies": 201, "elements": 6, "kernels": [9, 7]}}, "weights do not fit the network"),
        ],
    )
    def test_card_that_does_not_fit_its_weights(
        self, model: NetworkQuantifier, toy: Technique, tmp_path: Path, change: dict[str, object], message: str
    ) -> None:
        weights = model._network.state_dict()
        path = save_model(replace(model.card, **change), weights, tmp_path / "bad.safetensors")
        with pytest.raises(ModelError, match=message):
            NetworkQuantifier.load(path, toy)

    def test_weights_of_another_network(self, model: NetworkQuantifier, toy: Technique, tmp_path: Path) -> None:
        path = save_model(model.card, {"a": torch.zeros(3)}, tmp_path / "bad.safetensors")
        with pytest.raises(ModelError, match="weights do not fit the network"):
            NetworkQuantifier.load(path, toy)


@pytest.fixture(scope="module")
def bulk(toy: Technique) -> Technique:  # noqa: ARG001 - puts the plug-ins on the path
    return load_plugin("bulk").technique


@pytest.fixture(scope="module")
def trained(bulk: Technique) -> NetworkQuantifier:
    return train_network(bulk, training_set(bulk, "bulk"), TrainingPlan(8 * BLOCK))


class TestStated:
    def test_it_changes_the_answer_to_the_same_spectrum(self, bulk: Technique, trained: NetworkQuantifier) -> None:
        spectra = RecipeSynthesizer(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 2).spectra(0, 4)
        one = spectra["stated"].copy(data=np.tile([10.0, 40.0], (4, 1)))
        other = one.copy(data=np.tile([19.0, 40.0], (4, 1)))
        answers = [trained.quantify(spectra.assign(stated=stated))["fraction"].values for stated in (one, other)]
        assert np.abs(answers[0] - answers[1]).max() > 1e-4

    def test_parameters_are_found_by_name_and_missing_ones_are_not_known(
        self, bulk: Technique, trained: NetworkQuantifier
    ) -> None:
        spectra = RecipeSynthesizer(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 2).spectra(0, 4)
        expected = trained.quantify(spectra)["fraction"].values
        turned = trained.quantify(spectra.isel(parameter=[1, 0]))["fraction"].values
        np.testing.assert_array_equal(turned, expected)
        alone = trained.quantify(spectra.sel(parameter=["voltage"]))["fraction"].values
        unknown = spectra["stated"].where(spectra["parameter"] != "angle")
        np.testing.assert_array_equal(alone, trained.quantify(spectra.assign(stated=unknown))["fraction"].values)
        nothing = trained.quantify(spectra.drop_vars(["stated", "parameter"]))["fraction"].values
        empty = spectra["stated"] * np.nan
        np.testing.assert_array_equal(nothing, trained.quantify(spectra.assign(stated=empty))["fraction"].values)

    def test_an_instrument_that_was_not_in_training_has_no_intervals(
        self, bulk: Technique, trained: NetworkQuantifier
    ) -> None:
        drawn = RecipeSynthesizer(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 2).batch(0, 2).spectra()
        angles = np.array([[10.0, 40.0], [10.0, 55.0]])  # trained with 40 degrees alone
        estimate = trained.answer(replace(drawn, stated=angles))
        assert np.isfinite([estimate.lower[0], estimate.upper[0]]).all()
        assert np.isnan([estimate.lower[1], estimate.upper[1]]).all()
        assert estimate.log_odds is not None
        assert estimate.log_odds[0].any()
        assert not estimate.log_odds[1].any()

    def test_card_holds_the_values_that_it_was_trained_with(self, trained: NetworkQuantifier) -> None:
        assert trained.card.ranges["voltage"] == pytest.approx((5.0, 20.0), abs=0.02)
        assert (trained.card.ranges["angle"], trained.card.ranges["leak"]) == ((40.0,), (0.0,))

    def test_model_file_keeps_names_and_ranges(
        self, bulk: Technique, trained: NetworkQuantifier, tmp_path: Path
    ) -> None:
        again = NetworkQuantifier.load(trained.save(tmp_path / "bulk.safetensors"), bulk)
        assert again.card.stated == ("voltage", "angle")
        assert again.card.settings["centres"] == (12.5, 40.0)
        assert again.card.settings["spans"] == (7.5, 20.0)

    def test_model_of_a_technique_that_states_something_else_is_refused(
        self, bulk: Technique, trained: NetworkQuantifier, tmp_path: Path
    ) -> None:
        path = trained.save(tmp_path / "bulk.safetensors")
        less = replace(bulk, parameters=bulk.parameters[:2])
        with pytest.raises(ModelError, match="other stated parameters; found voltage, angle; wanted voltage"):
            NetworkQuantifier.load(path, less)


def test_elements_on_request_only_are_left_out_with_a_word_unless_they_are_asked_for(
    model: NetworkQuantifier, toy: Technique, fresh: xr.Dataset
) -> None:
    spectra = Spectra.of(fresh, toy, "test")
    everything = model.answer(spectra)
    column = int(np.argmax((everything.fraction * (everything.fraction < 0.8)).sum(axis=0)))
    name = toy.elements[column]
    on_request = replace(toy, fit=FitSettings(FitPriors(), FitDecisions(only_if_listed={name: toy.axis.start})))
    asking = NetworkQuantifier(on_request, model._network, model.card)
    left = asking.answer(spectra)
    there = (everything.fraction[:, column] > 0.02) & (everything.fraction[:, column] < 0.95)
    others = np.arange(len(toy.elements)) != column
    assert there.any()
    np.testing.assert_array_equal(left.fraction[there, column], 0.0)
    np.testing.assert_allclose(left.fraction[there].sum(axis=1), 1.0)
    ratio = left.fraction[there][:, others] * (1.0 - everything.fraction[there, column])[:, None]
    np.testing.assert_allclose(ratio, everything.fraction[there][:, others], atol=1e-6)
    assert all(f"--require {name}" in left.remarks[row] for row in np.flatnonzero(there))
    asked = Constraints.of(toy.elements, required=[name])
    named = asking.answer(spectra.take(slice(0, 1)).under(asked))
    np.testing.assert_allclose(named.fraction, everything.fraction[:1], atol=1e-6)


def test_elements_on_request_only_stay_where_there_is_hardly_anything_else(
    model: NetworkQuantifier, toy: Technique, fresh: xr.Dataset
) -> None:
    spectra = Spectra.of(fresh, toy, "test")
    everything = model.answer(spectra)
    rest = tuple(toy.elements[1:])
    decisions = FitDecisions(only_if_listed=dict.fromkeys(rest, toy.axis.start))
    asking = NetworkQuantifier(replace(toy, fit=FitSettings(FitPriors(), decisions)), model._network, model.card)
    nothing = everything.fraction[:, 0] < 0.05
    assert nothing.any()
    np.testing.assert_allclose(asking.answer(spectra).fraction[nothing], everything.fraction[nothing], atol=1e-6)
