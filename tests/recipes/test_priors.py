"""The composition prior: which elements occur in drawn samples, and what a user can change of it."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported
import xarray as xr

from commandline import Shell
from specquant.discovery import load_technique
from specquant.errors import ReadError, SettingError
from specquant.learning import Progress, TrainingPlan
from specquant.library import pure_spectra
from specquant.pipeline import finished_model, train_model
from specquant.recipes import Addition, Recipe, Uniform, with_prior
from specquant.recipes.priors import element_weights, elements_seen, read_weights
from specquant.session import Session, open_session
from specquant.synthesizer import BLOCK
from specquant.technique import Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

PLAN = TrainingPlan(4 * BLOCK)
OXIDISED = Recipe(
    name="oxidised",
    title="Oxidised",
    element_count=(0.2, 0.3, 0.5),
    prior={"Li": 4.0, "B": 0.0},
    prior_default=2.0,
    additions=(Addition(0.5, {"O": Uniform(0.1, 0.3), "C": Uniform(0.0, 0.1)}),),
)


@pytest.fixture(scope="module")
def toy(toy_is_installed: None) -> Session:  # noqa: ARG001
    return open_session("toy")


@pytest.fixture
def technique() -> Technique:
    return load_technique("toy")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "alloys.csv"
    path.write_text("element,weight\nLi,3\nBe,1\nN,0\n")
    return path


class TestRecipe:
    def test_weights_and_elements_are_those_that_are_drawn(self, technique: Technique) -> None:
        weights = element_weights(OXIDISED, technique.elements)
        assert weights == {"Li": 4.0, "Be": 2.0, "B": 0.0, "C": 2.0, "N": 2.0, "O": 2.0}
        assert elements_seen(OXIDISED, technique.elements) == ("Li", "Be", "C", "N", "O")
        bare = replace(OXIDISED, prior={"N": 1.0}, prior_default=0.0)
        assert elements_seen(bare, technique.elements) == ("C", "N", "O")

    def test_listed_elements_keep_their_weights_and_are_all_there_is(self, technique: Technique) -> None:
        changed = with_prior(OXIDISED, technique.elements, ("Li", "O", "N"))
        assert changed.prior == {"Li": 4.0, "N": 2.0, "O": 2.0}
        assert changed.prior_default == 0.0
        assert changed.additions == (Addition(0.5, {"O": Uniform(0.1, 0.3)}),)
        assert changed.title == "Oxidised; only Li, O, N"
        assert with_prior(OXIDISED, technique.elements, ("Li", "N")).additions == ()

    def test_own_weights_leave_contamination_alone(self, technique: Technique) -> None:
        changed = with_prior(OXIDISED, technique.elements, weights={"Be": 1.0, "B": 3.0, "N": 0.0})
        assert element_weights(changed, technique.elements) == {"Be": 1.0, "B": 3.0} | dict.fromkeys(
            ("Li", "C", "N", "O"), 0.0
        )
        assert changed.additions == OXIDISED.additions

    def test_numbers_of_elements_that_cannot_be_drawn_are_left_out(self, technique: Technique) -> None:
        assert with_prior(OXIDISED, technique.elements, ("Li", "Be")).element_count == (0.2, 0.3)
        assert with_prior(OXIDISED, technique.elements, ("Li", "Be", "N", "O")).element_count == OXIDISED.element_count

    def test_too_few_elements(self, technique: Technique) -> None:
        pairs = replace(OXIDISED, element_count=(0.0, 0.5, 0.5))
        with pytest.raises(SettingError, match=r"oxidised: too few elements; found 1 .*; wanted at least 2"):
            with_prior(pairs, technique.elements, ("Li",))

    def test_listed_element_without_weight(self, technique: Technique) -> None:
        with pytest.raises(SettingError, match=r"listed elements have no weight; found B, N;"):
            with_prior(OXIDISED, technique.elements, ("Li", "N", "B", "O"), {"Li": 1.0})

    def test_fingerprint_changes_with_the_prior_and_not_with_the_title(self) -> None:
        assert replace(OXIDISED, title="Another").fingerprint == OXIDISED.fingerprint
        assert replace(OXIDISED, prior={"Li": 4.1, "B": 0.0}).fingerprint != OXIDISED.fingerprint


class TestTable:
    def test_is_read(self, table: Path, technique: Technique) -> None:
        assert read_weights(table, technique.elements) == {"Li": 3.0, "Be": 1.0, "N": 0.0}

    @pytest.mark.parametrize("text", ["element;weight\nLi;0,5\nBe;2\n", 'element,weight\n"Li","0,5"\n"Be","2,"\n'])
    def test_decimal_commas_are_read(self, table: Path, technique: Technique, text: str) -> None:
        table.write_text(text)
        assert read_weights(table, technique.elements) == {"Li": 0.5, "Be": 2.0}

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("element,weight\nLi,1\nXx,2\n", r"line 3: no such element in this technique; found 'Xx'; wanted"),
            ("element,weight\nLi,-1\n", r"line 2: weight of Li makes no sense; found '-1'; wanted 0 or"),
            ("element,weight\nLi,nan\n", r"line 2: weight of Li makes no sense; found 'nan'"),
            ("element,weight\nLi,\n", r"line 2: weight of Li makes no sense; found ''"),
            ("element,weight\nLi\n", r"line 2: weight of Li makes no sense; found ''"),
            ("element,weight\nLi,1\nLi,2\n", r"line 3: element is there twice; found Li"),
            ("element,weight\nLi,0\n", r"no element has a weight above 0"),
            ("element,weight\n", r"not a table of weights; found no row; wanted columns element and weight"),
            (
                "symbol,weight\nLi,1\n",
                "not a table of weights; found symbol, weight; wanted columns element",
            ),
            ("", r"not a table of weights; found an empty file"),
            (
                "element,weight\nLi,0,5\n",
                r"line 2: a row has more cells than there are columns; found 3 cells; wanted 2",
            ),
            ('element,weight\nLi,"1,000"\n', r"line 2: weight of Li makes no sense; found '1,000'"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, table: Path, technique: Technique, text: str, told: str) -> None:
        table.write_text(text)
        with pytest.raises(ReadError, match=rf"alloys\.csv.*{told}"):
            read_weights(table, technique.elements)

    def test_missing_and_binary_files(self, tmp_path: Path, technique: Technique) -> None:
        with pytest.raises(ReadError, match=r"absent\.csv: no such file; wanted a table"):
            read_weights(tmp_path / "absent.csv", technique.elements)
        (tmp_path / "binary.csv").write_bytes(b"element,weight\n\xff\xfe,1\n")
        with pytest.raises(ReadError, match="is not a table in UTF-8"):
            read_weights(tmp_path / "binary.csv", technique.elements)


class TestModel:
    def test_card_says_what_it_was_trained_to_see(self, toy: Session, table: Path, tmp_path: Path) -> None:
        recipe, path = toy.recipe("article", prior=table), tmp_path / "own.safetensors"
        card = train_model(toy, recipe, PLAN, path).card
        assert card.seen == ("Li", "Be")
        assert card.prior == {"Li": 3.0, "Be": 1.0}
        stored = toy.with_model(path).network.card
        assert (stored.seen, stored.prior, stored.origin) == (card.seen, card.prior, card.origin)
        assert finished_model(toy, recipe, PLAN, path) is not None
        assert finished_model(toy, toy.recipe("article"), PLAN, path) is None
        assert finished_model(toy, recipe, replace(PLAN, seed=2), path) is None

    def test_checkpoint_of_another_prior_is_refused(self, toy: Session, tmp_path: Path) -> None:
        def stop(now: Progress) -> None:
            if now.step == 2:
                raise KeyboardInterrupt

        recipe, path = toy.recipe("article", "Li,Be,N"), tmp_path / "model.safetensors"
        with pytest.raises(KeyboardInterrupt):
            train_model(toy, recipe, PLAN, path, progress=stop)
        for other in (toy.recipe("article"), toy.recipe("article", "Li,Be,O")):
            with pytest.raises(SettingError, match="begun with another --recipe"):
                train_model(toy, other, PLAN, path)
        assert train_model(toy, recipe, PLAN, path).card.seen == ("Li", "Be", "N")


class TestCommandLine:
    def test_synthesize_draws_only_what_is_listed(self, shell: Shell, tmp_path: Path) -> None:
        path = tmp_path / "spectra.nc"
        arguments = ("-t", "toy", "--samples", 100, "--out", path)
        assert shell("synthesize", *arguments, "--elements", "Li,O,Be").code == 0
        with xr.open_dataset(path) as drawn:
            present = (drawn["fraction"] > 0).any("sample")
            assert drawn["element"].values[present.values].tolist() == ["Li", "Be", "O"]

    def test_synthesize_draws_by_the_table(self, shell: Shell, table: Path, tmp_path: Path) -> None:
        path = tmp_path / "spectra.nc"
        table.write_text("element,weight\nLi,8\nBe,1\nN,1\n")
        assert shell("synthesize", "-t", "toy", "--samples", 600, "--prior", table, "--out", path).code == 0
        with xr.open_dataset(path) as drawn:
            single = drawn["fraction"].values[(drawn["fraction"] > 0).sum("element").values == 1]
        assert np.mean(single.argmax(axis=1) == 0) == pytest.approx(0.8, abs=0.15)

    def test_train_evaluate_and_quantify_tell_of_it(self, shell: Shell, tmp_path: Path, toy: Session) -> None:
        path = tmp_path / "model.safetensors"
        trained = shell(
            "train", "-t", "toy", "--recipe", "article", "--spectra", 512, "--elements", "Li,Be", "--out", path
        )
        assert trained.out.endswith("on recipe article\n" + f"{path}: the model was trained to see only Li, Be\n")
        scores = tmp_path / "scores.csv"
        options = ("--recipe", "article", "--samples", 40, "--method", "nnls", "--out", scores)
        assert shell("evaluate", "-t", "toy", *options, "--elements", "Li,Be").code == 0
        with scores.open() as file:
            materials = {word for row in csv.DictReader(file) for word in row["material"].split()[::2]}
        assert materials == {"Li", "Be"}
        spectrum = tmp_path / "spectrum.csv"
        counts = pure_spectra(toy.technique, toy.library)[0] * 1e4 + 20
        np.savetxt(spectrum, np.column_stack([toy.technique.axis.centres, counts]), delimiter=",")
        told = shell("quantify", "-t", "toy", "--method", "cnn", "--model", path, spectrum).out
        assert "cnn: the model was trained to see only Li, Be" in told

    @pytest.mark.parametrize(
        "arguments",
        [
            ("train", "--data", "x.nc", "--out", "x.safetensors", "--elements", "Li"),
            ("evaluate", "--data", "folder", "--elements", "Li"),
        ],
    )
    def test_a_prior_needs_a_recipe(self, shell: Shell, arguments: tuple[str, ...]) -> None:
        result = shell(arguments[0], "-t", "toy", *arguments[1:])
        assert result.code == 2
        assert "--elements" in result.err
        assert "not for --data" in result.err

    def test_unknown_element(self, shell: Shell, tmp_path: Path) -> None:
        result = shell("run", "-t", "toy", "--elements", "Li,Fe", "--out", tmp_path / "run")
        assert result.code == 1
        assert "--elements: no such element in this technique; found 'Fe'" in result.err
