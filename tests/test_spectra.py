"""The record of spectra: parts of it, what it says of the instrument, and its way through datasets and files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from specquant import contracts
from specquant.constraints import Constraints
from specquant.errors import ContractError
from specquant.notes import Note, NoteKind
from specquant.spectra import Spectra
from specquant.storedfacts import facts_from, facts_text
from specquant.technique import EnergyAxis, Facts, InstrumentParameter, Role, Technique

AXIS = EnergyAxis(10.0, 30.0, 2.0, "Kinetic energy")
ELEMENTS = ("H", "He", "Li")
BEAM = InstrumentParameter("beam", 15.0, 5.0, 30.0, "keV", "beam energy", Role.REQUIRED)
WIDTH = InstrumentParameter("width", 2.0, 1.0, 3.0, "eV", "resolution")
TILT = InstrumentParameter("tilt", 0.0, -10.0, 10.0, "deg", "of the sample", Role.STATED)
TECHNIQUE = Technique("toy", "Toy", AXIS, ELEMENTS, dict.fromkeys(ELEMENTS, 1.0), (), {}, (BEAM, WIDTH, TILT))
NOTES = (Note(NoteKind.STATED, "beam 20 keV", "beam"), Note(NoteKind.REMARK, 'Größe: 5 µm; "quoted"\nand more'))
FACTS = (
    Facts({"title": "Straße", "lines": ["a", "b"], "count": 3}, NOTES, {"H": 0.25, "Li": 0.75}, -0.5, (0, 0)),
    Facts(pixel=(0, 1)),
    Facts({"empty": None, "nested": {"a": [1, 2.5]}}, (), {}, 1.25, (7, 3)),
)


def spectra(technique: Technique = TECHNIQUE) -> Spectra:
    counts = np.arange(3 * AXIS.size, dtype=np.float32).reshape(3, -1)
    observed = np.ones(counts.shape, dtype=bool)
    observed[1, :4] = False
    counts[~observed] = 0.0
    stated = np.array([[20.0, np.nan], [np.nan, 5.0], [10.0, -5.0]])[:, : len(technique.stated)]
    return Spectra(counts, observed, stated, Constraints.listing(np.eye(3, dtype=bool)), ("a", "b", "c"), FACTS)


def bare() -> Spectra:
    whole = spectra()
    return Spectra(whole.counts, whole.observed, whole.stated)


def same(one: Spectra, other: Spectra) -> None:
    for name in ("counts", "observed", "stated"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.constraints is None) == (other.constraints is None)
    if one.constraints is not None and other.constraints is not None:
        for here, there in zip(one.constraints.arrays, other.constraints.arrays, strict=True):
            np.testing.assert_array_equal(here, there)
    assert (one.names, one.facts) == (other.names, other.facts)


class TestParts:
    def test_length_names_and_print(self) -> None:
        assert len(spectra()) == 3
        assert repr(spectra()) == "Spectra(3 of 11 channels)"
        assert spectra().labels() == ("a", "b", "c")
        assert bare().labels() == ("0", "1", "2")

    @pytest.mark.parametrize(
        ("rows", "names"),
        [
            (slice(1, None), ("b", "c")),
            (slice(None, None, -1), ("c", "b", "a")),
            ([2, 0], ("c", "a")),
            ([-1], ("c",)),
            (np.array([True, False, True]), ("a", "c")),
            (np.array([1, 1]), ("b", "b")),
            (slice(0), ()),
        ],
        ids=str,
    )
    def test_take_keeps_all_that_is_known(self, rows: slice, names: tuple[str, ...]) -> None:
        part = spectra().take(rows)
        chosen = [("a", "b", "c").index(name) for name in names]
        assert len(part) == len(names)
        assert part.names == names
        assert part.facts == tuple(FACTS[row] for row in chosen)
        for name in ("counts", "observed", "stated", "candidates"):
            np.testing.assert_array_equal(getattr(part, name), getattr(spectra(), name)[chosen])

    def test_take_adds_nothing(self) -> None:
        same(bare().take([1]), Spectra(bare().counts[1:2], bare().observed[1:2], bare().stated[1:2]))

    def test_among_for_all_and_for_each(self) -> None:
        listed = np.array([True, False, True])
        for_all = bare().among(listed)
        assert for_all.candidates is not None
        assert for_all.candidates.tolist() == [listed.tolist()] * 3
        listed[0] = False
        assert for_all.candidates[0, 0]
        same(bare().among(np.eye(3, dtype=bool)), bare().under(Constraints.listing(np.eye(3, dtype=bool))))
        assert bare().candidates is None

    def test_among_leaves_at_least_one(self) -> None:
        with pytest.raises(ContractError, match=r"^spectra: a spectrum has no candidate element; wanted at least one"):
            bare().among(np.zeros(3, dtype=bool))
        with pytest.raises(ContractError, match=r"^map\.nc: a spectrum has no candidate element"):
            bare().among(np.array([[True] * 3, [False] * 3, [True] * 3]), r"map.nc")

    def test_join_is_the_inverse_of_take(self) -> None:
        whole = spectra()
        same(Spectra.join([whole.take(slice(0, 1)), whole.take(slice(1, 1)), whole.take(slice(1, 3))]), whole)
        same(Spectra.join(whole.take([row]) for row in range(3)), whole)
        assert len(Spectra.join([whole.take(slice(0)), whole.take(slice(0))])) == 0

    def test_join_keeps_only_what_all_have(self) -> None:
        joined = Spectra.join([spectra(), bare()])
        assert len(joined) == 6
        assert (joined.candidates, joined.names, joined.facts) == (None, (), ())
        same(joined.take(slice(3)), bare())


class TestInstrument:
    def test_parameters_are_as_stated_else_the_default(self) -> None:
        parameters = spectra().parameters(TECHNIQUE)
        assert {name: values.tolist() for name, values in parameters.items()} == {
            "beam": [20.0, 15.0, 10.0],
            "width": [2.0, 2.0, 2.0],
            "tilt": [0.0, 5.0, -5.0],
        }

    def test_settings_are_the_parameters_of_one(self) -> None:
        assert spectra().settings(TECHNIQUE, 1) == {"beam": 15.0, "width": 2.0, "tilt": 5.0}
        assert all(type(value) is float for value in spectra().settings(TECHNIQUE, 0).values())

    def test_known_is_what_is_stated(self) -> None:
        assert [spectra().known(TECHNIQUE, row) for row in range(3)] == [
            {"beam": 20.0},
            {"tilt": 5.0},
            {"beam": 10.0, "tilt": -5.0},
        ]

    def test_a_technique_without_parameters(self) -> None:
        nothing = replace(TECHNIQUE, parameters=())
        assert spectra(nothing).stated.shape == (3, 0)
        assert spectra(nothing).parameters(nothing) == {}
        assert (spectra(nothing).settings(nothing, 0), spectra(nothing).known(nothing, 0)) == ({}, {})


class TestDataset:
    def test_keeps_the_contract(self) -> None:
        dataset = spectra().to_dataset(TECHNIQUE)
        assert contracts.check(dataset, "SPECTRA", "here") is dataset
        assert dataset["counts"].dtype == np.float32
        assert dataset["energy"].attrs == {"units": "eV", "long_name": "Kinetic energy"}
        assert dataset["parameter"].values.tolist() == ["beam", "tilt"]
        assert dataset["element"].values.tolist() == list(ELEMENTS)
        assert (dataset["y"].values.tolist(), dataset["x"].values.tolist()) == ([0, 0, 7], [0, 1, 3])
        assert (dataset.attrs["technique"], dataset.attrs["origin"]) == ("toy", "measured")

    def test_what_is_not_known_is_not_there(self) -> None:
        nothing = replace(TECHNIQUE, parameters=())
        dataset = Spectra(bare().counts, bare().observed, np.zeros((3, 0))).to_dataset(nothing)
        assert set(dataset.variables) == {"counts", "observed", "sample", "energy"}
        assert dataset["sample"].values.tolist() == ["0", "1", "2"]

    def test_pixels_are_coordinates_only_where_all_have_them(self) -> None:
        some = replace(spectra(), facts=(*FACTS[:2], Facts()))
        assert (some.pixels(), bare().pixels()) == ({}, {})
        assert not {"y", "x"} & set(some.to_dataset(TECHNIQUE).variables)

    def test_comes_back_in_memory(self) -> None:
        same(Spectra.of(spectra().to_dataset(TECHNIQUE), TECHNIQUE, "here"), spectra())

    def test_comes_back_from_a_file(self, tmp_path: Path) -> None:
        path = contracts.save(spectra().to_dataset(TECHNIQUE), "SPECTRA", tmp_path / "s.nc")
        same(Spectra.of(contracts.load(path, "SPECTRA"), TECHNIQUE, "here"), spectra())

    def test_bare_spectra_come_back_but_for_their_numbers(self, tmp_path: Path) -> None:
        path = contracts.save(bare().to_dataset(TECHNIQUE), "SPECTRA", tmp_path / "s.nc")
        same(Spectra.of(contracts.load(path, "SPECTRA"), TECHNIQUE, "here"), replace(bare(), names=("0", "1", "2")))

    def test_none_at_all_come_back(self) -> None:
        none = spectra().take(slice(0))
        assert len(Spectra.of(none.to_dataset(TECHNIQUE), TECHNIQUE, "here")) == 0

    def test_samples_need_no_names(self) -> None:
        dataset = spectra().to_dataset(TECHNIQUE).drop_vars("sample")
        same(Spectra.of(dataset, TECHNIQUE, "here"), replace(spectra(), names=()))

    def test_parameters_and_elements_are_found_by_name(self) -> None:
        dataset = spectra().to_dataset(TECHNIQUE)
        turned = dataset.isel(parameter=[1, 0], element=[2, 0, 1])
        same(Spectra.of(turned, TECHNIQUE, "here"), spectra())
        more = replace(TECHNIQUE, parameters=(*TECHNIQUE.parameters, replace(TILT, name="turn")))
        np.testing.assert_array_equal(Spectra.of(dataset, more, "here").stated[:, 2], [np.nan] * 3)
        fewer = replace(TECHNIQUE, parameters=(TILT,))
        np.testing.assert_array_equal(Spectra.of(dataset, fewer, "here").stated, spectra().stated[:, 1:])

    def test_candidates_that_are_not_listed_cannot_be_there(self) -> None:
        dataset = spectra().to_dataset(TECHNIQUE)
        wider = replace(TECHNIQUE, elements=(*ELEMENTS, "Be"))
        candidates = Spectra.of(dataset, wider, "here").candidates
        assert candidates is not None
        assert candidates.tolist() == np.eye(3, 4, dtype=bool).tolist()

    def test_a_spectrum_without_candidate_is_refused(self) -> None:
        dataset = spectra().to_dataset(TECHNIQUE)
        with pytest.raises(ContractError, match=r"^here: a spectrum has no candidate element; wanted at least one"):
            Spectra.of(dataset, replace(TECHNIQUE, elements=ELEMENTS[:2]), "here")

    @pytest.mark.parametrize(
        ("axis", "lies"),
        [
            (EnergyAxis(10.0, 32.0, 2.0), r"found 10\.\.30 eV, 11 channels; wanted 10\.\.32 eV, 12 channels"),
            (EnergyAxis(11.0, 31.0, 2.0), r"found 10\.\.30 eV, 11 channels; wanted 11\.\.31 eV, 11 channels"),
            (EnergyAxis(10.0, 20.0, 1.0), r"wanted 10\.\.20 eV, 11 channels"),
        ],
    )
    def test_another_axis_is_refused(self, axis: EnergyAxis, lies: str) -> None:
        dataset = spectra().to_dataset(TECHNIQUE)
        with pytest.raises(ContractError, match=rf"^here: spectra lie on another energy axis; .*{lies}"):
            Spectra.of(dataset, replace(TECHNIQUE, axis=axis), "here")

    def test_what_breaks_the_contract_is_refused(self) -> None:
        with pytest.raises(ContractError, match=r"^here: SPECTRA lacks counts"):
            Spectra.of(spectra().to_dataset(TECHNIQUE).drop_vars("counts"), TECHNIQUE, "here")
        negative = replace(spectra(), counts=-spectra().counts)
        with pytest.raises(ContractError, match="SPECTRA counts is negative"):
            negative.to_dataset(TECHNIQUE)

    def test_broken_facts_are_refused(self) -> None:
        dataset = spectra().to_dataset(TECHNIQUE)
        dataset["facts"] = ("sample", np.array(["{}"] * 3, dtype=object))
        with pytest.raises(ContractError, match=r"^here: SPECTRA facts cannot be read; found '\{\}'"):
            Spectra.of(dataset, TECHNIQUE, "here")


class TestFacts:
    @pytest.mark.parametrize("facts", [*FACTS, Facts()], ids=["all", "pixel", "nested", "none"])
    def test_come_back_from_their_text(self, facts: Facts) -> None:
        assert facts_from(facts_text(facts), "here") == facts

    def test_values_of_files_become_plain(self) -> None:
        header = {"number": np.float64(2.5), "whole": np.int32(3), "values": np.arange(3), "path": Path("q"), 5: "key"}
        back = facts_from(facts_text(Facts(header)), "here").header  # type: ignore[arg-type]
        assert back == {"number": 2.5, "whole": 3, "values": [0, 1, 2], "path": "q", "5": "key"}

    def test_long_lists_are_cut(self) -> None:
        back = facts_from(facts_text(Facts({"lines": [str(i) for i in range(1000)], "pair": (1, 2)})), "here").header
        assert back == {"lines": [str(i) for i in range(50)], "pair": [1, 2]}

    def test_notes_keep_their_kind(self) -> None:
        notes = tuple(Note(kind, f"a {kind.name}", "axis") for kind in NoteKind)
        assert facts_from(facts_text(Facts(notes=notes)), "here").notes == notes

    @pytest.mark.parametrize(
        "text",
        [
            "",
            '{"header": {}, "notes": [], "composition": {}, "axis_offset": 0.0, "pixel": [1e999, 0]}',
            "no json",
            "[1]",
            "3",
            "null",
            '{"header": {}}',
            facts_text(FACTS[0]).replace("STATED", "GUESSED"),
            facts_text(FACTS[0]).replace("0.25", '"a quarter"'),
            facts_text(FACTS[0]).replace("[0, 0]", "[0]"),
            facts_text(FACTS[0]).replace("[0, 0]", "5"),
            facts_text(FACTS[0]).replace("[0, 0]", "[0, -1]"),
            facts_text(FACTS[0]).replace("[0, 0]", f"[{10**30}, 0]"),
            facts_text(Facts()).replace('"header": {}', '"header": 3'),
            facts_text(Facts()).replace('"composition": {}', '"composition": []'),
            "[" * 100_000,
        ],
    )
    def test_other_text_is_refused(self, text: str) -> None:
        with pytest.raises(ContractError, match=r"^here: SPECTRA facts cannot be read; found '") as caught:
            facts_from(text, "here")
        assert len(str(caught.value)) < 200


def test_attributes_that_travel_are_written_by_netcdf(tmp_path: Path) -> None:
    path = contracts.save(spectra().to_dataset(TECHNIQUE), "SPECTRA", tmp_path / "s.nc")
    with xr.open_dataset(path) as dataset:
        assert dataset.attrs["contract"] == "SPECTRA"
        assert dataset.attrs["format"] == contracts.FORMAT


@pytest.mark.parametrize("technique", ["other", np.array([1, 2])])
def test_spectra_that_say_another_technique_are_refused(technique: object) -> None:
    dataset = spectra().to_dataset(TECHNIQUE).assign_attrs(technique=technique)
    with pytest.raises(ContractError, match="spectra of another technique"):
        Spectra.of(dataset, TECHNIQUE, "here")
