import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from specquant.errors import ReadError, SettingError
from specquant.evaluation import (
    Coverage,
    Labelled,
    Score,
    article_accuracy,
    by_class,
    by_method,
    coverages,
    evaluate_labelled,
    evaluate_synthetic,
    misfits,
    read_labels,
    score,
    summarise,
    write_scores,
)
from specquant.fits import LeastSquares
from specquant.library import RenderedLibrary, pure_spectra
from specquant.quantifiers import Estimate, Quantifier
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, RecipeSynthesizer
from specquant.technique import InstrumentParameter, Role, Technique

ELEMENTS = ("Li", "Be", "B", "C", "N", "O")


class Constant(Quantifier):
    """Says carbon, whatever it is asked."""

    name = "constant"

    def estimate(self, spectra: Spectra) -> Estimate:
        return Estimate.without_interval(np.tile([0.0, 0, 0, 1, 0, 0], (len(spectra), 1)))


def label(*fraction: float, sample: str = "film", reliability: str = "A") -> Labelled:
    nothing = Spectra(np.zeros((1, 0)), np.zeros((1, 0), dtype=bool), np.zeros((1, 0)))
    return Labelled("7", sample, reliability, np.array(fraction), nothing)


def scored(accuracy: float, sample: str = "film", material: str = "C", reliability: str = "A") -> Score:
    elements = ("C", "O")
    return Score(
        identity="1",
        sample=sample,
        reliability=reliability,
        method="nnls",
        elements=elements,
        label=np.array([float(symbol == material) for symbol in elements]),
        answer=np.array([0.0, 1.0]),
        accuracy=accuracy,
        mean_absolute_error=0.1,
        missed=("C",),
        invented=(),
        missed_by_weight=("C",),
        invented_by_weight=(),
        weight_error=0.2,
        bounded=4,
        covered=3,
    )


def write_folder(folder: Path, technique: Technique, header: str, *rows: str) -> Path:
    """Write labels.csv and the spectra a.csv (carbon) and b.csv (half lithium, half oxygen)."""
    columns = pure_spectra(technique, RenderedLibrary(technique))
    for name, counts in (("a.csv", columns[3]), ("b.csv", columns[0] + columns[5])):
        lines = [f"{at:g},{count:.9g}" for at, count in zip(technique.axis.centres, 1e4 * counts, strict=True)]
        (folder / name).write_text("\n".join(lines))
    (folder / "labels.csv").write_text("\n".join((header, *rows)), encoding="utf-8")
    return folder


class TestScore:
    def test_accuracy_is_one_less_half_the_absolute_differences(self) -> None:
        predicted, truth = np.array([[0.5, 0.5, 0.0], [1.0, 0, 0]]), np.array([[0.2, 0.5, 0.3], [0, 0.4, 0.6]])
        np.testing.assert_allclose(article_accuracy(predicted, truth), [0.7, 0.0])

    def test_mean_absolute_error_is_over_what_is_there_or_said(self) -> None:
        found = score("nnls", label(0.5, 0.5, 0, 0, 0, 0), np.array([0.3, 0.5, 0.2, 0, 0, 0]), ELEMENTS)
        assert found.mean_absolute_error == pytest.approx(0.4 / 3)
        assert found.accuracy == pytest.approx(0.8)

    def test_missed_and_invented_count_from_one_at_percent_on(self) -> None:
        truth = label(0.97, 0.01, 0.009, 0.011, 0, 0)
        found = score("nnls", truth, np.array([0.98, 0.0099, 0, 0.0, 0.01, 0.0099]), ELEMENTS)
        assert found.missed == ("Be", "C")
        assert found.invented == ("N",)

    def test_an_element_that_is_there_in_traces_is_not_invented(self) -> None:
        found = score("nnls", label(0.995, 0.005, 0, 0, 0, 0), np.array([0.9, 0.1, 0, 0, 0, 0]), ELEMENTS)
        assert found.invented == ()

    def test_it_says_whose_score_it_is(self) -> None:
        truth = label(0.4, 0, 0, 0, 0, 0.6, sample="oxide", reliability="B")
        found = score("cnn", truth, np.array([0, 0, 0, 0, 0, 1.0]), ELEMENTS)
        assert (found.identity, found.sample, found.reliability, found.method) == ("7", "oxide", "B", "cnn")
        assert (found.material, found.found) == ("O 60.0 Li 40.0", "O 100.0")

    def test_only_what_is_compared_counts_and_is_renormalised(self) -> None:
        truth = label(0, 0, 0, 0.2, 0.4, 0.4)
        found = score("cnn", truth, np.array([0.1, 0, 0.3, 0, 0.3, 0.3]), ELEMENTS, compared=("N", "O"))
        assert found.accuracy == pytest.approx(1)
        assert found.mean_absolute_error == found.weight_error == pytest.approx(0)
        assert found.invented == found.missed == ()
        assert (found.material, found.found) == ("O 40.0 N 40.0 C 20.0", "B 30.0 N 30.0 O 30.0 Li 10.0")

    def test_an_answer_without_any_compared_element_is_worth_nothing(self) -> None:
        assert score("cnn", label(0, 0, 0, 0, 0, 1.0), np.eye(6)[3], ELEMENTS, compared=("O",)).accuracy == 0

    def test_weights_have_their_own_limit(self) -> None:
        truth = label(0.015, 0.5, 0, 0.009, 0, 0.476)  # 0.8 wt% Li, 0.9 wt% C
        found = score("cnn", truth, np.array([0.03, 0.485, 0, 0.0, 0.009, 0.476]), ELEMENTS)
        assert found.missed_by_weight == ()
        assert found.invented_by_weight == ("N",)  # 1.0 wt%, though 0.9 at%
        weight, said = (
            x * np.array([6.94, 9.012, 10.81, 12.011, 14.007, 15.999])
            for x in (truth.fraction, [0.03, 0.485, 0, 0, 0.009, 0.476])
        )
        errors = np.abs(said / said.sum() - weight / weight.sum())
        assert found.weight_error == pytest.approx(errors[[0, 1, 3, 5]].mean(), rel=0.01)
        heavy = score("cnn", label(0.989, 0, 0, 0, 0, 0.011), np.eye(6)[0], ELEMENTS)
        assert heavy.missed_by_weight == ("O",)

    def test_intervals_are_held_against_the_label_from_one_weight_percent_on(self) -> None:
        truth = label(0, 0, 0, 0.001, 0.4, 0.599)
        bounds = np.array([0, 0, 0, 0, 0.41, 0.5]), np.array([0, 0, 0, 0, 0.5, 0.6])
        found = score("cnn", truth, truth.fraction, ELEMENTS, bounds=bounds)
        assert (found.bounded, found.covered) == (2, 1)
        unknown = score("cnn", truth, truth.fraction, ELEMENTS, bounds=(np.full(6, np.nan), np.full(6, np.nan)))
        assert (unknown.bounded, unknown.covered) == (0, 0)

    def test_what_intervals_hold_is_counted_by_size_and_side(self) -> None:
        truth = label(0.02, 0, 0, 0.05, 0.43, 0.5)
        said = np.array([0.03, 0, 0, 0, 0.45, 0.52])
        bounds = np.array([0.02, 0, 0, 0, 0.44, 0.5]), np.array([0.04, 0, 0, 0.04, 0.46, 0.54])
        found = {(each.found, each.size): each for each in coverages([score("cnn", truth, said, ELEMENTS, (), bounds)])}
        assert found[True, "all"] == Coverage("all", True, 3, *map(pytest.approx, (2 / 3, 0.0, 1 / 3, 2.0)))
        assert found[True, "1 to 3 at%"] == Coverage("1 to 3 at%", True, 1, 1.0, 0.0, 0.0, pytest.approx(1.0))
        assert found[True, "above 10 at%"].count == 2
        assert found[False, "all"] == Coverage("all", False, 1, 0.0, 1.0, 0.0, pytest.approx(1.25))
        assert (True, "3 to 10 at%") not in found
        assert coverages([scored(0.5)]) == []

    def test_intervals_follow_the_renormalisation(self) -> None:
        truth, said = label(0, 0, 0, 0, 0.5, 0.5), np.array([0, 0, 0, 0.5, 0.25, 0.25])
        found = score("cnn", truth, said, ELEMENTS, ("N", "O"), (0.9 * said, 1.1 * said))
        assert (found.bounded, found.covered) == (2, 2)
        apart = label(0, 0, 0, 0, 0.4, 0.6)  # renormalised, the intervals are 0.45 to 0.55
        assert score("cnn", apart, said, ELEMENTS, ("N", "O"), (0.9 * said, 1.1 * said)).covered == 0

    def test_whole_compositions_are_kept(self) -> None:
        truth, said = label(0, 0, 0, 0.2, 0.4, 0.4), np.array([0.1, 0, 0.3, 0, 0.3, 0.3])
        found = score("cnn", truth, said, ELEMENTS, compared=("N", "O"))
        assert found.elements == ELEMENTS
        assert (found.label.tolist(), found.answer.tolist()) == (truth.fraction.tolist(), said.tolist())


class TestSummary:
    def test_replicates_of_a_sample_count_once(self) -> None:
        scores = [scored(0.4, "1. film"), scored(0.6, " 2) film"), scored(0.8, "film"), scored(0.9, "foil")]
        summary = summarise(scores)
        assert summary.samples == 2
        assert summary.accuracy == pytest.approx((0.6 + 0.9) / 2)

    def test_same_name_but_another_material_is_another_sample(self) -> None:
        assert summarise([scored(0.4), scored(0.6, material="O")]).samples == 2

    def test_by_material_every_material_counts_once(self) -> None:
        scores = [scored(0.4, "a"), scored(0.8, "b"), scored(0.9, "c", material="O")]
        assert summarise(scores).accuracy == pytest.approx(0.7)
        assert summarise(scores).accuracy_by_material == pytest.approx((0.6 + 0.9) / 2)

    def test_missed_and_invented_are_per_spectrum(self) -> None:
        scores = [scored(0.4, "a"), replace(scored(0.8, "b"), missed=(), invented=("N", "O", "B"))]
        assert (summarise(scores).missed_per_spectrum, summarise(scores).invented_per_spectrum) == (0.5, 1.5)

    def test_coverage_is_over_values_and_replicates_count_once(self) -> None:
        good, bad = scored(0.4, "a"), replace(scored(0.8, "b"), bounded=2, covered=0)
        assert summarise([good, good, bad]).coverage == pytest.approx(3 / 6)
        assert np.isnan(summarise([replace(good, bounded=0, covered=0)]).coverage)

    def test_weights_are_averaged_too(self) -> None:
        summary = summarise(
            [scored(0.4, "a"), replace(scored(0.8, "b"), weight_error=0.4, invented_by_weight=("N", "O"))]
        )
        assert (summary.weight_error, summary.missed_by_weight, summary.invented_by_weight) == pytest.approx(
            (0.3, 1, 1)
        )

    def test_one_summary_per_class_and_a_headline_of_the_good_ones(self) -> None:
        scores = [scored(0.9, "a"), scored(0.7, "b", reliability="B"), scored(0.1, "c", reliability="C")]
        summaries = by_class(scores)
        assert list(summaries) == ["headline", "A", "B", "C"]
        assert summaries["headline"].accuracy == pytest.approx(0.8)
        assert summaries["C"].accuracy == pytest.approx(0.1)

    def test_no_headline_without_good_classes(self) -> None:
        assert list(by_class([scored(0.1, reliability="C")])) == ["C"]

    def test_several_classes_of_another_kind_have_one_of_all(self) -> None:
        summaries = by_class([scored(0.2, "a", reliability="glass"), scored(0.4, "b", reliability="mineral")])
        assert list(summaries) == ["all", "glass", "mineral"]
        assert summaries["all"].accuracy == pytest.approx(0.3)

    def test_scores_by_method_in_order(self) -> None:
        one, two = scored(0.1), replace(scored(0.2), method="cnn")
        assert by_method([two, one, two]) == {"cnn": [two, two], "nnls": [one]}


def test_scores_are_written_as_a_table(tmp_path: Path) -> None:
    first = replace(scored(0.25, "film, thick"), missed=("C", "O"), invented=("N",))
    write_scores([first, scored(0.5)], tmp_path / "new" / "scores.csv")
    with (tmp_path / "new" / "scores.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2
    assert rows[0]["sample"] == "film, thick"
    assert (rows[0]["accuracy"], rows[0]["missed"], rows[0]["invented"]) == ("0.25", "C O", "N")
    assert (rows[0]["material"], rows[0]["found"]) == ("C 100.0", "O 100.0")
    assert list(rows[0]) == [
        *("identity", "sample", "material", "reliability", "method", "accuracy", "mean_absolute_error", "missed"),
        *("invented", "found", "missed_by_weight", "invented_by_weight", "weight_error", "bounded", "covered"),
        *("offset", "counts", "misfit"),
    ]


class TestLabels:
    HEADER = "id,sample,reliability,file,composition_at_percent"

    def test_labels_and_spectra_are_read(self, toy: Technique, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, toy, self.HEADER, "x1,film,A,a.csv,C:99", "x2,glass,B-,b.csv,Li:20 O:60")
        film, glass = read_labels(folder, toy)
        assert (film.identity, film.sample, film.reliability) == ("x1", "film", "A")
        np.testing.assert_allclose(film.fraction, [0, 0, 0, 1, 0, 0])
        np.testing.assert_allclose(glass.fraction, [0.25, 0, 0, 0, 0, 0.75])
        assert film.spectra.counts.shape == (1, toy.axis.size)
        assert (film.spectra.names, glass.spectra.names) == (("x1",), ("x2",))

    def test_columns_that_may_lack_have_defaults(self, toy: Technique, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, toy, "file,composition_at_percent", "a.csv,C:1")
        (film,) = read_labels(folder, toy)
        assert (film.identity, film.sample, film.reliability) == ("2", "a.csv", "")

    def test_parsed_file_is_taken_where_it_is_given(self, toy: Technique, tmp_path: Path) -> None:
        header = "parsed,file,composition_at_percent"
        folder = write_folder(tmp_path, toy, header, "a.csv,no.xyz,C:1", ",b.csv,Li:1 O:1")
        assert [item.sample for item in read_labels(folder, toy)] == ["a.csv", "b.csv"]

    def test_offset_of_the_axis_is_that_of_the_spectrum(self, toy: Technique, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, toy, self.HEADER, "x1,film,A,a.csv,C:1")
        (film,) = read_labels(folder, toy, correct=lambda raw, _: raw.noted(axis_offset=1.5))
        assert film.offset == evaluate_labelled({"dull": Constant(toy)}, [film])[0].offset == 1.5

    def test_rows_without_composition_are_passed_over(self, toy: Technique, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, toy, self.HEADER, "x1,film,A,no.csv, ", "x2,film,A,a.csv,C:1", "x3,short")
        assert [item.identity for item in read_labels(folder, toy)] == ["x2"]

    def test_missing_table(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match=r"no labels\.csv in the folder\. Give the folder"):
            read_labels(tmp_path, toy)

    @pytest.mark.parametrize(
        ("header", "row"),
        [
            ("file,composition", "a.csv,C:1"),
            ("id,composition_at_percent", "1,C:1"),
        ],
    )
    def test_column_that_lacks(self, toy: Technique, tmp_path: Path, header: str, row: str) -> None:
        with pytest.raises(ReadError, match=rf"labels\.csv lacks a column; found {header.replace(',', ', ')}; wanted"):
            read_labels(write_folder(tmp_path, toy, header, row), toy)

    def test_cells_beyond_the_columns_are_refused(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match=r"line 2: a row has more cells than there are columns; found 3 cells"):
            read_labels(write_folder(tmp_path, toy, "file,composition", "a.csv,C:1,surplus"), toy)

    def test_empty_table(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match=r"labels\.csv lacks a column; found no row"):
            read_labels(write_folder(tmp_path, toy, self.HEADER), toy)

    @pytest.mark.parametrize("name", ["../b.csv", "/etc/hosts", "a/../../b.csv", "link.csv", "..\\b.csv", "C:\\b.csv"])
    def test_a_file_outside_the_folder(self, toy: Technique, tmp_path: Path, name: str) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        (tmp_path / "b.csv").write_text("1,2")
        (folder / "link.csv").symlink_to(tmp_path / "b.csv")
        with pytest.raises(ReadError, match=r"labels\.csv, line 2: names a file outside its folder"):
            read_labels(write_folder(folder, toy, "file,composition_at_percent", f"{name},C:1"), toy)

    def test_a_name_that_is_none(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match=r"line 2: the name of the file cannot be used"):
            read_labels(write_folder(tmp_path, toy, "file,composition_at_percent", "a\0b.csv,C:1"), toy)

    def test_table_in_another_encoding(self, toy: Technique, tmp_path: Path) -> None:
        (tmp_path / "labels.csv").write_bytes("file,composition_at_percent\nGerät.csv,C:1\n".encode("latin-1"))
        with pytest.raises(ReadError, match="is not a table in UTF-8"):
            read_labels(tmp_path, toy)

    @pytest.mark.parametrize(
        "text", ["C", "C:", "C:many", "C:1:2", "C-4", "C:-1 O:2", "C:nan", "C:inf O:1", "Zz:1 C:2"]
    )
    def test_composition_that_cannot_be_read(self, toy: Technique, tmp_path: Path, text: str) -> None:
        folder = write_folder(tmp_path, toy, self.HEADER, f"x1,film,A,a.csv,{text}")
        with pytest.raises(
            ReadError, match=r"labels\.csv, line 2: cannot read the composition.*wanted like Fe:40 O:60"
        ):
            read_labels(folder, toy)

    @pytest.mark.parametrize("text", ["C:1 O:3", "C1 O3", "C=1, O=3", "C 1 O 3"])
    def test_ways_to_write_a_composition(self, toy: Technique, tmp_path: Path, text: str) -> None:
        (film,) = read_labels(write_folder(tmp_path, toy, self.HEADER, f'x1,film,A,a.csv,"{text}"'), toy)
        assert film.fraction.tolist() == [0, 0, 0, 0.25, 0, 0.75]

    @pytest.mark.parametrize("text", ["C:0", "C:1e999"])
    def test_composition_without_sense(self, toy: Technique, tmp_path: Path, text: str) -> None:
        folder = write_folder(tmp_path, toy, self.HEADER, f"x1,film,A,a.csv,{text}")
        with pytest.raises(ReadError, match="line 2: composition is not positive"):
            read_labels(folder, toy)

    def test_unknown_element(self, toy: Technique, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, toy, self.HEADER, "x1,film,A,a.csv,C:1", "x2,film,A,a.csv,Pd:1 C:2 Fe:1")
        with pytest.raises(
            ReadError, match="line 3: composition names elements that the technique lacks; found Fe, Pd"
        ):
            read_labels(folder, toy)

    def test_weight_percents_become_atomic_fractions(self, toy: Technique, tmp_path: Path) -> None:
        header = "file,sample,kind,composition_wt_percent"
        folder = write_folder(tmp_path, toy, header, "a.csv,oxide,mineral,Li30.25 O69.75", "b.csv,film,glass,C:100")
        oxide, film = read_labels(folder, toy)
        np.testing.assert_allclose(oxide.fraction, [0.5, 0, 0, 0, 0, 0.5], atol=1e-3)
        assert (oxide.sample, oxide.reliability, film.reliability) == ("oxide", "mineral", "glass")
        assert film.fraction.tolist() == [0, 0, 0, 1, 0, 0]

    def test_atomic_percents_come_before_weight_percents(self, toy: Technique, tmp_path: Path) -> None:
        header = "file,composition_wt_percent,composition_at_percent"
        both, one = read_labels(write_folder(tmp_path, toy, header, "a.csv,C1 O1,C1 O1", "b.csv,C1 O1,"), toy)
        assert both.fraction[3] == 0.5
        assert one.fraction[3] == pytest.approx(0.5711, abs=1e-3)

    @pytest.mark.parametrize("text", ["C", "C O", "Li C4", "C-4", "c4", "Zz4"])
    def test_weights_that_cannot_be_read(self, toy: Technique, tmp_path: Path, text: str) -> None:
        folder = write_folder(tmp_path, toy, "file,composition_wt_percent", f"a.csv,{text}")
        with pytest.raises(ReadError, match=r"cannot read the composition.*wanted like Fe69\.9 O30\.1"):
            read_labels(folder, toy)

    def test_elements_beyond_the_technique_are_left_out_where_it_names_what_is_compared(
        self, toy: Technique, tmp_path: Path
    ) -> None:
        folder = write_folder(tmp_path, toy, "file,composition_wt_percent", "a.csv,C10 Fe50 O40", "b.csv,Fe100")
        (only,) = read_labels(folder, replace(toy, compared=("O", "C")))
        assert only.fraction.sum() == pytest.approx(1)
        assert only.note == "label without Fe, which toy does not know"
        with pytest.raises(ReadError, match="technique lacks; found Fe"):
            read_labels(folder, toy)
        folder = write_folder(tmp_path, toy, "file,composition_wt_percent", "a.csv,Zz10 O40")
        with pytest.raises(ReadError, match="no such element: Zz"):
            read_labels(folder, replace(toy, compared=("O", "C")))

    def test_rows_with_nothing_to_compare_are_passed_over(self, toy: Technique, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, toy, self.HEADER, "x1,film,A,no.csv,C:1", "x2,film,A,b.csv,C:1 O:1")
        assert [item.identity for item in read_labels(folder, replace(toy, compared=("O",)))] == ["x2"]

    def test_classes_are_chosen_before_anything_is_read(self, toy: Technique, tmp_path: Path) -> None:
        rows = ("a.csv,glass,C:1", "no.csv,pure,C:1", "b.csv,mineral,Li:1 O:1")
        folder = write_folder(tmp_path, toy, "file,kind,composition_at_percent", *rows)
        assert [item.reliability for item in read_labels(folder, toy, classes=["mineral"])] == ["mineral"]
        assert len(read_labels(folder, toy, classes=["mineral", "glass"])) == 2
        with pytest.raises(SettingError, match="found 'rock'; wanted one of glass, mineral, pure"):
            read_labels(folder, toy, classes=["glass", "rock"])

    def test_stated_parameters_stay_and_what_is_given_wins(self, toy: Technique, tmp_path: Path) -> None:
        beam = InstrumentParameter("beam", 1.0, 0.0, 5.0, "eV", "beam", Role.STATED)
        folder = write_folder(tmp_path, toy, self.HEADER, "x1,film,A,a.csv,C:1", "x2,film,A,b.csv,C:1")
        one, two = read_labels(folder, replace(toy, parameters=(beam,)), given={"beam": 2.0})
        assert one.spectra.stated.tolist() == two.spectra.stated.tolist() == [[2.0]]

    @pytest.mark.parametrize("row", ["x1,film,A,,C:1"])
    def test_row_without_a_file(self, toy: Technique, tmp_path: Path, row: str) -> None:
        with pytest.raises(ReadError, match="line 2: no file is named"):
            read_labels(write_folder(tmp_path, toy, self.HEADER, row), toy)

    def test_parsed_column_alone_may_not_be_empty(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="line 2: no file is named"):
            read_labels(write_folder(tmp_path, toy, "parsed,composition_at_percent", ",C:1"), toy)

    def test_spectrum_that_is_missing(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match=r"no\.csv"):
            read_labels(write_folder(tmp_path, toy, self.HEADER, "x1,film,A,no.csv,C:1"), toy)


class TestEvaluate:
    def test_every_method_is_scored_on_every_labelled_spectrum(self, toy: Technique, tmp_path: Path) -> None:
        rows = ("x1,film,A,a.csv,C:1", "x2,glass,A,b.csv,Li:1 O:1")
        labelled = read_labels(write_folder(tmp_path, toy, TestLabels.HEADER, *rows), toy)
        methods = {"fit": LeastSquares(toy, RenderedLibrary(toy)), "dull": Constant(toy)}
        scores = evaluate_labelled(methods, labelled)
        assert [(item.method, item.identity) for item in scores] == [
            ("fit", "x1"),
            ("fit", "x2"),
            ("dull", "x1"),
            ("dull", "x2"),
        ]
        np.testing.assert_allclose([item.accuracy for item in scores], [1.0, 1.0, 1.0, 0.0], atol=1e-3)

    def test_methods_can_be_told_the_elements_of_the_label(self, toy: Technique, tmp_path: Path) -> None:
        rows = ("x1,film,A,a.csv,C:1", "x2,glass,A,b.csv,Li:1 O:1")
        labelled = read_labels(write_folder(tmp_path, toy, TestLabels.HEADER, *rows), toy)
        film, glass = evaluate_labelled({"dull": Constant(toy)}, labelled, listed=True)
        assert (film.found, glass.found) == ("C 100.0", "Li 50.0 O 50.0")

    def test_no_labels_no_scores(self, toy: Technique) -> None:
        assert evaluate_labelled({"dull": Constant(toy)}, []) == []

    def test_synthetic_spectra_are_scored_against_their_truth(self, toy: Technique) -> None:
        made = RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["article"], 1, stream="evaluation")
        told: list[int] = []
        scores = evaluate_synthetic({"dull": Constant(toy)}, made, BLOCK + 20, told.append)
        truth = made.spectra(0, BLOCK + 20)["fraction"].values
        assert [item.identity for item in scores] == [str(number) for number in range(BLOCK + 20)]
        np.testing.assert_allclose([item.accuracy for item in scores], truth[:, 3], atol=1e-6)
        assert told == [BLOCK, BLOCK + 20]

    def test_synthetic_spectra_each_count(self, toy: Technique) -> None:
        made = RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["article"], 1, stream="evaluation")
        methods = {"fit": LeastSquares(toy, RenderedLibrary(toy)), "dull": Constant(toy)}
        scores = by_method(evaluate_synthetic(methods, made, 60))
        assert by_class(scores["fit"]).keys() == {"synthetic"}
        assert summarise(scores["fit"]).samples == 60
        assert summarise(scores["fit"]).accuracy > 0.95 > summarise(scores["dull"]).accuracy

    def test_spectra_without_anything_to_compare_have_no_score(self, toy: Technique) -> None:
        made = RecipeSynthesizer(toy, RenderedLibrary(toy), toy.recipes["article"], 1, stream="evaluation")
        scores = evaluate_synthetic({"dull": Constant(replace(toy, compared=("Li",)))}, made, 200)
        with_lithium = made.spectra(0, 200)["fraction"].values[:, 0] > 0
        assert 0 < with_lithium.sum() < 200
        assert len(scores) == with_lithium.sum()
        assert np.isfinite([[item.mean_absolute_error, item.weight_error] for item in scores]).all()


def test_scores_do_not_depend_on_the_number_of_processes(toy: Technique) -> None:
    library = RenderedLibrary(toy)
    drawn = RecipeSynthesizer(toy, library, toy.recipe(next(iter(toy.recipes))), seed=3)
    methods = {"nnls": LeastSquares(toy, library)}
    one, two = (evaluate_synthetic(methods, drawn, 70, jobs=jobs) for jobs in (1, 2))
    assert [score.identity for score in one] == [str(number) for number in range(70)]
    for ours, theirs in zip(one, two, strict=True):
        assert ours.identity == theirs.identity
        np.testing.assert_array_equal(ours.answer, theirs.answer)


class TestMisfits:
    """How well fits explain spectra, by their counts."""

    def test_fits_are_sorted_by_counts_and_poor_ones_counted(self) -> None:
        scores = [
            replace(scored(0.5), counts=counts, misfit=misfit)
            for counts, misfit in ((2e5, 1.0), (3e5, 5.0), (9e5, 2.0), (2e6, 4.0))
        ]
        few, many = misfits(scores, 3.0)
        assert (few.least, few.most, few.count, few.median) == (1e5, 1e6, 3, 2.0)
        assert (few.poor, many.poor) == (pytest.approx(1 / 3), 1.0)

    def test_answers_without_a_fit_are_left_out(self) -> None:
        assert misfits([scored(0.5)], 3.0) == []
