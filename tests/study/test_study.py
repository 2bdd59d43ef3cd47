"""The article's study on the toy technique: what is trained, kept and written, and that nothing is repeated."""

import csv
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported

from commandline import Shell, run_once
from specquant.discovery import load_plugin, load_technique
from specquant.errors import ReadError, SettingError
from specquant.learning.modelfile import load_model
from specquant.learning.networks import NETWORKS, build, hidden_layers
from specquant.library import RenderedLibrary, pure_spectra
from specquant.recipes import Constant, Recipe
from specquant.session import Session, open_session
from specquant.study import trainings
from specquant.study.article.benches import FreshBench, MeanComposition
from specquant.study.article.ledger import Ledger
from specquant.study.article.plan import (
    ANY_NOISE,
    BAYES_RATIOS,
    DEPTHS,
    QUICK,
    RATES,
    RATIOS,
    Budget,
    Plan,
    at_any_ratio,
    at_ratio,
    average_of,
    recipes_of,
)
from specquant.study.article.results import NoiseVerdict
from specquant.study.article.study import chosen_rates
from specquant.study.article.table import ARTICLE
from specquant.study.benches import MeasuredBench
from specquant.study.figure import Figure
from specquant.study.trainings import Record, Training, Trainings, load_record
from specquant.synthesizer import BLOCK

pytestmark = pytest.mark.usefixtures("toy_is_installed")

EQUAL = dict.fromkeys(NETWORKS, 3e-3)
RECIPES = tuple(Recipe(name=name, title="", element_count=(1.0,)) for name in ("article", "field"))
TRAINING = Training(RECIPES[0], 3 * BLOCK, 2, 3e-3, "dnn")
ORIGIN = "technique toy, origin rendered"


def plan(spectra: int = 512, seeds: int = 2) -> Plan:
    return Plan(Budget.of(spectra), RECIPES, tuple(range(1, seeds + 1)), rates=EQUAL)


@pytest.fixture
def session() -> Session:
    return open_session("toy", command="specquant study")


@pytest.fixture
def training(session: Session) -> Training:
    return replace(TRAINING, recipe=session.recipe("article"))


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two measured spectra with labels."""
    folder = tmp_path_factory.mktemp("measured")
    technique = load_plugin("toy").technique
    columns = pure_spectra(technique, RenderedLibrary(technique))
    for name, mixture in (("boron", columns[2]), ("oxide", columns[0] + columns[5])):
        counts = np.random.default_rng(1).poisson(20 + 5e3 * mixture / mixture.max())
        np.savetxt(folder / f"{name}.csv", np.column_stack([technique.axis.centres, counts]), delimiter=",", fmt="%g")
    (folder / "labels.csv").write_text("file,composition_at_percent\nboron.csv,B:100\noxide.csv,Li:50 O:50\n")
    return folder


def call(out: Path, labelled: Path, *more: object) -> None:
    options = ("-t", "toy", "--budget", 256, "--seeds", 2, "--data", labelled, "--out", out)
    run_once("study", "article", *options, *more)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, labelled: Path) -> Path:
    """The smallest study, two seeds of one block each."""
    folder = tmp_path_factory.mktemp("study")
    call(folder, labelled)
    return folder


@pytest.fixture
def found(study: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((study / "study.json").read_text())
    return content


@pytest.fixture
def table(study: Path) -> list[dict[str, str]]:
    with (study / "table.csv").open(newline="") as file:
        return list(csv.DictReader(file))


class TestPlan:
    def test_budget_of_the_article_has_its_sizes(self) -> None:
        assert Budget.of(320_000).sizes() == (20_000, 40_000, 80_000, 160_000, 320_000)

    @pytest.mark.parametrize("spectra", [256, 3_000, QUICK, 10_000, 320_000, 3_200_000])
    def test_sizes_rise_to_the_budget(self, spectra: int) -> None:
        sizes = Budget.of(spectra).sizes()
        assert sizes[-1] == spectra
        assert all(1.5 * one <= two for one, two in pairwise(sizes))

    def test_longer_sizes_are_eightfold_up_to_the_most_and_have_the_first_seed(self) -> None:
        budget = Budget.of(40_000, 6_000_000)
        assert budget.longer() == (320_000, 6_000_000)
        longer = Plan(budget, RECIPES[:1], (1, 2), rates=EQUAL)
        assert [one.seed for one in longer.sizes() if one.spectra > budget.spectra] == [1, 1]
        assert longer.longest() == Training(RECIPES[0], 6_000_000, 1, 3e-3, "cnn")

    @pytest.mark.parametrize("most", [0, 256, 40_000])
    def test_nothing_is_longer_than_the_most(self, most: int) -> None:
        budget = Budget.of(40_000, most)
        assert budget.longer() == ()
        assert budget.most == 40_000

    @pytest.mark.parametrize("spectra", [256, QUICK, 320_000, 10_000_000])
    def test_search_is_no_longer_than_a_training(self, spectra: int) -> None:
        budget = Budget.of(spectra)
        assert min(spectra, 10_000) <= budget.search <= spectra
        assert 1 <= budget.validation_blocks <= 16

    def test_search_tries_every_rate_on_every_network(self) -> None:
        search = plan().search()
        assert {(one.network, one.learning_rate) for one in search} == {(x, rate) for x in NETWORKS for rate in RATES}
        assert {(one.recipe.name, one.seed) for one in search} == {("article", 1)}

    def test_table_has_every_network_recipe_and_seed(self) -> None:
        table = plan().table()
        assert len(table) == len(set(table)) == 4 * 2 * 2
        assert {one.spectra for one in table} == {512}

    def test_vanilla_cnn_of_the_table_stands_in_every_sweep(self) -> None:
        large = plan(100_000)
        vanilla = {one for one in large.table() if one.network == "cnn" and one.recipe.name == "article"}
        assert vanilla <= set(large.depths())
        assert vanilla <= set(large.sizes())

    def test_depths_are_those_of_the_networks(self) -> None:
        technique = load_technique("toy")
        architectures = [one.architecture for one in plan(seeds=1).depths()]
        networks = [build(known.network, known.shape(technique), 1) for known in architectures]
        assert [hidden_layers(network) for network in networks] == list(DEPTHS)

    def test_names_of_different_trainings_differ(self) -> None:
        planned = [*plan(100_000).all(), *plan(100_000).search()]
        assert len({one.name for one in planned}) == len(set(planned))

    def test_names_say_what_is_trained(self) -> None:
        assert TRAINING.name == "dnn-article-768-rate0.003-seed2"
        assert Training(RECIPES[0], 600, 1, 1e-2, depth=6).name == "cnn6-article-600-rate0.01-seed1"
        assert Training(RECIPES[0], 600, 1, label="full").name == "full-512-seed1"

    def test_no_training_is_planned_twice(self) -> None:
        planned = plan(100_000).all()
        assert len(planned) == len(set(planned))

    def test_recipe_at_a_ratio(self, session: Session) -> None:
        recipe = at_ratio(session.recipe("field"), 5.0)
        assert (recipe.counts, recipe.noise_factor, recipe.smoothing) == (Constant(25.0), Constant(1.0), 0.0)
        assert recipe.element_shift == session.recipe("field").element_shift

    def test_recipe_of_any_noise_spans_the_ratios_of_the_figure(self, session: Session) -> None:
        recipe = at_any_ratio(session.recipe("article"))
        assert recipe.name == ANY_NOISE
        drawn = np.sqrt(recipe.counts.draw(np.random.default_rng(1), (4000,)))
        assert drawn.min() == pytest.approx(min(RATIOS), rel=0.02)
        assert drawn.max() > max(RATIOS)

    def test_averages_of_the_first_recipe_are_learned_by_the_cnn_alone(self) -> None:
        xps = load_technique("xps")
        plan = Plan(Budget.of(256), recipes_of(xps), (1, 2), average_of(xps), EQUAL)
        assert [(one.network, one.recipe.name, one.seed) for one in plan.averages()] == [
            ("cnn", "article-average", 1),
            ("cnn", "article-average", 2),
        ]
        assert set(plan.averages()) <= set(plan.all())
        assert average_of(load_technique("toy")) is None

    def test_technique_with_other_recipes_is_studied_on_its_first(self) -> None:
        assert [recipe.name for recipe in recipes_of(load_technique("toy"))] == ["article", "field"]
        assert [recipe.name for recipe in recipes_of(load_technique("bulk"))] == ["bulk"]


def record_of(training: Training, validation: float = 0.5) -> Record:
    return Record(training, ORIGIN, validation, 1.0, 10, 20, 3)


class TestRates:
    def test_best_in_validation_is_chosen_for_each_network(self) -> None:
        search = [
            replace(TRAINING, network=network, learning_rate=rate) for network in ("cnn", "dnn") for rate in RATES
        ]
        records = [record_of(one, value) for one, value in zip(search, (0.1, 0.3, 0.2, 0.6, 0.5, 0.4), strict=True)]
        assert chosen_rates(records) == {"cnn": 3e-3, "dnn": 1e-3}


class TestRecord:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "one.json"
        record = replace(record_of(TRAINING), scores={"bench": {"accuracy": 0.25, "of a class": 0.5}})
        path.write_text(json.dumps(record.content))
        path.with_suffix(".safetensors").touch()
        return path

    def test_is_read_back(self, path: Path) -> None:
        record = load_record(path, TRAINING, ORIGIN)
        assert record is not None
        assert record == replace(record_of(TRAINING), scores={"bench": {"accuracy": 0.25, "of a class": 0.5}})
        assert record.accuracy("bench") == 0.25

    def test_is_none_without_its_model_or_itself(self, path: Path) -> None:
        assert load_record(path.with_name("absent.json"), TRAINING, ORIGIN) is None
        path.with_suffix(".safetensors").unlink()
        assert load_record(path, TRAINING, ORIGIN) is None

    @pytest.mark.parametrize("change", [{"seed": 9}, {"recipe": replace(RECIPES[0], smoothing=0.5)}])
    def test_of_another_training_is_none(self, path: Path, change: dict[str, Any]) -> None:
        assert load_record(path, replace(TRAINING, **change), ORIGIN) is None

    @pytest.mark.parametrize("origin", ["technique bulk, origin rendered", "technique toy, origin measured: here"])
    def test_of_another_study_is_refused(self, path: Path, origin: str) -> None:
        with pytest.raises(SettingError, match=r"trainings of another study.*Choose another folder"):
            load_record(path, TRAINING, origin)

    @pytest.mark.parametrize(
        "content",
        [
            *("", "{}", "[]", '{"training": {"seed": 1}}', '{"training": 3}'),
            *('{"training": {}, "scores": {}, "colour": 1}', '{"training": {}, "scores": 1}'),
            *('{"training": {}, "scores": {"a": 1}}', '{"training": {}, "scores": {"a": {"b": "c"}}}'),
        ],
    )
    def test_damaged(self, path: Path, content: str) -> None:
        path.write_text(content)
        with pytest.raises(ReadError, match="damaged record of a training"):
            load_record(path, TRAINING, ORIGIN)


class TestTrainings:
    @pytest.fixture
    def make(self, tmp_path: Path, session: Session) -> Callable[[str], Trainings]:
        return lambda name: Trainings(session, tmp_path / name, 1)

    def test_resumed_training_ends_where_an_unbroken_one_does(
        self, make: Callable[[str], Trainings], training: Training
    ) -> None:
        def interrupt(done: int, _remark: str) -> None:
            if done == 2 * BLOCK:
                raise KeyboardInterrupt

        broken, whole = make("broken"), make("whole")
        with pytest.raises(KeyboardInterrupt):
            broken.record(training, begin=lambda: interrupt)
        assert [path.suffix for path in broken.folder.iterdir()] == [".checkpoint"]
        reported: list[int] = []
        resumed = broken.record(training, begin=lambda: lambda done, _remark: reported.append(done))
        assert reported == [3 * BLOCK]
        assert resumed.validation_accuracy == whole.record(training).validation_accuracy
        files = [one.folder / f"{training.name}.safetensors" for one in (broken, whole)]
        (_, weights), (_, expected) = map(load_model, files)
        assert all((weights[name] == expected[name]).all() for name in expected)

    def test_finished_training_is_not_repeated(
        self, make: Callable[[str], Trainings], training: Training, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = make("same").record(training)
        monkeypatch.setattr(trainings, "train_model", lambda *_, **__: pytest.fail("it was trained again"))
        assert make("same").record(training, begin=lambda: pytest.fail("it began again")) == first

    def test_training_of_another_library_is_refused(
        self, make: Callable[[str], Trainings], training: Training, tmp_path: Path, session: Session
    ) -> None:
        make("same").record(training)
        session.library.dataset.attrs["origin"] = "measured: here"
        with pytest.raises(SettingError, match=r"another study; found technique toy.*wanted.*measured: here"):
            Trainings(session, tmp_path / "same", 1).record(training)

    def test_scores_are_kept(
        self, make: Callable[[str], Trainings], training: Training, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        engine = make("same")
        engine.record(training)
        ledger = Ledger(engine.folder / "scores.json", "toy")
        bench = FreshBench(engine.session, training.recipe, 1, 40, ledger)
        first = engine.record(training, [bench])
        monkeypatch.setattr(FreshBench, "scores", lambda *_: pytest.fail("it was scored again"))
        assert engine.record(training, [bench]) == first
        assert 0 < first.accuracy(bench.key) < 1
        assert dict(first.scores[bench.key]) == {"accuracy": first.accuracy(bench.key)}

    def test_record_says_what_the_network_is(self, make: Callable[[str], Trainings], training: Training) -> None:
        record = make("one").record(training)
        assert (record.hidden_layers, record.training) == (3, training)
        assert record.origin.startswith("technique toy, ")
        assert record.multiply_adds == 603 * 512 + 2 * 512 * 512 + 512 * 6
        assert record.seconds > 0


class TestBenches:
    def test_constant_answer_is_the_mean_of_the_recipe(self, session: Session) -> None:
        recipe = session.recipe("article")
        answer = MeanComposition(session, recipe, 1)
        spectra = session.synthesizer(recipe, 1).spectra(0, 2048)
        fraction = answer.quantify(spectra.isel(sample=[0, 5]))["fraction"].values
        np.testing.assert_allclose(fraction, np.tile(spectra["fraction"].values.mean(axis=0), (2, 1)), atol=1e-6)

    def test_equal_keys_are_equal_spectra(self, tmp_path: Path, session: Session) -> None:
        ledger = Ledger(tmp_path / "scores.json", "toy")
        recipes = [at_ratio(session.recipe("article"), ratio) for ratio in (5.0, 50.0)]
        benches = [FreshBench(session, recipe, 1, 30, ledger) for recipe in recipes]
        assert benches[0].key != benches[1].key
        assert benches[0].limit.oracle < benches[1].limit.oracle

    def test_measured_spectra_that_cannot_be_compared_are_refused(
        self, session: Session, labelled: Path, tmp_path: Path
    ) -> None:
        assert "2 measured spectra" in MeasuredBench(session, labelled).key
        (tmp_path / "labels.csv").write_text("file,composition_at_percent\nboron.csv,\n")
        with pytest.raises(ReadError, match=r"labels\.csv: no spectrum has a label that can be compared"):
            MeasuredBench(session, tmp_path)


class TestLedger:
    def test_a_number_is_worked_out_once(self, tmp_path: Path) -> None:
        path = tmp_path / "scores.json"
        assert Ledger(path, "toy").value("a", lambda: 0.5) == 0.5
        assert Ledger(path, "toy").value("a", lambda: pytest.fail("again")) == 0.5

    def test_numbers_of_another_origin_are_forgotten(self, tmp_path: Path) -> None:
        Ledger(tmp_path / "scores.json", "toy").value("a", lambda: 0.5)
        assert Ledger(tmp_path / "scores.json", "bulk").value("a", lambda: 0.25) == 0.25

    @pytest.mark.parametrize("content", ["", "[]", '{"origin": 1}'])
    def test_damaged(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "scores.json").write_text(content)
        with pytest.raises(ReadError, match="damaged file of scores"):
            Ledger(tmp_path / "scores.json", "toy")


class TestFigures:
    def test_mean_and_spread_over_seeds(self) -> None:
        assert Figure.of([0.2, 0.4]) == Figure(pytest.approx(0.3), pytest.approx(0.1 * math.sqrt(2)))

    def test_one_seed_has_no_spread(self) -> None:
        assert math.isnan(Figure.of([0.2]).spread)

    @pytest.mark.parametrize(
        ("lost", "oracle", "met"), [(0.02, 0.01, True), (0.03, 0.01, False), (0.07, 0.08, True), (0.09, 0.08, False)]
    )
    def test_two_points_or_what_the_oracle_loses_may_be_lost(self, lost: float, oracle: float, met: bool) -> None:
        assert NoiseVerdict(50.0, 3.8, lost, oracle, 0.5).met is met


class TestCommand:
    def test_table_has_every_method(self, table: list[dict[str, str]]) -> None:
        titles = [(row["method"], row["trained_on"]) for row in table]
        networks = [(known.title, recipe) for known in NETWORKS.values() for recipe in ("article", "field")]
        constants = [("Constant answer: mean composition", recipe) for recipe in ("article", "field")]
        fits = [("Non-negative least squares", ""), ("Poisson maximum likelihood", "")]
        limits = [("Oracle", ""), ("Cram\u00e9r-Rao bound", ""), ("Bayes limit", "")]
        assert titles == [*networks, ("Vanilla CNN", ANY_NOISE), *fits, *constants, *limits]

    def test_article_stands_beside_what_was_trained_as_there(self, table: list[dict[str, str]]) -> None:
        stated = {(row["method"], row["trained_on"]): row["article_measured"] for row in table}
        for word, (_, measured) in ARTICLE.items():
            assert float(stated[NETWORKS[word].title, "article"]) == measured
            assert stated[NETWORKS[word].title, "field"] == ""

    def test_every_method_is_scored_on_both_recipes_and_all_but_the_limits_on_measured_spectra(
        self, table: list[dict[str, str]]
    ) -> None:
        assert all(0 < float(row["article"]) <= 1 for row in table)
        assert [row["method"] for row in table if not row["field"]] == ["Bayes limit"]
        assert all(0 < float(row["field"]) <= 1 for row in table if row["field"])
        limits = ["Oracle", "Cram\u00e9r-Rao bound", "Bayes limit"]
        assert [row["method"] for row in table if not row["measured"]] == limits

    def test_oracle_is_the_best_and_the_constant_answer_the_worst_of_the_fits(
        self, table: list[dict[str, str]]
    ) -> None:
        score = {row["method"]: float(row["field"]) for row in table if row["field"] and not row["seeds"]}
        constant = score.pop("Constant answer: mean composition")
        bound = score.pop("Cram\u00e9r-Rao bound")
        assert max(score.values()) == score["Oracle"] == pytest.approx(bound, abs=0.003)
        assert min(score.values()) > constant

    def test_cost_stands_beside_the_networks(self, table: list[dict[str, str]]) -> None:
        rows = {row["method"]: row for row in table if row["seeds"]}
        assert [int(rows[known.title]["hidden_layers"]) for known in NETWORKS.values()] == [3, 3, 18, 27]
        assert all(int(row["parameters"]) > 0 and int(row["multiply_adds"]) > 0 for row in rows.values())
        assert all(row["seeds"] == "2" and float(row["validation_spread"]) >= 0 for row in rows.values())

    def test_curves_have_all_points(self, found: dict[str, Any]) -> None:
        assert [int(x) for x in found["depth"][0]["x"]] == list(DEPTHS)
        assert [curve["label"] for curve in found["depth"][1:]] == [
            *(known.title for word, known in NETWORKS.items() if word != "cnn"),
            "Oracle",
        ]
        assert found["size"][0]["x"] == [256.0]
        places = {curve["label"]: curve["x"] for curve in found["noise"]}
        assert places.pop("Bayes limit") == list(BAYES_RATIOS)
        assert all(x == list(RATIOS) for x in places.values())
        oracle = next(curve for curve in found["noise"] if curve["label"] == "Oracle")
        assert oracle["y"] == sorted(oracle["y"], reverse=True)

    def test_report_draws_three_figures_and_states_the_verdict(self, study: Path) -> None:
        page = (study / "report.html").read_text(encoding="utf-8")
        assert page.count("<figure") == 3
        assert {path.name for path in study.glob("*.png")} == {"depth.png", "size.png", "noise.png"}
        assert all(f'id="{anchor}"' in page for anchor in ("accuracy", "cost", "depth", "size", "noise", "making"))
        assert "Held: " in page
        assert "The best possible answer without knowing the elements loses" in page

    def test_every_training_has_its_record_and_no_checkpoint_is_left(self, study: Path) -> None:
        models = {path.stem for path in study.glob("*.safetensors")}
        assert {path.stem for path in study.glob("*.json")} == models | {"study", "scores"}
        assert list(study.glob("*.checkpoint")) == []

    def test_nothing_is_done_twice(
        self, study: Path, labelled: Path, found: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(trainings, "train_model", lambda *_, **__: pytest.fail("trained again"))
        monkeypatch.setattr(FreshBench, "scores", lambda *_: pytest.fail("scored again"))
        monkeypatch.setattr("specquant.study.article.benches.limit_of", lambda *_: pytest.fail("worked out again"))
        call(study, labelled)
        assert json.loads((study / "study.json").read_text()) == found

    def test_longest_training_has_a_line_of_its_own_and_the_last_point_of_the_curve(
        self, study: Path, labelled: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(study, tmp_path / "study")
        call(tmp_path / "study", labelled, "--most", 600)
        with (tmp_path / "study" / "table.csv").open(newline="") as file:
            first = next(csv.DictReader(file))
        assert (first["method"], first["trained_on"], first["seeds"]) == ("Vanilla CNN, 600 spectra", "article", "1")
        assert 0 < float(first["measured"]) < 1
        size = json.loads((tmp_path / "study" / "study.json").read_text())["size"][0]
        assert size["x"] == [256.0, 600.0]

    @pytest.mark.parametrize("budget", ["255", "much"])
    def test_budget_that_is_none(self, shell: Shell, tmp_path: Path, budget: str) -> None:
        result = shell("study", "article", "-t", "toy", "--budget", budget, "--out", tmp_path / "study")
        assert result.code == 2
        assert "--budget" in result.err

    def test_bad_folder_of_measured_spectra_is_told_before_anything_is_trained(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        out = tmp_path / "study"
        result = shell("study", "article", "-t", "toy", "--data", tmp_path, "--out", out)
        assert result.code == 1
        assert "no labels.csv in the folder" in result.err
        assert list(out.iterdir()) == []

    def test_help_lists_the_studies(self, shell: Shell) -> None:
        assert "article" in shell("study", "--help").out
