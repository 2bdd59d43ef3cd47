from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from specquant import contracts
from specquant.discovery import load_plugin
from specquant.errors import ContractError, ReadError, SettingError, SpectrumError
from specquant.fits import LeastSquares
from specquant.library import MeasuredLibrary, PureLibrary, RenderedLibrary, StoredLibrary, pure_spectra
from specquant.library.mixed import MixedLibrary
from specquant.library.rendered import components_from_peaks
from specquant.readers import worker
from specquant.readers.limits import limits_for
from specquant.spectra import Spectra
from specquant.technique import MEASURED, Component, EnergyAxis, Floats, InstrumentParameter, Peak, Technique


@pytest.fixture(scope="module")
def xps() -> Technique:
    return load_plugin("xps").technique


def density(library: PureLibrary, element: str, group: str) -> Floats:
    chosen = (library.dataset["element"] == element) & (library.dataset["group"] == group)
    return library.dataset["density"].values[chosen.values].sum(axis=0)


def write(path: Path, energy: Floats, counts: Floats) -> None:
    rows = "\n".join(f"{at:g},{count:.9g}" for at, count in zip(energy, counts, strict=True))
    path.write_text(f"energy,counts\n{rows}\n", encoding="utf-8")


def write_pure(folder: Path, technique: Technique, scale: float = 1e4) -> dict[str, Floats]:
    """Write one file per element, each with its own scale, and return the true columns (per atom)."""
    columns = pure_spectra(technique, RenderedLibrary(technique))
    for row, (element, column) in enumerate(zip(technique.elements, columns, strict=True)):
        write(folder / f"{element}_pure.csv", technique.axis.centres, scale * (row + 1) * column)
    return dict(zip(technique.elements, columns, strict=True))


class TestRendered:
    def test_main_group_of_every_element_has_area_one(self, toy: Technique) -> None:
        library = RenderedLibrary(toy)
        for element in toy.elements:
            assert density(library, element, "main").sum() * toy.axis.step == pytest.approx(1.0, abs=1e-6)

    def test_further_group_keeps_its_area_against_the_main_one(self, toy: Technique) -> None:
        assert density(RenderedLibrary(toy), "B", "second").sum() == pytest.approx(0.3, abs=1e-6)

    def test_one_component_per_element_and_group(self, toy: Technique) -> None:
        dataset = RenderedLibrary(toy).dataset
        pairs = list(zip(dataset["element"].values.tolist(), dataset["group"].values.tolist(), strict=True))
        assert sorted(pairs) == sorted({(peak.element, peak.group) for peak in toy.peaks})

    def test_line_lies_at_its_energy(self, toy: Technique) -> None:
        library = RenderedLibrary(toy)
        energy, line = library.dataset["energy"].values, density(library, "Be", "main")
        assert energy[line.argmax()] == 52.0
        assert (energy * line).sum() / line.sum() == pytest.approx(52.0, abs=1e-3)

    def test_line_has_its_width(self, toy: Technique) -> None:
        axis = EnergyAxis(-20.0, 20.0, 0.05)
        (line,) = components_from_peaks(axis, [Peak("C", "C", 0.0, 4.0, 1.0)])
        above = axis.centres[line.density >= line.density.max() / 2]
        assert np.ptp(above) == pytest.approx(4.0, abs=0.15)
        del toy

    def test_area_does_not_depend_on_where_in_a_channel_the_line_lies(self) -> None:
        axis = EnergyAxis(0.0, 60.0, 2.0)
        areas = [
            components_from_peaks(axis, [Peak("C", "C", energy, 1.0, 1.0)])[0].density.sum() * axis.step
            for energy in (30.0, 30.3, 31.0)
        ]
        np.testing.assert_allclose(areas, 1.0, atol=1e-6)

    def test_it_reaches_beyond_the_axis_by_the_margin(self, toy: Technique) -> None:
        energy = RenderedLibrary(toy).dataset["energy"].values
        assert (energy[0], energy[-1]) == (-10.0, 210.0)

    def test_unknown_parameter(self, xps: Technique) -> None:
        with pytest.raises(SettingError, match=r"no such instrument parameter; found colour; wanted .*resolution"):
            RenderedLibrary(xps, {"colour": 1.0})

    @pytest.mark.parametrize("value", [0.1, 60.0, float("nan")])
    def test_parameter_out_of_range(self, xps: Technique, value: float) -> None:
        with pytest.raises(SettingError, match=rf"resolution: .*out of range; found {value}; wanted 1\.2 to 6 eV"):
            RenderedLibrary(xps, {"resolution": value})

    def test_parameters_are_written_down(self, toy: Technique, tmp_path: Path) -> None:
        gained = replace(
            toy,
            parameters=(InstrumentParameter("gain", 2.0, 1.0, 9.0, "", "factor"), *toy.parameters),
            render=lambda axis, values: [Component("C", "C 1s", "main", np.full(axis.size, values["gain"]))],
        )
        assert RenderedLibrary(gained).parameters == {"gain": 2.0}
        changed = RenderedLibrary(gained, {"gain": 3.0})
        assert changed.parameters == {"gain": 3.0}
        assert float(changed.dataset["density"].max()) == 3.0
        stored = StoredLibrary(changed.save(tmp_path / "library.nc"), gained)
        assert stored.parameters == {"gain": 3.0}

    def test_a_library_says_what_it_is(self, toy: Technique, tmp_path: Path) -> None:
        library = RenderedLibrary(toy)
        assert (library.origin, library.is_rendered, library.has_bare_lines) == ("rendered", True, False)
        assert library.description.startswith("technique toy, specquant_version ")
        assert library.description.endswith(", origin rendered")
        stored = StoredLibrary(library.save(tmp_path / "library.nc"), toy)
        assert (stored.origin, stored.is_rendered) == ("rendered", True)
        assert stored.description == library.description
        gain = InstrumentParameter("gain", 2.0, 1.0, 9.0, "", "factor")
        assert RenderedLibrary(replace(toy, parameters=(gain,))).description.endswith("rendered, gain 2")

    def test_components_are_those_of_the_dataset(self, toy: Technique) -> None:
        library = RenderedLibrary(toy)
        for name in ("element", "label", "group"):
            assert list(getattr(library.components, f"{name}s")) == library.dataset[name].values.tolist()
        assert not library.components.whole

    def test_response_makes_density_of_primary(self, toy: Technique) -> None:
        doubled = replace(toy, response=lambda axis: lambda primary, values: 2.0 * primary)  # noqa: ARG005
        library = RenderedLibrary(doubled)
        assert library.has_bare_lines
        dataset = library.dataset
        np.testing.assert_allclose(dataset["density"].values, 2.0 * dataset["primary"].values, rtol=1e-6)
        np.testing.assert_array_equal(dataset["primary"].values, RenderedLibrary(toy).dataset["density"].values)

    def test_without_response_there_is_no_primary(self, toy: Technique) -> None:
        assert not RenderedLibrary(toy).has_bare_lines
        assert "primary" not in RenderedLibrary(toy).dataset


class TestOn:
    def test_it_cuts_the_axis_out(self, toy: Technique) -> None:
        library = RenderedLibrary(toy)
        cut = library.on(EnergyAxis(20.0, 60.0, 1.0))
        np.testing.assert_array_equal(cut, library.dataset["density"].sel(energy=slice(20.0, 60.0)).values)

    @pytest.mark.parametrize(
        "axis",
        [
            EnergyAxis(0.0, 300.0, 1.0),
            EnergyAxis(-50.0, 100.0, 1.0),
            EnergyAxis(0.0, 100.0, 0.5),
            EnergyAxis(0.25, 100.25, 1.0),
        ],
        ids=["too long", "too early", "finer", "between channels"],
    )
    def test_axis_that_the_library_does_not_hold(self, toy: Technique, axis: EnergyAxis) -> None:
        with pytest.raises(SettingError, match=r"does not cover the energy axis; found -10\.\.210 eV in 1 eV steps"):
            RenderedLibrary(toy).on(axis)


class TestPureSpectra:
    def test_a_column_is_the_sum_of_components_times_sensitivity(self, toy: Technique) -> None:
        library = RenderedLibrary(toy)
        column = pure_spectra(toy, library)[toy.elements.index("O")]
        expected = toy.sensitivity["O"] * (density(library, "O", "main") + density(library, "O", "second"))[10:-10]
        np.testing.assert_allclose(column, expected, rtol=1e-12)

    def test_an_element_that_the_library_lacks_is_a_row_of_zeros(self, toy: Technique) -> None:
        poorer = replace(toy, peaks=tuple(peak for peak in toy.peaks if peak.element != "N"))
        columns = pure_spectra(toy, RenderedLibrary(poorer))
        assert columns.any(axis=1).tolist() == [element != "N" for element in toy.elements]

    def test_elements_are_those_with_a_component(self, toy: Technique) -> None:
        assert RenderedLibrary(toy).elements == toy.elements


class TestMixingLaw:
    @pytest.fixture
    def bulk(self, thirdparty: Path) -> Technique:  # noqa: ARG002
        return load_plugin("bulk").technique

    def test_components_of_no_element_are_held_but_name_none(self, bulk: Technique) -> None:
        library = RenderedLibrary(bulk)
        assert "" in library.dataset["element"].values
        assert library.elements == bulk.elements

    def test_columns_are_the_pure_spectra_by_the_law_continuum_included(self, bulk: Technique) -> None:
        library = RenderedLibrary(bulk)
        dataset = library.dataset.sel(energy=slice(0.0, 200.0))
        element, density = dataset["element"].values, dataset["density"].values
        lithium = 0.5 / (1 + 0.2 / 0.5) * density[element == "Li"].sum(axis=0) + 0.5 * 0.2 * density[element == ""][0]
        np.testing.assert_allclose(pure_spectra(bulk, library)[0], lithium, rtol=1e-6)

    def test_an_element_that_the_library_lacks_has_no_continuum_either(self, bulk: Technique) -> None:
        library = RenderedLibrary(bulk)
        library.dataset = library.dataset.isel(component=library.dataset["element"].values != "O")
        assert not pure_spectra(bulk, library)[-1].any()

    def test_columns_at_a_composition_add_up_to_its_spectrum(self, bulk: Technique) -> None:
        mixed, fraction = MixedLibrary(bulk, RenderedLibrary(bulk)), np.array([0.2, 0.0, 0.3, 0.0, 0.0, 0.5])
        (yields,) = mixed.yields(fraction[None], {name: np.array([x]) for name, x in bulk.defaults().items()})
        every = fraction @ mixed.of_elements(yields, np.arange(6)) + mixed.of_no_element(yields)
        np.testing.assert_allclose(mixed.spectrum(fraction, bulk.defaults()), every)

    def test_stored_library_keeps_the_component_of_no_element(self, bulk: Technique, tmp_path: Path) -> None:
        library = RenderedLibrary(bulk)
        stored = StoredLibrary(library.save(tmp_path / "library.nc"), bulk)
        np.testing.assert_array_equal(pure_spectra(bulk, stored), pure_spectra(bulk, library))

    def test_whole_measured_spectra_add_up_linearly(self, bulk: Technique) -> None:
        library = RenderedLibrary(bulk)
        library.dataset = library.dataset.isel(component=library.dataset["group"].values == "main")
        library.dataset["label"] = ("component", [MEASURED] * 6)
        mixed = MixedLibrary(bulk, library)
        assert mixed.linear
        expected = library.on(bulk.axis) * np.array(list(bulk.sensitivity.values()))[:, None]
        np.testing.assert_allclose(pure_spectra(bulk, library), expected)


class TestStored:
    def test_a_file_that_keeps_hdf5_busy_without_end(
        self, toy: Technique, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = bytearray(RenderedLibrary(toy).save(tmp_path / "library.nc").read_bytes())
        size_of_first = content.index(b"GCOL") + 24
        content[size_of_first : size_of_first + 8] = (2**64 - 16).to_bytes(8, "little")
        (tmp_path / "library.nc").write_bytes(content)
        limits = replace(limits_for(len(content)), waiting=2.0)
        monkeypatch.setattr(worker, "limits_for", lambda _: limits)
        with pytest.raises(ReadError, match=r"library\.nc: takes too long to read"):
            StoredLibrary(tmp_path / "library.nc", toy).build()

    def test_a_library_of_nothing(self, toy: Technique, tmp_path: Path) -> None:
        dataset = RenderedLibrary(toy).dataset.isel(component=slice(0))
        with pytest.raises(SettingError, match="library holds no element"):
            StoredLibrary(contracts.save(dataset, "LIBRARY", tmp_path / "library.nc"), toy).build()

    def test_a_technique_that_is_an_array_is_another(self, toy: Technique, tmp_path: Path) -> None:
        dataset = RenderedLibrary(toy).dataset.assign_attrs(technique=[1.0, 2.0])
        with pytest.raises(SettingError, match="library of another technique"):
            StoredLibrary(contracts.save(dataset, "LIBRARY", tmp_path / "library.nc"), toy).build()

    def test_round_trip_is_identical(self, toy: Technique, tmp_path: Path) -> None:
        library = RenderedLibrary(toy)
        read = StoredLibrary(library.save(tmp_path / "library.nc"), toy).dataset
        for name in library.dataset.variables:
            xr.testing.assert_identical(read[name].variable, library.dataset[name].variable)
        assert set(read.variables) == set(library.dataset.variables)
        assert library.dataset.attrs.items() <= read.attrs.items()

    def test_primary_is_kept(self, toy: Technique, tmp_path: Path) -> None:
        doubled = replace(toy, response=lambda axis: lambda primary, values: 2.0 * primary)  # noqa: ARG005
        library = RenderedLibrary(doubled)
        read = StoredLibrary(library.save(tmp_path / "library.nc"), doubled).dataset
        xr.testing.assert_identical(read["primary"].variable, library.dataset["primary"].variable)

    def test_library_of_another_technique(self, toy: Technique, tmp_path: Path) -> None:
        path = RenderedLibrary(toy).save(tmp_path / "library.nc")
        with pytest.raises(SettingError, match=r"library\.nc: library of another technique; found toy; wanted xyz"):
            _ = StoredLibrary(path, replace(toy, name="xyz")).dataset

    def test_elements_that_the_technique_does_not_know(self, toy: Technique, tmp_path: Path) -> None:
        path = RenderedLibrary(toy).save(tmp_path / "library.nc")
        with pytest.raises(SettingError, match="unknown elements; found N, O"):
            _ = StoredLibrary(path, replace(toy, elements=toy.elements[:-2])).dataset

    def test_missing_file(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="no such file"):
            _ = StoredLibrary(tmp_path / "no.nc", toy).dataset

    def test_file_of_another_kind(self, toy: Technique, tmp_path: Path) -> None:
        path = tmp_path / "other.nc"
        xr.Dataset(attrs={"contract": "SPECTRA"}).to_netcdf(path)
        with pytest.raises(ContractError, match="found SPECTRA; wanted LIBRARY"):
            _ = StoredLibrary(path, toy).dataset

    def test_failed_save_leaves_nothing(self, toy: Technique, tmp_path: Path) -> None:
        library = RenderedLibrary(toy)
        library.dataset["density"].values[0, 0] = -1.0
        with pytest.raises(ContractError, match="density is negative"):
            library.save(tmp_path / "library.nc")
        assert not list(tmp_path.iterdir())


class TestMeasured:
    def test_elements_come_from_the_names_in_order_of_atomic_number(self, toy: Technique, tmp_path: Path) -> None:
        write_pure(tmp_path, toy)
        (tmp_path / ".hidden").write_text("no spectrum")
        library = MeasuredLibrary(tmp_path, toy)
        assert library.elements == toy.elements
        assert (library.origin, library.is_rendered) == (f"measured: {tmp_path}", False)
        assert library.components.whole

    @pytest.mark.parametrize("name", ["C.csv", "C-clean.csv", "C_2.csv", "C1s.csv", "C (graphite).csv"])
    def test_what_may_follow_the_symbol(self, toy: Technique, tmp_path: Path, name: str) -> None:
        column = pure_spectra(toy, RenderedLibrary(toy))[toy.elements.index("C")]
        write(tmp_path / name, toy.axis.centres, 1e4 * column)
        assert MeasuredLibrary(tmp_path, toy).elements == ("C",)

    def test_main_lines_have_area_one_above_their_background(self, toy: Technique, tmp_path: Path) -> None:
        column = pure_spectra(toy, RenderedLibrary(toy))[toy.elements.index("N")]
        write(tmp_path / "N.csv", toy.axis.centres, 700.0 * column + 30.0 + 0.5 * toy.axis.centres)
        measured = MeasuredLibrary(tmp_path, toy).on(toy.axis)[0]
        window = (toy.axis.centres >= 134.0) & (toy.axis.centres <= 161.0)
        background = np.interp(toy.axis.centres[window], [134.0, 161.0], measured[window][[0, -1]])
        assert (measured[window] - background).sum() * toy.axis.step == pytest.approx(1.0, abs=0.01)

    def test_margin_repeats_the_ends(self, toy: Technique, tmp_path: Path) -> None:
        column = pure_spectra(toy, RenderedLibrary(toy))[toy.elements.index("N")]
        write(tmp_path / "N.csv", toy.axis.centres, 700.0 * column + 30.0 + 0.5 * toy.axis.centres)
        dataset = MeasuredLibrary(tmp_path, toy).dataset
        density = dataset["density"].values[0]
        assert dataset["energy"].values[0] == -10.0
        assert set(density[:10]) == {density[10]}
        assert set(density[-10:]) == {density[-11]}
        assert 0 < density[0] < density[-1]

    def test_fit_with_measured_pure_spectra_recovers_a_mixture(self, toy: Technique, tmp_path: Path) -> None:
        columns = write_pure(tmp_path, toy)
        truth = {"Li": 0.1, "C": 0.5, "O": 0.4}
        counts = 1e4 * sum(share * columns[element] for element, share in truth.items())
        spectra = Spectra(counts[None], np.ones((1, counts.size), dtype=bool), np.zeros((1, 0)))
        (fraction,) = LeastSquares(toy, MeasuredLibrary(tmp_path, toy)).answer(spectra).fraction
        np.testing.assert_allclose(fraction, [truth.get(element, 0.0) for element in toy.elements], atol=2e-3)

    def test_no_folder(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match=r"no such folder\. Give the folder"):
            _ = MeasuredLibrary(tmp_path / "no", toy).dataset

    def test_empty_folder(self, toy: Technique, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="folder holds no spectra"):
            _ = MeasuredLibrary(tmp_path, toy).dataset

    def test_two_files_of_one_element(self, toy: Technique, tmp_path: Path) -> None:
        write_pure(tmp_path, toy)
        (tmp_path / "O_again.csv").write_bytes((tmp_path / "O_pure.csv").read_bytes())
        with pytest.raises(ReadError, match="second file of one element; found O"):
            _ = MeasuredLibrary(tmp_path, toy).dataset

    @pytest.mark.parametrize("name", ["notes.txt", "Xx.csv", "Co.csv", "Carbon.csv", "oxygen.csv", "42.csv"])
    def test_name_without_an_element(self, toy: Technique, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("1,2\n")
        with pytest.raises(ReadError, match=r"does not begin with an element.*Rename the file"):
            _ = MeasuredLibrary(tmp_path, toy).dataset

    def test_spelt_out_name_is_not_taken_for_another_element(self, xps: Technique, tmp_path: Path) -> None:
        (tmp_path / "Carbon.csv").write_text("1,2\n")  # not Ca
        with pytest.raises(ReadError, match="does not begin with an element"):
            _ = MeasuredLibrary(tmp_path, xps).dataset

    def test_no_peak_where_the_lines_should_be(self, toy: Technique, tmp_path: Path) -> None:
        column = pure_spectra(toy, RenderedLibrary(toy))[toy.elements.index("Li")]
        write(tmp_path / "O.csv", toy.axis.centres, 1e4 * column)
        with pytest.raises(SpectrumError, match=r"O\.csv: no peak where O has its main lines"):
            _ = MeasuredLibrary(tmp_path, toy).dataset

    def test_element_without_main_lines(self, toy: Technique, tmp_path: Path) -> None:
        write_pure(tmp_path, toy)
        without = replace(toy, peaks=tuple(peak for peak in toy.peaks if (peak.element, peak.group) != ("B", "main")))
        with pytest.raises(SpectrumError, match="toy has no main lines of B"):
            _ = MeasuredLibrary(tmp_path, without).dataset
