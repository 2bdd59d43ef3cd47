"""The study across techniques on two toy techniques: what is trained, scored, written, and never done twice."""

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported

from commandline import Shell, run_once
from specquant import contracts
from specquant.discovery import load_technique
from specquant.errors import ContractError
from specquant.evaluation import article_accuracy
from specquant.explainers import AgreedClass, ElementClass
from specquant.explainers.readings import FisMaximum, Reading
from specquant.fits import LeastSquares
from specquant.learning.modelfile import load_model
from specquant.progress import no_watch
from specquant.quantifiers import Quantifier
from specquant.session import open_session
from specquant.study import trainings
from specquant.study.article.ledger import Ledger
from specquant.study.figure import Figure
from specquant.study.techniques import techniques_study
from specquant.study.techniques.bench import ElementBench, element_accuracy
from specquant.study.techniques.claim import CLOSED, TUNING, Claim
from specquant.study.techniques.elements import Pair, class_accuracies, class_correlation, rank_correlation
from specquant.study.techniques.files import dataset_of, element_rows
from specquant.study.techniques.plan import BUDGETS, RANDOM, SCRATCH, Budget, Plan, recipe_of, title_of
from specquant.study.techniques.report import comparison_figures, comparison_html
from specquant.study.techniques.results import Comparison, Method, Side
from specquant.study.trainings import Training
from specquant.technique import Peak

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SIZES = (256, 512)


# --- what is trained


class TestBudget:
    def test_sizes_are_halved_down_to_two_and_a_half_thousand(self) -> None:
        assert Budget.of(40_000).sizes == (2_500, 5_000, 10_000, 20_000, 40_000)
        assert Budget.of(BUDGETS["full"]).sizes == (2_500, 5_000, 10_000, 20_000, 40_000, 80_000)

    @pytest.mark.parametrize(
        ("spectra", "sizes"), [(5_120, (1_280, 2_560, 5_120)), (512, (256, 512)), (256, (256,)), (300, (300,))]
    )
    def test_small_budgets_have_smaller_sizes(self, spectra: int, sizes: tuple[int, ...]) -> None:
        assert Budget.of(spectra).sizes == sizes

    def test_more_spectra_are_scored_on_in_larger_budgets(self) -> None:
        assert (Budget.of(256).samples, Budget.of(80_000).samples) == (512, 2_048)


class TestPlan:
    @pytest.fixture
    def plan(self) -> Plan:
        return Plan(Budget.of(512), recipe_of(load_technique("toy"), "field"), (1, 2))

    def test_level_is_the_name_of_a_recipe_or_else_the_first(self) -> None:
        toy, bulk = load_technique("toy"), load_technique("bulk")
        assert [recipe_of(x, "field").name for x in (toy, bulk)] == ["field", "bulk"]

    def test_every_size_has_every_seed(self, plan: Plan) -> None:
        assert [(x.spectra, x.seed) for x in plan.alone()[SCRATCH]] == [(256, 1), (256, 2), (512, 1), (512, 2)]
        assert [(x.spectra, x.seed) for x in plan.alone()[RANDOM]] == [(256, 1), (256, 2), (512, 1), (512, 2)]
        assert {x.frozen for x in plan.alone()[RANDOM]} == {3}

    def test_settings_differ_in_one_thing(self, plan: Plan) -> None:
        (usual, _), tuned = plan.longest(), plan.tuned()
        assert {(x.learning_rate, x.depth) for x in tuned.values()} == {(1e-2 / 3, 0), (3e-2, 0), (1e-2, 2), (1e-2, 6)}
        assert {replace(x, learning_rate=1e-2, depth=0) for x in tuned.values()} == {usual}

    def test_names_of_files_differ(self, plan: Plan) -> None:
        every: list[Training] = [*plan.longest(), *plan.tuned().values(), *plan.alone()[RANDOM]]
        assert len({x.name for x in every}) == len(every)


# --- what is scored


class TestElementAccuracy:
    def test_is_one_where_amounts_agree_and_counts_what_is_missed_or_seen_in_vain(self) -> None:
        truth = np.array([[0.5, 0.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
        predicted = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.5]])
        expected = [1.0, 1.25 / 1.625, 0.0, math.nan]
        np.testing.assert_allclose(element_accuracy(predicted, truth), expected)

    def test_weighted_with_amounts_it_is_the_accuracy_over_all(self) -> None:
        rng = np.random.default_rng(3)
        predicted, truth = rng.dirichlet(np.ones(5), 20), rng.dirichlet(np.ones(5), 20)
        weight = 0.5 * (predicted + truth).sum(axis=0)
        mean = (weight * element_accuracy(predicted, truth)).sum() / weight.sum()
        assert mean == pytest.approx(article_accuracy(predicted, truth).mean())

    def test_bench_gives_every_element_after_the_whole(self, tmp_path: Path) -> None:
        session = open_session("toy")
        bench = ElementBench(session, session.recipe("article"), 1, 300, Ledger(tmp_path / "scores.json", "toy"))
        quantifier: Quantifier = LeastSquares(session.technique, session.library)
        scores = bench.scores(quantifier)
        assert list(scores) == ["accuracy", *session.technique.elements]
        assert all(0 < value <= 1 for value in scores.values())


# --- what follows from the scores


def classed(symbol: str, rule: int) -> AgreedClass:
    peak = Peak(symbol, f"{symbol} main", 24.0, 3.0, 1.0, "main")
    reading = Reading(symbol, peak, 0.6, FisMaximum(24.0, 0.6), peak, peak, 0.7, 2.0)
    return AgreedClass(ElementClass(rule, reading, 0.0, "", symbol, 0.6, 0.9), (rule, rule))


def side(name: str = "toy", **changes: Any) -> Side:
    usual = Side(
        name=name,
        title=f"{name} spectroscopy",
        recipe="article",
        accuracy={
            SCRATCH: {256: (0.5, 0.6), 512: (0.90, 0.94)},
            RANDOM: {256: (0.4, 0.4), 512: (0.5, 0.5)},
            title_of("other", frozen=True): {256: (0.6, 0.8), 512: (0.8, 0.8)},
            title_of("other", frozen=False): {256: (0.7, 0.8), 512: (0.9, 0.9)},
        },
        elements={"Li": (0.9, 0.9), "C": (0.4, 0.2), "O": (0.7, 0.7)},
        measured=(0.8, 0.7),
        methods=(Method("nnls", 512, 0.7, 0.6), Method("cnn", 64, 0.8, 0.8), Method("hybrid", 64, 0.9, 0.9)),
        constant=0.1,
        oracle=1.0,
        bound=1.0,
        bayes=math.nan,
        tuned={"two hidden layers": 0.89, "six hidden layers": 0.91},
        classes=(classed("Li", 1), classed("C", 4), classed("O", 2)),
    )
    return replace(usual, **changes)


class TestSide:
    def test_limit_is_that_of_bayes_where_it_is_known(self) -> None:
        assert side().limit == 1.0
        assert side(bayes=0.95).limit == 0.95

    def test_gains_are_seed_by_seed(self) -> None:
        gain = side().gain(title_of("other", frozen=True), 256)
        assert gain.mean == pytest.approx(0.15)
        assert gain.spread == pytest.approx(np.std([0.1, 0.2], ddof=1))
        assert side().gain(title_of("other", frozen=True), 512, RANDOM).mean == pytest.approx(0.3)


class TestClaim:
    def test_holds(self) -> None:
        claim = Claim(side())
        assert claim.closed.mean == pytest.approx(0.82 / 0.9)
        assert claim.best_setting == ("six hidden layers", pytest.approx(0.01))
        assert claim.holds

    @pytest.mark.parametrize(
        ("changes", "failing"),
        [
            ({"constant": 0.3}, "closes nine tenths of the way to the limit"),
            ({"methods": (Method("nnls", 512, 0.93, 0.6),)}, "better than least squares"),
            ({"methods": (Method("nnls", 512, 0.7, 0.76),)}, "better than least squares on measured spectra"),
            ({"tuned": {"two hidden layers": 0.90 + TUNING + 1e-6}}, "no other setting gains two points"),
        ],
    )
    def test_each_question_can_fail_alone(self, changes: dict[str, Any], failing: str) -> None:
        claim = Claim(side(**changes))
        assert [words for words, answer in claim.answers.items() if not answer] == [failing]
        assert not claim.holds

    def test_bayes_limit_decides_where_it_is_known(self) -> None:
        below = side(constant=0.3)
        assert Claim(below).closed.mean < CLOSED < Claim(replace(below, bayes=0.95)).closed.mean

    def test_without_measured_spectra_they_are_not_asked_for(self) -> None:
        claim = Claim(side(measured=()))
        assert claim.over_fit_measured is None
        assert len(claim.answers) == 3


class TestPair:
    @pytest.fixture
    def pair(self) -> Pair:
        elements = {"O": (0.7, 0.76), "Li": (0.5, 0.95), "C": (0.6, 0.6), "Fe": (0.1, 0.1)}
        return Pair(side("one"), side("other", elements=elements, classes=(classed("Li", 1), classed("C", 1))))

    def test_elements_are_those_of_both(self, pair: Pair) -> None:
        assert pair.elements == ("Li", "C", "O")

    def test_kinds(self, pair: Pair) -> None:
        assert {symbol: pair.kind(symbol) for symbol in pair.elements} == {"Li": 1, "C": 2, "O": 3}
        easy = replace(pair, other=replace(pair.other, elements={"Li": (0.9, 0.9), "C": (0.3, 0.3), "O": (0.7, 0.7)}))
        assert {symbol: easy.kind(symbol) for symbol in easy.elements} == {"Li": 3, "C": 4, "O": 3}

    def test_agreement_is_the_share_of_seeds_at_which_it_is_easier_there(self, pair: Pair) -> None:
        assert (pair.agreement("Li"), pair.agreement("C")) == (0.5, 1.0)

    def test_classes_in_common(self, pair: Pair) -> None:
        assert pair.same_class == (1, 2)

    def test_rank_correlation(self, pair: Pair) -> None:
        assert pair.correlation == pytest.approx(0.5)
        assert math.isnan(rank_correlation((0.1, 0.2), (0.3, 0.4)))
        assert math.isnan(rank_correlation((0.1, 0.1, 0.1), (0.3, 0.4, 0.5)))


class TestClasses:
    def test_accuracy_of_every_class(self) -> None:
        found = {item.rule: (item.count, item.accuracy.mean) for item in class_accuracies(side())}
        assert found[1] == (1, pytest.approx(0.9))
        assert found[3][0] == 0
        assert math.isnan(found[3][1])

    def test_correlation_is_below_zero_where_higher_classes_are_harder(self) -> None:
        assert class_correlation(side()) == pytest.approx(-1.0)


# --- what is written


def comparison(*sides: Side) -> Comparison:
    """Return a comparison of techniques that all have convolutions of each other."""
    named = sides or (side("one"), side("other"))
    sizes = side().accuracy[SCRATCH]
    each = tuple(
        replace(
            one,
            accuracy={
                **{title: side().accuracy[title] for title in (SCRATCH, RANDOM)},
                **{title_of(x.name, frozen): sizes for x in named if x is not one for frozen in (True, False)},
            },
        )
        for one in named
    )
    return Comparison(each, SIZES, (1, 2), 512, "article", "specquant <study>")


class TestWritten:
    def test_dataset_keeps_the_contract_and_has_what_is_not_there_as_nan(self) -> None:
        one = side("one", measured=(), elements={"Li": (0.9, 0.9), "Fe": (0.5, 0.5)})
        dataset = contracts.check(dataset_of(comparison(one, side("other"))), "COMPARISON", "test")
        at = dataset.sel(technique="one")
        assert at["accuracy"].sel(beginning=SCRATCH, size=512).values.tolist() == [0.90, 0.94]
        assert np.isnan(at["measured"]).all()
        assert np.isnan(at["element_accuracy"].sel(element="C")).all()
        assert np.isnan(at["compared"].sel(compared_with="bayes"))
        assert at["compared"].sel(compared_with="nnls") == 0.7
        assert dataset["rule"].sel(technique="other", element="C") == 4

    def test_accuracy_above_one_breaks_the_contract(self) -> None:
        dataset = dataset_of(comparison())
        with pytest.raises(ContractError, match="measured is not an accuracy"):
            contracts.check(dataset.assign(measured=dataset["measured"] + 1), "COMPARISON", "test")

    def test_rows_of_elements(self) -> None:
        rows = list(element_rows(comparison(side("one"))))
        assert rows[1] == ["C", "one", "0.3000", "0.1414", 4, "1.00", "C main", "24.0"]

    def test_page_says_yes_only_where_all_hold(self) -> None:
        both, one = comparison(), comparison(side("one"), side("other", constant=0.3))
        pages = [comparison_html(each, comparison_figures(each)) for each in (both, one)]
        assert "in 2 of 2 techniques" in pages[0]
        assert "in 1 of 2 techniques" in pages[1]
        assert "What is not so" not in pages[0]
        assert "What is not so: other: closes nine tenths of the way to the limit." in pages[1]
        assert "specquant &lt;study&gt;" in pages[0]

    def test_three_techniques_have_a_scatter_and_no_periodic_table(self) -> None:
        assert {"periodic", "elements"} <= set(comparison_figures(comparison()))
        three = comparison_figures(comparison(side("one"), side("other"), side("third")))
        assert "periodic" not in three
        assert len([axes for axes in three["elements"].axes if axes.get_xlabel()]) == 3

    def test_techniques_without_common_elements_are_reported_too(self) -> None:
        apart = comparison(side("one"), side("other", elements={"Fe": (0.5, 0.5)}))
        assert "Rank correlation" in comparison_html(apart, comparison_figures(apart))


# --- the whole


def call(out: Path) -> None:
    run_once("study", "techniques", "-t", "toy", "-t", "bulk", "--budget", 512, "--seeds", 2, "--out", out)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest study of two techniques, two sizes and two seeds."""
    folder = tmp_path_factory.mktemp("study")
    call(folder)
    return folder


@pytest.fixture
def content(study: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((study / "study.json").read_text())
    return found


class TestStudy:
    def test_every_beginning_has_every_size_and_seed(self, content: dict[str, Any]) -> None:
        for one, other in (content["sides"], content["sides"][::-1]):
            titles = [SCRATCH, RANDOM, title_of(other["name"], True), title_of(other["name"], False)]
            assert list(one["accuracy"]) == titles
            for sizes in one["accuracy"].values():
                assert {size: len(values) for size, values in sizes.items()} == {"256": 2, "512": 2}

    def test_convolutions_are_those_of_the_other_technique_and_seed(self, study: Path) -> None:
        for seed in (1, 2):
            donor = load_model(study / "bulk" / f"cnn-bulk-512-rate0.01-seed{seed}.safetensors")
            card, weights = load_model(study / "toy" / f"bulk-frozen-256-seed{seed}.safetensors")
            assert (weights["hidden.3.weight"] == donor[1]["hidden.3.weight"]).all()
            assert donor[0].fingerprint in card.origin

    def test_all_beginnings_learn_and_end_apart(self, content: dict[str, Any]) -> None:
        for one in content["sides"]:
            means = [Figure.of(sizes["512"]).mean for sizes in one["accuracy"].values()]
            assert min(means) > one["constant"] + 0.1
            assert len(set(means)) == len(means)

    def test_files(self, study: Path, content: dict[str, Any]) -> None:
        dataset = contracts.load(study / "comparison.nc", "COMPARISON")
        (toy, _) = content["sides"]
        np.testing.assert_allclose(
            dataset["accuracy"].sel(technique="toy", beginning=SCRATCH, size=512), toy["accuracy"][SCRATCH]["512"]
        )
        with (study / "elements.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["technique"] for row in rows} == {"toy", "bulk"}
        page = (study / "report.html").read_text()
        assert all(f'id="{name}"' in page for name in ("claim", "accuracy", "size", "elements", "transfer", "making"))
        assert "study techniques -t toy -t bulk" in page
        for name in ("toy", "bulk"):
            contracts.load(study / name / "fis.nc", "ATTRIBUTION")

    def test_limits_and_constant_are_in_order(self, content: dict[str, Any]) -> None:
        for one in content["sides"]:
            assert one["constant"] < one["accuracy"][SCRATCH]["512"][0] < one["oracle"] <= 1
        assert content["sides"][0]["bayes"] is not None

    def test_nothing_is_done_twice(self, study: Path, content: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trainings, "train_model", lambda *_, **__: pytest.fail("it was trained again"))
        monkeypatch.setattr(ElementBench, "scores", lambda *_: pytest.fail("it was scored again"))
        call(study)
        again = json.loads((study / "study.json").read_text())
        assert again == content

    def test_interrupted_it_goes_on(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        trained: list[str] = []
        train = trainings.train_model

        def counted(*arguments: Any, **options: Any) -> Any:
            trained.append(str(arguments[3]))
            if len(trained) == 3:
                raise KeyboardInterrupt
            return train(*arguments, **options)

        sessions = [open_session(name) for name in ("toy", "bulk")]

        def run() -> Comparison:
            return techniques_study(sessions, tmp_path, no_watch, spectra=256, seeds=1, data={})

        monkeypatch.setattr(trainings, "train_model", counted)
        with pytest.raises(KeyboardInterrupt):
            run()
        run()
        assert trained[2] == trained[3]
        assert len(set(trained)) == len(trained) - 1 == 2 * (4 + 4)

    def test_starts_of_another_training_are_trained_again(self, study: Path) -> None:
        record = json.loads((study / "toy" / "bulk-frozen-256-seed1.json").read_text())
        assert record["training"]["frozen"] == 3
        assert record["training"]["start"].startswith("bulk: VanillaCnn, recipe bulk, 512 spectra, seed 1 (")
        usual = json.loads((study / "toy" / "cnn-article-256-rate0.01-seed1.json").read_text())
        assert (usual["training"]["start"], usual["training"]["frozen"]) == ("", 0)

    def test_networks_are_settled(self, study: Path) -> None:
        cards = [load_model(path)[0] for path in study.glob("*/*.safetensors")]
        assert all("averages of batch norm measured at the end" in card.origin for card in cards)


class TestCommand:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("-t", "toy"), "give two or more techniques"),
            (("-t", "toy", "-t", "toy"), "each once"),
            (("-t", "toy", "-t", "bulk", "--data", "toy"), "'toy' is not NAME=FOLDER"),
            (("-t", "toy", "-t", "bulk", "--data", "xps=here"), "--data names xps"),
            (("-t", "toy", "-t", "bulk", "--budget", "fast"), "is not a valid integer range"),
        ],
    )
    def test_wrong_command_lines(self, shell: Shell, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
        ended = shell("study", "techniques", *arguments, "--out", tmp_path / "out")
        assert ended.code == 2
        assert message in " ".join(ended.err.split())

    def test_measured_spectra_are_scored_on(self, shell: Shell, tmp_path: Path) -> None:
        folder = tmp_path / "measured"
        folder.mkdir()
        session = open_session("toy")
        counts = session.synthesizer(session.recipe("article"), 1).spectra(0, 1)["counts"].values[0]
        np.savetxt(folder / "a.csv", np.column_stack([session.technique.axis.centres, counts]), delimiter=",")
        (folder / "labels.csv").write_text("file,composition_at_percent\na.csv,B:100\n")
        names = ("-t", "toy", "-t", "bulk", "--budget", 256, "--seeds", 1, "--data", f"toy={folder}")
        ended = shell("study", "techniques", *names, "--out", tmp_path / "out")
        assert ended.code == 0, ended.err
        content = json.loads((tmp_path / "out" / "study.json").read_text())
        assert [len(one["measured"]) for one in content["sides"]] == [1, 0]
        assert "better than least squares on measured spectra" in ended.out
