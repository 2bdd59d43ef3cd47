"""A library of standards: made-up standards with line strengths that theory does not know."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from commandline import Shell
from edsfiles import counts_of, fractions, write_emsa
from proposers import even
from specquant import contracts
from specquant.discovery import Plugin, load_plugin
from specquant.errors import ReadError
from specquant.fits import Hybrid, LeastSquares
from specquant.library import MeasuredLibrary, PureLibrary, RenderedLibrary, pure_spectra
from specquant.readers import load_spectra
from specquant_eds.known import dose

STANDARDS = {"SiO2": {"Si": 1.0, "O": 2.0}, "MgO": {"Mg": 1, "O": 1}, "Fe_std": {"Fe": 1}, "CaF2": {"Ca": 1, "F": 2}}
STRENGTHS = {("Fe", "K"): 1.25, ("Fe", "L soft"): 0.5, ("Mg", "K"): 0.85, ("O", "K"): 1.1}
DETECTOR = {"noise": 66.0, "offset": 3.0}
OLIVINE = {"O": 4.0, "Mg": 1.2, "Si": 1.0, "Fe": 0.7, "Ca": 0.1}
LIVE_TIME, PROBE_CURRENT = 60.0, 1.2


def standard(folder: Path, name: str, atoms: Mapping[str, float], **header: object) -> Path:
    counts = counts_of(atoms, DETECTOR, electrons=dose(LIVE_TIME, PROBE_CURRENT), strengths=STRENGTHS)
    return write_emsa(folder / f"{name}.msa", counts, LIVETIME=LIVE_TIME, PROBECUR=PROBE_CURRENT, **header)


@pytest.fixture(scope="module")
def eds() -> Plugin:
    return load_plugin("eds")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four standards that their file names describe, and one that its header does."""
    path = tmp_path_factory.mktemp("standards")
    for name, atoms in STANDARDS.items():
        standard(path, name, atoms)
    pyrite = {"Fe": 1, "S": 2}
    standard(path, "a_cube", pyrite, **{"#D2STDCMP": "Pyrite,(Fe:46.55),(S:53.45)"})
    (path / "notes.csv").write_text("passed over")
    (path / ".hidden").write_text("passed over")
    return path


@pytest.fixture(scope="module")
def measured(eds: Plugin, folder: Path) -> PureLibrary:
    return library_of(eds, folder)


def library_of(eds: Plugin, folder: Path) -> PureLibrary:
    """Return the library of a folder of standards."""
    return MeasuredLibrary(folder, eds.technique, eds.readers)


@pytest.fixture(scope="module")
def mixture(eds: Plugin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An olivine on the same detector, with the same strengths."""
    path = tmp_path_factory.mktemp("mixture") / "olivine.msa"
    assert set(OLIVINE) < set(eds.technique.elements)
    return write_emsa(path, counts_of(OLIVINE, DETECTOR, strengths=STRENGTHS, seed=2))


def components(library: PureLibrary) -> Iterator[tuple[str, str, str]]:
    names = library.components
    yield from zip(names.elements, names.labels, names.groups, strict=True)


def strength(measured: PureLibrary, eds: Plugin, element: str, low: float, high: float) -> float:
    """Return measured over rendered counts of a pure element between two energies."""
    technique = eds.technique
    energy, index = technique.axis.centres, technique.elements.index(element)
    near = (energy > low) & (energy < high)
    counts = [pure_spectra(technique, one)[index, near].sum() for one in (measured, RenderedLibrary(technique))]
    return float(counts[0] / counts[1])


class TestLibrary:
    def test_every_family_that_a_standard_shows_is_measured(self, measured: PureLibrary) -> None:
        shown = {(element, label, group) for element, label, group in components(measured) if "measured" in label}
        assert shown == {
            ("O", "K measured", "K"),
            ("F", "K measured", "K"),
            ("Mg", "K measured", "K"),
            ("Si", "K measured", "K"),
            ("S", "K measured", "K"),
            ("Ca", "K measured", "K"),
            ("Fe", "K measured", "K"),
            ("Fe", "L measured", "L soft"),
        }

    def test_the_rest_stays_rendered_and_nothing_is_there_twice(self, eds: Plugin, measured: PureLibrary) -> None:
        every = list(components(measured))
        assert {element for element, *_ in every} == {*eds.technique.elements, ""}
        assert [label for element, label, _ in every if element == "Si"] == ["K measured"]
        assert [label for element, label, _ in every if element == "Al"] == ["Ka", "Kb"]
        contracts.check(measured.dataset, "LIBRARY", "test")
        assert measured.origin.startswith("measured: ")
        assert not measured.has_bare_lines

    def test_a_family_peaks_where_its_line_is_and_nowhere_else(self, measured: PureLibrary) -> None:
        energies = {("Si", "K"): 1740, ("Fe", "K"): 6404, ("Fe", "L"): 705, ("O", "K"): 525, ("S", "K"): 2307}
        for row, (element, label, _) in enumerate(components(measured)):
            wanted = energies.get((element, label.removesuffix(" measured")))
            if "measured" in label and wanted:
                shape = measured.dataset["density"][row]
                assert float(shape.idxmax()) == pytest.approx(wanted, abs=20)
                if element != "Fe":
                    far = np.abs(shape["energy"] - wanted) > 400
                    assert shape.where(far, 0).sum() < 0.03 * shape.sum()

    @pytest.mark.parametrize(
        ("element", "low", "high", "wanted"),
        [("Fe", 6100, 7400, 1.25), ("Fe", 550, 900, 0.5), ("Mg", 1100, 1400, 0.85), ("S", 2150, 2600, 1.0)],
    )
    def test_strengths_are_those_of_the_standards(
        self, eds: Plugin, measured: PureLibrary, element: str, low: float, high: float, wanted: float
    ) -> None:
        assert strength(measured, eds, element, low, high) == pytest.approx(wanted, rel=0.04 if low > 1000 else 0.1)

    def test_a_standard_that_is_known_to_be_unsound_gives_no_shape(self, eds: Plugin, tmp_path: Path) -> None:
        standard(tmp_path, "LaF3_std", {"La": 1, "F": 3})
        assert not [label for _, label, _ in components(library_of(eds, tmp_path)) if "measured" in label]


class TestQuantifiers:
    @pytest.mark.parametrize("method", ["nnls", "hybrid"])
    def test_a_mixture_is_recovered_and_better_than_by_theory(
        self, eds: Plugin, measured: PureLibrary, mixture: Path, method: str
    ) -> None:
        technique = eds.technique
        listed = np.isin(technique.elements, list(OLIVINE))
        spectra = load_spectra(mixture, technique, eds.readers).among(listed)
        accuracy = []
        for library in (measured, RenderedLibrary(technique)):
            fit = LeastSquares if method == "nnls" else None
            quantifier = fit(technique, library) if fit else Hybrid(technique, library, even(technique))
            fraction = quantifier.quantify(spectra)["fraction"].values[0]
            accuracy.append(1 - 0.5 * np.abs(fraction - fractions(technique, **OLIVINE)).sum())
        assert accuracy[0] > 0.98
        assert accuracy[0] > accuracy[1] + 0.005

    def test_command_line(self, shell: Shell, folder: Path, mixture: Path, tmp_path: Path) -> None:
        out = tmp_path / "standards.nc"
        building = shell("library", "-t", "eds", "--from", folder, "--out", out)
        assert (building.code, building.err) == (0, f"specquant: written: {out}\n")
        told = ("--elements", ",".join(OLIVINE))
        answer = shell("quantify", "-t", "eds", mixture, "--method", "nnls", "--library", out, *told)
        assert answer.code == 0
        rows = {
            line.split()[0]: float(line.split()[1])
            for line in answer.out.splitlines()[2:]
            if line.split()[0] in OLIVINE
        }
        total = sum(OLIVINE.values())
        assert {symbol: rows[symbol] for symbol in OLIVINE} == pytest.approx(
            {symbol: 100 * amount / total for symbol, amount in OLIVINE.items()}, abs=1.0
        )


class TestErrors:
    @pytest.mark.parametrize("missing", ["LIVETIME", "PROBECUR"])
    def test_dose_that_is_not_known(self, eds: Plugin, tmp_path: Path, missing: str) -> None:
        path = standard(tmp_path, "SiO2", STANDARDS["SiO2"])
        path.write_text("\n".join(line for line in path.read_text().splitlines() if missing not in line))
        with pytest.raises(ReadError, match=r"SiO2: standard does not say how many electrons it took; found .*nan"):
            _ = library_of(eds, tmp_path).dataset

    def test_composition_that_is_not_known(self, eds: Plugin, tmp_path: Path) -> None:
        standard(tmp_path, "my_glass", STANDARDS["SiO2"])
        with pytest.raises(ReadError, match=r"composition of the standard is not known.*'my glass' is not a formula"):
            _ = library_of(eds, tmp_path).dataset

    def test_missing_and_empty_folders(self, eds: Plugin, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="folder holds no spectra; wanted one spectrum per standard"):
            _ = library_of(eds, tmp_path).dataset
        assert eds.technique.measure is not None
        with pytest.raises(ReadError, match="no such folder"):
            eds.technique.measure(tmp_path / "absent", eds.technique.axis, eds.readers)

    def test_they_are_one_line(self, shell: Shell, tmp_path: Path) -> None:
        standard(tmp_path, "my_glass", STANDARDS["SiO2"])
        done = shell("library", "-t", "eds", "--from", tmp_path, "--out", tmp_path / "a.nc")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert not (tmp_path / "a.nc").exists()
