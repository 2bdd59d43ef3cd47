"""Spectra that say which elements there can be: the contract, every quantifier, and the command line."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported
import xarray as xr
from numpy.typing import NDArray

from commandline import Shell
from specquant import contracts
from specquant.elements import parse_elements
from specquant.errors import ContractError, SettingError
from specquant.evaluation import evaluate_labelled, read_labels
from specquant.fits import LeastSquares
from specquant.library import RenderedLibrary, pure_spectra
from specquant.quantifiers import Estimate, Quantifier
from specquant.spectra import Spectra
from specquant.technique import Technique

FOUND = np.array([[0.1, 0.0, 0.0, 0.3, 0.2, 0.4], [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]])


class Fixed(Quantifier):
    """Says the same of any two spectra."""

    name = "fixed"

    def __init__(self, technique: Technique, bounded: bool = True) -> None:
        super().__init__(technique)
        self._bounded = bounded

    def estimate(self, spectra: Spectra) -> Estimate:
        rows = FOUND[: len(spectra)]
        return Estimate(rows, 0.5 * rows, 1.0 - 0.5 * (1 - rows)) if self._bounded else Estimate.without_interval(rows)


def spectra(technique: Technique, count: int = 2) -> Spectra:
    counts = np.ones((count, technique.axis.size))
    counts[:, 50:60] = 100.0
    return Spectra(counts, np.ones(counts.shape, dtype=bool), np.zeros((count, len(technique.stated))))


def among(technique: Technique, listed: list[str], count: int = 2) -> Spectra:
    return spectra(technique, count).among(np.isin(technique.elements, listed))


def dataset(technique: Technique, count: int = 2) -> xr.Dataset:
    """Return spectra as another program would write them."""
    ones = np.ones((count, technique.axis.size))
    return xr.Dataset(
        {"counts": (("sample", "energy"), ones), "observed": (("sample", "energy"), ones.astype(bool))},
        {"sample": [str(i) for i in range(count)], "energy": ("energy", technique.axis.centres, {"units": "eV"})},
    )


class TestQuantify:
    def test_what_others_got_is_shared_out_in_proportion(self, toy: Technique) -> None:
        answer = Fixed(toy).quantify(among(toy, ["Li", "C"], 1))
        np.testing.assert_allclose(answer["fraction"].values, [[0.25, 0, 0, 0.75, 0, 0]])
        np.testing.assert_allclose(answer["lower"].values, [[0.125, 0, 0, 0.375, 0, 0]])
        assert answer["upper"].sel(element="O").item() == 0
        assert answer["upper"].max() <= 1

    def test_all_elements_listed_change_nothing(self, toy: Technique) -> None:
        listed = among(toy, list(toy.elements))
        assert Fixed(toy).quantify(listed)["fraction"].equals(Fixed(toy).quantify(spectra(toy))["fraction"])

    def test_where_nothing_is_left_all_candidates_are_alike(self, toy: Technique) -> None:
        answer = Fixed(toy).quantify(among(toy, ["Li", "C"]))
        np.testing.assert_allclose(answer["fraction"].values[1], [0.5, 0, 0, 0.5, 0, 0])

    def test_unknown_bounds_stay_unknown(self, toy: Technique) -> None:
        answer = Fixed(toy, bounded=False).quantify(among(toy, ["Li", "C"]))
        assert answer["lower"].sel(element=["Li", "C"]).isnull().all()

    def test_each_spectrum_has_its_own_list_found_by_name(self, toy: Technique) -> None:
        listed = dataset(toy).assign(candidates=(("sample", "element"), [[True, False], [True, True]]))
        listed = listed.assign_coords(element=["O", "B"])  # another order, and not all
        answer = Fixed(toy).quantify(listed)["fraction"].values
        np.testing.assert_allclose(answer, [[0, 0, 0, 0, 0, 1], [0, 0, 1, 0, 0, 0]])

    def test_a_spectrum_without_any_candidate_is_refused(self, toy: Technique) -> None:
        listed = dataset(toy).assign(candidates=(("sample", "element"), [[True], [False]])).assign_coords(element=["O"])
        with pytest.raises(ContractError, match="quantifier fixed: a spectrum has no candidate element; wanted at"):
            Fixed(toy).quantify(listed)
        with pytest.raises(ContractError, match="no candidate element"):
            Fixed(toy).quantify(dataset(toy, 1).assign(candidates=(("sample", "element"), [[True]]), element=["Fe"]))

    def test_contract_wants_samples_by_elements(self, toy: Technique) -> None:
        wrong = dataset(toy).assign(candidates=("element", [True, False])).assign_coords(element=["O", "B"])
        with pytest.raises(ContractError, match="candidates has other dimensions"):
            contracts.check(wrong, "SPECTRA", "test")

    def test_a_file_keeps_them(self, toy: Technique, tmp_path: Path) -> None:
        listed = among(toy, ["Li", "C"])
        contracts.save(listed.to_dataset(toy), "SPECTRA", tmp_path / "a.nc")
        again = Spectra.of(contracts.load(tmp_path / "a.nc", "SPECTRA"), toy, "a.nc")
        np.testing.assert_array_equal(again.candidates, listed.candidates)

    def test_without_a_list_of_its_own_a_quantifier_explains_itself(self, toy: Technique) -> None:
        quantifier = Fixed(toy)
        assert quantifier.explained is quantifier

    def test_remarks_are_passed_on(self, toy: Technique) -> None:
        class Doubtful(Fixed):
            def estimate(self, spectra: Spectra) -> Estimate:
                return replace(super().estimate(spectra), remarks=("", "a poor fit"))

        answer = Doubtful(toy).quantify(among(toy, ["Li", "B", "C", "N", "O"]))
        assert answer["remark"].values.tolist() == ["", "a poor fit"]
        assert "remark" not in Fixed(toy).quantify(spectra(toy)).coords

    def test_a_list_that_leaves_out_what_is_there_is_remarked(self, toy: Technique) -> None:
        remarks = Fixed(toy).quantify(among(toy, ["Li", "C", "O"]))["remark"].values.tolist()
        without = "without a list of elements, there would be {} at%, which it lacks"
        assert remarks == [without.format("N 20.0"), without.format("B 100.0")]
        assert "remark" not in Fixed(toy).quantify(among(toy, ["Li", "C", "N", "O"], 1)).coords


class TestList:
    @pytest.mark.parametrize("text", ["O,Li", "O Li", " O, Li ,", "O,Li,O"])
    def test_symbols_in_any_punctuation(self, toy: Technique, text: str) -> None:
        assert parse_elements(text, toy.elements) == ("O", "Li")

    @pytest.mark.parametrize(
        ("text", "found"), [("O,Fe", "'Fe'"), ("o", "'o'"), ("O;Li", "'O;Li'"), (" , ", "an empty list")]
    )
    def test_others_are_refused(self, toy: Technique, text: str, found: str) -> None:
        with pytest.raises(SettingError, match=f"--elements: no such element in this technique; found {found}; wanted"):
            parse_elements(text, toy.elements)


@pytest.fixture
def folder(toy: Technique, tmp_path: Path) -> Path:
    """Carbon, and boron with oxygen and carbon that is in no label."""
    columns = pure_spectra(toy, RenderedLibrary(toy))
    for name, mixture in (("carbon", columns[3]), ("oxide", columns[2] + columns[5] + 0.3 * columns[3])):
        counts = np.random.default_rng(3).poisson(1000 * mixture / mixture.max())
        np.savetxt(tmp_path / f"{name}.csv", np.column_stack([toy.axis.centres, counts]), delimiter=",", fmt="%g")
    rows = ("file,composition_at_percent", "carbon.csv,C:100", "oxide.csv,B:1 O:1")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    return tmp_path


class TestCommandLine:
    def test_quantify_finds_only_what_is_listed(self, folder: Path, shell: Shell) -> None:
        ask = ("quantify", "-t", "toy", folder / "oxide.csv", "--method", "nnls", "--out", folder / "a.json")
        nonzero = []
        for more in ((), ("--elements", "B,O")):
            assert shell(*ask, *more).code == 0
            (spectrum,) = json.loads((folder / "a.json").read_text())["spectra"]
            nonzero.append([row["element"] for row in spectrum["composition"] if row["fraction"]])
            assert sum(row["fraction"] for row in spectrum["composition"]) == pytest.approx(1, abs=1e-5)
        assert set(nonzero[0]) >= {"B", "C", "O"}
        assert nonzero[1] == ["B", "O"]

    def test_an_unknown_element_is_refused_before_anything_is_read(self, folder: Path, shell: Shell) -> None:
        done = shell("quantify", "-t", "toy", folder / "absent.csv", "--method", "nnls", "--elements", "B,Fe")
        assert done.code == 1
        assert done.err.count("\n") == 1
        assert "found 'Fe'; wanted symbols between Li and O, e.g. O,Si,Fe" in done.err

    def test_evaluate_tells_each_spectrum_its_elements(self, folder: Path, shell: Shell) -> None:
        ask = ("evaluate", "-t", "toy", "--data", folder, "--method", "nnls", "--json")
        blind, told = (json.loads(shell(*ask, *more).out)["accuracy"]["nnls"] for more in ((), ("--told",)))
        assert blind < 0.95
        assert told > 0.98

    def test_told_is_for_labelled_data(self, shell: Shell, toy: Technique) -> None:  # noqa: ARG002
        done = shell("evaluate", "-t", "toy", "--recipe", "article", "--told")
        assert done.code == 2
        assert "--set are for --data" in done.err


def test_the_labels_are_what_is_told(folder: Path, toy: Technique) -> None:
    seen: list[NDArray[np.bool_]] = []

    class Watching(LeastSquares):
        def estimate(self, spectra: Spectra) -> Estimate:
            if spectra.candidates is not None:
                seen.append(spectra.candidates)
            return super().estimate(spectra)

    labelled = read_labels(folder, toy)
    method = {"nnls": Watching(toy, RenderedLibrary(toy))}
    evaluate_labelled(method, labelled)
    assert not seen
    scores = evaluate_labelled(method, [replace(item) for item in labelled], listed=True)
    assert seen[0].astype(int).tolist() == [[0, 0, 0, 1, 0, 0], [0, 0, 1, 0, 0, 1]]
    assert scores[0].accuracy == pytest.approx(1)
