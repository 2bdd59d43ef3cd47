"""The study of where models read each element, from what was found to what is written."""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported

from commandline import Shell
from folders import THIRDPARTY
from specquant import contracts
from specquant.discovery import load_technique
from specquant.errors import SettingError
from specquant.explainers import SHAPES
from specquant.fits import LeastSquares
from specquant.learning import TrainingPlan
from specquant.library import RenderedLibrary
from specquant.pipeline import train_model
from specquant.quantifiers import Estimate, Quantifier
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.study.explanation.files import write_explanation
from specquant.study.explanation.report import explanation_html
from specquant.study.explanation.study import Explanation, explain_models, model_title, usual_models
from specquant.technique import ProbeExample, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

EXAMPLES = (
    ProbeExample("C", (112.0, 60.0), "Carbon is read at 112 eV & 60 eV", least=0.5),
    ProbeExample("N", (144.0,), "Nitrogen is read at 144 eV"),
)


class Carbon(Quantifier):
    """Takes everything for carbon."""

    name = "carbon"

    def estimate(self, spectra: Spectra) -> Estimate:
        share = [float(symbol == "C") for symbol in self.technique.elements]
        return Estimate.without_interval(np.tile(share, (len(spectra), 1)))


@pytest.fixture(scope="module")
def toy() -> Technique:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(THIRDPARTY)
        return replace(load_technique("toy"), examples=EXAMPLES)


@pytest.fixture
def session(toy: Technique) -> Session:
    opened = open_session("toy")
    return replace(opened, plugin=replace(opened.plugin, technique=toy))


@pytest.fixture(scope="module")
def found(toy: Technique) -> Explanation:
    fit = LeastSquares(toy, RenderedLibrary(toy))
    return explain_models([fit, Carbon(toy), fit], ["first", "all <carbon>", "again"])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_statements_are_checked_for_every_model_and_shape(found: Explanation) -> None:
    for shape in SHAPES:
        held = [[example.holds for example in model.examples[shape]] for model in found.models]
        assert held == [[False, True], [True, False], [False, True]], shape
    # A fit takes a peak at the foot of a line, where nothing else is, wholly for that element.
    assert found.on_diagonal("gaussian") == (pytest.approx(1 / 3), pytest.approx(1 / 6), pytest.approx(1 / 3))
    (near, offset), (carbon, _), _ = found.offsets("gaussian", 10.0)
    # A flat spectrum has its first position, 0 eV, as its highest: only lithium's line is near it.
    assert (near, carbon) == (pytest.approx(1 / 3), pytest.approx(1 / 6))
    assert abs(offset) <= 12.0
    assert found.at_strongest("gaussian") == (pytest.approx(5 / 6), pytest.approx(1 / 6), pytest.approx(5 / 6))


def test_classes_are_those_of_most_models_with_their_agreement(found: Explanation) -> None:
    by_element = {item.example.element: item for item in found.classes}
    assert by_element["C"].agreement == 1.0
    assert by_element["O"].rules[1] == 4
    assert by_element["O"].agreement == pytest.approx(2 / 3)


def test_reports_say_how_far_they_are(toy: Technique) -> None:
    told: list[tuple[int, str]] = []
    explain_models([Carbon(toy), Carbon(toy)], ["a", "b"], report=lambda done, remark: told.append((done, remark)))
    assert told == [(1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "b"), (6, "b")]


@pytest.mark.parametrize("names", [(), ("toy", "other")])
def test_models_have_to_be_of_one_technique(toy: Technique, names: Sequence[str]) -> None:
    with pytest.raises(SettingError, match="models: cannot be explained together"):
        explain_models([Carbon(replace(toy, name=name)) for name in names])


def test_everything_is_written(found: Explanation, tmp_path: Path) -> None:
    report = write_explanation(found, tmp_path / "out", "specquant study explanation -t toy")
    assert {path.name for path in report.parent.iterdir()} == {
        *("report.html", "fis.nc", "classes.csv", "statements.csv", "explanation.json")
    }
    fis = contracts.load(report.parent / "fis.nc", "ATTRIBUTION")
    assert fis["responses"].sizes == {"shape": 3, "model": 3, "probe_energy": 201, "element": 6}
    gaussian = fis["responses"].sel(shape="gaussian")
    np.testing.assert_allclose(fis["response"], gaussian.mean("model"), atol=1e-6)
    np.testing.assert_allclose(gaussian.sel(model="all <carbon>", element="C"), 1.0)

    statements = read(report.parent / "statements.csv")
    assert len(statements) == 3 * 3 * 3
    row = next(row for row in statements if row["model"] == "first" and row["probe_eV"] == "60.0")
    assert (row["holds"], row["statement_holds"], row["least"], row["reader"]) == ("False", "False", "0.5", "C")
    classes = {row["element"]: row for row in read(report.parent / "classes.csv")}
    assert list(classes) == ["Li", "Be", "B", "C", "N", "O"]
    assert classes["O"]["class_by_model"].split()[1] == "4"
    assert classes["C"]["strongest_eV"] == "112.0"

    content = json.loads((report.parent / "explanation.json").read_text(encoding="utf-8"))
    assert content["models"] == ["first", "all <carbon>", "again"]
    assert len(content["statements"]) == 27
    assert content["on_diagonal"]["gaussian"][1] == pytest.approx(1 / 6)


def test_the_page_says_yes_and_no_with_the_number_and_why(found: Explanation) -> None:
    text = explanation_html(found, "specquant study explanation <toy>")
    for anchor in ("statements", "reasons", "map", "classes", "spectra", "making"):
        assert f'id="{anchor}"' in text, anchor
    assert "Carbon is read at 112 eV &amp; 60 eV" in text
    assert "no (1 of 3)" in text
    assert "yes (2 of 3)" in text
    assert "60 eV, wanted C \u2265 50 at%: read as " in text
    assert "C second, 60 eV" in text
    assert "all &lt;carbon&gt;" in text
    assert "<toy>" not in text
    assert not re.search(r"\bnan\b", re.sub(r'"data:[^"]*"', "", text).lower())


def test_a_technique_without_statements_has_a_page(toy: Technique) -> None:
    plain = replace(toy, examples=())
    text = explanation_html(explain_models([Carbon(plain)]), "")
    assert 'id="reasons"' not in text
    assert "Where the model reads each element" in text


def test_without_a_model_the_best_method_is_explained(session: Session) -> None:
    (explained,) = usual_models(session)
    assert explained.name == "nnls"


def test_the_command_explains_models(session: Session, tmp_path: Path, shell: Shell) -> None:
    path = tmp_path / "model.safetensors"
    train_model(session, session.recipe("article"), TrainingPlan(512), path)
    outcome = shell("study", "explanation", "-t", "toy", "--model", path, "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "class 4, several positions together: " in outcome.out
    assert (tmp_path / "out" / "report.html").is_file()
    shipped = replace(session.technique, models={"mine": path})
    (model,) = usual_models(replace(session, plugin=replace(session.plugin, technique=shipped)))
    assert model_title(model) == "VanillaCnn, recipe article, 512 spectra, seed 1"
    plain = shell("study", "explanation", "-t", "toy", "--out", tmp_path / "plain")
    assert plain.code == 0, plain.err


def test_elements_that_a_model_does_not_know_are_left_out(session: Session, tmp_path: Path) -> None:
    technique, path = session.technique, tmp_path / "model.safetensors"
    model = train_model(session, session.recipe("article"), TrainingPlan(512), path)
    known = tuple(symbol for symbol in technique.elements if symbol != "O")
    model.card = replace(model.card, seen=known)
    both = explain_models([LeastSquares(technique, RenderedLibrary(technique)), model], ["fit", "network"])
    assert {item.example.element for item in both.classes} == set(known)
    assert all({item.element for item in one.readings[SHAPES[0]]} == set(known) for one in both.models)
