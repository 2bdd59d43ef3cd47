"""Verdicts: what decides by itself, how they travel, and what becomes of what is not quantified."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from specquant import contracts
from specquant.cli import cli
from specquant.errors import ContractError
from specquant.notes import Note, NoteKind
from specquant.quantifiers import PARAMETER, REGIONS, UNWEIGHED, Sign
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.technique import Facts, InstrumentParameter
from specquant.verdict import Ground, Judge, Judgement, Reason, Verdict, judgements_of, with_judgements
from specquant.verdict.inwords import in_words
from specquant.verdict.judging import _together
from specquant.verdict.oxygen import with_oxides

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture(scope="module")
def toy(toy_is_installed: None) -> Session:  # noqa: ARG001
    return open_session("toy")


def spectra(toy: Session, counts: np.ndarray, *notes: Note) -> Spectra:
    rows = np.atleast_2d(counts)
    stated = np.full((len(rows), len(toy.technique.stated)), np.nan)
    return Spectra(rows, np.ones(rows.shape, dtype=bool), stated, facts=(Facts(notes=notes),) * len(rows))


def line(toy: Session, height: float) -> np.ndarray:
    """A spectrum with lines of one element on a little background."""
    from specquant.synthesizer import RecipeSynthesizer

    recipe = replace(next(iter(toy.technique.recipes.values())), noise_factor=_constant(1.0), counts=_constant(height))
    return RecipeSynthesizer(toy.technique, toy.library, recipe, seed=1).batch(0, 1).counts.numpy()[0]


def _constant(value: float) -> object:
    from specquant.recipes import Constant

    return Constant(value)


def judged(toy: Session, given: Spectra) -> Judgement:
    method = toy.methods(["nnls"])["nnls"]
    (one,) = Judge(toy.technique, None).judge("nnls", method.quantify(given), given)
    return one


class TestRules:
    def test_a_plain_spectrum_is_good(self, toy: Session) -> None:
        assert judged(toy, spectra(toy, line(toy, 1e4))) == Judgement()

    def test_a_contradiction_refuses_in_its_words(self, toy: Session) -> None:
        note = Note(NoteKind.CONTRADICTION, "the header says something else")
        one = judged(toy, spectra(toy, line(toy, 1e4), note))
        assert one.verdict is Verdict.NOT_QUANTIFIED
        assert one.reasons == (Reason(Ground.CONTRADICTION, note.text, Verdict.NOT_QUANTIFIED),)

    def test_a_warning_of_the_file_is_a_doubt_in_its_words(self, toy: Session) -> None:
        note = Note(NoteKind.WARNING, "the sample was tilted")
        one = judged(toy, spectra(toy, line(toy, 1e4), note))
        assert one.reasons == one.decisive == (Reason(Ground.WARNED, note.text, Verdict.DOUBTFUL),)

    def test_other_notes_do_not(self, toy: Session) -> None:
        assert judged(toy, spectra(toy, line(toy, 1e4), Note(NoteKind.ASSUMED, "something"))).verdict is Verdict.GOOD

    def test_without_a_peak_there_is_no_answer(self, toy: Session) -> None:
        flat = np.random.default_rng(1).poisson(20.0, toy.technique.axis.size).astype(float)
        assert [reason.ground for reason in judged(toy, spectra(toy, flat)).reasons] == [Ground.FEATURELESS]

    def test_one_count_is_no_spectrum(self, toy: Session) -> None:
        counts = np.zeros(toy.technique.axis.size)
        counts[50] = 1.0
        one = judged(toy, spectra(toy, counts))
        assert one.verdict is Verdict.NOT_QUANTIFIED
        assert Ground.COUNTS in {reason.ground for reason in one.reasons}

    def test_normalised_intensities_are_not_few_counts(self, toy: Session) -> None:
        counts = line(toy, 1e4)
        assert judged(toy, spectra(toy, counts / counts.sum())).verdict is Verdict.GOOD


class TestWords:
    def test_a_parameter_is_said_with_what_it_is_and_its_unit(self, toy: Session) -> None:
        width = InstrumentParameter("width", 2.0, 1.0, 5.0, "eV", "of lines")
        technique = replace(toy.technique, parameters=(*toy.technique.parameters, width))
        ground, text = in_words(PARAMETER + "width", 3.14, 1.5, technique)
        assert (ground, text) == (Ground.BOUND, "the fit moved width (of lines) by 3.14 eV (usual: up to 1.5 eV)")

    def test_the_continuum_is_off_by_a_factor(self, toy: Session) -> None:
        text = in_words(Sign.CONTINUUM, np.log(2.4), np.log(1.1), toy.technique)[1]
        assert text == "the continuum is off by a factor of 2.40 (usual: up to 1.10)"

    def test_a_share_and_what_is_usual_are_never_written_alike(self, toy: Session) -> None:
        far, near = (in_words(Sign.SURPLUS, value, 0.209, toy.technique)[1] for value in (0.4, 0.214))
        assert far == "a peak is not explained, 40 % as high as the largest (usual: up to 21 %)"
        assert near == "a peak is not explained, 21.4 % as high as the largest (usual: up to 20.9 %)"

    def test_parts_of_the_axis_have_its_ends(self, toy: Session) -> None:
        axis = toy.technique.axis
        part = (axis.stop - axis.start) / len(REGIONS)
        ends = f"{axis.start:.0f} to {axis.start + part:.0f} {axis.unit}"
        assert f"explains {ends} badly" in in_words(REGIONS[0], 2.0, 1.0, toy.technique)[1]

    def test_no_counts_at_all_are_a_number(self, toy: Session) -> None:
        assert in_words(Sign.COUNTS, 400.0, -4.0, toy.technique)[1].startswith("few counts (")

    @pytest.mark.parametrize("sign", [sign for sign in Sign if sign not in UNWEIGHED])
    def test_every_sign_that_is_weighed_has_words(self, toy: Session, sign: Sign) -> None:
        assert "moved" not in in_words(sign, 1.0, 0.5, toy.technique)[1]


class TestTogether:
    doubt = Reason(Ground.MISFIT, "a")
    refusal = Reason(Ground.FEATURELESS, "b", Verdict.NOT_QUANTIFIED)

    def test_what_is_refused_alone_has_no_other_reasons(self) -> None:
        assert _together([self.refusal], (Reason(Ground.LINES, "c"),)).texts == ("b",)

    def test_a_ground_that_decides_alone_is_not_said_twice(self) -> None:
        assert _together([self.doubt], (Reason(Ground.MISFIT, "c"), Reason(Ground.LINES, "d"))).texts == ("a", "d")

    def test_but_what_is_refused_together_stays_so(self) -> None:
        graver = Reason(Ground.MISFIT, "c", Verdict.NOT_QUANTIFIED)
        assert _together([self.doubt], (graver,)).verdict is Verdict.NOT_QUANTIFIED


class TestRecords:
    def test_the_gravest_reason_comes_first_and_is_the_verdict(self) -> None:
        one = Judgement.of([Reason(Ground.MISFIT, "a"), Reason(Ground.CONTRADICTION, "b", Verdict.NOT_QUANTIFIED)])
        assert (one.verdict, one.text) == (Verdict.NOT_QUANTIFIED, "b; a")
        assert not one.is_answer
        assert [reason.text for reason in one.decisive] == ["b"]

    def test_they_travel_with_a_composition(self, tmp_path: Path) -> None:
        given = (Judgement(), Judgement((Reason(Ground.BOUND, "tail at 5"),)))
        judged = with_judgements(composition([[0.5, 0.5], [1.0, 0.0]]), given)
        assert judgements_of(judged) == given
        path = contracts.save(judged, "COMPOSITION", tmp_path / "x.nc")
        assert judgements_of(contracts.load(path, "COMPOSITION")) == given

    def test_without_any_an_answer_is_good(self) -> None:
        assert judgements_of(composition([[1.0, 0.0]])) == (Judgement(),)

    def test_only_what_is_not_quantified_may_lack_fractions(self) -> None:
        refused = Judgement((Reason(Ground.FEATURELESS, "x", Verdict.NOT_QUANTIFIED),))
        empty = composition([[np.nan, np.nan]])
        contracts.check(with_judgements(empty, [refused]), "COMPOSITION", "test")
        with pytest.raises(ContractError, match="not finite"):
            contracts.check(with_judgements(empty, [Judgement()]), "COMPOSITION", "test")


class TestOxygen:
    def test_oxygen_that_adds_up_is_good(self) -> None:
        assert checked(0.66).verdict is Verdict.GOOD

    def test_oxygen_that_does_not_is_doubtful(self) -> None:
        one = checked(0.4)
        assert [reason.ground for reason in one.reasons] == [Ground.OXYGEN]
        assert "40.0 at%" in one.text
        assert "66.7" in one.text


def checked(oxygen: float) -> Judgement:
    (one,) = judgements_of(with_oxides(composition([[oxygen, 1.0 - oxygen]]), {"Si": 4}))
    return one


def composition(fraction: list[list[float]]) -> xr.Dataset:
    values = np.array(fraction)
    dims = ("sample", "element")
    names = ("fraction", "lower", "upper")
    return xr.Dataset(
        dict.fromkeys(names, (dims, values)) | {"presence": (dims, values > 0)},
        coords={"sample": np.arange(len(values)).astype(str).astype(object), "element": ["O", "Si"]},
    )


class TestCommand:
    """Files that are good, and that have no peak."""

    @pytest.fixture
    def files(self, toy: Session, tmp_path: Path) -> list[Path]:
        axis, paths = toy.technique.axis, [tmp_path / "good.csv", tmp_path / "flat.csv"]
        for path, counts in zip(paths, (line(toy, 1e4), np.full(axis.size, 7.0)), strict=True):
            path.write_text("\n".join(f"{e:g},{c:g}" for e, c in zip(axis.centres, counts, strict=True)))
        return paths

    def run(self, *arguments: object) -> tuple[int, str]:
        words = ["quantify", "-t", "toy", "--method", "nnls", *map(str, arguments)]
        ran = CliRunner().invoke(cli, words, catch_exceptions=False)
        return ran.exit_code, ran.output

    def test_status_tells_verdicts_apart(self, files: list[Path], tmp_path: Path) -> None:
        assert self.run(files[0])[0] == 0
        assert self.run(*files)[0] == 4
        assert self.run(*files, tmp_path / "absent.csv")[0] == 1

    def test_what_is_not_quantified_has_no_table(self, files: list[Path]) -> None:
        assert "at%" not in self.run(files[1])[1]
        assert "not quantified:\n    nothing stands out of the noise" in self.run(files[1])[1]
        hint = "1 not quantified, for the reasons above; --force shows the figures that they speak against"
        assert hint in self.run(*files)[1]
        forced = self.run(*files, "--force")[1]
        assert forced.count("at%") > 2
        assert hint not in forced

    def test_nor_numbers_in_csv(self, files: list[Path], tmp_path: Path) -> None:
        self.run(*files, "--long", "--out", tmp_path / "x.csv")
        with (tmp_path / "x.csv").open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["file"] == str(files[1])]
        assert {row["fraction"] for row in rows} == {""}
        assert {(row["verdict"], row["reasons"]) for row in rows} == {
            ("not quantified", "nothing stands out of the noise")
        }

    def test_nor_in_json(self, files: list[Path], tmp_path: Path) -> None:
        self.run(*files, "--out", tmp_path / "x.json")
        good, flat = json.loads((tmp_path / "x.json").read_text())["spectra"]
        assert (good["verdict"], bool(good["composition"])) == ("good", True)
        assert (flat["verdict"], flat["composition"]) == ("not quantified", [])
        assert flat["reasons"][0]["ground"] == "no peak"

    def test_nor_in_netcdf(self, files: list[Path], tmp_path: Path) -> None:
        self.run(*files, "--out", tmp_path / "x.nc")
        answers = contracts.load(tmp_path / "x.nc", "COMPOSITION")
        assert np.isnan(answers["fraction"].values).all(axis=1).tolist() == [False, True]

    def test_nor_in_a_report(self, files: list[Path], tmp_path: Path) -> None:
        self.run(files[1], "--out", tmp_path / "x.html")
        page = (tmp_path / "x.html").read_text()
        assert "not quantified" in page
        assert "90 % interval, at%" not in page
