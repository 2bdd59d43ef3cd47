"""What a network finds of an instrument that nobody stated: shape, loss, files, and the fit that holds it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from commandline import Shell
from specquant.discovery import Plugin, load_technique
from specquant.errors import ModelError, PluginError, SettingError
from specquant.evaluation import evaluate_labelled
from specquant.fits import Hybrid, LeastSquares
from specquant.fits.unstated import UnstatedInstrument
from specquant.instrument import PooledFinder, QuantityFinder, score_quantities, train_quantity_finder
from specquant.instrument.quantity_network import QuantityNetwork, QuantityShape, quantity_loss
from specquant.instrument.quantity_scores import calibration_error
from specquant.learning import TrainingPlan, TrainingSet
from specquant.learning.card import ModelCard
from specquant.learning.modelfile import save_model
from specquant.library import LibraryShelf, MixedLibrary, RenderedLibrary
from specquant.pipeline import train_quantity_model
from specquant.quantifiers.found import Found
from specquant.readers import load_spectra
from specquant.recipes import Constant, InstrumentKind, Uniform
from specquant.session import Session, open_session
from specquant.session.notes import as_found, notes_of
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, RecipeSynthesizer, synthesizer_of
from specquant.technique import Facts, FitPriors, FitSettings, Floats, Role, Technique, UnstatedQuantities
from specquant.validation import validate_technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SHAPE = QuantityShape(
    201, 2, ((1.0,), (2.0,)), ((0.5,), (0.25,)), (40.0,), (20.0,), (2, 3, 4, 4), (9, 7, 5, 5), (4, 2, 2, 2), 8
)
TRUTH = np.array([0.5, 0.0, 0.0, 0.0, 0.0, 0.5])


def logarithm(values: Mapping[str, Floats]) -> Floats:
    return np.log(np.asarray(values["voltage"], dtype=float))[:, None]


def low_or_high(values: Mapping[str, Floats]) -> np.ndarray:
    return (np.asarray(values["voltage"]) > 10.0).astype(np.intp)


QUANTITIES = UnstatedQuantities(
    title="the voltage",
    names=("ln V",),
    parameters=("voltage",),
    of=logarithm,
    kinds=("low", "high"),
    kind_of=low_or_high,
    turned="voltage",
    bases=({},),
    recipe="bulk",
    floor=0.05,
    against={"high": "voltages above 10 kV are none of ours"},
)


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    plain = load_technique("bulk")
    parameters = tuple(replace(p, role=Role.STATED) if p.name == "voltage" else p for p in plain.parameters)
    priors = FitPriors(groups={"continuum": 0.2}, other_groups=1e-3, model_error=0.0, unstated={"voltage": 3.0})
    return replace(plain, parameters=parameters, fit=FitSettings(priors), unstated_quantities=QUANTITIES)


def network(outputs: Sequence[float] | None = None) -> QuantityNetwork:
    """Return a network that says the same of every spectrum: per kind a logit, a mean and a logarithm."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        untrained = QuantityNetwork(SHAPE)
    if outputs is not None:
        torch.nn.init.zeros_(untrained.output.weight)
        untrained.output.bias.data = torch.tensor(outputs, dtype=torch.float32)
    return untrained.eval()


def card(made_for: Technique, **changes: Any) -> ModelCard:
    plain = ModelCard(
        network="QuantityNetwork",
        technique=made_for.name,
        recipe="bulk",
        elements=made_for.elements,
        axis=(0.0, 200.0, 1.0),
        parameters=made_for.defaults(),
        spectra=256,
        seed=1,
        validation_accuracy=0.9,
        stated=("angle",),
        settings={"shape": asdict(SHAPE), "names": QUANTITIES.names, "kinds": QUANTITIES.kinds},
    )
    return replace(plain, **changes)


def spectra(stated: Sequence[float], **changes: Any) -> Spectra:
    """Return spectra of which the voltages are as stated."""
    counts = np.random.default_rng(1).poisson(50.0, (len(stated), 201)).astype(float)
    return Spectra(counts, counts >= 0, np.array([[voltage, 40.0] for voltage in stated]), **changes)


# --- network and loss


def test_the_output_is_a_gaussian_for_every_kind() -> None:
    counts, observed = torch.ones(3, 201), torch.ones(3, 201).bool()
    said = network([np.log(0.25), 2.0, np.log(0.5), np.log(0.75), -1.0, 0.0])
    log, mean, deviation = said(counts, observed, torch.full((3, 1), torch.nan))
    np.testing.assert_allclose(log.exp().detach().numpy(), [[0.25, 0.75]] * 3, rtol=1e-5)
    np.testing.assert_allclose(mean[0, :, 0].detach(), [1.0 + 0.5 * 2.0, 2.0 - 0.25], rtol=1e-5)
    np.testing.assert_allclose(deviation[0, :, 0].detach(), [0.25, 0.25], rtol=1e-5)


def test_stated_parameters_change_what_is_said() -> None:
    counts, observed = torch.ones(1, 201), torch.ones(1, 201).bool()
    said = [network()(counts, observed, torch.tensor([[angle]]))[1] for angle in (20.0, 60.0, torch.nan)]
    assert not torch.allclose(said[0], said[1])
    assert not torch.allclose(said[0], said[2])


def test_loss_is_minus_the_log_density_given_the_kind() -> None:
    said = torch.log(torch.tensor([[0.25, 0.75]])), torch.tensor([[[1.0], [2.0]]]), torch.tensor([[[0.5], [0.2]]])
    loss = float(quantity_loss(said, torch.tensor([1]), torch.tensor([[2.3]])))
    assert loss == pytest.approx(0.5 * 1.5**2 + np.log(0.2) - np.log(0.75), rel=1e-5)


# --- what is found


def test_mean_and_deviation_are_those_of_the_mixture() -> None:
    found = Found.of_mixture(np.array([[0.25, 0.75]]), np.array([[[1.0], [2.0]]]), np.array([[[0.5], [0.2]]]))
    rng = np.random.default_rng(2)
    drawn = np.where(rng.uniform(size=200_000) < 0.25, rng.normal(1.0, 0.5, 200_000), rng.normal(2.0, 0.2, 200_000))
    assert found.mean[0, 0] == pytest.approx(drawn.mean(), abs=0.005)
    assert found.deviation[0, 0] == pytest.approx(drawn.std(), rel=0.01)


def found_of(means: Sequence[float], deviation: float = 0.1) -> Found:
    mean = np.array(means)[:, None]
    return Found(mean, np.full_like(mean, deviation), np.tile([0.75, 0.25], (len(mean), 1)))


def test_spectra_of_one_instrument_share_their_mean_and_an_error_in_common() -> None:
    pooled = found_of([1.0, np.nan, 1.2, 1.4]).where(np.array([True, False, True, True])).pooled(0.06)
    np.testing.assert_allclose(pooled.mean[[0, 2, 3], 0], 1.2)
    np.testing.assert_allclose(pooled.deviation[[0, 2, 3], 0], np.sqrt(0.01 / 3 + 0.06**2))
    np.testing.assert_allclose(pooled.kind[0], [0.75, 0.25])
    assert not pooled.looked_for[1]
    assert found_of([1.0]).pooled(0.06).deviation[0, 0] == pytest.approx(0.1)


def test_nothing_is_looked_for_where_something_is_stated(bulk: Technique) -> None:
    finder = QuantityFinder(bulk, network(), card(bulk))
    found = finder(spectra([np.nan, 12.0]))
    assert found.looked_for.tolist() == [True, False]
    assert np.isnan(found.kind[1]).all()


def test_the_network_runs_once_for_the_same_spectra(bulk: Technique, monkeypatch: pytest.MonkeyPatch) -> None:
    finder, runs = QuantityFinder(bulk, network(), card(bulk)), []
    monkeypatch.setattr(finder, "_part", lambda part: runs.append(len(part)) or _part(part), raising=True)
    _part = QuantityFinder._part.__get__(finder)
    first, other = spectra([np.nan]), spectra([np.nan, np.nan])
    assert finder(first) is finder(first)
    assert len(finder(other).mean) == 2
    assert runs == [1, 2]


def test_pixels_of_a_map_are_of_one_instrument(bulk: Technique) -> None:
    finder = QuantityFinder(bulk, network(), card(bulk))
    apart = finder(spectra([np.nan] * 4))
    together = finder(spectra([np.nan] * 4, facts=tuple(Facts(pixel=(0, x)) for x in range(4))))
    assert np.ptp(apart.mean) > 0
    np.testing.assert_allclose(together.mean, apart.mean.mean())


def test_inputs_of_one_instrument_are_pooled_by_the_detectors_that_headers_name() -> None:
    def finder(these: Spectra) -> Found:
        return found_of(these.counts[:, 0].tolist()).where(np.isnan(these.stated[:, 0]))

    def one(value: float, detector: str, stated: float = np.nan) -> Spectra:
        facts = (Facts({"detector": detector} if detector else {}),)
        return Spectra(np.full((1, 201), value), np.ones((1, 201), bool), np.array([[stated, 40.0]]), facts=facts)

    parts = [one(1.0, "A"), one(1.4, "a"), one(3.0, "B"), one(5.0, ""), one(9.0, "A", 12.0)]
    pooled = PooledFinder.of(finder, parts, 0.06)
    answers = [pooled(part).mean[0, 0] for part in parts]
    np.testing.assert_allclose(answers, [1.2, 1.2, 3.0, 5.0, np.nan])
    assert pooled(one(7.0, "new")).mean[0, 0] == 7.0
    assert pooled.identity != PooledFinder.of(finder, parts[1:], 0.06).identity


# --- scores


def test_calibration_error_is_zero_where_shares_are_as_said() -> None:
    probability = np.repeat([0.55, 0.85], 100)
    right = np.concatenate([np.arange(100) < 55, np.arange(100) < 85])
    assert calibration_error(probability, right) == pytest.approx(0.0, abs=1e-9)
    assert calibration_error(probability, np.ones(200, bool)) == pytest.approx(0.3)


# --- files


def test_a_finder_comes_back_from_its_file(bulk: Technique, tmp_path: Path) -> None:
    finder = QuantityFinder(bulk, network([0.0, 1.0, 0.0, 0.0, 0.5, 0.0]), card(bulk))
    found = QuantityFinder.load(finder.save(tmp_path / "q.safetensors"), bulk)
    np.testing.assert_allclose(found(spectra([np.nan])).mean, finder(spectra([np.nan])).mean, rtol=1e-3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"network": "OffsetNetwork"}, "is not a quantity network; found OffsetNetwork"),
        ({"technique": "other"}, "model for another technique"),
        ({"stated": ()}, "weights do not fit.*contradict"),
        ({"settings": {}}, "weights do not fit the network"),
        ({"settings": {"shape": asdict(SHAPE), "names": ("x",), "kinds": QUANTITIES.kinds}}, "other quantities"),
        ({"settings": {"shape": asdict(SHAPE), "names": ("ln V", "x"), "kinds": QUANTITIES.kinds}}, "contradict"),
        (
            {"settings": {"shape": asdict(replace(SHAPE, dense=9)), "names": ("ln V",), "kinds": QUANTITIES.kinds}},
            "fit",
        ),
        (
            {"settings": {"shape": asdict(replace(SHAPE, energies=300)), "names": ("ln V",), "kinds": ("a", "b")}},
            "axis",
        ),
    ],
)
def test_files_that_do_not_fit_are_refused(
    bulk: Technique, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = save_model(card(bulk, **changes), network().state_dict(), tmp_path / "q.safetensors")
    with pytest.raises(ModelError, match=words):
        QuantityFinder.load(path, bulk)


def test_a_technique_without_quantities_has_nothing_to_find(bulk: Technique, tmp_path: Path) -> None:
    path = QuantityFinder(bulk, network(), card(bulk)).save(tmp_path / "q.safetensors")
    with pytest.raises(SettingError, match="names no unstated quantities"):
        QuantityFinder.load(path, replace(bulk, unstated_quantities=None))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parameters": ("leak",)}, "parameters: has an unknown name"),
        ({"turned": "angle"}, "turned: has an unknown name"),
        ({"recipe": "none"}, "recipe: has an unknown name"),
        ({"against": {"third": "x"}}, "against: has an unknown name"),
        ({"bases": ({"voltage": 99.0},)}, "is out of range"),
        ({"kinds": ()}, "kinds: there is none"),
        ({"floor": -1.0}, "floor: is not a standard deviation"),
        ({"model": Path("nowhere")}, "model: no such file"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused(bulk: Technique, changes: dict[str, Any], words: str) -> None:
    validate_technique(bulk)
    with pytest.raises(PluginError, match=words):
        validate_technique(replace(bulk, unstated_quantities=replace(QUANTITIES, **changes)))


# --- training


def test_training_learns_what_spectra_show(bulk: Technique, tmp_path: Path) -> None:
    library, recipe = RenderedLibrary(bulk), bulk.recipes["bulk"]
    plan = TrainingPlan(40 * BLOCK, 3e-3)
    training_set = TrainingSet.of_recipe(bulk, library, recipe, plan.seed, validation_blocks=2)
    finder = train_quantity_finder(bulk, training_set, plan)
    drawn = RecipeSynthesizer(bulk, library, replace(recipe, unstated={"voltage": 1.0}), 5, stream="evaluation")
    scores = score_quantities(finder, QUANTITIES, [drawn.block(0)])
    assert scores.error < 0.7 * scores.spread
    assert 0.8 < scores.coverage <= 1.0
    assert scores.right > 0.7
    assert finder.card.stated == ("angle",)
    assert finder.card.network == "QuantityNetwork"
    again = QuantityFinder.load(finder.save(tmp_path / "q.safetensors"), bulk)
    assert again.card.validation_accuracy == pytest.approx(finder.card.validation_accuracy)


# --- kinds that are not rendered anew


def test_kinds_without_values_are_drawn_spectrum_by_spectrum_and_their_parameters_together(bulk: Technique) -> None:
    kinds = (
        InstrumentKind(0.75, {}, {"voltage": Constant(6.0), "leak": Constant(0.0)}),
        InstrumentKind(0.25, {}, {"voltage": Uniform(15.0, 20.0), "leak": Constant(1.0)}),
    )
    recipe = replace(bulk.recipes["bulk"], instruments=kinds)
    drawn = synthesizer_of(bulk, RenderedLibrary(bulk), recipe, 3)
    assert isinstance(drawn, RecipeSynthesizer)
    parameters = drawn.block(0).parameters
    high = parameters["leak"] == 1.0
    assert high.mean() == pytest.approx(0.25, abs=0.08)
    assert (parameters["voltage"][~high] == 6.0).all()
    assert (parameters["voltage"][high] >= 15.0).all()


# --- the fit holds it


def counts_of(bulk: Technique, library: RenderedLibrary, voltage: float) -> Spectra:
    counts = 1e5 * MixedLibrary(bulk, library).spectrum(TRUTH, bulk.defaults() | {"voltage": voltage})
    return Spectra(counts[None], np.ones((1, 201), dtype=bool), np.array([[np.nan, 40.0]]))


def answered(bulk: Technique, mean: float | None, deviation: float = 0.02, said: float = np.nan) -> Any:
    library = RenderedLibrary(bulk)
    these = counts_of(bulk, library, 12.0)
    these = replace(these, stated=np.array([[said, 40.0]]))

    def finder(spectra: Spectra) -> Found:
        return found_of([mean or 0.0] * len(spectra), deviation).where(np.isnan(spectra.stated[:, 0]))

    method = Hybrid(bulk, library, LeastSquares(bulk, library), finder=None if mean is None else finder)
    return method.answer(these)


def test_a_fit_holds_what_was_found(bulk: Technique) -> None:
    right, wrong = answered(bulk, np.log(12.0)), answered(bulk, np.log(8.0))
    assert np.abs(right.fraction[0] - TRUTH).max() < 1e-3
    assert np.abs(wrong.fraction[0] - TRUTH).max() > 0.01


def test_what_is_stated_wins(bulk: Technique) -> None:
    stated = answered(bulk, np.log(8.0), said=12.0)
    assert np.abs(stated.fraction[0] - TRUTH).max() < 1e-3


def test_intervals_reach_as_far_as_answers_move_with_what_was_found(bulk: Technique) -> None:
    deviation = 0.1
    sure, unsure = answered(bulk, np.log(12.0), 1e-4), answered(bulk, np.log(12.0), deviation)
    moved = np.abs(answered(bulk, np.log(12.0) + deviation).fraction - sure.fraction)[0]
    reach = 1.645 * moved * bulk.fit.decisions.widening  # type: ignore[union-attr]
    chosen = TRUTH > 0
    half = 0.5 * (unsure.upper - unsure.lower)[0, chosen]
    narrow = 0.5 * (sure.upper - sure.lower)[0, chosen]
    np.testing.assert_allclose(half, np.hypot(narrow, reach[chosen]), rtol=0.2)


def test_the_parameter_is_turned_as_far_as_its_range_goes(bulk: Technique) -> None:
    held = UnstatedInstrument(bulk, QUANTITIES)
    for wanted, voltage in ((np.log(12.0), 12.0), (np.log(3.0), 5.0), (np.log(50.0), 20.0)):
        settings = held.settings(bulk.defaults(), np.array([wanted]), np.array([0.1]))
        assert settings["voltage"] == pytest.approx(voltage, rel=1e-3)
        assert settings["angle"] == 40.0


def test_of_several_bases_the_one_with_the_other_quantities_is_taken(bulk: Technique) -> None:
    def two(values: Mapping[str, Floats]) -> Floats:
        return np.stack([np.log(np.asarray(values["voltage"])), np.asarray(values["leak"], dtype=float)], axis=1)

    several = replace(QUANTITIES, of=two, bases=({"leak": 0.0}, {"leak": 1.0}))
    for leak in (0.0, 1.0):
        settings = UnstatedInstrument(bulk, several).settings(
            bulk.defaults(), np.array([2.5, 0.2 + 0.6 * leak]), np.array([0.1, 0.1])
        )
        assert settings["leak"] == leak
        assert np.log(settings["voltage"]) == pytest.approx(2.5, abs=1e-3)


# --- notes


def test_what_is_supposed_is_said_and_what_speaks_against_the_technique_too(bulk: Technique) -> None:
    def finder(these: Spectra) -> Found:
        return Found(np.full((2, 1), 2.5), np.full((2, 1), 0.1), np.array([[0.02, 0.98]] * 2)).where(
            np.isnan(these.stated[:, 0])
        )

    library = RenderedLibrary(bulk)
    methods = {"nnls": LeastSquares(bulk, library)}
    these = spectra([np.nan, 12.0])
    compositions = {"nnls": methods["nnls"].quantify(these)}
    notes = notes_of(bulk, as_found(bulk, these, finder), compositions, methods, finder)
    unstated, stated = ([note for note in each if note.about == "voltage"] for each in notes)
    assert [note.kind.name for note in unstated] == ["WARNING", "ASSUMED", "ASSUMED"]
    assert "none of ours" in unstated[0].text
    assert unstated[1].text == "ln V 2.50 +- 0.10, found in the spectrum, as nobody states the voltage (high 98 %)"
    assert unstated[2].text == "nnls: voltage 10 kV, as nobody states it"
    assert stated == []


def test_spectra_that_nothing_is_said_against_stay_the_same_for_the_finder(bulk: Technique) -> None:
    def finder(these: Spectra) -> Found:
        return Found(
            np.full((len(these), 1), 2.5), np.full((len(these), 1), 0.1), np.array([[0.98, 0.02]] * len(these))
        )

    these = spectra([np.nan, 12.0])
    assert as_found(bulk, these, finder) is these


# --- commands


def test_the_stage_leaves_a_model_and_no_checkpoint(bulk: Technique, tmp_path: Path) -> None:
    session = Session(Plugin(bulk, (), {}, "toyspec", "0.3"), LibraryShelf(bulk, RenderedLibrary(bulk)), {})
    out = tmp_path / "made" / "q.safetensors"
    steps: list[int] = []
    made = train_quantity_model(
        session, bulk.recipes["bulk"], TrainingPlan(2 * BLOCK), out, lambda now: steps.append(now.step)
    )
    assert steps == [1, 2]
    assert [path.name for path in out.parent.iterdir() if path.suffix != ".lock"] == ["q.safetensors"]
    these = spectra([np.nan])
    np.testing.assert_allclose(QuantityFinder.load(out, bulk)(these).mean, made(these).mean, rtol=2e-3)


def test_a_technique_without_quantities_cannot_train_for_them(bulk: Technique) -> None:
    training_set = TrainingSet.of_recipe(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 1)
    with pytest.raises(SettingError, match="bulk: technique names no unstated quantities"):
        train_quantity_finder(replace(bulk, unstated_quantities=None), training_set, TrainingPlan(BLOCK))


@pytest.fixture
def pairs() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return energy and counts of three spectra of EDS."""
    session = open_session("eds", beam_energy=15_000.0)
    batch = session.synthesizer(session.recipe("windows"), 5, "evaluation").batch(0, 3)
    return [(session.technique.axis.centres[15:], counts[15:]) for counts in batch.counts.double().numpy()]


def test_inputs_of_one_instrument_get_one_note(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    session = open_session("eds", beam_energy=15_000.0)

    def windows(same: bool) -> list[str]:
        result = session.quantify(pairs, method="cnn", same_instrument=same)
        notes = [note for file in result.files for note in file.notes[0] if "nitride_window" in note.about]
        return [note.text for note in notes if note.kind.name == "ASSUMED"]

    assert len(set(windows(same=False))) == 3
    together = windows(same=True)
    assert len(together) == 3
    assert len(set(together)) == 1


def test_labelled_spectra_of_one_instrument_are_scored_as_such(
    pairs: list[tuple[np.ndarray, np.ndarray]], tmp_path: Path, shell: Shell
) -> None:
    session, rows = open_session("eds", beam_energy=15_000.0), ["file,composition_at_percent"]
    for number, pair in enumerate(pairs):
        np.savetxt(tmp_path / f"{number}.csv", np.stack(pair, axis=1), delimiter=",", fmt="%g")
        rows.append(f"{number}.csv,O60 Si40")
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    ask = ("evaluate", "-t", "eds", "--data", tmp_path, "--set", "beam_energy=15000", "--method", "hybrid", "--json")
    alone, together = (json.loads(shell(*ask, *more).out)["accuracy"] for more in ((), ("--same-instrument",)))
    shared = session.sharing([item.spectra for item in session.labelled(tmp_path)]).methods(["hybrid"])
    expected = np.mean([each.accuracy for each in evaluate_labelled(shared, session.labelled(tmp_path))])
    assert together["hybrid"] == pytest.approx(float(expected))
    assert together != alone


def test_inputs_of_one_instrument_are_read_once(
    pairs: list[tuple[np.ndarray, np.ndarray]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path, *rest: Any) -> Spectra:
        read.append(path)
        return load_spectra(path, *rest)

    monkeypatch.setattr("specquant.session.inputs.load_spectra", counted)
    path, missing = tmp_path / "one.csv", tmp_path / "none.csv"
    path.write_text("".join(f"{energy},{counts}\n" for energy, counts in zip(*pairs[0], strict=True)))
    session = open_session("eds", beam_energy=15_000.0)
    result = session.quantify([str(path), str(missing)], method="cnn", same_instrument=True)
    assert read == [path, missing]
    assert [unused.error.what for unused in result.errors] == ["no such file"]
