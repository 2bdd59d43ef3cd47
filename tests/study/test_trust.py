"""Declared shifts, the table of doubt that is learned from disturbed spectra, and the study of both."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from specquant.errors import SettingError
from specquant.learning import NetworkQuantifier, TrainingPlan, TrainingSet, train_network
from specquant.progress import no_report
from specquant.quantifiers import Quantifier
from specquant.recipes import Constant, Recipe, Stretched, Uniform
from specquant.session import Session, open_session
from specquant.study.trust import Plan, Tally, parse_budget, run_trust, totals
from specquant.study.trust.shares import Share
from specquant.study.trust.study import WRONG, shifts_of
from specquant.technique import DeclaredShift
from specquant.verdict import FRESH, accuracies, alterations, altered, foreign, learn_from_disturbed

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SHIFTS = (FRESH, "few_counts", "mixed_channels")


@pytest.fixture(scope="module")
def toy(toy_is_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Session:  # noqa: ARG001
    """The toy technique with a small network that knows how far to doubt answers."""
    session = open_session("toy")
    recipe = session.recipe()
    spectra = TrainingSet.of_recipe(session.technique, session.library, recipe, 1, "cpu", validation_blocks=2)
    model = train_network(session.technique, spectra, TrainingPlan(24 * 256, learning_rate=6e-3))
    methods: dict[str, Quantifier] = {"cnn": model, "nnls": session.methods(["nnls"])["nnls"]}
    learned = learn_from_disturbed(
        model, methods, recipe, lambda of, seed: session.synthesizer(of, seed, "validation"), 256, 1
    )
    path = learned.save(tmp_path_factory.mktemp("model") / "toy.safetensors")
    return session.with_model(path)


@pytest.fixture(scope="module")
def recipe(toy: Session) -> Recipe:
    return toy.recipe()


def test_the_card_has_a_table_for_every_method(toy: Session) -> None:
    assert set(toy.network.card.doubt) == {"cnn", "nnls"}
    assert toy.network.usual is not None


def test_saved_again_it_is_the_same(toy: Session, tmp_path: Path) -> None:
    path = toy.network.save(tmp_path / "again.safetensors")
    again = NetworkQuantifier.load(path, toy.technique)
    assert again.card == toy.network.card
    assert again.usual is not None
    assert toy.network.usual is not None
    assert (again.usual.whitener == toy.network.usual.whitener).all()


def study(toy: Session, recipe: Recipe, out: Path, plan: Plan) -> list[Tally]:
    methods = toy.methods(["cnn"])
    return list(run_trust(toy, methods, recipe, plan, out, no_report).tallies)


class TestStudy:
    def test_it_flags_what_is_wrong_and_spares_what_is_right(
        self, toy: Session, recipe: Recipe, tmp_path: Path
    ) -> None:
        tallies = study(toy, recipe, tmp_path / "out", Plan(64, only=SHIFTS))
        fresh, few, mixed = tallies
        assert [one.shift for one in tallies] == list(SHIFTS)
        assert fresh.false_alarms.value <= 0.12  # 4 % of many more
        assert few.poor_flagged.value > 0.8
        assert mixed.accuracy.mean() < fresh.accuracy.mean()
        (every,) = totals(tallies, FRESH)
        assert len(every.accuracy) == 128

    def test_its_files_agree(self, toy: Session, recipe: Recipe, tmp_path: Path) -> None:
        study(toy, recipe, tmp_path / "out", Plan(20, only=SHIFTS[:1]))
        content = json.loads((tmp_path / "out" / "trust.json").read_text())
        with xr.open_dataset(tmp_path / "out" / "trust.nc") as every:
            assert every.sizes["answer"] == 20
            assert float(every["accuracy"].mean()) == pytest.approx(content["shifts"][0]["accuracy"])
        assert "fresh" in (tmp_path / "out" / "report.html").read_text()
        assert not list((tmp_path / "out").glob("*.checkpoint"))

    def test_interrupted_it_goes_on(
        self, toy: Session, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan, whole = Plan(40, only=SHIFTS[:1]), tmp_path / "whole"
        expected = study(toy, recipe, whole, plan)
        asked: list[int] = []
        judged = Session.judged

        def counting(session: Session, method: str, composition: xr.Dataset, spectra: object) -> xr.Dataset:
            asked.append(len(spectra))  # type: ignore[arg-type]
            if len(asked) == 2:
                raise KeyboardInterrupt
            return judged(session, method, composition, spectra)  # type: ignore[arg-type]

        monkeypatch.setattr(Session, "judged", counting)
        with pytest.raises(KeyboardInterrupt):
            study(toy, recipe, tmp_path / "out", plan)
        resumed = study(toy, recipe, tmp_path / "out", plan)
        assert asked == [16, 16, 16, 8]
        for name in ("accuracy", "verdicts", "covered"):
            np.testing.assert_array_equal(getattr(resumed[0], name), getattr(expected[0], name))

    def test_another_budget_does_not_go_on(
        self, toy: Session, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("specquant.study.trust.study.write_trust", interrupted)
            with pytest.raises(KeyboardInterrupt):
                study(toy, recipe, tmp_path, Plan(16, only=SHIFTS[:1]))
        with pytest.raises(SettingError, match="--budget"):
            study(toy, recipe, tmp_path, Plan(17, only=SHIFTS[:1]))


class TestShares:
    def test_the_error_is_that_of_a_binomial(self) -> None:
        share = Share.of([True] * 18 + [False] * 182, [True] * 200)
        assert share.value == pytest.approx(0.09)
        assert share.error == pytest.approx(np.sqrt(0.09 * 0.91 / 200), rel=0.02)

    def test_all_of_few_are_not_certain(self) -> None:
        assert Share.of([1] * 16, [1] * 16).error == pytest.approx(0.5 / 17)

    def test_elements_of_a_spectrum_go_together(self) -> None:
        rng = np.random.default_rng(1)
        spectra = rng.random((400, 100)) < 0.9
        together = [Share.of(4 * each, np.full(100, 4)) for each in spectra]
        assert np.mean([one.error for one in together]) == pytest.approx(
            np.std([one.value for one in together]), rel=0.1
        )

    def test_what_was_not_counted_has_none(self) -> None:
        assert Share.of([0, 0], [0, 0]).text == "-"
        assert Share.of([2, 0], [2, 0]).text == "1.00 +-0.25"

    def test_spectra_without_any_do_not_count(self) -> None:
        assert Share.of([1, 0, 0, 0], [1, 1, 0, 0]) == Share.of([1, 0], [1, 1])


class TestShifts:
    def test_every_technique_has_those_of_the_core(self, toy: Session, recipe: Recipe) -> None:
        names = set(shifts_of(toy, recipe))
        assert {FRESH, "empty", "outside", "background", "saturated", "cut_axis", WRONG} <= names

    def test_those_of_a_plug_in_are_drawn_and_misstated(self, toy: Session, recipe: Recipe) -> None:
        parameter = toy.technique.stated[0] if toy.technique.stated else None
        wrong = {parameter.name: parameter.low} if parameter else {}
        shift = DeclaredShift("far", "axis far off", recipe, misstated=wrong, axis=Constant(30.0))
        technique = replace(toy.technique, shifts=(shift,))
        alteration = alterations(technique, recipe)["far"]
        synthesizer = toy.synthesizer(recipe, 1, "evaluation")
        spectra, truth = altered(alteration, technique, synthesizer, 4, 1)
        plain = synthesizer.batch(0, 4).counts.numpy()
        channels = round(30.0 / technique.axis.step)
        np.testing.assert_array_equal(spectra.counts[:, channels:], plain[:, :-channels])
        assert not spectra.observed[:, :channels].any()
        assert truth.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
        if parameter:
            assert (spectra.stated[:, 0] == parameter.low).all()

    def test_what_is_outside_the_library_can_not_be_right(self, toy: Session, recipe: Recipe) -> None:
        synthesizer = toy.synthesizer(recipe, 1, "evaluation")
        _, truth = altered(alterations(toy.technique, recipe)["outside"], toy.technique, synthesizer, 8, 1)
        assert (accuracies(truth / truth.sum(axis=1, keepdims=True), truth) < 0.85).all()
        assert accuracies(truth, truth) == pytest.approx(truth.sum(axis=1) * 0.5 + 0.5)

    def test_foreign_spectra_fill_the_axis(self, toy: Session, recipe: Recipe) -> None:
        usual = toy.synthesizer(recipe, 1, "evaluation").batch(0, 2).spectra()
        other = replace(usual, counts=usual.counts[:, ::2])
        assert foreign(other, usual).counts.shape == usual.counts.shape

    def test_an_unknown_name_is_refused(self, toy: Session, recipe: Recipe) -> None:
        with pytest.raises(SettingError, match="fresh, sensitivity"):
            shifts_of(toy, recipe, ("frech",))


def test_stretched_values_lie_further_and_within_their_range() -> None:
    values = Stretched(Uniform(1.0, 3.0), 2.0, 2.0, 0.5, 9.0).draw(np.random.default_rng(1), (1000,))
    assert values.min() == 0.5
    assert 3.9 < values.max() <= 4.0


@pytest.mark.parametrize("text", ["", "0", "many", "-3", "1.5"])
def test_what_is_not_a_budget_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="is not a budget"):
        parse_budget(text)
