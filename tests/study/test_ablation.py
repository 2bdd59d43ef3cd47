"""Ablation studies: which ingredients a recipe has, what is trained and scored, what is kept, and what is said."""

import csv
import dataclasses
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported
import xarray as xr

from commandline import Shell
from specquant.discovery import load_plugin
from specquant.errors import ReadError, SettingError
from specquant.learning.modelfile import load_model
from specquant.library import PureLibrary, RenderedLibrary, pure_spectra
from specquant.library.base import as_dataset
from specquant.progress import Report
from specquant.recipes import Addition, Constant, InstrumentKind, LogUniform, Normal, Recipe, Uniform
from specquant.session import Session, open_session
from specquant.study import trainings
from specquant.study.ablation import study as ablation
from specquant.study.ablation.costs import Cost, costs, measures, number, ordered, write_costs
from specquant.study.ablation.ingredients import Ablation, ablations, chosen_ablations
from specquant.study.ablation.report import write_page
from specquant.study.ablation.study import BUDGETS, Budget, parse_budget, run_ablations
from specquant.synthesizer import RecipeSynthesizer
from specquant.technique import Component, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

PLAIN = Recipe(name="plain", title="Plain", element_count=(1.0,))
TINY = Budget(512, 20)


@pytest.fixture(scope="module")
def session(toy_is_installed: None) -> Session:  # noqa: ARG001
    return open_session("toy", command="c")


@pytest.fixture(scope="module")
def toy(session: Session) -> Technique:
    return session.technique


@pytest.fixture(scope="module")
def library(session: Session) -> PureLibrary:
    return session.library


class Grouped(PureLibrary):
    """A library with these groups per element."""

    def __init__(self, toy: Technique, groups: dict[str, tuple[str, ...]]) -> None:
        self._toy, self._groups = toy, groups

    def build(self) -> xr.Dataset:
        line = np.ones(self._toy.axis.size)
        parts = [
            Component(symbol, f"{symbol} {group}", group, line)
            for symbol, groups in self._groups.items()
            for group in groups
        ]
        return as_dataset(parts, self._toy.axis, "toy", "made up")


def named(toy: Technique, recipe: Recipe, library: PureLibrary) -> dict[str, Recipe]:
    return {item.name: item.recipe for item in ablations(toy, recipe, library)}


class TestIngredients:
    def test_are_those_that_the_recipe_uses(self, toy: Technique, library: PureLibrary) -> None:
        assert list(named(toy, toy.recipe("article"), library)) == ["global_shift", "no_second"]
        assert list(named(toy, toy.recipe("field"), library)) == [
            "global_shift",
            "element_shift",
            "sensitivity_scatter",
            "background",
            "counts",
            "no_second",
        ]

    @pytest.mark.parametrize(
        ("changes", "off"),
        [
            ({"additions": (Addition(0.5, {"O": Uniform(0.1, 0.2)}),)}, "additions"),
            ({"concentration": Uniform(0.5, 1.0)}, "concentration"),
            ({"global_shift": Normal(0.0, 1.0)}, "global_shift"),
            ({"element_shift_range": Uniform(0.0, 1.0)}, "element_shift"),
            ({"element_shift": Normal(0.0, 1.0), "element_shift_range": Uniform(0.0, 1.0)}, "element_shift"),
            ({"sensitivity_scatter": Uniform(0.9, 1.1)}, "sensitivity_scatter"),
            ({"group_scatter": {"second": Uniform(0.9, 1.1)}}, "group_scatter"),
            ({"group_shift": {"second": Uniform(0.9, 1.1)}}, "group_shift"),
            ({"second_state": (0.5, Uniform(0.0, 0.5), Uniform(1.0, 2.0))}, "second_state"),
            ({"response": {"leak": Uniform(0.0, 1.0)}}, "response"),
            ({"unstated": {"leak": 0.5}}, "unstated"),
            ({"background_level": Uniform(0.0, 0.1), "background_slope": Uniform(-1.0, 1.0)}, "background"),
            ({"noise_factor": Uniform(0.5, 1.0)}, "noise"),
            ({"smoothing": 0.1}, "noise"),
            ({"high_end": Uniform(150.0, 180.0)}, "ends"),
            ({"low_end": Constant(10.0)}, "ends"),
        ],
    )
    def test_off_is_the_recipe_as_it_was_before(
        self, toy: Technique, library: PureLibrary, changes: dict[str, Any], off: str
    ) -> None:
        found = named(toy, replace(PLAIN, **changes), library)
        assert list(found) == [off, "no_second"]
        assert replace(found[off], name="plain", title="Plain") == PLAIN
        assert found[off].name == f"plain-{off}"

    def test_slope_of_no_background_is_none(self, toy: Technique, library: PureLibrary) -> None:
        assert "background" not in named(toy, replace(PLAIN, background_slope=Uniform(-1, 1)), library)

    def test_uneven_prior_is_made_even_among_the_same_elements(self, toy: Technique, library: PureLibrary) -> None:
        uneven = replace(PLAIN, prior={"Li": 5.0, "Be": 0.0}, prior_default=2.0)
        even = named(toy, uneven, library)["prior"]
        assert even.prior == {"Li": 1.0, "Be": 0.0, "B": 1.0, "C": 1.0, "N": 1.0, "O": 1.0}
        some = replace(PLAIN, prior={"Li": 5.0, "Be": 5.0}, prior_default=0.0)
        assert "prior" not in named(toy, some, library)

    def test_parameters_go_by_the_first_word_of_their_names(self, toy: Technique, library: PureLibrary) -> None:
        drawn = {"loss_a": Uniform(0, 1), "loss_b": Uniform(1, 2), "dead_layer": Uniform(2, 3)}
        found = named(toy, replace(PLAIN, response=drawn), library)
        assert list(found) == ["response", "response_loss", "response_dead_layer", "no_second"]
        assert found["response"].response == {}
        assert found["response_loss"].response == {"dead_layer": Uniform(2, 3)}
        assert found["response_dead_layer"].response == {"loss_a": Uniform(0, 1), "loss_b": Uniform(1, 2)}

    def test_kinds_of_instrument_are_an_ingredient_and_lose_parameters_with_the_recipe(
        self, toy: Technique, library: PureLibrary
    ) -> None:
        drawn = {"loss": Uniform(0, 1), "gain": Uniform(2, 3)}
        kinds = (InstrumentKind(0.5, {"tube": 1.0}), InstrumentKind(0.5, {"tube": 2.0}, {"loss": Uniform(1, 2)}))
        without = named(toy, replace(PLAIN, response=drawn, instruments=kinds), library)
        assert without["instruments"].instruments == ()
        fixed = (kinds[0], replace(kinds[1], response={}))
        assert without["response"].instruments == without["response_loss"].instruments == fixed
        assert without["response_gain"].instruments == kinds

    def test_counts_are_fixed_near_their_best(self, toy: Technique, library: PureLibrary) -> None:
        fixed = named(toy, replace(PLAIN, counts=LogUniform(1e3, 1e5)), library)["counts"].counts
        assert isinstance(fixed, Constant)
        assert 9e4 <= fixed.value <= 1e5

    def test_groups_go_where_every_drawn_element_keeps_a_line(self, toy: Technique) -> None:
        made = Grouped(toy, {"Li": ("main",), "B": ("main", "auger", "auger_deep"), "C": ("auger", "K hard", "main")})
        scattered = replace(PLAIN, group_scatter={"auger": Uniform(0.5, 1.5)})
        found = named(toy, scattered, made)
        assert list(found) == ["group_scatter", "no_auger", "no_K_hard"]
        assert found["no_auger"].group_scatter == {"auger": Constant(0.0), "auger_deep": Constant(0.0)}
        assert found["no_K_hard"].group_scatter == {"auger": Uniform(0.5, 1.5), "K hard": Constant(0.0)}
        alone = Grouped(toy, {"Li": ("L",), "B": ("K", "L"), "": ("continuum",)})
        assert list(named(toy, PLAIN, alone)) == ["no_K", "no_continuum"]
        assert list(named(toy, replace(PLAIN, prior={"Li": 0.0}), alone)) == ["no_L", "no_K", "no_continuum"]

    def test_a_group_that_is_off_is_not_in_the_spectra(self, toy: Technique, library: PureLibrary) -> None:
        boron = replace(PLAIN, prior={"B": 1.0}, prior_default=0.0, counts=Constant(1e4))
        whole, without = (
            RecipeSynthesizer(toy, library, recipe, 1).spectra(0, 1)["counts"].values[0]
            for recipe in (boron, named(toy, boron, library)["no_second"])
        )
        assert whole[30] > 1e3  # its second line
        assert without[30] == 0
        assert without[83] > 0.9 * whole[83] > 1e3

    def test_of_shipped_recipes_all_are_usable(self) -> None:
        xps = load_plugin("xps").technique
        pure = RenderedLibrary(xps)
        found = named(xps, xps.recipe("field"), pure)
        assert {"prior", "additions", "global_shift", "element_shift", "second_state", "group_scatter"} <= set(found)
        assert {
            "response",
            "response_loss",
            "response_plasmon",
            "no_auger",
            "noise",
            "counts",
            "ends",
            "instruments",
        } <= set(found)
        assert "no_main" not in found

    def test_are_chosen_by_name(self, toy: Technique, library: PureLibrary) -> None:
        known = ablations(toy, toy.recipe("field"), library)
        assert chosen_ablations(known, ()) == known
        assert [item.name for item in chosen_ablations(known, ("counts", "global_shift"))] == ["global_shift", "counts"]
        with pytest.raises(SettingError, match=r"no such ingredient; found 'auger'; wanted one of global_shift, elem"):
            chosen_ablations(known, ("counts", "auger"))


class TestBudget:
    def test_is_a_word_or_a_number(self) -> None:
        assert parse_budget("quick") is BUDGETS["quick"]
        assert parse_budget("5000") == Budget(5000, BUDGETS["full"].samples)

    @pytest.mark.parametrize("text", ["slow", "-512", "255", "1e6", "", "²"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(SettingError, match=r"--budget: is not a budget; found .*; wanted quick, full, or a number"):
            parse_budget(text)


WHOLE, OTHER = Ablation("full", "Whole", PLAIN), Ablation("noise", "No noise", PLAIN)


class TestCosts:
    def test_are_means_over_seeds_and_differences_seed_by_seed(self) -> None:
        accuracies = {
            ("full", 1): {"synthetic": 0.9, "measured": 0.8},
            ("noise", 1): {"synthetic": 0.8, "measured": 0.8},
            ("full", 2): {"synthetic": 0.7, "measured": 0.6},
            ("noise", 2): {"synthetic": 0.64, "measured": 0.7},
        }
        found = costs((WHOLE, OTHER), accuracies)
        assert measures(found) == ("synthetic", "measured")
        by_synthetic = {cost.name: cost for cost in ordered(found, "synthetic")}
        assert dataclasses.astuple(by_synthetic["full"])[3:] == pytest.approx((2, 0.8, 0.02**0.5, 0.0, 0.0))
        assert dataclasses.astuple(by_synthetic["noise"])[3:] == pytest.approx(
            (2, 0.72, 0.0128**0.5, -0.08, 0.0008**0.5)
        )
        (_, measured) = ordered(found, "measured")
        assert (measured.difference, measured.title) == (pytest.approx(0.05), "No noise")

    def test_a_single_network_has_no_spread_and_what_has_not_run_no_row(self) -> None:
        first = {("full", 1): {"synthetic": 0.9}}
        whole, other = costs(
            (WHOLE, OTHER), first | {("noise", 1): {"synthetic": 0.8}, ("full", 2): {"synthetic": 0.5}}
        )
        assert (whole.seeds, other.seeds) == (2, 1)
        assert np.isnan([other.spread, other.difference_spread]).all()
        assert other.difference == pytest.approx(-0.1)
        assert [cost.name for cost in costs((WHOLE, OTHER), first)] == ["full"]

    def test_the_greatest_loss_comes_first_after_the_whole(self) -> None:
        found = [
            Cost(name, "", "synthetic", 1, 0.5, 0.0, difference, 0.0)
            for name, difference in (("a", 0.1), ("full", 0.0), ("b", -0.2))
        ]
        assert [cost.name for cost in ordered(found, "synthetic")] == ["full", "b", "a"]

    def test_numbers_carry_their_spread_where_it_is_known(self) -> None:
        assert number(0.71249, 0.004) == "0.712 ± 0.004"
        assert number(0.02, float("nan"), "+") == "+0.020"

    def test_tables_hold_every_row(self, tmp_path: Path, toy: Technique) -> None:
        found = costs((WHOLE, OTHER), {("full", 1): {"synthetic": 0.9}, ("noise", 1): {"synthetic": 0.8}})
        with write_costs(found, tmp_path / "costs.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert [(row["name"], row["measure"], row["spread"]) for row in rows] == [
            ("full", "synthetic", ""),
            ("noise", "synthetic", ""),
        ]
        assert float(rows[1]["difference"]) == pytest.approx(-0.1)
        text = write_page(found, toy, "a <recipe>", "the command", tmp_path / "page.html").read_text()
        for part in ("No noise", "-0.100", "0.900", "a &lt;recipe&gt;", "the command", "Accuracy: synthetic"):
            assert part in text


@pytest.fixture(scope="module")
def labelled(toy: Technique, library: PureLibrary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measured spectra of boron and carbon."""
    folder = tmp_path_factory.mktemp("labelled")
    columns = pure_spectra(toy, library)
    for name, row in (("B", 2), ("C", 3)):
        counts = np.round(20 + 5e3 * columns[row] / columns[row].max())
        np.savetxt(folder / f"{name}.csv", np.column_stack([toy.axis.centres, counts]), delimiter=",", fmt="%g")
    (folder / "labels.csv").write_text("file,composition_at_percent,kind\nB.csv,B:100,metal\nC.csv,C:100,film\n")
    return folder


class Watched:
    """What was told; Ctrl-C in the middle of a network where asked."""

    def __init__(self, stop: Callable[[str, int], bool] = lambda _title, _done: False) -> None:
        self.titles: list[str] = []
        self.first: dict[str, int] = {}
        self._stop = stop

    def __call__(self, title: str, total: int) -> Report:
        assert total == TINY.spectra
        self.titles.append(title)

        def report(done: int, remark: str) -> None:
            assert remark.startswith("loss")
            self.first.setdefault(title, done)
            if self._stop(title, done):
                raise KeyboardInterrupt

        return report


def study(session: Session, out: Path, watch: Watched, **settings: Any) -> list[Cost]:
    settings.setdefault("recipe", session.recipe("field"))
    return run_ablations(session, budget=TINY, out=out, watch=watch, only=("counts",), **settings)


@pytest.fixture(scope="module")
def finished(session: Session, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Cost]]:
    """A study of one ingredient, interrupted once and gone on with."""
    out = tmp_path_factory.mktemp("study") / "out"
    with pytest.raises(KeyboardInterrupt):
        study(session, out, Watched(lambda title, done: title.startswith("counts") and done == 256), seeds=2)
    assert (out / "counts-512-seed1.checkpoint").exists()
    resumed = Watched()
    listed = study(session, out, resumed, seeds=2)
    assert resumed.titles == ["counts, seed 1 (2 of 4)", "full, seed 2 (3 of 4)", "counts, seed 2 (4 of 4)"]
    assert list(resumed.first.values()) == [512, 256, 256]
    return out, listed


class TestStudy:
    def test_leaves_models_records_and_tables(self, finished: tuple[Path, list[Cost]]) -> None:
        out, found = finished
        runs = [f"{name}-512-seed{seed}" for name in ("counts", "full") for seed in (1, 2)]
        kept = [f"{run}.{kind}" for run in runs for kind in ("json", "safetensors")]
        assert sorted(path.name for path in out.iterdir()) == sorted([*kept, "ablation.csv", "report.html"])
        assert [(cost.name, cost.measure, cost.seeds) for cost in found] == [
            ("full", "synthetic", 2),
            ("counts", "synthetic", 2),
        ]
        assert len((out / "ablation.csv").read_text().splitlines()) == 3

    def test_networks_are_those_of_their_recipes_and_seeds(self, finished: tuple[Path, list[Cost]]) -> None:
        cards = {path.stem: load_model(path)[0] for path in finished[0].glob("*.safetensors")}
        assert {stem: (card.recipe, card.seed, card.spectra) for stem, card in cards.items()} == {
            "full-512-seed1": ("field", 1, 512),
            "full-512-seed2": ("field", 2, 512),
            "counts-512-seed1": ("field-counts", 1, 512),
            "counts-512-seed2": ("field-counts", 2, 512),
        }

    def test_accuracy_is_on_fresh_spectra_of_the_whole_recipe(
        self, finished: tuple[Path, list[Cost]], shell: Shell
    ) -> None:
        model = finished[0] / "counts-512-seed2.safetensors"
        options = ("--recipe", "field", "--samples", TINY.samples, "--model", model, "--method", "cnn", "--json")
        expected = json.loads(shell("evaluate", "-t", "toy", *options).out)["accuracy"]["cnn"]
        (scores,) = json.loads(model.with_suffix(".json").read_text())["scores"].values()
        assert scores == {"synthetic": pytest.approx(expected)}

    def test_what_is_finished_is_neither_trained_nor_scored_again(
        self, finished: tuple[Path, list[Cost]], session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(trainings, "train_model")
        monkeypatch.delattr(ablation, "evaluate_synthetic")
        quiet = Watched()
        assert study(session, finished[0], quiet, seeds=2) == finished[1]
        assert quiet.titles == []

    def test_measured_spectra_are_scored_without_training(
        self,
        finished: tuple[Path, list[Cost]],
        session: Session,
        labelled: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delattr(trainings, "train_model")
        monkeypatch.delattr(ablation, "evaluate_synthetic")
        found = study(session, finished[0], Watched(), seeds=1, data=labelled)
        assert measures(found) == ("synthetic", "measured", "measured, by material", "class film", "class metal")
        values = {cost.measure: cost.accuracy for cost in found if cost.name == "full"}
        assert values["measured"] == pytest.approx((values["class film"] + values["class metal"]) / 2)

    def test_another_recipe_of_the_same_name_is_trained_anew(
        self, finished: tuple[Path, list[Cost]], session: Session
    ) -> None:
        changed = replace(session.recipe("field"), counts=LogUniform(1e3, 2e3))
        watched = Watched()
        study(session, finished[0], watched, seeds=1, recipe=changed)
        assert len(watched.titles) == 2

    def test_what_is_wrong_is_said_before_anything_is_trained(self, session: Session, tmp_path: Path) -> None:
        watched = Watched()
        with pytest.raises(ReadError, match=r"no labels\.csv in the folder"):
            study(session, tmp_path, watched, data=tmp_path)
        with pytest.raises(SettingError, match="no such ingredient"):
            run_ablations(session, session.recipe("field"), TINY, tmp_path, watched, only=("absent",))
        assert watched.titles == []


class TestCommandLine:
    def test_lists_ingredients(self, shell: Shell) -> None:
        lines = shell("study", "ablation", "-t", "toy", "--recipe", "field", "--list").out.splitlines()
        assert lines[0].split(maxsplit=1) == ["global_shift", "the axis never shifts"]
        assert len(lines) == 6
        assert (
            len(
                shell(
                    "study", "ablation", "-t", "toy", "--recipe", "field", "--list", "--only", "counts"
                ).out.splitlines()
            )
            == 1
        )

    def test_recipe_has_to_be_known(self, shell: Shell, tmp_path: Path) -> None:
        result = shell("study", "ablation", "-t", "toy", "--recipe", "absent", "--out", tmp_path / "out")
        assert (result.code, "no such recipe" in result.err) == (1, True)
        assert not (tmp_path / "out").exists()

    def test_needs_a_folder(self, shell: Shell) -> None:
        result = shell("study", "ablation", "-t", "toy")
        assert (result.code, "give --out FOLDER, or --list" in result.err) == (2, True)

    def test_prints_what_every_ingredient_costs(self, shell: Shell, tmp_path: Path) -> None:
        options = ("--recipe", "article", "--budget", 256, "--seeds", 1, "--only", "no_second", "--out", tmp_path)
        result = shell("study", "ablation", "-t", "toy", *options)
        assert result.code == 0
        first, whole, other, *_, last = result.out.splitlines()
        assert first == "accuracy, synthetic"
        assert whole.split()[0] == "full"
        name, accuracy, difference, *title = other.split()
        assert (name, " ".join(title)) == ("no_second", "no lines of group second")
        assert float(accuracy) - float(whole.split()[1]) == pytest.approx(float(difference), abs=2e-3)
        assert last == f"report: {tmp_path / 'report.html'}"

    def test_help_names_the_studies(self, shell: Shell) -> None:
        assert "  ablation " in shell("study", "--help").out
        assert shell("study", "absent").code == 2
